use std::convert::Infallible;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::{Stream, StreamExt};
use picket_model::{Scan, ScanState};
use serde::Deserialize;
use serde_json::json;
use tokio_stream::wrappers::BroadcastStream;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{List, Paging};
use crate::App;
use crate::app::ScanEvent;
use crate::problem::{Body, Path, Problem, Query};
use crate::scanning::Source;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(scans, start)).routes(routes!(scan)).routes(routes!(events))
}

/// Scans, newest first.
#[utoipa::path(get, path = "/api/v1/scans", tag = "scans", params(Paging),
    security(("token" = ["scans.read"])), responses((status = 200, body = List<Scan>)))]
async fn scans(
    State(app): State<App>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<Scan>>, Problem> {
    Ok(Json(paging.cut(app.store.scans().await?, |scan| scan.id.to_string())))
}

/// What to scan.
#[derive(Debug, Deserialize, ToSchema)]
struct ScanRequest {
    /// A path on the server, `azure`, `aws` or `terraform:FILE`.
    source: String,
    /// Name of the environment of a path.
    environment: Option<String>,
}

/// Starts a scan.
#[utoipa::path(post, path = "/api/v1/scans", tag = "scans", request_body = ScanRequest,
    security(("token" = ["scans.start"])), responses((status = 202, body = Scan), (status = 400, body = Problem)))]
async fn start(
    State(app): State<App>,
    Body(request): Body<ScanRequest>,
) -> Result<(StatusCode, Json<Scan>), Problem> {
    let source: Source = request.source.trim().parse().map_err(Problem::bad_request)?;
    if let Source::Path(path) | Source::Terraform(path) = &source
        && !path.exists()
    {
        return Err(Problem::bad_request(format!(
            "`{}` is not there on the server; give a folder or file that is",
            path.display()
        )));
    }
    let scan = app.start_scan(source, request.environment.filter(|name| !name.is_empty())).await?;
    Ok((StatusCode::ACCEPTED, Json(scan)))
}

/// One scan.
#[utoipa::path(get, path = "/api/v1/scans/{id}", tag = "scans", params(("id" = String, Path)),
    security(("token" = ["scans.read"])), responses((status = 200, body = Scan), (status = 404, body = Problem)))]
async fn scan(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Json<Scan>, Problem> {
    Ok(Json(app.store.scan(id).await?))
}

/// A scan's progress as server-sent events: `progress` {done, total, subject} and, last, `finished` with the scan.
#[utoipa::path(get, path = "/api/v1/scans/{id}/events", tag = "scans", params(("id" = String, Path)),
    security(("token" = ["scans.read"])), responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn events(
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    // Subscribed before the record is read, so that an end in between is not missed.
    let live = BroadcastStream::new(app.scan_events.subscribe());
    let scan = app.store.scan(id).await?;
    let over = scan.state != ScanState::Running;
    let first = futures::stream::iter(over.then(|| ScanEvent::Finished(Box::new(scan))));
    let events = first
        .chain(live.filter_map(|event| async move { event.ok() }))
        .filter(move |event| {
            let mine = match event {
                ScanEvent::Progress { scan, .. } => *scan == id,
                ScanEvent::Finished(scan) => scan.id == id,
            };
            async move { mine }
        })
        // The end follows the last event at once; otherwise it would wait for an event of another scan.
        .flat_map(|event| {
            let over = matches!(event, ScanEvent::Finished(_));
            futures::stream::iter(std::iter::once(Some(event)).chain(over.then_some(None)))
        })
        .take_while(|event| std::future::ready(event.is_some()))
        .filter_map(std::future::ready)
        .map(|event| {
            let event = match event {
                ScanEvent::Progress { done, total, subject, .. } => Event::default()
                    .event("progress")
                    .json_data(json!({ "done": done, "total": total, "subject": subject })),
                ScanEvent::Finished(scan) => Event::default().event("finished").json_data(scan),
            };
            Ok(event.unwrap_or_else(|error| Event::default().comment(error.to_string())))
        });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
