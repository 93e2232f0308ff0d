//! Services, ingresses and routes: the way from the internet, and between workloads.

use picket_model::{AssetId, AssetKind, Finding, FindingKind, Relation, RelationKind, Severity};
use serde_json::{Value, json};

use super::object::{Object, Table};
use crate::Collector;
use crate::files::Scope;
use crate::infra::path::all;

/// Annotations that keep a load balancer inside its network.
const INTERNAL: &[(&str, &str)] = &[
    ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
    ("alb.ingress.kubernetes.io/scheme", "internal"),
    ("networking.gke.io/load-balancer-type", "Internal"),
    ("cloud.google.com/load-balancer-type", "Internal"),
];

/// Draws what reaches what.
pub(super) fn connect(scope: &Scope, objects: &[Object], out: &mut Collector) {
    for object in objects {
        match object.kind.as_str() {
            "Service" => service(scope, object, objects, out),
            "Ingress" => {
                let backends = [
                    "spec.rules.http.paths.backend.service.name",
                    "spec.rules.http.paths.backend.serviceName",
                    "spec.defaultBackend.service.name",
                ];
                entrance(scope, object, &backends, objects, out);
            }
            "HTTPRoute" | "GRPCRoute" => {
                entrance(scope, object, &["spec.rules.backendRefs.name"], objects, out);
            }
            "NetworkPolicy" => policy(scope, object, objects, out),
            "InferencePool" => pool(scope, object, objects, out),
            _ => calls(scope, object, objects, out),
        }
    }
}

/// A service with an address of its own outside the cluster.
fn service(scope: &Scope, service: &Object, objects: &[Object], out: &mut Collector) {
    let kind = service.text("/spec/type").unwrap_or("ClusterIP");
    if !matches!(kind, "LoadBalancer" | "NodePort") {
        return;
    }
    let ports: Vec<Value> = all(&service.value, "spec.ports.port").into_iter().cloned().collect();
    let ranges = all(&service.value, "spec.loadBalancerSourceRanges");
    let restricted = !ranges.is_empty()
        && !ranges.iter().any(|range| matches!(range.as_str(), Some("0.0.0.0/0" | "::/0")));
    let public = kind == "LoadBalancer" && !is_internal(service) && !restricted;
    let asset = service
        .asset(scope, AssetKind::LoadBalancer)
        .with("type", kind)
        .with("ports", ports.clone())
        .with("internal", !public);
    let id = service.add(scope, asset, out);
    let reached = selected(scope, service.value.pointer("/spec/selector"), service, objects);
    let via = format!("service {} of type {kind}", service.name);
    route(&id, &reached, &via, &ports, public, out);
}

/// A pool of model servers, which a gateway leads requests to.
fn pool(scope: &Scope, pool: &Object, objects: &[Object], out: &mut Collector) {
    let Some(path) = Table::built_in().rule(pool).and_then(|rule| rule.selects.as_ref()) else {
        return;
    };
    let selector = crate::infra::path::single(&pool.value, path);
    let reached = selected(scope, selector, pool, objects);
    route(&pool.id(scope), &reached, &format!("inference pool {}", pool.name), &[], false, out);
}

/// An ingress or route in front of services.
fn entrance(
    scope: &Scope,
    object: &Object,
    backends: &[&str],
    objects: &[Object],
    out: &mut Collector,
) {
    let public = !is_internal(object);
    let annotations = object.value.pointer("/metadata/annotations").and_then(Value::as_object);
    let authenticated = annotations.into_iter().flatten().any(|(key, _)| {
        key.contains("/auth-url") || key.contains("/auth-type") || key.contains("/auth-tls-secret")
    });
    let hosts: Vec<Value> = ["spec.rules.host", "spec.hostnames"]
        .into_iter()
        .flat_map(|path| all(&object.value, path))
        .cloned()
        .collect();
    let asset = object
        .asset(scope, AssetKind::LoadBalancer)
        .with("hosts", hosts)
        .with("internal", !public)
        .with("authenticated", authenticated)
        .with("tls", object.value.pointer("/spec/tls").is_some());
    let id = object.add(scope, asset, out);
    let mut reached = Vec::new();
    for name in backends.iter().flat_map(|path| all(&object.value, path)).filter_map(Value::as_str)
    {
        let service = objects
            .iter()
            .find(|it| it.kind == "Service" && it.namespace == object.namespace && it.name == name);
        if let Some(service) = service {
            reached.extend(selected(
                scope,
                service.value.pointer("/spec/selector"),
                service,
                objects,
            ));
        }
    }
    let via = format!("{} {}", object.kind.to_lowercase(), object.name);
    route(&id, &reached, &via, &[], public, out);
}

fn is_internal(object: &Object) -> bool {
    let annotations = object.value.pointer("/metadata/annotations").and_then(Value::as_object);
    annotations.into_iter().flatten().any(|(key, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        INTERNAL.iter().any(|(known, internal)| known == key && *internal == value)
    })
}

/// Workloads of the same namespace whose pods carry all the labels of a selector.
fn selected(
    scope: &Scope,
    selector: Option<&Value>,
    of: &Object,
    objects: &[Object],
) -> Vec<AssetId> {
    let Some(selector) = selector.and_then(Value::as_object).filter(|it| !it.is_empty()) else {
        return Vec::new();
    };
    objects
        .iter()
        .filter(|it| it.namespace == of.namespace && Table::built_in().rule(it).is_some())
        .filter(|it| {
            it.pod_labels().is_some_and(|labels| {
                selector.iter().all(|(key, value)| labels.get(key) == Some(value))
            })
        })
        .map(|it| it.id(scope))
        .collect()
}

fn route(
    entrance: &AssetId,
    reached: &[AssetId],
    via: &str,
    ports: &[Value],
    public: bool,
    out: &mut Collector,
) {
    for workload in reached {
        let relation = Relation::new(entrance.clone(), RelationKind::RoutesTo, workload.clone());
        out.relation(relation.with("via", via).with("ports", ports.to_vec()));
    }
    if !public {
        return;
    }
    crate::infra::internet(out);
    let relation = Relation::new(AssetId::internet(), RelationKind::RoutesTo, entrance.clone());
    out.relation(relation.with("via", via));
    for id in reached.iter().chain([entrance]) {
        let finding = Finding::new(
            FindingKind::ExposedToInternet,
            "network",
            Severity::Medium,
            "Reachable from the internet",
            format!("The internet reaches it by {via}"),
            json!({ "reason": via, "ports": ports }),
        );
        out.finding(id, finding);
    }
}

/// A policy that limits who may come in is worth knowing beside an exposure.
fn policy(scope: &Scope, policy: &Object, objects: &[Object], out: &mut Collector) {
    let selector = policy.value.pointer("/spec/podSelector/matchLabels");
    let everything = selector.and_then(Value::as_object).is_none_or(serde_json::Map::is_empty);
    let chosen = if everything {
        objects
            .iter()
            .filter(|it| it.namespace == policy.namespace)
            .filter(|it| Table::built_in().rule(it).is_some())
            .map(|it| it.id(scope))
            .collect()
    } else {
        selected(scope, selector, policy, objects)
    };
    for id in chosen {
        if let Some(asset) = out.get_mut(&id) {
            asset.set("network_policy", true);
        }
    }
}

/// A workload that is given the address of a service of the cluster uses what stands behind it.
fn calls(scope: &Scope, object: &Object, objects: &[Object], out: &mut Collector) {
    let pods = object.pods();
    if pods.is_empty() {
        return;
    }
    let values: Vec<&str> = pods
        .iter()
        .flat_map(|pod| ["containers.env.value", "containers.args"].map(|path| all(pod, path)))
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for service in objects.iter().filter(|it| it.kind == "Service") {
        let named = values.iter().any(|value| names_service(value, service, &object.namespace));
        if !named {
            continue;
        }
        for target in selected(scope, service.value.pointer("/spec/selector"), service, objects) {
            if target != object.id(scope) {
                let relation = Relation::new(object.id(scope), RelationKind::Uses, target);
                out.relation(relation.with("via", format!("service {}", service.name)));
            }
        }
    }
}

/// `http://vllm:8000/v1`, `qdrant.search.svc.cluster.local:6333` and the like.
fn names_service(value: &str, service: &Object, namespace: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    let mut parts = host.split('.');
    let name = parts.next() == Some(service.name.as_str());
    match parts.next() {
        None => name && service.namespace == namespace,
        Some(given) => name && given == service.namespace,
    }
}
