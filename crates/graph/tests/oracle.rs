//! Whatever order the planner chooses, the matches are those that trying everything finds.

use picket_graph::{Limits, Params, Snapshot};
use picket_model::{Asset, AssetKind as K, Provider, Relation, RelationKind as R};
use proptest::prelude::*;

const KINDS: [K; 2] = [K::Agent, K::Tool];
const RELATIONS: [R; 2] = [R::Uses, R::Calls];

/// Kind of each node; source, kind and target of each relation.
#[derive(Debug, Clone)]
struct Graph {
    nodes: Vec<usize>,
    relations: Vec<(usize, usize, usize)>,
}

/// One relation of a chain.
#[derive(Debug, Clone)]
struct Hop {
    kind: Option<usize>,
    /// 0 out, 1 in, 2 either.
    direction: usize,
    length: Option<(usize, usize)>,
    label: Option<usize>,
}

fn graphs() -> impl Strategy<Value = Graph> {
    (1_usize..6).prop_flat_map(|count| {
        let nodes = prop::collection::vec(0..2_usize, count);
        let relations = prop::collection::vec((0..count, 0..2_usize, 0..count), 0..8);
        (nodes, relations).prop_map(|(nodes, relations)| Graph { nodes, relations })
    })
}

fn hops() -> impl Strategy<Value = Vec<Hop>> {
    let length =
        prop::option::of((0_usize..2, 0_usize..3).prop_map(|(min, more)| (min, min + more)));
    let label = prop::option::of(0..2_usize);
    let hop = (prop::option::of(0..2_usize), 0..3_usize, length, label);
    let hop =
        hop.prop_map(|(kind, direction, length, label)| Hop { kind, direction, length, label });
    prop::collection::vec(hop, 1..4)
}

fn snapshot(graph: &Graph) -> Snapshot {
    let id = |node: usize| format!("n{node}");
    let assets: Vec<Asset> = (0..)
        .zip(&graph.nodes)
        .map(|(node, kind)| Asset::new(id(node), KINDS[*kind], id(node), Provider::Code, "e"))
        .collect();
    let relations: Vec<Relation> = graph
        .relations
        .iter()
        .map(|(source, kind, target)| Relation::new(id(*source), RELATIONS[*kind], id(*target)))
        .collect();
    Snapshot::build(&assets, &relations)
}

fn text(label: Option<usize>, hops: &[Hop]) -> String {
    let labelled =
        |label: Option<usize>| label.map_or(String::new(), |kind| format!(":{}", KINDS[kind]));
    let mut text = format!("(n0{})", labelled(label));
    for (index, hop) in hops.iter().enumerate() {
        let kind = hop.kind.map_or(String::new(), |kind| format!(":{}", RELATIONS[kind]));
        let length = hop.length.map_or(String::new(), |(min, max)| format!("*{min}..{max}"));
        let (left, right) = [("-", "->"), ("<-", "-"), ("-", "-")][hop.direction];
        text += &format!("{left}[{kind}{length}]{right}(n{}{})", index + 1, labelled(hop.label));
    }
    text
}

/// First and last node of every way to walk the hops without taking a relation twice.
fn matches(graph: &Graph, label: Option<usize>, hops: &[Hop]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for start in 0..graph.nodes.len() {
        if label.is_none_or(|label| graph.nodes[start] == label) {
            walk(graph, hops, start, 0, &mut Vec::new(), &mut |end| found.push((start, end)));
        }
    }
    found.sort_unstable();
    found
}

fn walk(
    graph: &Graph,
    hops: &[Hop],
    at: usize,
    taken: usize,
    used: &mut Vec<usize>,
    found: &mut dyn FnMut(usize),
) {
    let Some((hop, rest)) = hops.split_first() else { return found(at) };
    let (min, max) = hop.length.unwrap_or((1, 1));
    if taken >= min && hop.label.is_none_or(|label| graph.nodes[at] == label) {
        walk(graph, rest, at, 0, used, found);
    }
    if taken == max {
        return;
    }
    for (index, (source, kind, target)) in graph.relations.iter().enumerate() {
        if used.contains(&index) || hop.kind.is_some_and(|wanted| wanted != *kind) {
            continue;
        }
        let forward = (hop.direction != 1 && *source == at).then_some(*target);
        let backward = (hop.direction != 0 && *target == at).then_some(*source);
        let backward = backward.filter(|_| forward.is_none() || source != target);
        for next in forward.into_iter().chain(backward) {
            used.push(index);
            walk(graph, hops, next, taken + 1, used, found);
            used.pop();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn matches_are_those_of_brute_force(graph in graphs(), label in prop::option::of(0..2_usize), hops in hops()) {
        let snapshot = snapshot(&graph);
        let pattern = text(label, &hops);
        let mut expected = matches(&graph, label, &hops);
        let last = hops.len();
        let ask = |query: &str| {
            let limits = Limits { rows: usize::MAX - 1, ..Limits::default() };
            let rows = snapshot.query(query, &Params::new(), &limits).unwrap().rows;
            let number = |value: &serde_json::Value| value.as_str().unwrap()[1..].parse::<usize>().unwrap();
            let mut rows: Vec<(usize, usize)> =
                rows.iter().map(|row| (number(&row[0]), number(&row[1]))).collect();
            rows.sort_unstable();
            rows
        };
        let all = ask(&format!("MATCH {pattern} RETURN n0.id, n{last}.id"));
        prop_assert_eq!(&all, &expected, "{}", pattern);
        let named = ask(&format!("MATCH p = {pattern} WHERE length(p) >= 0 RETURN head(nodes(p)).id, last(nodes(p)).id"));
        prop_assert_eq!(&named, &expected, "{}", pattern);
        expected.dedup();
        let distinct = ask(&format!("MATCH {pattern} RETURN DISTINCT n0.id, n{last}.id"));
        prop_assert_eq!(&distinct, &expected, "{}", pattern);
        let exists = ask(&format!("MATCH (n0), (n{last}) WHERE EXISTS {{ {pattern} }} RETURN n0.id, n{last}.id"));
        prop_assert_eq!(&exists, &expected, "{}", pattern);
        let late = ask(&format!("MATCH (n{last}) MATCH {pattern} RETURN DISTINCT n0.id, n{last}.id"));
        prop_assert_eq!(&late, &expected, "{}", pattern);
    }
}
