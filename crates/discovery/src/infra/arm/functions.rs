//! The functions of templates that shape names, lists and objects, and those that name resources.

use serde_json::{Map, Value};

use super::evaluate::MAX_TEXT;

/// Calls a function with evaluated arguments. One that is not known gives its first argument that names a resource.
pub(super) fn call(name: &str, arguments: Vec<Value>) -> Value {
    let first = || arguments.first().cloned().unwrap_or(Value::Null);
    let text = |index: usize| arguments.get(index).map(text_of).unwrap_or_default();
    match name {
        "concat" | "union" if arguments.iter().all(Value::is_array) => {
            let lists = arguments.into_iter().filter_map(|list| match list {
                Value::Array(items) => Some(items),
                _ => None,
            });
            lists.flatten().collect::<Vec<_>>().into()
        }
        "concat" => Value::String(clip(arguments.iter().map(text_of).collect())),
        "union" => {
            let mut all = Map::new();
            for argument in arguments {
                if let Value::Object(map) = argument {
                    all.extend(map);
                }
            }
            Value::Object(all)
        }
        "toLower" => Value::String(text(0).to_lowercase()),
        "toUpper" => Value::String(text(0).to_uppercase()),
        "string" => match first() {
            value @ (Value::Object(_) | Value::Array(_)) => Value::String(clip(value.to_string())),
            value => Value::String(text_of(&value)),
        },
        "json" => serde_json::from_str(&text(0)).unwrap_or(Value::Null),
        "trim" | "int" | "bool" | "any" | "nullIfEmpty" => first(),
        "base64" => first(),
        "format" => Value::String(clip(format_text(&arguments))),
        "replace" => Value::String(clip(text(0).replace(&text(1), &text(2)))),
        "split" => {
            let separator = text(1);
            if separator.is_empty() {
                return first();
            }
            text(0).split(&separator).map(Value::from).collect::<Vec<_>>().into()
        }
        "join" => match arguments.first() {
            Some(Value::Array(list)) => {
                Value::String(clip(list.iter().map(text_of).collect::<Vec<_>>().join(&text(1))))
            }
            _ => Value::Null,
        },
        "take" | "substring" => match first() {
            // Parts of a text that is not known stay that text.
            Value::String(whole) if !whole.contains("${") => {
                let number = |index: usize| {
                    let number = arguments.get(index).and_then(Value::as_u64);
                    number.and_then(|it| usize::try_from(it).ok())
                };
                let (from, count) = if name == "take" {
                    (0, number(1))
                } else {
                    (number(1).unwrap_or(0), number(2))
                };
                let characters = whole.chars().skip(from).take(count.unwrap_or(usize::MAX));
                Value::String(characters.collect())
            }
            value => value,
        },
        "first" | "last" => match first() {
            Value::Array(list) if name == "first" => list.into_iter().next().unwrap_or(Value::Null),
            Value::Array(list) => list.into_iter().next_back().unwrap_or(Value::Null),
            value => value,
        },
        "length" => match first() {
            Value::Array(list) => Value::from(list.len()),
            Value::Object(map) => Value::from(map.len()),
            _ => Value::Null,
        },
        "empty" => {
            let known = !text(0).contains("${");
            if known { Value::Bool(is_empty(&first())) } else { Value::Null }
        }
        "coalesce" => arguments.into_iter().find(|value| !value.is_null()).unwrap_or(Value::Null),
        "createArray" => Value::Array(arguments),
        "createObject" => {
            let pairs = arguments.chunks_exact(2).map(|pair| (text_of(&pair[0]), pair[1].clone()));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        "range" => {
            let number = |index: usize| arguments.get(index).and_then(Value::as_i64).unwrap_or(0);
            let (start, count) = (number(0), number(1).clamp(0, 64));
            (0..count)
                .map(|step| Value::from(start.saturating_add(step)))
                .collect::<Vec<_>>()
                .into()
        }
        "items" => match first() {
            Value::Object(map) => map
                .into_iter()
                .map(|(key, value)| serde_json::json!({ "key": key, "value": value }))
                .collect::<Vec<_>>()
                .into(),
            _ => Value::Null,
        },
        "equals" => binary("==", &first(), arguments.get(1).unwrap_or(&Value::Null)),
        "not" => first().as_bool().map_or(Value::Null, |value| Value::Bool(!value)),
        "and" => truth(&arguments, false),
        "or" => truth(&arguments, true),
        "contains" => Value::Null,
        "resourceId"
        | "extensionResourceId"
        | "subscriptionResourceId"
        | "tenantResourceId"
        | "managementGroupResourceId" => resource_id(&arguments),
        // What a resource says once it is deployed, keys among it, is of that resource.
        "reference" => first(),
        name if name.starts_with("list") => first(),
        "uniqueString" | "guid" | "newGuid" | "utcNow" => marker("unique"),
        "resourceGroup" => marker("resourceGroup"),
        "subscription" => marker("subscription"),
        "tenant" => marker("tenant"),
        "deployment" | "environment" => marker(name),
        "readEnvironmentVariable" => {
            arguments.into_iter().nth(1).unwrap_or_else(|| marker("environment"))
        }
        _ => arguments
            .into_iter()
            .find(|it| it.as_str().is_some_and(|it| it.contains("${")))
            .unwrap_or(Value::Null),
    }
}

fn truth(arguments: &[Value], any: bool) -> Value {
    if arguments.iter().any(|value| value.as_bool() == Some(any)) {
        return Value::Bool(any);
    }
    if arguments.iter().all(Value::is_boolean) { Value::Bool(!any) } else { Value::Null }
}

/// `resourceId([scope…], type, name…)` as the marker of that resource.
fn resource_id(arguments: &[Value]) -> Value {
    let texts: Vec<String> = arguments.iter().map(text_of).collect();
    let Some(kind) = texts
        .iter()
        .position(|text| text.contains('/') && text.contains('.') && !text.contains("${"))
    else {
        return Value::Null;
    };
    let names: Vec<&str> = texts[kind + 1..].iter().map(String::as_str).collect();
    marker(&alias(&texts[kind], &names.join("/")))
}

/// How a resource is named by its type and full name, without regard to case.
pub(super) fn alias(kind: &str, name: &str) -> String {
    let kind = kind.split('@').next().unwrap_or(kind);
    plain(&format!("{kind}/{name}")).to_lowercase()
}

/// A text without the signs of a marker, so that it can stand in one.
pub(super) fn plain(text: &str) -> String {
    text.replace("${", "<").replace(['{', '}', '[', ']'], "").replace('$', "")
}

fn marker(name: &str) -> Value {
    Value::String(format!("${{{name}}}"))
}

/// A marker one step further; of any other text, nothing.
pub(super) fn extend(value: &Value, name: &str) -> Value {
    let Some(inner) = value.as_str().and_then(|text| text.strip_prefix("${")?.strip_suffix('}'))
    else {
        return Value::Null;
    };
    if inner.contains('}') || inner.len() > 1024 {
        value.clone()
    } else {
        marker(&format!("{inner}.{name}"))
    }
}

/// The value of a key, without regard to case where it is not there as written.
pub(super) fn key_of(map: &Map<String, Value>, key: &str) -> Value {
    map.get(key)
        .or_else(|| {
            map.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value)
        })
        .cloned()
        .unwrap_or(Value::Null)
}

/// Comparison and logic; what is not known gives null.
pub(super) fn binary(sign: &str, left: &Value, right: &Value) -> Value {
    let unknown = |value: &Value| value.as_str().is_some_and(|text| text.contains("${"));
    match sign {
        "==" | "!=" if !unknown(left) && !unknown(right) => {
            Value::Bool((left == right) == (sign == "=="))
        }
        "&&" => truth(&[left.clone(), right.clone()], false),
        "||" => truth(&[left.clone(), right.clone()], true),
        "+" | "-" | "*" => {
            let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) else {
                return Value::Null;
            };
            match sign {
                "+" => left.checked_add(right),
                "-" => left.checked_sub(right),
                _ => left.checked_mul(right),
            }
            .map_or(Value::Null, Value::from)
        }
        _ => Value::Null,
    }
}

pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// `{0}-{1}` with the arguments after it.
fn format_text(arguments: &[Value]) -> String {
    let Some((pattern, rest)) = arguments.split_first() else { return String::new() };
    let mut text = String::new();
    for part in text_of(pattern).split_inclusive('}') {
        let hole = part
            .strip_suffix('}')
            .and_then(|inner| inner.rfind('{'))
            .filter(|at| *at == 0 || !part[..*at].ends_with('$'));
        let index = hole.and_then(|at| part.get(at + 1..part.len() - 1)?.parse::<usize>().ok());
        match (hole, index) {
            (Some(at), Some(index)) => {
                text.push_str(&part[..at]);
                text.push_str(&rest.get(index).map(text_of).unwrap_or_default());
            }
            _ => text.push_str(part),
        }
        if text.len() > MAX_TEXT {
            break;
        }
    }
    text
}

/// A value inside a text.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

pub(super) fn clip(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_and_ids_are_made() {
        for (name, arguments, made) in [
            (
                "format",
                vec![json!("{0}-x{1}"), json!("a"), json!("${param.b}")],
                json!("a-x${param.b}"),
            ),
            ("concat", vec![json!("a"), json!(1)], json!("a1")),
            ("concat", vec![json!([1]), json!([2])], json!([1, 2])),
            ("take", vec![json!("abcdef"), json!(3)], json!("abc")),
            ("take", vec![json!("a${unique}"), json!(3)], json!("a${unique}")),
            ("union", vec![json!({ "a": 1 }), json!({ "b": 2 })], json!({ "a": 1, "b": 2 })),
            (
                "resourceId",
                vec![json!("Microsoft.Search/searchServices"), json!("Docs-${unique}")],
                json!("${microsoft.search/searchservices/docs-<unique}"),
            ),
            (
                "resourceId",
                vec![json!("rg"), json!("A.B/c/d"), json!("x"), json!("y")],
                json!("${a.b/c/d/x/y}"),
            ),
            ("listKeys", vec![json!("${a.b/c/x}"), json!("2024-01-01")], json!("${a.b/c/x}")),
            ("and", vec![json!(true), json!("${x}")], json!(null)),
            ("or", vec![json!(true), json!("${x}")], json!(true)),
        ] {
            assert_eq!(call(name, arguments), made, "{name}");
        }
    }
}
