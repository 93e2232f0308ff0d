//! The events of each dialect.

use serde_json::Value;

use super::{DeltaKey, Event, Part, StreamReader};
use crate::json::{gather, index, items, text};

/// What an event says of the stream's frame work, which matters when the stream must be ended early.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// A chunk of chat completions.
    Chat {
        /// The chunk without its choices.
        chunk: Box<Value>,
        /// Choices it names.
        choices: Vec<u32>,
    },
    /// An event of the Responses API.
    Responses {
        /// Its sequence number.
        sequence: u64,
        /// The response it shows, where it shows one.
        response: Option<Box<Value>>,
    },
    /// Anthropic's `message_start`.
    Started,
    /// A content block begins.
    Opened(u32),
    /// A content block ends.
    Closed(u32),
}

impl StreamReader {
    /// Reads an event by its shape.
    pub(super) fn interpret(&mut self, body: &Value, event: &mut Event) {
        let kind = text(body, "type").unwrap_or_default();
        if body.get("choices").is_some_and(Value::is_array) {
            self.chat(body, event);
        } else if kind.starts_with("response.") {
            self.responses(kind, body, event);
        } else if kind.starts_with("message_") || kind.starts_with("content_block_") {
            self.messages(kind, body, event);
        } else if kind != "ping" {
            event.last = kind == "error";
            self.answer.note(body);
            self.unknown(event, 0, body);
        }
    }

    fn chat(&mut self, body: &Value, event: &mut Event) {
        self.answer.note(body);
        let mut choices = Vec::new();
        for choice in items(body, "choices") {
            let at = index(choice, "index");
            choices.push(at);
            let key = |part, kind| DeltaKey { index: at, part, kind };
            self.add(event, key(0, Part::Content), text(choice, "text").unwrap_or_default());
            let delta = choice.get("delta").or_else(|| choice.get("message"));
            for (name, value) in delta.and_then(Value::as_object).into_iter().flatten() {
                match name.as_str() {
                    "role" => {}
                    "content" => self.gathered(event, key(0, Part::Content), value),
                    "refusal" => self.gathered(event, key(0, Part::Refusal), value),
                    "reasoning_content" | "reasoning" => {
                        self.gathered(event, key(0, Part::Reasoning), value);
                    }
                    "tool_calls" => {
                        for call in value.as_array().into_iter().flatten() {
                            self.chat_call(event, at, index(call, "index"), call);
                        }
                    }
                    "function_call" => self.chat_call(event, at, 0, value),
                    "context" => self.gathered(event, key(0, Part::Context), value),
                    _ => self.gathered(event, key(0, Part::Other), value),
                }
            }
        }
        let mut chunk = serde_json::Map::new();
        for name in ["id", "object", "created", "model", "system_fingerprint"] {
            if let Some(value) = body.get(name) {
                chunk.insert(name.to_owned(), value.clone());
            }
        }
        event.mark = Mark::Chat { chunk: Box::new(Value::Object(chunk)), choices };
    }

    fn chat_call(&mut self, event: &mut Event, choice: u32, at: u32, call: &Value) {
        let function = call.get("function").or_else(|| call.get("custom")).unwrap_or(call);
        self.called((choice, at), text(call, "id"), text(function, "name"));
        let key = DeltaKey { index: choice, part: at, kind: Part::ToolArguments };
        for name in ["arguments", "input"] {
            self.add(event, key, text(function, name).unwrap_or_default());
        }
    }

    fn responses(&mut self, kind: &str, body: &Value, event: &mut Event) {
        let output = index(body, "output_index");
        let response = body.get("response");
        event.mark = Mark::Responses {
            sequence: body.get("sequence_number").and_then(Value::as_u64).unwrap_or(0),
            response: (kind == "response.created")
                .then(|| response.cloned().map(Box::new))
                .flatten(),
        };
        if let Some(response) = response {
            self.answer.note(response);
            for (at, item) in (0..).zip(items(response, "output")) {
                self.item(event, at, item);
            }
            event.last =
                matches!(kind, "response.completed" | "response.incomplete" | "response.failed");
            return;
        }
        if let Some(item) = body.get("item") {
            return self.item(event, output, item);
        }
        let (part, of) = part_of(kind, body);
        let key = DeltaKey { index: output, part, kind: of };
        if let Some(part) = body.get("part") {
            self.content_part(event, key.index, key.part, part);
        } else if kind.ends_with("audio.delta") {
            // Sound, not text; its transcript comes as text of its own.
        } else if let Some(delta) = body.get("delta") {
            self.gathered(event, key, delta);
        } else if let Some(full) = ["text", "refusal", "arguments", "input", "code", "transcript"]
            .iter()
            .find_map(|name| text(body, name))
        {
            self.whole(event, key, full);
        } else {
            self.unknown(event, output, body);
        }
    }

    /// An output item, said whole.
    fn item(&mut self, event: &mut Event, at: u32, item: &Value) {
        let key = |part, kind| DeltaKey { index: at, part, kind };
        match text(item, "type").unwrap_or("message") {
            "message" => {
                for (part, content) in (0..).zip(items(item, "content")) {
                    self.content_part(event, at, part, content);
                }
            }
            "reasoning" => {
                for (part, summary) in (0..).zip(items(item, "summary")) {
                    self.content_part(event, at, part, summary);
                }
                for (part, content) in (0..).zip(items(item, "content")) {
                    self.content_part(event, at, part, content);
                }
            }
            kind if kind.ends_with("_call") => {
                let id = text(item, "call_id").or_else(|| text(item, "id"));
                self.called((at, 0), id, text(item, "name").or(Some(kind)));
                for name in ["arguments", "input", "code"] {
                    if let Some(arguments) = text(item, name) {
                        self.whole(event, key(0, Part::ToolArguments), arguments);
                    }
                }
                for (part, name) in (0..).zip(["output", "outputs", "results", "action", "error"]) {
                    let mut said = String::new();
                    gather(item.get(name).unwrap_or(&Value::Null), &mut said);
                    self.whole(event, key(part, Part::Other), &said);
                }
            }
            _ => self.unknown(event, at, item),
        }
    }

    fn content_part(&mut self, event: &mut Event, index: u32, at: u32, part: &Value) {
        let (part_index, kind) = match text(part, "type").unwrap_or_default() {
            "output_text" | "text" => (at, Part::Content),
            "refusal" => (at, Part::Refusal),
            "summary_text" => (at, Part::Reasoning),
            "reasoning_text" => (at + REASONING_TEXT, Part::Reasoning),
            _ => return self.unknown(event, index, part),
        };
        let said = text(part, "text").or_else(|| text(part, "refusal")).unwrap_or_default();
        self.whole(event, DeltaKey { index, part: part_index, kind }, said);
    }

    fn messages(&mut self, kind: &str, body: &Value, event: &mut Event) {
        let at = index(body, "index");
        match kind {
            "message_start" => {
                event.mark = Mark::Started;
                let message = body.get("message").unwrap_or(&Value::Null);
                self.answer.note(message);
                for (at, block) in (0..).zip(items(message, "content")) {
                    self.block(event, at, block);
                }
            }
            "content_block_start" => {
                event.mark = Mark::Opened(at);
                self.block(event, at, body.get("content_block").unwrap_or(&Value::Null));
            }
            "content_block_delta" => {
                let delta = body.get("delta").unwrap_or(&Value::Null);
                self.block_delta(event, at, delta);
            }
            "content_block_stop" => event.mark = Mark::Closed(at),
            "message_delta" => {
                self.answer.note(body);
                self.answer.note(body.get("delta").unwrap_or(&Value::Null));
            }
            "message_stop" => event.last = true,
            _ => self.unknown(event, at, body),
        }
    }

    fn block(&mut self, event: &mut Event, index: u32, block: &Value) {
        let key = |kind| DeltaKey { index, part: 0, kind };
        match text(block, "type").unwrap_or_default() {
            "text" => {
                self.add(event, key(Part::Content), text(block, "text").unwrap_or_default());
                self.gathered(
                    event,
                    key(Part::Context),
                    block.get("citations").unwrap_or(&Value::Null),
                );
            }
            "thinking" => {
                self.add(event, key(Part::Reasoning), text(block, "thinking").unwrap_or_default());
            }
            "redacted_thinking" => {}
            "tool_use" | "server_tool_use" | "mcp_tool_use" => {
                self.called((index, 0), text(block, "id"), text(block, "name"));
                let input = block.get("input").and_then(Value::as_object);
                if input.is_some_and(|input| !input.is_empty()) {
                    self.add(event, key(Part::ToolArguments), &block["input"].to_string());
                }
            }
            _ => self.unknown(event, index, block),
        }
    }

    fn block_delta(&mut self, event: &mut Event, index: u32, delta: &Value) {
        let (kind, name) = match text(delta, "type").unwrap_or_default() {
            "text_delta" => (Part::Content, "text"),
            "input_json_delta" => (Part::ToolArguments, "partial_json"),
            "thinking_delta" => (Part::Reasoning, "thinking"),
            "citations_delta" => (Part::Context, "citation"),
            "signature_delta" => return,
            _ => return self.unknown(event, index, delta),
        };
        let value = delta.get(name).unwrap_or(&Value::Null);
        self.gathered(event, DeltaKey { index, part: 0, kind }, value);
    }

    /// Text, or every text inside what should have been text.
    fn gathered(&mut self, event: &mut Event, key: DeltaKey, value: &Value) {
        if let Some(text) = value.as_str() {
            return self.add(event, key, text);
        }
        let mut said = String::new();
        gather(value, &mut said);
        self.add(event, key, &said);
    }

    fn unknown(&mut self, event: &mut Event, index: u32, value: &Value) {
        self.gathered(event, DeltaKey { index, part: 0, kind: Part::Other }, value);
    }
}

/// Reasoning texts and reasoning summaries count their parts separately; texts stand above this.
const REASONING_TEXT: u32 = 1 << 16;

/// Part and kind of a Responses event by its type.
fn part_of(kind: &str, body: &Value) -> (u32, Part) {
    let content = index(body, "content_index");
    if kind.contains("reasoning_summary") {
        (index(body, "summary_index"), Part::Reasoning)
    } else if kind.contains("reasoning") {
        (content.saturating_add(REASONING_TEXT), Part::Reasoning)
    } else if kind.contains("output_text") {
        (content, Part::Content)
    } else if kind.contains("refusal") {
        (content, Part::Refusal)
    } else if ["arguments", "call_input", "call_code"].iter().any(|name| kind.contains(name)) {
        (0, Part::ToolArguments)
    } else {
        (content, Part::Other)
    }
}
