//! Models, deployments and the services they are called at.

use picket_model::{AssetId, Standing};
use rustc_hash::FxHashSet;

use super::evaluate::Resolved;
use super::module::{Binding, Call, CallIndex, Origin, Position, ScopeIndex, Value};
use super::recognise::Recogniser;
use super::signals::{CallKind, CallSignal, NameMeaning, Parameter};
use crate::catalogue::Anchor;

/// As many like entries in a list or mapping make it a table.
const TABLE: usize = 3;

impl Recogniser<'_> {
    /// Every model and deployment that the file names, with how far each reaches.
    pub(crate) fn models(&mut self) {
        let tables = self.tables();
        for index in 0..self.module.calls.len() {
            self.models_of_call(index, &tables);
        }
        for binding in &self.module.bindings {
            self.models_of_binding(binding);
        }
        self.models_of_returns();
        for literal in &self.module.literals {
            if self.is_referred(literal.position) {
                continue;
            }
            self.refer_text(
                &literal.text,
                Anchor::Anywhere,
                literal.position,
                "literal",
                Standing::Mentioned,
            );
        }
    }

    fn models_of_call(&mut self, index: CallIndex, tables: &FxHashSet<CallIndex>) {
        let module = self.module;
        let call = &module.calls[index];
        let signal = self.callees[index].1;
        let standing = if tables.contains(&index) { Standing::Mentioned } else { Standing::Used };
        let mut found = Vec::new();
        if let Some(signal) = signal {
            found.extend(self.signalled(index, signal));
        } else {
            self.named_like_a_model(call, standing, &mut found);
            self.by_local_signature(call, &mut found);
        }
        for argument in &call.arguments {
            let config = signal.is_some() || argument.name.as_deref().is_some_and(is_config_name);
            self.models_in_maps(&argument.value, call.scope, config, standing, &mut found);
        }
        if !found.is_empty() {
            self.models_of.insert(index, found);
        }
    }

    /// Arguments of a call that is known to take a model.
    fn signalled(&mut self, index: CallIndex, signal: &'static CallSignal) -> Vec<AssetId> {
        let takes_models = matches!(
            signal.kind,
            CallKind::Model
                | CallKind::Embedding
                | CallKind::Client
                | CallKind::Agent
                | CallKind::Team
                | CallKind::Training
                | CallKind::VectorStore
                | CallKind::Tool
        );
        if !takes_models {
            return Vec::new();
        }
        let module = self.module;
        let call = &module.calls[index];
        let names: Vec<Parameter>;
        let parameters = match &signal.model {
            Some(parameters) => parameters,
            None => {
                names = self
                    .signals
                    .words
                    .model_parameters
                    .iter()
                    .cloned()
                    .map(Parameter::Name)
                    .collect();
                &names
            }
        };
        let deployments_only =
            signal.deployments_only
                || self.callees[index].0.made_by.iter().any(|&maker| {
                    self.callees[maker].1.is_some_and(|signal| signal.deployments_only)
                });
        let anchor = match (signal.hub, signal.kind) {
            (true, _) => Anchor::Hub,
            (false, CallKind::Model | CallKind::Embedding) => Anchor::Strong,
            (false, _) => Anchor::Weak,
        };
        let mut found = Vec::new();
        for (label, texts) in self.arguments(call, &signal.deployment) {
            let symbol = format!("{}({label})", call.last());
            for text in texts.iter().filter(|text| is_deployment_name(&text.text) && !text.template)
            {
                found.push(self.refer_deployment(
                    &text.text,
                    text.position,
                    &symbol,
                    Standing::Used,
                ));
            }
        }
        for (label, texts) in self.arguments(call, parameters) {
            let symbol = format!("{}({label})", call.last());
            for text in texts.iter().filter(|text| !text.template) {
                if deployments_only {
                    if is_deployment_name(&text.text) {
                        found.push(self.refer_deployment(
                            &text.text,
                            text.position,
                            &symbol,
                            Standing::Used,
                        ));
                    }
                } else {
                    found.extend(self.refer_text(
                        &text.text,
                        anchor,
                        text.position,
                        &symbol,
                        Standing::Used,
                    ));
                }
            }
        }
        found
    }

    /// `anything(model="…")`.
    fn named_like_a_model(&mut self, call: &Call, standing: Standing, found: &mut Vec<AssetId>) {
        let anchor = if self.ai { Anchor::Weak } else { Anchor::Anywhere };
        // `settings.get("model", "gpt-4o")`
        if matches!(call.last(), "get" | "set" | "setdefault")
            && let (Some(Value::Text(key, _)), Some(default)) = (call.at(0), call.at(1))
            && self.signals.meaning(key.rsplit('.').next().unwrap_or(key))
                == Some(NameMeaning::Model)
        {
            for text in self.module.texts(default, call.scope) {
                found.extend(self.refer_text(&text.text, anchor, text.position, key, standing));
            }
        }
        for argument in &call.arguments {
            let Some(name) = argument.name.as_deref() else { continue };
            let meaning = if self.signals.words.model_parameters.iter().any(|known| known == name) {
                Some(NameMeaning::Model)
            } else {
                self.signals.meaning(name).filter(|&meaning| meaning == NameMeaning::Deployment)
            };
            let symbol = format!("{}({name}=)", call.last());
            for text in self.module.texts(&argument.value, call.scope) {
                match meaning {
                    Some(NameMeaning::Model) => {
                        found.extend(self.refer_text(
                            &text.text,
                            anchor,
                            text.position,
                            &symbol,
                            standing,
                        ));
                    }
                    Some(NameMeaning::Deployment)
                        if self.azure && is_deployment_name(&text.text) =>
                    {
                        found.push(self.refer_deployment(
                            &text.text,
                            text.position,
                            &symbol,
                            standing,
                        ));
                    }
                    _ => {}
                }
            }
        }
    }

    /// `ask("…", "gpt-4o")` where `def ask(question, model)` stands in the same file, and `get_llm("gpt-4o")`.
    fn by_local_signature(&mut self, call: &Call, found: &mut Vec<AssetId>) {
        let name = call.last();
        let module = self.module;
        let mut parameters: Vec<&String> = Vec::new();
        for definition in &module.definitions {
            let constructor = definition.name == "__init__"
                && module.scopes[module.scopes[definition.scope].parent].name == name;
            if (definition.name == name && !definition.class) || constructor {
                parameters = definition.parameters.iter().collect();
            }
        }
        let about_models = name.starts_with(|c: char| c.is_ascii_lowercase())
            && ["llm", "model", "chat", "agent", "embed", "completion"]
                .iter()
                .any(|word| name.to_ascii_lowercase().contains(word));
        for argument in call.arguments.iter().filter(|argument| argument.name.is_none()) {
            let parameter = parameters.get(argument.index).map(|name| name.as_str());
            let anchor = match parameter.and_then(|name| self.signals.meaning(name)) {
                Some(NameMeaning::Model) => Anchor::Weak,
                _ if argument.index == 0 && about_models => Anchor::Anywhere,
                _ => continue,
            };
            let symbol = format!(
                "{name}({})",
                parameter.map_or_else(|| argument.index.to_string(), |name| format!("{name}="))
            );
            for text in module.texts(&argument.value, call.scope) {
                found.extend(self.refer_text(
                    &text.text,
                    anchor,
                    text.position,
                    &symbol,
                    Standing::Used,
                ));
            }
        }
    }

    /// Entries such as `{"model": "…"}` within an argument; through names only where it is a configuration.
    fn models_in_maps(
        &mut self,
        value: &Value,
        scope: ScopeIndex,
        config: bool,
        standing: Standing,
        found: &mut Vec<AssetId>,
    ) {
        let mut maps = Vec::new();
        if config {
            self.module
                .follow(value, scope, 4, &mut |value, scope| collect_maps(value, scope, &mut maps));
        } else {
            collect_maps(value, scope, &mut maps);
        }
        for (entries, scope) in maps.into_iter().take(64) {
            for (key, position, value) in entries {
                found.extend(self.model_entry(&key, position, &value, scope, standing));
            }
        }
    }

    fn model_entry(
        &mut self,
        key: &str,
        position: Position,
        value: &Value,
        scope: ScopeIndex,
        standing: Standing,
    ) -> Vec<AssetId> {
        let meaning = self.signals.meaning(key);
        let anchor = if self.ai { Anchor::Weak } else { Anchor::Anywhere };
        let mut found = Vec::new();
        for text in self.module.texts(value, scope) {
            let place = if text.position.line == 0 { position } else { text.position };
            match meaning {
                Some(NameMeaning::Model) => {
                    found.extend(self.refer_text(&text.text, anchor, place, key, standing));
                }
                Some(NameMeaning::Deployment) if self.azure && is_deployment_name(&text.text) => {
                    found.push(self.refer_deployment(&text.text, place, key, standing));
                }
                _ => {}
            }
        }
        found
    }

    /// Constants, fields and defaults. A default is a setting, so it is used; a constant is used once it reaches a call.
    fn models_of_binding(&mut self, binding: &Binding) {
        // `interpreter.llm.model = "…"` sets something of an object that is in use.
        let (owner, symbol) = binding
            .name
            .rsplit_once('.')
            .map_or((None, binding.name.as_str()), |(owner, name)| (Some(owner), name));
        let meaning = self.signals.meaning(symbol);
        let default = binding.origin != Origin::Assigned || owner.is_some();
        if meaning == Some(NameMeaning::Model) || meaning == Some(NameMeaning::Deployment) {
            let texts: Vec<Resolved> = if default {
                self.module.texts(&binding.value, binding.scope)
            } else {
                direct_texts(&binding.value, self.module.texts(&binding.value, binding.scope))
            };
            let standing = if default { Standing::Used } else { Standing::Mentioned };
            let anchor = if self.ai || is_about_language_models(symbol) {
                Anchor::Weak
            } else {
                Anchor::Anywhere
            };
            for text in texts.iter().filter(|text| !text.template) {
                if meaning == Some(NameMeaning::Model) {
                    self.refer_text(&text.text, anchor, text.position, symbol, standing);
                } else if is_deployment_name(&text.text)
                    && (self.azure || is_about_language_models(symbol))
                {
                    self.refer_deployment(&text.text, text.position, symbol, standing);
                }
            }
        }
        self.models_of_list(binding, symbol);
        let mut maps = Vec::new();
        collect_maps(&binding.value, binding.scope, &mut maps);
        let table = maps.len() > TABLE;
        let standing = if !table && (default || is_config_name(symbol)) {
            Standing::Used
        } else {
            Standing::Mentioned
        };
        for (entries, scope) in maps {
            for (key, position, value) in entries {
                self.model_entry(&key, position, &value, scope, standing);
            }
        }
    }

    /// `return { model: given.model ?? "gpt-4.1" }`: what is there if nobody sets another is the default of a setting.
    fn models_of_returns(&mut self) {
        for (scope, value) in &self.module.returns {
            let mut maps = Vec::new();
            collect_maps(value, *scope, &mut maps);
            for (entries, scope) in maps.into_iter().take(TABLE) {
                for (key, position, value) in entries {
                    if matches!(value, Value::Either(_)) {
                        self.model_entry(&key, position, &value, scope, Standing::Used);
                    }
                }
            }
        }
    }

    /// `REASONING_MODELS = ["o1", "o3-mini"]`: known ids of a list that is named like one of models.
    fn models_of_list(&mut self, binding: &Binding, symbol: &str) {
        let Value::List(items) = &binding.value else { return };
        if self.signals.meaning(symbol) != Some(NameMeaning::Model) {
            return;
        }
        for item in items.iter().take(1024) {
            if let Value::Text(text, position) = item {
                self.refer_text(text, Anchor::Listed, *position, symbol, Standing::Mentioned);
            }
        }
    }

    /// Calls without a signal that are entries of a table, such as `[Info(model="…"), Info(model="…"), …]`.
    fn tables(&self) -> FxHashSet<CallIndex> {
        let mut tables = FxHashSet::default();
        for binding in &self.module.bindings {
            let entries: Vec<&Value> = match &binding.value {
                Value::List(values) => values.iter().collect(),
                Value::Map(entries) => entries.iter().map(|(.., value)| value).collect(),
                _ => continue,
            };
            let calls: Vec<CallIndex> = entries
                .iter()
                .filter_map(|value| match value {
                    Value::Call(index) => Some(*index),
                    _ => None,
                })
                .collect();
            if calls.len() >= TABLE {
                tables.extend(calls);
            }
        }
        tables
    }

    /// The texts of the named or positional arguments that are there, each with its label.
    pub(crate) fn arguments(
        &self,
        call: &Call,
        parameters: &[Parameter],
    ) -> Vec<(String, Vec<Resolved>)> {
        let argument = |parameter: &Parameter| match parameter {
            Parameter::Name(name) => Some((format!("{name}="), call.named(name)?)),
            Parameter::Position(index) => Some((index.to_string(), call.at(*index)?)),
        };
        parameters
            .iter()
            .filter_map(argument)
            .map(|(label, value)| (label, self.module.texts(value, call.scope)))
            .collect()
    }
}

fn is_config_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "config", "settings", "default", "options", "kwargs", "params", "llm", "**", "json",
        "body", "data", "payload",
    ]
    .iter()
    .any(|word| name.contains(word))
}

fn is_about_language_models(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "llm",
        "openai",
        "anthropic",
        "gpt",
        "embedding",
        "bedrock",
        "gemini",
        "claude",
        "azure",
        "ollama",
        "vertex",
        "chat",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// Letters, digits, `-`, `_`, `.`: what Azure lets a deployment be called.
fn is_deployment_name(name: &str) -> bool {
    (2..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && !name.to_ascii_lowercase().contains("your")
        && !name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// Texts that stand in the value itself.
fn direct_texts(value: &Value, texts: Vec<Resolved>) -> Vec<Resolved> {
    match value {
        Value::Name(..) | Value::Item(..) => Vec::new(),
        _ => texts,
    }
}

/// Keys of a mapping, where each stands, and its value.
type Entries = Vec<(String, Position, Value)>;

/// Mappings within lists and mappings.
fn collect_maps(value: &Value, scope: ScopeIndex, maps: &mut Vec<(Entries, ScopeIndex)>) {
    if maps.len() > 256 {
        return;
    }
    match value {
        Value::Map(entries) => {
            maps.push((entries.clone(), scope));
            for (.., value) in entries {
                collect_maps(value, scope, maps);
            }
        }
        Value::List(values) | Value::Either(values) => {
            for value in values {
                collect_maps(value, scope, maps);
            }
        }
        _ => {}
    }
}
