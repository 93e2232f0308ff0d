//! Prompts, kept by digest, length and a short redacted beginning.

use picket_model::{AssetId, AssetKind};
use picket_sensitive::Scanner;
use sha2::{Digest, Sha256};

use super::evaluate::Resolved;
use super::module::{Call, Language, Position, ScopeIndex, Value};
use super::recognise::Recogniser;
use super::signals::{CallKind, NameMeaning};

/// Shorter texts are no prompts.
const MIN_LENGTH: usize = 20;
/// Characters of a prompt that are kept.
const PREVIEW: usize = 80;

impl Recogniser<'_> {
    /// System prompts and templates: constants, messages and prompt objects.
    pub(crate) fn prompts(&mut self) {
        let module = self.module;
        if self.ai || !self.calls_of(&[CallKind::Model]).is_empty() {
            for binding in &module.bindings {
                if self.signals.meaning(&binding.name) == Some(NameMeaning::Prompt) {
                    for text in module.texts(&binding.value, binding.scope) {
                        self.prompt(&text, "template", &binding.name);
                    }
                }
            }
        }
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
                let mut maps = Vec::new();
                module.follow(&argument.value, call.scope, 4, &mut |value, scope| {
                    system_messages(value, scope, &mut maps);
                });
                for (content, scope) in maps {
                    for text in module.texts(&content, scope) {
                        self.prompt(&text, "system", call.last());
                    }
                }
            }
        }
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

    /// Adds a prompt, once for each place where its text stands.
    pub(crate) fn prompt(&mut self, text: &Resolved, role: &str, symbol: &str) -> Option<AssetId> {
        let trimmed = text.text.trim();
        if trimmed.len() < MIN_LENGTH
            || !trimmed.contains(char::is_whitespace)
            || trimmed.contains("://") && !trimmed.contains(' ')
        {
            return None;
        }
        let digest = hex::encode(Sha256::digest(trimmed.as_bytes()));
        let name = self.prompt_name(text.position).unwrap_or_else(|| symbol.to_owned());
        let id = self.file.scope.symbol_id(self.file.path, &format!("prompt/{}", &digest[..12]));
        let mut asset = self.file.asset(AssetKind::Prompt, "", &name);
        asset.id = id.clone();
        let asset = asset
            .native_type("prompt")
            .with("role", role)
            .with("sha256", digest)
            .with("length", trimmed.chars().count())
            .with("template", text.template || trimmed.contains('{'))
            .with("preview", preview(trimmed));
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
                && matches!(role.as_str(), "system" | "developer")
            {
                found.push((content.clone(), scope));
            }
        }
        _ => {}
    }
}
