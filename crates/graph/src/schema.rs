use picket_model::{AssetKind, Category, RelationKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Snapshot,
    layout::{KINDS, kinds_of_label, members},
};

/// What can be asked for: the labels and relation types that are there, with their properties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Schema {
    /// Categories, then kinds; those with at least one node.
    pub labels: Vec<LabelSchema>,
    /// Relation types with at least one relation.
    pub relations: Vec<RelationSchema>,
}

/// One label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LabelSchema {
    /// The label: an asset kind or a category.
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
        let categories = Category::ALL.iter().map(|category| (category.as_str(), *category));
        let kinds = AssetKind::ALL
            .iter()
            .map(|kind| (kind.as_str(), kind.category()))
            .filter(|(kind, category)| *kind != category.as_str());
        let labels = categories
            .chain(kinds)
            .filter_map(|(label, category)| self.label_schema(label, category))
            .collect();
        let mut relations: Vec<RelationSchema> = Vec::new();
        for connection in self.relations.connections() {
            let kind = RelationKind::ALL[connection.relation].as_str();
            if relations.last().is_none_or(|last| last.relation_type != kind) {
                relations.push(RelationSchema {
                    relation_type: kind.to_owned(),
                    count: 0,
                    connections: Vec::new(),
                });
            }
            if let Some(last) = relations.last_mut() {
                last.count += connection.count as usize;
                last.connections.push(ConnectionSchema {
                    source: AssetKind::ALL[connection.source].as_str().to_owned(),
                    target: AssetKind::ALL[connection.target].as_str().to_owned(),
                    count: connection.count as usize,
                });
            }
        }
        Schema { labels, relations }
    }

    fn label_schema(&self, label: &str, category: Category) -> Option<LabelSchema> {
        let mask = kinds_of_label(label)?;
        let count = self.layout.count(mask);
        if count == 0 {
            return None;
        }
        let mut properties: Vec<String> = members(mask)
            .filter(|kind| *kind < KINDS)
            .flat_map(|kind| self.columns.of_kind(kind).map(|(_, name)| name.to_string()))
            .chain(["id".to_owned(), "kind".to_owned()])
            .collect();
        properties.sort_unstable();
        properties.dedup();
        Some(LabelSchema {
            label: label.to_owned(),
            category: category.as_str().to_owned(),
            count,
            properties,
        })
    }
}
