use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use picket_model::{AttackPath, Recommendation, RecommendationStatus, Severity};
use picket_posture::Dashboard;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, Paging};
use crate::App;
use crate::problem::{Problem, Query};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(recommendations))
        .routes(routes!(attack_paths))
        .routes(routes!(dashboard))
}

/// Which results.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Environment; what is below it counts too.
    environment: Option<String>,
    /// `unhealthy` (default), `healthy`, `exempt` or `all`.
    status: Option<String>,
    /// Lowest risk level.
    risk: Option<String>,
    /// Asset id.
    asset: Option<String>,
    /// Rule id.
    rule: Option<String>,
    /// `json` (default) or `sarif`.
    format: Option<String>,
}

impl Filter {
    fn lowest_risk(&self) -> Result<Severity, Problem> {
        self.risk.as_deref().map_or(Ok(Severity::Informational), |risk| {
            risk.parse()
                .map_err(|error: picket_model::UnknownName| Problem::bad_request(error.to_string()))
        })
    }
}

/// Recommendations, highest risk first.
#[utoipa::path(get, path = "/api/v1/recommendations", tag = "posture", params(Filter, Paging),
    security(("token" = ["posture.read"])), responses((status = 200, body = List<Recommendation>)))]
async fn recommendations(
    State(app): State<App>,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let status =
        match filter.status.as_deref() {
            None => Some(RecommendationStatus::Unhealthy),
            Some("all") => None,
            Some(name) => Some(name.parse().map_err(|error: picket_model::UnknownName| {
                Problem::bad_request(error.to_string())
            })?),
        };
    let lowest = filter.lowest_risk()?;
    let asset = filter.asset.as_deref().map(picket_model::AssetId::new);
    let view = app.view();
    let found: Vec<&Recommendation> = view
        .recommendations(filter.environment.as_deref())
        .into_iter()
        .filter(|result| {
            status.is_none_or(|status| result.status == status)
                && result.risk_level >= lowest
                && filter.rule.as_deref().is_none_or(|rule| result.rule == rule)
                && asset.as_ref().is_none_or(|asset| result.asset == *asset)
        })
        .collect();
    if filter.format.as_deref() == Some("sarif") {
        let found: Vec<Recommendation> = found.into_iter().cloned().collect();
        return Ok(Json(picket_posture::sarif(&found)).into_response());
    }
    let page = paging.cut(found, |result| format!("{}@{}", result.rule, result.asset));
    Ok(Json(page).into_response())
}

/// Attack paths, highest risk first.
#[utoipa::path(get, path = "/api/v1/attack-paths", tag = "posture", params(Filter, Paging),
    security(("token" = ["posture.read"])), responses((status = 200, body = List<AttackPath>)))]
async fn attack_paths(
    State(app): State<App>,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<AttackPath>>, Problem> {
    let lowest = filter.lowest_risk()?;
    let view = app.view();
    let found: Vec<AttackPath> = view
        .attack_paths(filter.environment.as_deref())
        .into_iter()
        .filter(|path| {
            path.risk_level >= lowest
                && filter.rule.as_deref().is_none_or(|rule| path.rule == rule)
                && filter
                    .asset
                    .as_deref()
                    .is_none_or(|asset| path.path.nodes.iter().any(|node| node.id == asset))
        })
        .cloned()
        .collect();
    Ok(Json(paging.cut(found, |path| path.id.clone())))
}

/// Which part of the estate.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Scope {
    /// Environment; what is below it counts too.
    environment: Option<String>,
}

/// The Data & AI security dashboard.
#[utoipa::path(get, path = "/api/v1/dashboard", tag = "posture", params(Scope),
    security(("token" = ["posture.read"])), responses((status = 200, body = Dashboard)))]
async fn dashboard(
    State(app): State<App>,
    Query(scope): Query<Scope>,
) -> Result<Json<Dashboard>, Problem> {
    let alerts = app.store.alerts(None).await?;
    let counts = app.store.interaction_counts().await?;
    let since = (chrono::Utc::now() - chrono::Duration::days(30)).format("%Y-%m-%d").to_string();
    let trends = app.store.trends(&since).await?;
    let view = app.view();
    let environments = scope.environment.map(|scope| {
        view.plans.keys().filter(|environment| view.within(environment, &scope)).cloned().collect()
    });
    Ok(Json(picket_posture::dashboard(&picket_posture::DashboardInput {
        snapshot: &view.snapshot,
        assessment: &view.assessment,
        alerts: &alerts,
        coverage: &view.coverage,
        plans: &view.plans,
        prompts_scanned: counts.total,
        prompts_blocked: counts.blocked,
        prompts_flagged: counts.flagged,
        trends: &trends,
        environments,
    })))
}
