//! A stand-in for a model provider: answers every protocol, whole and streamed, by repeating what it was told.
//!
//! For demonstrations, tests and benches. It says `You said: …`, or exactly what the request asks it to say with the
//! header [`ANSWER_HEADER`] or the top-level body field [`ANSWER_FIELD`], so that leaks can be played.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use futures::{StreamExt as _, stream};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use picket_model::Channel;
use picket_protocols::{Operation, Protocol, Request, parse_request};
use serde_json::{Value, json};

/// Header with the words to answer.
pub const ANSWER_HEADER: &str = "x-picket-echo-answer";
/// Top-level field of the body with the words to answer.
pub const ANSWER_FIELD: &str = "picket_echo_answer";
/// Top-level field of the body with the tokens to count: `{"input_tokens", "output_tokens"}`.
pub const USAGE_FIELD: &str = "picket_echo_usage";
/// Largest request it takes, bytes.
const MAX_BODY: usize = 32 << 20;
const MODEL: &str = "echo-1";

/// The echo upstream.
pub fn router() -> Router {
    paced(Duration::ZERO)
}

/// The echo upstream with a pause before every event of a stream, as models have.
pub fn paced(pause: Duration) -> Router {
    Router::new().fallback(async move |request: http::Request<Body>| {
        let (parts, body) = request.into_parts();
        match axum::body::to_bytes(body, MAX_BODY).await {
            Ok(body) => answer(&parts, &body, pause),
            Err(error) => fail(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string()),
        }
    })
}

fn answer(parts: &Parts, body: &[u8], pause: Duration) -> Response<Body> {
    let line = parts.uri.path_and_query().map_or("/", |line| line.as_str());
    let protocol = match parts.uri.path() {
        path if path.contains("/messages") => Protocol::Anthropic,
        path if path.contains("/deployments/") => Protocol::AzureOpenAi,
        _ => Protocol::OpenAi,
    };
    let request = match parse_request(protocol, &parts.method, line, &parts.headers, body) {
        Ok(request) => request,
        Err(error) => return fail(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let words = words(parts, body, &request);
    let told: Value = serde_json::from_slice::<Value>(body)
        .map_or(Value::Null, |mut body| body[USAGE_FIELD].take());
    let usage = Count {
        input: told["input_tokens"].as_u64().unwrap_or(request.messages.len() as u64),
        output: told["output_tokens"].as_u64().unwrap_or(words.split(' ').count() as u64),
    };
    match (request.operation, request.streaming) {
        (Operation::ChatCompletions, false) => whole(&chat(&words, usage)),
        (Operation::ChatCompletions, true) => streamed(chat_events(&words, usage), pause),
        (Operation::Responses, false) => whole(&response(&words, usage)),
        (Operation::Responses, true) => streamed(response_events(&words, usage), pause),
        (Operation::Messages, false) => whole(&message(&words, usage)),
        (Operation::Messages, true) => streamed(message_events(&words, usage), pause),
        (Operation::Embeddings, _) => {
            let data: Vec<Value> = (0..request.messages.len().max(1))
                .map(|index| json!({"object": "embedding", "index": index, "embedding": [0.25, 0.5, -0.25]}))
                .collect();
            whole(
                &json!({"object": "list", "data": data, "model": MODEL, "usage": {"prompt_tokens": usage.input, "total_tokens": usage.input}}),
            )
        }
        (Operation::Other, _) if line.contains("count_tokens") => {
            whole(&json!({"input_tokens": usage.input}))
        }
        (Operation::Other, _) if parts.uri.path().ends_with("/models") => whole(
            &json!({"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "picket"}]}),
        ),
        (Operation::Other, _) => {
            fail(StatusCode::NOT_FOUND, "the echo upstream does not know this path")
        }
    }
}

/// What to say.
fn words(parts: &Parts, body: &[u8], request: &Request) -> String {
    if let Some(value) = parts.headers.get(ANSWER_HEADER) {
        return String::from_utf8_lossy(value.as_bytes()).into_owned();
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(text) = body.get(ANSWER_FIELD).and_then(Value::as_str) {
        return text.to_owned();
    }
    let last = request.messages.iter().rev().find(|message| message.channel == Channel::User);
    format!("You said: {}", last.map_or("nothing", |message| message.content.as_str()))
}

#[derive(Clone, Copy)]
struct Count {
    input: u64,
    output: u64,
}

impl Count {
    fn openai(self) -> Value {
        json!({"prompt_tokens": self.input, "completion_tokens": self.output, "total_tokens": self.input + self.output})
    }

    fn tokens(self) -> Value {
        json!({"input_tokens": self.input, "output_tokens": self.output})
    }

    fn responses(self) -> Value {
        json!({
            "input_tokens": self.input, "output_tokens": self.output, "total_tokens": self.input + self.output,
            "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0},
        })
    }
}

/// Words with the space that follows each, as tokens come.
fn pieces(words: &str) -> impl Iterator<Item = &str> {
    words.split_inclusive(' ')
}

fn chat(words: &str, usage: Count) -> Value {
    let message = json!({"role": "assistant", "content": words, "refusal": null});
    json!({
        "id": "chatcmpl-echo", "object": "chat.completion", "created": 0, "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": null}],
        "usage": usage.openai(),
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {"jailbreak": {"filtered": false, "detected": false}}}],
    })
}

fn chat_events(words: &str, usage: Count) -> Vec<String> {
    let chunk = |choices: Value, usage: Value| json!({"id": "chatcmpl-echo", "object": "chat.completion.chunk", "created": 0, "model": MODEL, "choices": choices, "usage": usage});
    let delta = |delta: Value, finish: Option<&str>| {
        chunk(
            json!([{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": null}]),
            Value::Null,
        )
    };
    let mut events = vec![delta(json!({"role": "assistant", "content": ""}), None)];
    events.extend(pieces(words).map(|piece| delta(json!({"content": piece}), None)));
    events.push(delta(json!({}), Some("stop")));
    events.push(chunk(json!([]), usage.openai()));
    let mut frames: Vec<String> = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    frames.push("data: [DONE]\n\n".to_owned());
    frames
}

fn response(words: &str, usage: Count) -> Value {
    json!({
        "id": "resp_echo", "object": "response", "created_at": 0, "status": "completed", "model": MODEL,
        "error": null, "incomplete_details": null, "instructions": null, "metadata": {},
        "output": [output_item(words, "completed")],
        "parallel_tool_calls": true, "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "usage": usage.responses(),
    })
}

fn output_item(words: &str, status: &str) -> Value {
    let content = json!([{"type": "output_text", "text": words, "annotations": []}]);
    json!({"type": "message", "id": "msg_echo", "status": status, "role": "assistant", "content": content})
}

fn response_events(words: &str, usage: Count) -> Vec<String> {
    let complete = response(words, usage);
    let mut begun = complete.clone();
    begun["status"] = "in_progress".into();
    begun["output"] = json!([]);
    let mut item = output_item("", "in_progress");
    item["content"] = json!([]);
    let at = json!({"item_id": "msg_echo", "output_index": 0, "content_index": 0});
    let text = |kind: &str, more: Value| {
        let mut event = at.clone();
        if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
            event.extend(more);
        }
        (kind.to_owned(), event)
    };
    let part =
        |words: &str| json!({"part": {"type": "output_text", "text": words, "annotations": []}});
    let mut events = vec![
        ("response.created".to_owned(), json!({"response": begun})),
        ("response.output_item.added".to_owned(), json!({"output_index": 0, "item": item})),
        text("response.content_part.added", part("")),
    ];
    for piece in pieces(words) {
        events.push(text("response.output_text.delta", json!({"delta": piece, "logprobs": []})));
    }
    events.push(text("response.output_text.done", json!({"text": words, "logprobs": []})));
    events.push(text("response.content_part.done", part(words)));
    let item = output_item(words, "completed");
    events.push(("response.output_item.done".to_owned(), json!({"output_index": 0, "item": item})));
    events.push(("response.completed".to_owned(), json!({"response": complete})));
    named(events.into_iter().enumerate().map(|(sequence, (kind, mut event))| {
        event["sequence_number"] = sequence.into();
        (kind, event)
    }))
}

fn message(words: &str, usage: Count) -> Value {
    json!({
        "id": "msg_echo", "type": "message", "role": "assistant", "model": MODEL,
        "content": [{"type": "text", "text": words}], "stop_reason": "end_turn", "stop_sequence": null,
        "usage": usage.tokens(),
    })
}

fn message_events(words: &str, usage: Count) -> Vec<String> {
    let mut begun = message("", usage);
    begun["content"] = json!([]);
    begun["stop_reason"] = Value::Null;
    let mut events = vec![
        ("message_start", json!({"message": begun})),
        ("content_block_start", json!({"index": 0, "content_block": {"type": "text", "text": ""}})),
        ("ping", json!({})),
    ];
    for piece in pieces(words) {
        let delta = json!({"type": "text_delta", "text": piece});
        events.push(("content_block_delta", json!({"index": 0, "delta": delta})));
    }
    events.push(("content_block_stop", json!({"index": 0})));
    let delta = json!({"stop_reason": "end_turn", "stop_sequence": null});
    events
        .push(("message_delta", json!({"delta": delta, "usage": {"output_tokens": usage.output}})));
    events.push(("message_stop", json!({})));
    named(events.into_iter().map(|(kind, event)| (kind.to_owned(), event)))
}

/// Events that say their type twice, as both OpenAI's Responses and Anthropic do.
fn named(events: impl Iterator<Item = (String, Value)>) -> Vec<String> {
    events
        .map(|(kind, mut event)| {
            event["type"] = kind.as_str().into();
            format!("event: {kind}\ndata: {event}\n\n")
        })
        .collect()
}

fn whole(body: &Value) -> Response<Body> {
    typed(StatusCode::OK, "application/json", Body::from(body.to_string()))
}

fn fail(status: StatusCode, message: &str) -> Response<Body> {
    let body = json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}});
    typed(status, "application/json", Body::from(body.to_string()))
}

fn streamed(frames: Vec<String>, pause: Duration) -> Response<Body> {
    let frames = stream::iter(frames).then(move |frame| async move {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        Ok::<_, Infallible>(Bytes::from(frame))
    });
    typed(StatusCode::OK, "text/event-stream; charset=utf-8", Body::from_stream(frames))
}

fn typed(status: StatusCode, kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
