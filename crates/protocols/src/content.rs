//! Messages, items and content parts of all dialects, read by their shape.

use base64::Engine as _;
use picket_model::{Channel, Document, Message, ToolCall};
use serde_json::Value;

use crate::json::{gather, items, push_line, text};

/// Most text documents attached as base64 are decoded; larger ones are left to artifact scanning.
const MAX_ATTACHMENT: usize = 4 << 20;

/// Collects what messages say.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pub(crate) messages: Vec<Message>,
    pub(crate) documents: Vec<Document>,
    pub(crate) tool_calls: Vec<ToolCall>,
}

impl Reader {
    /// An element of `messages`, `input` or `output`: a message, or an item such as a tool's result.
    pub(crate) fn item(&mut self, item: &Value, default_role: &str) {
        if let Some(text) = item.as_str() {
            return self.say(default_role, text.to_owned());
        }
        if !matches!(text(item, "type"), None | Some("message")) {
            return self.part(item, default_role, &mut String::new());
        }
        let role = text(item, "role").unwrap_or(default_role);
        let mut said = String::new();
        if let Some(content) = item.get("content") {
            self.content(content, role, &mut said);
        }
        if let Some(refusal) = text(item, "refusal") {
            push_line(&mut said, refusal);
        }
        if let Some(transcript) = item.get("audio").and_then(|audio| text(audio, "transcript")) {
            push_line(&mut said, transcript);
        }
        self.say(role, said);
        for key in ["reasoning_content", "reasoning"] {
            if let Some(reasoning) = text(item, key) {
                self.say("assistant", reasoning.to_owned());
            }
        }
        for call in items(item, "tool_calls") {
            self.call(call);
        }
        if let Some(call) = item.get("function_call") {
            self.call(call);
        }
        if let Some(context) = item.get("context") {
            self.context(context);
        }
    }

    /// What stands under `content`: a text, a part or a list of parts. Text goes to `said`.
    pub(crate) fn content(&mut self, content: &Value, role: &str, said: &mut String) {
        match content {
            Value::String(text) => push_line(said, text),
            Value::Array(parts) => {
                for part in parts {
                    self.content(part, role, said);
                }
            }
            Value::Object(_) => self.part(content, role, said),
            _ => {}
        }
    }

    /// A typed part or item. Text that belongs to the message goes to `said`, the rest where it belongs.
    fn part(&mut self, part: &Value, role: &str, said: &mut String) {
        match text(part, "type").unwrap_or("text") {
            "text" | "input_text" | "output_text" => match part.get("text") {
                Some(Value::String(text)) => push_line(said, text),
                _ => gather(part, said),
            },
            "refusal" => push_line(said, text(part, "refusal").unwrap_or_default()),
            "thinking" => {
                self.say("assistant", text(part, "thinking").unwrap_or_default().to_owned());
            }
            "image" | "image_url" | "input_image" | "input_audio" | "redacted_thinking"
            | "item_reference" => {}
            "file" | "input_file" => self.file(part.get("file").unwrap_or(part)),
            "document" => self.document(part),
            "search_result" => {
                let mut content = String::new();
                self.content(part.get("content").unwrap_or(&Value::Null), role, &mut content);
                let source = text(part, "source").or_else(|| text(part, "title"));
                self.attach(source, content);
            }
            "tool_use" | "server_tool_use" | "mcp_tool_use" | "function_call"
            | "custom_tool_call" | "function" => self.call(part),
            "reasoning" => {
                let mut reasoning = String::new();
                for key in ["summary", "content"] {
                    gather(part.get(key).unwrap_or(&Value::Null), &mut reasoning);
                }
                self.say("assistant", reasoning);
            }
            kind if kind.ends_with("_output") || kind.ends_with("tool_result") => {
                self.tool_result(part);
            }
            kind if kind.ends_with("_call") => {
                self.call(part);
                let mut result = String::new();
                for key in ["output", "outputs", "results", "result", "error"] {
                    gather(part.get(key).unwrap_or(&Value::Null), &mut result);
                }
                self.say("tool", result);
            }
            _ => gather(part, said),
        }
    }

    /// What a tool answered; its documents count as documents.
    fn tool_result(&mut self, part: &Value) {
        let mut result = String::new();
        for key in ["content", "output"] {
            let Some(value) = part.get(key) else { continue };
            match value {
                Value::String(_) | Value::Array(_) => self.content(value, "tool", &mut result),
                other => gather(other, &mut result),
            }
        }
        self.say("tool", result);
    }

    fn document(&mut self, part: &Value) {
        let source = part.get("source").unwrap_or(&Value::Null);
        let mut content = text(part, "context").unwrap_or_default().to_owned();
        match text(source, "type") {
            Some("text") => push_line(&mut content, text(source, "data").unwrap_or_default()),
            Some("base64") => {
                let media_type = text(source, "media_type").unwrap_or_default();
                let data = text(source, "data").unwrap_or_default();
                push_line(&mut content, &decoded(media_type, data).unwrap_or_default());
            }
            Some("content") => {
                let inner = source.get("content").unwrap_or(&Value::Null);
                self.content(inner, "user", &mut content);
            }
            _ => gather(source, &mut content),
        }
        self.attach(text(part, "title"), content);
    }

    fn file(&mut self, file: &Value) {
        let name = text(file, "filename").or_else(|| text(file, "file_url"));
        let data = text(file, "file_data").unwrap_or_default();
        let content = match data.strip_prefix("data:").and_then(|data| data.split_once(";base64,"))
        {
            Some((media_type, data)) => decoded(media_type, data).unwrap_or_default(),
            None => String::new(),
        };
        self.attach(name, content);
    }

    /// Azure's "on your data" context: the passages that were retrieved.
    pub(crate) fn context(&mut self, context: &Value) {
        for citation in
            items(context, "citations").iter().chain(items(context, "all_retrieved_documents"))
        {
            let source = ["filepath", "url", "title"].iter().find_map(|key| text(citation, key));
            self.attach(source, text(citation, "content").unwrap_or_default().to_owned());
        }
    }

    /// Documents of requests that carry them beside the messages: texts, or objects with text inside.
    pub(crate) fn loose_document(&mut self, document: &Value) {
        let mut content = String::new();
        gather(document, &mut content);
        self.attach(text(document, "title").or_else(|| text(document, "id")), content);
    }

    fn call(&mut self, call: &Value) {
        let function = call.get("function").filter(|inner| inner.is_object()).unwrap_or(call);
        let arguments = ["arguments", "input", "action", "code", "queries"]
            .iter()
            .find_map(|key| function.get(key))
            .map(|arguments| match arguments {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
        let name = text(function, "name").or_else(|| text(call, "type")).unwrap_or_default();
        self.tool_calls.push(ToolCall {
            id: text(call, "call_id").or_else(|| text(call, "id")).map(str::to_owned),
            name: name.to_owned(),
            arguments: arguments.unwrap_or_default(),
        });
    }

    pub(crate) fn attach(&mut self, source: Option<&str>, content: String) {
        if !content.is_empty() || source.is_some() {
            self.documents.push(Document { source: source.map(str::to_owned), content });
        }
    }

    pub(crate) fn say(&mut self, role: &str, content: String) {
        if !content.is_empty() {
            let channel = channel(role);
            self.messages.push(Message { role: role.to_owned(), channel, content });
        }
    }
}

/// Where a role's text stands. A role nobody knows is taken for the user's, the least trusted of speakers.
fn channel(role: &str) -> Channel {
    match role {
        "system" | "developer" => Channel::System,
        "tool" | "function" => Channel::Tool,
        "assistant" | "model" => Channel::Response,
        _ => Channel::User,
    }
}

/// The text of an attachment that is text.
fn decoded(media_type: &str, data: &str) -> Option<String> {
    let textual = media_type.starts_with("text/")
        || ["json", "xml", "yaml", "javascript"].iter().any(|kind| media_type.contains(kind));
    if !textual || data.len() > MAX_ATTACHMENT {
        return None;
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(data).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
