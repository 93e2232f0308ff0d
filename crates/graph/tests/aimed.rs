//! On a graph that is large enough for walks to find out where they are going, they find what trying everything finds.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::collections::BTreeSet;

use picket_graph::{Limits, Params, Snapshot, SnapshotBuilder};
use serde_json::{Value, json};

const NODES: u32 = 240;
const TYPES: [&str; 3] = ["T", "U", "V"];

/// Source, type and target of each relation; every fourth node is an `End`, and one in five of these is a hit.
struct Graph {
    relations: Vec<(u32, usize, u32)>,
    snapshot: Snapshot,
}

const fn is_end(node: u32) -> bool {
    node % 4 == 3
}

const fn is_hit(node: u32) -> bool {
    is_end(node) && node % 20 == 3
}

fn graph(seed: u64) -> Graph {
    let mut state = seed;
    let mut random = |below: u32| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % u64::from(below)) as u32
    };
    let mut builder = SnapshotBuilder::new();
    let nodes: Vec<u32> = (0..NODES)
        .map(|node| {
            let label = if is_end(node) { "End" } else { "Start" };
            builder.node(&[label], [("number", json!(node)), ("hit", json!(is_hit(node)))])
        })
        .collect();
    let mut relations = Vec::new();
    for _ in 0..NODES * 5 / 2 {
        let (source, kind, target) = (random(NODES), random(3) as usize, random(NODES));
        let nothing: [(&str, Value); 0] = [];
        builder.relation(nodes[source as usize], TYPES[kind], nodes[target as usize], nothing);
        relations.push((source, kind, target));
    }
    Graph { relations, snapshot: builder.finish() }
}

impl Graph {
    /// Start and end of every trail of 1 to `max` relations of the first two types from a start to a hit.
    fn trails(&self, max: usize, both: bool) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        for start in (0..NODES).filter(|node| !is_end(*node)) {
            self.walk(start, start, max, both, &mut Vec::new(), &mut found);
        }
        found
    }

    fn walk(
        &self,
        start: u32,
        at: u32,
        left: usize,
        both: bool,
        used: &mut Vec<usize>,
        found: &mut Vec<(u32, u32)>,
    ) {
        if left == 0 {
            return;
        }
        for (index, (source, kind, target)) in self.relations.iter().enumerate() {
            let next = if *source == at {
                *target
            } else if both && *target == at {
                *source
            } else {
                continue;
            };
            if *kind > 1 || used.contains(&index) {
                continue;
            }
            used.push(index);
            if is_hit(next) {
                found.push((start, next));
            }
            self.walk(start, next, left - 1, both, used, found);
            used.pop();
        }
    }

    fn count(&self, query: &str) -> u64 {
        let result = self.snapshot.query(query, &Params::new(), &Limits::default()).unwrap();
        result.rows[0][0].as_u64().unwrap()
    }
}

#[test]
fn aimed_walks_find_what_brute_force_finds() {
    for seed in 1..4 {
        let graph = graph(seed);
        let trails = graph.trails(4, false);
        let pairs: BTreeSet<(u32, u32)> = trails.iter().copied().collect();
        let starts: BTreeSet<u32> = pairs.iter().map(|(start, _)| *start).collect();
        let number = |count: usize| count as u64;
        for pattern in [
            "(s:Start)-[:T|U*1..4]->(e:End {hit: true})",
            "(e:End {hit: true})<-[:T|U*1..4]-(s:Start)",
        ] {
            let ask = |rest: &str| graph.count(&format!("MATCH {pattern} {rest}"));
            assert_eq!(ask("RETURN count(*)"), number(trails.len()), "{pattern}");
            assert_eq!(ask("WITH DISTINCT s, e RETURN count(*)"), number(pairs.len()), "{pattern}");
            assert_eq!(ask("RETURN count(DISTINCT s)"), number(starts.len()), "{pattern}");
            assert_eq!(ask("WITH DISTINCT e, s.number AS n RETURN count(*)"), number(pairs.len()));
        }
        let exists =
            "MATCH (s:Start) WHERE EXISTS { (s)-[:T|U*1..4]->(:End {hit: true}) } RETURN count(*)";
        assert_eq!(graph.count(exists), number(starts.len()));
        let from_each =
            "MATCH (s:Start) MATCH (s)-[:T|U*1..4]->(e:End {hit: true}) RETURN count(*)";
        assert_eq!(graph.count(from_each), number(trails.len()));
        let either = graph.trails(3, true).len();
        let either_way = "MATCH (s:Start)-[:T|U*1..3]-(e:End {hit: true}) RETURN count(*)";
        assert_eq!(graph.count(either_way), number(either));
        let shortest =
            "MATCH p = shortestPath((s:Start)-[:T|U*1..4]->(e:End {hit: true})) RETURN count(p)";
        assert_eq!(graph.count(shortest), number(pairs.len()));
    }
}
