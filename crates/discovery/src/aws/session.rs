//! Who asks: credentials of the standard chain, or of a role assumed with them, kept until shortly before they expire.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError},
};
use serde_json::json;
use tokio::sync::Mutex;

use super::{
    call::Client,
    service::{Operation, STS},
    value::text,
};
use crate::cloud::CallError;

/// Credentials are renewed this long before they expire.
const MARGIN: Duration = Duration::from_secs(300);

const ASSUME_ROLE: Operation = STS.get("AssumeRole", "");

/// Credentials for one account.
#[derive(Debug)]
pub(super) struct Session {
    source: Source,
    cached: Mutex<Option<Credentials>>,
}

#[derive(Debug)]
enum Source {
    Chain(SharedCredentialsProvider),
    Role { base: Arc<Session>, arn: String, region: String },
}

impl Session {
    /// The standard chain's own credentials.
    pub(super) fn chain(provider: SharedCredentialsProvider) -> Self {
        Self { source: Source::Chain(provider), cached: Mutex::default() }
    }

    /// Credentials of the role `arn`, assumed with those of `base` in `region`.
    pub(super) fn role(base: Arc<Self>, arn: String, region: String) -> Self {
        Self { source: Source::Role { base, arn, region }, cached: Mutex::default() }
    }

    /// Valid credentials.
    ///
    /// # Errors
    /// [`CallError::Denied`] where the chain has none; whatever AssumeRole answers otherwise.
    pub(super) async fn credentials(&self, client: &Client<'_>) -> Result<Credentials, CallError> {
        let mut cached = self.cached.lock().await;
        if let Some(known) = cached.as_ref() {
            let renew_at = known.expiry().map(|expiry| expiry - MARGIN);
            if renew_at.is_none_or(|moment| SystemTime::now() < moment) {
                return Ok(known.clone());
            }
        }
        let fresh = match &self.source {
            Source::Chain(provider) => {
                provider.provide_credentials().await.map_err(|error| no_credentials(&error))?
            }
            Source::Role { base, arn, region } => {
                Box::pin(assume(client, base, arn, region)).await?
            }
        };
        *cached = Some(fresh.clone());
        Ok(fresh)
    }
}

fn no_credentials(error: &CredentialsError) -> CallError {
    let cause =
        std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    CallError::Denied { code: "NoCredentials".to_owned(), message: format!("{error}{cause}") }
}

async fn assume(
    client: &Client<'_>,
    base: &Session,
    arn: &str,
    region: &str,
) -> Result<Credentials, CallError> {
    let arguments = json!({"RoleArn": arn, "RoleSessionName": "picket"});
    let answer = client.call(base, region, &ASSUME_ROLE, &arguments).await?;
    let part = |pointer: &str| {
        let missing =
            || CallError::Malformed { message: format!("AssumeRole answered without {pointer}") };
        text(&answer, pointer).map(str::to_owned).ok_or_else(missing)
    };
    let expiry = text(&answer, "/Credentials/Expiration")
        .and_then(|time| chrono::DateTime::parse_from_rfc3339(time).ok())
        .map(SystemTime::from);
    Ok(Credentials::new(
        part("/Credentials/AccessKeyId")?,
        part("/Credentials/SecretAccessKey")?,
        Some(part("/Credentials/SessionToken")?),
        expiry,
        "assume-role",
    ))
}
