//! Replays recorded sample traffic through a gateway, in order, as if it happened over the last days.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use chrono::{DateTime, Duration, Utc};
use parking_lot::Mutex;
use picket_gateway::GatewayConfig;
use picket_gateway::echo::{ANSWER_FIELD, USAGE_FIELD};
use picket_protocols::Protocol;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The time that the replay is at; none once it is over.
#[derive(Debug, Default)]
pub(super) struct Clock(Mutex<Option<DateTime<Utc>>>);

impl Clock {
    pub(super) fn now(&self) -> Option<DateTime<Utc>> {
        *self.0.lock()
    }

    fn set(&self, time: Option<DateTime<Utc>>) {
        *self.0.lock() = time;
    }
}

/// What a replay did.
#[derive(Debug, Default)]
pub(super) struct Replay {
    pub(super) sent: usize,
    pub(super) refused: usize,
}

/// One line of a traffic file; examples/contoso/README.md describes it.
#[derive(Debug, Deserialize)]
struct Call {
    /// Seconds since the start.
    at: i64,
    upstream: String,
    #[serde(default)]
    user: Map<String, Value>,
    user_agent: Option<String>,
    credential: Option<String>,
    #[serde(default)]
    messages: Vec<Value>,
    #[serde(default)]
    documents: Vec<SampleDocument>,
    #[serde(default)]
    tools: Vec<String>,
    model: Option<String>,
    deployment: Option<String>,
    #[serde(default)]
    answer: String,
    usage: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct SampleDocument {
    #[serde(default)]
    source: Option<String>,
    content: String,
}

/// Sends every call of `file` in order; the last one happened a few minutes ago.
pub(super) async fn run(
    file: &Path,
    gateway: SocketAddr,
    config: &GatewayConfig,
    clock: &Clock,
) -> anyhow::Result<Replay> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("`{}` cannot be read", file.display()))?;
    let calls = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| {
            serde_json::from_str::<Call>(line)
                .with_context(|| format!("`{}`, line {}", file.display(), at + 1))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let last = calls.iter().map(|call| call.at).max().unwrap_or_default();
    let start = Utc::now() - Duration::seconds(last) - Duration::minutes(4);
    let client = reqwest::Client::new();
    let mut replay = Replay::default();
    for call in &calls {
        let upstream = config
            .upstreams
            .iter()
            .find(|upstream| upstream.name == call.upstream)
            .with_context(|| format!("the sample has no upstream `{}`", call.upstream))?;
        clock.set(Some(start + Duration::seconds(call.at)));
        let answer = request(&client, gateway, upstream.protocol, call)
            .send()
            .await
            .with_context(|| format!("the gateway at {gateway} does not answer"))?;
        replay.sent += 1;
        if answer.headers().contains_key("x-picket-verdict") {
            replay.refused += 1;
        }
        // The record is kept before the last byte comes.
        drop(answer.bytes().await);
    }
    clock.set(None);
    Ok(replay)
}

/// The call as the official SDK of its protocol would send it.
fn request(
    client: &reqwest::Client,
    gateway: SocketAddr,
    protocol: Protocol,
    call: &Call,
) -> reqwest::RequestBuilder {
    let model = call.model.as_deref().or(call.deployment.as_deref()).unwrap_or("gpt-4o");
    let deployment = call.deployment.as_deref().unwrap_or(model);
    let path = match protocol {
        Protocol::OpenAi => "v1/chat/completions".to_owned(),
        Protocol::AzureOpenAi => {
            format!("openai/deployments/{deployment}/chat/completions?api-version=2024-10-21")
        }
        Protocol::AzureAiInference => {
            "models/chat/completions?api-version=2024-05-01-preview".to_owned()
        }
        Protocol::Anthropic => "v1/messages".to_owned(),
    };
    let mut messages = call.messages.clone();
    // Retrieved documents go to the model as tool results, as retrieval through tool calls has it.
    for (number, document) in call.documents.iter().enumerate() {
        let source = document.source.as_deref().unwrap_or("document");
        messages.push(tool_result(protocol, number, source, &document.content));
    }
    let mut body = json!({ "model": model, "messages": messages });
    if protocol == Protocol::Anthropic {
        body["max_tokens"] = json!(1024);
        let system: Vec<String> = messages
            .iter()
            .filter(|message| message["role"] == "system")
            .filter_map(|message| message["content"].as_str().map(str::to_owned))
            .collect();
        body["system"] = json!(system.join("\n"));
        body["messages"] =
            messages.iter().filter(|message| message["role"] != "system").cloned().collect();
    } else if !call.user.is_empty() {
        body["user_security_context"] = Value::Object(call.user.clone());
    }
    if !call.tools.is_empty() && protocol != Protocol::Anthropic {
        body["tools"] = call
            .tools
            .iter()
            .map(|name| json!({ "type": "function", "function": { "name": name, "parameters": {} } }))
            .collect();
    }
    body[ANSWER_FIELD] = json!(call.answer);
    if let Some(usage) = &call.usage {
        body[USAGE_FIELD] = usage.clone();
    }
    let mut request = client.post(format!("http://{gateway}/{}/{path}", call.upstream)).json(&body);
    if let Some(credential) = &call.credential {
        request = match protocol {
            Protocol::AzureOpenAi => request.header("api-key", credential),
            _ => request.bearer_auth(credential),
        };
    }
    if let Some(ip) = call.user.get("source_ip").and_then(Value::as_str) {
        request = request.header("x-forwarded-for", ip);
    }
    if let Some(agent) = &call.user_agent {
        request = request.header("user-agent", agent);
    }
    request
}

fn tool_result(protocol: Protocol, number: usize, source: &str, content: &str) -> Value {
    let id = format!("call_{number}");
    match protocol {
        Protocol::Anthropic => json!({
            "role": "user",
            "content": [{ "type": "tool_result", "tool_use_id": id, "content": content }],
        }),
        _ => json!({ "role": "tool", "tool_call_id": id, "name": source, "content": content }),
    }
}
