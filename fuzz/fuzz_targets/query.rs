//! Any text as a query: it is answered or refused with a place inside it, within its limits.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use picket_graph::{Limits, Params, Snapshot, SnapshotBuilder};
use picket_model::{Asset, AssetKind, Provider, Relation, RelationKind};
use serde_json::json;

static GRAPH: LazyLock<Snapshot> = LazyLock::new(|| {
    let kinds = [AssetKind::Model, AssetKind::Agent, AssetKind::Tool, AssetKind::ObjectStore];
    let assets: Vec<Asset> = (0..40)
        .map(|n| {
            Asset::new(n.to_string(), kinds[n % 4], format!("n{n}"), Provider::Code, "e")
                .with("n", n)
        })
        .collect();
    let relations: Vec<Relation> = (0..80)
        .map(|n| {
            let kind = RelationKind::ALL[n % RelationKind::ALL.len()];
            Relation::new((n % 40).to_string(), kind, (n * 7 % 40).to_string())
        })
        .collect();
    Snapshot::build(&assets, &relations)
});

/// A graph that is no estate: several labels a node, any value as a property, loops and parallel relations.
static OTHER: LazyLock<Snapshot> = LazyLock::new(|| {
    let mut builder = SnapshotBuilder::new();
    let values = [
        json!(1),
        json!(-0.5),
        json!("a"),
        json!([1, null, "b"]),
        json!({"k": [true]}),
        json!(null),
    ];
    let nodes: Vec<u32> = values
        .iter()
        .enumerate()
        .map(|(n, value)| {
            builder.node(&["A", "B", "C"][n % 3..], [("n", json!(n)), ("v", value.clone())])
        })
        .collect();
    for n in 0..12 {
        builder.relation(
            nodes[n % 6],
            ["R", "S"][n % 2],
            nodes[n * 5 % 6],
            [("v", values[n % 6].clone())],
        );
    }
    builder.finish()
});

fuzz_target!(|text: &str| {
    let limits = Limits {
        rows: 100,
        time: Duration::from_millis(500),
        memory_bytes: 16 << 20,
        ..Limits::default()
    };
    let params = Params::from_iter([("name".to_owned(), "n1".into())]);
    for graph in [&*GRAPH, &*OTHER] {
        let explained = graph.explain(text, &params);
        match graph.query(text, &params, &limits) {
            Ok(result) => assert!(result.rows.len() <= 100 && explained.is_ok()),
            Err(error) => {
                // What is wrong in the text is known before anything runs, and has a place.
                assert_eq!(error.position().is_some(), explained.is_err(), "{error}");
                if let Some((line, _)) = error.position() {
                    assert!(line as usize <= text.matches('\n').count() + 1, "{error}");
                }
            }
        }
    }
});
