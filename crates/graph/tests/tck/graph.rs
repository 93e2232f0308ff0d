//! A graph while it is put together.

use picket_graph::{Snapshot, SnapshotBuilder};
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
        let middle: Vec<usize> =
            (1..=4).map(|n| graph.node(vec!["X".to_owned()], named(format!("b{n}")))).collect();
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

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.snapshot_with(None)
    }

    /// With its numbers as properties of nodes and relations, where they are named.
    pub(crate) fn snapshot_with(&self, numbers: Option<(&str, &str)>) -> Snapshot {
        let mut builder = SnapshotBuilder::new();
        let mut added = Vec::new();
        for (number, (labels, properties)) in self.nodes.iter().enumerate() {
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            let own = numbers.map(|(name, _)| (name.to_owned(), json!(number)));
            added.push(builder.node(&labels, properties.clone().into_iter().chain(own)));
        }
        for relation in &self.relations {
            let own = numbers.map(|(_, name)| (name.to_owned(), json!(relation.number)));
            let properties = relation.properties.clone().into_iter().chain(own);
            let (source, target) = (added[relation.source], added[relation.target]);
            builder.relation(source, &relation.name, target, properties);
        }
        builder.finish()
    }
}
