//! The eight questions of the graph bench, as openCypher text through parser and planner, one JSON line each.
//!
//! `cargo run --release -p picket-graph --example bench -- FOLDER [RUNS [QUESTION]]`, where FOLDER has `nodes.bin` (a byte each for
//! label, flags, region and padding), `edges.bin` (source, target and type, `u32` little-endian) and `target.txt` (the
//! node that the last question asks about). How long building and reading a binary snapshot took and
//! how much memory it needs goes to standard error; with `EXPLAIN` set, the plans too.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it prints what it measures")]

use std::{env, error::Error, fs, path::Path, time::Duration, time::Instant};

use picket_graph::{Limits, Params, Snapshot, SnapshotBuilder};
use serde_json::{Value, json};

const LABELS: [&str; 7] =
    ["Compute", "Identity", "AiModel", "DataStore", "Finding", "Network", "Package"];
const TYPES: [&str; 9] = [
    "RUNS_AS",
    "CAN_ASSUME",
    "CAN_ACCESS",
    "CAN_READ",
    "GROUNDED_ON",
    "IN_NETWORK",
    "ROUTES_TO",
    "HAS_FINDING",
    "DEPENDS_ON",
];
const NOTHING: [(&str, Value); 0] = [];

const CHAIN: &str = "MATCH (c:Compute)-[:RUNS_AS]->(i:Identity)-[:CAN_ACCESS]->(m:AiModel)-[:GROUNDED_ON]->(d:DataStore) \
     WHERE c.exposed AND d.sensitive";
const ADMIN: &str =
    "MATCH (c:Compute)-[:RUNS_AS|CAN_ASSUME*1..6]->(j:Identity) WHERE c.exposed AND j.admin";
const STORE: &str = "MATCH (c:Compute)-[:RUNS_AS|CAN_ASSUME|CAN_ACCESS|CAN_READ|GROUNDED_ON*1..6]->(d:DataStore) \
     WHERE c.exposed AND d.sensitive";
const BACK: &str = "MATCH (d:DataStore)<-[:RUNS_AS|CAN_ASSUME|CAN_ACCESS|CAN_READ|GROUNDED_ON*1..6]-(c:Compute) \
     WHERE d.id = $target AND c.exposed";

fn questions() -> [(&'static str, String); 8] {
    [
        ("Q1", "MATCH (c:Compute) WHERE c.exposed AND c.region = 3 RETURN count(*)".to_owned()),
        ("Q2", format!("{CHAIN} RETURN count(*)")),
        ("Q2d", format!("{CHAIN} RETURN count(DISTINCT c.id)")),
        ("Q3", format!("{ADMIN} RETURN count(*)")),
        ("Q3r", format!("{ADMIN} WITH DISTINCT c, j RETURN count(*)")),
        ("Q4", format!("{STORE} WITH DISTINCT c, d RETURN count(*)")),
        ("Q4c", format!("{STORE} RETURN count(DISTINCT c.id)")),
        ("Q5", format!("{BACK} RETURN count(DISTINCT c)")),
    ]
}

fn build(nodes: &[u8], edges: &[u8]) -> Snapshot {
    let mut builder = SnapshotBuilder::new();
    let mut counts = [0_u32; LABELS.len()];
    let names = LABELS.map(str::to_lowercase);
    for (id, node) in nodes.chunks_exact(4).enumerate() {
        let label = usize::from(node[0]) % LABELS.len();
        let flag = |bit: u8| json!(node[1] & bit != 0);
        let properties = [
            ("id", json!(id)),
            ("name", json!(format!("{}-{}", names[label], counts[label]))),
            ("region", json!(node[2])),
            ("exposed", flag(1)),
            ("admin", flag(2)),
            ("sensitive", flag(4)),
        ];
        counts[label] += 1;
        builder.node(&[LABELS[label]], properties);
    }
    for edge in edges.chunks_exact(12) {
        let [source, target, kind] = [0, 4, 8]
            .map(|at| u32::from_le_bytes([edge[at], edge[at + 1], edge[at + 2], edge[at + 3]]));
        builder.relation(source, TYPES[kind as usize % TYPES.len()], target, NOTHING);
    }
    builder.finish()
}

/// Of this process, MB; from Linux's accounts.
fn memory(what: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().ok_or("which folder has nodes.bin and edges.bin?")?;
    let runs: usize = arguments.next().map_or(Ok(5), |runs| runs.parse())?;
    let folder = Path::new(&folder);
    let started = Instant::now();
    let (nodes, edges) = (fs::read(folder.join("nodes.bin"))?, fs::read(folder.join("edges.bin"))?);
    let snapshot = build(&nodes, &edges);
    drop((nodes, edges));
    eprintln!(
        "{} nodes and {} relations built from rows in {:.2} s; {} MB resident, {} MB at most",
        snapshot.node_count(),
        snapshot.relation_count(),
        started.elapsed().as_secs_f64(),
        memory("VmRSS"),
        memory("VmHWM"),
    );
    let mut written = Vec::new();
    let started = Instant::now();
    snapshot.write(&mut written)?;
    let writing = started.elapsed().as_secs_f64();
    drop(snapshot);
    let started = Instant::now();
    let snapshot = Snapshot::read(&written)?;
    eprintln!(
        "a binary snapshot of {} MB: written in {writing:.2} s, read in {:.2} s",
        written.len() >> 20,
        started.elapsed().as_secs_f64(),
    );
    drop(written);
    let target: u32 = fs::read_to_string(folder.join("target.txt"))?.trim().parse()?;
    let mut params = Params::new();
    params.insert("target".to_owned(), target.into());
    let limits = Limits { time: Duration::from_secs(120), ..Limits::default() };
    let only = arguments.next();
    for (name, query) in questions() {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        if env::var_os("EXPLAIN").is_some() {
            eprintln!("{name}: {query}\n{}", snapshot.explain(&query, &params)?);
        }
        let mut times = Vec::new();
        let mut answer = Value::Null;
        for _ in 0..runs.max(1) {
            let started = Instant::now();
            let result = snapshot.query(&query, &params, &limits)?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
            answer = result.rows.into_iter().flatten().next().unwrap_or_default();
        }
        let first = times[0];
        times.sort_by(f64::total_cmp);
        let (first, median) = (round(first), round(times[times.len() / 2]));
        println!(
            "{}",
            json!({"query": name, "result": answer, "first_ms": first, "median_ms": median})
        );
    }
    eprintln!("{} MB resident, {} MB at most", memory("VmRSS"), memory("VmHWM"));
    Ok(())
}

/// Microseconds are as fine as it gets.
fn round(milliseconds: f64) -> f64 {
    (milliseconds * 1e3).round() / 1e3
}
