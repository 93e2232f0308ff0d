use axum::Json;
use axum::extract::State;
use picket_graph::Subgraph;
use picket_model::{Asset, AssetId, AssetKind, FindingKind, Provider};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, Paging};
use crate::App;
use crate::problem::{Path, Problem, Query};

/// Nodes shown around an asset unless asked otherwise.
const NEIGHBOURS: usize = 200;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(assets)).routes(routes!(asset)).routes(routes!(relations))
}

/// Which assets.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Kind, such as `Agent`; several separated by commas.
    kind: Option<String>,
    /// Category, such as `AI`; several separated by commas.
    category: Option<String>,
    /// Environment; what is below it counts too.
    environment: Option<String>,
    /// Provider.
    provider: Option<String>,
    /// Kind of a finding it must have.
    finding: Option<String>,
    /// Words that its name, id or type must contain.
    q: Option<String>,
    /// Whether assets that are gone are shown too.
    #[serde(default)]
    gone: bool,
}

/// The inventory.
#[utoipa::path(get, path = "/api/v1/assets", tag = "inventory", params(Filter, Paging),
    security(("token" = ["inventory.read"])), responses((status = 200, body = List<Asset>)))]
async fn assets(
    State(app): State<App>,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<Asset>>, Problem> {
    let kinds = names::<AssetKind>(filter.kind.as_deref())?;
    let providers = names::<Provider>(filter.provider.as_deref())?;
    let categories = names::<picket_model::Category>(filter.category.as_deref())?;
    let findings = names::<FindingKind>(filter.finding.as_deref())?;
    let words: Vec<String> =
        filter.q.as_deref().unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
    let view = app.view();
    let matches = |asset: &&Asset| {
        (filter.gone || asset.gone_at.is_none())
            && (kinds.is_empty() || kinds.contains(&asset.kind))
            && (providers.is_empty() || providers.contains(&asset.provider))
            && (categories.is_empty() || categories.contains(&asset.kind.category()))
            && (findings.is_empty()
                || asset.findings.iter().any(|finding| findings.contains(&finding.kind)))
            && filter
                .environment
                .as_deref()
                .is_none_or(|scope| view.within(&asset.environment, scope))
            && (words.is_empty() || {
                let text =
                    format!("{} {} {}", asset.name, asset.id, asset.native_type).to_lowercase();
                words.iter().all(|word| text.contains(word))
            })
    };
    let found: Vec<&Asset> = view.estate.assets.iter().filter(matches).collect();
    let page = paging.cut(found, |asset| asset.id.to_string());
    Ok(Json(List {
        items: page.items.into_iter().cloned().collect(),
        next: page.next,
        total: page.total,
    }))
}

/// Reads a comma-separated list of names.
fn names<T: std::str::FromStr<Err = picket_model::UnknownName>>(
    text: Option<&str>,
) -> Result<Vec<T>, Problem> {
    text.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| name.parse().map_err(|error: T::Err| Problem::bad_request(error.to_string())))
        .collect()
}

/// One asset.
#[utoipa::path(get, path = "/api/v1/assets/{id}", tag = "inventory",
    params(("id" = String, Path, description = "Asset id, percent-encoded")),
    security(("token" = ["inventory.read"])), responses((status = 200, body = Asset), (status = 404, body = Problem)))]
async fn asset(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Asset>, Problem> {
    let view = app.view();
    view.asset(&AssetId::new(id.as_str()))
        .cloned()
        .map(Json)
        .ok_or_else(|| Problem::not_found("asset", &id))
}

/// How far to look.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Around {
    /// Steps from the asset, 1 to 4.
    #[serde(default = "one")]
    depth: u32,
    /// At most so many nodes.
    limit: Option<usize>,
}

const fn one() -> u32 {
    1
}

/// What an asset is connected to.
#[utoipa::path(get, path = "/api/v1/assets/{id}/relations", tag = "inventory",
    params(("id" = String, Path, description = "Asset id, percent-encoded"), Around),
    security(("token" = ["inventory.read"])), responses((status = 200, body = Subgraph), (status = 404, body = Problem)))]
async fn relations(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(around): Query<Around>,
) -> Result<Json<Subgraph>, Problem> {
    let limit = around.limit.unwrap_or(NEIGHBOURS).clamp(1, 2_000);
    app.view()
        .snapshot
        .neighbourhood(&AssetId::new(id.as_str()), around.depth.clamp(1, 4), limit)
        .map(Json)
        .ok_or_else(|| Problem::not_found("asset", &id))
}
