//! What several threads count, group and collect is what one thread does, in the same order.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use picket_graph::{Limits, Params, Snapshot, SnapshotBuilder};
use serde_json::{Value, json};

/// Enough nodes to start at for threads to be worth it.
const NODES: u32 = 6_000;
const NOTHING: [(&str, Value); 0] = [];

fn graph() -> Snapshot {
    let mut builder = SnapshotBuilder::new();
    for number in 0..NODES {
        let properties =
            [("k", json!(number)), ("g", json!(number * 7 % 13)), ("on", json!(number % 3 == 0))];
        builder.node(&[if number % 4 == 3 { "End" } else { "Start" }], properties);
    }
    for number in 0..NODES {
        for (kind, step) in [("R", 1), ("R", 5), ("S", 11)] {
            builder.relation(number, kind, (number * step + step) % NODES, NOTHING);
        }
    }
    builder.finish()
}

fn many() -> Limits {
    Limits { rows: 10_000_000, memory_bytes: 1 << 30, time: Duration::from_secs(120), cancel: None }
}

fn rows(graph: &Snapshot, query: &str) -> Vec<Vec<Value>> {
    graph.query(query, &Params::new(), &many()).unwrap().rows
}

#[test]
fn groups_are_those_of_the_rows_in_their_order() {
    let graph = graph();
    for pattern in [
        "MATCH (a:Start)-[:R]->(b)",
        "MATCH (a:Start {on: true})-[:R|S*1..3]->(b:End)",
        "MATCH (a:Start)-[:R]->(b) MATCH (b)-[:S]->(c:End)",
        "WITH 1 AS one MATCH (a:Start)-[:S]->(b:Start) WHERE a.g > b.g",
    ] {
        let mut expected: Vec<(Value, Vec<Value>)> = Vec::new();
        // Rows that are not grouped come from one thread.
        for row in rows(&graph, &format!("{pattern} RETURN b.g, a.k")) {
            match expected.iter_mut().find(|(group, _)| *group == row[0]) {
                Some((_, members)) => members.push(row[1].clone()),
                None => expected.push((row[0].clone(), vec![row[1].clone()])),
            }
        }
        let expected: Vec<Vec<Value>> = expected
            .into_iter()
            .map(|(group, members)| {
                let numbers = || members.iter().filter_map(Value::as_u64);
                let mut distinct: Vec<Value> = Vec::new();
                members.iter().for_each(|one| {
                    if !distinct.contains(one) {
                        distinct.push(one.clone());
                    }
                });
                let (least, most) = (numbers().min(), numbers().max());
                let counts = [json!(members.len()), json!(distinct.len())];
                [group]
                    .into_iter()
                    .chain(counts)
                    .chain([json!(least), json!(most), json!(members), json!(distinct)])
                    .collect()
            })
            .collect();
        let grouped = "RETURN b.g, count(*), count(DISTINCT a.k), min(a.k), max(a.k), collect(a.k), collect(DISTINCT a.k)";
        assert_eq!(rows(&graph, &format!("{pattern} {grouped}")), expected, "{pattern}");
    }
}

#[test]
fn pairs_that_walks_reach_are_counted_once() {
    let graph = graph();
    let pattern = "MATCH (a:Start)-[:R|S*1..4]->(b:End)";
    let pairs = rows(&graph, &format!("{pattern} RETURN DISTINCT a.k, b.k")).len();
    let counted = rows(&graph, &format!("{pattern} WITH DISTINCT a, b RETURN count(*)"));
    assert_eq!(counted, [[json!(pairs)]]);
    assert!(pairs > 10_000, "{pairs}");
}

#[test]
fn limits_hold_for_all_threads_together() {
    let graph = graph();
    let stopped = |limits: &Limits| {
        let query = "MATCH (a:Start)-[:R|S*1..6]->(b) RETURN count(DISTINCT [a, b]) AS n";
        graph.query(query, &Params::new(), limits).unwrap_err().to_string()
    };
    let error = stopped(&Limits { memory_bytes: 1 << 20, ..many() });
    assert!(error.contains("1048576 bytes of memory"), "{error}");
    let error = stopped(&Limits { time: Duration::from_millis(1), ..many() });
    assert!(error.contains("longer than 1ms"), "{error}");
    let error = stopped(&Limits { cancel: Some(Arc::new(AtomicBool::new(true))), ..many() });
    assert!(error.contains("cancelled"), "{error}");
}

#[test]
fn what_is_random_is_the_same_every_time() {
    let graph = graph();
    let ask =
        || rows(&graph, "MATCH (a:Start)-[:R]->(b) WHERE rand() < 0.5 RETURN count(*), max(a.k)");
    assert_eq!(ask(), ask());
}
