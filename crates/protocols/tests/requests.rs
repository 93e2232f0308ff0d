//! What is read of requests, one small body a dialect and feature.

use http::{HeaderMap, Method, header};
use picket_protocols::{JsonError, Protocol, Request, parse_request};
use serde_json::{Value, json};

fn read(protocol: Protocol, path: &str, body: &Value) -> Result<Request, JsonError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    parse_request(protocol, &Method::POST, path, &headers, body.to_string().as_bytes())
}

fn shown(protocol: Protocol, path: &str, body: &Value) -> String {
    let request = match read(protocol, path, body) {
        Ok(request) => request,
        Err(error) => return error.to_string(),
    };
    let mut lines = vec![format!(
        "{} deployment={:?} model={:?} streaming={} tools={:?}",
        request.operation, request.deployment, request.model, request.streaming, request.tools
    )];
    if request.user != picket_model::UserContext::default() {
        lines.push(format!("{:?}", request.user));
    }
    for message in &request.messages {
        lines.push(format!("{} ({}): {:?}", message.role, message.channel, message.content));
    }
    for document in &request.documents {
        lines.push(format!("document {:?}: {:?}", document.source, document.content));
    }
    lines.join("\n")
}

#[test]
fn chat_completions() {
    let body = json!({
        "model": "gpt-4.1", "stream": true, "temperature": 0, "a_field_of_tomorrow": {"x": [1]},
        "user": "u-17", "metadata": {"session_id": "s-1"},
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [
                {"type": "text", "text": "What is in this file"},
                {"type": "text", "text": "and in this picture?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                {"type": "file", "file": {"filename": "notes.txt", "file_data": "data:text/plain;base64,bWVldCBhdCBub29u"}},
                {"type": "telepathy", "thought": "text of a kind of tomorrow"},
            ]},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{\"at\":\"sky\"}"}},
            ]},
            {"role": "tool", "tool_call_id": "c1", "content": "It is blue."},
            {"role": "wizard", "content": "A role of tomorrow."},
        ],
        "tools": [
            {"type": "function", "function": {"name": "look", "description": "d"}},
            {"type": "web_search"},
        ],
    });
    insta::assert_snapshot!(shown(Protocol::OpenAi, "/v1/chat/completions", &body));
}

#[test]
fn azure_user_context_and_own_data() {
    let body = json!({
        "messages": [{"role": "user", "content": "hi", "context": {"citations": [
            {"title": "T", "filepath": "a.md", "content": "A retrieved passage."},
        ]}}],
        "user_security_context": {"application_name": "app", "end_user_id": "e", "end_user_tenant_id": "t", "source_ip": "203.0.113.7:4431"},
        "data_sources": [{"type": "azure_search", "parameters": {"role_information": "You are a helper.", "index_name": "i"}}],
    });
    insta::assert_snapshot!(shown(
        Protocol::AzureOpenAi,
        "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
        &body
    ));
}

#[test]
fn responses() {
    let body = json!({
        "model": "gpt-4.1", "instructions": "Be kind.", "conversation": {"id": "conv_1"},
        "prompt": {"id": "p1", "variables": {"city": "Oslo", "doc": {"type": "input_text", "text": "variable text"}}},
        "input": [
            {"role": "user", "content": "plain"},
            {"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "typed"},
                {"type": "input_file", "filename": "a.json", "file_data": "data:application/json;base64,e30="},
            ]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{\"q\":1}"},
            {"type": "function_call_output", "call_id": "c", "output": "told by a function"},
            {"type": "mcp_call", "name": "m", "server_label": "s", "arguments": "{}", "output": "told by a server"},
            {"type": "file_search_call", "queries": ["q"], "results": [{"filename": "f", "text": "found in a file"}]},
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "I thought."}]},
        ],
        "tools": [{"type": "mcp", "server_label": "deep", "server_url": "https://mcp.example.com"}],
    });
    insta::assert_snapshot!(shown(Protocol::OpenAi, "/v1/responses", &body));
    let text = json!({"model": "m", "input": "just text", "stream": true});
    insta::assert_snapshot!(shown(Protocol::AzureOpenAi, "/openai/v1/responses", &text), @r#"
    responses deployment=None model=Some("m") streaming=true tools=[]
    user (user): "just text"
    "#);
}

#[test]
fn messages() {
    let body = json!({
        "model": "claude-sonnet-4-5", "max_tokens": 16, "metadata": {"user_id": "u"},
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": [
                {"type": "document", "title": "Report", "context": "About sales", "source": {"type": "text", "media_type": "text/plain", "data": "Sales rose."}},
                {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "A chunk."}]}},
                {"type": "search_result", "source": "https://example.com", "title": "x", "content": [{"type": "text", "text": "A hit."}]},
                {"type": "text", "text": "Summarise."},
            ]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "zzz"},
                {"type": "tool_use", "id": "t1", "name": "get", "input": {"city": "Paris"}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": [
                    {"type": "text", "text": "12 degrees"},
                    {"type": "document", "title": "Page", "source": {"type": "text", "data": "inside a result"}},
                ]},
                {"type": "web_search_tool_result", "tool_use_id": "t2", "content": [{"type": "web_search_result", "url": "https://example.com/a", "title": "A page"}]},
            ]},
        ],
        "tools": [{"name": "get", "input_schema": {}}],
        "mcp_servers": [{"type": "url", "url": "https://mcp.example.com/sse", "name": "m"}],
    });
    insta::assert_snapshot!(shown(Protocol::Anthropic, "/v1/messages", &body));
    assert!(
        shown(Protocol::Anthropic, "/v1/messages/count_tokens", &body).contains("12 degrees"),
        "other operations are read the same way"
    );
}

#[test]
fn other_operations() {
    let embeddings = json!({"model": "text-embedding-3-small", "input": ["one", "two"]});
    insta::assert_snapshot!(shown(Protocol::OpenAi, "/v1/embeddings", &embeddings), @r#"
    embeddings deployment=None model=Some("text-embedding-3-small") streaming=false tools=[]
    user (user): "one"
    user (user): "two"
    "#);
    let tokens = json!({"model": "m", "input": [[1, 2], [3]]});
    insta::assert_snapshot!(shown(Protocol::OpenAi, "/v1/embeddings", &tokens), @r#"embeddings deployment=None model=Some("m") streaming=false tools=[]"#);
    let completion = json!({"model": "m", "prompt": ["a", "b"], "suffix": "c"});
    insta::assert_snapshot!(shown(Protocol::OpenAi, "/v1/completions", &completion), @r#"
    other deployment=None model=Some("m") streaming=false tools=[]
    user (user): "a"
    user (user): "b"
    user (user): "c"
    "#);
    let disguised = json!({"messages": [{"role": "user", "content": "seen all the same"}]});
    insta::assert_snapshot!(shown(Protocol::OpenAi, "/v1/chat%2Fcompletions", &disguised), @r#"
    other deployment=None model=None streaming=false tools=[]
    user (user): "seen all the same"
    "#);
}

#[test]
fn malformed_bodies_are_errors_and_foreign_ones_are_not() {
    let headers = HeaderMap::new();
    let parse = |method: Method, path: &str, body: &[u8]| {
        parse_request(Protocol::OpenAi, &method, path, &headers, body)
    };
    let path = "/v1/chat/completions";
    insta::assert_snapshot!(parse(Method::POST, path, b"{\"messages\":[").unwrap_err(), @"body is not JSON that can be inspected: EOF while parsing a list at line 1 column 13");
    insta::assert_snapshot!(parse(Method::POST, path, b"").unwrap_err(), @"body is not JSON that can be inspected: EOF while parsing a value at line 1 column 0");
    assert!(parse(Method::GET, "/v1/models", b"").is_ok());
    assert!(parse(Method::POST, "/v1/files", b"--boundary\r\n\xff").is_ok());
    for strange in
        ["null", "[]", "3", "\"x\"", r#"{"messages":3,"tools":{"a":1},"input":{"a":null}}"#]
    {
        assert!(parse(Method::POST, path, strange.as_bytes()).is_ok(), "{strange}");
    }
}
