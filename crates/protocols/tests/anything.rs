//! Whatever arrives is read or refused, and never more than that.

use http::{HeaderMap, Method};
use picket_protocols::stream::StreamReader;
use picket_protocols::{Protocol, parse_request, parse_response, sse};
use proptest::prelude::*;
use serde_json::{Map, Value};

/// Words that the readers know, as keys and as types.
const WORDS: [&str; 28] = [
    "messages",
    "role",
    "content",
    "type",
    "text",
    "input",
    "output",
    "choices",
    "delta",
    "tool_calls",
    "function",
    "arguments",
    "item",
    "part",
    "response",
    "index",
    "output_index",
    "content_block",
    "document",
    "source",
    "base64",
    "tool_result",
    "response.output_text.done",
    "content_block_delta",
    "message_start",
    "function_call_output",
    "user",
    "file_data",
];

fn body() -> impl Strategy<Value = Value> {
    let word = || prop::sample::select(WORDS.to_vec());
    let leaf = prop_oneof![
        word().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        let object = prop::collection::vec((word(), inner.clone()), 0..6).prop_map(|pairs| {
            Value::Object(
                pairs
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect::<Map<_, _>>(),
            )
        });
        prop_oneof![object, prop::collection::vec(inner, 0..4).prop_map(Value::Array)]
    })
}

proptest! {
    #[test]
    fn bodies_of_known_words(body in body()) {
        let body = body.to_string();
        for protocol in Protocol::ALL {
            for path in ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/files"] {
                let read = parse_request(protocol, &Method::POST, path, &HeaderMap::new(), body.as_bytes());
                prop_assert!(read.is_ok());
            }
        }
        prop_assert!(parse_response(body.as_bytes()).is_ok());
        let mut parser = sse::Parser::new(1 << 20);
        let mut reader = StreamReader::new();
        for _ in 0..2 {
            parser.push(format!("data: {body}\n\n").as_bytes());
            let frame = parser.next_frame().ok().flatten();
            prop_assert!(frame.is_some_and(|frame| reader.read(&frame).is_ok()));
        }
        drop(reader.into_response());
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_request(Protocol::OpenAi, &Method::POST, "/v1/responses", &HeaderMap::new(), &bytes);
        let _ = parse_response(&bytes);
        let mut parser = sse::Parser::new(100);
        parser.push(&bytes);
        let mut reader = StreamReader::new();
        while let Ok(Some(frame)) = parser.next_frame() {
            let _ = reader.read(&frame);
        }
    }
}
