//! The tables `rules/signals/terraform.yaml` and `rules/signals/arm.yaml`: what each resource type is to Picket.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use picket_model::{AssetKind, RelationKind};
use serde::Deserialize;
use serde_json::Value;

use crate::infra::path::single;

/// What the types of infrastructure as code are.
#[derive(Debug, Default)]
pub(in crate::infra) struct Table {
    terraform: TerraformFile,
    arm: ArmFile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TerraformFile {
    /// Named value maps that properties refer to: given value (as text) to normalised value.
    maps: BTreeMap<String, BTreeMap<String, Value>>,
    /// Resource type to entry.
    resources: BTreeMap<String, Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ArmFile {
    /// Azure resource type in lower case to entry.
    resources: BTreeMap<String, Entry>,
    /// Role definition id to the role's name.
    roles: BTreeMap<String, String>,
    /// Part of a registry module's path to the type that it declares.
    modules: BTreeMap<String, String>,
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
    pub(in crate::infra) fn built_in() -> &'static Self {
        static TABLE: LazyLock<Table> = LazyLock::new(|| {
            Table::read().unwrap_or_else(|error| {
                tracing::error!(error, "resource types cannot be read");
                Table::default()
            })
        });
        &TABLE
    }

    fn read() -> Result<Self, String> {
        let terraform = include_str!("../../../../../rules/signals/terraform.yaml");
        let arm = include_str!("../../../../../rules/signals/arm.yaml");
        Ok(Self {
            terraform: serde_saphyr::from_str(terraform).map_err(|error| error.to_string())?,
            arm: serde_saphyr::from_str(arm).map_err(|error| error.to_string())?,
        })
    }

    /// The entry for a resource; an `azapi_resource` is looked up by the Azure type that it names.
    pub(super) fn entry(&self, kind: &str, values: &Value) -> Option<&Entry> {
        let native = if kind.contains('/') {
            kind
        } else if kind.starts_with("azapi_") {
            values.get("type")?.as_str()?
        } else {
            return self.terraform.resources.get(kind);
        };
        self.arm.resources.get(&native.split('@').next().unwrap_or(native).to_lowercase())
    }

    /// The Terraform type that declares a thing of the provider's own type, such as `AWS::S3::Bucket`.
    pub(in crate::infra) fn terraform_type(&self, native: &str) -> Option<&str> {
        let found = self.terraform.resources.iter().find(|(_, entry)| entry.native_type == native);
        found.map(|(kind, _)| kind.as_str())
    }

    /// The name of an Azure role, by the id of its definition at the end of a text.
    pub(in crate::infra) fn azure_role(&self, text: &str) -> Option<&str> {
        let found = self.arm.roles.iter().find(|(id, _)| text.to_lowercase().contains(id.as_str()));
        found.map(|(_, name)| name.as_str())
    }

    /// The type that a Bicep module of the public registry declares.
    pub(in crate::infra) fn registry_module(&self, path: &str) -> Option<&str> {
        let path = path.split('@').next()?.rsplit_once(':').map_or(path, |(head, _)| head);
        let found = self.arm.modules.iter().find(|(part, _)| path.ends_with(part.as_str()));
        found.map(|(_, native)| native.as_str())
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
                let Some(map) = source.map.as_ref().and_then(|map| self.terraform.maps.get(map))
                else {
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
    fn the_built_in_tables_are_well_formed() {
        let table = Table::read().unwrap();
        let (terraform, arm) = (&table.terraform.resources, &table.arm.resources);
        assert!(terraform.len() > 140, "{}", terraform.len());
        assert!(arm.len() > 60, "{}", arm.len());
        for (name, entry) in terraform.iter().chain(arm) {
            assert_ne!(entry.kind.is_some(), entry.onto.is_some(), "{name}");
            assert_eq!(entry.kind.is_some(), !entry.native_type.is_empty(), "{name}");
            for source in entry.properties.values() {
                if let PropertySource::Mapped(MappedSource { map: Some(map), .. }) = source {
                    assert!(table.terraform.maps.contains_key(map), "{name}: map `{map}`");
                }
            }
            for to in entry.relations.iter().flat_map(|rule| &rule.to).chain(&entry.to) {
                let known = terraform.contains_key(to) || arm.contains_key(to);
                assert!(known, "{name}: unknown target `{to}`");
            }
        }
        for (name, entry) in arm {
            assert_eq!(*name, name.to_lowercase());
            if entry.kind.is_some() {
                assert_eq!(*name, entry.native_type.to_lowercase());
            }
        }
        for native in table.arm.modules.values() {
            assert!(arm.contains_key(&native.to_lowercase()), "{native}");
        }
    }

    #[test]
    fn registry_modules_are_known_by_any_version() {
        let table = Table::built_in();
        let path = "br/public:avm/res/cognitive-services/account:0.9.1";
        assert_eq!(table.registry_module(path), Some("Microsoft.CognitiveServices/accounts"));
        assert_eq!(table.registry_module("br/public:avm/res/network/dns-zone:1.0.0"), None);
    }
}
