//! Workloads: what they run, serve, need and know.

use picket_model::{AssetId, AssetKind, Relation, RelationKind};
use serde_json::Value;

use super::object::{self, Object, Table};
use crate::Collector;
use crate::files::Scope;
use crate::infra::{declared, launch, path::all};
use crate::secret;

/// Adds a workload, identity or secret object with all it says of itself.
pub(super) fn add(scope: &Scope, object: &Object, out: &mut Collector) {
    match object.kind.as_str() {
        "ServiceAccount" => service_account(scope, object, out),
        "Secret" => secret_object(scope, object, out),
        _ => {
            if let Some(rule) = Table::built_in().rule(object) {
                workload(scope, object, rule, out);
            }
        }
    }
}

fn workload(scope: &Scope, object: &Object, rule: &object::KindRule, out: &mut Collector) {
    let mut asset = object.asset(scope, rule.asset);
    if let Some(replicas) = object.value.pointer("/spec/replicas").and_then(Value::as_u64) {
        asset.set("replicas", replicas);
    }
    let id = object.add(scope, asset, out);
    let mut accelerators = 0;
    for pod in object.pods() {
        pod_spec(scope, object, pod, &id, out);
        accelerators += accelerators_of(pod);
    }
    if object.kind == "NIMService" {
        nim(scope, object, &id, out);
    }
    if let Some(asset) = out.get_mut(&id)
        && accelerators > 0
    {
        asset.set("accelerators", accelerators);
    }
    let place = (object.path.as_str(), object.line);
    for name in rule.models.iter().flat_map(|path| all(&object.value, path)) {
        if let Some(name) = name.as_str() {
            let name = name.strip_prefix("hf://").unwrap_or(name);
            match rule.asset {
                AssetKind::ModelDeployment => {
                    launch::names_model(scope, &id, RelationKind::Deploys, name, place, out);
                }
                AssetKind::Agent => {
                    launch::names_model(scope, &id, RelationKind::Uses, name, place, out);
                }
                _ => {
                    let software = object.kind.to_lowercase();
                    launch::deploys(scope, &id, &software, name, Some(place), out);
                }
            }
        }
    }
    if rule.serves
        && let Some(asset) = out.get_mut(&id)
    {
        asset.set("ai_role", "inference-server");
    }
}

/// Draws what an object names, where that is there.
pub(super) fn refer(scope: &Scope, object: &Object, out: &mut Collector) {
    let Some(rule) = Table::built_in().rule(object) else { return };
    for reference in &rule.relations {
        for name in all(&object.value, &reference.at).into_iter().filter_map(Value::as_str) {
            let cluster_wide = reference.to.starts_with("Cluster");
            let namespace = if cluster_wide { "-" } else { object.namespace.as_str() };
            let target = object::id(scope, namespace, &reference.to, name);
            if out.get(&target).is_some() {
                out.relation(Relation::new(object.id(scope), reference.kind, target));
            }
        }
    }
}

/// `spec.image: {repository, tag}` of the NIM operator.
fn nim(scope: &Scope, object: &Object, id: &AssetId, out: &mut Collector) {
    let Some(repository) = object.text("/spec/image/repository") else { return };
    let tag = object.text("/spec/image/tag").map(|tag| format!(":{tag}")).unwrap_or_default();
    let reference = format!("{repository}{tag}");
    let launch = launch::Launch {
        image: &reference,
        words: Vec::new(),
        variables: Vec::new(),
        place: Some((&object.path, object.line)),
    };
    launch::runs(scope, id, &launch, out);
}

fn pod_spec(scope: &Scope, object: &Object, pod: &Value, id: &AssetId, out: &mut Collector) {
    let account = pod
        .get("serviceAccountName")
        .or_else(|| pod.get("serviceAccount"))
        .and_then(Value::as_str)
        .unwrap_or("default");
    if account != "default" {
        let target = object::id(scope, &object.namespace, "ServiceAccount", account);
        out.relation(Relation::new(id.clone(), RelationKind::RunsAs, target));
    }
    if pod.get("hostNetwork") == Some(&Value::Bool(true))
        && let Some(asset) = out.get_mut(id)
    {
        asset.set("host_network", true);
    }
    for container in ["containers", "initContainers", "model"].iter().flat_map(|key| all(pod, key))
    {
        self::container(scope, object, container, id, out);
    }
}

fn container(scope: &Scope, object: &Object, container: &Value, id: &AssetId, out: &mut Collector) {
    let variables: Vec<(String, String)> = all(container, "env")
        .into_iter()
        .filter_map(|variable| {
            let text = |key: &str| Some(variable.get(key)?.as_str()?.to_owned());
            Some((text("name")?, text("value").unwrap_or_default()))
        })
        .collect();
    let place = (object.path.as_str(), object.line);
    if let Some(asset) = out.get_mut(id) {
        for (name, value) in &variables {
            secret::variable(asset, name, value, Some((place.0, Some(place.1))));
        }
        if container.pointer("/securityContext/privileged") == Some(&Value::Bool(true)) {
            asset.set("privileged", true);
        }
    }
    let ports: Vec<&Value> = all(container, "ports.containerPort");
    if !ports.is_empty()
        && let Some(asset) = out.get_mut(id)
    {
        asset.set("ports", ports.into_iter().cloned().collect::<Vec<_>>());
    }
    let reference = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let mut words = launch::words(container.get("command"));
    words.extend(launch::words(container.get("args")));
    let launch = launch::Launch {
        image: reference,
        words,
        variables: variables.clone(),
        place: Some(place),
    };
    launch::runs(scope, id, &launch, out);
    for (name, value) in &variables {
        declared::uses(scope, id, name, value, Some(place), out);
    }
}

fn accelerators_of(pod: &Value) -> u64 {
    let mut count = 0;
    for container in ["containers", "model"].iter().flat_map(|key| all(pod, key)) {
        count += accelerators(container.pointer("/resources/limits"));
    }
    count
}

/// Accelerators among the limits of a container.
pub(in crate::infra) fn accelerators(limits: Option<&Value>) -> u64 {
    let limits = limits.and_then(Value::as_object).into_iter().flatten();
    let counts = limits.filter(|(name, _)| Table::built_in().accelerators.contains(name)).map(
        |(_, value)| {
            let text = value.as_str().and_then(|text| text.parse().ok());
            value.as_u64().or(text).unwrap_or(0)
        },
    );
    counts.fold(0, u64::saturating_add)
}

/// A service account, and the cloud identity that its annotation makes it act as.
fn service_account(scope: &Scope, object: &Object, out: &mut Collector) {
    let id = object.add(scope, object.asset(scope, AssetKind::ServiceIdentity), out);
    let annotation =
        |key: &str| object.value.pointer("/metadata/annotations")?.get(key).and_then(Value::as_str);
    if let Some(role) = annotation("eks.amazonaws.com/role-arn").filter(|it| it.starts_with("arn:"))
    {
        let relation = Relation::new(id.clone(), RelationKind::RunsAs, role);
        out.relation(relation.with("via", "IAM role for service accounts"));
    }
    if let (Some(client), Some(asset)) =
        (annotation("azure.workload.identity/client-id"), out.get_mut(&id))
    {
        asset.set("client_id", client);
    }
    if let (Some(email), Some(asset)) =
        (annotation("iam.gke.io/gcp-service-account"), out.get_mut(&id))
    {
        asset.set("email", email);
    }
}

/// A Secret object in a file is in clear, base64 or not.
fn secret_object(scope: &Scope, object: &Object, out: &mut Collector) {
    let mut asset = object.asset(scope, AssetKind::Secret);
    for key in ["stringData", "data"] {
        for (name, value) in object.value.get(key).and_then(Value::as_object).into_iter().flatten()
        {
            let Some(value) = value.as_str().filter(|it| it.len() >= 8) else { continue };
            let decoded = if key == "data" { launch::base64_text(value) } else { None };
            let place = Some((object.path.as_str(), Some(object.line)));
            secret::variable(&mut asset, name, decoded.as_deref().unwrap_or(value), place);
        }
    }
    object.add(scope, asset, out);
}
