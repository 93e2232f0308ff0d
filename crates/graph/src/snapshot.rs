use std::sync::Arc;

use picket_model::{
    Asset, AssetId, AssetKind, Finding, FindingKind, GraphNode, GraphRelation, Properties,
    Relation, RelationKind,
};
use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use crate::{
    columns::{Columns, ColumnsBuilder},
    csr::{Edge, Relations},
    json,
    layout::Layout,
    strings::Strings,
    value::Value,
};

/// The estate at one moment, made to be asked: nodes sorted by kind, properties by column, relations in both directions.
///
/// It never changes; after a scan, build another one and swap it in.
#[derive(Debug)]
pub struct Snapshot {
    ids: Vec<Arc<str>>,
    by_id: FxHashMap<Arc<str>, u32>,
    pub(crate) layout: Layout,
    pub(crate) strings: Strings,
    pub(crate) columns: Columns,
    pub(crate) relations: Relations,
    dropped: usize,
}

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

        let layout = Layout::new(nodes.iter().map(|asset| asset.kind as u8).collect());
        let ids: Vec<Arc<str>> = nodes.iter().map(|asset| Arc::from(asset.id.as_str())).collect();
        let by_id: FxHashMap<Arc<str>, u32> = ids.iter().map(Arc::clone).zip(0_u32..).collect();
        let mut strings = Strings::new();
        let mut builder = ColumnsBuilder::default();
        for (node, asset) in (0_u32..).zip(&nodes) {
            let local = u32::try_from(layout.local(node)).unwrap_or(u32::MAX);
            let mut add = |name: &str, value: Value, strings: &mut Strings| {
                let name = strings.intern(name);
                builder.add(&name, asset.kind as usize, local, value);
            };
            for (name, value) in built_in(asset, &mut strings) {
                add(name, value, &mut strings);
            }
            for (name, value) in &asset.properties {
                if !BUILT_IN.contains(&name.as_str()) {
                    let value = json::interned(value, &mut strings);
                    add(name, value, &mut strings);
                }
            }
        }
        let columns = builder.finish(|kind| layout.of_kind(kind).len(), &strings);

        let edges: Vec<Edge> = relations
            .iter()
            .filter_map(|relation| {
                Some(Edge {
                    kind: relation.kind as u8,
                    source: *by_id.get(relation.source.as_str())?,
                    target: *by_id.get(relation.target.as_str())?,
                    properties: relation.properties.clone(),
                })
            })
            .collect();
        let dropped = relations.len() - edges.len();
        let relations = Relations::new(edges, &layout);
        Self { ids, by_id, layout, strings, columns, relations, dropped }
    }

    /// How many assets it holds.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.layout.len()
    }

    /// How many relations it holds.
    #[must_use]
    pub fn relation_count(&self) -> usize {
        self.relations.len()
    }

    /// How many relations were left out because an end of theirs is not there.
    #[must_use]
    pub fn dropped_relations(&self) -> usize {
        self.dropped
    }

    /// An asset as query results show it.
    #[must_use]
    pub fn node(&self, id: &AssetId) -> Option<GraphNode> {
        self.find(id.as_str()).map(|node| self.graph_node(node))
    }

    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn id(&self, node: u32) -> &Arc<str> {
        &self.ids[node as usize]
    }

    pub(crate) fn asset_kind(&self, node: u32) -> AssetKind {
        AssetKind::ALL[self.layout.kind(node)]
    }

    pub(crate) fn relation_kind(&self, relation: u32) -> RelationKind {
        RelationKind::ALL[self.relations.kind(relation)]
    }

    /// A property by its column.
    pub(crate) fn property(&self, node: u32, column: u32) -> Value {
        let (kind, local) = (self.layout.kind(node), self.layout.local(node));
        self.columns.value(column, kind, local, &self.strings)
    }

    pub(crate) fn graph_node(&self, node: u32) -> GraphNode {
        let kind = self.asset_kind(node);
        let mut properties = Properties::new();
        properties.insert("kind".to_owned(), kind.as_str().into());
        for (column, name) in self.columns.of_kind(kind as usize) {
            let value = self.property(node, column);
            if !value.is_null() {
                properties.insert(name.to_string(), self.to_json(&value));
            }
        }
        let labels = labels(kind).map(ToOwned::to_owned).collect();
        GraphNode { id: self.id(node).to_string(), labels, properties }
    }

    pub(crate) fn graph_relation(&self, relation: u32) -> GraphRelation {
        GraphRelation {
            relation_type: self.relation_kind(relation).as_str().to_owned(),
            source: self.id(self.relations.source(relation)).to_string(),
            target: self.id(self.relations.target(relation)).to_string(),
            properties: self.relations.properties(relation).cloned().unwrap_or_default(),
        }
    }

    /// A value as query results show it.
    pub(crate) fn to_json(&self, value: &Value) -> Json {
        let serialized = |value: Result<Json, serde_json::Error>| value.unwrap_or(Json::Null);
        match value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Integer(value) => Json::from(*value),
            Value::Float(value) => Json::from(*value),
            Value::Text(text) => Json::from(text.as_ref()),
            Value::List(items) => items.iter().map(|item| self.to_json(item)).collect(),
            Value::Map(entries) => entries
                .iter()
                .map(|(key, value)| (key.to_string(), self.to_json(value)))
                .collect::<Properties>()
                .into(),
            Value::Node(node) => serialized(serde_json::to_value(self.graph_node(*node))),
            Value::Relation(relation) => {
                serialized(serde_json::to_value(self.graph_relation(*relation)))
            }
            Value::Path(path) => serialized(serde_json::to_value(picket_model::GraphPath {
                nodes: path.nodes.iter().map(|node| self.graph_node(*node)).collect(),
                relations: path.relations.iter().map(|id| self.graph_relation(*id)).collect(),
            })),
        }
    }
}

/// The labels that a node of this kind carries: the kind and its category, once where they have the same name.
pub(crate) fn labels(kind: AssetKind) -> impl Iterator<Item = &'static str> {
    let (kind, category) = (kind.as_str(), kind.category().as_str());
    [kind].into_iter().chain((kind != category).then_some(category))
}

fn built_in(asset: &Asset, strings: &mut Strings) -> Vec<(&'static str, Value)> {
    let mut text = |text: &str| {
        if text.is_empty() { Value::Null } else { Value::Text(strings.intern(text)) }
    };
    let mut values = vec![
        ("name", text(&asset.name)),
        ("provider", text(asset.provider.as_str())),
        ("environment", text(&asset.environment)),
        ("region", asset.region.as_deref().map_or(Value::Null, &mut text)),
        ("native_type", text(&asset.native_type)),
        ("first_seen", text(&asset.first_seen.to_rfc3339())),
        ("last_seen", text(&asset.last_seen.to_rfc3339())),
    ];
    let findings = &asset.findings;
    if let Some(worst) = findings.iter().map(|finding| finding.severity).max() {
        values.push(("max_severity", text(worst.as_str())));
    }
    // Empty lists, so that `'x' IN a.findings` is false and not unknown.
    let mut list = |items: Vec<&str>| Value::list(items.into_iter().map(&mut text).collect());
    let mut kinds: Vec<&str> = findings.iter().map(|finding| finding.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    values.push(("findings", list(kinds)));
    values
        .push(("finding_ids", list(findings.iter().map(|finding| finding.id.as_str()).collect())));
    values.push(("sensitive_types", list(sensitive_types(findings))));
    if !asset.tags.is_empty() {
        values.push(("tags", json::interned(&Json::Object(asset.tags.clone()), strings)));
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
