//! What inspection costs by itself: reading requests, inspecting them, reading and inspecting streams.
//!
//! `cargo bench -p picket-gateway`

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use http::{HeaderMap, Method};
use picket_protocols::stream::StreamReader;
use picket_protocols::{Protocol, parse_request, sse};
use picket_shield::{InputMessage, Shield, ShieldInput};
use serde_json::json;

const PATH: &str = "/v1/chat/completions";
const SENTENCE: &str = "The quarterly report says that sales of garden tools rose in the north and fell in the south. ";

/// A request of about `size` bytes.
fn body(size: usize) -> Vec<u8> {
    let text = SENTENCE.repeat(size.div_ceil(SENTENCE.len()));
    json!({"model": "gpt-4.1", "messages": [
        {"role": "system", "content": "You answer questions about reports."},
        {"role": "user", "content": &text[..size]},
    ]})
    .to_string()
    .into_bytes()
}

/// A stream of `count` events, one word each.
fn stream(count: usize) -> Vec<u8> {
    let mut stream = Vec::new();
    for word in SENTENCE.split_inclusive(' ').cycle().take(count) {
        let chunk = json!({"id": "c", "object": "chat.completion.chunk", "model": "gpt-4.1", "choices": [{"index": 0, "delta": {"content": word}, "finish_reason": null}]});
        stream.extend_from_slice(format!("data: {chunk}\n\n").as_bytes());
    }
    stream.extend_from_slice(b"data: [DONE]\n\n");
    stream
}

fn requests(criterion: &mut Criterion) {
    let shield = Shield::default_embedded();
    let headers = HeaderMap::new();
    let mut group = criterion.benchmark_group("request");
    for size in [200, 4 << 10, 64 << 10] {
        let body = body(size);
        group.throughput(Throughput::Bytes(body.len() as u64));
        let read =
            || parse_request(Protocol::OpenAi, &Method::POST, PATH, &headers, black_box(&body));
        group.bench_function(BenchmarkId::new("read", size), |bencher| bencher.iter(read));
        group.bench_function(BenchmarkId::new("read_and_inspect", size), |bencher| {
            bencher.iter(|| {
                let messages = read().map(|request| request.messages).unwrap_or_default();
                let messages = messages.into_iter().map(|message| InputMessage {
                    role: Some(message.role),
                    ..InputMessage::text(message.channel, message.content)
                });
                shield.analyze(&ShieldInput {
                    messages: messages.collect(),
                    ..ShieldInput::default()
                })
            });
        });
    }
    group.finish();
}

fn streams(criterion: &mut Criterion) {
    const EVENTS: usize = 200;
    let shield = Shield::default_embedded();
    let stream = stream(EVENTS);
    let mut group = criterion.benchmark_group("stream");
    group.throughput(Throughput::Elements(EVENTS as u64));
    for inspect in [false, true] {
        let name = if inspect { "read_and_inspect" } else { "read" };
        group.bench_function(BenchmarkId::new(name, EVENTS), |bencher| {
            bencher.iter(|| {
                let mut parser = sse::Parser::new(1 << 20);
                let mut reader = StreamReader::new();
                let mut inspector = shield.response_stream(&ShieldInput::default());
                let mut safe = 0;
                for piece in black_box(&stream).chunks(1400) {
                    parser.push(piece);
                    while let Ok(Some(frame)) = parser.next_frame() {
                        let event = reader.read(&frame).unwrap_or_default();
                        for delta in event.deltas.iter().filter(|_| inspect) {
                            safe = inspector.push(&delta.text).safe_up_to;
                        }
                    }
                }
                (reader.into_response(), safe)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, requests, streams);
criterion_main!(benches);
