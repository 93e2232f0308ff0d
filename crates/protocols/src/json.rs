//! JSON as a guard reads it: bounded, and unambiguous.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How deep arrays and objects may nest.
pub const MAX_DEPTH: usize = 96;
/// How many values a body may hold; 10,000 embedded texts or a long conversation stay far below.
pub const MAX_VALUES: usize = 1_000_000;

/// A body that is not JSON, or not JSON that can be inspected.
#[derive(Debug, thiserror::Error)]
#[error("body is not JSON that can be inspected: {0}")]
pub struct JsonError(#[from] serde_json::Error);

/// Parses one JSON value.
///
/// An object that names a key twice is refused: two readers may take different ones of the two values, and then what
/// was inspected is not what the model reads.
pub(crate) fn parse(body: &[u8]) -> Result<Value, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let mut values = 0;
    let value = Bounded { depth: 0, values: &mut values }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

struct Bounded<'a> {
    depth: usize,
    values: &'a mut usize,
}

impl Bounded<'_> {
    fn inner(&mut self) -> Bounded<'_> {
        Bounded { depth: self.depth + 1, values: self.values }
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        *self.values += 1;
        if *self.values > MAX_VALUES {
            return Err(D::Error::custom(format_args!("more than {MAX_VALUES} values")));
        }
        if self.depth > MAX_DEPTH {
            return Err(D::Error::custom(format_args!("nested deeper than {MAX_DEPTH}")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self.inner())? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("key `{key}` stands twice")));
            }
            object.insert(key, map.next_value_seed(self.inner())?);
        }
        Ok(Value::Object(object))
    }
}

/// Text at `key`, where there is text.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// Elements at `key`; none where there is no array.
pub(crate) fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A small non-negative number at `key`, else 0.
pub(crate) fn index(value: &Value, key: &str) -> u32 {
    value.get(key).and_then(Value::as_u64).and_then(|index| index.try_into().ok()).unwrap_or(0)
}

/// Adds every text inside a value whose shape is not known, one a line.
///
/// Left out are what no model reads as text: identifiers, types, roles, encoded bytes, signatures.
pub(crate) fn gather(value: &Value, into: &mut String) {
    const SKIPPED: [&str; 14] = [
        "type",
        "id",
        "object",
        "role",
        "status",
        "model",
        "name",
        "media_type",
        "data",
        "file_data",
        "embedding",
        "encrypted_content",
        "signature",
        "obfuscation",
    ];
    match value {
        Value::String(text) if !text.starts_with("data:") => push_line(into, text),
        Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
        Value::Object(object) => object
            .iter()
            .filter(|(key, inner)| {
                let key = key.as_str();
                let skipped = SKIPPED.contains(&key) || key.ends_with("_id") || key.contains("b64");
                !(skipped && inner.is_string())
            })
            .for_each(|(_, inner)| gather(inner, into)),
        _ => {}
    }
}

/// Adds text to a text, on a line of its own.
pub(crate) fn push_line(into: &mut String, text: &str) {
    if !into.is_empty() && !text.is_empty() {
        into.push('\n');
    }
    into.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ambiguous_and_unbounded_json_is_refused() {
        let error = |body: &str| parse(body.as_bytes()).unwrap_err().to_string();
        assert!(error(r#"{"a":1,"a":2}"#).contains("key `a` stands twice"));
        assert!(error(r#"{"a":1,"\u0061":2}"#).contains("stands twice"));
        assert!(error(&"[".repeat(5_000)).contains("nested deeper than 96"));
        assert!(error(&format!("[{}1]", "1,".repeat(MAX_VALUES))).contains("more than 1000000"));
        assert!(error("{\"a\":1} x").contains("trailing"));
        assert!(error("").contains("EOF"));
        assert!(parse(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn reads_what_serde_json_reads() {
        let body = r#"{"a":[1,-2,3.5,null,true,"x\u00e9"],"b":{"c":{}}}"#;
        let expected: Value = serde_json::from_str(body).unwrap();
        assert_eq!(parse(body.as_bytes()).unwrap(), expected);
    }
}
