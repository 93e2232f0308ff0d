//! Assets that are called: endpoints, deployments, Model Context Protocol servers.

use picket_model::{Asset, AssetKind, Provider, RelationKind};

use crate::Estate;
use crate::component::{classification, encode};
use crate::document::{DataFlow, Organisation, Service};
use crate::evidence::{properties, sensitive_types, text};

/// The service for an asset; `None` where it is none.
pub(crate) fn of(asset: &Asset, estate: &Estate<'_>) -> Option<Service> {
    let flow = match asset.kind {
        AssetKind::AiService | AssetKind::ModelDeployment => "prompts and responses",
        AssetKind::McpServer => "tool calls and results",
        AssetKind::SearchIndex => "queries and documents",
        _ => return None,
    };
    let outside = asset.provider != Provider::Code || asset.properties.contains_key("url");
    let types: Vec<String> = estate
        .targets(asset, RelationKind::GroundedOn)
        .iter()
        .chain(&estate.targets(asset, RelationKind::Stores))
        .flat_map(|target| sensitive_types(target))
        .chain(sensitive_types(asset))
        .collect();
    Some(Service {
        bom_ref: asset.id.to_string(),
        provider: provider(asset).map(|name| Organisation { name: name.to_owned() }),
        group: text(asset, "service"),
        name: asset.name.clone(),
        version: text(asset, "version").or_else(|| text(asset, "model_version")),
        endpoints: endpoint(asset).into_iter().collect(),
        authenticated: authenticated(asset),
        trust_boundary: outside,
        data: vec![DataFlow {
            flow: "bi-directional",
            classification: classification(&types),
            name: flow,
        }],
        properties: properties(asset),
    })
}

fn provider(asset: &Asset) -> Option<&'static str> {
    match asset.provider {
        Provider::Azure => Some("Microsoft Azure"),
        Provider::Aws => Some("Amazon Web Services"),
        Provider::Gcp => Some("Google Cloud"),
        Provider::Kubernetes | Provider::Code | Provider::Saas => None,
    }
}

/// An address with a scheme; what has holes or spaces is none.
fn endpoint(asset: &Asset) -> Option<String> {
    let address = text(asset, "url").or_else(|| text(asset, "endpoint"))?;
    if address.contains(['{', '}', '<', '>', ' ', '"', '\\', '^', '`', '|'])
        || address.contains("${")
    {
        return None;
    }
    let local = ["localhost", "127.0.0.1"].iter().any(|host| address.starts_with(host));
    let scheme = if local { "http" } else { "https" };
    let whole = if address.contains("://") { address } else { format!("{scheme}://{address}") };
    Some(encode_keeping_query(&whole))
}

fn encode_keeping_query(address: &str) -> String {
    let base = address.split(['?', '#']).next().unwrap_or(address);
    encode(base)
}

fn authenticated(asset: &Asset) -> Option<bool> {
    match asset.kind {
        AssetKind::AiService | AssetKind::ModelDeployment if asset.provider != Provider::Code => {
            Some(true)
        }
        _ => asset.properties.get("authenticated").and_then(serde_json::Value::as_bool),
    }
}
