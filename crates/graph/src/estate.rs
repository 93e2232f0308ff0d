//! The estate as a graph: an asset's kind and category are its labels, what every asset has are properties.

use picket_model::{Asset, AssetKind, Finding, FindingKind, Relation, RelationKind};
use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use crate::{Snapshot, builder::SnapshotBuilder, strings::Strings};

/// Properties that every asset has, whatever discovery set under the same name.
const BUILT_IN: &[&str] = &[
    "id",
    "kind",
    "name",
    "provider",
    "environment",
    "region",
    "native_type",
    "first_seen",
    "last_seen",
    "tags",
    "findings",
    "finding_ids",
    "sensitive_types",
    "max_severity",
];

impl Snapshot {
    /// Takes the assets that are not gone, and the relations between them.
    ///
    /// Of assets with the same id the last one counts. A relation with an end that is not there is left out and counted
    /// by [`Snapshot::dropped_relations`].
    #[must_use]
    pub fn build(assets: &[Asset], relations: &[Relation]) -> Self {
        let mut unique: FxHashMap<&str, &Asset> = FxHashMap::default();
        for asset in assets.iter().filter(|asset| asset.gone_at.is_none()) {
            unique.insert(asset.id.as_str(), asset);
        }
        let mut nodes: Vec<&Asset> = unique.into_values().collect();
        nodes.sort_unstable_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));

        // Every kind and type there can be, so that their positions are those of the model.
        let mut builder = SnapshotBuilder::new();
        for kind in AssetKind::ALL {
            builder.kind(&labels(*kind));
        }
        for kind in RelationKind::ALL {
            builder.relation_type(kind.as_str());
        }
        let mut ids = Strings::new();
        for asset in nodes {
            ids.intern(asset.id.as_str());
            let node = builder.place_node(asset.kind as u32);
            for (name, value) in built_in(asset) {
                builder.property(node, name, &value);
            }
            for (name, value) in &asset.properties {
                if !BUILT_IN.contains(&name.as_str()) {
                    builder.property(node, name, value);
                }
            }
        }
        for relation in relations {
            let end = |id: &str| ids.code(id).map(|code| code - 1);
            match (end(relation.source.as_str()), end(relation.target.as_str())) {
                (Some(source), Some(target)) => builder.relation(
                    source,
                    relation.kind.as_str(),
                    target,
                    relation.properties.iter().map(|(name, value)| (name, value.clone())),
                ),
                _ => builder.drop_relation(),
            }
        }
        builder.finish_named(Some(ids))
    }
}

/// The labels that a node of this kind carries: the kind and its category, once where they have the same name.
pub(crate) fn labels(kind: AssetKind) -> Vec<&'static str> {
    let (kind, category) = (kind.as_str(), kind.category().as_str());
    if kind == category { vec![kind] } else { vec![kind, category] }
}

fn built_in(asset: &Asset) -> Vec<(&'static str, Json)> {
    let text = |text: &str| if text.is_empty() { Json::Null } else { text.into() };
    let mut values = vec![
        ("name", text(&asset.name)),
        ("provider", text(asset.provider.as_str())),
        ("environment", text(&asset.environment)),
        ("region", asset.region.as_deref().map_or(Json::Null, text)),
        ("native_type", text(&asset.native_type)),
        ("first_seen", text(&asset.first_seen.to_rfc3339())),
        ("last_seen", text(&asset.last_seen.to_rfc3339())),
    ];
    let findings = &asset.findings;
    if let Some(worst) = findings.iter().map(|finding| finding.severity).max() {
        values.push(("max_severity", text(worst.as_str())));
    }
    // Empty lists, so that `'x' IN a.findings` is false and not unknown.
    let mut kinds: Vec<&str> = findings.iter().map(|finding| finding.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let ids: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
    values.push(("findings", kinds.into()));
    values.push(("finding_ids", ids.into()));
    values.push(("sensitive_types", sensitive_types(findings).into()));
    if !asset.tags.is_empty() {
        values.push(("tags", Json::Object(asset.tags.clone())));
    }
    values
}

/// The information types of sensitive data findings: the keys of their evidence's `types`.
fn sensitive_types(findings: &[Finding]) -> Vec<&str> {
    let mut types: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::SensitiveData)
        .filter_map(|finding| finding.evidence.get("types")?.as_object())
        .flat_map(|types| types.keys().map(String::as_str))
        .collect();
    types.sort_unstable();
    types.dedup();
    types
}
