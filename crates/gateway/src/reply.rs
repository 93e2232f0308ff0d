//! Answers of the gateway's own.

use axum::body::Body;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use picket_model::ThreatCategory;
use picket_protocols::Reply;
use serde_json::json;

/// Says which interaction an answer belongs to.
pub(crate) const INTERACTION: HeaderName = HeaderName::from_static("x-picket-interaction");
/// Says that and why something was blocked.
pub(crate) const VERDICT: HeaderName = HeaderName::from_static("x-picket-verdict");

/// An answer in the provider's shape.
pub(crate) fn provider(reply: Reply) -> Response<Body> {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = reply.status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An RFC 9457 problem, for what no provider would say.
pub(crate) fn problem(status: StatusCode, detail: &str) -> Response<Body> {
    let title = status.canonical_reason().unwrap_or("error");
    let body =
        json!({"type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail});
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// Value of [`VERDICT`].
pub(crate) fn verdict(category: ThreatCategory, id: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("blocked; category={category}; id={id}"))
        .unwrap_or_else(|_| HeaderValue::from_static("blocked"))
}
