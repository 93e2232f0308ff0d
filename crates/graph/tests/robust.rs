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

/// Enough for any honest query here, and little enough to notice one that is not.
fn short() -> Limits {
    Limits { time: Duration::from_millis(300), memory_bytes: 1 << 24, ..Limits::default() }
}

/// The error of a query that must have one.
#[track_caller]
fn refused(graph: &Snapshot, text: &str) -> String {
    match graph.query(text, &Params::new(), &short()) {
        Ok(result) => format!("{} rows", result.rows.len()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn nesting_is_bounded_however_it_is_written() {
    let graph = graph();
    let repeated = |open: &str, close: &str| {
        format!("RETURN {}1{}", open.repeat(10_000), close.repeat(10_000))
    };
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{a: ", "}"),
        ("-", ""),
        ("NOT ", ""),
        ("abs(", ")"),
        ("[x IN ", "]"),
        ("CASE WHEN true THEN ", " END"),
        ("any(x IN [1] WHERE ", ")"),
        ("[(a)-->() | ", "]"),
    ] {
        let error = refused(&graph, &repeated(open, close));
        assert!(error.contains("deeper than") || error.contains("query is longer than"), "{open}");
    }
    let matches = "EXISTS { MATCH (a) MATCH (b) WHERE ".repeat(500);
    assert!(refused(&graph, &format!("MATCH (a) WHERE {matches}")).contains("deeper than"));
    let tail = format!("RETURN 1{}", "[0]".repeat(10_000));
    assert!(refused(&graph, &tail).contains("deeper than"));
}

#[test]
fn texts_patterns_and_lists_are_bounded() {
    let graph = graph();
    assert!(refused(&graph, &format!("RETURN '{}'", "x".repeat(1 << 20))).contains("longer than"));
    let hops = format!("MATCH (a){} RETURN a", "--()".repeat(10_000));
    assert!(refused(&graph, &hops).contains("more than"));
    let nodes = format!("MATCH (a){} RETURN a", ", ()".repeat(10_000));
    assert!(refused(&graph, &nodes).contains("more than"));
    assert!(refused(&graph, "RETURN size(range(0, 1000000000000))").contains("a range has more"));
    assert!(refused(&graph, "UNWIND range(0, 1000000000000) AS n RETURN n").contains("a range"));
    let product = "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b RETURN count(*)";
    assert!(refused(&graph, product).contains("longer than"));
    let kept = "UNWIND range(1, 1000000) AS a RETURN collect('some text or other')";
    let small = Limits { time: Duration::from_secs(60), memory_bytes: 1 << 20, ..short() };
    let error = graph.query(kept, &Params::new(), &small).unwrap_err().to_string();
    assert!(error.contains("bytes of memory"), "{error}");
    assert!(
        refused(&graph, "RETURN 1 LIMIT size([x IN range(1, 1000000) WHERE any(y IN range(1, 1000000) WHERE y = x)])")
            .contains("LIMIT takes a constant")
    );
}

/// Everybody knows everybody: about 10¹² paths of six relations.
#[test]
fn planning_ends_with_the_time_for_the_query() {
    let walks = "-[*1..10]->()".repeat(60);
    // The mistake stands behind what takes long to plan.
    let text = format!("MATCH (){walks} RETURN count(*) AS n UNION MATCH (m:Nope) RETURN m.x AS n");
    let none = Limits { time: Duration::ZERO, ..Limits::default() };
    let stopped = graph().query(&text, &Params::new(), &none).unwrap_err();
    assert!(stopped.to_string().contains("took longer"), "{stopped}");
    assert!(refused(&graph(), &text).contains("`Nope`"));
}

#[test]
fn paths_beyond_counting_are_given_up() {
    let mut builder = picket_graph::SnapshotBuilder::new();
    let people: Vec<u32> = (0..101).map(|n| builder.node(&["P"], [("n", n.into())])).collect();
    for from in &people {
        for to in people.iter().filter(|to| *to != from) {
            builder.relation(*from, "KNOWS", *to, [("weight", 1.into())]);
        }
    }
    let graph = builder.finish();
    for query in [
        "MATCH p = (:P)-[:KNOWS*6]->(:P) RETURN count(p)",
        "MATCH (a)-->(b)-->(c)-->(d)-->(e)-->(f)-->(g) RETURN count(*)",
        "MATCH p = ({n: 0})-[*]->({n: 100}) RETURN count(p)",
        "MATCH (a) RETURN size([(a)-[*6]->(b) | b])",
    ] {
        let error = refused(&graph, query);
        assert!(error.contains("longer than") || error.contains("bytes of memory"), "{error}");
    }
    // Which of them there are needs no counting.
    for query in [
        "MATCH ({n: 0})-[:KNOWS*1..6]->(b) RETURN DISTINCT b",
        "MATCH (a {n: 0}) WHERE EXISTS { (a)-[*6]->({n: 100}) } RETURN a",
        "MATCH p = shortestPath(({n: 0})-[*]->({n: 100})) RETURN p",
    ] {
        assert!(graph.query(query, &Params::new(), &short()).is_ok(), "{query}");
    }
}

/// A trail as long as the graph neither overflows the stack nor takes for ever.
#[test]
fn long_ways_are_walked() {
    let mut builder = picket_graph::SnapshotBuilder::new();
    let nodes: Vec<u32> = (0..5_000).map(|n| builder.node(&["N"], [("n", n.into())])).collect();
    for pair in nodes.windows(2) {
        builder.relation(pair[0], "NEXT", pair[1], [("a", 1.into())]);
    }
    let graph = builder.finish();
    for query in [
        "MATCH p = ({n: 0})-[*]->({n: 4999}) RETURN length(p)",
        "MATCH p = shortestPath(({n: 0})-[*]->({n: 4999})) RETURN length(p)",
        "MATCH p = allShortestPaths(({n: 0})-[*]-({n: 4999})) RETURN length(p)",
    ] {
        let result = graph.query(query, &Params::new(), &Limits::default()).unwrap();
        assert_eq!(result.rows, [[4999]], "{query}");
    }
}
