//! JSON in, JSON out.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value as Json;

use crate::{strings::Strings, value::Value};

/// A JSON value with its texts shared.
pub(crate) fn interned(json: &Json, strings: &mut Strings) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => number
            .as_i64()
            .map_or_else(|| number.as_f64().map_or(Value::Null, Value::Float), Value::Integer),
        Json::String(text) => Value::Text(strings.intern(text)),
        Json::Array(items) => {
            Value::list(items.iter().map(|item| interned(item, strings)).collect())
        }
        Json::Object(entries) => {
            let entries: BTreeMap<Arc<str>, Value> = entries
                .iter()
                .map(|(key, value)| (strings.intern(key), interned(value, strings)))
                .collect();
            Value::Map(Arc::new(entries))
        }
    }
}

/// A JSON value of a query's parameter.
pub(crate) fn value(json: &Json) -> Value {
    interned(json, &mut Strings::new())
}
