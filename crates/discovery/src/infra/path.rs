//! Values at dotted paths, as tables of signals and the readers of configuration name them.

use serde_json::Value;

/// Every value at a dotted path; lists are stepped into, `*` is any key.
pub(super) fn all<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = vec![value];
    for part in path.split('.') {
        found = found
            .into_iter()
            .flat_map(items)
            .flat_map(|value| match (part, value) {
                ("*", Value::Object(object)) => object.values().collect::<Vec<_>>(),
                _ => value.get(part).into_iter().collect(),
            })
            .collect();
    }
    found.into_iter().flat_map(items).filter(|value| !value.is_null()).collect()
}

/// The value at a dotted path: the first one of a list of blocks, or a plain list as it stands.
pub(super) fn single<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut current = value;
    for part in path.split('.') {
        if let Value::Array(list) = current {
            current = list.first()?;
        }
        current = current.get(part)?;
    }
    Some(current)
}

fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        value => vec![value],
    }
}
