//! The table `rules/signals/terraform.yaml`: what each Terraform resource type is to Picket.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use picket_model::{AssetKind, RelationKind};
use serde::Deserialize;
use serde_json::Value;

use crate::infra::path::single;

/// The table as the file writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    /// Named value maps that properties refer to: given value (as text) to normalised value.
    maps: BTreeMap<String, BTreeMap<String, Value>>,
    /// Resource type to entry.
    resources: BTreeMap<String, Entry>,
    /// Azure resource type without API version, in lower case, to entry: for `azapi_resource`.
    azapi: BTreeMap<String, Entry>,
}

/// What one resource type is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Asset kind; absent for resources that only say something of another.
    pub(super) kind: Option<AssetKind>,
    /// The provider's own type.
    #[serde(default)]
    pub(super) native_type: String,
    /// Attribute with the canonical id once applied.
    pub(super) id: Option<String>,
    /// Attribute with the name.
    #[serde(default = "name_attribute")]
    pub(super) name: String,
    /// Further attributes by whose value other resources refer to it.
    #[serde(default)]
    pub(super) identifiers: Vec<String>,
    /// Attribute that names the asset which this resource is a part of: its properties and relations go there.
    pub(super) onto: Option<String>,
    /// Resource types that a plain name in `onto` may stand for.
    #[serde(default)]
    pub(super) to: Vec<String>,
    /// Properties by their normalised name.
    #[serde(default)]
    pub(super) properties: BTreeMap<String, PropertySource>,
    /// Edges.
    #[serde(default)]
    pub(super) relations: Vec<RelationRule>,
    /// The model it deploys or uses.
    pub(super) model: Option<ModelRule>,
    /// Attributes that hold environment variables as a map; looked through for secrets.
    #[serde(default)]
    pub(super) variables: Vec<String>,
}

fn name_attribute() -> String {
    "name".to_owned()
}

/// Where a property's value comes from.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum PropertySource {
    /// An attribute path, copied as it is.
    Attribute(String),
    /// An attribute path, mapped.
    Mapped(MappedSource),
}

/// An attribute path with a value map, or with a value to take when it is absent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MappedSource {
    from: String,
    map: Option<String>,
    default: Option<Value>,
}

/// One edge, from this resource to what an attribute names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RelationRule {
    /// The attribute that names the target.
    pub(super) attribute: String,
    pub(super) kind: RelationKind,
    /// Resource types a plain name may stand for.
    #[serde(default)]
    pub(super) to: Vec<String>,
    /// The named resource is the source.
    #[serde(default)]
    pub(super) reverse: bool,
    /// Attributes copied to the relation's properties.
    #[serde(default)]
    pub(super) properties: BTreeMap<String, String>,
}

/// A model named by attributes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelRule {
    pub(super) name: String,
    pub(super) publisher: Option<String>,
    pub(super) version: Option<String>,
    pub(super) relation: RelationKind,
}

impl Table {
    /// The table built into the binary.
    pub(super) fn built_in() -> &'static Self {
        static TABLE: LazyLock<Table> = LazyLock::new(|| {
            let text = include_str!("../../../../../rules/signals/terraform.yaml");
            serde_saphyr::from_str(text).unwrap_or_else(|_| Table {
                maps: BTreeMap::new(),
                resources: BTreeMap::new(),
                azapi: BTreeMap::new(),
            })
        });
        &TABLE
    }

    /// The entry for a resource; an `azapi_resource` is looked up by the Azure type that it names.
    pub(super) fn entry(&self, kind: &str, values: &Value) -> Option<&Entry> {
        if !kind.starts_with("azapi_") {
            return self.resources.get(kind);
        }
        let native = values.get("type")?.as_str()?;
        self.azapi.get(&native.split('@').next().unwrap_or(native).to_lowercase())
    }

    /// The value that a property takes.
    pub(super) fn property(&self, source: &PropertySource, values: &Value) -> Value {
        match source {
            PropertySource::Attribute(path) => single(values, path).cloned().unwrap_or(Value::Null),
            PropertySource::Mapped(source) => {
                let given = single(values, &source.from)
                    .filter(|value| !value.is_null())
                    .or(source.default.as_ref())
                    .cloned()
                    .unwrap_or(Value::Null);
                let Some(map) = source.map.as_ref().and_then(|map| self.maps.get(map)) else {
                    return given;
                };
                let key = match &given {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                map.get(&key).cloned().unwrap_or(Value::Null)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_is_well_formed() {
        let text = include_str!("../../../../../rules/signals/terraform.yaml");
        let table: Table = serde_saphyr::from_str(text).unwrap();
        assert!(table.resources.len() > 90, "{}", table.resources.len());
        for (name, entry) in table.resources.iter().chain(&table.azapi) {
            assert!(entry.kind.is_some() != entry.onto.is_some() || entry.kind.is_none(), "{name}");
            assert_eq!(entry.kind.is_some(), !entry.native_type.is_empty(), "{name}");
            for source in entry.properties.values() {
                if let PropertySource::Mapped(MappedSource { map: Some(map), .. }) = source {
                    assert!(table.maps.contains_key(map), "{name}: map `{map}`");
                }
            }
            for to in entry.relations.iter().flat_map(|rule| &rule.to).chain(&entry.to) {
                assert!(table.resources.contains_key(to), "{name}: unknown target `{to}`");
            }
        }
    }
}
