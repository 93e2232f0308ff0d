//! How a stream that must not go on is ended, in the provider's own way.

use std::collections::BTreeSet;

use bytes::Bytes;
use serde_json::{Value, json};

use super::Mark;
use crate::{Operation, Protocol};

/// Knows what a client has been sent, and so what it still needs to see the stream as complete.
#[derive(Debug)]
pub struct Ending {
    dialect: Dialect,
    id: String,
}

#[derive(Debug)]
enum Dialect {
    Chat { chunk: Value, choices: BTreeSet<u32> },
    Responses { response: Value, next: u64 },
    Messages { started: bool, open: BTreeSet<u32> },
}

impl Ending {
    /// At the start of a stream. `id` stands for the provider's id where none was sent yet.
    #[must_use]
    pub fn new(protocol: Protocol, operation: Operation, id: &str) -> Self {
        let dialect = match (protocol, operation) {
            (Protocol::Anthropic, _) => Dialect::Messages { started: false, open: BTreeSet::new() },
            (_, Operation::Responses) => Dialect::Responses {
                response: json!({"id": format!("resp_{id}"), "object": "response", "created_at": 0, "model": "", "output": [], "parallel_tool_calls": true, "tool_choice": "auto", "tools": []}),
                next: 0,
            },
            _ => Dialect::Chat {
                chunk: json!({"id": format!("chatcmpl-{id}"), "object": "chat.completion.chunk", "created": 0, "model": ""}),
                choices: BTreeSet::from([0]),
            },
        };
        Self { dialect, id: id.to_owned() }
    }

    /// Notes a frame that was sent.
    pub fn sent(&mut self, mark: Mark) {
        match (&mut self.dialect, mark) {
            (Dialect::Chat { chunk, choices }, Mark::Chat { chunk: sent, choices: named }) => {
                *chunk = *sent;
                choices.extend(named);
            }
            (
                Dialect::Responses { response, next },
                Mark::Responses { sequence, response: sent },
            ) => {
                *next = sequence.saturating_add(1);
                if let Some(sent) = sent {
                    *response = *sent;
                }
            }
            (Dialect::Messages { started, .. }, Mark::Started) => *started = true,
            (Dialect::Messages { open, .. }, Mark::Opened(index)) => {
                open.insert(index);
            }
            (Dialect::Messages { open, .. }, Mark::Closed(index)) => {
                open.remove(&index);
            }
            _ => {}
        }
    }

    /// The frames that end the stream: chat `finish_reason: content_filter` and `[DONE]`; Responses
    /// `response.incomplete` with reason `content_filter`; Anthropic `stop_reason: refusal` and `message_stop`.
    #[must_use]
    pub fn blocked(&self) -> Bytes {
        let mut frames = String::new();
        match &self.dialect {
            Dialect::Chat { chunk, choices } => {
                let mut chunk = chunk.clone();
                chunk["choices"] = choices
                    .iter()
                    .map(|index| {
                        json!({"index": index, "delta": {}, "finish_reason": "content_filter", "logprobs": null})
                    })
                    .collect();
                frames = format!("data: {chunk}\n\ndata: [DONE]\n\n");
            }
            Dialect::Responses { response, next } => {
                let mut response = response.clone();
                response["status"] = "incomplete".into();
                response["error"] = Value::Null;
                response["incomplete_details"] = json!({"reason": "content_filter"});
                push(
                    &mut frames,
                    "response.incomplete",
                    json!({"sequence_number": next, "response": response}),
                );
            }
            Dialect::Messages { started, open } => {
                if !started {
                    let message = json!({"id": format!("msg_{}", self.id), "type": "message", "role": "assistant", "model": "", "content": [], "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 0, "output_tokens": 0}});
                    push(&mut frames, "message_start", json!({"message": message}));
                }
                for index in open {
                    push(&mut frames, "content_block_stop", json!({"index": index}));
                }
                let delta = json!({"stop_reason": "refusal", "stop_sequence": null});
                push(
                    &mut frames,
                    "message_delta",
                    json!({"delta": delta, "usage": {"output_tokens": 0}}),
                );
                push(&mut frames, "message_stop", json!({}));
            }
        }
        frames.into()
    }
}

fn push(frames: &mut String, event: &str, mut data: Value) {
    data["type"] = event.into();
    frames.push_str(&format!("event: {event}\ndata: {data}\n\n"));
}
