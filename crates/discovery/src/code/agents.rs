//! Agents, what they call, and what they are told.

use picket_model::{AssetId, AssetKind, Relation, RelationKind};

use super::module::{CallIndex, Language, ScopeIndex, Value};
use super::recognise::Recogniser;
use super::signals::{CallKind, CallSignal};

/// Deepest nesting of wrappers around a model, tool or agent.
const MAX_WRAPPERS: usize = 4;

impl Recogniser<'_> {
    /// Every agent with its model, tools, members and instructions.
    pub(crate) fn agents(&mut self) {
        let known = self.calls_of(&[CallKind::Agent, CallKind::Team]);
        let mut agents: Vec<(CallIndex, Option<&'static CallSignal>)> =
            known.into_iter().map(|(index, signal)| (index, Some(signal))).collect();
        let own = (0..self.module.calls.len()).filter(|&index| self.is_own_agent(index));
        agents.extend(own.map(|index| (index, None)));
        agents.sort_unstable_by_key(|(index, _)| *index);
        for &(index, signal) in &agents {
            let call = &self.module.calls[index];
            let symbol = self.symbol_of(index);
            let unique = self.unique(&symbol);
            let own_name = self.signals.words.agent_names.iter().find_map(|name| {
                self.module.text(call.named(name)?, call.scope).filter(|name| name.len() <= 80)
            });
            let name =
                own_name.unwrap_or_else(|| symbol.rsplit('.').next().unwrap_or(&symbol).to_owned());
            let mut asset = self
                .file
                .asset(AssetKind::Agent, &unique, &name)
                .native_type(call.last())
                .with("framework", self.framework(index))
                .with("constructor", call.last());
            if signal.is_some_and(|signal| signal.kind == CallKind::Team) {
                asset.set("team", true);
            }
            if let Some(risk) = signal.and_then(|signal| signal.risk.as_ref()) {
                asset.set("risk", risk.as_str());
            }
            let id = self.declare(asset, call.position, call.last());
            self.assets_of.insert(index, id);
        }
        for (index, _) in agents {
            self.link_agent(index);
        }
    }

    /// `WriterAgent(system_prompt=…)`: a class of the repository's own that is told what to do or given tools.
    fn is_own_agent(&self, index: CallIndex) -> bool {
        let call = &self.module.calls[index];
        let words = &self.signals.words;
        self.callees[index].1.is_none()
            && call.receiver.is_none()
            && call.last().ends_with("Agent")
            && call.last().starts_with(|c: char| c.is_ascii_uppercase())
            && call.arguments.iter().any(|argument| {
                argument.name.as_ref().is_some_and(|name| {
                    words.agent_instructions.contains(name) || words.agent_tools.contains(name)
                })
            })
    }

    fn link_agent(&mut self, index: CallIndex) {
        let Some(id) = self.assets_of.get(&index).cloned() else { return };
        let module = self.module;
        let call = &module.calls[index];
        let words = &self.signals.words;
        let graph = matches!(call.last(), "StateGraph" | "MessageGraph");
        let mut models = self.models_of.get(&index).cloned().unwrap_or_default();
        let (mut tools, mut members, mut servers) = (Vec::new(), Vec::new(), Vec::new());
        for argument in &call.arguments {
            let name = argument.name.as_deref().unwrap_or_default();
            if words.agent_tools.iter().any(|word| word == name) {
                let (found, found_servers) =
                    self.tools_in(&argument.value, call.scope, MAX_WRAPPERS);
                tools.extend(found);
                servers.extend(found_servers);
            } else if words.agent_members.iter().any(|word| word == name) {
                members.extend(self.agents_in(&argument.value, call.scope));
            } else if words.agent_instructions.iter().any(|word| word == name) {
                for text in module.texts(&argument.value, call.scope) {
                    if let Some(prompt) =
                        self.prompt(&text, "system", &format!("{}({name}=)", call.last()))
                    {
                        self.relate(&id, RelationKind::Uses, &prompt);
                    }
                }
            } else {
                models.extend(self.models_in(&argument.value, call.scope, MAX_WRAPPERS));
            }
            // `create_react_agent(model, [search])`: a list among the positional arguments are tools.
            // In other languages than those, only a list is.
            let list = matches!(argument.value, Value::List(_));
            // What a graph takes there is the form of its settings.
            if argument.name.is_none()
                && argument.index > 0
                && !graph
                && (list || module.language == Language::Script)
            {
                let (found, found_servers) =
                    self.tools_in(&argument.value, call.scope, MAX_WRAPPERS);
                tools.extend(found);
                servers.extend(found_servers);
                members.extend(self.agents_in(&argument.value, call.scope));
            }
        }
        if graph {
            self.graph_parts(index, &mut models, &mut tools);
        }
        if call.position.line > 0
            && call.arguments.first().is_some_and(|first| first.name.is_none())
        {
            members.extend(
                call.at(0).map(|first| self.agents_in(first, call.scope)).unwrap_or_default(),
            );
        }
        self.decorated_tools(index, &mut tools);
        tools.extend(self.own_risk(index));
        for (kind, targets) in [
            (RelationKind::Uses, models),
            (RelationKind::HasTool, tools),
            (RelationKind::Calls, members),
            (RelationKind::Calls, servers),
        ] {
            for target in targets.into_iter().filter(|target| *target != id) {
                self.relate(&id, kind, &target);
            }
        }
        self.ground(&id, index);
        let approval = call.arguments.iter().any(|argument| {
            argument
                .name
                .as_deref()
                .is_some_and(|name| words.approval_words.iter().any(|word| word == name))
                && !matches!(&argument.value, Value::Flag(false))
                && module.text(&argument.value, call.scope).as_deref() != Some("NEVER")
        });
        if let Some(asset) = self.out.get_mut(&id) {
            asset.set("approval", approval);
        }
    }

    pub(crate) fn relate(&mut self, source: &AssetId, kind: RelationKind, target: &AssetId) {
        let relation = Relation::new(source.clone(), kind, target.clone());
        self.out.relation(relation.with("path", self.file.path));
    }

    /// Models that a value names or is made with.
    fn models_in(&self, value: &Value, scope: ScopeIndex, depth: usize) -> Vec<AssetId> {
        let mut found = Vec::new();
        for maker in self.module.made_by(value, scope) {
            let of_agent = self.assets_of.contains_key(&maker);
            if of_agent
                || self.callees[maker].1.is_some_and(|signal| {
                    matches!(
                        signal.kind,
                        CallKind::VectorStore | CallKind::Tool | CallKind::Embedding
                    )
                })
            {
                continue;
            }
            found.extend(self.models_of.get(&maker).cloned().unwrap_or_default());
            if depth > 0 {
                let call = &self.module.calls[maker];
                for argument in &call.arguments {
                    found.extend(self.models_in(&argument.value, call.scope, depth - 1));
                }
            }
        }
        if let Value::List(values) = value {
            for value in values {
                found.extend(self.models_in(value, scope, depth.saturating_sub(1)));
            }
        }
        found.dedup();
        found
    }

    fn agents_in(&self, value: &Value, scope: ScopeIndex) -> Vec<AssetId> {
        let mut found = Vec::new();
        self.module.follow(value, scope, 6, &mut |value, scope| {
            let items = match value {
                Value::List(items) => items.as_slice(),
                other => std::slice::from_ref(other),
            };
            for item in items {
                for maker in self.module.made_by(item, scope) {
                    let agent = self.is_own_agent(maker)
                        || self.callees[maker].1.is_some_and(|signal| {
                            matches!(signal.kind, CallKind::Agent | CallKind::Team)
                        });
                    found.extend(self.assets_of.get(&maker).filter(|_| agent).cloned());
                }
            }
        });
        found
    }

    /// A state graph uses the models and tools of its file.
    fn graph_parts(&self, index: CallIndex, models: &mut Vec<AssetId>, tools: &mut Vec<AssetId>) {
        let calls = self.calls_of(&[CallKind::Model]);
        models.extend(
            calls.iter().filter_map(|(call, _)| self.models_of.get(call)).flatten().cloned(),
        );
        for (other, call) in self.module.calls.iter().enumerate() {
            if other != index && matches!(call.last(), "ToolNode" | "bind_tools" | "bindTools") {
                for argument in &call.arguments {
                    tools.extend(self.tools_in_place(&argument.value, call.scope));
                }
            }
        }
    }

    /// Tools that are there already, without making new ones.
    fn tools_in_place(&self, value: &Value, scope: ScopeIndex) -> Vec<AssetId> {
        let mut found = Vec::new();
        self.module.follow(value, scope, 6, &mut |value, scope| {
            let items = match value {
                Value::List(items) => items.as_slice(),
                other => std::slice::from_ref(other),
            };
            for item in items {
                if let Value::Name(name, _) = item
                    && let Some(id) =
                        self.definition_scope(name).and_then(|scope| self.tools_of.get(&scope))
                {
                    found.push(id.clone());
                }
                for maker in self.module.made_by(item, scope) {
                    found.extend(self.assets_of.get(&maker).cloned());
                }
            }
        });
        found
    }

    /// `@agent.tool` on a function.
    fn decorated_tools(&self, index: CallIndex, tools: &mut Vec<AssetId>) {
        let Some(target) = &self.module.calls[index].target else { return };
        for definition in &self.module.definitions {
            let mine = definition.decorators.iter().any(|decorator| {
                decorator
                    .split_once('.')
                    .is_some_and(|(object, what)| object == target && what.starts_with("tool"))
            });
            tools.extend(self.tools_of.get(&definition.scope).filter(|_| mine).cloned());
        }
    }

    /// An agent that writes and runs code has that as a tool.
    fn own_risk(&mut self, index: CallIndex) -> Option<AssetId> {
        let risk = self.callees[index].1?.risk.clone()?;
        let call = &self.module.calls[index];
        let unique = self.unique(&format!("{}.{risk}", self.symbol_of(index)));
        let asset = self
            .file
            .asset(AssetKind::Tool, &unique, &risk)
            .native_type("builtin")
            .with("risk", risk.as_str())
            .with("framework", self.framework(index));
        Some(self.declare(asset, call.position, call.last()))
    }

    /// Vector stores that the agent's arguments, or the functions that are its tools, lead to.
    fn ground(&mut self, id: &AssetId, index: CallIndex) {
        let module = self.module;
        let is_store = |index: &CallIndex| {
            self.callees[*index].1.is_some_and(|signal| signal.kind == CallKind::VectorStore)
        };
        let mut makers: Vec<CallIndex> = Vec::new();
        let mut scopes: Vec<ScopeIndex> = Vec::new();
        let mut queue: Vec<(Value, ScopeIndex, usize)> = module.calls[index]
            .arguments
            .iter()
            .map(|argument| (argument.value.clone(), module.calls[index].scope, 0))
            .collect();
        while let Some((value, scope, depth)) = queue.pop() {
            if depth > MAX_WRAPPERS || makers.len() > 64 {
                continue;
            }
            module.follow(&value, scope, 4, &mut |value, scope| match value {
                Value::List(values) => {
                    queue.extend(values.iter().map(|value| (value.clone(), scope, depth + 1)));
                }
                Value::Map(entries) => queue
                    .extend(entries.iter().map(|(.., value)| (value.clone(), scope, depth + 1))),
                Value::Name(name, _) => scopes.extend(self.definition_scope(name)),
                Value::Call(call) => {
                    for maker in module.made_by(value, scope) {
                        if !makers.contains(&maker) {
                            makers.push(maker);
                            let arguments = module.calls[maker].arguments.iter();
                            queue.extend(arguments.map(|argument| {
                                (argument.value.clone(), module.calls[*call].scope, depth + 1)
                            }));
                        }
                    }
                }
                _ => {}
            });
        }
        for (call, (callee, _)) in module.calls.iter().zip(&self.callees) {
            if scopes.iter().any(|&scope| module.within(call.scope, scope)) {
                makers.extend(&callee.made_by);
            }
        }
        let stores: Vec<AssetId> = makers
            .iter()
            .filter(|index| is_store(index))
            .filter_map(|index| self.assets_of.get(index))
            .cloned()
            .collect();
        for store in stores {
            self.relate(id, RelationKind::GroundedOn, &store);
        }
    }

    /// Scope of the function or class of this name.
    pub(crate) fn definition_scope(&self, name: &str) -> Option<ScopeIndex> {
        let last = name.rsplit('.').next().unwrap_or(name);
        self.module
            .definitions
            .iter()
            .find(|definition| definition.name == last)
            .map(|definition| definition.scope)
    }

    /// Fine-tuning jobs and the data they use.
    pub(crate) fn training(&mut self) {
        for (index, _) in self.calls_of(&[CallKind::Training]) {
            let call = &self.module.calls[index];
            let symbol = self.symbol_of(index);
            let unique = self.unique(&symbol);
            let asset = self
                .file
                .asset(AssetKind::TrainingJob, &unique, call.last())
                .native_type(call.last())
                .with("framework", self.framework(index));
            let id = self.declare(asset, call.position, call.last());
            let mut models = self.models_of.get(&index).cloned().unwrap_or_default();
            for argument in &call.arguments {
                models.extend(self.models_in(&argument.value, call.scope, MAX_WRAPPERS));
                for maker in self.module.made_by(&argument.value, call.scope) {
                    let dataset = self.callees[maker]
                        .1
                        .is_some_and(|signal| signal.kind == CallKind::Dataset);
                    if let Some(data) = self.assets_of.get(&maker).filter(|_| dataset).cloned() {
                        self.relate(&id, RelationKind::TrainedOn, &data);
                    }
                }
            }
            for name in ["training_file", "trainingFile", "trainingDataConfig"] {
                let file = call.named(name).and_then(|value| self.module.text(value, call.scope));
                if let (Some(file), Some(asset)) = (file, self.out.get_mut(&id)) {
                    asset.set("training_file", file);
                }
            }
            for model in models {
                self.relate(&id, RelationKind::Uses, &model);
            }
        }
    }
}
