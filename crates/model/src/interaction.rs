use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{AssetId, Channel, Verdict, named};

/// Id of an [`Interaction`]: a UUID version 7, so that ids sort by time.
pub type InteractionId = uuid::Uuid;

/// Who used the application, as the application or the gateway's own authentication says.
///
/// The first four fields are those of Azure OpenAI's `user_security_context`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct UserContext {
    /// Name of the application.
    pub application_name: Option<String>,
    /// Stable id of the end user.
    pub end_user_id: Option<String>,
    /// Tenant of the end user.
    pub end_user_tenant_id: Option<String>,
    /// The end user's address, without port.
    #[schema(value_type = Option<String>)]
    pub source_ip: Option<IpAddr>,
    /// Conversation or session, where the client names one.
    pub session_id: Option<String>,
}

named! {
    /// How the caller proved itself to the upstream.
    Authentication as "authentication" {
        /// No credential was sent.
        None = "none",
        /// An API key.
        ApiKey = "api_key",
        /// A bearer token such as Entra ID.
        Bearer = "bearer",
        /// A signed request.
        Signature = "signature",
    }
}

named! {
    /// What the gateway did.
    Decision as "decision" {
        /// Passed on.
        Allowed = "allowed",
        /// Refused before the model saw it.
        BlockedPrompt = "blocked_prompt",
        /// Ended before the client saw all of it.
        BlockedResponse = "blocked_response",
        /// Passed on without inspection, since inspection failed and `on_error` is open.
        Uninspected = "uninspected",
    }
}

/// One message or part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Role as the provider writes it: `system`, `developer`, `user`, `assistant`, `tool`.
    pub role: String,
    /// Where it stands for inspection.
    pub channel: Channel,
    /// The text.
    pub content: String,
}

/// Retrieved or attached content sent along with a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Document {
    /// Title, file name or citation, where given.
    #[serde(default)]
    pub source: Option<String>,
    /// The text.
    pub content: String,
}

/// A call the model asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToolCall {
    /// The provider's call id.
    #[serde(default)]
    pub id: Option<String>,
    /// Tool name.
    pub name: String,
    /// Arguments as JSON text, as the model wrote them.
    pub arguments: String,
}

/// Tokens, as the provider counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Usage {
    /// Prompt tokens.
    pub input_tokens: u64,
    /// Completion tokens.
    pub output_tokens: u64,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    /// What the gateway did.
    pub decision: Decision,
    /// HTTP status the client got.
    pub status: u16,
    /// From the request's last byte to the response's last byte, microseconds.
    pub latency_us: u64,
    /// The provider's own finish reason, where given.
    #[serde(default)]
    pub finish_reason: Option<String>,
    /// Whether the provider's own content filter said jailbreak, where it says so.
    #[serde(default)]
    pub provider_jailbreak: Option<bool>,
}

/// One call to a model or agent.
///
/// The texts are for inspection in memory; what is kept of them is decided by the evidence rules of `threat`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Interaction {
    /// Sorts by time.
    #[schema(value_type = String)]
    pub id: InteractionId,
    /// When the request arrived.
    pub time: DateTime<Utc>,
    /// Name of the gateway's upstream or the log source.
    pub upstream: String,
    /// The asset that was called: account, deployment or agent; joins the traffic to the graph.
    pub asset: Option<AssetId>,
    /// Environment of that asset.
    pub environment: Option<String>,
    /// Wire format: `openai`, `azure-openai`, `azure-ai-inference`, `anthropic`.
    pub protocol: String,
    /// Operation: `chat_completions`, `responses`, `messages`, `embeddings`, `other`.
    pub operation: String,
    /// Model as asked for.
    pub model: Option<String>,
    /// Deployment named in the path, for Azure.
    pub deployment: Option<String>,
    /// Whether a streamed answer was asked for.
    pub streaming: bool,
    /// Who used the application.
    pub user: UserContext,
    /// Address the connection or the trusted proxy header came from.
    #[schema(value_type = Option<String>)]
    pub client_ip: Option<IpAddr>,
    /// User agent header.
    pub user_agent: Option<String>,
    /// How the caller proved itself.
    pub authentication: Authentication,
    /// SHA-256 of the credential's last use, truncated: tells one key from another, reveals none.
    pub credential_fingerprint: Option<String>,
    /// Request messages in order.
    pub messages: Vec<Message>,
    /// Documents sent along.
    pub documents: Vec<Document>,
    /// Names of tools declared.
    pub tools: Vec<String>,
    /// What the model answered, one message a choice.
    pub response: Vec<Message>,
    /// Calls the model asked for.
    pub tool_calls: Vec<ToolCall>,
    /// Tokens.
    pub usage: Usage,
    /// How it ended.
    pub outcome: Outcome,
    /// What the shield said of the request.
    pub prompt_verdict: Verdict,
    /// What the shield said of the response.
    pub response_verdict: Verdict,
}

impl Interaction {
    /// The end user's address: as the application says, else where the call came from.
    #[must_use]
    pub fn source_ip(&self) -> Option<IpAddr> {
        self.user.source_ip.or(self.client_ip)
    }

    /// The interaction without any text: what is stored.
    #[must_use]
    pub fn without_text(mut self) -> Self {
        for message in self.messages.iter_mut().chain(&mut self.response) {
            message.content.clear();
        }
        for document in &mut self.documents {
            document.content.clear();
            document.source = None;
        }
        for call in &mut self.tool_calls {
            call.arguments.clear();
        }
        self
    }
}
