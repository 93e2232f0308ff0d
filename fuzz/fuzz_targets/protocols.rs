//! Any bytes as a request, an answer or a stream; pieces of a stream read like the whole.

#![no_main]

use libfuzzer_sys::fuzz_target;
use picket_protocols::stream::StreamReader;
use picket_protocols::{Protocol, parse_request, parse_response, sse};

const PATHS: &[&str] = &[
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/messages",
    "/v1/completions",
    "/openai/deployments/d/chat/completions?api-version=1",
];

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (choice, size, bytes) = input;
    let protocol = Protocol::ALL[usize::from(choice) % Protocol::ALL.len()];
    let path = PATHS[usize::from(choice) % PATHS.len()];
    let _ = parse_request(protocol, &http::Method::POST, path, &http::HeaderMap::new(), bytes);
    let _ = parse_response(bytes);

    let mut frames = Vec::new();
    for size in [bytes.len().max(1), usize::from(size).max(1)] {
        let (mut parser, mut reader, mut count) = (sse::Parser::new(4096), StreamReader::new(), 0);
        'pieces: for piece in bytes.chunks(size) {
            parser.push(piece);
            loop {
                match parser.next_frame() {
                    Ok(Some(frame)) => {
                        count += 1;
                        let _ = reader.read(&frame);
                    }
                    Ok(None) => break,
                    Err(_) => break 'pieces,
                }
            }
        }
        drop(reader.into_response());
        frames.push(count);
    }
    if bytes.len() <= 4096 {
        assert_eq!(frames[0], frames[1], "pieces make other frames than the whole");
    }
});
