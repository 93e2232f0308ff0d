//! Model Context Protocol servers that code runs or connects to.

use picket_model::{AssetId, AssetKind, RelationKind};
use serde_json::json;

use super::module::{CallIndex, Language, Value};
use super::recognise::Recogniser;
use super::signals::CallKind;
use super::tools::set_description;

impl Recogniser<'_> {
    /// Model Context Protocol servers that are written here, and those that are connected to.
    pub(crate) fn mcp(&mut self) {
        let module = self.module;
        for (index, _) in self.calls_of(&[CallKind::McpServer]) {
            let call = &module.calls[index];
            let own = call.at(0).or_else(|| call.named("name"));
            let own = own
                .and_then(|name| module.text(name, call.scope))
                .or_else(|| call.named("name").and_then(|name| module.text(name, call.scope)))
                .or_else(|| module.text(call.named("server_info")?, call.scope))
                .or_else(|| self.implementation_name(index));
            let symbol = self.symbol_of(index);
            let name = own.unwrap_or_else(|| symbol.clone());
            let unique = self.unique(&symbol);
            let authenticated = ["auth", "auth_server_provider", "token_verifier", "auth_provider"]
                .iter()
                .any(|name| call.named(name).is_some());
            let asset = self
                .file
                .asset(AssetKind::McpServer, &unique, &name)
                .native_type("server")
                .with("role", "server")
                .with("framework", self.framework(index))
                .with("transport", self.transport().unwrap_or("stdio"))
                .with("authenticated", authenticated);
            let id = self.declare(asset, call.position, call.last());
            self.assets_of.insert(index, id.clone());
            self.server_tools(&id, call.target.as_deref());
        }
        self.derived_servers();
        for (index, _) in self.calls_of(&[CallKind::McpClient]) {
            self.mcp_client(index);
        }
    }

    /// `mcp.NewServer(&mcp.Implementation{Name: "orders"}, nil)`
    fn implementation_name(&self, index: CallIndex) -> Option<String> {
        let call = &self.module.calls[index];
        let Some(Value::Call(inner)) = call.at(0) else { return None };
        let inner = &self.module.calls[*inner];
        self.module.text(inner.named("name")?, inner.scope)
    }

    /// Classes derived from a server; their name is what the constructor takes by default.
    fn derived_servers(&mut self) {
        let module = self.module;
        let classes: Vec<_> = self.mcp_server_classes().cloned().collect();
        for class in classes {
            let constructor = module.definitions.iter().find(|definition| {
                definition.name == "__init__"
                    && module.scopes[definition.scope].parent == class.scope
            });
            let default = constructor.and_then(|constructor| {
                module.bound_in(constructor.scope, "name").find_map(|binding| {
                    match &binding.value {
                        Value::Text(text, _) => Some(text.clone()),
                        _ => None,
                    }
                })
            });
            let name = default.unwrap_or_else(|| class.name.clone());
            let unique = self.unique(&class.name);
            let asset = self
                .file
                .asset(AssetKind::McpServer, &unique, &name)
                .native_type("server")
                .with("role", "server")
                .with("transport", self.transport().unwrap_or("stdio"));
            let id = self.declare(asset, class.position, &class.name);
            let tools: Vec<AssetId> = module
                .calls
                .iter()
                .enumerate()
                .filter(|(_, call)| module.within(call.scope, class.scope) && call.last() == "tool")
                .filter_map(|(index, _)| self.assets_of.get(&index).cloned())
                .collect();
            for tool in tools {
                self.relate(&id, RelationKind::HasTool, &tool);
            }
        }
    }

    /// `mcp.run(transport="sse")`.
    fn transport(&self) -> Option<&'static str> {
        let run =
            self.module.calls.iter().filter(|call| matches!(call.last(), "run" | "run_async"));
        let named = run.filter_map(|call| {
            self.module.text(call.named("transport").or_else(|| call.at(0))?, call.scope)
        });
        named.into_iter().find_map(|name| match name.as_str() {
            "sse" => Some("sse"),
            "http" | "streamable-http" | "streamable_http" => Some("http"),
            _ => None,
        })
    }

    fn server_tools(&mut self, server: &AssetId, variable: Option<&str>) {
        let module = self.module;
        let mut tools = Vec::new();
        let script = module.language == Language::Script;
        for definition in &module.definitions {
            let mine =
                definition.decorators.iter().any(|decorator| match decorator.split_once('.') {
                    Some((object, what)) => {
                        matches!(what, "tool" | "call_tool")
                            && variable.is_none_or(|name| name == object)
                    }
                    // Attributes of methods say no server: it is the file's.
                    None => {
                        !script
                            && matches!(decorator.as_str(), "tool" | "McpServerTool" | "McpTool")
                    }
                });
            tools.extend(self.tools_of.get(&definition.scope).filter(|_| mine).cloned());
        }
        for call in &module.calls {
            if !script && matches!(call.last(), "AddTool" | "AddTools" | "addTool") {
                for argument in &call.arguments {
                    tools.extend(self.tools_in(&argument.value, call.scope, 2).0);
                }
                continue;
            }
            if matches!(call.last(), "registerTool" | "tool")
                && call.path.contains('.')
                && let Some(name) = call.at(0).and_then(|name| module.text(name, call.scope))
            {
                let unique = self.unique(&name);
                let mut asset = self.tool_asset(&unique, &name, "registered");
                let description = call.named("description").or_else(|| call.at(1));
                let description = description.and_then(|text| module.text(text, call.scope));
                set_description(&mut asset, description.as_deref());
                tools.push(self.declare(asset, call.position, call.last()));
            }
        }
        for tool in tools {
            self.relate(server, RelationKind::HasTool, &tool);
        }
    }

    fn mcp_client(&mut self, index: CallIndex) {
        let module = self.module;
        let call = &module.calls[index];
        let text = |names: &[&str]| {
            names.iter().find_map(|name| module.text(call.named(name)?, call.scope))
        };
        let nested = call
            .named("params")
            .or_else(|| call.named("server_params"))
            .or_else(|| call.named("connection_params"));
        if nested.is_some_and(|value| {
            module.made_by(value, call.scope).iter().any(|maker| self.callees[*maker].1.is_some())
        }) {
            // The parameters are a call of their own.
            let maker = nested.map(|value| module.made_by(value, call.scope)).unwrap_or_default();
            if let Some(id) = maker.iter().find_map(|maker| self.assets_of.get(maker)).cloned() {
                self.assets_of.insert(index, id);
            }
            return;
        }
        let mut settings: Vec<(String, String)> = Vec::new();
        for value in nested.into_iter().chain(call.at(0)) {
            module.follow(value, call.scope, 4, &mut |value, scope| match value {
                Value::Map(entries) => {
                    settings.extend(entries.iter().filter_map(|(key, _, value)| {
                        Some((key.clone(), module.text(value, scope)?))
                    }));
                }
                Value::Text(text, _) if text.contains("://") => {
                    settings.push(("url".to_owned(), text.clone()));
                }
                _ => {}
            });
        }
        let setting = |names: &[&str]| {
            text(names).or_else(|| {
                settings
                    .iter()
                    .find(|(key, _)| names.contains(&key.as_str()))
                    .map(|(_, value)| value.clone())
            })
        };
        let first = || {
            let first = module.text(call.at(0)?, call.scope)?;
            Some(first).filter(|_| module.language != Language::Script)
        };
        let url = setting(&["url", "server_url", "base_url", "endpoint", "sse_url"])
            .or_else(|| first().filter(|text| text.contains("://")));
        let command =
            setting(&["command"]).or_else(|| first().filter(|text| !text.contains("://")));
        if command.is_none() && url.is_none() {
            return;
        }
        let name = setting(&["name", "server_label"])
            .or_else(|| call.target.clone())
            .unwrap_or_else(|| {
                url.as_deref()
                    .and_then(super::recognise::host_of)
                    .unwrap_or_else(|| call.last().to_owned())
            });
        let unique = self.unique(&name);
        let arguments: Vec<String> = call
            .named("args")
            .or_else(|| call.named("arguments"))
            .map(|value| match value {
                Value::List(items) => {
                    items.iter().filter_map(|item| module.text(item, call.scope)).collect()
                }
                _ => Vec::new(),
            })
            .unwrap_or_default();
        let server = super::mcp_config::Server {
            name: &name,
            command: command.as_deref(),
            arguments: &arguments,
            url: url.as_deref(),
            environment: json!([]),
        };
        let asset = server.describe(self.file.asset(AssetKind::McpServer, &unique, &name));
        let id = self.declare(asset, call.position, call.last());
        self.assets_of.insert(index, id);
    }
}
