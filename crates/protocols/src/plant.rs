//! Puts a line into the application's instructions, wherever a dialect has them.

use serde_json::{Value, json};

use crate::json::{parse, text};

/// The body with `line` after its instructions; none where it has none, or cannot be read. Nothing else changes but white
/// space.
#[must_use]
pub fn plant(body: &[u8], line: &str) -> Option<Vec<u8>> {
    let mut body = parse(body).ok()?;
    for key in ["system", "instructions"] {
        if let Some(instructions) = body.get_mut(key)
            && append(instructions, line, "text")
        {
            return serde_json::to_vec(&body).ok();
        }
    }
    for (key, kind) in [("messages", "text"), ("input", "input_text")] {
        let items = body.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten();
        let mut system = items
            .filter(|item| matches!(text(item, "role"), Some("system" | "developer")))
            .filter_map(|item| item.get_mut("content"));
        if let Some(content) = system.next() {
            return append(content, line, kind).then(|| serde_json::to_vec(&body).ok()).flatten();
        }
    }
    None
}

fn append(content: &mut Value, line: &str, kind: &str) -> bool {
    match content {
        Value::String(text) if !text.is_empty() => text.push_str(line),
        Value::Array(parts) if !parts.is_empty() => {
            parts.push(json!({ "type": kind, "text": line.trim_start() }));
        }
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planted(body: &Value) -> Option<Value> {
        let body = plant(body.to_string().as_bytes(), "\n\nX")?;
        serde_json::from_slice(&body).ok()
    }

    #[test]
    fn every_dialects_instructions_take_a_line() {
        let user = json!({"role": "user", "content": "hi"});
        for (body, pointer, expected) in [
            (
                json!({"model": "m", "system": "Be kind.", "messages": [user]}),
                "/system",
                json!("Be kind.\n\nX"),
            ),
            (
                json!({"system": [{"type": "text", "text": "Be kind."}], "messages": [user]}),
                "/system/1",
                json!({"type": "text", "text": "X"}),
            ),
            (
                json!({"instructions": "Be kind.", "input": "hi"}),
                "/instructions",
                json!("Be kind.\n\nX"),
            ),
            (
                json!({"messages": [{"role": "system", "content": "Be kind."}, user], "temperature": 0.7}),
                "/messages/0/content",
                json!("Be kind.\n\nX"),
            ),
            (
                json!({"input": [{"role": "developer", "content": [{"type": "input_text", "text": "a"}]}, user]}),
                "/input/0/content/1",
                json!({"type": "input_text", "text": "X"}),
            ),
        ] {
            let mut planted = planted(&body).unwrap();
            assert_eq!(planted.pointer(pointer), Some(&expected));
            // Whatever else stood there stays.
            let mut before = body.clone();
            for value in [&mut planted, &mut before] {
                for key in ["system", "instructions", "messages", "input"] {
                    value.as_object_mut().unwrap().remove(key);
                }
            }
            assert_eq!(planted, before);
        }
    }

    #[test]
    fn without_instructions_nothing_is_planted() {
        for body in [
            json!({"messages": [{"role": "user", "content": "hi"}]}),
            json!({"input": "text"}),
            json!({"system": ""}),
            json!([]),
        ] {
            assert_eq!(planted(&body), None);
        }
        assert_eq!(plant(b"not json", "X"), None);
    }
}
