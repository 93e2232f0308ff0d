//! The `[gateway]` section of `picket.toml`.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use picket_model::AssetId;
use picket_protocols::Protocol;
use serde::{Deserialize, Serialize};
use url::Url;

/// Settings of the gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewayConfig {
    /// Address of the gateway's own listener.
    pub listen: SocketAddr,
    /// Where traffic goes; the first segment of a request's path names one.
    #[serde(rename = "upstream")]
    pub upstreams: Vec<Upstream>,
    /// Bounds of everything.
    pub limits: Limits,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8090)),
            upstreams: Vec::new(),
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
        }
    }
}

/// A model provider's endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// First segment of the path that reaches it: letters, digits, `-`, `_`, `.`.
    pub name: String,
    /// Wire format it speaks.
    pub protocol: Protocol,
    /// Where it is; a path is put before the request's.
    pub url: Url,
    /// The asset it is, to join the traffic to the graph.
    #[serde(default)]
    pub asset: Option<AssetId>,
    /// What is done about what is found.
    #[serde(default)]
    pub mode: Mode,
    /// What happens when inspection itself fails or is overloaded.
    #[serde(default)]
    pub on_error: OnError,
    /// Whose credentials the upstream sees.
    #[serde(default)]
    pub credentials: Credentials,
    /// Whether a canary token is planted in the instructions of every request, so that an answer that leaks them is known.
    #[serde(default)]
    pub canary: bool,
}

/// What is done about what is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Inspect and record, never interfere.
    #[default]
    Detect,
    /// Refuse what is malicious.
    Block,
    /// Pass on unread.
    Off,
}

/// What happens when inspection itself fails or is overloaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// Pass on, and record that it was not inspected.
    #[default]
    Open,
    /// Refuse.
    Closed,
}

/// Whose credentials the upstream sees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Credentials {
    /// The client's own.
    #[default]
    #[serde(rename = "pass-through")]
    PassThrough,
    /// An API key from this environment variable, instead of the client's.
    #[serde(rename = "api_key_env")]
    ApiKeyEnv(String),
}

/// Bounds. Times are milliseconds, sizes bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Largest request body.
    pub max_request_body: usize,
    /// Largest response body that is inspected whole; larger ones follow `on_error`.
    pub max_response_body: usize,
    /// Largest single event of a stream.
    pub max_frame: usize,
    /// Most bytes of a stream that are held back while a finding may still complete; beyond it `on_error` decides.
    pub max_held_back: usize,
    /// Requests inspected at the same time; beyond it `on_error` decides.
    pub max_concurrent: usize,
    /// Open client connections; more wait.
    pub max_connections: usize,
    /// Time for a request's head to arrive.
    pub header_timeout_ms: u64,
    /// Longest pause inside a request body.
    pub read_timeout_ms: u64,
    /// Time for an upstream to accept a connection.
    pub connect_timeout_ms: u64,
    /// Time for an upstream to begin its answer.
    pub answer_timeout_ms: u64,
    /// Longest pause inside an answer.
    pub idle_timeout_ms: u64,
    /// How long the last byte of an answer waits for its record to be kept.
    pub record_timeout_ms: u64,
    /// How long running requests may go on after the gateway was told to stop.
    pub shutdown_timeout_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_request_body: 20 << 20,
            max_response_body: 64 << 20,
            max_frame: 4 << 20,
            max_held_back: 1 << 20,
            max_concurrent: 512,
            max_connections: 4096,
            header_timeout_ms: 15_000,
            read_timeout_ms: 30_000,
            connect_timeout_ms: 10_000,
            answer_timeout_ms: 600_000,
            idle_timeout_ms: 300_000,
            record_timeout_ms: 250,
            shutdown_timeout_ms: 10_000,
        }
    }
}

/// A number of milliseconds from the settings.
pub(crate) const fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A setting that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A name that cannot be a path segment.
    #[error(
        "gateway.upstream name `{0}` cannot stand in a path; use letters, digits, `-`, `_` and `.`"
    )]
    Name(String),
    /// Two upstreams with the same name.
    #[error("gateway.upstream name `{0}` stands twice; rename one of them")]
    Twice(String),
    /// An address that cannot be called.
    #[error(
        "gateway.upstream `{name}` has url `{url}`; it must be http:// or https:// with a host and without query"
    )]
    Url {
        /// The upstream.
        name: String,
        /// Its address.
        url: String,
    },
    /// A key that is not there.
    #[error("gateway.upstream `{name}` takes its key from `{variable}`, which {problem}")]
    Key {
        /// The upstream.
        name: String,
        /// The environment variable.
        variable: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl GatewayConfig {
    /// Checks names and addresses; keys are looked up when the gateway starts.
    ///
    /// # Errors
    /// With the first setting that cannot work.
    pub fn check(&self) -> Result<(), ConfigError> {
        for (index, upstream) in self.upstreams.iter().enumerate() {
            let name = &upstream.name;
            let plain = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
            if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
                return Err(ConfigError::Name(name.clone()));
            }
            if self.upstreams[..index].iter().any(|other| other.name == *name) {
                return Err(ConfigError::Twice(name.clone()));
            }
            let url = &upstream.url;
            let callable = matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.query().is_none()
                && url.username().is_empty();
            if !callable {
                return Err(ConfigError::Url { name: name.clone(), url: url.to_string() });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        gateway: GatewayConfig,
    }

    fn read(upstream: &str) -> Result<GatewayConfig, String> {
        let text = format!(
            "[gateway]\nlisten = \"127.0.0.1:9000\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n[gateway.limits]\nmax_concurrent = 7\n{upstream}"
        );
        let config =
            toml::from_str::<File>(&text).map_err(|error| error.message().to_owned())?.gateway;
        config.check().map_err(|error| error.to_string())?;
        Ok(config)
    }

    #[test]
    fn reads_the_documented_section() {
        let config = read(
            "[[gateway.upstream]]\nname = \"contoso-openai\"\nprotocol = \"azure-openai\"\nurl = \"https://contoso.openai.azure.com\"\n\
             asset = \"/subscriptions/S\"\ncanary = true\nmode = \"block\"\non_error = \"closed\"\ncredentials = { api_key_env = \"KEY\" }\n\
             [[gateway.upstream]]\nname = \"a\"\nprotocol = \"anthropic\"\nurl = \"https://api.anthropic.com\"\ncredentials = \"pass-through\"",
        )
        .unwrap();
        let [first, second] = config.upstreams.as_slice() else { panic!("two upstreams") };
        assert_eq!((first.mode, first.on_error), (Mode::Block, OnError::Closed));
        assert!(first.canary && !second.canary);
        assert_eq!(first.credentials, Credentials::ApiKeyEnv("KEY".to_owned()));
        assert_eq!((second.mode, second.on_error), (Mode::Detect, OnError::Open));
        assert_eq!(second.credentials, Credentials::PassThrough);
        assert_eq!((config.limits.max_concurrent, config.limits.record_timeout_ms), (7, 250));
    }

    #[test]
    fn says_what_is_wrong() {
        let upstream = |name: &str, protocol: &str, url: &str| {
            read(&format!(
                "[[gateway.upstream]]\nname = \"{name}\"\nprotocol = \"{protocol}\"\nurl = \"{url}\""
            ))
            .unwrap_err()
        };
        insta::assert_snapshot!(
            [
                upstream("a b", "openai", "https://api.openai.com"),
                upstream("a", "openai", "ftp://api.openai.com"),
                upstream("a", "fax", "https://api.openai.com"),
            ]
            .join("\n"),
            @r"
        gateway.upstream name `a b` cannot stand in a path; use letters, digits, `-`, `_` and `.`
        gateway.upstream `a` has url `ftp://api.openai.com/`; it must be http:// or https:// with a host and without query
        unknown variant `fax`, expected one of `openai`, `azure-openai`, `azure-ai-inference`, `anthropic`
        "
        );
    }
}
