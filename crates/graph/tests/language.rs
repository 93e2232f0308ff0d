//! What the language can say, over graphs of any kind: a small road map, asked in all of its forms.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests")]

use std::sync::LazyLock;

use picket_graph::{Limits, Params, QueryError, Snapshot, SnapshotBuilder};
use serde_json::{Value as Json, json};

/// `a` to `d` over `b` or `c` in two steps, or in four over the hills; a loop at `d`; a town without roads.
static ROADS: LazyLock<Snapshot> = LazyLock::new(|| {
    let mut builder = SnapshotBuilder::new();
    let mut town = |name: &str, labels: &[&str]| builder.node(labels, [("name", json!(name))]);
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| town(name, &["Town", "Walled"]));
    let [x, y, z] = ["x", "y", "z"].map(|name| town(name, &["Hill"]));
    town("lonely", &["Town"]);
    for (from, to, length) in [(a, b, 1), (b, d, 2), (a, c, 3), (c, d, 4)] {
        builder.relation(from, "ROAD", to, [("length", json!(length))]);
    }
    for (from, to) in [(a, x), (x, y), (y, z), (z, d), (d, d)] {
        builder.relation(from, "TRACK", to, [("steep", json!(true))]);
    }
    builder.finish()
});

fn run(query: &str) -> Result<Vec<Vec<Json>>, QueryError> {
    let params = json!({"list": [1, "two"], "flag": true});
    let result = ROADS.query(query, params.as_object().unwrap(), &Limits::default())?;
    Ok(result.rows)
}

/// Rows as JSON, nodes and paths as the names on them; sorted where the query does not.
#[track_caller]
fn check(query: &str, expected: &str) {
    let rows = run(query).unwrap_or_else(|error| panic!("{query}\n{error}"));
    let show = |row: Vec<Json>| row.iter().map(show).collect::<Vec<_>>().join(",");
    let mut rows: Vec<String> = rows.into_iter().map(show).collect();
    if !query.contains("ORDER BY") {
        rows.sort();
    }
    assert_eq!(rows.join(" "), expected, "{query}");
}

fn show(value: &Json) -> String {
    match value["_kind"].as_str() {
        Some("node") => value["properties"]["name"].as_str().unwrap().to_owned(),
        Some("relation") => value["type"].as_str().unwrap().to_owned(),
        Some("path") => value["nodes"].as_array().unwrap().iter().map(show).collect(),
        _ => match value {
            Json::Array(items) => {
                format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(","))
            }
            Json::String(text) => text.clone(),
            other => other.to_string(),
        },
    }
}

#[track_caller]
fn error(query: &str, expected: &str) {
    assert_eq!(run(query).unwrap_err().to_string(), expected, "{query}");
}

#[test]
fn labels_combine() {
    check("MATCH (t:Town:Walled) RETURN count(*)", "4");
    check("MATCH (t:Hill|Walled) RETURN count(*)", "7");
    check("MATCH (t:Town) WHERE NOT t:Walled RETURN t", "lonely");
    check("MATCH (t:Town:Hill) RETURN t", "");
    check("MATCH (t:Nowhere)-[:NOTHING]->() RETURN t", "");
    check("MATCH (t {name: 'a'}) RETURN labels(t)", "[Town,Walled]");
}

#[test]
fn lengths_need_no_bound_outside_of_an_estate() {
    check("MATCH (a {name: 'a'})-[:ROAD*]->(t) RETURN DISTINCT t", "b c d");
    check("MATCH p = ({name: 'a'})-[*]->({name: 'd'}) RETURN length(p)", "2 2 3 3 4 5");
    check("MATCH p = ({name: 'a'})-[*3..]->({name: 'd'}) RETURN count(p)", "4");
    check("MATCH ({name: 'a'})-[*..1]->(t) RETURN t", "b c x");
    check("MATCH ({name: 'a'})-[*0]->(t) RETURN t", "a");
    check("MATCH ({name: 'a'})-[*3..1]->(t) RETURN t", "");
}

#[test]
fn shortest_paths_are_one_or_all() {
    check("MATCH p = shortestPath(({name: 'a'})-[*]->({name: 'd'})) RETURN length(p)", "2");
    check("MATCH p = allShortestPaths(({name: 'a'})-[*]->({name: 'd'})) RETURN p", "abd acd");
    check("MATCH p = allShortestPaths(({name: 'd'})<-[*]-({name: 'a'})) RETURN p", "dba dca");
    check("MATCH p = allShortestPaths(({name: 'b'})-[*]-({name: 'c'})) RETURN p", "bac bdc");
    check("MATCH p = allShortestPaths(({name: 'a'})-[*..1]->({name: 'd'})) RETURN p", "");
    check("MATCH p = allShortestPaths(({name: 'a'})-[*0..]->({name: 'a'})) RETURN p", "a");
    check("MATCH p = allShortestPaths(({name: 'a'})-[:ROAD*]->(t)) RETURN p", "ab abd ac acd");
    check(
        "MATCH p = allShortestPaths(({name: 'a'})-[r:ROAD*]->({name: 'd'})) RETURN [x IN r | x.length]",
        "[1,2] [3,4]",
    );
    let plan = ROADS.explain("MATCH p = allShortestPaths((a)-[*]->(b)) RETURN p", &Params::new());
    assert!(plan.unwrap().contains("all shortest paths -[*1..]-> any node"));
}

#[test]
fn lists_come_from_patterns() {
    check("MATCH (a {name: 'a'}) RETURN [(a)-[:ROAD]->(t) | t.name]", "[b,c]");
    check(
        "MATCH (a {name: 'a'}) RETURN [p = (a)-[r:ROAD]->(t) WHERE r.length > 1 | p] AS paths",
        "[ac]",
    );
    check(
        "MATCH (t:Town) RETURN t.name, size([(t)-->() | 1]) AS out ORDER BY out DESC, t.name",
        "a,3 b,1 c,1 d,1 lonely,0",
    );
    check("RETURN reduce(sum = 0, n IN [1, 2, 3] | sum + n) AS sum", "6");
    check("RETURN reduce(text = '', n IN ['a', 'b'] | n + text)", "ba");
}

#[test]
fn subqueries_may_be_whole_queries() {
    check(
        "MATCH (t:Town) WHERE EXISTS { MATCH (t)-->(n) WITH t, count(n) AS roads WHERE roads > 2 RETURN true } RETURN t",
        "a",
    );
    check("MATCH (t:Town) WHERE NOT EXISTS { MATCH (t)--(n) MATCH (n)--() } RETURN t", "lonely");
    check(
        "MATCH (t) WHERE EXISTS { MATCH (t)<-[:ROAD]-(b) WHERE EXISTS { MATCH (b)<-[:ROAD]-() } } RETURN t",
        "d",
    );
    check(
        "MATCH (t:Town) WHERE EXISTS { MATCH (t)-[:TRACK]->(:Hill) RETURN 1 UNION MATCH (t)-->(t) RETURN 1 } RETURN t",
        "a d",
    );
}

#[test]
fn lists_of_relations_are_found_again() {
    check(
        "MATCH ({name: 'a'})-[r:ROAD*2]->() WITH r LIMIT 1 MATCH (s)-[r*]->(e) RETURN s, e",
        "a,d",
    );
    check("MATCH ()-[r:ROAD*2..2 {length: 1}]->() RETURN r", "");
}

#[test]
fn numbers_are_written_in_many_ways() {
    check(
        "RETURN 0x1F, 0o17, .5, 1e3, -9223372036854775808",
        "31,15,0.5,1000.0,-9223372036854775808",
    );
    check("RETURN 0.0 / 0.0 > 1, 0.0 / 0.0 = 0.0 / 0.0, 1 / 0.0 > 9", "false,false,true");
    error("RETURN 0x", "line 1, column 8: `0x` is not a number that fits");
    error("RETURN 12ab", "line 1, column 8: `12ab` is not a number");
    error(
        "RETURN 9223372036854775808",
        "line 1, column 8: `9223372036854775808` is not a number that fits",
    );
    check("RETURN 1 AS `a ``quoted`` name`", "1");
}

#[test]
fn statistics() {
    check(
        "UNWIND [2, 4, 4, 4, 5, 5, 7, 9] AS n RETURN stDevP(n), round(stDev(n) * 100)",
        "2.0,214.0",
    );
    check(
        "UNWIND [10, 20, 30] AS n RETURN percentileCont(n, 0.25), percentileDisc(n, 0.5), percentileDisc(n, 0)",
        "15.0,20,10",
    );
    check("UNWIND [] AS n RETURN percentileDisc(n, 0.5), stDev(n)", "null,0.0");
    error(
        "UNWIND [1] AS n RETURN percentileCont(n, 1.5)",
        "line 1, column 42: a percentile is a constant; expected a number from 0 to 1, or a parameter that is one",
    );
    check(
        "WITH [n IN range(1, 100) | rand()] AS r RETURN all(x IN r WHERE 0 <= x < 1), r[0] = r[1]",
        "true,false",
    );
    check("UNWIND [3, 1, 2] AS n RETURN n ORDER BY n LIMIT toInteger(ceil(1.7))", "1 2");
}

#[test]
fn groups_have_one_value_for_what_stands_beside_an_aggregate() {
    check(
        "MATCH (t:Town)-[r:ROAD]->() RETURN t.name, t.name + count(r) ORDER BY t.name",
        "a,a2 b,b1 c,c1",
    );
    check("MATCH (t:Town) RETURN count(*) AS n ORDER BY n + count(*)", "5");
    error(
        "MATCH (t)-[r]->() RETURN t.name + count(r)",
        "line 1, column 26: `t` stands beside an aggregate and is no key of the groups; expected it as a column of its own",
    );
    error(
        "MATCH (t) RETURN DISTINCT t.name AS name ORDER BY t.age",
        "line 1, column 51: `t` is not defined; expected one of name",
    );
    error(
        "MATCH (t) RETURN t.name ORDER BY max(t.age)",
        "line 1, column 34: an aggregate cannot stand here; expected it as an item of WITH or RETURN",
    );
}

#[test]
fn what_the_text_itself_says_wrong_is_refused() {
    error(
        "RETURN NOT 1",
        "line 1, column 12: an integer is neither true nor false; expected a condition",
    );
    error(
        "MATCH (n) WHERE n RETURN n",
        "line 1, column 17: a node is neither true nor false; expected a condition",
    );
    error(
        "RETURN 1 IN 2",
        "line 1, column 13: an integer cannot hold a value; expected a list after IN",
    );
    error("RETURN 'a' - 1", "line 1, column 8: a text cannot be counted with; expected a number");
    error(
        "WITH 1 AS n RETURN n.name",
        "line 1, column 20: an integer has no properties; expected a node, relation or map",
    );
    error(
        "WITH 1 AS n MATCH (n) RETURN n",
        "line 1, column 20: `n` is an integer and cannot be a node",
    );
    error(
        "MATCH (n) RETURN (n)-->()",
        "line 1, column 18: a pattern is a condition and no value; expected EXISTS { } around it, or `[pattern | value]`",
    );
    error(
        "MATCH (n) WHERE (n)-->(m) RETURN n",
        "line 1, column 24: `m` is not defined; expected one of n",
    );
    error(
        "MATCH (n) RETURN length(n)",
        "line 1, column 18: a node is the wrong argument; expected a path",
    );
    error(
        "RETURN $list['x']",
        "line 1, column 14: a text is no place in a list; expected an integer",
    );
    error(
        "RETURN any(x IN ['a'] WHERE x % 2 = 0)",
        "line 1, column 29: a text cannot be counted with; expected a number",
    );
    error(
        "RETURN range(1, 2, 0)",
        "line 1, column 8: a range with steps of 0 has no end; expected another step",
    );
    // What a property holds is never known from the text.
    check("MATCH (n {name: 'a'}) RETURN n.name - 1, NOT n.name, 1 IN n.name", "null,null,null");
}
