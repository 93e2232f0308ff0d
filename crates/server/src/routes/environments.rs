use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use picket_model::{Coverage, Environment, Extension, Plan, PlanSetting, PlanState};
use picket_store::StoredPlan;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, Paging};
use crate::App;
use crate::problem::{Body, Path, Problem, Query};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(environments))
        .routes(routes!(plans, set_plans))
        .routes(routes!(coverage))
}

/// Connected environments.
#[utoipa::path(get, path = "/api/v1/environments", tag = "inventory", params(Paging),
    security(("token" = ["inventory.read"])), responses((status = 200, body = List<Environment>)))]
async fn environments(
    State(app): State<App>,
    Query(paging): Query<Paging>,
) -> Json<List<Environment>> {
    let items = app.view().estate.environments.clone();
    Json(paging.cut(items, |environment| environment.id.clone()))
}

/// The plans of an environment as they stand, after inheritance.
#[utoipa::path(get, path = "/api/v1/environments/{id}/plans", tag = "inventory",
    params(("id" = String, Path, description = "Environment id, percent-encoded")),
    security(("token" = ["plans.read"])), responses((status = 200, body = [PlanSetting]), (status = 404, body = Problem)))]
async fn plans(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<Vec<PlanSetting>>, Problem> {
    app.view()
        .plans
        .get(&id)
        .cloned()
        .map(Json)
        .ok_or_else(|| Problem::not_found("environment", &id))
}

/// Plans to set on an environment.
#[derive(Debug, Deserialize, ToSchema)]
struct PlanChanges {
    /// Plans to set; the others stay as they are.
    plans: Vec<PlanChange>,
}

/// A plan to set.
#[derive(Debug, Deserialize, ToSchema)]
struct PlanChange {
    /// Which plan.
    plan: Plan,
    /// On or off.
    state: PlanState,
    /// Options to set; the others stay as they are.
    #[serde(default)]
    #[schema(value_type = Object)]
    extensions: BTreeMap<Extension, bool>,
}

/// Switches plans of an environment; environments below it inherit.
#[utoipa::path(put, path = "/api/v1/environments/{id}/plans", tag = "inventory",
    params(("id" = String, Path, description = "Environment id, percent-encoded")), request_body = PlanChanges,
    security(("token" = ["plans.write"])), responses((status = 200, body = [PlanSetting]), (status = 404, body = Problem)))]
async fn set_plans(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(changes): Body<PlanChanges>,
) -> Result<Json<Vec<PlanSetting>>, Problem> {
    let view = app.view();
    let current =
        view.plans.get(&id).cloned().ok_or_else(|| Problem::not_found("environment", &id))?;
    for change in changes.plans {
        if let Some(wrong) =
            change.extensions.keys().find(|extension| !change.plan.extensions().contains(extension))
        {
            return Err(Problem::bad_request(format!(
                "`{wrong}` is no option of the plan `{}`",
                change.plan
            )));
        }
        let mut extensions = current
            .iter()
            .find(|setting| setting.plan == change.plan)
            .map(|setting| setting.extensions.clone())
            .unwrap_or_default();
        extensions.extend(change.extensions);
        let plan = StoredPlan { plan: change.plan, state: change.state, extensions };
        app.store.set_plan(&id, &plan).await?;
    }
    app.refresh().await?;
    plans(State(app), Path(id)).await
}

/// What protects each environment, and what is missing.
#[utoipa::path(get, path = "/api/v1/coverage", tag = "inventory",
    security(("token" = ["plans.read"])), responses((status = 200, body = [Coverage])))]
async fn coverage(State(app): State<App>) -> Json<Vec<Coverage>> {
    Json(app.view().coverage.clone())
}
