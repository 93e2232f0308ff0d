//! JSON in.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value as Json;

use crate::value::Value;

pub(crate) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => number
            .as_i64()
            .map_or_else(|| number.as_f64().map_or(Value::Null, Value::Float), Value::Integer),
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::list(items.iter().map(value).collect()),
        Json::Object(entries) => {
            let entries: BTreeMap<Arc<str>, Value> =
                entries.iter().map(|(key, item)| (Arc::from(key.as_str()), value(item))).collect();
            Value::Map(Arc::new(entries))
        }
    }
}
