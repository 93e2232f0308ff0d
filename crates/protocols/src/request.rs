//! Requests: what is asked, by whom, with what documents and tools.

use std::net::{IpAddr, SocketAddr};

use picket_model::{Document, Message, UserContext};
use serde_json::Value;

use crate::content::Reader;
use crate::json::{JsonError, items, parse, text};
use crate::{Operation, Protocol, Route};

/// What a request says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Request {
    /// The operation's name.
    #[serde(serialize_with = "as_name")]
    pub operation: Operation,
    /// Deployment in the path, for Azure OpenAI.
    pub deployment: Option<String>,
    /// Model as asked for.
    pub model: Option<String>,
    /// Whether a streamed answer is asked for.
    pub streaming: bool,
    /// Who uses the application, as far as the body says.
    pub user: UserContext,
    /// Messages in order; earlier answers and the calls in them stand on the response channel.
    pub messages: Vec<Message>,
    /// Documents sent along.
    pub documents: Vec<Document>,
    /// Names of tools declared.
    pub tools: Vec<String>,
    /// What the model is told of the tools that the application declares itself.
    pub definitions: Vec<ToolDefinition>,
}

/// A tool's declaration.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ToolDefinition {
    /// Its name; none for a provider's own tool or a server of tools, whose calls go by other names.
    pub name: Option<String>,
    /// What the model is told of it.
    pub description: Option<String>,
    /// JSON Schema of its arguments.
    pub parameters: Option<Value>,
}

fn as_name<S: serde::Serializer>(operation: &Operation, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(operation.as_str())
}

/// Reads a request.
///
/// JSON is read whatever it is declared as. For [`Operation::Other`] an empty body, and one that is neither JSON nor declared
/// as such, have nothing to read and are no error.
///
/// # Errors
/// When the body is malformed, nested too deep or ambiguous, see [`JsonError`].
pub fn parse_request(
    protocol: Protocol,
    method: &http::Method,
    path_and_query: &str,
    headers: &http::HeaderMap,
    body: &[u8],
) -> Result<Request, JsonError> {
    let route = Route::of(protocol, method, path_and_query);
    let declared = headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("json"));
    let body = match parse(body) {
        Ok(body) => body,
        Err(error) if route.operation.is_json() || (declared && !body.is_empty()) => {
            return Err(error);
        }
        Err(_) => Value::Null,
    };
    Ok(read(route, &body))
}

fn read(route: Route, body: &Value) -> Request {
    let mut reader = Reader::default();
    for key in ["system", "instructions", "additional_instructions"] {
        instructions(&mut reader, body.get(key).unwrap_or(&Value::Null));
    }
    for source in items(body, "data_sources") {
        let parameters = source.get("parameters").unwrap_or(&Value::Null);
        instructions(&mut reader, parameters.get("role_information").unwrap_or(&Value::Null));
    }
    for key in ["messages", "additional_messages", "input", "prompt", "query", "suffix"] {
        asked(&mut reader, body.get(key).unwrap_or(&Value::Null));
    }
    if let Some(thread) = body.get("thread") {
        asked(&mut reader, thread.get("messages").unwrap_or(&Value::Null));
    }
    if body.get("content").is_some() {
        reader.item(body, "user");
    }
    for document in items(body, "documents") {
        reader.loose_document(document);
    }
    if let Some(prediction) = body.get("prediction") {
        let mut content = String::new();
        reader.content(prediction.get("content").unwrap_or(&Value::Null), "user", &mut content);
        reader.attach(Some("prediction"), content);
    }
    // Calls of earlier turns are part of what the model reads.
    for call in std::mem::take(&mut reader.tool_calls) {
        reader.say("assistant", call.arguments);
    }
    Request {
        operation: route.operation,
        deployment: route.deployment,
        model: text(body, "model").map(str::to_owned),
        streaming: body.get("stream").and_then(Value::as_bool).unwrap_or(false),
        user: user(body),
        messages: reader.messages,
        documents: reader.documents,
        tools: tools(body),
        definitions: definitions(body),
    }
}

/// The application's own instructions: a text, parts or a list of items.
fn instructions(reader: &mut Reader, value: &Value) {
    let mut said = String::new();
    reader.content(value, "system", &mut said);
    reader.say("system", said);
}

/// What is asked: a text, texts, messages or items, or a stored prompt with variables.
fn asked(reader: &mut Reader, value: &Value) {
    match value {
        Value::Array(list) => list.iter().for_each(|item| reader.item(item, "user")),
        Value::Object(prompt) => {
            for variable in prompt.get("variables").and_then(Value::as_object).into_iter().flatten()
            {
                reader.item_content(variable.1);
            }
            if prompt.contains_key("content") {
                reader.item(value, "user");
            }
        }
        text => reader.item_content(text),
    }
}

impl Reader {
    fn item_content(&mut self, content: &Value) {
        let mut said = String::new();
        self.content(content, "user", &mut said);
        self.say("user", said);
    }
}

/// Names of tools, functions and servers that the model may call.
fn tools(body: &Value) -> Vec<String> {
    let declared = items(body, "tools").iter().chain(items(body, "functions"));
    let servers = items(body, "mcp_servers");
    declared
        .filter_map(|tool| {
            let function = tool.get("function").unwrap_or(tool);
            ["name", "server_label", "type"].iter().find_map(|key| text(function, key))
        })
        .chain(servers.iter().filter_map(|server| text(server, "name")))
        .map(str::to_owned)
        .collect()
}

/// What is declared of each tool.
fn definitions(body: &Value) -> Vec<ToolDefinition> {
    let declared = items(body, "tools").iter().chain(items(body, "functions"));
    let servers = items(body, "mcp_servers").iter().map(|_| ToolDefinition {
        name: None,
        description: None,
        parameters: None,
    });
    let own = declared.map(|tool| {
        let function = ["function", "custom"].iter().find_map(|key| tool.get(key)).unwrap_or(tool);
        // Tools that only have a type are the provider's.
        let named = matches!(text(tool, "type"), None | Some("function" | "custom"));
        ToolDefinition {
            name: text(function, "name").filter(|_| named).map(str::to_owned),
            description: ["description", "server_description"]
                .iter()
                .find_map(|key| text(function, key))
                .map(str::to_owned),
            parameters: ["parameters", "input_schema"]
                .iter()
                .find_map(|key| function.get(key))
                .cloned(),
        }
    });
    own.chain(servers).collect()
}

/// Who uses the application: Azure's `user_security_context`, else the provider's own user field.
fn user(body: &Value) -> UserContext {
    let context = body.get("user_security_context").unwrap_or(&Value::Null);
    let metadata = body.get("metadata").unwrap_or(&Value::Null);
    let owned = |value: Option<&str>| value.filter(|text| !text.is_empty()).map(str::to_owned);
    let conversation = body.get("conversation").unwrap_or(&Value::Null);
    UserContext {
        application_name: owned(text(context, "application_name")),
        end_user_id: owned(
            text(context, "end_user_id")
                .or_else(|| text(body, "safety_identifier"))
                .or_else(|| text(body, "user"))
                .or_else(|| text(metadata, "user_id")),
        ),
        end_user_tenant_id: owned(text(context, "end_user_tenant_id")),
        source_ip: text(context, "source_ip").and_then(address),
        session_id: owned(
            text(metadata, "session_id")
                .or_else(|| text(metadata, "conversation_id"))
                .or_else(|| conversation.as_str())
                .or_else(|| text(conversation, "id")),
        ),
    }
}

/// An address with or without port.
fn address(text: &str) -> Option<IpAddr> {
    text.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}
