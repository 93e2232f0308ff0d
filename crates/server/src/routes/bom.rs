use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use picket_bom::{BomOptions, Spec};
use picket_model::{Asset, AssetId, Relation, RelationKind};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::{Problem, Query};
use crate::{App, EstateView};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(bom))
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
    let view = app.view();
    if let Some(asset) = &wanted.asset
        && view.asset(&AssetId::new(asset.as_str())).is_none()
    {
        return Err(Problem::not_found("asset", asset));
    }
    if let Some(environment) = &wanted.environment
        && !view.plans.contains_key(environment)
    {
        return Err(Problem::not_found("environment", environment));
    }
    let (assets, relations) =
        view.selection(wanted.environment.as_deref(), wanted.asset.as_deref());
    let name = wanted.environment.or(wanted.asset).unwrap_or_else(|| "estate".to_owned());
    let mut options = BomOptions::new(spec, name, chrono::Utc::now());
    options.partial = app.store.is_partial().await?;
    let document = picket_bom::generate(&assets, &relations, &options);
    Ok(([(header::CONTENT_TYPE, spec.media_type())], Json(document)).into_response())
}

impl EstateView {
    /// The assets that are not gone, of one environment or around one asset, and the relations among them.
    #[must_use]
    pub fn selection(
        &self,
        environment: Option<&str>,
        asset: Option<&str>,
    ) -> (Vec<Asset>, Vec<Relation>) {
        let around = asset.map(|asset| {
            let id = AssetId::new(asset);
            let mut ids: std::collections::HashSet<AssetId> = self
                .snapshot
                .reachable(&id, RelationKind::ALL, 6, 10_000)
                .into_iter()
                .map(|(id, _)| id)
                .collect();
            ids.insert(id);
            ids
        });
        let assets: Vec<Asset> = self
            .estate
            .assets
            .iter()
            .filter(|asset| {
                asset.gone_at.is_none()
                    && environment.is_none_or(|scope| self.within(&asset.environment, scope))
                    && around.as_ref().is_none_or(|ids| ids.contains(&asset.id))
            })
            .cloned()
            .collect();
        let ids: std::collections::HashSet<&AssetId> =
            assets.iter().map(|asset| &asset.id).collect();
        let relations = self
            .estate
            .relations
            .iter()
            .filter(|relation| ids.contains(&relation.source) && ids.contains(&relation.target))
            .cloned()
            .collect();
        (assets, relations)
    }
}
