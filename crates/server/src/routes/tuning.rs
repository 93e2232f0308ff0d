//! What people tune alerts with: suppression rules and indicators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use picket_store::Collection;
use picket_threat::{Indicator, Indicators, Simulation, SuppressionRule, simulate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::List;
use crate::App;
use crate::problem::{Body, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(rules))
        .routes(routes!(put_rule, drop_rule))
        .routes(routes!(indicators))
        .routes(routes!(put_indicators))
}

/// Suppression rules by name.
#[utoipa::path(get, path = "/api/v1/suppression-rules", tag = "threats", security(("token" = ["threats.read"])),
    responses((status = 200, body = List<SuppressionRule>)))]
async fn rules(State(app): State<App>) -> Result<Json<List<SuppressionRule>>, Problem> {
    let items: Vec<SuppressionRule> = app
        .store
        .documents(Collection::SuppressionRules)
        .await?
        .into_iter()
        .map(|(_, rule)| rule)
        .collect();
    Ok(Json(List { total: items.len() as u64, items, next: None }))
}

/// Whether to try only.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Try {
    /// Says what the rule would dismiss and keeps nothing.
    #[serde(default)]
    simulate: bool,
}

/// Keeps a suppression rule under its name, or tries it; alerts of before stay as they are.
#[utoipa::path(put, path = "/api/v1/suppression-rules/{name}", tag = "threats", params(("name" = String, Path), Try),
    request_body = SuppressionRule, security(("token" = ["threats.write"])),
    responses((status = 200, body = Simulation), (status = 400, body = Problem)))]
async fn put_rule(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(wanted): Query<Try>,
    Body(rule): Body<SuppressionRule>,
) -> Result<Json<Simulation>, Problem> {
    if rule.name != name {
        return Err(Problem::bad_request(format!(
            "the rule is named `{}`, the address says `{name}`",
            rule.name
        )));
    }
    rule.validate().map_err(|error| Problem::bad_request(error.to_string()))?;
    let alerts = app.store.alerts(None).await?;
    let simulation = simulate(&rule, &alerts);
    if !wanted.simulate {
        app.store.put_document(Collection::SuppressionRules, &name, &rule).await?;
        app.pipeline.reload().await?;
    }
    Ok(Json(simulation))
}

/// Drops a suppression rule; alerts that it dismissed stay dismissed.
#[utoipa::path(delete, path = "/api/v1/suppression-rules/{name}", tag = "threats", params(("name" = String, Path)),
    security(("token" = ["threats.write"])), responses((status = 204), (status = 404, body = Problem)))]
async fn drop_rule(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    if !app.store.drop_document(Collection::SuppressionRules, &name).await? {
        return Err(Problem::not_found("suppression rule", &name));
    }
    app.pipeline.reload().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Indicators that people added.
#[derive(Debug, Serialize, ToSchema)]
struct IndicatorList {
    /// Name of the list.
    name: String,
    /// What it holds.
    indicators: Vec<Indicator>,
}

/// Lists of indicators that people added.
#[utoipa::path(get, path = "/api/v1/threat-intelligence/indicators", tag = "threats",
    security(("token" = ["threats.read"])), responses((status = 200, body = List<IndicatorList>)))]
async fn indicators(State(app): State<App>) -> Result<Json<List<IndicatorList>>, Problem> {
    let lists = app.store.documents(Collection::Indicators).await?;
    let items: Vec<IndicatorList> =
        lists.into_iter().map(|(name, indicators)| IndicatorList { name, indicators }).collect();
    Ok(Json(List { total: items.len() as u64, items, next: None }))
}

/// Keeps a list of indicators under a name, in place of the one before.
#[utoipa::path(put, path = "/api/v1/threat-intelligence/indicators/{name}", tag = "threats", params(("name" = String, Path)),
    request_body = [Indicator], security(("token" = ["threats.write"])), responses((status = 204), (status = 400, body = Problem)))]
async fn put_indicators(
    State(app): State<App>,
    Path(name): Path<String>,
    Body(indicators): Body<Vec<Indicator>>,
) -> Result<StatusCode, Problem> {
    if let Some(error) = Indicators::new(indicators.clone()).1.first() {
        return Err(Problem::bad_request(error.to_string()));
    }
    app.store.put_document(Collection::Indicators, &name, &indicators).await?;
    app.pipeline.reload().await?;
    Ok(StatusCode::NO_CONTENT)
}
