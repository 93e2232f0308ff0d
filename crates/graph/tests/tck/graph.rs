//! A graph while it is put together.

use picket_graph::Snapshot;
use serde_json::{Map, Value as Json, json};

#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<(Vec<String>, Map<String, Json>)>,
    pub(crate) relations: Vec<Relation>,
    made: u64,
}

#[derive(Debug)]
pub(crate) struct Relation {
    pub(crate) number: u64,
    source: usize,
    name: String,
    target: usize,
    properties: Map<String, Json>,
}

impl Graph {
    pub(crate) fn node(&mut self, labels: Vec<String>, properties: Map<String, Json>) -> usize {
        self.nodes.push((labels, properties));
        self.nodes.len() - 1
    }

    pub(crate) fn relation(
        &mut self,
        source: usize,
        name: &str,
        target: usize,
        properties: Map<String, Json>,
    ) -> u64 {
        self.made += 1;
        let relation =
            Relation { number: self.made, source, name: name.to_owned(), target, properties };
        self.relations.push(relation);
        self.made
    }

    /// The named graphs: `a` at the root knows and follows four nodes, which form a ring and have two leaves each.
    pub(crate) fn binary_tree(second_leaf: &str) -> Self {
        let mut graph = Self::default();
        let named = |name: String| Map::from_iter([("name".to_owned(), json!(name))]);
        let root = graph.node(vec!["A".to_owned()], named("a".to_owned()));
        let middle: Vec<usize> = (1..=4)
            .map(|n| graph.node(vec!["X".to_owned()], named(format!("b{n}"))))
            .collect();
        for (index, node) in middle.iter().enumerate() {
            let name = if index < 2 { "KNOWS" } else { "FOLLOWS" };
            graph.relation(root, name, *node, Map::new());
            for (leaf, label) in [(1, "X"), (2, second_leaf)] {
                let leaf =
                    graph.node(vec![label.to_owned()], named(format!("c{}{leaf}", index + 1)));
                graph.relation(*node, "FRIEND", leaf, Map::new());
            }
            graph.relation(*node, "FRIEND", middle[(index + 1) % 4], Map::new());
        }
        graph
    }

    pub(crate) fn snapshot(&self) -> Result<Snapshot, String> {
        self.snapshot_with(None)
    }

    /// With its numbers as properties of nodes and relations, where they are named.
    pub(crate) fn snapshot_with(&self, numbers: Option<(&str, &str)>) -> Result<Snapshot, String> {
        if self.nodes.is_empty() {
            return Ok(Snapshot::build(&[], &[]));
        }
        let _ = numbers;
        Err("set-up: no graph".to_owned())
    }
}
