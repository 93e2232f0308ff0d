//! Tokens: from a client secret in the environment, or from what the official identity library finds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use azure_core::credentials::TokenCredential;
use azure_identity::{
    DeveloperToolsCredential, ManagedIdentityCredential, WorkloadIdentityCredential,
};
use serde::Deserialize;
use tokio::sync::Mutex;

/// A token this close to its end is not used any more.
const MARGIN: Duration = Duration::from_secs(120);

/// Who reads.
pub(super) struct Credential {
    source: Source,
    held: Mutex<Vec<Held>>,
}

/// A token and what it is good for.
struct Held {
    scope: String,
    token: String,
    until: Instant,
}

enum Source {
    /// The client credentials grant (RFC 6749, section 4.4) at any authority; the identity library insists on HTTPS,
    /// which emulators on loopback do not speak.
    Secret { url: String, client_id: String, secret: String },
    /// Workload identity, Azure CLI, Azure Developer CLI, managed identity: the first that gives a token.
    Library(Vec<Arc<dyn TokenCredential>>),
}

#[derive(Deserialize)]
struct TokenReply {
    access_token: String,
    expires_in: u64,
}

#[derive(Deserialize)]
struct TokenRefusal {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Credential {
    /// What the environment says, as Azure's own tools read it.
    pub(super) fn from_environment(authority: &str) -> Result<Self, String> {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let (Some(tenant), Some(client_id), Some(secret)) =
            (set("AZURE_TENANT_ID"), set("AZURE_CLIENT_ID"), set("AZURE_CLIENT_SECRET"))
        {
            return Ok(Self::secret(authority, &tenant, client_id, secret));
        }
        let mut chain: Vec<Arc<dyn TokenCredential>> = Vec::new();
        if set("AZURE_FEDERATED_TOKEN_FILE").is_some() {
            let credential =
                WorkloadIdentityCredential::new(None).map_err(|error| error.to_string())?;
            chain.push(credential);
        }
        if let Ok(credential) = DeveloperToolsCredential::new(None) {
            chain.push(credential);
        }
        if let Ok(credential) = ManagedIdentityCredential::new(None) {
            chain.push(credential);
        }
        Ok(Self { source: Source::Library(chain), held: Mutex::default() })
    }

    /// A client secret.
    pub(super) fn secret(authority: &str, tenant: &str, client_id: String, secret: String) -> Self {
        let url = format!("{}/{tenant}/oauth2/v2.0/token", authority.trim_end_matches('/'));
        Self { source: Source::Secret { url, client_id, secret }, held: Mutex::default() }
    }

    /// A token for `scope`, kept until it ages.
    pub(super) async fn token(&self, scope: &str) -> Result<String, String> {
        // Held over the call, so that many tasks that start together ask once.
        let mut held = self.held.lock().await;
        if let Some(known) =
            held.iter().find(|held| held.scope == scope && held.until > Instant::now())
        {
            return Ok(known.token.clone());
        }
        let (token, lifetime) = match &self.source {
            Source::Secret { url, client_id, secret } => {
                by_secret(url, client_id, secret, scope).await?
            }
            Source::Library(chain) => by_library(chain, scope).await?,
        };
        held.retain(|held| held.scope != scope);
        let until = Instant::now() + lifetime.saturating_sub(MARGIN);
        held.push(Held { scope: scope.to_owned(), token: token.clone(), until });
        Ok(token)
    }

    /// Forgets what is held, since the server refused it.
    pub(super) async fn forget(&self) {
        self.held.lock().await.clear();
    }
}

async fn by_secret(
    url: &str,
    client_id: &str,
    secret: &str,
    scope: &str,
) -> Result<(String, Duration), String> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()
        .map_err(|error| error.to_string())?;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_secret", secret),
        ("scope", scope),
    ];
    let reply = client
        .post(url)
        .form(&form)
        .send()
        .await
        .map_err(|error| format!("`{url}` cannot be reached: {}", error.without_url()))?;
    if reply.status().is_success() {
        let reply: TokenReply =
            reply.json().await.map_err(|error| format!("the token cannot be read: {error}"))?;
        return Ok((reply.access_token, Duration::from_secs(reply.expires_in)));
    }
    let status = reply.status();
    match reply.json::<TokenRefusal>().await {
        Ok(refusal) => Err(format!("{}: {}", refusal.error, refusal.error_description)),
        Err(_) => Err(format!("HTTP {status} from `{url}`")),
    }
}

async fn by_library(
    chain: &[Arc<dyn TokenCredential>],
    scope: &str,
) -> Result<(String, Duration), String> {
    let mut refusals = Vec::new();
    for credential in chain {
        match credential.get_token(&[scope], None).await {
            Ok(token) => {
                let left =
                    (token.expires_on - azure_core::time::OffsetDateTime::now_utc()).try_into();
                return Ok((token.token.secret().to_owned(), left.unwrap_or(MARGIN)));
            }
            Err(error) => refusals.push(error.to_string()),
        }
    }
    Err(refusals.join("; "))
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential")
    }
}
