//! Configuration files of Model Context Protocol clients: which servers they start or reach.

use picket_model::{
    Asset, AssetId, AssetKind, DiagnosticStatus, Finding, FindingKind, Relation, RelationKind,
    Severity, Standing,
};
use picket_sensitive::{InfoCategory, Scanner};
use serde_json::{Map, Value, json};

use super::recognise::host_of;
use super::stores::redact_address;
use crate::Collector;
use crate::files::SourceFile;

/// Whether a file is one that MCP clients read, by its name.
pub(crate) fn wants(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(
        name,
        "mcp.json"
            | ".mcp.json"
            | "claude_desktop_config.json"
            | "cline_mcp_settings.json"
            | "mcp_config.json"
            | "mcp_settings.json"
            | "mcp-config.json"
            | "mcp_servers.json"
    ) || path.ends_with(".gemini/settings.json")
        || path.ends_with(".claude/settings.json")
        || path.ends_with(".codex/config.toml")
}

/// Adds every server that the file names.
pub(crate) fn analyse(file: &SourceFile<'_>, out: &mut Collector) {
    let Some(text) = file.text() else { return };
    let parsed = if file.path.ends_with(".toml") {
        toml::from_str::<Value>(text).map_err(|error| error.to_string())
    } else {
        serde_json::from_str::<Value>(&without_comments(text)).map_err(|error| error.to_string())
    };
    let document = match parsed {
        Ok(document) => document,
        Err(error) => {
            let message = format!("MCP configuration cannot be read: {error}");
            out.diagnostic(DiagnosticStatus::Malformed, file.path, message);
            return;
        }
    };
    let servers = ["mcpServers", "servers", "mcp_servers", "context_servers"]
        .into_iter()
        .find_map(|key| document.get(key))
        .or_else(|| document.pointer("/mcp/servers"))
        .and_then(Value::as_object);
    for (name, settings) in servers.into_iter().flatten() {
        if let Some(settings) = settings.as_object() {
            add_server(file, text, name, settings, out);
        }
    }
}

fn add_server(
    file: &SourceFile<'_>,
    text: &str,
    name: &str,
    settings: &Map<String, Value>,
    out: &mut Collector,
) {
    let string = |key: &str| settings.get(key).and_then(Value::as_str);
    let arguments: Vec<String> = settings
        .get("args")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|argument| argument.as_str().map(str::to_owned))
        .collect();
    let names = |key: &str| -> Vec<&String> {
        settings
            .get(key)
            .and_then(Value::as_object)
            .map(|map| map.keys().collect())
            .unwrap_or_default()
    };
    let server = Server {
        name,
        command: string("command"),
        arguments: &arguments,
        url: string("url").or_else(|| string("serverUrl")).or_else(|| string("httpUrl")),
        environment: json!(names("env")),
    };
    let mut asset = server.describe(file.asset(AssetKind::McpServer, name, name));
    asset.set(
        "headers",
        if names("headers").is_empty() { Value::Null } else { json!(names("headers")) },
    );
    asset.set("enabled", settings.get("disabled").and_then(Value::as_bool) != Some(true));
    let line = line_of(text, &format!("\"{name}\"")).or_else(|| line_of(text, name)).unwrap_or(1);
    let id = asset.id.clone();
    out.occurrence(asset, &file.place(line, 1, name, Standing::Configured));
    file.defines(&id, line, out);
    secrets(file, text, settings, &id, out);
    for argument in settings
        .get("autoApprove")
        .or_else(|| settings.get("alwaysAllow"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if let Some(tool) = argument.as_str() {
            let tool_asset = file
                .asset(AssetKind::Tool, &format!("{name}/{tool}"), tool)
                .with("approval", false);
            out.relation(Relation::new(id.clone(), RelationKind::HasTool, tool_asset.id.clone()));
            out.asset(tool_asset);
        }
    }
}

/// Secrets in clear among environment variables, headers, arguments and the address.
fn secrets(
    file: &SourceFile<'_>,
    text: &str,
    settings: &Map<String, Value>,
    id: &AssetId,
    out: &mut Collector,
) {
    let mut values: Vec<(String, String)> = Vec::new();
    for key in ["env", "headers"] {
        for (name, value) in settings.get(key).and_then(Value::as_object).into_iter().flatten() {
            values.extend(value.as_str().map(|value| (name.clone(), value.to_owned())));
        }
    }
    for argument in settings.get("args").and_then(Value::as_array).into_iter().flatten() {
        values.extend(argument.as_str().map(|value| ("args".to_owned(), value.to_owned())));
    }
    values.extend(
        settings.get("url").and_then(Value::as_str).map(|url| ("url".to_owned(), url.to_owned())),
    );
    for (name, value) in values {
        let line_text = format!("{name}={value}");
        let found = Scanner::embedded().scan(&line_text);
        let Some(secret) = found.iter().find(|found| found.category == InfoCategory::Credentials)
        else {
            continue;
        };
        let line = line_of(text, &value).unwrap_or(1);
        let fingerprint = secret.fingerprint(&line_text);
        let evidence = json!({"path": file.path, "line": line, "name": name, "type": &*secret.info_type, "fingerprint": fingerprint});
        out.finding(
            id,
            Finding::new(
                FindingKind::Secret,
                &format!("{name}:{fingerprint}"),
                Severity::High,
                format!("Secret in clear in the configuration of an MCP server: {name}"),
                "Whoever reads the file can use the secret; take it from the environment or a secret store".to_owned(),
                evidence,
            ),
        );
        if let Some(asset) = out.get_mut(id) {
            asset.set("inline_secret", true);
        }
    }
}

/// How an MCP server is reached.
#[derive(Debug)]
pub(crate) struct Server<'a> {
    pub(crate) name: &'a str,
    pub(crate) command: Option<&'a str>,
    pub(crate) arguments: &'a [String],
    pub(crate) url: Option<&'a str>,
    /// Names of environment variables, never values.
    pub(crate) environment: Value,
}

impl Server<'_> {
    /// Puts what is known on the asset, secrets and queries taken out.
    pub(crate) fn describe(&self, asset: Asset) -> Asset {
        let package = self
            .arguments
            .iter()
            .find(|argument| !argument.starts_with('-') && !argument.contains("://"));
        let unpinned =
            package.is_some_and(|package| !package.trim_start_matches('@').contains(['@', '=']));
        let launcher = self.command.is_some_and(|command| {
            matches!(command.rsplit('/').next().unwrap_or(command), "npx" | "uvx" | "bunx" | "pipx")
        });
        let plain_http = self.url.is_some_and(|url| {
            url.starts_with("http://")
                && !host_of(url).is_some_and(|host| {
                    let name = host.split(':').next().unwrap_or_default();
                    matches!(name, "localhost" | "127.0.0.1" | "0.0.0.0" | "::1")
                })
        });
        let masked: Vec<String> = self
            .arguments
            .iter()
            .map(|argument| {
                let found = Scanner::embedded().scan(argument);
                picket_sensitive::redact(
                    &redact_if_address(argument),
                    &if argument.contains("://") { Vec::new() } else { found },
                )
                .text
            })
            .collect();
        tracing::trace!(server = self.name, "mcp server");
        asset
            .native_type("client")
            .with("role", "client")
            .with("transport", if self.url.is_some() { "http" } else { "stdio" })
            .with("command", self.command)
            .with("arguments", if masked.is_empty() { Value::Null } else { json!(masked) })
            .with("package", package.filter(|_| launcher).map(String::as_str))
            .with(
                "unpinned",
                if launcher && package.is_some() { json!(unpinned) } else { Value::Null },
            )
            .with("url", self.url.map(redact_address))
            .with("plain_http", plain_http)
            .with("environment_variables", self.environment.clone())
    }
}

fn redact_if_address(argument: &str) -> String {
    if argument.contains("://") { redact_address(argument) } else { argument.to_owned() }
}

/// First line, from 1, that holds `needle`.
pub(crate) fn line_of(text: &str, needle: &str) -> Option<u32> {
    let at = text.find(needle)?;
    u32::try_from(text[..at].matches('\n').count() + 1).ok()
}

/// Editors allow `//` comments in these files.
fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| if line.trim_start().starts_with("//") { "" } else { line })
        .collect::<Vec<_>>()
        .join("\n")
}
