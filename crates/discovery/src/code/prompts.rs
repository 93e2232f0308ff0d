//! Prompts, kept by digest, length and a short redacted beginning.

use picket_model::{Asset, AssetId, AssetKind, Standing};
use picket_sensitive::Scanner;
use sha2::{Digest, Sha256};

use super::evaluate::Resolved;
use super::module::{Call, Language, Position, ScopeIndex, Value};
use super::recognise::Recogniser;
use super::signals::{CallKind, NameMeaning};
use crate::Collector;
use crate::files::SourceFile;

/// Shorter texts are no prompts.
const MIN_LENGTH: usize = 20;
/// A text of this many bytes is no question that a user typed.
const LONG: usize = 64;
/// Characters of a prompt that are kept.
const PREVIEW: usize = 80;

impl<'a> Recogniser<'a> {
    /// System prompts and templates: constants, messages and prompt objects.
    pub(crate) fn prompts(&mut self) {
        let module = self.module;
        for binding in &module.bindings {
            self.system_prompts(&binding.value, binding.scope, &binding.name);
            let named = self.signals.meaning(&binding.name) == Some(NameMeaning::Prompt);
            if named || super::signals::snake_case(&binding.name).ends_with("_role") {
                let value = self.wrapped_prompt(&binding.value).unwrap_or(&binding.value);
                for text in module.texts(value, binding.scope) {
                    self.named_prompt(&text, &binding.name);
                }
            }
        }
        self.returned_prompts();
        for (index, _) in self.calls_of(&[CallKind::Prompt]) {
            let call = &module.calls[index];
            let role = if call.path.contains("System") { "system" } else { "template" };
            let named = call.named("content").or_else(|| call.named("template"));
            for value in named.into_iter().chain(call.at(0)) {
                let mut texts = module.texts(value, call.scope);
                for item in messages(value) {
                    texts.extend(module.texts(item, call.scope));
                }
                for text in texts {
                    self.prompt(&text, role, call.last());
                }
            }
        }
        for call in &module.calls {
            if let Some(content) = self.system_message(call) {
                for text in module.texts(content, call.scope) {
                    self.prompt(&text, "system", call.last());
                }
            }
            for argument in &call.arguments {
                let name = argument.name.as_deref();
                if name.is_some_and(is_system_argument) && self.ai {
                    for value in parts(&argument.value) {
                        for text in module.texts(value, call.scope) {
                            self.prompt(&text, "system", call.last());
                        }
                    }
                }
                self.system_prompts(&argument.value, call.scope, call.last());
                let told = name
                    .is_some_and(|name| self.signals.meaning(name) == Some(NameMeaning::Prompt));
                if let (true, Value::Text(..) | Value::Template(..), Some(name)) =
                    (told && self.ai, &argument.value, name)
                {
                    for text in module.texts(&argument.value, call.scope) {
                        self.named_prompt(&text, name);
                    }
                }
            }
            // `ChatMessage(role="system", content=…)`, `role=MessageRole.SYSTEM`
            let system = call.named("role").is_some_and(|role| match role {
                Value::Text(role, _) => is_system(role),
                Value::Name(role, _) => role.ends_with(".SYSTEM"),
                _ => false,
            });
            if let Some(content) = call.named("content").filter(|_| system) {
                for text in module.texts(content, call.scope) {
                    self.prompt(&text, "system", call.last());
                }
            }
        }
    }

    /// The text in `prompt = Prompt("…")`, whoever's class that is.
    fn wrapped_prompt(&self, value: &Value) -> Option<&'a Value> {
        let Value::Call(index) = value else { return None };
        let call = self.module.calls.get(*index)?;
        let prompt = self.signals.meaning(call.last()) == Some(NameMeaning::Prompt);
        call.at(0).filter(|_| prompt)
    }

    /// `new ChatMessage(ChatRole.System, "…")`, `ChatMessage{Role: "system", Content: "…"}`
    fn system_message<'m>(&self, call: &'m Call) -> Option<&'m Value> {
        if self.module.language == Language::Script {
            return None;
        }
        let role = call.named("role").or_else(|| call.at(0))?;
        let content = call.named("content").or_else(|| call.at(1))?;
        let role = self.module.text(role, call.scope)?;
        matches!(role.as_str(), "system" | "developer").then_some(content)
    }

    /// Contents of the system messages in a value.
    fn system_prompts(&mut self, value: &Value, scope: ScopeIndex, symbol: &str) {
        let mut maps = Vec::new();
        self.module.follow(value, scope, 4, &mut |value, scope| {
            system_messages(value, scope, &mut maps);
        });
        for (content, scope) in maps {
            for text in self.module.texts(&content, scope) {
                self.prompt(&text, "system", symbol);
            }
        }
    }

    /// What functions return whose name or decorator says that it is a prompt, and system messages that any function returns.
    fn returned_prompts(&mut self) {
        let module = self.module;
        let makers: Vec<(ScopeIndex, &str)> = module
            .definitions
            .iter()
            .filter(|definition| {
                let decorated = definition.decorators.iter().any(|decorator| {
                    decorator.contains('.')
                        && self.signals.meaning(decorator.rsplit('.').next().unwrap_or_default())
                            == Some(NameMeaning::Prompt)
                });
                let class =
                    module.class_around(definition.scope).map(|class| &module.scopes[class].name);
                !definition.class
                    && (decorated
                        || self.makes_prompts(&definition.name)
                        || class.is_some_and(|class| self.makes_prompts(class)))
            })
            .map(|definition| (definition.scope, definition.name.as_str()))
            .collect();
        for (scope, value) in &module.returns {
            self.system_prompts(value, *scope, &module.scopes[*scope].name);
            let Some((_, name)) = makers.iter().find(|(maker, _)| maker == scope) else { continue };
            for text in module.texts(value, *scope) {
                let named = self.makes_prompts(name) || module.class_around(*scope).is_none();
                if named && self.ai && !text.text.trim_start().starts_with('<') {
                    self.prompt(&text, "template", name);
                } else {
                    self.named_prompt(&text, name);
                }
            }
        }
    }

    /// `build_prompt`, `generate_prompt_for_images`, `auto_agent_instructions`.
    fn makes_prompts(&self, name: &str) -> bool {
        self.signals.meaning(name) == Some(NameMeaning::Prompt)
            || super::signals::snake_case(name)
                .split('_')
                .any(|word| matches!(word, "prompt" | "prompts"))
    }

    /// Adds a text that only its name calls a prompt, if it reads like one: one instructs or has holes, while what is
    /// short and whole is a question that a user could have asked, and a page or a query is a template of something else.
    fn named_prompt(&mut self, text: &Resolved, symbol: &str) -> Option<AssetId> {
        if !reads_like_one(symbol, text.text.trim(), text.template, self.ai) {
            return None;
        }
        self.prompt(text, "template", symbol)
    }

    /// Adds a prompt, once for each place where its text stands.
    pub(crate) fn prompt(&mut self, text: &Resolved, role: &str, symbol: &str) -> Option<AssetId> {
        let trimmed = text.text.trim();
        if trimmed.len() < MIN_LENGTH
            || !trimmed.contains(char::is_whitespace)
            || trimmed.contains("://") && !trimmed.contains(' ')
        {
            return None;
        }
        let name = self.prompt_name(text.position).unwrap_or_else(|| symbol.to_owned());
        let asset = prompt_asset(self.file, trimmed, &name, role, text.template);
        let id = asset.id.clone();
        if self.out.get(&id).is_none() {
            self.declare(asset, text.position, symbol);
        }
        Some(id)
    }

    /// The constant that the text at this place is bound to.
    fn prompt_name(&self, position: Position) -> Option<String> {
        self.module
            .bindings
            .iter()
            .find(|binding| match &binding.value {
                Value::Text(_, at) | Value::Template(_, at) => *at == position,
                _ => false,
            })
            .map(|binding| binding.name.clone())
    }
}

fn is_system_argument(name: &str) -> bool {
    matches!(
        name,
        "system"
            | "system_instruction"
            | "systemInstruction"
            | "default_system"
            | "preamble"
            | "add_system_message"
            | "add_developer_message"
            | "system_message_provider"
    )
}

/// The texts of `[{"text": "…"}]`, or the value itself.
fn parts(value: &Value) -> Vec<&Value> {
    let Value::List(items) = value else { return vec![value] };
    items
        .iter()
        .filter_map(|item| match item {
            Value::Map(entries) => {
                entries.iter().find(|(key, ..)| key == "text").map(|(.., text)| text)
            }
            item => Some(item),
        })
        .collect()
}

/// The asset of a prompt of a file, named by the digest of its text.
fn prompt_asset(file: &SourceFile<'_>, text: &str, name: &str, role: &str, holes: bool) -> Asset {
    let digest = hex::encode(Sha256::digest(text.as_bytes()));
    let symbol = format!("prompt/{}", digest.get(..12).unwrap_or(&digest));
    file.asset(AssetKind::Prompt, &symbol, name)
        .native_type("prompt")
        .with("role", role)
        .with("sha256", digest)
        .with("length", text.chars().count())
        .with("template", holes || text.contains('{'))
        .with("preview", preview(text))
}

/// Adds a prompt that a configuration file holds.
pub(crate) fn configured(
    file: &SourceFile<'_>,
    text: &str,
    key: &str,
    line: u32,
    out: &mut Collector,
) {
    let trimmed = text.trim();
    if trimmed.len() < MIN_LENGTH || !trimmed.contains(char::is_whitespace) {
        return;
    }
    let role = if is_system(key) { "system" } else { "template" };
    let asset = prompt_asset(file, trimmed, key, role, false);
    let id = asset.id.clone();
    let standing = if super::recognise::is_test_or_document(file.path) {
        Standing::Mentioned
    } else {
        Standing::Configured
    };
    out.occurrence(asset, &file.place(line, 1, key, standing));
    if standing > Standing::Mentioned {
        file.defines(&id, line, out);
    }
}

fn is_system(role: &str) -> bool {
    matches!(role, "system" | "developer")
}

/// Whether a text that a name calls a prompt reads like one. `ai`: whether it stands where AI is used.
pub(crate) fn reads_like_one(name: &str, text: &str, holes: bool, ai: bool) -> bool {
    let name = super::signals::snake_case(name);
    let holes = holes || text.contains('{');
    if text.starts_with('<') || asks_a_person(text) {
        false
    } else if name.contains("system") || name.contains("instruction") {
        ai || instructs(text)
    } else if name.starts_with("user") && !holes {
        instructs(text)
    } else if name.contains("prompt") {
        let whole = text.len() >= LONG || instructs(text);
        if ai { holes || whole } else { whole }
    } else {
        instructs(text)
    }
}

/// Whether a text asks whoever sits at a terminal: `Delete it? (y/n): `.
fn asks_a_person(text: &str) -> bool {
    let lower = text.trim_end_matches([':', '?', '>', ' ']).to_ascii_lowercase();
    ["(y/n)", "[y/n]", "(yes/no)", "[yes/no]"].iter().any(|choice| lower.ends_with(choice))
}

/// Whether a text tells somebody what to be or do.
pub(crate) fn instructs(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    [
        "you are ",
        "you're ",
        "you will ",
        "you must ",
        "you should ",
        "your task",
        "your job",
        "your goal",
        "your role",
        "your responsibility",
        "act as ",
        "respond ",
        "answer the ",
        "based on ",
        "do not ",
        "don't ",
        "given the ",
        "use the ",
    ]
    .iter()
    .any(|phrase| lower.contains(phrase))
}

/// The first characters with secrets and personal data masked.
fn preview(text: &str) -> String {
    let head: String = text.chars().take(PREVIEW * 4).collect();
    let redacted = picket_sensitive::redact(&head, &Scanner::embedded().scan(&head)).text;
    redacted.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(PREVIEW).collect()
}

/// Second parts of `[("system", "…"), ("human", "…")]`.
fn messages(value: &Value) -> Vec<&Value> {
    let Value::List(items) = value else { return Vec::new() };
    items
        .iter()
        .filter_map(|item| match item {
            Value::List(pair) => match pair.as_slice() {
                [Value::Text(role, _), content] if role == "system" => Some(content),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

/// Contents of `{"role": "system", "content": …}`.
fn system_messages(value: &Value, scope: ScopeIndex, found: &mut Vec<(Value, ScopeIndex)>) {
    match value {
        Value::List(values) => {
            for value in values.iter().take(64) {
                system_messages(value, scope, found);
            }
        }
        Value::Map(entries) => {
            let entry =
                |key: &str| entries.iter().find(|(name, ..)| name == key).map(|(.., value)| value);
            if let (Some(Value::Text(role, _)), Some(content)) = (entry("role"), entry("content"))
                && is_system(role)
            {
                found.push((content.clone(), scope));
            }
        }
        _ => {}
    }
}
