//! The questions that posture asks, over a synthetic estate of 100,000 nodes and four relations a node.
//!
//! `PICKET_BENCH_NODES` sets another size. For the same data in several engines see `examples/bench.rs`.
#![expect(clippy::print_stderr, reason = "counts are told beside the times")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

use std::{env, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use picket_graph::{Limits, Params, Snapshot};
use picket_model::{Asset, AssetKind as K, Provider, Relation, RelationKind as R};

/// Kind, share of the nodes.
const NODES: &[(K, f64)] = &[
    (K::VirtualMachine, 0.40),
    (K::ServiceIdentity, 0.20),
    (K::Model, 0.02),
    (K::ObjectStore, 0.08),
    (K::Secret, 0.10),
    (K::Subnet, 0.10),
    (K::Library, 0.10),
];

/// Kind, source and target as positions in [`NODES`], relations for each node of the graph, skew of the target.
const RELATIONS: &[(R, usize, usize, f64, i32)] = &[
    (R::RunsAs, 0, 1, 0.40, 1),
    (R::MemberOf, 1, 1, 0.40, 2),
    (R::CanAccess, 1, 2, 0.30, 2),
    (R::Uses, 1, 3, 0.70, 2),
    (R::GroundedOn, 2, 3, 0.06, 2),
    (R::AttachedTo, 0, 5, 0.40, 2),
    (R::RoutesTo, 5, 5, 0.14, 1),
    (R::HasSecret, 0, 4, 0.60, 1),
    (R::DependsOn, 0, 6, 1.00, 2),
];

const QUERIES: &[(&str, &str)] = &[
    (
        "Q1 label and properties",
        "MATCH (c:VirtualMachine) WHERE c.exposed AND c.region = 'r3' RETURN count(*)",
    ),
    (
        "Q2 three relations",
        "MATCH (c:VirtualMachine)-[:RUNS_AS]->(i:ServiceIdentity)-[:CAN_ACCESS]->(m:Model)-[:GROUNDED_ON]->(d:ObjectStore) \
         WHERE c.exposed AND d.sensitive RETURN count(*)",
    ),
    (
        "Q3r variable length, distinct ends",
        "MATCH (c:VirtualMachine)-[:RUNS_AS|MEMBER_OF*1..6]->(j:ServiceIdentity) WHERE c.exposed AND j.admin \
         WITH DISTINCT c, j RETURN count(*)",
    ),
    (
        "Q4 five types, distinct ends",
        "MATCH (c:VirtualMachine)-[:RUNS_AS|MEMBER_OF|CAN_ACCESS|USES|GROUNDED_ON*1..6]->(d:ObjectStore) \
         WHERE c.exposed AND d.sensitive WITH DISTINCT c, d RETURN count(*)",
    ),
    (
        "Q4c who reaches",
        "MATCH (c:VirtualMachine)-[:RUNS_AS|MEMBER_OF|CAN_ACCESS|USES|GROUNDED_ON*1..6]->(d:ObjectStore) \
         WHERE c.exposed AND d.sensitive RETURN count(DISTINCT c)",
    ),
    (
        "Q5 who reaches one store",
        "MATCH (d:ObjectStore {id: $target})<-[:RUNS_AS|MEMBER_OF|CAN_ACCESS|USES|GROUNDED_ON*1..6]-(c:VirtualMachine) \
         WHERE c.exposed RETURN count(DISTINCT c)",
    ),
];

/// Marsaglia's xorshift: the same graph everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from((self.0 >> 32) as u32) / f64::from(u32::MAX)
    }
}

/// Label, flags (exposed 1, admin 2, sensitive 4) and region of each node; source, target and type of each relation.
type Raw = (Vec<[u8; 3]>, Vec<[u32; 3]>);

fn generated(size: u32) -> Raw {
    let mut random = Random(0x5eed_cafe_f00d_d00d);
    let count = |share: f64| (f64::from(size) * share) as u32;
    let mut nodes = Vec::new();
    let mut starts = Vec::new();
    for (label, (_, share)) in NODES.iter().enumerate() {
        starts.push((nodes.len() as u32, count(*share)));
        for _ in 0..count(*share) {
            let chance = random.next();
            let flags = match label {
                0 => u8::from(chance < 0.02),
                1 => u8::from(chance < 0.01) * 2,
                3 => u8::from(chance < 0.10) * 4,
                _ => 0,
            };
            nodes.push([label as u8, flags, (random.next() * 9.99) as u8]);
        }
    }
    let mut relations = Vec::new();
    for (kind, (_, from, to, share, skew)) in RELATIONS.iter().enumerate() {
        let ((from, sources), (to, targets)) = (starts[*from], starts[*to]);
        for index in 0..count(*share) {
            let source = from + (index % sources);
            let target = to + (random.next().powi(*skew) * f64::from(targets - 1)) as u32;
            relations.push([source, target, kind as u32]);
        }
    }
    (nodes, relations)
}

fn snapshot((nodes, relations): &Raw) -> Snapshot {
    let assets: Vec<Asset> = nodes
        .iter()
        .enumerate()
        .map(|(index, [label, flags, region])| {
            let kind = NODES[usize::from(*label)].0;
            let asset =
                Asset::new(format!("n{index}"), kind, format!("n{index}"), Provider::Aws, "1")
                    .region(format!("r{region}"));
            match label {
                0 => asset.with("exposed", flags & 1 != 0),
                1 => asset.with("admin", flags & 2 != 0),
                3 => asset.with("sensitive", flags & 4 != 0),
                _ => asset,
            }
        })
        .collect();
    let relations: Vec<Relation> = relations
        .iter()
        .map(|[source, target, kind]| {
            Relation::new(format!("n{source}"), RELATIONS[*kind as usize].0, format!("n{target}"))
        })
        .collect();
    Snapshot::build(&assets, &relations)
}

/// A sensitive store with as many incoming relations as half of them.
fn target((nodes, relations): &Raw) -> String {
    let mut incoming = vec![0_u32; nodes.len()];
    relations.iter().for_each(|[_, target, _]| incoming[*target as usize] += 1);
    let mut stores: Vec<usize> = (0..nodes.len()).filter(|node| nodes[*node][1] & 4 != 0).collect();
    stores.sort_by_key(|store| incoming[*store]);
    format!("n{}", stores[stores.len() / 2])
}

fn graph(criterion: &mut Criterion) {
    let size = env::var("PICKET_BENCH_NODES").map_or(100_000, |size| size.parse().unwrap());
    let raw = generated(size);
    let snapshot = snapshot(&raw);
    eprintln!("{} nodes, {} relations", snapshot.node_count(), snapshot.relation_count());
    let mut params = Params::new();
    params.insert("target".to_owned(), target(&raw).into());
    let limits = Limits { time: std::time::Duration::from_secs(60), ..Limits::default() };
    let mut group = criterion.benchmark_group("graph");
    group.sample_size(10);
    for (name, query) in QUERIES {
        let ask = || snapshot.query(query, &params, &limits).unwrap();
        eprintln!("{name}: {}", ask().rows[0][0]);
        group.bench_function(*name, |bencher| bencher.iter(|| black_box(ask())));
    }
    group.finish();
}

criterion_group!(benches, graph);
criterion_main!(benches);
