//! Who may do what.
//!
//! Every operation of the API names its action as the scope of its `token` security requirement in the OpenAPI
//! document; what names none is refused. A caller is the loopback user (only where the server listens on a loopback
//! address) or the holder of a token.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::{HttpMethod, OpenApi};

use crate::App;
use crate::problem::Problem;

/// Name of the cookie that carries a token for browsers.
pub(crate) const COOKIE: &str = "picket_session";

/// The action of every operation, by method and path template.
#[derive(Debug, Clone)]
pub(crate) struct Actions(Arc<HashMap<(Method, String), String>>);

impl Actions {
    /// Reads the actions out of the OpenAPI document.
    pub(crate) fn of(api: &OpenApi) -> Self {
        let mut actions = HashMap::new();
        for (path, item) in &api.paths.paths {
            for (method, operation) in operations(item) {
                let scope = operation
                    .security
                    .iter()
                    .flatten()
                    .filter_map(|requirement| serde_json::to_value(requirement).ok())
                    .find_map(|value| value.get("token")?.get(0)?.as_str().map(str::to_owned));
                if let Some(scope) = scope {
                    actions.insert((method, path.clone()), scope);
                }
            }
        }
        Self(Arc::new(actions))
    }

    fn action(&self, method: &Method, path: &str) -> Option<&str> {
        let method = if method == Method::HEAD { Method::GET } else { method.clone() };
        self.0.get(&(method, path.to_owned())).map(String::as_str)
    }
}

/// The operations of a path with their methods.
pub(crate) fn operations(
    item: &utoipa::openapi::PathItem,
) -> Vec<(Method, &utoipa::openapi::path::Operation)> {
    [
        (HttpMethod::Get, Method::GET, &item.get),
        (HttpMethod::Put, Method::PUT, &item.put),
        (HttpMethod::Post, Method::POST, &item.post),
        (HttpMethod::Delete, Method::DELETE, &item.delete),
        (HttpMethod::Patch, Method::PATCH, &item.patch),
    ]
    .into_iter()
    .filter_map(|(_, method, operation)| operation.as_ref().map(|found| (method, found)))
    .collect()
}

/// Lets a request through when its operation names an action and its caller may do it.
pub(crate) async fn guard(
    State((app, actions)): State<(App, Actions)>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let Some(action) =
        path.and_then(|path| actions.action(request.method(), &path).map(str::to_owned))
    else {
        return Problem::new(
            StatusCode::FORBIDDEN,
            "this operation names no action, so nobody may do it",
        )
        .into_response();
    };
    // A request's body may not be looked at from two threads, so only what is needed is kept over the wait.
    let headers = request.headers().clone();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    match caller(&app, &headers, peer).await {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            tracing::info!(action, status = refusal.0.as_u16(), "refused");
            let mut response = Problem::new(refusal.0, refusal.1).into_response();
            if refusal.0 == StatusCode::UNAUTHORIZED {
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
            }
            response
        }
    }
}

async fn caller(
    app: &App,
    headers: &HeaderMap,
    peer: Option<IpAddr>,
) -> Result<(), (StatusCode, String)> {
    let loopback =
        app.open_on_loopback && peer.is_some_and(|ip| ip.is_loopback()) && local_host(headers);
    if let Some(secret) = bearer(headers)
        && !loopback
    {
        return known(app, secret).await;
    }
    // From here on the browser acts by itself (cookie, loopback), so that another site must not be the one who asks.
    if !same_site(headers) {
        return Err((
            StatusCode::FORBIDDEN,
            "the request comes from another site; open Picket itself or use a token".to_owned(),
        ));
    }
    if let Some(secret) = cookie(headers) {
        return known(app, secret).await;
    }
    if loopback {
        return Ok(());
    }
    Err((
        StatusCode::UNAUTHORIZED,
        "a token is needed: make one with `picket tokens create NAME` and send it as `Authorization: Bearer TOKEN`"
            .to_owned(),
    ))
}

async fn known(app: &App, secret: &str) -> Result<(), (StatusCode, String)> {
    match app.store.token_by_secret(secret).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err((
            StatusCode::UNAUTHORIZED,
            "the token is not known, was revoked or has expired: make a new one with `picket tokens create NAME`"
                .to_owned(),
        )),
        Err(error) => {
            tracing::error!(%error, "tokens cannot be read");
            Err((StatusCode::SERVICE_UNAVAILABLE, "the store could not answer; try again".to_owned()))
        }
    }
}

/// The token as `Authorization: Bearer`, or as the key that clients of Prompt Shields send.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let key = text(header::HeaderName::from_static("ocp-apim-subscription-key"));
    text(header::AUTHORIZATION)
        .and_then(|value| value.strip_prefix("Bearer "))
        .or(key)
        .map(str::trim)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).find_map(
        |value| {
            value.split(';').find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        },
    )
}

/// Whether the `Host` asked for is a name of this machine; a foreign name that resolves here is DNS rebinding.
fn local_host(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// Whether the browser says that Picket's own page asks; what is no browser sends none of these headers.
fn same_site(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin
            .split_once("://")
            .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host)),
        (Some(_), None) => false,
        (None, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (header::HeaderName::from_static(name), HeaderValue::from_static(value))
            })
            .collect()
    }

    #[test]
    fn another_site_is_not_the_same_site() {
        assert!(same_site(&headers(&[("host", "127.0.0.1:8080")])));
        assert!(same_site(&headers(&[
            ("host", "127.0.0.1:8080"),
            ("origin", "http://127.0.0.1:8080")
        ])));
        assert!(!same_site(&headers(&[
            ("host", "127.0.0.1:8080"),
            ("origin", "https://evil.example")
        ])));
        assert!(!same_site(&headers(&[("sec-fetch-site", "cross-site")])));
    }

    #[test]
    fn a_foreign_name_that_resolves_here_is_not_local() {
        assert!(local_host(&headers(&[("host", "localhost:8080")])));
        assert!(local_host(&headers(&[("host", "[::1]:8080")])));
        assert!(!local_host(&headers(&[("host", "rebind.example:8080")])));
    }

    #[test]
    fn the_session_cookie_is_found_among_others() {
        assert_eq!(cookie(&headers(&[("cookie", "a=b; picket_session=xyz; c=d")])), Some("xyz"));
        assert_eq!(cookie(&headers(&[("cookie", "picket_sessions=xyz")])), None);
    }
}
