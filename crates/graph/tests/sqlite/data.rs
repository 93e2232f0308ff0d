//! The same small graph for both engines.

use picket_graph::{Snapshot, SnapshotBuilder};
use serde_json::{Value as Json, json};

use crate::random::Random;

/// Tables and, by direction, relations as they are walked: a relation from a node to itself has one way only.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE node (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, n INTEGER, s TEXT);
    CREATE TABLE edge (id INTEGER PRIMARY KEY, f INTEGER, t INTEGER, type TEXT, w INTEGER);
    CREATE VIEW hop_out AS SELECT id, f, t, type, w FROM edge;
    CREATE VIEW hop_in AS SELECT id, t AS f, f AS t, type, w FROM edge;
    CREATE VIEW hop_both AS SELECT * FROM hop_out UNION ALL SELECT * FROM hop_in WHERE f <> t;
";

#[derive(Debug)]
struct Node {
    labels: Vec<&'static str>,
    n: Option<usize>,
    s: Option<&'static str>,
}

#[derive(Debug)]
pub(crate) struct Data {
    nodes: Vec<Node>,
    /// From, to, type, weight.
    edges: Vec<(usize, usize, &'static str, Option<usize>)>,
}

impl Data {
    pub(crate) fn new(random: &mut Random) -> Self {
        let labels: [&[&str]; 4] = [&[], &["A"], &["B"], &["A", "B"]];
        let count = 2 + random.below(6);
        let number = |random: &mut Random| (!random.one_in(4)).then(|| random.below(4));
        let nodes = (0..count)
            .map(|_| Node {
                labels: random.pick(&labels).to_vec(),
                n: number(random),
                s: (!random.one_in(4)).then(|| *random.pick(&["x", "xy", "yx", "z"])),
            })
            .collect();
        let edges = (0..3 + random.below(10))
            .map(|_| {
                let ends = (random.below(count), random.below(count));
                (ends.0, ends.1, *random.pick(&["R", "S"]), number(random))
            })
            .collect();
        Self { nodes, edges }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut builder = SnapshotBuilder::new();
        let mut numbers = Vec::new();
        for (id, node) in self.nodes.iter().enumerate() {
            let properties = [("id", json!(id)), ("n", json!(node.n)), ("s", json!(node.s))];
            numbers.push(builder.node(&node.labels, properties));
        }
        for (from, to, name, weight) in &self.edges {
            builder.relation(numbers[*from], name, numbers[*to], [("w", json!(weight))]);
        }
        builder.finish()
    }

    pub(crate) fn sql(&self) -> String {
        let text = |value: Json| value.to_string().replace('"', "'");
        let mut sql = String::from("DELETE FROM node; DELETE FROM edge;");
        for (id, node) in self.nodes.iter().enumerate() {
            let has = |label| u8::from(node.labels.contains(&label));
            let (n, s) = (text(json!(node.n)), text(json!(node.s)));
            sql +=
                &format!("INSERT INTO node VALUES ({id}, {}, {}, {n}, {s});", has("A"), has("B"));
        }
        for (id, (from, to, name, weight)) in self.edges.iter().enumerate() {
            let weight = text(json!(weight));
            sql += &format!("INSERT INTO edge VALUES ({id}, {from}, {to}, '{name}', {weight});");
        }
        sql
    }
}
