//! Graphs that are no estate: whatever labels, types and values they are given.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use picket_graph::{Limits, Params, Snapshot, SnapshotBuilder};
use serde_json::{Value, json};

const NOTHING: [(&str, Value); 0] = [];

fn graph() -> Snapshot {
    let mut builder = SnapshotBuilder::new();
    let ada = builder.node(&["Person", "Author"], [("name", json!("Ada")), ("born", json!(1815))]);
    let bob = builder
        .node(&["Person"], [("name", json!("Bob")), ("born", json!("long ago")), ("id", json!(7))]);
    let paper = builder.node(&["Paper"], [("tags", json!(["x", 1])), ("draft", json!(false))]);
    let bare = builder.node(&[], [("none", json!(null)), ("ratio", json!(0.5))]);
    let again = builder.node(&["Author", "Person"], [("name", json!("Cleo"))]);
    builder.relation(ada, "WROTE", paper, [("pages", json!(25)), ("map", json!({"b": 1, "a": 2}))]);
    builder.relation(again, "WROTE", paper, [("pages", json!(3))]);
    builder.relation(bob, "likes it", paper, NOTHING);
    builder.relation(bob, "KNOWS", bob, NOTHING);
    builder.relation(bare, "KNOWS", 99, NOTHING);
    builder.finish()
}

fn ask(query: &str) -> Vec<Vec<Value>> {
    graph().query(query, &Params::new(), &Limits::default()).unwrap().rows
}

#[test]
fn labels_are_what_nodes_were_given() {
    assert_eq!(ask("MATCH (a:Person) RETURN count(*)"), [[json!(3)]]);
    assert_eq!(ask("MATCH (a:Author:Person) RETURN a.name"), [["Ada"], ["Cleo"]]);
    assert_eq!(ask("MATCH (a) WHERE NOT a:Person RETURN count(*)"), [[json!(2)]]);
    assert_eq!(ask("MATCH (a {ratio: 0.5}) RETURN labels(a), a.none"), [[json!([]), json!(null)]]);
    assert_eq!(ask("MATCH (a {name: 'Cleo'}) RETURN labels(a)"), [[json!(["Person", "Author"])]]);
}

#[test]
fn what_is_not_there_matches_nothing() {
    assert!(ask("MATCH (a:Nobody) RETURN a").is_empty());
    assert!(ask("MATCH (a)-[:NEVER]->() RETURN a").is_empty());
    assert_eq!(ask("MATCH (a:Person|Nobody) WHERE NOT a:Nobody RETURN count(*)"), [[json!(3)]]);
    assert_eq!(graph().dropped_relations(), 1);
}

#[test]
fn values_keep_their_type() {
    let born = ask("MATCH (a:Person) WHERE a.born IS NOT NULL RETURN a.born");
    assert_eq!(born, [[json!(1815)], [json!("long ago")]]);
    assert_eq!(ask("MATCH (a {born: 1815}) RETURN a.name"), [["Ada"]]);
    assert_eq!(ask("MATCH (a {born: 'long ago'}) RETURN a.name, a.id"), [[json!("Bob"), json!(7)]]);
    assert_eq!(ask("MATCH (a) WHERE a.id = 7 RETURN a.name"), [["Bob"]]);
    assert_eq!(
        ask("MATCH (p:Paper) RETURN p.tags, p.draft, p['draft']"),
        [[json!(["x", 1]), json!(false), json!(false)]]
    );
}

#[test]
fn relations_have_any_type_and_properties() {
    assert_eq!(
        ask("MATCH (a)-[w:WROTE {pages: 25}]->(p:Paper) RETURN a.name, w.map, type(w)"),
        [[json!("Ada"), json!({"a": 2, "b": 1}), json!("WROTE")]]
    );
    assert_eq!(
        ask("MATCH (a)-[r:`likes it`]->() RETURN a.name, r.pages"),
        [[json!("Bob"), json!(null)]]
    );
    assert_eq!(ask("MATCH (a)-[:KNOWS]-(b) RETURN a.name, b.name"), [["Bob", "Bob"]]);
    assert_eq!(ask("MATCH ()-[w:WROTE]->() RETURN sum(w.pages)"), [[json!(28)]]);
}

#[test]
fn results_name_labels_and_types() {
    assert_eq!(
        ask("MATCH (a:Author)-[w:WROTE {pages: 3}]->(p) RETURN a, w"),
        [[
            json!({"_kind": "node", "id": "1", "labels": ["Person", "Author"], "properties": {"name": "Cleo"}}),
            json!({"_kind": "relation", "type": "WROTE", "source": "1", "target": "3", "properties": {"pages": 3}}),
        ]]
    );
    assert_eq!(ask("MATCH (a) WHERE id(a) = 1 RETURN a.name"), [["Cleo"]]);
    assert_eq!(graph().node(&"1".into()).unwrap().properties["name"], "Cleo");
    assert!(graph().node(&"5".into()).is_none());
    let schema = graph().schema();
    let labels: Vec<(&str, usize)> =
        schema.labels.iter().map(|label| (label.label.as_str(), label.count)).collect();
    assert_eq!(labels, [("Person", 3), ("Author", 2), ("Paper", 1)]);
    assert_eq!(schema.relations[0].connections[0].source, "Person:Author");
}

#[test]
fn more_labels_than_a_word_has_bits() {
    let mut builder = SnapshotBuilder::new();
    let nodes: Vec<u32> = (0..200)
        .map(|number| {
            let label = format!("L{number}");
            builder.node(&[label.as_str(), "All"], [("number", json!(number))])
        })
        .collect();
    for pair in nodes.windows(2) {
        builder.relation(pair[0], &format!("T{}", pair[0]), pair[1], NOTHING);
    }
    let graph = builder.finish();
    let ask = |query: &str| graph.query(query, &Params::new(), &Limits::default()).unwrap().rows;
    assert_eq!(ask("MATCH (a:L150) RETURN a.number"), [[json!(150)]]);
    assert_eq!(ask("MATCH (a:All:L199) RETURN a.number"), [[json!(199)]]);
    assert_eq!(
        ask("MATCH (a)-[:T130|T70]->(b) RETURN a.number, b.number ORDER BY a.number"),
        [[json!(70), json!(71)], [json!(130), json!(131)]]
    );
    assert_eq!(ask("MATCH (a:L100)-[*1..5]->(b) RETURN count(*)"), [[json!(5)]]);
}
