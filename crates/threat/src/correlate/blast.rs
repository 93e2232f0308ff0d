use picket_graph::Snapshot;
use picket_model::{
    Asset, AssetId, AssetKind, BlastRadius, GraphNode, GraphRelation, Provider, Relation,
    RelationKind, Time,
};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How far a blast radius goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlastLimits {
    /// Steps from an attacked asset.
    pub depth: u32,
    /// Assets shown.
    pub assets: usize,
}

impl Default for BlastLimits {
    fn default() -> Self {
        Self { depth: 4, assets: 100 }
    }
}

/// Along these an attacker who controls the source gets to the target.
const LEADS_ON: &[RelationKind] = &[
    RelationKind::Contains,
    RelationKind::Deploys,
    RelationKind::Uses,
    RelationKind::GroundedOn,
    RelationKind::Stores,
    RelationKind::HasTool,
    RelationKind::Calls,
    RelationKind::RunsAs,
    RelationKind::CanAccess,
    RelationKind::MemberOf,
    RelationKind::HasSecret,
    RelationKind::LogsTo,
];

/// What a node's properties say in a blast radius; the rest is left out.
const KEPT: &[&str] = &["sensitive_types", "max_severity", "model", "version", "publisher"];

/// What the attacked assets lead to in the graph, nearest first.
#[must_use]
pub fn blast_radius(
    snapshot: &Snapshot,
    attacked: &[AssetId],
    limits: &BlastLimits,
) -> BlastRadius {
    let mut distance: FxHashMap<AssetId, u32> = FxHashMap::default();
    for id in attacked {
        // One more than is shown tells that there is more.
        for (reached, steps) in
            snapshot.reachable(id, LEADS_ON, limits.depth, limits.assets.saturating_add(1))
        {
            let known = distance.entry(reached).or_insert(steps);
            *known = steps.min(*known);
        }
    }
    for id in attacked {
        distance.remove(id);
    }
    let mut reached: Vec<(u32, AssetId)> =
        distance.into_iter().map(|(id, steps)| (steps, id)).collect();
    reached.sort_unstable();
    let truncated = reached.len() > limits.assets;
    reached.truncate(limits.assets);

    let nodes: Vec<GraphNode> = reached.iter().filter_map(|(_, id)| snapshot.node(id)).collect();
    let sensitive = nodes.iter().filter(|node| is_sensitive(node)).count();
    let inside: FxHashSet<&AssetId> =
        attacked.iter().chain(reached.iter().map(|(_, id)| id)).collect();
    let mut told = FxHashSet::default();
    let relations = inside
        .iter()
        .filter_map(|id| snapshot.neighbourhood(id, 1, limits.assets.saturating_mul(4)))
        .flat_map(|around| around.relations)
        .filter_map(relation)
        .filter(|it| LEADS_ON.contains(&it.kind))
        .filter(|it| inside.contains(&it.source) && inside.contains(&it.target))
        .filter(|it| told.insert((it.source.clone(), it.kind, it.target.clone())));
    let mut relations: Vec<Relation> = relations.collect();
    relations.sort_by(|a, b| (&a.source, a.kind, &a.target).cmp(&(&b.source, b.kind, &b.target)));
    BlastRadius {
        assets: nodes.iter().filter_map(asset).collect(),
        relations,
        sensitive,
        truncated,
    }
}

fn is_sensitive(node: &GraphNode) -> bool {
    node.properties
        .get("sensitive_types")
        .is_some_and(|types| types.as_array().is_some_and(|types| !types.is_empty()))
}

fn asset(node: &GraphNode) -> Option<Asset> {
    let text = |key: &str| node.properties.get(key).and_then(Value::as_str);
    let time = |key: &str| text(key).and_then(|time| time.parse::<Time>().ok()).unwrap_or_default();
    Some(Asset {
        id: AssetId::new(node.id.as_str()),
        kind: node.labels.first()?.parse::<AssetKind>().ok()?,
        name: text("name")?.to_owned(),
        provider: text("provider")?.parse::<Provider>().ok()?,
        environment: text("environment").unwrap_or_default().to_owned(),
        region: text("region").map(str::to_owned),
        native_type: text("native_type").unwrap_or_default().to_owned(),
        tags: picket_model::Properties::new(),
        properties: KEPT
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), node.properties.get(*key)?.clone())))
            .collect(),
        findings: Vec::new(),
        first_seen: time("first_seen"),
        last_seen: time("last_seen"),
        gone_at: None,
        plans: Vec::new(),
    })
}

fn relation(relation: GraphRelation) -> Option<Relation> {
    let kind = relation.relation_type.parse::<RelationKind>().ok()?;
    Some(Relation {
        properties: relation.properties,
        ..Relation::new(relation.source, kind, relation.target)
    })
}

#[cfg(test)]
mod tests {
    use picket_model::{Finding, FindingKind, Severity};

    use super::*;

    #[test]
    fn shows_what_the_attacked_asset_leads_to() {
        let asset = |id: &str, kind| Asset::new(id, kind, id, Provider::Azure, "prod");
        let store = asset("store", AssetKind::ObjectStore).finding(Finding::new(
            FindingKind::SensitiveData,
            "sample",
            Severity::High,
            "credit cards",
            "",
            serde_json::json!({ "types": { "credit_card": 3 } }),
        ));
        let assets = [
            asset("gpt", AssetKind::ModelDeployment),
            asset("index", AssetKind::SearchIndex),
            store,
            asset("other", AssetKind::ObjectStore),
        ];
        let relations = [
            Relation::new("gpt", RelationKind::GroundedOn, "index"),
            Relation::new("index", RelationKind::Stores, "store"),
            Relation::new("other", RelationKind::Uses, "gpt"),
        ];
        let snapshot = Snapshot::build(&assets, &relations);
        let radius = blast_radius(&snapshot, &["gpt".into()], &BlastLimits::default());
        let names: Vec<_> = radius.assets.iter().map(|asset| asset.name.as_str()).collect();
        assert_eq!(names, ["index", "store"]);
        assert_eq!(radius.relations.len(), 2);
        assert!(!radius.truncated);
        let near = blast_radius(&snapshot, &["gpt".into()], &BlastLimits { depth: 4, assets: 1 });
        assert_eq!((near.assets.len(), near.truncated), (1, true));
        assert_eq!(
            blast_radius(&snapshot, &["gone".into()], &BlastLimits::default()),
            BlastRadius::default()
        );
    }
}
