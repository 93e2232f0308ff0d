use std::convert::Infallible;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use futures::{Stream, StreamExt};
use picket_model::{Alert, AlertStatus, AssetId, Interaction};
use serde::Deserialize;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{List, Paging};
use crate::App;
use crate::pipeline::{AlertChange, Notice, PipelineError};
use crate::problem::{Body, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(interactions))
        .routes(routes!(alerts))
        .routes(routes!(stream))
        .routes(routes!(samples))
        .routes(routes!(alert, change))
}

impl From<PipelineError> for Problem {
    fn from(error: PipelineError) -> Self {
        let status = match error {
            PipelineError::Missing(_) => StatusCode::NOT_FOUND,
            PipelineError::Refused(_) => StatusCode::CONFLICT,
            PipelineError::Store(_) | PipelineError::Ended => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}

/// Interactions without their text, newest first.
#[utoipa::path(get, path = "/api/v1/interactions", tag = "threats", params(Paging),
    security(("token" = ["threats.read"])), responses((status = 200, body = List<Interaction>)))]
async fn interactions(
    State(app): State<App>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<Interaction>>, Problem> {
    Ok(Json(app.store.interactions(&paging.request()).await?.into()))
}

/// Which alerts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Status; several separated by commas.
    status: Option<String>,
    /// Lowest severity.
    severity: Option<String>,
    /// Environment; what is below it counts too.
    environment: Option<String>,
    /// Alert type.
    alert_type: Option<String>,
    /// Incident id.
    #[param(value_type = Option<String>)]
    incident: Option<Uuid>,
    /// `json` (default), `ocsf` or `csv`.
    format: Option<String>,
}

/// Alerts, newest first.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "threats", params(Filter, Paging),
    security(("token" = ["threats.read"])), responses((status = 200, body = List<Alert>)))]
async fn alerts(
    State(app): State<App>,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let unknown = |error: picket_model::UnknownName| Problem::bad_request(error.to_string());
    let statuses = filter
        .status
        .as_deref()
        .unwrap_or_default()
        .split(',')
        .filter(|name| !name.is_empty())
        .map(|name| name.trim().parse::<AlertStatus>().map_err(unknown))
        .collect::<Result<Vec<_>, _>>()?;
    let lowest =
        filter.severity.as_deref().map(|name| name.parse().map_err(unknown)).transpose()?;
    let view = app.view();
    let mut found = app.store.alerts(None).await?;
    found.retain(|alert| {
        (statuses.is_empty() || statuses.contains(&alert.status))
            && lowest.is_none_or(|lowest| alert.severity >= lowest)
            && filter.alert_type.as_deref().is_none_or(|kind| alert.alert_type == kind)
            && filter.incident.is_none_or(|incident| alert.incident_id == Some(incident))
            && filter.environment.as_deref().is_none_or(|scope| {
                alert
                    .environment
                    .as_deref()
                    .is_some_and(|environment| view.within(environment, scope))
            })
    });
    Ok(match filter.format.as_deref() {
        Some("csv") => {
            let text = picket_threat::csv(&found);
            ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], text).into_response()
        }
        Some("ocsf") => {
            let items: Vec<_> = found.iter().map(picket_threat::ocsf).collect();
            Json(paging.cut(items, |item| {
                item["finding_info"]["uid"].as_str().unwrap_or_default().to_owned()
            }))
            .into_response()
        }
        _ => Json(paging.cut(found, |alert| alert.id.to_string())).into_response(),
    })
}

/// Alerts, incidents and changes of the estate as they come: events `alert`, `incident`, `estate`.
#[utoipa::path(get, path = "/api/v1/alerts/stream", tag = "threats", security(("token" = ["threats.read"])),
    responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn stream(State(app): State<App>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let notices = BroadcastStream::new(app.pipeline.subscribe()).map(|notice| {
        let event = match notice {
            Ok(Notice::Alert(alert)) => Event::default().event("alert").json_data(alert),
            Ok(Notice::Incident(incident)) => {
                Event::default().event("incident").json_data(incident)
            }
            // A reader that missed notices, like one to whom the estate changed, reads the lists again.
            Ok(Notice::Estate) | Err(BroadcastStreamRecvError::Lagged(_)) => {
                Event::default().event("estate").json_data(serde_json::Value::Null)
            }
        };
        Ok(event.unwrap_or_else(|error| Event::default().comment(error.to_string())))
    });
    Sse::new(notices).keep_alive(KeepAlive::default())
}

/// For which environment sample alerts are made.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct SampleRequest {
    /// Environment id; none for alerts without one.
    environment: Option<String>,
    /// The asset they are about.
    asset: Option<String>,
}

/// Makes one sample alert of every type; they go wherever real alerts go and say that they are samples.
#[utoipa::path(post, path = "/api/v1/alerts/sample", tag = "threats", request_body = SampleRequest,
    security(("token" = ["threats.write"])), responses((status = 200, body = List<Alert>)))]
async fn samples(
    State(app): State<App>,
    Body(request): Body<SampleRequest>,
) -> Result<Json<List<Alert>>, Problem> {
    let asset = request.asset.as_deref().map(AssetId::from);
    let items = app.pipeline.samples(request.environment, asset).await?;
    Ok(Json(List { total: items.len() as u64, items, next: None }))
}

/// One alert.
#[utoipa::path(get, path = "/api/v1/alerts/{id}", tag = "threats", params(("id" = String, Path)),
    security(("token" = ["threats.read"])), responses((status = 200, body = Alert), (status = 404, body = Problem)))]
async fn alert(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Json<Alert>, Problem> {
    Ok(Json(app.store.alert(id).await?))
}

/// What to change of an alert; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    /// New status.
    status: Option<AlertStatus>,
    /// Who takes care of it; null for nobody.
    #[serde(default, deserialize_with = "super::incidents::given")]
    #[schema(value_type = Option<String>)]
    assigned_to: Option<Option<String>>,
}

/// Changes an alert.
#[utoipa::path(patch, path = "/api/v1/alerts/{id}", tag = "threats", params(("id" = String, Path)), request_body = Change,
    security(("token" = ["threats.write"])), responses((status = 200, body = Alert), (status = 404, body = Problem)))]
async fn change(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Body(change): Body<Change>,
) -> Result<Json<Alert>, Problem> {
    let change = AlertChange { id, status: change.status, assigned_to: change.assigned_to };
    Ok(Json(app.pipeline.update_alert(change).await?))
}
