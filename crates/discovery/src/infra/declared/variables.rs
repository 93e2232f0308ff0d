//! What a workload uses, by the environment variables it is given.

use picket_model::{
    Asset, AssetId, AssetKind, Category, Occurrence, Relation, RelationKind, Standing,
};
use serde_json::Value;

use super::Resource;
use super::assemble::place;
use super::index::Index;
use crate::Collector;
use crate::catalogue::{self, Anchor};
use crate::code::{NameMeaning, host_of, signals};
use crate::files::Scope;

/// Words of a variable's name, and the kind of asset that its value then names.
const NAMED: &[(&str, AssetKind)] = &[
    ("DEPLOYMENT", AssetKind::ModelDeployment),
    ("ENDPOINT_NAME", AssetKind::ModelDeployment),
    ("AGENT", AssetKind::Agent),
    ("KNOWLEDGE_BASE", AssetKind::KnowledgeBase),
    ("GUARDRAIL", AssetKind::Guardrail),
    ("SEARCH", AssetKind::SearchIndex),
    ("COLLECTION", AssetKind::VectorIndex),
    ("BUCKET", AssetKind::ObjectStore),
    ("STORAGE", AssetKind::ObjectStore),
    ("TABLE", AssetKind::Table),
    ("QUEUE", AssetKind::Queue),
];

/// Names and texts of environment variables, given as a map or as a list of `name` and `value`.
pub(in crate::infra) fn pairs(variables: &Value) -> Vec<(&str, &str)> {
    match variables {
        Value::Object(map) => map
            .iter()
            .filter_map(|(name, value)| {
                // App settings of an ARM child resource, or of a module, may be wrapped.
                Some((name.as_str(), value.as_str().or_else(|| value.get("value")?.as_str())?))
            })
            .collect(),
        Value::Array(list) => list
            .iter()
            .filter_map(|pair| {
                let text = |key: &str| pair.get(key).and_then(Value::as_str);
                Some((text("name")?, text("value")?))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Draws what the variables of a declared workload refer to.
pub(super) fn connect(
    scope: &Scope,
    index: &Index<'_>,
    resource: &Resource,
    workload: &AssetId,
    variables: &Value,
    out: &mut Collector,
) {
    for (name, value) in pairs(variables) {
        if value.contains("${") {
            for target in index.resolve_text(&resource.root, value, &[]) {
                relate(workload, &target, name, out);
            }
        }
        let known = index.text(&resource.root, value);
        let place = place(resource).map(|(path, line)| (path, line.unwrap_or(1)));
        uses(scope, workload, name, &known, place, out);
    }
}

/// Draws what one variable with a plain value names: a model, a deployment, an endpoint, a store.
pub(in crate::infra) fn uses(
    scope: &Scope,
    workload: &AssetId,
    name: &str,
    value: &str,
    place: Option<(&str, u32)>,
    out: &mut Collector,
) {
    if value.is_empty() || value.contains("${") {
        return;
    }
    let upper = name.to_ascii_uppercase();
    for (_, kind) in NAMED.iter().filter(|(word, _)| upper.contains(word)) {
        let found = only(out.of_kind(*kind).filter(|asset| asset.name == value));
        if let Some(target) = found {
            relate(workload, &target, name, out);
            return;
        }
    }
    if value.contains("://") {
        endpoint(workload, name, value, out);
    } else if signals().meaning(name) == Some(NameMeaning::Model)
        && let Some(model) = catalogue::model_ref(value, Anchor::Weak)
        && (model.publisher != "unknown" || upper.contains("LLM"))
    {
        let asset = model.asset(&scope.environment).native_type("model");
        let id = asset.id.clone();
        match place {
            Some((path, line)) => {
                let (path, symbol) = (path.to_owned(), name.to_owned());
                let standing = Standing::Configured;
                out.occurrence(asset, &Occurrence { path, line, column: 1, symbol, standing });
            }
            None => out.asset(asset),
        }
        relate(workload, &id, name, out);
    }
}

/// An address is that of the service whose endpoint or subdomain has its host.
fn endpoint(workload: &AssetId, name: &str, address: &str, out: &mut Collector) {
    let Some(host) = host_of(address) else { return };
    let first = host.split('.').next().unwrap_or_default();
    let is = |asset: &&Asset| {
        let text = |key: &str| asset.properties.get(key).and_then(Value::as_str);
        let subdomain = text("custom_sub_domain_name").or(Some(asset.name.as_str()));
        text("endpoint").and_then(host_of).as_deref() == Some(host.as_str())
            || (host.contains(".azure.com")
                && subdomain.is_some_and(|name| name.eq_ignore_ascii_case(first)))
    };
    let services = out
        .assets()
        .iter()
        .filter(|asset| matches!(asset.kind, AssetKind::AiService | AssetKind::SearchIndex));
    if let Some(target) = only(services.filter(is)) {
        relate(workload, &target, name, out);
    }
}

/// The id of the one asset there is; none of several.
fn only<'a>(mut assets: impl Iterator<Item = &'a Asset>) -> Option<AssetId> {
    let first = assets.next()?.id.clone();
    assets.next().is_none().then_some(first)
}

fn relate(workload: &AssetId, target: &AssetId, variable: &str, out: &mut Collector) {
    let Some(asset) = out.get(target).filter(|asset| asset.id != *workload) else { return };
    let kind = match asset.kind {
        AssetKind::Agent | AssetKind::KnowledgeBase | AssetKind::McpServer => RelationKind::Calls,
        kind if matches!(kind.category(), Category::Ai | Category::Data) => RelationKind::Uses,
        _ => return,
    };
    let relation = Relation::new(workload.clone(), kind, target.clone());
    out.relation(relation.with("via", variable));
}
