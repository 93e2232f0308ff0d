//! Assets that are called: endpoints, deployments, Model Context Protocol servers.

use picket_model::{Asset, AssetKind, FindingKind, Provider, RelationKind};
use serde_json::Value;

use super::component::governance;
use super::document::{DataFlow, Organisation, Property, Service};
use super::properties;
use crate::address::endpoint;
use crate::estate::{Estate, Part};
use crate::facts::{
    classification, places, properties as listed, provider, sensitive_types, text, version,
};

/// The service for an asset; `None` where it is none.
pub(super) fn of((asset, part): (&Asset, Part), estate: &Estate<'_>) -> Option<Service> {
    if part != Part::Service {
        return None;
    }
    let flow = match asset.kind {
        AssetKind::McpServer => "tool calls and results",
        AssetKind::SearchIndex => "queries and documents",
        _ => "prompts and responses",
    };
    let endpoint = endpoint(asset);
    let mut properties = properties(listed(asset));
    // Services have no evidence of their own in CycloneDX.
    properties.extend(places(asset, estate).into_iter().map(|place| {
        let symbol = place.symbol.as_ref().map_or_else(String::new, |symbol| format!(" {symbol}"));
        let name = "picket:evidence".to_owned();
        Property { name, value: format!("{}{symbol}", place.at()) }
    }));
    let mut types = sensitive_types(asset);
    for kind in [RelationKind::GroundedOn, RelationKind::Stores] {
        let data = estate.targets(asset, kind);
        types.extend(data.iter().flat_map(|(data, _)| sensitive_types(data)));
    }
    Some(Service {
        bom_ref: asset.id.to_string(),
        provider: provider(asset).map(|name| Organisation { name }),
        group: text(asset, "service"),
        name: asset.name.clone(),
        version: version(asset),
        description: text(asset, "description"),
        endpoints: endpoint.clone().into_iter().collect(),
        authenticated: authenticated(asset, estate),
        trust_boundary: leaves(asset, endpoint.as_deref()),
        data: vec![DataFlow {
            flow: "bi-directional",
            classification: classification(asset, &types),
            name: flow,
            governance: governance(asset),
            destination: endpoint.into_iter().collect(),
        }],
        properties,
    })
}

/// Whether a call leaves the process or machine of the caller.
fn leaves(asset: &Asset, endpoint: Option<&str>) -> bool {
    let local = endpoint.is_some_and(|it| it.contains("//localhost") || it.contains("//127."));
    !local && (asset.provider != Provider::Code || endpoint.is_some())
}

/// Whether callers must say who they are, where that is known: by what was read, since a cloud's own interfaces always
/// ask, or since the server it runs on asks for no key.
fn authenticated(asset: &Asset, estate: &Estate<'_>) -> Option<bool> {
    if asset.findings.iter().any(|finding| finding.kind == FindingKind::PublicAccess) {
        return Some(false);
    }
    let flag = |name: &str| asset.properties.get(name).and_then(Value::as_bool);
    let said = flag("authenticated").or_else(|| flag("api_key_required"));
    let hosts = || {
        let hosts = estate.sources(asset, RelationKind::Contains);
        hosts.iter().find_map(|(host, _)| host.properties.get("api_key_required")?.as_bool())
    };
    let managed = || {
        let cloud = matches!(asset.provider, Provider::Azure | Provider::Aws | Provider::Gcp);
        let resource = asset.native_type.contains("::") || asset.native_type.contains('/');
        let api = asset.provider == Provider::Saas && text(asset, "service").is_some();
        let local = text(asset, "endpoint").is_some_and(|it| it.contains("localhost"));
        (cloud && (resource || text(asset, "service").is_some()) || api && !local)
            .then_some(true)
            .filter(|_| asset.kind != AssetKind::McpServer)
    };
    said.or_else(hosts).or_else(managed)
}
