//! What queries mean: one fixture, many questions.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests")]

use std::sync::{Arc, LazyLock, atomic::AtomicBool};

use picket_graph::{Limits, Params, QueryError, Snapshot};
use picket_model::{
    Asset, AssetKind as K, Finding, FindingKind, Provider, Relation, RelationKind as R, Severity,
};
use serde_json::json;

/// internet → vm → role → bucket (sensitive) and agent; agent → kb → bucket; ring of groups a → b → c → a.
static GRAPH: LazyLock<Snapshot> = LazyLock::new(|| {
    let asset = |id: &str, kind| Asset::new(id, kind, id.to_uppercase(), Provider::Aws, "prod");
    let sensitive = Finding::new(
        FindingKind::SensitiveData,
        "cards",
        Severity::High,
        "cards",
        "",
        json!({"types": {"credit_card": 3, "iban": 1}}),
    );
    let exposed = Finding::new(
        FindingKind::ExposedToInternet,
        "8000",
        Severity::Critical,
        "open",
        "",
        json!({}),
    );
    let mut vm = asset("vm", K::VirtualMachine).with("port", 8000).with("public", true);
    vm.tags.insert("team".to_owned(), json!("ml"));
    let assets = [
        asset("internet", K::Internet),
        vm.finding(exposed),
        asset("vm2", K::VirtualMachine).with("port", 22).with("public", false),
        asset("role", K::ServiceIdentity).with("rank", 1.5),
        asset("agent", K::Agent).with("tools", json!(["a", "b"])),
        asset("kb", K::KnowledgeBase),
        asset("bucket", K::ObjectStore).finding(sensitive),
        asset("empty", K::ObjectStore),
        asset("a", K::Group),
        asset("b", K::Group),
        asset("c", K::Group),
        Asset::new(
            "/subscriptions/S/resourceGroups/Rg/providers/X/accounts/One",
            K::AiService,
            "One",
            Provider::Azure,
            "sub",
        ),
    ];
    let relations = [
        Relation::new("internet", R::RoutesTo, "vm").with("ports", json!([8000])),
        Relation::new("vm", R::RunsAs, "role"),
        Relation::new("vm2", R::RunsAs, "role"),
        Relation::new("role", R::CanAccess, "bucket").with("actions", json!(["s3:*"])),
        Relation::new("role", R::CanAccess, "agent"),
        Relation::new("agent", R::GroundedOn, "kb"),
        Relation::new("kb", R::GroundedOn, "bucket"),
        Relation::new("a", R::MemberOf, "b"),
        Relation::new("b", R::MemberOf, "c"),
        Relation::new("c", R::MemberOf, "a"),
        Relation::new("a", R::MemberOf, "nowhere"),
    ];
    Snapshot::build(&assets, &relations)
});

fn run(query: &str) -> Result<picket_model::QueryResult, QueryError> {
    let params = json!({"kind": "Agent", "ids": ["vm", "kb"], "n": 1, "list": [1, null]});
    GRAPH.query(query, params.as_object().unwrap(), &Limits::default())
}

/// Rows as JSON, nodes as their id and relations as their type; sorted where the query does not.
#[track_caller]
fn check(query: &str, expected: &str) {
    let result = run(query).unwrap_or_else(|error| panic!("{query}\n{error}"));
    let mut rows: Vec<String> =
        result.rows.iter().map(|row| row.iter().map(show).collect::<Vec<_>>().join(",")).collect();
    if !query.to_uppercase().contains("ORDER BY") {
        rows.sort();
    }
    assert_eq!(
        rows.join(" "),
        expected,
        "{query}\n{}",
        GRAPH.explain(query, &Params::new()).unwrap_or_default()
    );
}

fn show(value: &serde_json::Value) -> String {
    match value["_kind"].as_str() {
        Some("node") => value["id"].as_str().unwrap().to_owned(),
        Some("relation") => value["type"].as_str().unwrap().to_owned(),
        Some("path") => {
            value["nodes"].as_array().unwrap().iter().map(show).collect::<Vec<_>>().join(">")
        }
        _ => match value {
            serde_json::Value::Array(items) => {
                format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(","))
            }
            other => other.to_string(),
        },
    }
}

#[test]
fn matches_nodes_by_label_property_and_id() {
    check("MATCH (a:Agent) RETURN a", "agent");
    check("MATCH (a:AI) RETURN a.kind", r#""Agent" "AiService" "KnowledgeBase""#);
    check("MATCH (a:Compute {public: true}) RETURN a.name", r#""VM""#);
    check("MATCH (a:VirtualMachine|ObjectStore) RETURN count(*)", "4");
    check("MATCH (a:Compute:VirtualMachine) RETURN count(*)", "2");
    check("MATCH (a:Agent:VirtualMachine) RETURN a", "");
    check("MATCH (a) WHERE a.id IN $ids RETURN a", "kb vm");
    check("MATCH (a) WHERE a:AI AND NOT a:Agent RETURN a.name", r#""KB" "One""#);
    check(
        "MATCH (a {id: '/SUBSCRIPTIONS/s/RESOURCEGROUPS/rg/providers/x/accounts/one'}) RETURN a.name",
        r#""One""#,
    );
    check("MATCH (a) WHERE a.id STARTS WITH '/Subscriptions/S/' RETURN a.name", r#""One""#);
    check("MATCH (a) WHERE id(a) = 'vm' RETURN labels(a)", r#"["VirtualMachine","Compute"]"#);
    check("MATCH (a {kind: $kind}) RETURN a", "agent");
    check("MATCH (a) WHERE a.tags.team = 'ml' RETURN a", "vm");
}

#[test]
fn computes_findings() {
    check("MATCH (a) WHERE 'exposed_to_internet' IN a.findings RETURN a", "vm");
    check("MATCH (a) WHERE NOT 'exposed_to_internet' IN a.findings RETURN count(*)", "11");
    check(
        "MATCH (a) WHERE size(a.findings) > 0 RETURN a.id, a.max_severity, a.finding_ids",
        r#""bucket","high",["sensitive_data:cards"] "vm","critical",["exposed_to_internet:8000"]"#,
    );
    check(
        "MATCH (a:ObjectStore) WHERE 'iban' IN a.sensitive_types RETURN a.sensitive_types",
        r#"["credit_card","iban"]"#,
    );
}

#[test]
fn follows_relations_both_ways() {
    check(
        "MATCH (v)-[:RUNS_AS]->(r)-[:CAN_ACCESS]->(x) RETURN v, x",
        "vm,agent vm,bucket vm2,agent vm2,bucket",
    );
    check("MATCH (x:ObjectStore)<-[:CAN_ACCESS]-(r) RETURN r", "role");
    check("MATCH (r:ServiceIdentity)--(x) RETURN x", "agent bucket vm vm2");
    check(
        "MATCH (i:Internet)-[r:ROUTES_TO]->(v) RETURN r.ports, type(r), startNode(r), endNode(r)",
        r#"[8000],"ROUTES_TO",internet,vm"#,
    );
    check(
        "MATCH (a)-[r:CAN_ACCESS|GROUNDED_ON]->(b:ObjectStore) RETURN a, r",
        "kb,GROUNDED_ON role,CAN_ACCESS",
    );
    check("MATCH (a)-[r {actions: ['s3:*']}]->(b) RETURN b", "bucket");
    check(
        "MATCH (a:VirtualMachine)-[:RUNS_AS]->(r), (b:VirtualMachine)-[:RUNS_AS]->(r) RETURN a, b",
        "vm,vm2 vm2,vm",
    );
    check(
        "MATCH (a:VirtualMachine)-[:RUNS_AS]->(r) MATCH (b:VirtualMachine)-[:RUNS_AS]->(r) RETURN count(*)",
        "4",
    );
    check("MATCH (a:Agent), (b:KnowledgeBase) RETURN a, b", "agent,kb");
    check("MATCH ()-[r:RUNS_AS]->() MATCH (a:VirtualMachine)-[r]->(b) RETURN a", "vm vm2");
}

#[test]
fn walks_variable_lengths_as_trails() {
    check("MATCH (a:Group {id: 'a'})-[:MEMBER_OF*1..6]->(g) RETURN g", "a b c");
    check("MATCH (a:Group {id: 'a'})-[:MEMBER_OF*0..1]->(g) RETURN g", "a b");
    check("MATCH (a:Group {id: 'a'})-[:MEMBER_OF*2]->(g) RETURN g", "c");
    check("MATCH (a:Group {id: 'a'})-[:MEMBER_OF*1..6]-(g) RETURN count(*)", "6");
    check("MATCH (a:Group {id: 'a'})-[:MEMBER_OF*1..6]->(g) RETURN DISTINCT g", "a b c");
    check(
        "MATCH (i:Internet)-[rs:ROUTES_TO|RUNS_AS|CAN_ACCESS*1..4]->(b:ObjectStore) RETURN size(rs), rs",
        "3,[ROUTES_TO,RUNS_AS,CAN_ACCESS]",
    );
    check(
        "MATCH (b:ObjectStore)<-[rs*1..3]-(i:Internet) RETURN rs",
        "[CAN_ACCESS,RUNS_AS,ROUTES_TO]",
    );
    check(
        "MATCH (v:Compute)-[*1..6]->(b:ObjectStore) RETURN v, b",
        "vm,bucket vm,bucket vm2,bucket vm2,bucket",
    );
    check("MATCH (v:Compute)-[*1..6]->(b:ObjectStore) RETURN count(DISTINCT v)", "2");
    check("MATCH (v:Compute)-[*1..6]->(b:ObjectStore) WITH DISTINCT v, b RETURN count(*)", "2");
}

#[test]
fn names_paths_and_finds_shortest_ones() {
    check(
        "MATCH p = (i:Internet)-[:ROUTES_TO]->(v)-[:RUNS_AS]->(r)-[:CAN_ACCESS]->(b:ObjectStore) RETURN p, length(p)",
        "internet>vm>role>bucket,3",
    );
    check(
        "MATCH p = (b:ObjectStore)<-[:CAN_ACCESS]-(r)<-[:RUNS_AS]-(v) RETURN nodes(p), relationships(p)",
        "[bucket,role,vm2],[CAN_ACCESS,RUNS_AS] [bucket,role,vm],[CAN_ACCESS,RUNS_AS]",
    );
    check(
        "MATCH p = (i:Internet)-[*1..6]->(b:ObjectStore) RETURN p",
        "internet>vm>role>agent>kb>bucket internet>vm>role>bucket",
    );
    check(
        "MATCH p = shortestPath((i:Internet)-[*1..6]->(b:ObjectStore)) RETURN p",
        "internet>vm>role>bucket",
    );
    check(
        "MATCH (a:KnowledgeBase), (b:VirtualMachine {id: 'vm'}) MATCH p = shortestPath((a)-[*1..6]-(b)) RETURN p",
        "kb>bucket>role>vm",
    );
    check(
        "MATCH p = shortestPath((b:ObjectStore)<-[*1..6]-(i:Internet)) RETURN p",
        "bucket>role>vm>internet",
    );
    check(
        "MATCH p = (i:Internet)-[*1..6]->(b:ObjectStore) WHERE length(p) > 3 AND any(n IN nodes(p) WHERE n:Agent) RETURN length(p)",
        "5",
    );
    check("MATCH p = (a:Agent) RETURN p, length(p)", "agent,0");
}

#[test]
fn predicates_know_three_values() {
    check("MATCH (v:VirtualMachine) WHERE v.missing = 1 RETURN v", "");
    check("MATCH (v:VirtualMachine) WHERE v.missing <> 1 RETURN v", "");
    check("MATCH (v:VirtualMachine) WHERE NOT (v.missing = 1) RETURN v", "");
    check(
        "MATCH (v:VirtualMachine) WHERE v.missing IS NULL AND v.port IS NOT NULL RETURN count(*)",
        "2",
    );
    check("MATCH (v:VirtualMachine) WHERE v.missing = 1 OR v.port = 22 RETURN v", "vm2");
    check(
        "RETURN null AND false, null AND true, null OR true, null XOR true, NOT null",
        "false,null,true,null,null",
    );
    check(
        "RETURN 1 IN [1, null], 2 IN [1, null], 2 IN [1], null IN [], 1 IN $list",
        "true,null,false,false,true",
    );
    check(
        "RETURN null = null, null <> 1, [1, null] = [1, null], [1] = [1, 2], {a: 1} = {a: 1}",
        "null,null,null,false,true",
    );
    check("RETURN 1 < 2 < 3, 1 < 2 > 3, 'a' < 'b', 1 < 'a', 1 = 1.0", "true,false,true,null,true");
    check(
        "RETURN any(x IN [1, null] WHERE x = 2), all(x IN [] WHERE x = 2), none(x IN [1] WHERE x = 2), single(x IN [1, 2] WHERE x > 1)",
        "null,true,true,true",
    );
}

#[test]
fn compares_text() {
    check(
        "MATCH (a) WHERE a.name STARTS WITH 'V' AND a.name ENDS WITH '2' AND a.name CONTAINS 'M' RETURN a",
        "vm2",
    );
    check("MATCH (a) WHERE a.name =~ 'VM.?' RETURN a", "vm vm2");
    check("MATCH (a) WHERE a.name =~ 'V' RETURN a", "");
    check("MATCH (a) WHERE a.name =~ '(?i)vm' RETURN a", "vm");
    check("MATCH (a) WHERE a.name =~ '(' RETURN a", "");
    check("MATCH (a) WHERE toLower(a.name) = 'kb' RETURN toUpper(a.id) + '!' + 1", r#""KB!1""#);
}

#[test]
fn subqueries_ask_whether() {
    check("MATCH (v:VirtualMachine) WHERE EXISTS { (v)<-[:ROUTES_TO]-(:Internet) } RETURN v", "vm");
    check(
        "MATCH (v:VirtualMachine) WHERE NOT EXISTS { MATCH (v)<-[:ROUTES_TO]-(i) WHERE i.id = 'internet' } RETURN v",
        "vm2",
    );
    check("MATCH (v:VirtualMachine) WHERE NOT (v)<-[:ROUTES_TO]-() RETURN v", "vm2");
    check("MATCH (v:VirtualMachine) WHERE exists((v)<-[:ROUTES_TO]-()) RETURN v", "vm");
    check("MATCH (v:VirtualMachine) WHERE exists(v.tags) RETURN v", "vm");
    check(
        "MATCH (r:ServiceIdentity) WHERE EXISTS { (r)-[:CAN_ACCESS]->(a)-[*1..3]->(b) WHERE b:ObjectStore AND NOT (a)-[:CAN_ACCESS]->() } RETURN r",
        "role",
    );
    check("MATCH (a:Group) WHERE EXISTS { (a)-[:MEMBER_OF*1..3]->(a) } RETURN count(*)", "3");
    check(
        "MATCH (a:Compute) RETURN a.id, EXISTS { (a)<-[:ROUTES_TO]-() } AS open",
        r#""vm",true "vm2",false"#,
    );
}

#[test]
fn optional_matches_keep_the_row() {
    check(
        "MATCH (v:VirtualMachine) OPTIONAL MATCH (v)<-[r:ROUTES_TO]-(i) RETURN v, i, r",
        "vm,internet,ROUTES_TO vm2,null,null",
    );
    check("OPTIONAL MATCH (x:TrainingJob) RETURN x", "null");
    check("OPTIONAL MATCH (x:TrainingJob) OPTIONAL MATCH (x)-->(y) RETURN x, y", "null,null");
    check("OPTIONAL MATCH (x:TrainingJob) MATCH (x)-->(y) RETURN y", "");
    check(
        "MATCH (s:ObjectStore) OPTIONAL MATCH (s)<-[:CAN_ACCESS]-(r) WHERE r.rank > 5 RETURN s, r",
        "bucket,null empty,null",
    );
}

#[test]
fn aggregates_and_groups() {
    check(
        "MATCH (v:VirtualMachine)-[:RUNS_AS]->(r) RETURN r.name, count(*), collect(v.id), min(v.port), max(v.port), sum(v.port), avg(v.port)",
        r#""ROLE",2,["vm","vm2"],22,8000,8022,4011.0"#,
    );
    check("MATCH (x:TrainingJob) RETURN count(*), collect(x), sum(x.n), min(x.n)", "0,[],0,null");
    check("MATCH (x:TrainingJob) RETURN x.name, count(*)", "");
    check("MATCH (a)-[r]->(b) RETURN count(DISTINCT type(r)), count(r)", "5,10");
    check(
        "MATCH (a) RETURN a.provider AS p, count(*) AS n ORDER BY n DESC",
        r#""aws",11 "azure",1"#,
    );
    check("MATCH (a) RETURN a.provider, count(*) + 1 ORDER BY count(*)", r#""azure",2 "aws",12"#);
    check(
        "UNWIND [1, 1, null, 2] AS x RETURN count(x), count(DISTINCT x), collect(DISTINCT x), avg(x)",
        "3,2,[1,2],1.3333333333333333",
    );
    check(
        "MATCH (v)-[:RUNS_AS]->(r) WITH r, count(v) AS n WHERE n > 1 MATCH (r)-[:CAN_ACCESS]->(x) RETURN n, x",
        "2,agent 2,bucket",
    );
}

#[test]
fn with_orders_cuts_and_renames() {
    check("MATCH (v:VirtualMachine) WITH v ORDER BY v.port DESC LIMIT 1 RETURN v", "vm");
    check("MATCH (v:VirtualMachine) RETURN v.id AS id ORDER BY v.port", r#""vm2" "vm""#);
    check("UNWIND [3, null, 1, 2] AS x RETURN x ORDER BY x", "1 2 3 null");
    check("UNWIND [3, null, 1, 2] AS x RETURN x ORDER BY x DESC SKIP 1 LIMIT 2", "3 2");
    check("UNWIND [1, 2, 3] AS x WITH x WHERE x > $n RETURN x", "2 3");
    check("UNWIND [1, 2, 3] AS x WITH x LIMIT 2 WHERE x > 1 RETURN x", "2");
    check("UNWIND [1, 1, 2] AS x RETURN DISTINCT x", "1 2");
    check("UNWIND [] AS x RETURN x", "");
    check("UNWIND null AS x RETURN x", "");
    check("MATCH (a:Agent) WITH * RETURN *", "agent");
    check("MATCH (a:Agent) WITH a AS b MATCH (b)-->(c) RETURN c", "kb");
    check(
        "MATCH (v:VirtualMachine) WITH collect(v) AS vs UNWIND vs AS v MATCH (v)-[:RUNS_AS]->(r) RETURN r",
        "role role",
    );
    check("RETURN 1 AS x UNION RETURN 1 AS x", "1");
    check("RETURN 1 AS x UNION ALL RETURN 1 AS x", "1 1");
}

#[test]
fn expressions() {
    check("RETURN 1 + 2 * 3 ^ 2 - 4 / 2, 7 % 4, -3, 1.5 + 1, 7 / 2", "17.0,3,-3,2.5,3");
    check("RETURN 1 / 0, toLower(5), 9223372036854775807 + 1", "null,null,null");
    check("MATCH (a:Agent) RETURN a.name - 1, a.tools % 2, NOT a.name", "null,null,null");
    check(
        "RETURN [1, 2, 3][0], [1, 2, 3][-1], [1, 2, 3][5], [1, 2, 3][0..2], [1, 2, 3][-2..]",
        "1,3,null,[1,2],[2,3]",
    );
    check("RETURN {a: {b: 1}}.a.b, {a: 1}['a'], keys({b: 1, a: 2})", r#"1,1,["a","b"]"#);
    check(
        "RETURN [x IN [1, 2, 3] WHERE x > 1 | x * 10], [x IN [1, 2] | x], [x IN [1, 2] WHERE x = 1]",
        "[20,30],[1,2],[1]",
    );
    check(
        "RETURN CASE WHEN false THEN 1 WHEN true THEN 2 END, CASE 3 WHEN 3 THEN 'x' ELSE 'y' END, CASE 1 WHEN 2 THEN 3 END",
        r#"2,"x",null"#,
    );
    check(
        "RETURN coalesce(null, 1), size('héllo'), size([1]), head([1, 2]), last([1, 2]), tail([1, 2])",
        "1,5,1,1,2,[2]",
    );
    check(
        "RETURN split('a,b', ','), replace('aa', 'a', 'b'), substring('hello', 1, 3), trim(' a '), reverse('ab')",
        r#"["a","b"],"bb","ell","a","ba""#,
    );
    check(
        "RETURN toInteger('12'), toInteger('x'), toFloat('1.5'), toString(1.0), toBoolean('true'), abs(-2), round(2.5), range(1, 3)",
        r#"12,null,1.5,"1.0",true,2,3.0,[1,2,3]"#,
    );
    check("RETURN [1, 2] + 3, 'a' + 1, [1] + [2]", r#"[1,2,3],"a1",[1,2]"#);
    check("MATCH (a:Agent) RETURN size(a.tools), 'a' IN a.tools, a['name']", r#"2,true,"AGENT""#);
    check("RETURN NOT true OR true, true XOR true AND false, NOT 1 = 2", "true,true,true");
    check("// a comment\nRETURN /* another */ 1", "1");
}

#[test]
fn says_where_and_what_is_wrong() {
    let error = |query: &str| run(query).unwrap_err().to_string();
    assert_eq!(
        error("MATCH (a:Agnet) RETURN a"),
        "line 1, column 10: unknown label `Agnet`; expected `Agent`?"
    );
    assert_eq!(
        error("MATCH (a)-[:USE]->(b) RETURN a"),
        "line 1, column 13: unknown relation type `USE`; expected `USES`?"
    );
    assert_eq!(
        error("MATCH (a)\nRETURN b"),
        "line 2, column 8: `b` is not defined; expected one of a"
    );
    assert_eq!(
        error("MATCH (a)-[*]->(b) RETURN a"),
        "line 1, column 12: a variable length needs an upper bound; expected a range such as *1..6, at most 10"
    );
    assert_eq!(
        error("MATCH (a)-[*1..99]->(b) RETURN a"),
        "line 1, column 12: a variable length is at most 10; expected a range such as *1..10"
    );
    assert_eq!(
        error("MATCH (a RETURN a"),
        "line 1, column 10: unexpected `RETURN`; expected `:` and a label, `{` and properties, or `)`"
    );
    assert_eq!(
        error("CREATE (a) RETURN a"),
        "line 1, column 1: the graph is read-only; expected MATCH, OPTIONAL MATCH, UNWIND, WITH or RETURN"
    );
    assert_eq!(
        error("RETURN foo(1)").split(';').next(),
        Some("line 1, column 8: unknown function `foo`")
    );
    assert_eq!(
        error("RETURN size()"),
        "line 1, column 8: `size` has the wrong number of arguments: 0; expected 1"
    );
    assert_eq!(
        error("MATCH (a) WHERE count(a) > 1 RETURN a"),
        "line 1, column 17: an aggregate cannot stand here; expected it as an item of WITH or RETURN"
    );
    assert_eq!(error("RETURN $nope"), "line 1, column 8: the parameter `$nope` has no value");
    assert_eq!(
        error("MATCH (a)-[r]->(r) RETURN r"),
        "line 1, column 17: `r` is a relation and cannot be a node"
    );
    assert_eq!(
        error("MATCH (a)-[r]->(b)-[r]->(c) RETURN r"),
        "line 1, column 21: `r` stands for two relations of one MATCH; expected another name"
    );
    assert_eq!(
        error("MATCH (a) WITH a.name RETURN 1"),
        "line 1, column 16: `a.name` has no name; expected AS and a name"
    );
    assert_eq!(
        error("RETURN 1 AS a UNION RETURN 1 AS b"),
        "line 1, column 21: the parts of a UNION return different columns; expected a"
    );
    assert_eq!(error("RETURN 'abc"), "line 1, column 8: the string does not end; expected `'`");
    assert_eq!(
        error("RETURN 1 LIMIT -1"),
        "line 1, column 16: LIMIT takes a constant; expected a whole number of at least 0, or a parameter that is one"
    );
    assert_eq!(
        error(""),
        "line 1, column 1: the query ends; expected MATCH, OPTIONAL MATCH, UNWIND, WITH or RETURN"
    );
    assert!(
        error(&format!("RETURN {}1{}", "(".repeat(5000), ")".repeat(5000)))
            .contains("nested deeper")
    );
    assert!(error(&format!("RETURN 1{}", " + 1".repeat(5000))).contains("nested deeper"));
    assert!(error(&format!("RETURN {}1", "-".repeat(5000))).contains("nested deeper"));
    assert!(error(&format!("MATCH {} RETURN 1", "({a:".repeat(3000))).contains("nested deeper"));
}

#[test]
fn limits_hold() {
    let run = |query: &str, limits: &Limits| GRAPH.query(query, &Params::new(), limits);
    let few = Limits { rows: 3, ..Limits::default() };
    let cut = run("MATCH (a) RETURN a.id ORDER BY a.id", &few).unwrap();
    assert_eq!((cut.rows.len(), cut.stats.truncated), (3, true));
    assert!(!run("MATCH (a:Group) RETURN a", &few).unwrap().stats.truncated);
    assert_eq!(run("MATCH (a) RETURN count(*)", &few).unwrap().rows, [[json!(12)]]);

    let many = "UNWIND range(1, 10000) AS a UNWIND range(1, 10000) AS b RETURN ";
    let cancelled = Limits { cancel: Some(Arc::new(AtomicBool::new(true))), ..Limits::default() };
    let error = run(&format!("{many} sum(a + b)"), &cancelled).unwrap_err();
    assert!(matches!(error, QueryError::LimitExceeded { .. }), "{error}");
    let short = Limits { time: std::time::Duration::from_millis(1), ..Limits::default() };
    assert!(run(&format!("{many} sum(a + b)"), &short).is_err());
    let small = Limits { memory_bytes: 1 << 20, ..Limits::default() };
    let error = run(&format!("{many} collect(a)"), &small).unwrap_err().to_string();
    assert!(error.contains("1048576 bytes of memory"), "{error}");
    // Each step doubles: text, nesting and sharing must all end.
    let text = format!("WITH 'x' AS s {} RETURN s", "WITH s + s AS s ".repeat(60));
    assert_eq!(run(&text, &Limits::default()).unwrap().rows, [[json!(null)]]);
    let lists = format!("WITH 'x' AS s {} RETURN s", "WITH [s, s] AS s ".repeat(60));
    assert_eq!(run(&lists, &Limits::default()).unwrap().rows.len(), 1);
}

#[test]
fn explains_the_order_it_chose() {
    let explain = |query: &str| GRAPH.explain(query, &Params::new()).unwrap();
    let text = explain(
        "MATCH (v:VirtualMachine)-[:RUNS_AS]->(r)-[:CAN_ACCESS]->(b {id: 'bucket'}) RETURN DISTINCT r",
    );
    assert_eq!(
        text,
        "match\n  find any node by id (about 1 rows)\n  expand <-[CAN_ACCESS]- any node (about 1 rows)\n  \
         exists: expand <-[RUNS_AS]- VirtualMachine (about 1 rows)\ndistinct r\n",
        "{text}"
    );
}

#[test]
fn walks_without_a_query() {
    let reached = GRAPH.reachable(&"vm".into(), &[R::RunsAs, R::CanAccess, R::GroundedOn], 5, 10);
    let reached: Vec<_> = reached.iter().map(|(id, depth)| (id.as_str(), *depth)).collect();
    assert_eq!(reached, [("role", 1), ("agent", 2), ("bucket", 2), ("kb", 3)]);
    assert_eq!(GRAPH.reachable(&"vm".into(), &[R::RunsAs], 5, 10).len(), 1);
    let around = GRAPH.neighbourhood(&"role".into(), 1, 100).unwrap();
    assert_eq!((around.nodes.len(), around.relations.len(), around.truncated), (5, 4, false));
    let cut = GRAPH.neighbourhood(&"role".into(), 3, 2).unwrap();
    assert_eq!((cut.nodes.len(), cut.truncated), (2, true));
    assert!(GRAPH.neighbourhood(&"nothing".into(), 1, 1).is_none());
    assert_eq!(GRAPH.node(&"vm".into()).unwrap().properties["port"], 8000);
    assert_eq!(
        (GRAPH.node_count(), GRAPH.relation_count(), GRAPH.dropped_relations()),
        (12, 10, 1)
    );
}

#[test]
fn the_schema_counts_what_is_there() {
    let schema = GRAPH.schema();
    let vm = schema.labels.iter().find(|label| label.label == "VirtualMachine").unwrap();
    assert_eq!(vm.count, 2);
    assert!(vm.properties.contains(&"port".to_owned()) && vm.properties.contains(&"id".to_owned()));
    assert!(schema.labels.iter().all(|label| label.label != "Database"));
    let member = schema.relations.iter().find(|one| one.relation_type == "MEMBER_OF").unwrap();
    assert_eq!((member.count, member.connections.len()), (3, 1));
}

#[test]
fn distinct_rows_are_counted_as_such() {
    check("MATCH (a:Group)-[:MEMBER_OF*1..3]->(b) WITH DISTINCT a, b RETURN count(*)", "9");
    check("MATCH (a:Group)-[:MEMBER_OF*1..2]->(b) WITH DISTINCT a, b RETURN count(*) AS n", "6");
    check("MATCH (v)-[:RUNS_AS]->(r) WITH DISTINCT r RETURN count(*)", "1");
    check("MATCH (v)-[:RUNS_AS]->(r) WITH r RETURN count(*)", "2");
    check("MATCH (v:VirtualMachine)-[:RUNS_AS]->(r) WITH DISTINCT v, r RETURN count(*) + 1", "3");
    check("OPTIONAL MATCH (x:Table) WITH DISTINCT x RETURN count(*)", "1");
    check("MATCH (a:Group) RETURN count(DISTINCT a), count(DISTINCT a.kind)", "3,1");
    check("UNWIND [1, 1] AS n MATCH (a:Group) RETURN count(DISTINCT a)", "3");
    check("UNWIND [1, 1] AS n MATCH (a:Group) WITH DISTINCT a RETURN count(*)", "3");
    check("MATCH (a:Group) WITH a.kind AS k MATCH (b:Agent) RETURN count(DISTINCT b)", "1");
}
