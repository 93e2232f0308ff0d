use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use picket_model::{Incident, IncidentStatus};
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{List, Paging};
use crate::App;
use crate::pipeline::IncidentChange;
use crate::problem::{Body, Path, Problem, Query};

/// Incidents merged in one request, as the field's own limit has it.
const MERGE: usize = 5;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(incidents))
        .routes(routes!(incident, change))
        .routes(routes!(merge))
}

/// Which incidents.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Status; several separated by commas. Redirected ones are left out unless asked for.
    status: Option<String>,
    /// `json` (default) or `ocsf`.
    format: Option<String>,
}

/// Incidents, last changed first.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "threats", params(Filter, Paging),
    security(("token" = ["threats.read"])), responses((status = 200, body = List<Incident>)))]
async fn incidents(
    State(app): State<App>,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let statuses = filter
        .status
        .as_deref()
        .unwrap_or("active,in_progress,resolved")
        .split(',')
        .map(|name| name.trim().parse::<IncidentStatus>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Problem::bad_request(error.to_string()))?;
    let mut found = app.store.incidents().await?;
    found.retain(|incident| statuses.contains(&incident.status));
    if filter.format.as_deref() == Some("ocsf") {
        let items: Vec<_> = found.iter().map(picket_threat::ocsf_incident).collect();
        let page = paging.cut(items, |item| item["finding_info_list"][0]["uid"].to_string());
        return Ok(Json(page).into_response());
    }
    Ok(Json(paging.cut(found, |incident| incident.id.to_string())).into_response())
}

/// One incident.
#[utoipa::path(get, path = "/api/v1/incidents/{id}", tag = "threats", params(("id" = String, Path)),
    security(("token" = ["threats.read"])), responses((status = 200, body = Incident), (status = 404, body = Problem)))]
async fn incident(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Json<Incident>, Problem> {
    Ok(Json(app.store.incident(id).await?))
}

/// What to change of an incident; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    /// New status.
    status: Option<IncidentStatus>,
    /// Who takes care of it; null for nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    assigned_to: Option<Option<String>>,
    /// `true_positive`, `false_positive`, `informational_expected_activity`; null to clear.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    classification: Option<Option<String>>,
    /// Free words; null to clear.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    determination: Option<Option<String>>,
    /// A remark to add.
    comment: Option<String>,
}

/// Tells a field that is null from one that is not there.
pub(super) fn given<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Changes an incident.
#[utoipa::path(patch, path = "/api/v1/incidents/{id}", tag = "threats", params(("id" = String, Path)), request_body = Change,
    security(("token" = ["threats.write"])), responses((status = 200, body = Incident), (status = 404, body = Problem)))]
async fn change(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Body(change): Body<Change>,
) -> Result<Json<Incident>, Problem> {
    let Change { status, assigned_to, classification, determination, comment } = change;
    if status == Some(IncidentStatus::Redirected) {
        return Err(Problem::bad_request(
            "an incident is redirected by merging it: POST incidents/{id}/merge",
        ));
    }
    let change = IncidentChange { id, status, assigned_to, classification, determination, comment };
    Ok(Json(app.pipeline.update_incident(change).await?))
}

/// Incidents to merge.
#[derive(Debug, Deserialize, ToSchema)]
struct Merge {
    /// Ids of the incidents that end in this one, at most five.
    #[schema(value_type = Vec<String>)]
    sources: Vec<Uuid>,
}

/// Merges incidents into this one; they are then `redirected`.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/merge", tag = "threats", params(("id" = String, Path)), request_body = Merge,
    security(("token" = ["threats.write"])),
    responses((status = 200, body = Incident), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn merge(
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Body(merge): Body<Merge>,
) -> Result<Json<Incident>, Problem> {
    if merge.sources.is_empty() || merge.sources.len() > MERGE || merge.sources.contains(&id) {
        return Err(Problem::bad_request(format!("give 1 to {MERGE} other incidents")));
    }
    Ok(Json(app.pipeline.merge_incidents(id, merge.sources).await?))
}
