//! Any text as a query: it is answered or refused with a place inside it, within its limits.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use picket_graph::{Limits, Params, Snapshot};
use picket_model::{Asset, AssetKind, Provider, Relation, RelationKind};

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

fuzz_target!(|text: &str| {
    let limits = Limits {
        rows: 100,
        time: Duration::from_millis(500),
        memory_bytes: 16 << 20,
        ..Limits::default()
    };
    let params = Params::from_iter([("name".to_owned(), "n1".into())]);
    match GRAPH.query(text, &params, &limits) {
        Ok(result) => assert!(result.rows.len() <= 100),
        Err(error) => {
            if let Some((line, _)) = error.position() {
                assert!(line as usize <= text.matches('\n').count() + 1, "{error}");
            }
        }
    }
    let _ = GRAPH.explain(text, &params);
});
