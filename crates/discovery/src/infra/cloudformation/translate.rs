//! CloudFormation's types and property names in the words of Terraform, by the table `rules/signals/cloudformation.yaml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::infra::declared::{Resource, Table};
use crate::infra::path::{single, snake_case};

/// Keys of which the value is the user's own: its names stay as they are.
const OPAQUE: &[&str] = &[
    "Variables",
    "EnvironmentVariables",
    "PolicyDocument",
    "AssumeRolePolicyDocument",
    "Definition",
    "DefinitionString",
    "DefinitionSubstitutions",
    "Metadata",
    "BodyS3Location",
    "Payload",
];

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    types: BTreeMap<String, Type>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Type {
    #[serde(rename = "as")]
    kind: String,
    #[serde(default)]
    rename: BTreeMap<String, String>,
    #[serde(default)]
    lift: BTreeMap<String, String>,
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    at: String,
    #[serde(rename = "as")]
    kind: String,
    owner: String,
    #[serde(default)]
    rename: BTreeMap<String, String>,
}

fn table() -> &'static File {
    static TABLE: LazyLock<File> = LazyLock::new(|| {
        let text = include_str!("../../../../../rules/signals/cloudformation.yaml");
        serde_saphyr::from_str(text).unwrap_or_else(|error| {
            tracing::error!(%error, "rules/signals/cloudformation.yaml cannot be read");
            File::default()
        })
    });
    &TABLE
}

/// A resource with evaluated properties as Terraform would declare it, and the parts that are resources of their own there.
pub(super) fn resource(base: &Resource, native: &str, properties: &Value) -> Vec<Resource> {
    let values = words(properties);
    let entry = table().types.get(native);
    let kind = match entry {
        Some(entry) => entry.kind.as_str(),
        None => match Table::built_in().terraform_type(native) {
            Some(kind) => kind,
            None => return Vec::new(),
        },
    };
    let mut made = Vec::new();
    let mut own = values.clone();
    if let Some(entry) = entry {
        for part in &entry.parts {
            let items = match single(&values, &part.at) {
                Some(Value::Array(items)) => items.clone(),
                Some(item @ Value::Object(_)) => vec![item.clone()],
                _ => Vec::new(),
            };
            for (number, item) in items.into_iter().enumerate() {
                let mut values = renamed(item, &part.rename);
                if let Value::Object(values) = &mut values {
                    values.insert(part.owner.clone(), format!("${{{}}}", base.address).into());
                }
                made.push(Resource {
                    address: format!("{}.{}", base.address, part.at),
                    key: number.to_string(),
                    kind: part.kind.clone(),
                    values,
                    ..base.clone()
                });
            }
        }
        let lifted: Vec<(String, Value)> = entry
            .lift
            .iter()
            .filter_map(|(attribute, path)| {
                Some((attribute.clone(), single(&values, path)?.clone()))
            })
            .collect();
        own = renamed(own, &entry.rename);
        if let Value::Object(own) = &mut own {
            own.extend(lifted);
        }
    }
    made.insert(0, Resource { kind: kind.to_owned(), values: own, ..base.clone() });
    made
}

/// Property names in snake case, and tags as a map.
fn words(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let entries = object.iter().map(|(key, value)| {
                let value = match (key.as_str(), value) {
                    (key, value) if OPAQUE.contains(&key) => value.clone(),
                    ("Tags", Value::Array(list)) => tags(list),
                    ("Tags", value) => value.clone(),
                    // `{Variables: …}` of a function, or the variables themselves.
                    ("Environment", Value::Object(map)) if !map.contains_key("Variables") => {
                        value.clone()
                    }
                    (_, value) => words(value),
                };
                (snake_case(key), value)
            });
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Value::Array(list) => list.iter().map(words).collect::<Vec<_>>().into(),
        value => value.clone(),
    }
}

fn tags(list: &[Value]) -> Value {
    let pairs = list
        .iter()
        .filter_map(|tag| Some((tag.get("Key")?.as_str()?.to_owned(), tag.get("Value")?.clone())));
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// The value with keys renamed wherever they stand; a new name may be a path.
fn renamed(value: Value, names: &BTreeMap<String, String>) -> Value {
    if names.is_empty() {
        return value;
    }
    match value {
        Value::Object(object) => {
            let mut made = Map::new();
            for (key, value) in object {
                let value = renamed(value, names);
                match names.get(&key).map(|name| name.split_once('.').unwrap_or((name, ""))) {
                    Some((name, "")) => made.insert(name.to_owned(), value),
                    Some((outer, inner)) => {
                        let inner = Map::from_iter([(inner.to_owned(), value)]);
                        made.insert(outer.to_owned(), Value::Object(inner))
                    }
                    None => made.insert(key, value),
                };
            }
            Value::Object(made)
        }
        Value::Array(list) => {
            list.into_iter().map(|value| renamed(value, names)).collect::<Vec<_>>().into()
        }
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_types_that_terraform_has() {
        let text = include_str!("../../../../../rules/signals/cloudformation.yaml");
        let file: File = serde_saphyr::from_str(text).unwrap();
        assert!(file.types.len() > 50, "{}", file.types.len());
    }

    #[test]
    fn names_are_said_in_terraform_s_words() {
        let base = Resource { address: "Docs".to_owned(), ..Resource::default() };
        let properties = serde_json::json!({
            "BucketName": "docs",
            "Tags": [{ "Key": "team", "Value": "search" }],
            "PublicAccessBlockConfiguration": { "BlockPublicPolicy": true },
        });
        let made = resource(&base, "AWS::S3::Bucket", &properties);
        assert_eq!(made[0].kind, "aws_s3_bucket");
        assert_eq!(made[0].values["bucket"], "docs");
        assert_eq!(made[0].values["tags"]["team"], "search");
        assert_eq!(made[1].kind, "aws_s3_bucket_public_access_block");
        assert_eq!(
            made[1].values,
            serde_json::json!({ "block_public_policy": true, "bucket": "${Docs}" })
        );
        assert!(resource(&base, "AWS::CloudWatch::Alarm", &properties).is_empty());
    }
}
