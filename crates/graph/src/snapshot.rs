use std::sync::Arc;

use picket_model::{AssetId, GraphNode, GraphRelation, Properties};
use serde_json::Value as Json;

use crate::{
    columns::Columns, csr::Relations, ir::PropertyKey, layout::Layout, strings::Strings,
    value::Value,
};

/// A graph at one moment, made to be asked: nodes sorted by their labels, properties by column, relations in both
/// directions.
///
/// It never changes. Of an estate, build another one after a scan and swap it in.
#[derive(Debug)]
pub struct Snapshot {
    /// Ids of an estate's nodes, in their order; node 0 has code 1. Other graphs know a node by its number.
    pub(crate) ids: Option<Strings>,
    pub(crate) layout: Layout,
    pub(crate) strings: Strings,
    pub(crate) columns: Columns,
    pub(crate) relations: Relations,
    pub(crate) dropped: usize,
}

impl Snapshot {
    /// How many nodes it holds.
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

    /// A node as query results show it.
    #[must_use]
    pub fn node(&self, id: &AssetId) -> Option<GraphNode> {
        self.find(id.as_str()).map(|node| self.graph_node(node))
    }

    /// Whether its nodes are assets, and its labels and types those of the model.
    pub(crate) const fn is_estate(&self) -> bool {
        self.ids.is_some()
    }

    /// The node with this id.
    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        match &self.ids {
            Some(ids) => ids.code(id).map(|code| code - 1),
            None => id.parse().ok().filter(|node| (*node as usize) < self.node_count()),
        }
    }

    pub(crate) fn id(&self, node: u32) -> String {
        match &self.ids {
            Some(ids) => ids.text(node + 1).to_owned(),
            None => node.to_string(),
        }
    }

    /// What `id(n)` gives: the id of an asset, the number of another graph's node.
    pub(crate) fn id_value(&self, node: u32) -> Value {
        match &self.ids {
            Some(ids) => Value::text(ids.text(node + 1)),
            None => Value::Integer(i64::from(node)),
        }
    }

    /// Of an asset: its kind, then its category.
    pub(crate) fn labels(&self, node: u32) -> &[Arc<str>] {
        self.layout.labels(self.layout.kind(node))
    }

    pub(crate) fn relation_type(&self, relation: u32) -> &Arc<str> {
        self.relations.type_name(self.relations.type_of(relation))
    }

    /// A property of a node; null where it has none.
    pub(crate) fn node_property(&self, node: u32, key: &PropertyKey) -> Value {
        if let Some(column) = key.column {
            return self.property(node, column);
        }
        match key.name.as_ref() {
            "id" if self.is_estate() => self.id_value(node),
            "kind" if self.is_estate() => {
                self.labels(node).first().map_or(Value::Null, |kind| Value::Text(Arc::clone(kind)))
            }
            _ => Value::Null,
        }
    }

    /// A property of a relation; null where it has none.
    pub(crate) fn relation_property(&self, relation: u32, name: &str) -> Value {
        let columns = &self.relations.columns;
        columns.column(name).map_or(Value::Null, |column| {
            let (relation_type, local) = self.relations.place(relation);
            columns.value(column, relation_type, local, &self.strings)
        })
    }

    /// A property by its column.
    fn property(&self, node: u32, column: u32) -> Value {
        let (kind, local) = (self.layout.kind(node), self.layout.local(node));
        self.columns.value(column, kind, local, &self.strings)
    }

    pub(crate) fn graph_node(&self, node: u32) -> GraphNode {
        let kind = self.layout.kind(node);
        let labels: Vec<String> = self.labels(node).iter().map(ToString::to_string).collect();
        let mut properties = Properties::new();
        if let Some(kind) = labels.first().filter(|_| self.is_estate()) {
            properties.insert("kind".to_owned(), kind.as_str().into());
        }
        for (column, name) in self.columns.of_kind(kind) {
            let value = self.property(node, column);
            if !value.is_null() {
                properties.insert(name.to_string(), self.to_json(&value));
            }
        }
        GraphNode { id: self.id(node), labels, properties }
    }

    pub(crate) fn graph_relation(&self, relation: u32) -> GraphRelation {
        GraphRelation {
            relation_type: self.relation_type(relation).to_string(),
            source: self.id(self.relations.source(relation)),
            target: self.id(self.relations.target(relation)),
            properties: self.relation_properties(relation),
        }
    }

    pub(crate) fn relation_properties(&self, relation: u32) -> Properties {
        let (relation_type, local) = self.relations.place(relation);
        let columns = &self.relations.columns;
        let all = columns.of_kind(relation_type).map(|(column, name)| {
            let value = columns.value(column, relation_type, local, &self.strings);
            (name.to_string(), self.to_json(&value))
        });
        all.filter(|(_, value)| !value.is_null()).collect()
    }

    /// A value as query results show it.
    pub(crate) fn to_json(&self, value: &Value) -> Json {
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
            Value::Node(node) => self.node_json(*node),
            Value::Relation(relation) => self.relation_json(*relation),
            Value::Path(path) => {
                let nodes = path.nodes.iter().map(|node| self.node_json(*node)).collect();
                let relations = path.relations.iter().map(|id| self.relation_json(*id)).collect();
                object("path", [("nodes", nodes), ("relations", relations)])
            }
        }
    }

    /// What [`GraphNode`] becomes, without a copy of its properties.
    fn node_json(&self, node: u32) -> Json {
        let GraphNode { id, labels, properties } = self.graph_node(node);
        object(
            "node",
            [("id", id.into()), ("labels", labels.into()), ("properties", properties.into())],
        )
    }

    /// What [`GraphRelation`] becomes.
    fn relation_json(&self, relation: u32) -> Json {
        let GraphRelation { relation_type, source, target, properties } =
            self.graph_relation(relation);
        object(
            "relation",
            [
                ("type", relation_type.into()),
                ("source", source.into()),
                ("target", target.into()),
                ("properties", properties.into()),
            ],
        )
    }
}

/// An object that says what it is.
fn object<const FIELDS: usize>(kind: &str, fields: [(&str, Json); FIELDS]) -> Json {
    let mut object = Properties::with_capacity(FIELDS + 1);
    object.insert("_kind".to_owned(), kind.into());
    object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    object.into()
}

#[cfg(test)]
mod tests {
    use picket_model::{Asset, AssetKind, GraphPath, Provider, Relation, RelationKind};

    use super::*;
    use crate::value::Path;

    #[test]
    fn values_are_shown_as_the_model_shows_them() {
        let asset =
            |id: &str| Asset::new(id, AssetKind::Agent, id, Provider::Code, "e").with("x", 1);
        let relation = Relation::new("a", RelationKind::Uses, "b");
        let graph = Snapshot::build(&[asset("a"), asset("b")], &[relation]);
        let path = GraphPath {
            nodes: vec![graph.graph_node(0), graph.graph_node(1)],
            relations: vec![graph.graph_relation(0)],
        };
        let value = Value::Path(Arc::new(Path { nodes: vec![0, 1], relations: vec![0] }));
        assert_eq!(graph.to_json(&value), serde_json::to_value(path).unwrap());
    }
}
