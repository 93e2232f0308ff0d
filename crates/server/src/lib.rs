//! The HTTP API, the work behind it, and the embedded web application.
//!
//! [`App`] ties store, graph, posture, shield and threat engine together; [`router`] is its API (`/api/v1`, the
//! Prompt Shields compatible route, OpenAPI, metrics) and [`serve`] runs it. [`scanning`] and [`Pipeline`] are also
//! what the command line and the gateway use, so that a scan or an interaction means the same from everywhere.

mod access;
mod app;
mod estate_view;
mod listing;
mod metrics;
mod pipeline;
mod problem;
mod routes;
pub mod scanning;
mod web;
mod webhook;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

pub use app::{App, AppOptions};
pub use estate_view::EstateView;
pub use metrics::Registry;
pub use pipeline::{Notice, Pipeline, PipelineError, PipelineOptions};
pub use routes::openapi;
pub use webhook::Webhook;

/// Largest body the API takes: a batch for the shield or a bill of materials asked for by inventory.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// How often other processes' scans are looked for.
const REFRESH: Duration = Duration::from_secs(2);

/// How long requests may go on after the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(3);

/// The whole HTTP surface of the server.
pub fn router(app: App) -> Router {
    let (api, document) = routes::api();
    let actions = access::Actions::of(&document);
    let guarded = api
        .layer(middleware::from_fn_with_state((app.clone(), actions), access::guard))
        .layer(DefaultBodyLimit::max(BODY_LIMIT));
    Router::new()
        .merge(guarded)
        .merge(routes::open(document))
        .fallback(web::serve)
        // A reader waits for every millisecond of it, and an answer says the same names over and over.
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(
            SizeAbove::new(1024).and(NotForContentType::new("text/event-stream")),
        ))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::X_FRAME_OPTIONS, "DENY"))
        .layer(set(header::REFERRER_POLICY, "same-origin"))
        .layer(set(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; \
             connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        ))
        .layer(CatchPanicLayer::new())
        .layer(TraceLayer::new_for_http())
        .with_state(app)
}

fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Serves the API and the web on `listener` until `shutdown`, and keeps the view of the estate fresh.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let refresher = tokio::spawn({
        let app = app.clone();
        async move {
            loop {
                tokio::time::sleep(REFRESH).await;
                app.refresh_if_changed().await;
            }
        }
    });
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let stopping = Arc::new(Notify::new());
    let told = Arc::clone(&stopping);
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        shutdown.await;
        told.notify_one();
    });
    let result = tokio::select! {
        result = serving => result,
        // Event streams never end by themselves.
        () = async { stopping.notified().await; tokio::time::sleep(FAREWELL).await } => Ok(()),
    };
    refresher.abort();
    result
}
