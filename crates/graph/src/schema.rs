use picket_model::{AssetKind, Category};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Snapshot;

/// What can be asked for: the labels and relation types that are there, with their properties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Schema {
    /// Of an estate, categories, then kinds; those with at least one node.
    pub labels: Vec<LabelSchema>,
    /// Relation types with at least one relation.
    pub relations: Vec<RelationSchema>,
}

/// One label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LabelSchema {
    /// The label: of an estate, an asset kind or a category.
    pub label: String,
    /// The category it belongs to, or itself.
    pub category: String,
    /// Nodes that carry it.
    pub count: usize,
    /// Property names that at least one of them has.
    pub properties: Vec<String>,
}

/// One relation type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RelationSchema {
    /// The type.
    #[serde(rename = "type")]
    pub relation_type: String,
    /// Relations of that type.
    pub count: usize,
    /// The kinds it connects.
    pub connections: Vec<ConnectionSchema>,
}

/// The kinds that relations of one type connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConnectionSchema {
    /// Kind at the start.
    pub source: String,
    /// Kind at the end.
    pub target: String,
    /// Relations between them.
    pub count: usize,
}

impl Snapshot {
    /// The labels, relation types and property names in use.
    #[must_use]
    pub fn schema(&self) -> Schema {
        let labels = if self.is_estate() {
            let categories = Category::ALL.iter().map(|category| (category.as_str(), *category));
            let kinds = AssetKind::ALL
                .iter()
                .map(|kind| (kind.as_str(), kind.category()))
                .filter(|(kind, category)| *kind != category.as_str());
            categories
                .chain(kinds)
                .filter_map(|(label, category)| self.label_schema(label, category.as_str()))
                .collect()
        } else {
            let all = self.layout.all_labels();
            all.filter_map(|label| self.label_schema(label, label)).collect()
        };
        let mut relations: Vec<RelationSchema> = Vec::new();
        for connection in self.relations.connections() {
            let name = self.relations.type_name(connection.relation).as_ref();
            if relations.last().is_none_or(|last| last.relation_type != name) {
                relations.push(RelationSchema {
                    relation_type: name.to_owned(),
                    count: 0,
                    connections: Vec::new(),
                });
            }
            if let Some(last) = relations.last_mut() {
                last.count += connection.count as usize;
                last.connections.push(ConnectionSchema {
                    source: self.kind_name(connection.source),
                    target: self.kind_name(connection.target),
                    count: connection.count as usize,
                });
            }
        }
        Schema { labels, relations }
    }

    /// An asset kind; of another graph, the labels with colons between them.
    pub(crate) fn kind_name(&self, kind: usize) -> String {
        let labels = self.layout.labels(kind);
        let shown = if self.is_estate() { 1 } else { labels.len() };
        labels.iter().take(shown).map(AsRef::as_ref).collect::<Vec<_>>().join(":")
    }

    fn label_schema(&self, label: &str, category: &str) -> Option<LabelSchema> {
        let kinds = self.layout.kinds_of_label(label)?;
        let count = self.layout.count(kinds);
        if count == 0 {
            return None;
        }
        let own: &[&str] = if self.is_estate() { &["id", "kind"] } else { &[] };
        let mut properties: Vec<String> = kinds
            .members()
            .flat_map(|kind| self.columns.of_kind(kind).map(|(_, name)| name.to_string()))
            .chain(own.iter().map(ToString::to_string))
            .collect();
        properties.sort_unstable();
        properties.dedup();
        Some(LabelSchema {
            label: label.to_owned(),
            category: category.to_owned(),
            count,
            properties,
        })
    }
}
