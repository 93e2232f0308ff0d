//! Every text in the arguments of a call.

use std::ops::Range;

use serde_json::Value;

/// Texts of one call that are looked at, and how deep they may lie.
const VALUES: usize = 500;
const DEPTH: usize = 32;
/// Longest arguments that are read as JSON, bytes; what is longer is one text.
const LONGEST: usize = 1 << 20;

/// A text in arguments.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Argument {
    /// Names from the outermost to its own.
    names: Vec<String>,
    pub(super) text: String,
    /// Whether the arguments are no JSON, and this is all of them.
    raw: bool,
}

/// The texts of `arguments`, with the names of numbers and switches left out.
pub(super) fn values(arguments: &str) -> Vec<Argument> {
    let mut found = Vec::new();
    if arguments.len() <= LONGEST
        && let Ok(value) = serde_json::from_str::<Value>(arguments)
    {
        gather(&value, &mut Vec::new(), &mut found);
    } else if !arguments.is_empty() {
        found.push(Argument { names: Vec::new(), text: arguments.to_owned(), raw: true });
    }
    found
}

fn gather(value: &Value, names: &mut Vec<String>, found: &mut Vec<Argument>) {
    if found.len() >= VALUES || names.len() >= DEPTH {
        return;
    }
    match value {
        Value::String(text) if !text.is_empty() => {
            found.push(Argument { names: names.clone(), text: text.clone(), raw: false });
        }
        Value::Array(list) => {
            // `["bash", "-c", "…"]` is one command.
            let words: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
            match words.filter(|words| (2..=64).contains(&words.len())) {
                Some(words) => {
                    let text = words.join(" ");
                    found.push(Argument { names: names.clone(), text, raw: false });
                }
                None => list.iter().for_each(|inner| {
                    // A list is as deep as an object.
                    names.push(names.last().cloned().unwrap_or_default());
                    gather(inner, names, found);
                    names.pop();
                }),
            }
        }
        Value::Object(fields) => {
            for (name, inner) in fields {
                names.push(name.clone());
                gather(inner, names, found);
                names.pop();
            }
        }
        _ => {}
    }
}

impl Argument {
    /// Its own name; that of the list it stands in.
    pub(super) fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// Where a part of the text stands in the arguments as they were written: the part itself, else the text around it,
    /// else all.
    pub(super) fn locate(&self, arguments: &str, part: Range<usize>) -> Range<usize> {
        if self.raw {
            return part;
        }
        let find = |text: &str| {
            let written = Value::String(text.to_owned()).to_string();
            let written = &written[1..written.len() - 1];
            arguments.find(written).map(|start| start..start + written.len())
        };
        let part = self.text.get(part).filter(|part| !part.is_empty());
        part.and_then(find).or_else(|| find(&self.text)).unwrap_or(0..arguments.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_where_they_stand() {
        let written =
            r#"{"a": {"cmd": "x\n\"y\" z"}, "argv": ["rm", "-rf", "/"], "n": 3, "l": ["q", 1]}"#;
        let found = values(written);
        let texts: Vec<(&str, &str)> =
            found.iter().map(|value| (value.name(), value.text.as_str())).collect();
        assert_eq!(texts, [("cmd", "x\n\"y\" z"), ("argv", "rm -rf /"), ("l", "q")]);
        assert_eq!(&written[found[0].locate(written, 2..5)], r#"\"y\""#);
        assert_eq!(found[1].locate(written, 0..8), 0..written.len());
        assert_eq!(values("not json")[0].locate("not json", 4..8), 4..8);
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = format!("{}\"x\"{}", "[".repeat(60), "]".repeat(60));
        assert_eq!(values(&deep), []);
        let many = Value::Array((0..2000).map(|i| Value::String(i.to_string())).collect());
        assert!(values(&many.to_string()).len() <= VALUES);
    }
}
