//! Ids, environments and regions of resources, known or not yet known.

use picket_model::{AssetId, Environment, EnvironmentKind, Provider};
use serde_json::Value;

use super::Resource;
use super::table::Entry;
use crate::infra::path::single;

/// Whose platform a resource type belongs to.
pub(super) fn provider(kind: &str) -> Provider {
    if is_arm(kind) {
        return Provider::Azure;
    }
    match kind.split('_').next() {
        Some("azurerm" | "azuread") => Provider::Azure,
        Some("aws" | "awscc") => Provider::Aws,
        Some("google") => Provider::Gcp,
        Some("kubernetes" | "helm") => Provider::Kubernetes,
        _ => Provider::Saas,
    }
}

/// Whether a resource has the shape of Azure Resource Manager's own: `azapi_*`, ARM templates, Bicep.
pub(super) fn is_arm(kind: &str) -> bool {
    kind.starts_with("azapi_") || kind.contains('/')
}

/// The provider's canonical id, once applied.
pub(super) fn canonical(resource: &Resource, entry: &Entry) -> Option<AssetId> {
    let text = |path: &str| {
        single(&resource.values, path)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty() && !text.contains("${"))
    };
    match provider(&resource.kind) {
        Provider::Azure => {
            let id = text(entry.id.as_deref().unwrap_or("id"))?;
            id.starts_with('/').then(|| AssetId::new(id))
        }
        Provider::Aws => ["arn", "id"]
            .into_iter()
            .chain(entry.id.as_deref())
            .filter_map(text)
            .find(|id| id.starts_with("arn:"))
            .map(AssetId::new),
        Provider::Gcp => {
            let id = text(entry.id.as_deref().unwrap_or("id"))?;
            let service = entry.native_type.split('/').next().unwrap_or_default();
            Some(AssetId::new(format!("//{service}/{}", id.trim_start_matches('/'))))
        }
        _ => None,
    }
}

/// The subscription, account or project that an id names.
pub(super) fn environment(id: &AssetId) -> Option<Environment> {
    let text = id.as_str();
    let (name, kind, provider) = if let Some(rest) = text.strip_prefix("/subscriptions/") {
        (rest.split('/').next()?, EnvironmentKind::Subscription, Provider::Azure)
    } else if text.starts_with("arn:") {
        (text.split(':').nth(4)?, EnvironmentKind::Account, Provider::Aws)
    } else {
        let (_, rest) = text.strip_prefix("//")?.split_once("/projects/")?;
        (rest.split('/').next()?, EnvironmentKind::Project, Provider::Gcp)
    };
    (!name.is_empty()).then(|| Environment {
        id: name.to_owned(),
        name: name.to_owned(),
        kind,
        provider,
        parent: None,
        last_scanned: None,
    })
}

/// Region as the provider's API writes it: Azure's display names become their short form.
pub(super) fn region(resource: &Resource, id: &AssetId) -> Option<String> {
    let given = ["location", "region"]
        .into_iter()
        .filter_map(|key| single(&resource.values, key)?.as_str())
        .find(|text| !text.is_empty() && !text.contains("${"));
    match given {
        Some(text) if provider(&resource.kind) == Provider::Azure => {
            Some(text.to_lowercase().replace(' ', ""))
        }
        Some(text) => Some(text.to_owned()),
        None => id
            .as_str()
            .strip_prefix("arn:")
            .and_then(|arn| arn.split(':').nth(2))
            .filter(|region| !region.is_empty())
            .map(ToOwned::to_owned),
    }
}
