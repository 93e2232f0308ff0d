//! Answers that come in one piece.

use picket_model::{Document, Message, ToolCall, Usage};
use serde_json::Value;

use crate::content::Reader;
use crate::json::{JsonError, gather, items, parse, text};

/// What an answer says.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Response {
    /// Model as the provider names it.
    pub model: Option<String>,
    /// What was answered: content, refusals and reasoning.
    pub messages: Vec<Message>,
    /// Passages the provider retrieved on its own, such as Azure's "on your data".
    pub documents: Vec<Document>,
    /// Calls the model asks for.
    pub tool_calls: Vec<ToolCall>,
    /// Tokens.
    pub usage: Usage,
    /// The provider's own word for why it stopped.
    pub finish_reason: Option<String>,
    /// Whether the provider's own filter saw a jailbreak, where it says anything of it.
    pub provider_jailbreak: Option<bool>,
}

/// Reads an answer of any dialect, errors included.
///
/// Of a body in no known shape every text is read as one message.
///
/// # Errors
/// When the body is malformed, nested too deep or ambiguous, see [`JsonError`].
pub fn parse_response(body: &[u8]) -> Result<Response, JsonError> {
    let body = parse(body)?;
    let mut response = Response::default();
    let mut reader = Reader::default();
    response.note(&body);
    if body.get("choices").is_some() {
        for choice in items(&body, "choices") {
            reader.item(choice.get("message").unwrap_or(&Value::Null), "assistant");
            reader.say("assistant", text(choice, "text").unwrap_or_default().to_owned());
            if let Some(context) = choice.get("context") {
                reader.context(context);
            }
        }
    } else if body.get("output").is_some_and(Value::is_array) {
        for item in items(&body, "output") {
            reader.item(item, "assistant");
        }
    } else if text(&body, "type") == Some("message") {
        reader.item(&body, "assistant");
    } else if body.get("error").is_none_or(Value::is_null) {
        let mut said = String::new();
        gather(&body, &mut said);
        reader.say("assistant", said);
    }
    response.messages = reader.messages;
    response.documents = reader.documents;
    response.tool_calls = reader.tool_calls;
    Ok(response)
}

impl Response {
    /// Takes model, tokens, finish reason and the provider's own filter results from a body or a stream's event.
    pub(crate) fn note(&mut self, body: &Value) {
        if let Some(model) = text(body, "model").filter(|model| !model.is_empty()) {
            self.model = Some(model.to_owned());
        }
        if let Some(usage) = body.get("usage") {
            let count = |keys: [&str; 2]| {
                keys.iter().find_map(|key| usage.get(key)).and_then(Value::as_u64)
            };
            if let Some(tokens) = count(["input_tokens", "prompt_tokens"]) {
                self.usage.input_tokens = tokens;
            }
            if let Some(tokens) = count(["output_tokens", "completion_tokens"]) {
                self.usage.output_tokens = tokens;
            }
        }
        let reason = items(body, "choices")
            .iter()
            .find_map(|choice| text(choice, "finish_reason"))
            .or_else(|| text(body, "stop_reason"))
            .or_else(|| body.get("incomplete_details").and_then(|details| text(details, "reason")))
            .or_else(|| text(body, "status").filter(|status| *status != "in_progress"));
        if let Some(reason) = reason {
            self.finish_reason = Some(reason.to_owned());
        }
        for detected in filter_results(body).filter_map(jailbreak) {
            self.provider_jailbreak = Some(self.provider_jailbreak.unwrap_or(false) || detected);
        }
    }
}

/// The provider's filter results, wherever a dialect puts them.
fn filter_results(body: &Value) -> impl Iterator<Item = &Value> {
    let annotations = ["prompt_filter_results", "prompt_annotations", "content_filters", "choices"]
        .into_iter()
        .flat_map(|key| items(body, key))
        .filter_map(|entry| entry.get("content_filter_results"));
    let error = body.get("error").and_then(|error| error.get("innererror")).into_iter();
    let refused = error.flat_map(|inner| {
        ["content_filter_result", "content_filter_results"]
            .into_iter()
            .filter_map(|key| inner.get(key))
    });
    annotations.chain(refused)
}

fn jailbreak(results: &Value) -> Option<bool> {
    let jailbreak = results.get("jailbreak")?;
    let says = |key| jailbreak.get(key).and_then(Value::as_bool).unwrap_or(false);
    Some(says("detected") || says("filtered"))
}
