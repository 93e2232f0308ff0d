//! Finds AI workloads in Microsoft Azure, and what they stand on: data, identities, compute, network.
//!
//! Every subscription that the credentials can see is read by the read-only list calls of Azure Resource Manager; keys are
//! never asked for. What Azure refuses, lacks or answers wrongly becomes a diagnostic about that call; the rest is kept.
//!
//! Which resource types are read, and what of them, stands in `rules/signals/azure.yaml`. Ids are resource ids in lower
//! case; a system-assigned identity, which has none, is `entra://PRINCIPAL`.

mod access;
mod apps;
mod client;
mod credential;
mod exposure;
mod links;
mod objects;
mod resources;
#[cfg(test)]
mod tests;
mod types;

use futures::future::join_all;
use picket_model::{Environment, EnvironmentKind, Inventory, Progress, Provider};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloud::{CallError, Filter, Gather, Http, Limits};
use access::Assignment;
use client::Client;
use credential::Credential;
use resources::Resource;

/// Where Azure is: the public cloud, a sovereign one, private endpoints or an emulator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Endpoints {
    /// Where tokens come from.
    pub authority: String,
    /// Azure Resource Manager.
    pub resource_manager: String,
    /// Base of blob storage, with `{account}` for the account's name; the account's own endpoint where it is empty.
    pub blob_endpoint: String,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            authority: "https://login.microsoftonline.com".to_owned(),
            resource_manager: "https://management.azure.com".to_owned(),
            blob_endpoint: String::new(),
        }
    }
}

/// What of Azure to read, and how.
#[derive(Debug, Clone)]
pub struct AzureOptions {
    /// Kinds, categories or native types (`Microsoft.CognitiveServices`) to keep; everything where empty.
    pub only: Vec<String>,
    /// The same, to leave out.
    pub skip: Vec<String>,
    /// Where Azure is.
    pub endpoints: Endpoints,
    /// Whether to look for sensitive data in a sample of each container's blobs.
    pub sensitive_sampling: bool,
    /// Bounds.
    pub limits: Limits,
}

impl Default for AzureOptions {
    fn default() -> Self {
        Self {
            only: Vec::new(),
            skip: Vec::new(),
            endpoints: Endpoints::default(),
            sensitive_sampling: true,
            limits: Limits::default(),
        }
    }
}

/// Why nothing of Azure could be read.
#[derive(Debug, thiserror::Error)]
pub enum AzureError {
    /// No client could be made.
    #[error("no HTTPS client: {0}")]
    Client(#[source] CallError),
    /// There are no credentials, or they cannot be used.
    #[error(
        "Azure gives no token: {0}; sign in with `az login`, set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run with a managed or workload identity"
    )]
    Credential(String),
    /// The subscriptions cannot be listed.
    #[error("the subscriptions cannot be listed: {0}")]
    Subscriptions(#[source] CallError),
    /// There are none.
    #[error(
        "these credentials see no subscription; give the identity the role Reader on a subscription or management group"
    )]
    NoSubscription,
}

/// Reads Azure with the credentials of the standard chain (environment, workload identity, Azure CLI, managed identity).
///
/// # Errors
/// Only where nothing at all can be read; everything else becomes a diagnostic of the inventory.
pub async fn scan(
    options: &AzureOptions,
    progress: &dyn Progress,
) -> Result<Inventory, AzureError> {
    let http = Http::new(options.limits.clone()).map_err(AzureError::Client)?;
    let credential = Credential::from_environment(&options.endpoints.authority)
        .map_err(AzureError::Credential)?;
    scan_as(options, progress, http, credential).await
}

async fn scan_as(
    options: &AzureOptions,
    progress: &dyn Progress,
    http: Http,
    credential: Credential,
) -> Result<Inventory, AzureError> {
    let client = Client::new(http, credential, &options.endpoints);
    client.check_credential().await.map_err(AzureError::Credential)?;
    let gather = Gather::new(progress);
    let (subscriptions, failure) = client.list("/subscriptions", "2022-12-01").await;
    match failure {
        Some(error) if subscriptions.is_empty() => return Err(AzureError::Subscriptions(error)),
        Some(error) => gather.failed("subscriptions", &error),
        None if subscriptions.is_empty() => return Err(AzureError::NoSubscription),
        None => {}
    }
    let found = join_all(subscriptions.iter().map(|one| subscription(&client, &gather, one))).await;
    let (mut resources, mut assignments) = (Vec::new(), Vec::new());
    for (more, assigned) in found {
        resources.extend(more);
        assignments.extend(assigned);
    }
    links::draw(&gather, &resources, &assignments);
    exposure::draw(&gather, &resources);
    apps::draw(&gather, &resources);
    if options.sensitive_sampling {
        objects::sample(&client, &gather, &resources, &options.endpoints).await;
    }
    let mut inventory = gather.finish();
    Filter::new(&options.only, &options.skip).apply(&mut inventory);
    Ok(inventory)
}

/// Reads one subscription; its resources are assets then, its relations are drawn when all are known.
async fn subscription(
    client: &Client,
    gather: &Gather<'_>,
    subscription: &Value,
) -> (Vec<Resource>, Vec<Assignment>) {
    let text = |key: &str| subscription[key].as_str().unwrap_or_default();
    let (id, name, tenant) = (text("subscriptionId"), text("displayName"), text("tenantId"));
    if !tenant.is_empty() {
        gather.environment(environment(tenant, tenant, EnvironmentKind::Organisation, None));
    }
    let parent = (!tenant.is_empty()).then(|| tenant.to_owned());
    gather.environment(environment(id, name, EnvironmentKind::Subscription, parent));
    futures::join!(resources::read(client, gather, id, name), access::read(client, gather, id),)
}

fn environment(id: &str, name: &str, kind: EnvironmentKind, parent: Option<String>) -> Environment {
    let name = if name.is_empty() { id } else { name };
    Environment {
        id: id.to_owned(),
        name: name.to_owned(),
        kind,
        provider: Provider::Azure,
        parent,
        last_scanned: None,
    }
}
