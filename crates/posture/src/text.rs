//! Text templates: `{{column.property}}`.

use serde_json::Value as Json;

/// Fills the placeholders; what is missing is empty.
pub(crate) fn render<'v>(template: &str, column: &dyn Fn(&str) -> Option<&'v Json>) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let Some((placeholder, after)) = after.split_once("}}") else {
            text.push_str("{{");
            rest = after;
            continue;
        };
        let mut parts = placeholder.trim().split('.');
        let value = parts.next().and_then(column).and_then(|value| {
            let path: Vec<&str> = parts.collect();
            if path.is_empty() { Some(value) } else { path.into_iter().try_fold(value, property) }
        });
        show(value.unwrap_or(&Json::Null), &mut text);
        rest = after;
    }
    text.push_str(rest);
    text.trim().to_owned()
}

/// The column names that a template's placeholders start with.
pub(crate) fn columns(template: &str) -> impl Iterator<Item = &str> {
    template.split("{{").skip(1).filter_map(|rest| {
        let (placeholder, _) = rest.split_once("}}")?;
        placeholder.trim().split('.').next()
    })
}

/// A property of a node, relation or map.
fn property<'v>(value: &'v Json, name: &str) -> Option<&'v Json> {
    let own = value.get(name);
    match value.get("_kind") {
        Some(_) => value.get("properties").and_then(|properties| properties.get(name)).or(own),
        None => own,
    }
}

fn show(value: &Json, text: &mut String) {
    match value {
        Json::Null => {}
        Json::String(value) => text.push_str(value),
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                show(item, text);
            }
        }
        Json::Object(_) if value.get("_kind").is_some() => {
            show(property(value, "name").or_else(|| value.get("id")).unwrap_or(&Json::Null), text);
        }
        Json::Bool(_) | Json::Number(_) | Json::Object(_) => text.push_str(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fills_what_is_known_and_leaves_out_what_is_not() {
        let node = json!({"_kind": "node", "id": "x", "properties":
            {"name": "vm", "ports": [80, 443], "tags": {"team": "ml"}, "open": true}});
        let count = json!(3);
        let check = |template: &str, expected: &str| {
            let column = |name: &str| match name {
                "a" => Some(&node),
                "n" => Some(&count),
                _ => None,
            };
            assert_eq!(render(template, &column), expected);
        };
        check("{{a.name}} on {{ a.ports }}", "vm on 80, 443");
        check("{{a}} {{a.id}} {{n}}", "vm x 3");
        check("{{a.tags.team}}/{{a.open}}/{{a.tags.nope}}{{b.name}}", "ml/true/");
        check("{{a.name", "{{a.name");
        assert_eq!(columns("{{a.name}} {{ b }}").collect::<Vec<_>>(), ["a", "b"]);
    }
}
