//! Looks into a bounded sample of each container's blobs for sensitive data.

use futures::future::join_all;
use serde::Deserialize;
use serde_json::Value;

use super::Endpoints;
use super::client::{Client, explain};
use super::resources::Resource;
use crate::cloud::{CallError, Gather, Reply, sample};

/// Version of the Blob service's REST API.
const VERSION: &str = "2023-11-03";
/// Who tokens for blobs are for.
const SCOPE: &str = "https://storage.azure.com/.default";

/// The listing of a container (List Blobs).
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listing {
    blobs: Blobs,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Blobs {
    blob: Vec<Blob>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Blob {
    name: String,
    properties: BlobProperties,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BlobProperties {
    #[serde(rename = "Content-Length")]
    size: Option<u64>,
}

/// Reads a sample of every container and says in findings which hold sensitive data.
pub(super) async fn sample(
    client: &Client,
    gather: &Gather<'_>,
    resources: &[Resource],
    endpoints: &Endpoints,
) {
    let containers: Vec<(&Resource, &Resource)> = resources
        .iter()
        .filter(|one| one.is("Microsoft.Storage/storageAccounts/blobServices/containers"))
        .filter_map(|container| {
            let account = container.id.as_str().split("/blobservices/").next()?;
            Some((resources.iter().find(|one| one.id.as_str() == account)?, container))
        })
        .collect();
    gather.expect(containers.len() as u64);
    join_all(containers.into_iter().map(|(account, container)| async move {
        if let Some(base) = base(account, endpoints)
            && let Err(error) = look(client, gather, account, container, &base).await
        {
            gather.failed(format!("blobs of {}", container.id), &error);
        }
        gather.advance(container.name());
    }))
    .await;
}

/// Where an account's blobs are; an emulator's, where one is configured.
fn base(account: &Resource, endpoints: &Endpoints) -> Option<String> {
    if endpoints.blob_endpoint.is_empty() {
        let own =
            account.body.pointer("/properties/primaryEndpoints/blob").and_then(Value::as_str)?;
        return own.starts_with("https://").then(|| own.trim_end_matches('/').to_owned());
    }
    Some(endpoints.blob_endpoint.trim_end_matches('/').replace("{account}", account.name()))
}

async fn look(
    client: &Client,
    gather: &Gather<'_>,
    account: &Resource,
    container: &Resource,
    base: &str,
) -> Result<(), CallError> {
    let limits = client.http.limits();
    // Over plain HTTP no token is sent: what is public can be read without one.
    let token = if base.starts_with("https://") { Some(client.token(SCOPE).await?) } else { None };
    let address = |rest: &str| format!("{base}/{}{rest}", container.name());
    let listing = get(
        client,
        &address("?restype=container&comp=list&maxresults=1000"),
        token.as_deref(),
        None,
    )
    .await?;
    let listing: Listing = quick_xml::de::from_str(&String::from_utf8_lossy(&listing.body))
        .map_err(|error| CallError::Malformed { message: error.to_string() })?;
    let listed = &listing.blobs.blob;
    let names = sample::choose(
        listed.iter().map(|blob| (blob.name.as_str(), blob.properties.size)),
        limits.sampled_objects,
    );
    let mut found = Vec::new();
    for name in &names {
        let path: Vec<String> = name
            .split('/')
            .map(|part| {
                percent_encoding::utf8_percent_encode(part, percent_encoding::NON_ALPHANUMERIC)
                    .to_string()
            })
            .collect();
        let reply = get(
            client,
            &address(&format!("/{}", path.join("/"))),
            token.as_deref(),
            Some(limits.sampled_bytes),
        )
        .await?;
        found.extend(sample::inspect(name, &reply.body, limits.sampled_bytes));
    }
    let finding = sample::finding(container.name(), &found, names.len(), listed.len());
    let Some(finding) = finding else { return Ok(()) };
    let mut collector = gather.lock();
    collector.finding(&container.id, finding.clone());
    collector.finding(&account.id, finding);
    Ok(())
}

async fn get(
    client: &Client,
    url: &str,
    token: Option<&str>,
    most: Option<usize>,
) -> Result<Reply, CallError> {
    let url = reqwest::Url::parse(url).map_err(|error| CallError::Malformed {
        message: format!("`{url}` is no address: {error}"),
    })?;
    let prepare = || {
        let mut request = reqwest::Request::new(reqwest::Method::GET, url.clone());
        let mut set = |name: &'static str, value: String| -> Result<(), CallError> {
            let value = value.parse().map_err(|_| CallError::Malformed {
                message: format!("{name} cannot stand in a header"),
            })?;
            request.headers_mut().insert(name, value);
            Ok(())
        };
        set("x-ms-version", VERSION.to_owned())?;
        if let Some(token) = token {
            set("authorization", format!("Bearer {token}"))?;
        }
        if let Some(most) = most {
            set("range", sample::range(most))?;
        }
        Ok(request)
    };
    client.http.send(prepare, explain).await
}
