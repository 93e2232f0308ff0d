use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use picket_graph::Subgraph;
use picket_model::{Asset, AssetChange, AssetId, AssetKind, FindingKind, Provider};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, Paging};
use crate::App;
use crate::listing::Sort;
use crate::problem::{Path, Problem, Query};

/// Nodes shown around an asset unless asked otherwise.
const NEIGHBOURS: usize = 200;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(assets))
        .routes(routes!(asset))
        .routes(routes!(relations))
        .routes(routes!(history))
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
    /// `name`, `kind`, `provider`, `environment`, `type`, `region`, `findings`, `severity`, `first_seen`, `last_seen`
    /// or `properties.NAME`; from the last with a `-` before it. By id unless asked otherwise.
    sort: Option<String>,
}

/// The inventory.
#[utoipa::path(get, path = "/api/v1/assets", tag = "inventory", params(Filter, Paging),
    security(("token" = ["inventory.read"])), responses((status = 200, body = List<Asset>)))]
async fn assets(
    State(app): State<App>,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Response, Problem> {
    let kinds = names::<AssetKind>(filter.kind.as_deref())?;
    let providers = names::<Provider>(filter.provider.as_deref())?;
    let categories = names::<picket_model::Category>(filter.category.as_deref())?;
    let findings = names::<FindingKind>(filter.finding.as_deref())?;
    let words: Vec<String> =
        filter.q.as_deref().unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
    let sort = filter.sort.as_deref().filter(|sort| !sort.is_empty());
    let sort = sort.map(str::parse::<Sort>).transpose().map_err(Problem::bad_request)?;
    let view = app.view();
    let inside = filter.environment.as_deref();
    let inside = inside.map(|scope| view.listing.inside(&view.inside(scope)));
    let matches = |position: usize, asset: &Asset| {
        (filter.gone || asset.gone_at.is_none())
            && (kinds.is_empty() || kinds.contains(&asset.kind))
            && (providers.is_empty() || providers.contains(&asset.provider))
            && (categories.is_empty() || categories.contains(&asset.kind.category()))
            && (findings.is_empty()
                || asset.findings.iter().any(|finding| findings.contains(&finding.kind)))
            && inside.as_ref().is_none_or(|inside| inside(position))
            && view.listing.has(position, &words)
    };
    let assets = &view.estate.assets;
    let page = paging.request();
    let limit = page.limit as usize;
    let after = page.after.map(|after| view.position(&AssetId::new(after)));
    // An unknown cursor is past the end.
    let mut begun = after.is_none();
    let (mut items, mut total, mut more) = (Vec::new(), 0, false);
    for position in view.listing.positions(assets, sort.as_ref()) {
        let asset = &assets[position];
        if matches(position, asset) {
            total += 1;
            if begun && items.len() < limit {
                items.push(asset);
            } else if begun {
                more = true;
            }
        }
        begun |= after == Some(Some(position));
    }
    let next = items.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(List { items, next, total }).into_response())
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

/// What happened to an asset, newest first: when which source saw it appear, change and disappear.
#[utoipa::path(get, path = "/api/v1/assets/{id}/history", tag = "inventory",
    params(("id" = String, Path, description = "Asset id, percent-encoded"), Paging),
    security(("token" = ["inventory.read"])),
    responses((status = 200, body = List<AssetChange>), (status = 404, body = Problem)))]
async fn history(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<AssetChange>>, Problem> {
    let asset = AssetId::new(id.as_str());
    if app.view().asset(&asset).is_none() {
        return Err(Problem::not_found("asset", &id));
    }
    Ok(Json(app.store.asset_history(&asset, &paging.request()).await?.into()))
}
