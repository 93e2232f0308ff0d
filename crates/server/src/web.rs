//! The web application, embedded in the binary when `web/dist` was built before it.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Built;

/// Serves the built files; any other path is a page of the application, except below the API's.
pub(crate) async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if path.starts_with("api/") {
        return Problem::not_found("operation", path).into_response();
    }
    if let Some(file) = Built::get(path) {
        let mut response = file.data.into_response();
        let headers = response.headers_mut();
        if let Ok(kind) = HeaderValue::from_str(file.metadata.mimetype()) {
            headers.insert(header::CONTENT_TYPE, kind);
        }
        // Vite names assets by content, so that they never change under one name.
        let cache = if path.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        return response;
    }
    match Built::get("index.html") {
        Some(index) => {
            let mut response = Html(index.data).into_response();
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response
        }
        None => (StatusCode::NOT_FOUND, Html(NOT_BUILT)).into_response(),
    }
}

const NOT_BUILT: &str = "<!doctype html><title>Picket</title>\
<p>This binary was built without the web application. Build it with \
<code>make web</code> (Node 20 or newer) and then build Picket again. \
The HTTP API works without it: see <a href=\"/docs\">/docs</a>.</p>";
