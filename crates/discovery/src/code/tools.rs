//! Tools that models can call.

use picket_model::{Asset, AssetId, AssetKind};

use super::module::{CallIndex, Definition, Position, ScopeIndex, Value};
use super::recognise::Recogniser;
use super::signals::CallKind;

/// Calls in a tool's body and what they let a model do.
const RISKY_CALLS: &[(&str, &str)] = &[
    ("subprocess.", "shell"),
    ("os.system", "shell"),
    ("os.popen", "shell"),
    ("child_process.", "shell"),
    ("execSync", "shell"),
    ("spawnSync", "shell"),
    ("exec", "code_execution"),
    ("eval", "code_execution"),
    ("os.remove", "file_write"),
    ("shutil.rmtree", "file_write"),
    ("fs.writeFile", "file_write"),
    ("fs.unlink", "file_write"),
    ("os/exec.Command", "shell"),
    ("os/exec.CommandContext", "shell"),
    ("os.RemoveAll", "file_write"),
    ("os.WriteFile", "file_write"),
    ("Runtime.getRuntime.exec", "shell"),
    ("ProcessBuilder", "shell"),
    ("Files.delete", "file_write"),
    ("Files.writeString", "file_write"),
    ("Process.Start", "shell"),
    ("File.Delete", "file_write"),
    ("File.WriteAllText", "file_write"),
    ("std.process.Command.new", "shell"),
    ("tokio.process.Command.new", "shell"),
    ("std.fs.remove_file", "file_write"),
    ("std.fs.write", "file_write"),
];

/// Calls that make a tool which has no name of its own.
const UNNAMED_MAKERS: &[&str] = &[
    "tool",
    "dynamicTool",
    "createTool",
    "queryTool",
    "as_tool",
    "asTool",
    "from_function",
    "from_defaults",
];

impl Recogniser<'_> {
    /// Functions and classes that are tools, and tools made by calls.
    pub(crate) fn tools(&mut self) {
        let module = self.module;
        for definition in &module.definitions {
            if self.is_tool(definition) {
                self.function_tool(definition);
            }
        }
        self.registered_tools();
        self.function_schemas();
        for (index, signal) in self.calls_of(&[CallKind::Tool]) {
            let call = &module.calls[index];
            let own = self.tool_name(index).or_else(|| {
                let mut named = self.arguments(call, &signal.collection).into_iter();
                named.find_map(|(_, texts)| texts.into_iter().next()).map(|text| text.text)
            });
            let function = ["func", "fn", "function", "coroutine", "execute"]
                .into_iter()
                .filter_map(|name| call.named(name))
                .chain(call.at(0))
                .find_map(|value| match value {
                    Value::Name(name, _) => self.definition_scope(name),
                    _ => None,
                });
            if let Some(id) = function.and_then(|scope| self.tools_of.get(&scope)) {
                self.assets_of.insert(index, id.clone());
                continue;
            }
            let function_name = function.map(|scope| module.scopes[scope].name.clone());
            let bound = self.entry_names.get(&index).or(call.target.as_ref()).cloned();
            // `tool(…)` and `from_function(…)` have only the names they are given; others make one tool of their own name.
            let maker = Some(call.last()).filter(|last| !UNNAMED_MAKERS.contains(last));
            let maker = maker.map(str::to_owned);
            let class = call.last().starts_with(|c: char| c.is_ascii_uppercase());
            let given = own.or(function_name);
            let name = if class { given.or(bound).or(maker) } else { given.or(maker).or(bound) };
            let Some(name) = name else { continue };
            let unique = self.unique(&name);
            let mut asset = self
                .tool_asset(&unique, &name, call.last())
                .with("framework", self.framework(index));
            let description =
                call.named("description").and_then(|text| module.text(text, call.scope));
            set_description(&mut asset, description.as_deref());
            let risk = signal
                .risk
                .clone()
                .or_else(|| function.and_then(|scope| self.risk_in(scope)).map(str::to_owned));
            self.set_risk(&mut asset, risk.as_deref(), self.asks_first(index));
            let id = self.declare(asset, call.position, call.last());
            if let Some(scope) = function {
                self.tools_of.insert(scope, id.clone());
            }
            self.assets_of.insert(index, id);
        }
    }

    /// Name in the arguments: `name`, or that of `metadata`.
    fn tool_name(&self, index: CallIndex) -> Option<String> {
        let call = &self.module.calls[index];
        let named = ["name", "tool_name", "toolName"].into_iter().find_map(|name| call.named(name));
        let within = || match call.named("metadata")? {
            Value::Map(entries) => {
                entries.iter().find(|(key, ..)| key == "name").map(|(.., name)| name)
            }
            _ => None,
        };
        self.module.text(named.or_else(within)?, call.scope)
    }

    /// Tools that are handed over to an agent, server or registry by a call: `agent.tool(look_up)`, `self.tool(find, name="find")`,
    /// `getTool("wikipedia")`.
    fn registered_tools(&mut self) {
        let module = self.module;
        for (index, call) in module.calls.iter().enumerate() {
            let taken = matches!(call.last(), "getTool" | "get_tool" | "load_tool");
            if taken && self.ai {
                let Some(name) = call.at(0).and_then(|name| module.text(name, call.scope)) else {
                    continue;
                };
                let unique = self.unique(&name);
                let asset = self.tool_asset(&unique, &name, "registry");
                let id = self.declare(asset, call.position, call.last());
                self.assets_of.insert(index, id);
            } else if matches!(call.last(), "as_tool" | "asTool")
                && self.belongs_to_tool_owner(index)
            {
                self.agent_as_tool(index);
            } else if matches!(call.last(), "tool" | "tool_plain" | "add_tool")
                && self.belongs_to_tool_owner(index)
                && let Some(Value::Name(function, _)) = call.at(0)
            {
                let scope = self.definition_scope(function);
                if scope.is_some_and(|scope| self.tools_of.contains_key(&scope)) {
                    continue;
                }
                let own = self.tool_name(index);
                let definition =
                    module.definitions.iter().find(|definition| Some(definition.scope) == scope);
                let id = match (own, definition) {
                    (Some(name), _) => {
                        let unique = self.unique(&name);
                        let asset = self.tool_asset(&unique, &name, "registered");
                        self.declare(asset, call.position, call.last())
                    }
                    (None, Some(definition)) => self.function_tool(definition),
                    (None, None) => continue,
                };
                self.assets_of.insert(index, id);
            }
        }
    }

    /// `writer.as_tool(tool_name="write")`: an agent that other agents can call.
    fn agent_as_tool(&mut self, index: CallIndex) {
        let call = &self.module.calls[index];
        let agent = call.path.rsplit('.').nth(1).unwrap_or_default();
        let name = self.tool_name(index).unwrap_or_else(|| agent.to_owned());
        let unique = self.unique(&name);
        let mut asset = self.tool_asset(&unique, &name, call.last());
        self.set_risk(&mut asset, None, self.asks_first(index));
        let id = self.declare(asset, call.position, call.last());
        self.assets_of.insert(index, id);
    }

    /// Descriptions of functions in the form of OpenAI that the file holds or returns, whoever hands them to a model:
    /// `{"type": "function", "function": {"name": …}}`.
    fn function_schemas(&mut self) {
        let module = self.module;
        let bound = module.bindings.iter().map(|binding| (&binding.value, binding.scope));
        let returned = module.returns.iter().map(|(scope, value)| (value, *scope));
        for (value, scope) in bound.chain(returned) {
            let items = match value {
                Value::List(items) => items.as_slice(),
                one => std::slice::from_ref(one),
            };
            for item in items {
                if let Value::Map(entries) = item
                    && is_function_schema(entries)
                {
                    self.tools_in_map(entries, scope, 0);
                }
            }
        }
    }

    /// Whether a call is a method of an agent or server, or of `self` in a class that is one.
    fn belongs_to_tool_owner(&self, index: CallIndex) -> bool {
        let call = &self.module.calls[index];
        let made = self.callees[index].0.made_by.iter().any(|&maker| {
            self.callees[maker]
                .1
                .is_some_and(|signal| matches!(signal.kind, CallKind::Agent | CallKind::McpServer))
        });
        made || call.path.starts_with("self.")
            && self
                .module
                .class_around(call.scope)
                .is_some_and(|class| self.mcp_server_classes().any(|server| server.scope == class))
    }

    /// Classes that are Model Context Protocol servers by what they are derived from.
    pub(crate) fn mcp_server_classes(&self) -> impl Iterator<Item = &'_ Definition> {
        self.module.definitions.iter().filter(|definition| {
            definition.class
                && definition.bases.iter().any(|base| {
                    let last = base.rsplit('.').next().unwrap_or(base);
                    matches!(last, "FastMCP" | "McpServer")
                })
        })
    }

    /// A class is a tool by its base: one of the frameworks', or one of the repository's own whose name says so.
    fn is_tool_class(&self, definition: &Definition) -> bool {
        let abstract_ = |base: &String| matches!(base.as_str(), "ABC" | "abc.ABC" | "Protocol");
        if definition.bases.iter().any(abstract_) {
            return false;
        }
        definition.bases.iter().any(|base| {
            let last = base.rsplit('.').next().unwrap_or(base);
            let of_library = self.module.imports.get(last).is_some_and(|import| {
                self.signals.library(self.module.language, &import.module).is_some()
            });
            self.signals.words.tool_classes.iter().any(|class| class == last)
                || !of_library && last.ends_with("Tool") && definition.name.ends_with("Tool")
        })
    }

    fn is_tool(&self, definition: &Definition) -> bool {
        let words = &self.signals.words;
        if definition.class {
            return self.ai && self.is_tool_class(definition);
        }
        definition.decorators.iter().any(|decorator| {
            let last = decorator.rsplit('.').next().unwrap_or(decorator);
            words
                .tool_decorators
                .iter()
                .any(|known| known == decorator || (known == last && !last.is_empty()))
                && (self.ai || decorator.contains('.'))
        })
    }

    fn function_tool(&mut self, definition: &Definition) -> AssetId {
        let unique = self.unique(&self.module.qualified(definition.scope));
        let kind = if definition.class { "class" } else { "function" };
        let mut asset = self.tool_asset(&unique, &definition.name, kind);
        set_description(&mut asset, definition.summary.as_deref());
        let asks = definition.decorators.iter().any(|decorator| decorator.contains("approval"));
        let decorator_asks = self.module.calls.iter().enumerate().any(|(index, call)| {
            call.position.line + 3 >= definition.position.line
                && call.position.line < definition.position.line
                && definition.decorators.contains(&call.path)
                && self.asks_first(index)
        });
        self.set_risk(&mut asset, self.risk_in(definition.scope), asks || decorator_asks);
        let id = self.declare(asset, definition.position, &definition.name);
        self.tools_of.insert(definition.scope, id.clone());
        id
    }

    pub(crate) fn tool_asset(&self, symbol: &str, name: &str, native_type: &str) -> Asset {
        self.file.asset(AssetKind::Tool, symbol, name).native_type(native_type)
    }

    fn set_risk(&self, asset: &mut Asset, risk: Option<&str>, asks: bool) {
        if let Some(risk) = risk {
            asset.set("risk", risk);
        }
        asset.set("approval", asks);
    }

    /// Whether the call says that a person approves first.
    pub(crate) fn asks_first(&self, index: CallIndex) -> bool {
        let call = &self.module.calls[index];
        call.arguments.iter().any(|argument| {
            argument.name.as_deref().is_some_and(|name| {
                self.signals.words.approval_words.iter().any(|word| word == name)
            }) && !matches!(&argument.value, Value::Flag(false))
        })
    }

    /// What the calls within a function let its caller do.
    fn risk_in(&self, scope: ScopeIndex) -> Option<&'static str> {
        self.module.calls.iter().zip(&self.callees).find_map(|(call, (callee, _))| {
            if !self.module.within(call.scope, scope) {
                return None;
            }
            let module = callee.module.as_deref().unwrap_or_default().trim_start_matches("node:");
            let whole = if module.is_empty() {
                callee.path.clone()
            } else {
                format!("{module}.{}", callee.path)
            };
            RISKY_CALLS
                .iter()
                .find(|(name, _)| {
                    if name.ends_with('.') {
                        whole.starts_with(name)
                    } else {
                        whole == *name || whole.ends_with(&format!(".{name}")) && name.contains('S')
                    }
                })
                .map(|(_, risk)| *risk)
        })
    }

    /// Tools and Model Context Protocol servers in a value; functions that are handed over become tools.
    pub(crate) fn tools_in(
        &mut self,
        value: &Value,
        scope: ScopeIndex,
        depth: usize,
    ) -> (Vec<AssetId>, Vec<AssetId>) {
        let mut leaves = Vec::new();
        self.module
            .follow(value, scope, 6, &mut |value, scope| leaves.push((value.clone(), scope)));
        let (mut tools, mut servers) = (Vec::new(), Vec::new());
        for (leaf, scope) in leaves {
            match &leaf {
                Value::List(items) if depth > 0 => {
                    for item in items {
                        let (more, more_servers) = self.tools_in(item, scope, depth - 1);
                        tools.extend(more);
                        servers.extend(more_servers);
                    }
                }
                Value::Map(entries) => tools.extend(self.tools_in_map(entries, scope, depth)),
                Value::Name(name, position) => tools.extend(self.named_tool(name, *position)),
                Value::Call(index) => {
                    for maker in self.module.made_by(&leaf, scope) {
                        let Some(id) = self.assets_of.get(&maker).cloned() else { continue };
                        match self.callees[maker].1.map(|signal| signal.kind) {
                            Some(CallKind::McpClient | CallKind::McpServer) => servers.push(id),
                            Some(CallKind::Tool) => tools.push(id),
                            _ => {}
                        }
                    }
                    tools.extend(self.constructed_tool(*index));
                    tools.extend(self.tools_of_class(*index));
                }
                _ => {}
            }
        }
        (tools, servers)
    }

    /// `{ weather: tool({…}) }` of the AI SDK, and `{"type": "function", "function": {"name": …}}` of OpenAI.
    fn tools_in_map(
        &mut self,
        entries: &[(String, Position, Value)],
        scope: ScopeIndex,
        depth: usize,
    ) -> Vec<AssetId> {
        let entry = |key: &str| entries.iter().find(|(name, ..)| name == key);
        if let Some((_, position, kind)) = entry("type") {
            let function = entry("function").map_or(entries, |(.., function)| match function {
                Value::Map(inner) => inner.as_slice(),
                _ => entries,
            });
            let name = function
                .iter()
                .find(|(key, ..)| key == "name")
                .and_then(|(.., name)| self.module.text(name, scope))
                .or_else(|| self.module.text(kind, scope));
            let Some(name) = name else { return Vec::new() };
            if let Some(known) = self.schemas.get(position) {
                return vec![known.clone()];
            }
            let unique = self.unique(&name);
            let asset = self.tool_asset(&unique, &name, "schema");
            let id = self.declare(asset, *position, &name);
            self.schemas.insert(*position, id.clone());
            return vec![id];
        }
        let mut tools = Vec::new();
        for (name, position, value) in entries {
            let (found, _) =
                if depth > 0 { self.tools_in(value, scope, depth - 1) } else { Default::default() };
            if found.is_empty() && !name.is_empty() && name != "**" {
                let unique = self.unique(name);
                let asset = self.tool_asset(&unique, name, "entry");
                tools.push(self.declare(asset, *position, name));
            }
            tools.extend(found);
        }
        tools
    }

    fn named_tool(&mut self, name: &str, position: Position) -> Option<AssetId> {
        let last = name.rsplit('.').next().unwrap_or(name);
        if let Some(scope) = self.definition_scope(name) {
            if let Some(id) = self.tools_of.get(&scope) {
                return Some(id.clone());
            }
            let definition = self
                .module
                .definitions
                .iter()
                .find(|definition| definition.scope == scope)?
                .clone();
            return Some(self.function_tool(&definition));
        }
        let first = name.split('.').next().unwrap_or(name);
        let import = self.module.imports.get(first)?.clone();
        if last.eq_ignore_ascii_case("tools") {
            return None;
        }
        // A tool that another file defines: that file's asset takes its place when it is known.
        let unique = self.unique(last);
        let asset = self.tool_asset(&unique, last, "import").with("imported_from", import.module);
        Some(self.declare(asset, position, name))
    }

    /// `MyTool()` where the file defines or imports the class.
    fn constructed_tool(&mut self, index: CallIndex) -> Option<AssetId> {
        if self.assets_of.contains_key(&index) || self.callees[index].1.is_some() {
            return None;
        }
        let call = &self.module.calls[index];
        if call.receiver.is_some() || !call.last().ends_with("Tool") {
            return None;
        }
        let id = self.named_tool(&call.path.clone(), call.position)?;
        self.assets_of.insert(index, id.clone());
        Some(id)
    }
    /// `new Calculator()` where the file defines the class, whose methods are tools.
    fn tools_of_class(&self, index: CallIndex) -> Vec<AssetId> {
        let call = &self.module.calls[index];
        let class =
            self.module.definitions.iter().find(|class| class.class && class.name == call.path);
        let Some(class) = class else { return Vec::new() };
        let methods = self.module.definitions.iter().filter(|method| {
            method.scope != class.scope && self.module.within(method.scope, class.scope)
        });
        methods.filter_map(|method| self.tools_of.get(&method.scope).cloned()).collect()
    }
}

fn is_function_schema(entries: &[(String, Position, Value)]) -> bool {
    let entry = |key: &str| entries.iter().find(|(name, ..)| name == key).map(|(.., value)| value);
    let named = |function: &[(String, Position, Value)]| {
        let has = |key: &str| function.iter().any(|(name, ..)| name == key);
        has("name") && (has("description") || has("parameters"))
    };
    matches!(entry("type"), Some(Value::Text(kind, _)) if kind == "function")
        && matches!(entry("function"), Some(Value::Map(function)) if named(function))
}

pub(crate) fn set_description(asset: &mut Asset, description: Option<&str>) {
    if let Some(description) = description.filter(|text| !text.is_empty()) {
        asset.set("description", super::syntax::first_line(description));
    }
}
