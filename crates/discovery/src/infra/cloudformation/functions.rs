//! What templates compute: `Ref`, `Fn::Sub` and the like, as far as parameters' defaults and mappings say it.
//!
//! What only a deployment knows stays as a marker `${LogicalId.Attribute}`, as in Terraform's reader.

use std::cell::Cell;

use serde_json::{Map, Value};

use crate::infra::path::weight;
use crate::infra::tree::Tree;

/// Steps for one template.
const MAX_STEPS: u32 = 1_000_000;
/// Functions within functions.
const MAX_DEPTH: u32 = 100;
/// Longest text that is made, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// Evaluates with the parameters and mappings of one template.
pub(super) struct Evaluator {
    parameters: Map<String, Value>,
    mappings: Value,
    steps: Cell<u32>,
}

impl Evaluator {
    pub(super) fn new(template: &Tree) -> Self {
        let parameters = template.get("Parameters").map(Tree::entries).unwrap_or_default();
        let parameters = parameters
            .iter()
            .filter_map(|(name, parameter)| {
                let default = parameter.get("Default")?.value();
                let hidden =
                    parameter.get("NoEcho").is_some_and(|it| it.value() != Value::Bool(false));
                (!hidden && default != Value::String(String::new()))
                    .then(|| (name.clone(), default))
            })
            .collect();
        let mappings = template.get("Mappings").map(Tree::value).unwrap_or_default();
        Self { parameters, mappings, steps: Cell::new(0) }
    }

    /// True when the step budget is spent.
    pub(super) fn exhausted(&self) -> bool {
        self.steps.get() >= MAX_STEPS
    }

    /// The value with all functions in it evaluated.
    pub(super) fn value(&self, value: &Value) -> Value {
        self.at(value, 0)
    }

    fn at(&self, value: &Value, depth: u32) -> Value {
        self.steps.set(self.steps.get().saturating_add(1));
        if depth > MAX_DEPTH || self.exhausted() {
            return Value::Null;
        }
        match value {
            Value::Object(object) => {
                if object.len() == 1
                    && let Some((name, argument)) = object.iter().next()
                    && (name == "Ref" || name.starts_with("Fn::"))
                {
                    return self.function(name, argument, depth + 1);
                }
                object
                    .iter()
                    .map(|(key, value)| (key.clone(), self.at(value, depth + 1)))
                    .filter(|(_, value)| !is_no_value(value))
                    .collect::<Map<_, _>>()
                    .into()
            }
            Value::Array(list) => list
                .iter()
                .map(|value| self.at(value, depth + 1))
                .filter(|value| !is_no_value(value))
                .collect::<Vec<_>>()
                .into(),
            value => value.clone(),
        }
    }

    fn function(&self, name: &str, argument: &Value, depth: u32) -> Value {
        let list = || argument.as_array().map(Vec::as_slice).unwrap_or_default();
        let nth = |index: usize| list().get(index).map_or(Value::Null, |it| self.at(it, depth));
        match name {
            "Ref" => self.reference(argument.as_str().unwrap_or_default()),
            "Fn::GetAtt" => match argument {
                Value::String(path) => marker(path),
                _ => marker(&list().iter().map(text_of).collect::<Vec<_>>().join(".")),
            },
            "Fn::Sub" => match argument {
                Value::String(text) => self.substitute(text, &Map::new()),
                _ => {
                    let own = nth(1);
                    let own = own.as_object().cloned().unwrap_or_default();
                    self.substitute(
                        list().first().and_then(Value::as_str).unwrap_or_default(),
                        &own,
                    )
                }
            },
            "Fn::Join" => {
                let parts = nth(1);
                let parts = parts.as_array().map(Vec::as_slice).unwrap_or_default();
                let parts: Vec<String> = parts.iter().map(text_of).collect();
                Value::String(clip(parts.join(&text_of(&nth(0)))))
            }
            "Fn::Select" => {
                let index = match nth(0) {
                    Value::String(text) => text.parse().ok(),
                    number => number.as_u64().and_then(|it| usize::try_from(it).ok()),
                };
                match (index, nth(1)) {
                    (Some(index), Value::Array(list)) => {
                        list.get(index).cloned().unwrap_or(Value::Null)
                    }
                    _ => Value::Null,
                }
            }
            "Fn::Split" => {
                let (separator, text) = (text_of(&nth(0)), text_of(&nth(1)));
                if separator.is_empty() {
                    return Value::Null;
                }
                text.split(&separator).map(Value::from).collect::<Vec<_>>().into()
            }
            // Which branch holds is not known before the deployment; the first one that says something is shown.
            "Fn::If" => {
                let first = nth(1);
                if is_no_value(&first) { nth(2) } else { first }
            }
            "Fn::FindInMap" => self.find_in_map(&nth(0), &nth(1), &nth(2)),
            "Fn::Base64" => self.at(argument, depth),
            "Fn::ToJsonString" => Value::String(clip(self.at(argument, depth).to_string())),
            "Fn::ImportValue" => marker(&format!("import.{}", plain(&self.at(argument, depth)))),
            _ => Value::Null,
        }
    }

    fn reference(&self, name: &str) -> Value {
        match self.parameters.get(name) {
            Some(default) => self.repeat(default),
            None => marker(name),
        }
    }

    /// A value that stands elsewhere: many of a large one would fill memory.
    fn repeat(&self, value: &Value) -> Value {
        self.steps.set(self.steps.get().saturating_add(weight(value)));
        if self.exhausted() { Value::Null } else { value.clone() }
    }

    /// `${Name}` and `${Name.Attribute}` in a text; `${!Name}` stands for itself.
    fn substitute(&self, text: &str, own: &Map<String, Value>) -> Value {
        let mut made = String::new();
        let mut parts = text.split("${");
        made.push_str(parts.next().unwrap_or_default());
        for part in parts {
            if made.len() > MAX_TEXT {
                break;
            }
            let Some((name, rest)) = part.split_once('}') else {
                made.push_str("${");
                made.push_str(part);
                continue;
            };
            match name.strip_prefix('!') {
                Some(literal) => made.push_str(&format!("$\u{200b}{{{literal}}}")),
                None => {
                    let value = own.get(name.trim()).cloned();
                    made.push_str(&text_of(&value.unwrap_or_else(|| self.reference(name.trim()))));
                }
            }
            made.push_str(rest);
        }
        Value::String(clip(made))
    }

    /// The value of two keys; where a key is not known, that of the first entry.
    fn find_in_map(&self, map: &Value, first: &Value, second: &Value) -> Value {
        fn pick<'v>(value: &'v Value, key: &Value) -> Option<&'v Value> {
            let entries = value.as_object()?;
            let key = text_of(key);
            if key.contains("${") { entries.values().next() } else { entries.get(&key) }
        }
        pick(&self.mappings, map)
            .and_then(|map| pick(map, first))
            .and_then(|map| pick(map, second))
            .map_or(Value::Null, |value| self.repeat(value))
    }
}

fn is_no_value(value: &Value) -> bool {
    value.as_str() == Some("${AWS::NoValue}")
}

fn marker(name: &str) -> Value {
    Value::String(format!("${{{name}}}"))
}

/// A text without the signs of a marker.
fn plain(value: &Value) -> String {
    text_of(value).replace("${", "<").replace('}', ">")
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(list) => list.iter().map(text_of).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn clip(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infra::tree::yaml;

    #[test]
    fn functions_are_evaluated_as_far_as_defaults_go() {
        let text = "
Parameters:
  Stage: { Type: String, Default: prod }
  Secret: { Type: String, NoEcho: true, Default: hunter2hunter2 }
  Free: { Type: String }
Mappings:
  Size: { prod: { type: ml.g5.xlarge }, dev: { type: ml.t3.medium } }
Values:
  name: !Sub 'docs-${Stage}-${AWS::AccountId}'
  own: !Sub ['${A}/${!b}', { A: !GetAtt Bucket.Arn }]
  joined: !Join ['-', [a, !Ref Stage, !Ref Free]]
  chosen: !If [IsProd, !Ref AWS::NoValue, b]
  mapped: !FindInMap [Size, !Ref Stage, type]
  first: !Select [0, !Split [',', 'x,y']]
  secret: !Ref Secret
";
        let tree = yaml(text).unwrap();
        let values = Evaluator::new(&tree).value(&tree.get("Values").unwrap().value());
        assert_eq!(
            values,
            serde_json::json!({
                "name": "docs-prod-${AWS::AccountId}",
                "own": "${Bucket.Arn}/$\u{200b}{b}",
                "joined": "a-prod-${Free}",
                "chosen": "b",
                "mapped": "ml.g5.xlarge",
                "first": "x",
                "secret": "${Secret}",
            })
        );
    }

    #[test]
    fn functions_that_double_end() {
        let mut value = serde_json::json!("x");
        for _ in 0..60 {
            value = serde_json::json!({ "Fn::Join": ["", [value.clone(), value]] });
            if value.to_string().len() > 100_000 {
                break;
            }
        }
        let tree = yaml("a: 1").unwrap();
        let made = Evaluator::new(&tree).value(&value);
        assert!(made.as_str().unwrap().len() <= MAX_TEXT);
    }
}
