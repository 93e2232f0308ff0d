//! Reading AWS's answers, which leave out what is not set and write booleans of XML as text.

use serde_json::Value;

/// Everything at a JSON pointer in which `*` stands for each element of an array: `/Variants/*/ModelName`.
pub(super) fn all<'a>(value: &'a Value, pointer: &str) -> Vec<&'a Value> {
    let mut found = vec![value];
    for segment in pointer.split('/').skip(1) {
        found = found.into_iter().flat_map(|value| step(value, segment)).collect();
    }
    found
}

fn step<'a>(value: &'a Value, segment: &str) -> Vec<&'a Value> {
    match (value, segment) {
        (Value::Array(items), "*") => items.iter().collect(),
        // One element of a repeated XML element is read as itself.
        (Value::Null, "*") => Vec::new(),
        (one, "*") => vec![one],
        (value, key) => value.get(key).filter(|value| !value.is_null()).into_iter().collect(),
    }
}

/// The value at a pointer: one, or a list of them where the pointer has a `*` and something is there.
pub(super) fn pick(value: &Value, pointer: &str) -> Value {
    let found = all(value, pointer);
    if pointer.contains('*') {
        if found.is_empty() { Value::Null } else { found.into_iter().cloned().collect() }
    } else {
        found.first().map_or(Value::Null, |value| match value.as_str() {
            Some("true") => true.into(),
            Some("false") => false.into(),
            _ => (*value).clone(),
        })
    }
}

/// Non-empty text at a pointer.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    all(value, pointer).into_iter().filter_map(Value::as_str).find(|text| !text.is_empty())
}

/// All non-empty texts at a pointer.
pub(super) fn texts<'a>(value: &'a Value, pointer: &str) -> Vec<&'a str> {
    let found = all(value, pointer).into_iter().filter_map(Value::as_str);
    found.filter(|text| !text.is_empty()).collect()
}

/// Whether the value at a pointer is true; what is absent is not.
pub(super) fn flag(value: &Value, pointer: &str) -> bool {
    pick(value, pointer) == Value::Bool(true)
}

/// Tags in any of AWS's shapes (a map, or a list of `Key`/`Value` or `key`/`value`) as a map.
pub(super) fn tags(value: &Value) -> picket_model::Properties {
    match value {
        Value::Object(map) => map.clone(),
        Value::Array(list) => list
            .iter()
            .filter_map(|tag| {
                let key = text(tag, "/Key")
                    .or_else(|| text(tag, "/key"))
                    .or_else(|| text(tag, "/TagKey"))?;
                let value =
                    ["/Value", "/value", "/TagValue"].into_iter().find_map(|at| text(tag, at));
                Some((key.to_owned(), value.unwrap_or_default().into()))
            })
            .collect(),
        _ => picket_model::Properties::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pointers_go_through_lists() {
        let value =
            json!({"a": [{"b": "x"}, {"b": "y"}, {}], "c": {"b": "z"}, "t": "true", "n": null});
        assert_eq!(texts(&value, "/a/*/b"), ["x", "y"]);
        assert_eq!(texts(&value, "/c/*/b"), ["z"]);
        assert_eq!(pick(&value, "/a/*/b"), json!(["x", "y"]));
        assert_eq!(pick(&value, "/a/*/z"), json!(null));
        assert_eq!(pick(&value, "/t"), json!(true));
        assert!(flag(&value, "/t") && !flag(&value, "/n") && !flag(&value, "/missing"));
    }

    #[test]
    fn tags_come_in_three_shapes() {
        let expected = json!({"team": "ml"});
        for shape in [
            json!({"team": "ml"}),
            json!([{"Key": "team", "Value": "ml"}]),
            json!([{"key": "team", "value": "ml"}]),
        ] {
            assert_eq!(serde_json::Value::Object(tags(&shape)), expected);
        }
    }
}
