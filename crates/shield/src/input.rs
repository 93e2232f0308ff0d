use picket_model::{Channel, Document};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

mod wire;

/// A tool that the model may call.
///
/// One that is named `*` says that there are more than are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What the model is told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON Schema of its arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub parameters: Option<Value>,
}

/// A call that the model asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InputCall {
    /// The tool's name.
    pub name: String,
    /// Arguments as JSON text, as the model wrote them.
    pub arguments: String,
}

/// One text of an interaction and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InputMessage {
    /// Where it stands; taken from `role` where it is not given.
    pub channel: Channel,
    /// Role as the provider writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The text.
    pub content: String,
    /// Calls that the model asks for in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<InputCall>,
}

/// What the shield inspects: one text, or a conversation with documents and tools.
///
/// Reads both `{"id","text","channel"}` and `{"id","messages":[{role,content,tool_calls}],"documents":[…],"tools":[…]}`,
/// with messages, calls and tools as OpenAI and Anthropic write them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShieldInput {
    /// Comes back in the verdict.
    pub id: String,
    /// Messages in order.
    pub messages: Vec<InputMessage>,
    /// Retrieved or attached content.
    pub documents: Vec<Document>,
    /// The application's instructions, for leak detection, where they are not among the messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// Tools that the model may call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// What came before and was judged already: not judged again, but needed to understand the rest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<InputMessage>,
    /// The application, for allow entries that name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// Canary tokens planted in the instructions, beside those of the settings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub canaries: Vec<String>,
}

impl InputMessage {
    /// A text of a channel.
    #[must_use]
    pub fn text(channel: Channel, content: impl Into<String>) -> Self {
        Self { channel, role: None, content: content.into(), tool_calls: Vec::new() }
    }
}

impl ShieldInput {
    /// One text of one channel.
    #[must_use]
    pub fn text(id: impl Into<String>, channel: Channel, text: impl Into<String>) -> Self {
        let message = InputMessage::text(channel, text);
        Self { id: id.into(), messages: vec![message], ..Self::default() }
    }

    /// The application's instructions: given apart, or the system messages.
    pub(crate) fn instructions(&self) -> impl Iterator<Item = &str> {
        let messages = self.messages.iter().filter(|message| message.channel == Channel::System);
        self.system_prompt
            .as_deref()
            .into_iter()
            .chain(messages.map(|message| message.content.as_str()))
    }
}

/// The channel of a message with `role`; an unknown role is a user's.
#[must_use]
pub fn channel_of_role(role: &str) -> Channel {
    match role {
        "system" | "developer" => Channel::System,
        "assistant" | "model" => Channel::Response,
        "tool" | "function" => Channel::Tool,
        "document" => Channel::Document,
        _ => Channel::User,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_shapes() {
        let one: ShieldInput =
            serde_json::from_str(r#"{"id":"a","text":"hi","channel":"tool"}"#).unwrap();
        assert_eq!(one, ShieldInput::text("a", Channel::Tool, "hi"));
        let many: ShieldInput = serde_json::from_str(
            r#"{"id":7,"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"u"}]},
                {"role":"assistant","content":null}],"documents":["d",{"source":"x","content":"e"}]}"#,
        )
        .unwrap();
        assert_eq!(many.id, "7");
        let channels: Vec<Channel> = many.messages.iter().map(|message| message.channel).collect();
        assert_eq!(channels, [Channel::System, Channel::User, Channel::Response]);
        assert_eq!(many.messages[1].content, "u");
        assert_eq!(many.documents.len(), 2);
        assert_eq!(many.instructions().collect::<Vec<_>>(), ["s"]);
    }

    #[test]
    fn reads_tools_and_calls_of_every_dialect() {
        let input: ShieldInput = serde_json::from_str(
            r#"{"messages":[
                {"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"a","arguments":"{\"x\":1}"}}]},
                {"role":"assistant","content":[{"type":"text","text":"hm"},{"type":"tool_use","id":"2","name":"b","input":{"y":2}}]},
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"2","content":[{"type":"text","text":"found"}]}]},
                {"role":"assistant","tool_calls":[{"name":"c","arguments":{"z":3}}]}],
              "tools":[{"name":"a","description":"d","parameters":{"type":"object"}},
                {"type":"function","function":{"name":"b","description":"e"}},
                {"name":"c","input_schema":{"type":"object"}},{"type":"web_search"}],"application":"shop"}"#,
        )
        .unwrap();
        let calls: Vec<(&str, &str)> = input
            .messages
            .iter()
            .flat_map(|message| &message.tool_calls)
            .map(|call| (call.name.as_str(), call.arguments.as_str()))
            .collect();
        assert_eq!(calls, [("a", "{\"x\":1}"), ("b", "{\"y\":2}"), ("c", "{\"z\":3}")]);
        assert_eq!(input.messages[1].content, "hm");
        let result = &input.messages[2];
        assert_eq!((result.channel, result.content.as_str()), (Channel::Tool, "found"));
        let names: Vec<&str> = input.tools.iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "*"]);
        assert!(input.tools[2].parameters.is_some());
        assert_eq!(input.application.as_deref(), Some("shop"));
    }

    #[test]
    fn nothing_to_inspect_is_an_error() {
        let error = serde_json::from_str::<ShieldInput>(r#"{"id":"a"}"#).unwrap_err().to_string();
        assert!(error.contains("`text`, `messages`, `documents` and `tools`"), "{error}");
    }
}
