use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use ::http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use super::{ApiError, CallError, Limits, classify};

/// One HTTPS client for a whole scan: it bounds how many calls are under way and tries again what may pass.
#[derive(Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    permits: Semaphore,
    limits: Limits,
}

/// A complete, successful answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Reads the body as JSON; an empty one as `null`.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        let body: &[u8] =
            if self.body.iter().all(u8::is_ascii_whitespace) { b"null" } else { &self.body };
        serde_json::from_slice(body)
            .map_err(|error| CallError::Malformed { message: error.to_string() })
    }

    /// One header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Http {
    /// A client within `limits`. Proxies are taken from the environment.
    pub(crate) fn new(limits: Limits) -> Result<Self, CallError> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("picket/", env!("CARGO_PKG_VERSION")))
            .timeout(limits.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| CallError::Unreachable { message: describe(&error) })?;
        Ok(Self { client, permits: Semaphore::new(limits.concurrency.max(1)), limits })
    }

    /// The limits it keeps.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sends what `prepare` makes, again and again while that may help, and returns the first success.
    ///
    /// `prepare` is asked for a fresh request at each try, since signatures and tokens age. `explain` reads the provider's
    /// error code and message from an unsuccessful answer; it leaves the code empty for a body that is none of the provider's.
    pub(crate) async fn send(
        &self,
        prepare: impl Fn() -> Result<reqwest::Request, CallError>,
        explain: impl Fn(&Reply) -> ApiError,
    ) -> Result<Reply, CallError> {
        let mut attempt = 1;
        loop {
            // The permit is given back before waiting, so that a throttled call does not hold up others.
            let outcome = self.attempt(prepare()?).await;
            let last = attempt >= self.limits.attempts;
            let wait = match outcome {
                Ok(reply) if reply.status.is_success() => return Ok(reply),
                Ok(reply) => {
                    let mut error = explain(&reply);
                    let verdict = classify(reply.status, &error);
                    if last || !verdict.may_pass(reply.status, attempt) {
                        if error.code.is_empty() {
                            error.code = format!("HTTP {}", reply.status.as_u16());
                        }
                        return Err(verdict.into_error(error, attempt));
                    }
                    self.wait(attempt, asked_wait(&reply))
                }
                // A name that does not resolve twice is no passing trouble: the service is not offered under it.
                Err(CallError::Unreachable { message })
                    if !last && (attempt < 2 || !message.contains("dns error")) =>
                {
                    tracing::debug!(message, attempt, "call failed, trying again");
                    self.wait(attempt, None)
                }
                Err(error) => return Err(error),
            };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, request: reqwest::Request) -> Result<Reply, CallError> {
        let unreachable =
            |error: reqwest::Error| CallError::Unreachable { message: describe(&error) };
        let _permit = self.permits.acquire().await.map_err(|_| CallError::Unreachable {
            message: "the scan is being stopped".to_owned(),
        })?;
        let mut response = self.client.execute(request).await.map_err(unreachable)?;
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > self.limits.body {
                return Err(CallError::TooLarge { limit: self.limits.body, unit: "bytes" });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body })
    }

    /// The time to wait after `attempt` tries: what the server asks for, else exponential; plus up to a quarter of it at
    /// random, so that calls refused together do not come back together.
    fn wait(&self, attempt: u32, asked: Option<Duration>) -> Duration {
        let doubled = self.limits.backoff.saturating_mul(1 << attempt.saturating_sub(1).min(16));
        let wait = asked.unwrap_or(doubled).min(self.limits.longest_wait);
        let random = RandomState::new().build_hasher().finish() % 256;
        wait + wait.mul_f64(random as f64 / 1024.0)
    }
}

/// `Retry-After` in seconds or as an HTTP date.
fn asked_wait(reply: &Reply) -> Option<Duration> {
    let text = reply.header(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    (until.to_utc() - chrono::Utc::now()).to_std().ok()
}

/// The whole chain of causes: reqwest itself only says that sending failed. Its URL may carry a query, so it is left out.
fn describe(error: &reqwest::Error) -> String {
    let mut text =
        if error.is_timeout() { "timed out".to_owned() } else { "no connection".to_owned() };
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
