//! Ways through the graph that need no query.

use std::collections::VecDeque;

use picket_model::{AssetId, GraphNode, GraphRelation, RelationKind};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Snapshot, ast::Direction, bits::Bits};

/// A part of the graph around an asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Subgraph {
    /// Nodes, nearest first.
    pub nodes: Vec<GraphNode>,
    /// Every relation between those nodes.
    pub relations: Vec<GraphRelation>,
    /// Whether there are more nodes within the depth.
    pub truncated: bool,
}

impl Snapshot {
    /// What lies around an asset, up to `depth` relations away in either direction and at most `max_nodes` nodes.
    #[must_use]
    pub fn neighbourhood(&self, id: &AssetId, depth: u32, max_nodes: usize) -> Option<Subgraph> {
        let start = self.find(id.as_str())?;
        let any = self.relations.any_type();
        let (reached, truncated) =
            self.breadth_first(start, &any, Direction::Both, depth, max_nodes.max(1));
        let inside: FxHashSet<u32> = reached.iter().map(|(node, _)| *node).collect();
        let relations = reached
            .iter()
            .flat_map(|(node, _)| self.relations.at(&self.layout, *node, &any, Direction::Out))
            .filter(|(_, target)| inside.contains(target))
            .map(|(relation, _)| self.graph_relation(relation))
            .collect();
        let nodes = reached.into_iter().map(|(node, _)| self.graph_node(node)).collect();
        Some(Subgraph { nodes, relations, truncated })
    }

    /// What can be reached from an asset along relations of these kinds, with the number of steps; nearest first,
    /// without the asset itself. Nothing where the asset is not there.
    #[must_use]
    pub fn reachable(
        &self,
        id: &AssetId,
        kinds: &[RelationKind],
        max_depth: u32,
        max_nodes: usize,
    ) -> Vec<(AssetId, u32)> {
        let Some(start) = self.find(id.as_str()) else { return Vec::new() };
        let mut types = self.relations.no_type();
        let known = kinds.iter().filter_map(|kind| self.relations.type_by_name(kind.as_str()));
        known.for_each(|kind| types.insert(kind));
        let (reached, _) = self.breadth_first(
            start,
            &types,
            Direction::Out,
            max_depth,
            max_nodes.saturating_add(1),
        );
        let others = reached.into_iter().skip(1);
        others.map(|(node, depth)| (AssetId::new(self.id(node)), depth)).collect()
    }

    /// Nodes with their distance, the start first; and whether `max_nodes` cut it.
    fn breadth_first(
        &self,
        start: u32,
        types: &Bits,
        direction: Direction,
        max_depth: u32,
        max_nodes: usize,
    ) -> (Vec<(u32, u32)>, bool) {
        let mut seen = FxHashSet::from_iter([start]);
        let mut reached = vec![(start, 0)];
        let mut queue = VecDeque::from([(start, 0)]);
        while let Some((node, depth)) = queue.pop_front() {
            if depth == max_depth {
                continue;
            }
            for (_, next) in self.relations.at(&self.layout, node, types, direction) {
                if seen.contains(&next) {
                    continue;
                }
                if reached.len() >= max_nodes {
                    return (reached, true);
                }
                seen.insert(next);
                reached.push((next, depth + 1));
                queue.push_back((next, depth + 1));
            }
        }
        (reached, false)
    }
}
