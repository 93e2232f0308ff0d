//! The table of resource types, `rules/signals/azure.yaml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use picket_model::{AssetKind, RelationKind};
use serde::Deserialize;
use serde_json::Value;

/// A resource type that is read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceType {
    #[serde(rename = "type")]
    pub(super) name: String,
    pub(super) api: String,
    pub(super) kind: AssetKind,
    #[serde(default)]
    pub(super) top: bool,
    /// Read to draw relations from, and no asset itself.
    #[serde(default)]
    pub(super) internal: bool,
    #[serde(default)]
    pub(super) diagnostics: bool,
    #[serde(default)]
    pub(super) children: Vec<String>,
    #[serde(default)]
    pub(super) properties: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) relations: Vec<Link>,
}

/// A relation that a resource's own properties name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    pub(super) at: String,
    pub(super) kind: RelationKind,
    #[serde(default)]
    pub(super) reverse: bool,
}

/// Every type, or none and an error logged when the embedded table is broken, which a test rules out.
pub(super) fn all() -> &'static [ResourceType] {
    static TYPES: LazyLock<Vec<ResourceType>> = LazyLock::new(|| {
        parse().unwrap_or_else(|error| {
            tracing::error!(%error, "the table of Azure resource types cannot be read");
            Vec::new()
        })
    });
    &TYPES
}

fn parse() -> Result<Vec<ResourceType>, serde_saphyr::Error> {
    serde_saphyr::from_str(include_str!("../../../../rules/signals/azure.yaml"))
}

/// The type of a name, whatever its case: Azure writes `serverfarms` and `serverFarms`.
pub(super) fn of(name: &str) -> Option<&'static ResourceType> {
    all().iter().find(|known| known.name.eq_ignore_ascii_case(name))
}

/// The texts at a JSON pointer in which `*` stands for each element of a list; of a map, its keys.
pub(super) fn texts<'a>(value: &'a Value, pointer: &str) -> Vec<&'a str> {
    let mut found = vec![value];
    for segment in pointer.split('/').skip(1) {
        found = found
            .into_iter()
            .flat_map(|value| match (value, segment) {
                (Value::Array(items), "*") => items.iter().collect(),
                (value, key) => value.get(key).into_iter().collect::<Vec<_>>(),
            })
            .collect();
    }
    found
        .into_iter()
        .flat_map(|value| match value {
            Value::String(text) => vec![text.as_str()],
            Value::Array(items) => items
                .iter()
                .filter_map(|item| item.as_str().or(item["resourceId"].as_str()))
                .collect(),
            Value::Object(map) => map.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        })
        .filter(|text| !text.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_is_whole() {
        let types = parse().unwrap();
        for parent in &types {
            for child in &parent.children {
                let last = child.rsplit('/').next().unwrap();
                let middle = child
                    .strip_suffix(last)
                    .unwrap()
                    .split('/')
                    .next()
                    .filter(|part| !part.is_empty());
                let name = match middle {
                    Some(middle) => format!("{}/{middle}/{last}", parent.name),
                    None => format!("{}/{last}", parent.name),
                };
                assert!(
                    types.iter().any(|known| known.name == name),
                    "{name} is listed and not described"
                );
            }
        }
        assert!(
            types.iter().all(|known| known.top || known.name.matches('/').count() > 1),
            "a type is never listed"
        );
    }

    #[test]
    fn texts_are_found_in_lists_and_keys_of_maps() {
        let value =
            json!({"a": [{"b": "x"}, {"b": "y"}], "m": {"k": {}}, "l": ["p", {"resourceId": "q"}]});
        assert_eq!(texts(&value, "/a/*/b"), ["x", "y"]);
        assert_eq!(texts(&value, "/m"), ["k"]);
        assert_eq!(texts(&value, "/l"), ["p", "q"]);
        assert!(texts(&value, "/none").is_empty());
    }
}
