//! Role bindings: what service accounts may do in the cluster.

use picket_model::{AssetId, AssetKind, Finding, FindingKind, Relation, RelationKind, Severity};
use serde_json::{Value, json};

use super::object::{self, Object};
use crate::Collector;
use crate::files::Scope;
use crate::infra::path::all;

/// Adds roles and draws bindings.
pub(super) fn connect(scope: &Scope, objects: &[Object], out: &mut Collector) {
    for role in objects.iter().filter(|it| matches!(it.kind.as_str(), "Role" | "ClusterRole")) {
        let asset = role
            .asset(scope, AssetKind::Role)
            .with("wildcard", is_wildcard(role))
            .with("reads_secrets", reads_secrets(role));
        role.add(scope, asset, out);
    }
    for workload in objects {
        federate(scope, workload, out);
    }
    for binding in objects {
        if matches!(binding.kind.as_str(), "RoleBinding" | "ClusterRoleBinding") {
            bind(scope, binding, objects, out);
        }
    }
}

/// A workload acts as the cloud role of its service account.
fn federate(scope: &Scope, workload: &Object, out: &mut Collector) {
    let id = workload.id(scope);
    let targets = |source: &AssetId, out: &Collector| -> Vec<AssetId> {
        let acts = out.relations().iter().filter(|it| it.kind == RelationKind::RunsAs);
        acts.filter(|it| it.source == *source).map(|it| it.target.clone()).collect()
    };
    if workload.pods().is_empty() {
        return;
    }
    for account in targets(&id, out) {
        for role in targets(&account, out) {
            let relation = Relation::new(id.clone(), RelationKind::RunsAs, role);
            out.relation(relation.with("via", "IAM role for service accounts"));
        }
    }
}

fn bind(scope: &Scope, binding: &Object, objects: &[Object], out: &mut Collector) {
    let kind = binding.text("/roleRef/kind").unwrap_or("ClusterRole");
    let name = binding.text("/roleRef/name").unwrap_or_default();
    let namespace = if kind == "ClusterRole" { "-" } else { binding.namespace.as_str() };
    let role = object::id(scope, namespace, kind, name);
    let wide = name == "cluster-admin"
        || objects.iter().any(|it| it.kind == kind && it.name == name && is_wildcard(it));
    for subject in all(&binding.value, "subjects") {
        let text = |key: &str| subject.get(key).and_then(Value::as_str);
        if text("kind") != Some("ServiceAccount") {
            continue;
        }
        let namespace = text("namespace").unwrap_or(&binding.namespace);
        let account =
            object::id(scope, namespace, "ServiceAccount", text("name").unwrap_or_default());
        if out.get(&role).is_some() {
            let relation = Relation::new(account.clone(), RelationKind::CanAccess, role.clone());
            out.relation(relation.with("via", binding.name.clone()));
        }
        if !wide {
            continue;
        }
        if let Some(asset) = out.get_mut(&account) {
            asset.set("cluster_admin", binding.kind == "ClusterRoleBinding");
            asset.set("wildcard_actions", json!(["*"]));
        }
        let finding = Finding::new(
            FindingKind::Misconfiguration,
            "wide_role",
            Severity::High,
            format!("Holds {name}"),
            "A workload that acts as this account may change anything the binding covers",
            json!({ "role": name, "binding": binding.name, "path": binding.path, "line": binding.line }),
        );
        out.finding(&account, finding);
    }
}

fn is_wildcard(role: &Object) -> bool {
    all(&role.value, "rules").into_iter().any(|rule| {
        let any = |key: &str| all(rule, key).iter().any(|it| it.as_str() == Some("*"));
        any("verbs") && any("resources")
    })
}

fn reads_secrets(role: &Object) -> bool {
    all(&role.value, "rules").into_iter().any(|rule| {
        let has = |key: &str, names: &[&str]| {
            all(rule, key).iter().any(|it| it.as_str().is_some_and(|it| names.contains(&it)))
        };
        has("resources", &["secrets", "*"]) && has("verbs", &["get", "list", "*"])
    })
}
