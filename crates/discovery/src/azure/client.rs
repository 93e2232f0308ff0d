//! Calls to Azure Resource Manager.

use serde::Deserialize;
use serde_json::Value;

use super::{Endpoints, credential::Credential};
use crate::cloud::{ApiError, CallError, Http, Reply, follow};

/// Resource Manager and tokens for it.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) http: Http,
    credential: Credential,
    base: String,
    scope: String,
}

/// One page of a list.
#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    value: Option<Vec<Value>>,
    #[serde(default, rename = "nextLink")]
    next_link: Option<String>,
}

impl Client {
    pub(super) fn new(http: Http, credential: Credential, endpoints: &Endpoints) -> Self {
        let base = endpoints.resource_manager.trim_end_matches('/').to_owned();
        let scope = format!("{base}/.default");
        Self { http, credential, base, scope }
    }

    /// Whether a token can be had at all.
    pub(super) async fn check_credential(&self) -> Result<(), String> {
        self.credential.token(&self.scope).await.map(drop)
    }

    /// A token for another service, such as blob storage.
    pub(super) async fn token(&self, scope: &str) -> Result<String, CallError> {
        self.credential.token(scope).await.map_err(unauthenticated)
    }

    /// Every item of a list, page by page; what was read stays when a later page fails.
    pub(super) async fn list(&self, path: &str, api: &str) -> (Vec<Value>, Option<CallError>) {
        let first = format!("{}{path}?api-version={api}", self.base);
        follow(self.http.limits(), async |next| {
            let page: Page = self.get(next.as_deref().unwrap_or(&first)).await?.json()?;
            Ok((page.value.unwrap_or_default(), page.next_link))
        })
        .await
    }

    /// One answer. A token that was refused is renewed once: it may have been revoked or aged on the way.
    async fn get(&self, url: &str) -> Result<Reply, CallError> {
        let url = self.own(url)?;
        match self.attempt(&url).await {
            Err(CallError::Denied { code, .. })
                if code.contains("AuthenticationToken") || code == "ExpiredAuthenticationToken" =>
            {
                self.credential.forget().await;
                self.attempt(&url).await
            }
            other => other,
        }
    }

    async fn attempt(&self, url: &reqwest::Url) -> Result<Reply, CallError> {
        let token = self.credential.token(&self.scope).await.map_err(unauthenticated)?;
        let prepare = || {
            let mut request = reqwest::Request::new(reqwest::Method::GET, url.clone());
            let value = format!("Bearer {token}").parse().map_err(|_| CallError::Malformed {
                message: "the token cannot stand in a header".to_owned(),
            })?;
            request.headers_mut().insert(reqwest::header::AUTHORIZATION, value);
            Ok(request)
        };
        self.http.send(prepare, explain).await
    }

    /// Only Resource Manager itself gets the token, wherever a page says the next one is.
    fn own(&self, url: &str) -> Result<reqwest::Url, CallError> {
        let malformed = |message: String| CallError::Malformed { message };
        let url = reqwest::Url::parse(url)
            .map_err(|error| malformed(format!("`{url}` is no address: {error}")))?;
        let base = reqwest::Url::parse(&self.base)
            .map_err(|error| malformed(format!("`{}` is no address: {error}", self.base)))?;
        if url.origin() != base.origin() {
            return Err(malformed(format!(
                "the next page is said to be at {}, which is not Resource Manager",
                url.origin().ascii_serialization()
            )));
        }
        Ok(url)
    }
}

fn unauthenticated(message: String) -> CallError {
    CallError::Denied { code: "AuthenticationFailed".to_owned(), message }
}

/// Azure's error shape: `{"error":{"code","message"}}`.
pub(super) fn explain(reply: &Reply) -> ApiError {
    #[derive(Deserialize)]
    struct Outer {
        error: Inner,
    }
    #[derive(Deserialize)]
    struct Inner {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    match serde_json::from_slice::<Outer>(&reply.body) {
        Ok(outer) => ApiError { code: outer.error.code, message: outer.error.message },
        Err(_) => ApiError::default(),
    }
}
