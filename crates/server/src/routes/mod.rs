//! The operations of the API, by subject.

mod bom;
mod environments;
mod explorer;
mod incidents;
mod inventory;
mod posture;
mod scans;
mod shield;
mod status;
mod threats;
mod tokens;
mod tuning;

use axum::Router;
use picket_store::{Page, PageRequest};
use serde::{Deserialize, Serialize};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoParams, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

use crate::App;

/// One part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// The items.
    items: Vec<T>,
    /// What to give as `after` for the next part; null at the end.
    next: Option<String>,
    /// How many there are in all.
    total: u64,
}

impl<T> From<Page<T>> for List<T> {
    fn from(page: Page<T>) -> Self {
        Self { items: page.items, next: page.next, total: page.total }
    }
}

/// Which part of a list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// At most so many, up to 10,000.
    #[serde(default = "hundred")]
    limit: u32,
    /// `next` of the part before.
    after: Option<String>,
}

const fn hundred() -> u32 {
    100
}

impl Paging {
    fn request(&self) -> PageRequest {
        PageRequest { limit: self.limit.clamp(1, 10_000), after: self.after.clone() }
    }

    /// Cuts this part out of everything.
    fn cut<T>(&self, items: Vec<T>, id: impl Fn(&T) -> String) -> List<T> {
        Page::of(items, &self.request(), id).into()
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Picket",
        description = "Discovers, judges and protects AI workloads. Every operation needs a token whose actions \
                       include the scope it names, except from this machine when the server listens on loopback only."
    ),
    tags(
        (name = "inventory", description = "Assets, relations, environments, plans"),
        (name = "explorer", description = "Questions to the graph"),
        (name = "posture", description = "Recommendations, attack paths, dashboard"),
        (name = "bom", description = "AI bill of materials"),
        (name = "scans", description = "Discovery"),
        (name = "shield", description = "Inspection of text"),
        (name = "threats", description = "Interactions, alerts, incidents"),
        (name = "access", description = "Tokens and status"),
    )
)]
struct Document;

/// The guarded operations and their OpenAPI document.
pub(crate) fn api() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (router, mut document) = OpenApiRouter::with_openapi(Document::openapi())
        .merge(status::routes())
        .merge(inventory::routes())
        .merge(environments::routes())
        .merge(scans::routes())
        .merge(explorer::routes())
        .merge(posture::routes())
        .merge(bom::routes())
        .merge(shield::routes())
        .merge(threats::routes())
        .merge(incidents::routes())
        .merge(tuning::routes())
        .merge(tokens::routes())
        .split_for_parts();
    document.components.get_or_insert_default().add_security_scheme(
        "token",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
    );
    (router, document)
}

/// The OpenAPI document of the API.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api().1
}

/// What needs no token: health, metrics, the API's own description, and making a session.
pub(crate) fn open(document: utoipa::openapi::OpenApi) -> Router<App> {
    Router::new()
        .merge(status::open())
        .merge(tokens::open())
        .merge(SwaggerUi::new("/docs").url("/openapi.json", document))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_names_exactly_one_action() {
        let document = openapi();
        let mut operations = 0;
        for (path, item) in &document.paths.paths {
            for (method, operation) in crate::access::operations(item) {
                operations += 1;
                let value = serde_json::to_value(&operation.security).unwrap();
                let scopes = value[0]["token"].as_array().map_or(0, Vec::len);
                assert_eq!(scopes, 1, "{method} {path} names no action");
            }
        }
        assert!(operations > 30, "only {operations} operations are described");
    }
}
