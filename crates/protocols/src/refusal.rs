//! Refusals and errors in the shapes that providers' own SDKs raise as their ordinary errors.

use bytes::Bytes;
use http::StatusCode;
use picket_model::ThreatCategory;
use serde_json::{Map, Value, json};

use crate::{Operation, Protocol};

/// A JSON answer to be sent instead of the provider's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: StatusCode,
    /// Body; its content type is `application/json`.
    pub body: Bytes,
}

/// Says no in a provider's own words.
#[derive(Debug, Clone, Copy)]
pub struct Refusal<'a> {
    /// The upstream's wire format.
    pub protocol: Protocol,
    /// The operation that was asked for.
    pub operation: Operation,
    /// The interaction's id.
    pub id: &'a str,
}

impl Refusal<'_> {
    /// Refuses a prompt: 400, as the provider's own content filter does (Azure OpenAI and OpenAI `content_filter` with
    /// `innererror`, Anthropic `invalid_request_error`).
    #[must_use]
    pub fn prompt(&self, category: ThreatCategory) -> Reply {
        let message = format!(
            "The prompt was blocked by your organisation's AI gateway: {category}. Reference: {}",
            self.id
        );
        let body = match self.protocol {
            Protocol::Anthropic => self.anthropic("invalid_request_error", &message),
            protocol => {
                let kind =
                    if protocol.is_azure() { Value::Null } else { "invalid_request_error".into() };
                json!({"error": {
                    "message": message,
                    "type": kind,
                    "param": "prompt",
                    "code": "content_filter",
                    "status": 400,
                    "innererror": {
                        "code": "ResponsibleAIPolicyViolation",
                        "content_filter_result": filter_result(category),
                    },
                }})
            }
        };
        reply(StatusCode::BAD_REQUEST, &body)
    }

    /// Replaces an answer that must not be seen: 200 with nothing in it and the provider's own finish reason for it.
    /// What has no such form gets the same error as a refused prompt.
    #[must_use]
    pub fn response(&self, category: ThreatCategory, model: Option<&str>) -> Reply {
        let body = match self.operation {
            Operation::ChatCompletions => json!({
                "id": format!("chatcmpl-{}", self.id), "object": "chat.completion", "created": 0, "model": model,
                "choices": [{
                    "index": 0,
                    "message": {"role": "assistant", "content": "", "refusal": null},
                    "finish_reason": "content_filter",
                    "logprobs": null,
                    "content_filter_results": filter_result(category),
                }],
                "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
            }),
            Operation::Responses => json!({
                "id": format!("resp_{}", self.id), "object": "response", "created_at": 0, "model": model,
                "status": "incomplete", "error": null, "incomplete_details": {"reason": "content_filter"},
                "output": [], "parallel_tool_calls": true, "tool_choice": "auto", "tools": [],
            }),
            Operation::Messages => json!({
                "id": format!("msg_{}", self.id), "type": "message", "role": "assistant", "model": model,
                "content": [], "stop_reason": "refusal", "stop_sequence": null,
                "usage": {"input_tokens": 0, "output_tokens": 0},
            }),
            Operation::Embeddings | Operation::Other => return self.prompt(category),
        };
        reply(StatusCode::OK, &body)
    }

    /// Any other error, in the provider's shape. `code` is a short snake_case word.
    #[must_use]
    pub fn error(&self, status: StatusCode, code: &str, message: &str) -> Reply {
        let body = match self.protocol {
            Protocol::Anthropic => self.anthropic(
                match status.as_u16() {
                    413 => "request_too_large",
                    429 => "rate_limit_error",
                    503 | 529 => "overloaded_error",
                    400..=499 => "invalid_request_error",
                    _ => "api_error",
                },
                message,
            ),
            _ => {
                let kind =
                    if status.is_client_error() { "invalid_request_error" } else { "server_error" };
                json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
            }
        };
        reply(status, &body)
    }

    fn anthropic(&self, kind: &str, message: &str) -> Value {
        json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": self.id})
    }
}

fn reply(status: StatusCode, body: &Value) -> Reply {
    Reply { status, body: body.to_string().into() }
}

/// Azure's annotation: `jailbreak` for attacks by the user, `indirect_attack` for attacks in documents, and for
/// personal data and secrets `personally_identifiable_information`; other categories stand under their own name.
fn filter_result(category: ThreatCategory) -> Value {
    use ThreatCategory as C;
    let hit = match category {
        C::Jailbreak | C::PromptExtraction | C::EncodingEvasion | C::Reconnaissance => "jailbreak",
        C::PromptInjection | C::HiddenText | C::DataPoisoning | C::ToolAbuse => "indirect_attack",
        C::CredentialExposure | C::SensitiveData => "personally_identifiable_information",
        C::MaliciousUrl | C::SystemPromptLeak => category.as_str(),
    };
    let mut result = Map::new();
    for name in ["jailbreak", "indirect_attack", hit] {
        let found = name == hit;
        result.insert(name.to_owned(), json!({"filtered": found, "detected": found}));
    }
    Value::Object(result)
}
