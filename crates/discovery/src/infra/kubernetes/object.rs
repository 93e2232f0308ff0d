//! One Kubernetes object and the table of kinds that run something.

use std::sync::LazyLock;

use picket_model::{Asset, AssetId, AssetKind, Provider, Relation, RelationKind};
use serde::Deserialize;
use serde_json::Value;

use crate::Collector;
use crate::files::Scope;
use crate::infra::path::all;

/// Objects of one scan.
const MAX_OBJECTS: usize = 50_000;

/// One object with the place it stands at.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) path: String,
    pub(super) line: u32,
    pub(super) api: String,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) value: Value,
}

/// Kinds and the resources that are accelerators.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    kinds: Vec<KindRule>,
    pub(super) accelerators: Vec<String>,
}

/// What one kind is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KindRule {
    api: String,
    kind: String,
    pub(super) asset: AssetKind,
    #[serde(default)]
    pub(super) pods: Vec<String>,
    #[serde(default)]
    pub(super) models: Vec<String>,
    /// It serves models by itself, whatever image it runs.
    #[serde(default)]
    pub(super) serves: bool,
    /// Path of the labels of the workloads that it leads to.
    pub(super) selects: Option<String>,
    #[serde(default)]
    pub(super) relations: Vec<Reference>,
}

/// What an object names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reference {
    /// Path of the name.
    pub(super) at: String,
    /// Kind of what has the name, in the same namespace.
    pub(super) to: String,
    pub(super) kind: RelationKind,
}

impl Table {
    /// The table built into the binary.
    pub(super) fn built_in() -> &'static Self {
        static TABLE: LazyLock<Table> = LazyLock::new(|| {
            let text = include_str!("../../../../../rules/signals/kubernetes.yaml");
            serde_saphyr::from_str(text).unwrap_or_default()
        });
        &TABLE
    }

    /// What an object's kind is; `None` for kinds that run nothing.
    pub(super) fn rule(&self, object: &Object) -> Option<&KindRule> {
        let group = object.api.rsplit_once('/').map_or("", |(group, _)| group);
        self.kinds.iter().find(|rule| rule.api == group && rule.kind == object.kind)
    }
}

impl Object {
    /// `k8s://REPOSITORY/NAMESPACE/KIND/NAME`.
    pub(super) fn id(&self, scope: &Scope) -> AssetId {
        id(scope, &self.namespace, &self.kind, &self.name)
    }

    /// A bare asset of this object.
    pub(super) fn asset(&self, scope: &Scope, kind: AssetKind) -> Asset {
        let mut asset = Asset::new(
            self.id(scope),
            kind,
            self.name.clone(),
            Provider::Kubernetes,
            &*scope.environment,
        )
        .native_type(format!("{}/{}", self.api, self.kind))
        .with("namespace", self.namespace.clone());
        for (key, value) in
            self.value.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten()
        {
            asset.tags.insert(key.clone(), value.clone());
        }
        asset
    }

    /// Adds the asset with its place.
    pub(super) fn add(&self, scope: &Scope, asset: Asset, out: &mut Collector) -> AssetId {
        let id = asset.id.clone();
        out.asset(asset);
        crate::infra::source_file(scope, &self.path, out);
        let relation =
            Relation::new(id.clone(), RelationKind::DefinedIn, scope.file_id(&self.path));
        out.relation(relation.with("path", self.path.clone()).with("line", self.line));
        id
    }

    /// The pod specs of a workload.
    pub(super) fn pods(&self) -> Vec<&Value> {
        let rule = Table::built_in().rule(self);
        let paths = rule.into_iter().flat_map(|rule| &rule.pods);
        paths.flat_map(|path| all(&self.value, path)).collect()
    }

    /// The labels its pods carry.
    pub(super) fn pod_labels(&self) -> Option<&Value> {
        let template = if self.kind == "CronJob" {
            "/spec/jobTemplate/spec/template/metadata/labels"
        } else if self.kind == "Pod" {
            "/metadata/labels"
        } else {
            "/spec/template/metadata/labels"
        };
        self.value.pointer(template).or_else(|| self.value.pointer("/metadata/labels"))
    }

    /// A text at a JSON pointer.
    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.value.pointer(pointer).and_then(Value::as_str)
    }
}

/// The id of an object of the scanned repository.
pub(super) fn id(scope: &Scope, namespace: &str, kind: &str, name: &str) -> AssetId {
    let cluster = scope.name.replace('/', "-");
    AssetId::new(format!("k8s://{cluster}/{namespace}/{}/{name}", kind.to_lowercase()))
}

/// Takes a document apart: a `List` holds objects of its own.
pub(super) fn flatten(path: &str, line: u32, value: Value, objects: &mut Vec<Object>) {
    if objects.len() >= MAX_OBJECTS {
        return;
    }
    let text =
        |pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(ToOwned::to_owned);
    let (Some(api), Some(kind)) = (text("/apiVersion"), text("/kind")) else { return };
    if kind == "List" {
        let items = value.get("items").and_then(Value::as_array).into_iter().flatten();
        for item in items.filter(|item| item["kind"] != "List") {
            flatten(path, line, item.clone(), objects);
        }
        return;
    }
    let Some(name) = text("/metadata/name").or_else(|| text("/metadata/generateName")) else {
        return;
    };
    let cluster_wide = kind.starts_with("Cluster");
    let namespace = text("/metadata/namespace")
        .unwrap_or_else(|| if cluster_wide { "-".to_owned() } else { "default".to_owned() });
    objects.push(Object { path: path.to_owned(), line, api, kind, namespace, name, value });
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn the_built_in_table_is_well_formed() {
        let text = include_str!("../../../../../rules/signals/kubernetes.yaml");
        let table: Table = serde_saphyr::from_str(text).unwrap();
        assert!(table.kinds.len() > 60);
    }
}
