//! Whatever is written as a query, the answer is rows or an error, never a panic.

use std::time::Duration;

use picket_graph::{Limits, Params, Snapshot};
use picket_model::{Asset, AssetKind as K, Provider, Relation, RelationKind as R};
use proptest::prelude::*;

/// Pieces that make queries, and pieces that break them.
const PIECES: &[&str] = &[
    "MATCH ",
    "OPTIONAL MATCH ",
    "WHERE ",
    "RETURN ",
    "WITH ",
    "UNWIND ",
    "AS ",
    "DISTINCT ",
    "ORDER BY ",
    "LIMIT ",
    "SKIP ",
    "UNION ",
    "EXISTS { ",
    "} ",
    "(a)",
    "(a:Agent)",
    "(b {x: 1})",
    "(",
    ")",
    "-[:USES]->",
    "-[r*1..3]->",
    "<-[r]-",
    "--",
    "-[*0..2]-",
    "p = ",
    "shortestPath(",
    "a",
    "b",
    "r",
    "p",
    "a.name ",
    "= ",
    "<> ",
    "< ",
    "IN ",
    "NOT ",
    "AND ",
    "OR ",
    "XOR ",
    "IS NULL ",
    "=~ ",
    "'x' ",
    "'(' ",
    "1 ",
    "-9223372036854775807 ",
    "0.5 ",
    "null ",
    "true ",
    "[1, null] ",
    "[x IN ",
    "| ",
    "] ",
    "{k: 1} ",
    "count(*) ",
    "collect(a) ",
    "sum(",
    "size(",
    "labels(a) ",
    "nodes(p) ",
    "CASE WHEN ",
    "THEN ",
    "ELSE ",
    "END ",
    "any(x IN ",
    "+ ",
    "* ",
    "/ 0 ",
    "% ",
    "^ ",
    ", ",
    "$p ",
    ".",
    "..",
    "[",
    "é",
    "\u{0}",
    "`",
    "// ",
    "/*",
    "\\",
    "STARTS WITH ",
    "substring('héllo', 1, 2) ",
    "range(1, 5) ",
    "* ",
];

fn graph() -> Snapshot {
    let assets = [
        Asset::new("a", K::Agent, "a", Provider::Aws, "e").with("x", 1),
        Asset::new("b", K::Tool, "b", Provider::Aws, "e"),
    ];
    let relations = [
        Relation::new("a", R::Uses, "b"),
        Relation::new("b", R::Uses, "a"),
        Relation::new("a", R::Uses, "a"),
    ];
    Snapshot::build(&assets, &relations)
}

fn ask(text: &str) {
    let limits =
        Limits { rows: 100, time: Duration::from_secs(5), memory_bytes: 1 << 24, cancel: None };
    let mut params = Params::new();
    params.insert("p".to_owned(), 1.into());
    let graph = graph();
    let result = graph.query(text, &params, &limits);
    assert_eq!(
        graph.explain(text, &params).is_ok(),
        !matches!(result, Err(picket_graph::QueryError::Invalid { .. }))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in ".{0,200}") {
        ask(&text);
    }

    #[test]
    fn any_pieces_are_answered(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        ask(&pieces.concat());
    }

    #[test]
    fn any_expression_is_answered(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..20)) {
        ask(&format!("MATCH p = (a)-[r]->(b) WHERE a.x = 1 RETURN {}", pieces.concat()));
    }
}
