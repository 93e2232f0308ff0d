//! How long a scan takes: ordinary texts by size, with the usual types and with every type on, and the worst ones of 1 MB.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use picket_sensitive::Scanner;

const PROSE: &str = "The quarterly report shows that revenue in the northern region grew by four percent, while costs \
    stayed level. Please summarise the main points for the board and list three risks that we should mention. \
    Nadia will call the supplier on Tuesday about the new contract; the token budget of 4096 was not enough. ";

const LOG: &str = "2025-03-14T09:26:53.589Z INFO gateway request id=8f14e45f-ceea-467f-a0e6-1b2d3c4e5f60 status=200 \
    bytes=18233 took=12ms client=10.0.4.17 path=/v1/chat/completions\n";

fn filled(unit: &str, size: usize) -> String {
    let mut text = unit.repeat(size.div_ceil(unit.len()));
    text.truncate(text.floor_char_boundary(size));
    text
}

fn scan(criterion: &mut Criterion) {
    let usual = Scanner::embedded();
    let ids: Vec<String> = usual.types().map(|info| info.id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let Ok(every) = Scanner::default().with_types(&ids, &[]) else { return };
    let mut group = criterion.benchmark_group("scan");
    group.sample_size(20);
    for (types, scanner) in [("usual", usual), ("every", &every)] {
        for (name, unit, size) in [
            ("prose 1KB", PROSE, 1 << 10),
            ("prose 1MB", PROSE, 1 << 20),
            ("log 1MB", LOG, 1 << 20),
        ] {
            let text = filled(unit, size);
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_function(BenchmarkId::new(types, name), |b| b.iter(|| scanner.scan(&text)));
        }
    }
    group.sample_size(10);
    for unit in [
        "7",
        "4111 1111 1111 1112 ",
        "1234 ",
        "a@a@a@",
        "a@a.",
        "password: ",
        "sk-proj-a ",
        "eyJ-",
        "eyJhbGciOi.eyJhbGciOi.",
        "-----BEGIN PRIVATE KEY-----",
        "://",
        "postgres://a:b",
        "AKIA",
        "passport 12 iban ",
        "JQQJ99",
        " street 1 Abc ",
        "secret token ",
        "SSN 219-09-9999 ",
    ] {
        let text = filled(unit, 1 << 20);
        group.throughput(Throughput::Bytes(1 << 20));
        group.bench_function(BenchmarkId::new("worst 1MB", unit), |b| b.iter(|| every.scan(&text)));
    }
    group.finish();
}

criterion_group!(benches, scan);
criterion_main!(benches);
