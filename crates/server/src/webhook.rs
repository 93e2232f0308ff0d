use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How often a delivery is tried, with doubling pauses.
const ATTEMPTS: u32 = 4;

/// Where alerts and incidents are sent as they come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// An HTTP or HTTPS URL that takes a POST.
    pub url: String,
    /// `picket` (the alert as the API shows it, wrapped) or `ocsf`.
    #[serde(default)]
    pub format: WebhookFormat,
    /// Name of the environment variable with the secret that signs the body (`x-picket-signature: sha256=…`).
    #[serde(default)]
    pub secret_env: Option<String>,
}

/// What a webhook is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WebhookFormat {
    /// The alert or incident as the API shows it, with its kind.
    #[default]
    Picket,
    /// OCSF Detection Finding or Incident Finding.
    Ocsf,
}

impl Webhook {
    /// Posts `payload`, a few times if need be.
    pub(crate) async fn deliver(&self, client: &reqwest::Client, payload: &Value) {
        let body = payload.to_string();
        let signature = self
            .secret_env
            .as_ref()
            .and_then(|name| std::env::var(name).ok())
            .map(|secret| sign(secret.as_bytes(), body.as_bytes()));
        let mut pause = Duration::from_millis(500);
        for attempt in 1..=ATTEMPTS {
            let mut request = client
                .post(&self.url)
                .header("content-type", "application/json")
                .timeout(Duration::from_secs(10))
                .body(body.clone());
            if let Some(signature) = &signature {
                request = request.header("x-picket-signature", signature);
            }
            match request.send().await {
                Ok(answer) if answer.status().is_success() => return,
                Ok(answer) if answer.status().is_client_error() && answer.status() != 429 => {
                    tracing::warn!(
                        url = self.url,
                        status = answer.status().as_u16(),
                        "a webhook refused"
                    );
                    return;
                }
                Ok(answer) => tracing::debug!(
                    url = self.url,
                    status = answer.status().as_u16(),
                    attempt,
                    "webhook"
                ),
                Err(error) => {
                    tracing::debug!(url = self.url, error = %error.without_url(), attempt, "webhook");
                }
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        tracing::warn!(
            url = self.url,
            attempts = ATTEMPTS,
            "a webhook could not be reached; the alert is kept in the store"
        );
    }
}

/// HMAC-SHA256 of the body, as GitHub's webhooks have it.
fn sign(secret: &[u8], body: &[u8]) -> String {
    use hmac::{KeyInit, Mac};
    let mut text = String::from("sha256=");
    // HMAC takes keys of any length.
    if let Ok(mut mac) = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret) {
        mac.update(body);
        for byte in mac.finalize().into_bytes() {
            text.push_str(&format!("{byte:02x}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::sign;

    /// RFC 4231, test case 2.
    #[test]
    fn signs_as_rfc_4231_says() {
        assert_eq!(
            sign(b"Jefe", b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
