//! What is read of answers, whole and streamed, and how they are refused.

#![expect(clippy::expect_used, reason = "a test helper that fails is a test that fails")]
use std::collections::BTreeMap;

use picket_model::ThreatCategory;
use picket_protocols::stream::{Ending, StreamReader};
use picket_protocols::{Operation, Protocol, Refusal, Response, parse_response, sse};
use serde_json::{Value, json};

fn parsed(body: &Value) -> Response {
    parse_response(body.to_string().as_bytes()).expect("a readable answer")
}

#[test]
fn chat_completion() {
    insta::assert_json_snapshot!(parsed(&json!({
        "id": "c", "object": "chat.completion", "model": "gpt-4.1",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello", "refusal": null, "reasoning_content": "thought",
                "context": {"citations": [{"content": "A passage", "url": "https://example.com"}]}}},
            {"index": 1, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": null, "tool_calls": [
                {"id": "t", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}}]}},
        ],
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {"jailbreak": {"filtered": false, "detected": true}}}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3},
    })));
}

#[test]
fn response_of_the_responses_api() {
    insta::assert_json_snapshot!(parsed(&json!({
        "id": "r", "object": "response", "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "model": "m",
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Thought."}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}, {"type": "refusal", "refusal": "But no"}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        ],
        "usage": {"input_tokens": 1, "output_tokens": 2},
    })));
}

#[test]
fn message_of_anthropic() {
    insta::assert_json_snapshot!(parsed(&json!({
        "id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "stop_reason": "tool_use",
        "content": [{"type": "text", "text": "Let me see."}, {"type": "tool_use", "id": "t", "name": "get", "input": {"city": "Paris"}}],
        "usage": {"input_tokens": 5, "output_tokens": 6},
    })));
}

#[test]
fn errors_and_unknown_shapes() {
    let refused = parsed(
        &json!({"error": {"code": "content_filter", "message": "m", "innererror": {
        "code": "ResponsibleAIPolicyViolation", "content_filter_result": {"jailbreak": {"filtered": true, "detected": true}}}}}),
    );
    assert_eq!((refused.provider_jailbreak, refused.messages.len()), (Some(true), 0));
    let thread = parsed(
        &json!({"data": [{"content": [{"type": "text", "text": {"value": "kept in a thread"}}]}]}),
    );
    assert_eq!(thread.messages[0].content, "kept in a thread");
    assert!(parse_response(b"<html>").is_err());
}

/// Reads a stream in pieces of `cut` bytes and shows its texts.
fn streamed(stream: &str, cut: usize) -> (BTreeMap<String, String>, Response, usize) {
    let mut parser = sse::Parser::new(10_000);
    let mut reader = StreamReader::new();
    let (mut texts, mut last) = (BTreeMap::<String, String>::new(), 0);
    for piece in stream.as_bytes().chunks(cut) {
        parser.push(piece);
        while let Ok(Some(frame)) = parser.next_frame() {
            let event = reader.read(&frame).expect("a readable frame");
            last += usize::from(event.last);
            for delta in event.deltas {
                let key = format!("{:?} {}.{}", delta.key.kind, delta.key.index, delta.key.part);
                *texts.entry(key).or_default() += &delta.text;
            }
        }
    }
    (texts, reader.into_response(), last)
}

fn frames(events: &[Value]) -> String {
    events.iter().map(|event| format!("data: {event}\r\n\r\n")).collect()
}

fn check(name: &str, stream: &str) {
    let whole = streamed(stream, stream.len());
    for cut in [1, 7] {
        assert_eq!(streamed(stream, cut), whole, "cut into pieces of {cut}");
    }
    insta::assert_json_snapshot!(name, whole);
}

#[test]
fn chat_stream() {
    let delta = |choice: u32, delta: Value| json!({"id": "c", "model": "m", "choices": [{"index": choice, "delta": delta, "finish_reason": null}]});
    let mut stream = frames(&[
        json!({"choices": [], "prompt_filter_results": [{"content_filter_results": {"jailbreak": {"detected": false, "filtered": false}}}]}),
        delta(
            0,
            json!({"role": "assistant", "content": "", "context": {"citations": [{"content": "A passage"}]}}),
        ),
        delta(0, json!({"content": "Hel"})),
        delta(1, json!({"content": "Other choice", "reasoning_content": "hm"})),
        delta(0, json!({"content": "lo"})),
        delta(0, json!({"refusal": "No."})),
        delta(
            0,
            json!({"tool_calls": [{"index": 1, "id": "t", "function": {"name": "f", "arguments": "{\"a\""}}]}),
        ),
        delta(
            0,
            json!({"tool_calls": [{"index": 1, "function": {"arguments": ":1}"}}], "of_tomorrow": {"say": "hidden"}}),
        ),
        json!({"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
        json!({"id": "c", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}),
    ]);
    stream.push_str(": keep-alive\n\ndata: [DONE]\n\n");
    check("chat_stream", &stream);
}

#[test]
fn responses_stream() {
    let item = json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello there"}]});
    check(
        "responses_stream",
        &frames(&[
            json!({"type": "response.created", "sequence_number": 0, "response": {"id": "r", "status": "in_progress", "output": []}}),
            json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Hello"}),
            json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": " there"}),
            json!({"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "Hello there"}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
            json!({"type": "response.reasoning_summary_text.delta", "output_index": 1, "summary_index": 0, "delta": "Thought"}),
            json!({"type": "response.output_item.added", "output_index": 2, "item": {"type": "function_call", "call_id": "c", "name": "f", "arguments": ""}}),
            json!({"type": "response.function_call_arguments.delta", "output_index": 2, "delta": "{}"}),
            json!({"type": "response.function_call_arguments.done", "output_index": 2, "arguments": "{}"}),
            json!({"type": "response.completed", "response": {"id": "r", "model": "m", "status": "completed", "output": [item, {"type": "reasoning", "summary": []}, {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{} said only at the end"}], "usage": {"input_tokens": 1, "output_tokens": 2}}}),
        ]),
    );
}

#[test]
fn anthropic_stream() {
    check(
        "anthropic_stream",
        &frames(&[
            json!({"type": "message_start", "message": {"id": "m", "model": "claude-sonnet-4-5", "content": [], "usage": {"input_tokens": 9, "output_tokens": 1}}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm."}}),
            json!({"type": "content_block_stop", "index": 0}),
            json!({"type": "ping"}),
            json!({"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}}),
            json!({"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Hi"}}),
            json!({"type": "content_block_delta", "index": 1, "delta": {"type": "citations_delta", "citation": {"type": "char_location", "cited_text": "quoted"}}}),
            json!({"type": "content_block_start", "index": 2, "content_block": {"type": "tool_use", "id": "t", "name": "get", "input": {}}}),
            json!({"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": "{\"city\":"}}),
            json!({"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": "\"Paris\"}"}}),
            json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 7}}),
            json!({"type": "message_stop"}),
        ]),
    );
}

#[test]
fn streams_end_in_the_providers_own_way() {
    let mut shown = String::new();
    let streams = [
        (
            Protocol::AzureOpenAi,
            Operation::ChatCompletions,
            json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 1, "delta": {"content": "x"}}]}),
        ),
        (
            Protocol::OpenAi,
            Operation::Responses,
            json!({"type": "response.created", "sequence_number": 4, "response": {"id": "r", "status": "in_progress", "output": []}}),
        ),
        (
            Protocol::Anthropic,
            Operation::Messages,
            json!({"type": "content_block_start", "index": 2, "content_block": {"type": "text", "text": ""}}),
        ),
    ];
    for (protocol, operation, event) in streams {
        let mut ending = Ending::new(protocol, operation, "ID");
        let mut parser = sse::Parser::new(10_000);
        parser.push(frames(&[event]).as_bytes());
        let frame = parser.next_frame().unwrap().unwrap();
        ending.sent(StreamReader::new().read(&frame).unwrap().mark);
        shown.push_str(&format!("{protocol}\n{}", String::from_utf8_lossy(&ending.blocked())));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn refusals() {
    let mut shown = String::new();
    for (protocol, operation) in [
        (Protocol::OpenAi, Operation::ChatCompletions),
        (Protocol::AzureOpenAi, Operation::Responses),
        (Protocol::AzureAiInference, Operation::Embeddings),
        (Protocol::Anthropic, Operation::Messages),
    ] {
        let refusal = Refusal { protocol, operation, id: "ID" };
        for reply in [
            refusal.prompt(ThreatCategory::Jailbreak),
            refusal.response(ThreatCategory::CredentialExposure, Some("m")),
            refusal.error(http::StatusCode::BAD_GATEWAY, "upstream_unreachable", "no answer"),
        ] {
            shown.push_str(&format!(
                "{protocol} {} {}\n",
                reply.status.as_u16(),
                String::from_utf8_lossy(&reply.body)
            ));
        }
    }
    insta::assert_snapshot!(shown);
}
