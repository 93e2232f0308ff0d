use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use picket_bom::{BomOptions, Diff, Spec};
use picket_model::AssetId;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::problem::{Problem, Query};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(bom)).routes(routes!(diff))
}

/// Which bill of materials.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// `cyclonedx-1.6` (default), `cyclonedx-1.7` or `spdx-3.0`.
    spec: Option<String>,
    /// Environment; what is below it counts too.
    environment: Option<String>,
    /// An asset: it and what it leads to.
    asset: Option<String>,
    /// The moment it is of (RFC 3339), as far as changes are kept; now unless given.
    at: Option<DateTime<Utc>>,
}

/// The AI bill of materials as CycloneDX or SPDX.
#[utoipa::path(get, path = "/api/v1/bom", tag = "bom", params(Wanted),
    security(("token" = ["bom.read"])),
    responses((status = 200, content_type = "application/vnd.cyclonedx+json", body = Object), (status = 400, body = Problem)))]
async fn bom(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Response, Problem> {
    let spec: Spec = wanted
        .spec
        .as_deref()
        .unwrap_or("cyclonedx-1.6")
        .parse()
        .map_err(|error: picket_bom::UnknownSpec| Problem::bad_request(error.to_string()))?;
    let part = Part { environment: wanted.environment, asset: wanted.asset, at: wanted.at };
    let document = document(&app, &part, spec).await?;
    Ok(([(header::CONTENT_TYPE, spec.media_type())], Json(document)).into_response())
}

/// Which two bills of materials.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Compared {
    /// Environment of the newer one; what is below it counts too.
    environment: Option<String>,
    /// An asset that the newer one is of.
    asset: Option<String>,
    /// The moment the newer one is of; now unless given.
    at: Option<DateTime<Utc>>,
    /// Environment of the older one.
    before_environment: Option<String>,
    /// An asset that the older one is of.
    before_asset: Option<String>,
    /// The moment the older one is of; now unless given.
    before_at: Option<DateTime<Utc>>,
}

/// What differs between two bills of materials: of two environments, two assets or two moments.
#[utoipa::path(get, path = "/api/v1/bom/diff", tag = "bom", params(Compared),
    security(("token" = ["bom.read"])),
    responses((status = 200, body = Diff), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn diff(
    State(app): State<App>,
    Query(compared): Query<Compared>,
) -> Result<Json<Diff>, Problem> {
    let older = Part {
        environment: compared.before_environment,
        asset: compared.before_asset,
        at: compared.before_at,
    };
    let newer = Part { environment: compared.environment, asset: compared.asset, at: compared.at };
    let older = document(&app, &older, Spec::CycloneDx16).await?;
    let newer = document(&app, &newer, Spec::CycloneDx16).await?;
    let diff = picket_bom::diff(&older, &newer);
    diff.map(Json).map_err(|error| Problem::bad_request(error.to_string()))
}

/// Of what a bill of materials is made.
#[derive(Debug)]
struct Part {
    environment: Option<String>,
    asset: Option<String>,
    at: Option<DateTime<Utc>>,
}

/// The bill of materials of a part of the estate, now or as it was.
async fn document(app: &App, part: &Part, spec: Spec) -> Result<Value, Problem> {
    let view = app.view();
    let (environment, asset) = (part.environment.as_deref(), part.asset.as_deref());
    if let Some(environment) = environment
        && !view.plans.contains_key(environment)
    {
        return Err(Problem::not_found("environment", environment));
    }
    if let Some(asset) = asset
        && view.asset(&AssetId::new(asset)).is_none()
    {
        return Err(Problem::not_found("asset", asset));
    }
    let past = match part.at {
        Some(at) => Some(app.store.estate_at(at).await?),
        None => None,
    };
    let time = part.at.unwrap_or_else(Utc::now);
    let mut options = BomOptions::new(spec, environment.or(asset).unwrap_or("estate"), time);
    options.partial = app.store.is_partial().await?;
    let (environment, asset) = (part.environment.clone(), part.asset.clone());
    let made = tokio::task::spawn_blocking(move || {
        let (assets, relations) = match &past {
            Some(past) => view.selection_of(past, environment.as_deref(), asset.as_deref()),
            None => view.selection(environment.as_deref(), asset.as_deref()),
        };
        picket_bom::generate(&assets, &relations, &options)
    });
    made.await.map_err(|error| {
        tracing::error!(%error, "a bill of materials could not be made");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the bill of materials could not be made; please report it",
        )
    })
}
