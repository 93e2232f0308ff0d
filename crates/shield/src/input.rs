use picket_model::{Channel, Document};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

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
}

/// What the shield inspects: one text, or a conversation with documents.
///
/// Reads both `{"id","text","channel"}` and `{"id","messages":[{role,content}],"documents":[…]}`.
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
}

impl ShieldInput {
    /// One text of one channel.
    #[must_use]
    pub fn text(id: impl Into<String>, channel: Channel, text: impl Into<String>) -> Self {
        let message = InputMessage { channel, role: None, content: text.into() };
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

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct WireMessage {
    role: Option<String>,
    channel: Option<Channel>,
    content: Option<Content>,
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
}

impl From<WireMessage> for InputMessage {
    fn from(wire: WireMessage) -> Self {
        let channel =
            wire.channel.or(wire.role.as_deref().map(channel_of_role)).unwrap_or(Channel::User);
        let content = match wire.content {
            None => String::new(),
            Some(Content::Text(text)) => text,
            Some(Content::Parts(parts)) => {
                let texts: Vec<String> = parts.into_iter().map(|part| part.text).collect();
                texts.join("\n")
            }
        };
        Self { channel, role: wire.role, content }
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
        if wire.text.is_none() && wire.messages.is_none() && wire.documents.is_none() {
            return Err(serde::de::Error::custom(
                "one of `text`, `messages` and `documents` must be given",
            ));
        }
        let text = wire.text.map(|content| InputMessage {
            channel: wire.channel.unwrap_or(Channel::User),
            role: None,
            content,
        });
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
        })
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
    fn nothing_to_inspect_is_an_error() {
        let error = serde_json::from_str::<ShieldInput>(r#"{"id":"a"}"#).unwrap_err().to_string();
        assert!(error.contains("`text`, `messages` and `documents`"), "{error}");
    }
}
