use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::problem::Problem;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(status))
}

/// Health and metrics, open to what runs the process.
pub(super) fn open() -> Router<App> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

async fn ready(State(app): State<App>) -> Response {
    match app.store.ping().await {
        Ok(()) => "ok\n".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
    }
}

async fn metrics(State(app): State<App>) -> Response {
    (
        [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")],
        app.registry.render(),
    )
        .into_response()
}

/// How things stand, for the frame of the web application.
#[derive(Debug, Serialize, ToSchema)]
struct Status {
    /// Picket's version.
    version: &'static str,
    /// Whether the estate shown is the sample.
    sample: bool,
    /// When the last scan ended.
    last_scan: Option<DateTime<Utc>>,
    /// What waits for people.
    counts: Counts,
    /// The store, without credentials.
    store: String,
}

/// What waits for people.
#[derive(Debug, Serialize, ToSchema)]
struct Counts {
    /// Unhealthy recommendations.
    recommendations: usize,
    /// Attack paths.
    attack_paths: usize,
    /// Alerts that are active or in progress.
    alerts: u64,
    /// Incidents that are active or in progress.
    incidents: u64,
}

/// How things stand.
#[utoipa::path(get, path = "/api/v1/status", tag = "access", security(("token" = ["status.read"])),
    responses((status = 200, body = Status)))]
async fn status(State(app): State<App>) -> Result<Json<Status>, Problem> {
    let view = app.view();
    let open = app.store.open_counts().await?;
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        sample: app.sample,
        last_scan: view
            .estate
            .environments
            .iter()
            .filter_map(|environment| environment.last_scanned)
            .max(),
        counts: Counts {
            recommendations: view.unhealthy,
            attack_paths: view.assessment.attack_paths.len(),
            alerts: open.alerts,
            incidents: open.incidents,
        },
        store: app.store.url().to_owned(),
    }))
}
