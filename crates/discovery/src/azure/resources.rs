//! Lists the resources of a subscription and makes assets of them.

use futures::future::{FutureExt, LocalBoxFuture, join_all};
use picket_model::{
    Asset, AssetId, AssetKind, Finding, FindingKind, Provider, Relation, RelationKind, Severity,
};
use serde_json::{Value, json};

use super::client::Client;
use super::types::{self, ResourceType};
use crate::catalogue;
use crate::cloud::{CallError, Gather};

/// A resource as Azure describes it.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) id: AssetId,
    pub(super) subscription: String,
    pub(super) kind: &'static ResourceType,
    pub(super) body: Value,
}

impl Resource {
    /// Whether it is of this type.
    pub(super) fn is(&self, name: &str) -> bool {
        self.kind.name == name
    }

    /// Its name; a child's without its parents'.
    pub(super) fn name(&self) -> &str {
        let name = self.body["name"].as_str().unwrap_or_default();
        name.rsplit('/').next().unwrap_or(name)
    }
}

/// Reads every type of the table in one subscription.
pub(super) async fn read(
    client: &Client,
    gather: &Gather<'_>,
    subscription: &str,
    name: &str,
) -> Vec<Resource> {
    let top: Vec<&'static ResourceType> = types::all().iter().filter(|kind| kind.top).collect();
    gather.expect(top.len() as u64);
    let lists = top.iter().map(|kind| async {
        let path = format!("/subscriptions/{subscription}/providers/{}", kind.name);
        let found = collect(client, gather, subscription, kind, path, None).await;
        gather.advance(&format!("{name}: {}", kind.name));
        found
    });
    let found: Vec<Resource> = join_all(lists).await.into_iter().flatten().collect();
    plans(client, gather, subscription, name).await;
    found
}

/// Reads one list, makes assets, and reads what is below each of them.
fn collect<'a>(
    client: &'a Client,
    gather: &'a Gather<'_>,
    subscription: &'a str,
    kind: &'static ResourceType,
    path: String,
    parent: Option<AssetId>,
) -> LocalBoxFuture<'a, Vec<Resource>> {
    async move {
        let (items, failure) = client.list(&path, &kind.api).await;
        match failure {
            // A provider that nobody registered has no resources, and a child collection need not be there.
            Some(CallError::Unsupported { code, .. })
                if code == "MissingSubscriptionRegistration" => {}
            Some(error) if error.is_not_found() && parent.is_some() => {}
            Some(error) => gather.failed(path, &error),
            None => {}
        }
        let mut found = Vec::new();
        for body in items {
            let Some(id) = body["id"].as_str() else {
                let error = CallError::Malformed { message: "a resource has no id".to_owned() };
                gather.failed(kind.name.as_str(), &error);
                continue;
            };
            let id = AssetId::new(id);
            let resource = Resource { id, subscription: subscription.to_owned(), kind, body };
            if !kind.internal {
                gather.asset(asset(&resource));
                if let Some(parent) = &parent {
                    gather.relation(Relation::new(
                        parent.clone(),
                        RelationKind::Contains,
                        resource.id.clone(),
                    ));
                }
            }
            found.push(resource);
        }
        let mut below: Vec<LocalBoxFuture<'_, Vec<Resource>>> = Vec::new();
        let mut settings: Vec<LocalBoxFuture<'_, ()>> = Vec::new();
        for resource in &found {
            for (child, path) in children(resource) {
                below.push(collect(
                    client,
                    gather,
                    subscription,
                    child,
                    path,
                    Some(resource.id.clone()),
                ));
            }
            if kind.diagnostics {
                settings.push(diagnostics(client, gather, resource).boxed_local());
            }
        }
        let (below, _) = futures::join!(join_all(below), join_all(settings));
        found.extend(below.into_iter().flatten());
        found
    }
    .boxed_local()
}

/// The collections below a resource: their type and path.
fn children(resource: &Resource) -> Vec<(&'static ResourceType, String)> {
    let Some(id) = resource.body["id"].as_str() else { return Vec::new() };
    let below = resource.kind.children.iter().filter_map(|child| {
        let (first, last) = (child.split('/').next()?, child.rsplit('/').next()?);
        // `blobServices/default/containers` has the type `…/blobServices/containers`.
        let name = if first == last { child.clone() } else { format!("{first}/{last}") };
        Some((types::of(&format!("{}/{name}", resource.kind.name))?, format!("{id}/{child}")))
    });
    below.collect()
}

/// The asset that a resource is.
fn asset(resource: &Resource) -> Asset {
    let Resource { id, subscription, kind, body } = resource;
    let mut asset =
        Asset::new(id.clone(), kind.kind, resource.name(), Provider::Azure, subscription.as_str())
            .native_type(kind.name.as_str());
    asset.region = body["location"].as_str().filter(|region| !region.is_empty()).map(str::to_owned);
    if let Value::Object(tags) = &body["tags"] {
        asset.tags.clone_from(tags);
    }
    for (name, pointer) in &kind.properties {
        let value = body.pointer(pointer).cloned().unwrap_or_default();
        asset.set(name, normal(name, value));
    }
    if let Some(group) = id.as_str().split('/').nth(4) {
        asset.set("resource_group", group);
    }
    if kind.kind == AssetKind::ModelDeployment {
        asset.findings.extend(deployed(&asset));
    }
    asset
}

/// Azure writes one state in several ways.
fn normal(name: &str, value: Value) -> Value {
    match (name, value.as_str()) {
        ("public_network_access", Some(text)) if text.eq_ignore_ascii_case("enabled") => {
            json!("Enabled")
        }
        ("public_network_access", Some(text)) if text.eq_ignore_ascii_case("disabled") => {
            json!("Disabled")
        }
        ("public_access", Some(text)) if text.eq_ignore_ascii_case("none") => json!("private"),
        ("public_access", Some(text)) => json!(text.to_lowercase()),
        _ => value,
    }
}

/// What model is deployed and how, as a finding.
fn deployed(asset: &Asset) -> Option<Finding> {
    let text = |name: &str| asset.properties.get(name).and_then(Value::as_str).unwrap_or_default();
    let model = text("model");
    if model.is_empty() {
        return None;
    }
    let detail = format!("{model} {} on {}", text("model_version"), text("sku"));
    Some(Finding::new(
        FindingKind::ModelMetadata,
        "deployment",
        Severity::Informational,
        format!("Deploys {model}"),
        detail.split_whitespace().collect::<Vec<_>>().join(" "),
        json!({
            "model": model,
            "version": asset.properties.get("model_version"),
            "sku": asset.properties.get("sku"),
            "capacity": asset.properties.get("capacity"),
            "content_filter": asset.properties.get("rai_policy_name"),
            "retirement_date": asset.properties.get("deprecation"),
        }),
    ))
}

/// The model that a name of Azure's means, as an asset.
pub(super) fn model(name: &str, environment: &str) -> Option<Asset> {
    (!name.is_empty()).then(|| catalogue::named(name, None).asset(environment))
}

/// How many diagnostic settings a resource has, and where they send logs.
async fn diagnostics(client: &Client, gather: &Gather<'_>, resource: &Resource) {
    let Some(id) = resource.body["id"].as_str() else { return };
    let path = format!("{id}/providers/Microsoft.Insights/diagnosticSettings");
    let (settings, failure) = client.list(&path, "2021-05-01-preview").await;
    if let Some(error) = failure {
        gather.failed(path, &error);
        return;
    }
    let enabled = settings.iter().filter(|setting| {
        let logs = setting.pointer("/properties/logs").and_then(Value::as_array);
        logs.is_some_and(|logs| logs.iter().any(|log| log["enabled"] == true))
    });
    let mut collector = gather.lock();
    if let Some(asset) = collector.get_mut(&resource.id) {
        asset.set("diagnostic_settings", enabled.count());
    }
    for setting in &settings {
        for pointer in [
            "/properties/workspaceId",
            "/properties/storageAccountId",
            "/properties/eventHubAuthorizationRuleId",
        ] {
            if let Some(target) = setting.pointer(pointer).and_then(Value::as_str) {
                collector.relation(Relation::new(
                    resource.id.clone(),
                    RelationKind::LogsTo,
                    target,
                ));
            }
        }
    }
}

/// The subscription as an asset, with the provider's own protection plans for AI.
async fn plans(client: &Client, gather: &Gather<'_>, subscription: &str, name: &str) {
    let id = format!("/subscriptions/{subscription}");
    let path = format!("{id}/providers/Microsoft.Security/pricings");
    let (plans, failure) = client.list(&path, "2024-01-01").await;
    if let Some(error) = failure {
        gather.failed(path, &error);
    }
    let tier = |plan: &str| {
        let found = plans.iter().find(|known| {
            known["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(plan))
        });
        found.and_then(|plan| plan.pointer("/properties/pricingTier")).cloned().unwrap_or_default()
    };
    gather.asset(
        Asset::new(
            id,
            AssetKind::Environment,
            if name.is_empty() { subscription } else { name },
            Provider::Azure,
            subscription,
        )
        .native_type("Microsoft.Resources/subscriptions")
        .with("defender_for_ai", tier("AI"))
        .with("defender_cspm", tier("CloudPosture"))
        .with("defender_for_storage", tier("StorageAccounts")),
    );
}
