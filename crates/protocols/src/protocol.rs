//! Which wire format and which operation.

use std::fmt;
use std::str::FromStr;

/// A provider's wire format, as configured for an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// OpenAI's API and everything that speaks it.
    #[serde(rename = "openai")]
    OpenAi,
    /// Azure OpenAI: deployments in the path, `/openai/v1`, responses.
    #[serde(rename = "azure-openai")]
    AzureOpenAi,
    /// Azure AI Model Inference: `/models/chat/completions`.
    AzureAiInference,
    /// Anthropic's messages API.
    Anthropic,
}

impl Protocol {
    /// Every protocol, in the order of the documentation.
    pub const ALL: [Self; 4] =
        [Self::OpenAi, Self::AzureOpenAi, Self::AzureAiInference, Self::Anthropic];

    /// The name in the configuration and in interactions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::AzureOpenAi => "azure-openai",
            Self::AzureAiInference => "azure-ai-inference",
            Self::Anthropic => "anthropic",
        }
    }

    /// Whether the provider is one of Azure's.
    #[must_use]
    pub const fn is_azure(self) -> bool {
        matches!(self, Self::AzureOpenAi | Self::AzureAiInference)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A protocol name that is none of the known ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a known protocol; known are: openai, azure-openai, azure-ai-inference, anthropic"
)]
pub struct UnknownProtocol(String);

impl FromStr for Protocol {
    type Err = UnknownProtocol;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.as_str() == text)
            .ok_or_else(|| UnknownProtocol(text.to_owned()))
    }
}

/// What a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `…/chat/completions`.
    ChatCompletions,
    /// `…/responses`.
    Responses,
    /// `…/messages` of Anthropic.
    Messages,
    /// `…/embeddings`.
    Embeddings,
    /// Anything else: models, files, token counts, moderations.
    Other,
}

impl Operation {
    /// The name in interactions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat_completions",
            Self::Responses => "responses",
            Self::Messages => "messages",
            Self::Embeddings => "embeddings",
            Self::Other => "other",
        }
    }

    /// Whether its request must be JSON.
    #[must_use]
    pub const fn is_json(self) -> bool {
        !matches!(self, Self::Other)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a request line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The operation.
    pub operation: Operation,
    /// Deployment in the path, for Azure OpenAI.
    pub deployment: Option<String>,
}

impl Route {
    /// Reads a method and a path with or without query. Never fails: what is not known is [`Operation::Other`].
    #[must_use]
    pub fn of(protocol: Protocol, method: &http::Method, path_and_query: &str) -> Self {
        let path =
            path_and_query.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let mut segments = path.rsplit('/').filter(|segment| !segment.is_empty());
        let last = segments.next().unwrap_or_default();
        let before = segments.next().unwrap_or_default();
        let operation = match (before, last) {
            _ if method != http::Method::POST => Operation::Other,
            ("chat", "completions") if protocol != Protocol::Anthropic => {
                Operation::ChatCompletions
            }
            (_, "responses") if protocol != Protocol::Anthropic => Operation::Responses,
            (_, "messages") if protocol == Protocol::Anthropic => Operation::Messages,
            (_, "embeddings") if protocol != Protocol::Anthropic => Operation::Embeddings,
            _ => Operation::Other,
        };
        let deployment = (protocol == Protocol::AzureOpenAi)
            .then(|| path.split_once("/deployments/"))
            .flatten()
            .and_then(|(_, rest)| rest.split('/').next())
            .filter(|name| !name.is_empty())
            .map(str::to_owned);
        Self { operation, deployment }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes() {
        let post = |protocol, path| {
            let route = Route::of(protocol, &http::Method::POST, path);
            (route.operation, route.deployment)
        };
        use Operation::*;
        assert_eq!(post(Protocol::OpenAi, "/v1/chat/completions"), (ChatCompletions, None));
        assert_eq!(post(Protocol::OpenAi, "/v1/responses?x=1"), (Responses, None));
        assert_eq!(post(Protocol::OpenAi, "/v1/embeddings/"), (Embeddings, None));
        assert_eq!(
            post(
                Protocol::AzureOpenAi,
                "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
            ),
            (ChatCompletions, Some("gpt-4o".to_owned()))
        );
        assert_eq!(
            post(Protocol::AzureAiInference, "/models/chat/completions"),
            (ChatCompletions, None)
        );
        assert_eq!(post(Protocol::Anthropic, "/v1/messages?beta=true"), (Messages, None));
        assert_eq!(post(Protocol::Anthropic, "/v1/messages/count_tokens"), (Other, None));
        assert_eq!(Route::of(Protocol::OpenAi, &http::Method::GET, "/v1/models").operation, Other);
    }

    #[test]
    fn names_read_back() {
        for protocol in Protocol::ALL {
            assert_eq!(protocol.as_str().parse(), Ok(protocol));
            assert_eq!(serde_json::to_value(protocol).unwrap(), protocol.as_str());
        }
        insta::assert_snapshot!("gemini".parse::<Protocol>().unwrap_err(), @"`gemini` is not a known protocol; known are: openai, azure-openai, azure-ai-inference, anthropic");
    }
}
