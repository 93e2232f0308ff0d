use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Properties;

/// A node as query results show it; `_kind` is `node`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "_kind", rename = "node")]
pub struct GraphNode {
    /// Asset id.
    pub id: String,
    /// Kind and category.
    pub labels: Vec<String>,
    /// `name`, `provider`, `environment`, `region`, `native_type` and every top-level property.
    #[schema(value_type = Object)]
    pub properties: Properties,
}

/// A relation as query results show it; `_kind` is `relation`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "_kind", rename = "relation")]
pub struct GraphRelation {
    /// Relation kind.
    #[serde(rename = "type")]
    pub relation_type: String,
    /// Where it starts.
    pub source: String,
    /// Where it ends.
    pub target: String,
    /// Its properties.
    #[schema(value_type = Object)]
    pub properties: Properties,
}

/// A path as query results show it; `_kind` is `path`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "_kind", rename = "path")]
pub struct GraphPath {
    /// Nodes in order.
    pub nodes: Vec<GraphNode>,
    /// Relations between them.
    pub relations: Vec<GraphRelation>,
}

/// What a query took and whether it was cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueryStats {
    /// Rows returned.
    pub rows: usize,
    /// Time, microseconds.
    pub elapsed_us: u64,
    /// Whether a limit cut the result.
    pub truncated: bool,
}

/// The answer to a query: rows of JSON values, with [`GraphNode`], [`GraphRelation`] and [`GraphPath`] among them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QueryResult {
    /// Column names.
    pub columns: Vec<String>,
    /// One array a row.
    #[schema(value_type = Vec<Vec<Object>>)]
    pub rows: Vec<Vec<serde_json::Value>>,
    /// What it took.
    pub stats: QueryStats,
}
