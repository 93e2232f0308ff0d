//! What workloads refer to by their environment variables: agents, models, knowledge bases, buckets, databases.

use std::sync::{Mutex, PoisonError};

use picket_model::{Asset, AssetKind, Category, Relation, RelationKind};
use rustc_hash::FxHashMap;
use serde_json::Value;

use super::{scope::Scope, shape::End, value::text};
use crate::cloud::Gather;

/// Makers of foundation models, as ids of Bedrock begin.
const MAKERS: &[&str] = &[
    "ai21.",
    "amazon.",
    "anthropic.",
    "cohere.",
    "deepseek.",
    "luma.",
    "meta.",
    "mistral.",
    "openai.",
    "qwen.",
    "stability.",
    "twelvelabs.",
    "writer.",
];

/// Properties by which an asset is referred to, beside its id and name.
const NAMES: &[&str] = &["agent_id", "knowledge_base_id", "url", "endpoint", "domain_id"];

/// Workload, variable and value, until everything is known that the value may mean.
#[derive(Debug, Default)]
pub(super) struct References(Mutex<Vec<(String, String, String)>>);

impl References {
    /// Keeps the variables of `workload`, given as a map or as a list of `name` and `value`.
    pub(super) fn remember(&self, scope: &Scope<'_>, workload: &str, variables: &Value) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut keep = |name: &str, value: &str| {
            // A foundation model is known by being referred to, here as anywhere.
            // Any other value may be a secret and must not become an asset.
            let is_model = MAKERS.iter().any(|maker| value.starts_with(maker));
            let model = if is_model { scope.end(End::Model, value) } else { None };
            let value = model.unwrap_or_else(|| value.to_owned());
            kept.push((workload.to_owned(), name.to_owned(), value));
        };
        match variables {
            Value::Object(map) => {
                map.iter().for_each(|(name, value)| keep(name, value.as_str().unwrap_or_default()));
            }
            Value::Array(list) => list.iter().for_each(|pair| {
                keep(
                    text(pair, "/name").unwrap_or_default(),
                    text(pair, "/value").unwrap_or_default(),
                );
            }),
            _ => {}
        }
    }

    /// Draws USES from each workload to what its variables name in the same account.
    pub(super) fn relate(&self, gather: &Gather<'_>) {
        let kept = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut found = gather.lock();
        let mut known: FxHashMap<&str, Vec<&Asset>> = FxHashMap::default();
        for asset in found.assets().iter().filter(|asset| is_target(asset)) {
            for name in names(asset) {
                known.entry(name).or_default().push(asset);
            }
        }
        let mut relations = Vec::new();
        for (workload, variable, value) in &kept {
            let account = workload.split(':').nth(4).unwrap_or_default();
            let targets = known.get(value.as_str()).into_iter().flatten();
            let own =
                targets.filter(|asset| asset.environment == account || asset.id.as_str() == value);
            relations.extend(own.filter(|asset| asset.id.as_str() != workload).map(|asset| {
                Relation::new(workload.as_str(), RelationKind::Uses, asset.id.clone())
                    .with("via", format!("environment variable {variable}"))
            }));
        }
        for relation in relations {
            found.relation(relation);
        }
    }
}

fn is_target(asset: &Asset) -> bool {
    matches!(asset.kind.category(), Category::Ai | Category::Data)
        || asset.kind == AssetKind::Secret
}

fn names(asset: &Asset) -> impl Iterator<Item = &str> {
    // Short names such as `prod` mean too many things.
    let name = Some(asset.name.as_str()).filter(|name| name.len() >= 6);
    let properties = NAMES.iter().filter_map(|key| asset.properties.get(*key)?.as_str());
    name.into_iter().chain([asset.id.as_str()]).chain(properties)
}
