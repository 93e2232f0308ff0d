//! Inputs as they are written: two shapes of our own, messages and tools of the providers' dialects.

use picket_model::{Channel, Document};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{InputCall, InputMessage, ShieldInput, Tool, channel_of_role};

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(i64),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

impl Content {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => {
                parts.into_iter().map(|part| part.text).collect::<Vec<_>>().join("\n")
            }
        }
    }
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    name: String,
    input: Option<Value>,
    content: Option<Box<Content>>,
}

#[derive(Deserialize)]
struct Function {
    #[serde(default)]
    name: String,
    arguments: Option<Value>,
}

#[derive(Deserialize)]
struct WireCall {
    #[serde(default)]
    name: String,
    arguments: Option<Value>,
    function: Option<Function>,
}

#[derive(Deserialize)]
struct WireMessage {
    role: Option<String>,
    channel: Option<Channel>,
    content: Option<Content>,
    #[serde(default)]
    tool_calls: Option<Vec<WireCall>>,
}

#[derive(Deserialize)]
struct WireTool {
    name: Option<String>,
    description: Option<String>,
    parameters: Option<Value>,
    input_schema: Option<Value>,
    function: Option<Tool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireDocument {
    Text(String),
    Document(Document),
}

#[derive(Deserialize)]
struct Wire {
    id: Option<Id>,
    text: Option<String>,
    channel: Option<Channel>,
    messages: Option<Vec<WireMessage>>,
    documents: Option<Vec<WireDocument>>,
    system_prompt: Option<String>,
    tools: Option<Vec<WireTool>>,
    #[serde(default)]
    context: Vec<WireMessage>,
    application: Option<String>,
    #[serde(default)]
    canaries: Vec<String>,
}

/// Arguments as JSON text: what is text already stays as it is.
fn arguments(value: Option<Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
    }
}

impl From<WireCall> for InputCall {
    fn from(wire: WireCall) -> Self {
        let Function { name, arguments: given } =
            wire.function.unwrap_or(Function { name: wire.name, arguments: wire.arguments });
        Self { name, arguments: arguments(given) }
    }
}

impl From<WireTool> for Tool {
    fn from(wire: WireTool) -> Self {
        if let Some(function) = wire.function {
            return function;
        }
        Self {
            // A provider's own tool or a server of tools goes by other names than the model's calls.
            name: wire.name.unwrap_or_else(|| "*".to_owned()),
            description: wire.description,
            parameters: wire.parameters.or(wire.input_schema),
        }
    }
}

impl From<WireMessage> for InputMessage {
    fn from(wire: WireMessage) -> Self {
        let mut channel =
            wire.channel.or(wire.role.as_deref().map(channel_of_role)).unwrap_or(Channel::User);
        let mut tool_calls: Vec<InputCall> =
            wire.tool_calls.into_iter().flatten().map(InputCall::from).collect();
        let content = match wire.content {
            None => String::new(),
            Some(Content::Text(text)) => text,
            Some(Content::Parts(parts)) => {
                let is_result = |part: &Part| part.kind == "tool_result";
                if channel == Channel::User && !parts.is_empty() && parts.iter().all(is_result) {
                    channel = Channel::Tool;
                }
                let mut texts = Vec::new();
                for part in parts {
                    if part.kind == "tool_use" {
                        let arguments = arguments(part.input);
                        tool_calls.push(InputCall { name: part.name, arguments });
                    } else {
                        texts.push(part.content.map_or(part.text, |inner| inner.into_text()));
                    }
                }
                texts.join("\n")
            }
        };
        Self { channel, role: wire.role, content, tool_calls }
    }
}

impl<'de> Deserialize<'de> for InputMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WireMessage::deserialize(deserializer).map(Self::from)
    }
}

impl<'de> Deserialize<'de> for ShieldInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let (messages, documents) = (wire.messages.is_some(), wire.documents.is_some());
        if wire.text.is_none() && !messages && !documents && wire.tools.is_none() {
            return Err(serde::de::Error::custom(
                "one of `text`, `messages`, `documents` and `tools` must be given",
            ));
        }
        let text = wire
            .text
            .map(|content| InputMessage::text(wire.channel.unwrap_or(Channel::User), content));
        let messages = wire.messages.unwrap_or_default().into_iter().map(InputMessage::from);
        let documents =
            wire.documents.unwrap_or_default().into_iter().map(|document| match document {
                WireDocument::Text(content) => Document { source: None, content },
                WireDocument::Document(document) => document,
            });
        Ok(Self {
            id: match wire.id {
                None => String::new(),
                Some(Id::Text(id)) => id,
                Some(Id::Number(id)) => id.to_string(),
            },
            messages: text.into_iter().chain(messages).collect(),
            documents: documents.collect(),
            system_prompt: wire.system_prompt,
            tools: wire.tools.unwrap_or_default().into_iter().map(Tool::from).collect(),
            context: wire.context.into_iter().map(InputMessage::from).collect(),
            application: wire.application,
            canaries: wire.canaries,
        })
    }
}
