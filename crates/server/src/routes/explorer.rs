use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use picket_graph::{Limits, Params, Schema};
use picket_model::QueryResult;
use picket_posture::Template;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::problem::{Body, Problem};

/// Rows returned unless asked otherwise, and at most.
const ROWS: usize = 1_000;
const MOST_ROWS: usize = 100_000;

/// Time a query may take, and at most.
const TIME: Duration = Duration::from_secs(10);
const MOST_TIME: Duration = Duration::from_secs(60);

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(query))
        .routes(routes!(explain))
        .routes(routes!(templates))
        .routes(routes!(schema))
}

/// A question to the graph.
#[derive(Debug, Deserialize, ToSchema)]
struct Question {
    /// openCypher, read only.
    query: String,
    /// Values of its parameters.
    #[serde(default)]
    #[schema(value_type = Object)]
    params: Params,
    /// At most so many rows (default 1,000).
    limit: Option<usize>,
    /// Milliseconds it may take (default 10,000).
    timeout_ms: Option<u64>,
}

/// Asks the graph.
#[utoipa::path(post, path = "/api/v1/explorer/query", tag = "explorer", request_body = Question,
    security(("token" = ["explorer.query"])), responses((status = 200, body = QueryResult), (status = 400, body = Problem)))]
async fn query(
    State(app): State<App>,
    Body(question): Body<Question>,
) -> Result<Response, Problem> {
    let snapshot = Arc::clone(&app.view().snapshot);
    let limits = Limits {
        rows: question.limit.unwrap_or(ROWS).clamp(1, MOST_ROWS),
        time: question.timeout_ms.map_or(TIME, Duration::from_millis).min(MOST_TIME),
        ..Limits::default()
    };
    let answer = tokio::task::spawn_blocking(move || {
        // Many rows take as long to write as to find, so they are written here too.
        let found = snapshot.query(&question.query, &question.params, &limits);
        found.map(|result| Json(result).into_response())
    });
    match answer.await {
        Ok(answer) => Ok(answer?),
        Err(error) => {
            tracing::error!(%error, "a query ended on an error of the engine's own");
            Err(Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the query stopped on an error of the engine's own; please report it with the query",
            ))
        }
    }
}

/// A query whose plan is wanted.
#[derive(Debug, Deserialize, ToSchema)]
struct Planned {
    /// openCypher, read only.
    query: String,
    /// Values of its parameters.
    #[serde(default)]
    #[schema(value_type = Object)]
    params: Params,
}

/// How a query is answered.
#[derive(Debug, Serialize, ToSchema)]
struct QueryPlan {
    /// One step a line, with the rows expected after it.
    plan: String,
}

/// How the graph would answer a query; it is not run.
#[utoipa::path(post, path = "/api/v1/explorer/explain", tag = "explorer", request_body = Planned,
    security(("token" = ["explorer.query"])), responses((status = 200, body = QueryPlan), (status = 400, body = Problem)))]
async fn explain(
    State(app): State<App>,
    Body(planned): Body<Planned>,
) -> Result<Json<QueryPlan>, Problem> {
    let plan = app.view().snapshot.explain(&planned.query, &planned.params)?;
    Ok(Json(QueryPlan { plan }))
}

/// A template of the explorer.
#[derive(Debug, Serialize, ToSchema)]
struct Templates {
    /// In order of the gallery.
    items: Vec<Template>,
}

/// The explorer's query templates.
#[utoipa::path(get, path = "/api/v1/explorer/templates", tag = "explorer",
    security(("token" = ["explorer.query"])), responses((status = 200, body = Templates)))]
async fn templates(State(app): State<App>) -> Json<Templates> {
    Json(Templates { items: app.rules.templates().to_vec() })
}

/// Labels, properties and relation types that the graph has now.
#[utoipa::path(get, path = "/api/v1/explorer/schema", tag = "explorer",
    security(("token" = ["explorer.query"])), responses((status = 200, body = Schema)))]
async fn schema(State(app): State<App>) -> Json<Schema> {
    Json(app.view().snapshot.schema())
}
