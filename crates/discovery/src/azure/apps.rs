//! What container apps and model deployments run, which secrets stand in their environment, and what they call.

use picket_model::{AssetId, Provider, Relation, RelationKind};
use serde_json::{Map, Value};

use super::resources::Resource;
use crate::cloud::Gather;
use crate::{image, secret};

/// Draws images, secrets and calls.
pub(super) fn draw(gather: &Gather<'_>, resources: &[Resource]) {
    let hosts = hosts(resources);
    for resource in resources {
        for container in containers(resource) {
            if let Some(image) = container["image"].as_str().filter(|image| !image.is_empty()) {
                runs(gather, resource, image);
            }
            environment(gather, resource, &variables(&container["env"]), &hosts);
        }
        if let Some(Value::Object(variables)) =
            resource.body.pointer("/properties/environmentVariables")
        {
            environment(gather, resource, variables, &hosts);
        }
    }
}

fn containers(resource: &Resource) -> Vec<&Value> {
    let at = |pointer: &str| resource.body.pointer(pointer).and_then(Value::as_array);
    if !resource.is("Microsoft.App/containerApps") {
        return Vec::new();
    }
    at("/properties/template/containers")
        .into_iter()
        .chain(at("/properties/template/initContainers"))
        .flatten()
        .collect()
}

/// A list of `name` and `value` as a map; what refers to a secret has no value.
fn variables(list: &Value) -> Map<String, Value> {
    let pairs = list.as_array().into_iter().flatten();
    pairs
        .filter_map(|one| Some((one["name"].as_str()?.to_owned(), one.get("value")?.clone())))
        .collect()
}

fn runs(gather: &Gather<'_>, resource: &Resource, image: &str) {
    let asset = image::asset(image, Provider::Azure, &resource.subscription);
    gather.relation(Relation::new(resource.id.clone(), RelationKind::Runs, asset.id.clone()));
    gather.asset(asset);
}

/// Secrets in clear, and services whose host name stands in a value.
fn environment(
    gather: &Gather<'_>,
    resource: &Resource,
    variables: &Map<String, Value>,
    hosts: &[(String, AssetId)],
) {
    if let Some(asset) = gather.lock().get_mut(&resource.id) {
        secret::variables(asset, &Value::Object(variables.clone()), None);
    }
    for (name, value) in variables {
        let Some(value) = value.as_str() else { continue };
        let value = value.to_lowercase();
        for (host, target) in hosts.iter().filter(|(host, _)| names(&value, host)) {
            gather.relation(
                Relation::new(resource.id.clone(), RelationKind::Uses, target.clone())
                    .with("via", format!("environment variable {name} names {host}")),
            );
        }
    }
}

/// Whether a value names a host, and not another one that ends like it.
fn names(value: &str, host: &str) -> bool {
    value.match_indices(host).any(|(at, _)| {
        !value[..at]
            .ends_with(|before: char| before.is_ascii_alphanumeric() || "-._".contains(before))
    })
}

/// The host names that services answer at.
fn hosts(resources: &[Resource]) -> Vec<(String, AssetId)> {
    let mut hosts = Vec::new();
    for resource in resources {
        let endings: &[&str] = match resource.kind.name.as_str() {
            "Microsoft.CognitiveServices/accounts" => &[
                "openai.azure.com",
                "services.ai.azure.com",
                "cognitiveservices.azure.com",
                "openai.azure.us",
                "cognitiveservices.azure.us",
            ],
            "Microsoft.Search/searchServices" => &["search.windows.net", "search.azure.us"],
            "Microsoft.Storage/storageAccounts" => {
                &["blob.core.windows.net", "dfs.core.windows.net", "blob.core.usgovcloudapi.net"]
            }
            "Microsoft.DocumentDB/databaseAccounts" => &["documents.azure.com"],
            "Microsoft.Sql/servers" => &["database.windows.net"],
            _ => continue,
        };
        let custom =
            resource.body.pointer("/properties/customSubDomainName").and_then(Value::as_str);
        let name = custom
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| resource.name())
            .to_lowercase();
        hosts
            .extend(endings.iter().map(|ending| (format!("{name}.{ending}"), resource.id.clone())));
    }
    hosts
}
