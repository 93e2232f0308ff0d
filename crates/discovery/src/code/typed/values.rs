//! Texts, literals with keys, and alternatives.

use tree_sitter::Node;

use super::Role;
use super::reader::Typed;
use crate::code::module::{Argument, Call, Literal, Origin, Position, ScopeIndex, Value};
use crate::code::python::join_texts;
use crate::code::signals::snake_case;
use crate::code::syntax::{Reader, children};

impl<'t> Typed<'t> {
    pub(super) fn text_value(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let position = self.source.position(node);
        let (text, holes) = self.string(node);
        for hole in children(node).into_iter().filter(|child| child.kind() == "interpolation") {
            self.visit_children(hole, scope);
        }
        self.module.literals.push(Literal { text: text.clone(), position });
        if holes { Value::Template(text, position) } else { Value::Text(text, position) }
    }

    /// Content of a string and whether it has holes.
    pub(super) fn string(&self, node: Node<'_>) -> (String, bool) {
        let parts = children(node);
        if parts.is_empty() {
            let text = self
                .text(node)
                .trim_start_matches(['@', '$', 'r', 'b', 'c', '#'])
                .trim_end_matches('#');
            return (text.trim_matches(['"', '`']).replace("\"\"", "\""), false);
        }
        let (mut text, mut holes) = (String::new(), false);
        for part in parts {
            match part.kind() {
                "escape_sequence" => text.push_str(match self.text(part) {
                    "\\n" => "\n",
                    "\\t" => "\t",
                    escape => escape.strip_prefix('\\').unwrap_or(escape),
                }),
                "interpolation" | "string_interpolation" => {
                    holes = true;
                    text.push_str(self.text(part));
                }
                kind if kind.contains("content") || kind.contains("fragment") => {
                    text.push_str(self.text(part));
                }
                _ => {}
            }
        }
        (text, holes)
    }

    pub(super) fn choice(&mut self, node: Node<'t>, fields: &[&str], scope: ScopeIndex) -> Value {
        if let Some(condition) = node.child_by_field_name("condition") {
            self.visit(condition, scope);
        }
        let branches: Vec<Node<'t>> =
            fields.iter().filter_map(|field| node.child_by_field_name(field)).collect();
        Value::Either(self.values(branches, scope))
    }

    pub(super) fn binary(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let operator = node.child_by_field_name("operator").map(|operator| operator.kind());
        let values = self.values(children(node), scope);
        match operator {
            Some("??") => {
                if let [setting, default] = values.as_slice() {
                    self.bind_default(setting, default, scope);
                }
                Value::Either(values)
            }
            Some("+") => join_texts(&values, self.source.position(node)),
            _ => Value::Other,
        }
    }

    pub(super) fn index(
        &mut self,
        node: Node<'t>,
        base: &str,
        key: &str,
        scope: ScopeIndex,
    ) -> Value {
        let base = node.child_by_field_name(base);
        let key = node.child_by_field_name(key).map(|key| {
            // `[key]` of C# is a list of arguments.
            let only =
                if key.kind() == "bracketed_argument_list" { key.named_child(0) } else { None };
            self.value(only.unwrap_or(key), scope)
        });
        let base = base.map_or(Value::Other, |base| self.value(base, scope));
        match (base, key) {
            // `configuration["OpenAI:Model"]`
            (Value::Name(name, _), Some(Value::Text(key, _)))
                if name.to_ascii_lowercase().contains("config") =>
            {
                Value::Environment(key)
            }
            (base, Some(Value::Text(key, _))) => Value::Item(Box::new(base), key),
            (base, _) => base,
        }
    }

    /// A construction with arguments and fields.
    pub(super) fn construct(&mut self, node: Node<'t>, field: &str, scope: ScopeIndex) -> Value {
        let written =
            if field.is_empty() { declared_type(node) } else { node.child_by_field_name(field) };
        let body = ["body", "initializer"]
            .into_iter()
            .find_map(|field| node.child_by_field_name(field))
            .or_else(|| {
                children(node).into_iter().find(|child| child.kind() == "initializer_expression")
            });
        if let Some(written) = written {
            match written.kind() {
                "map_type" => return body.map_or(Value::Other, |body| self.keyed(body, scope)),
                "slice_type" | "array_type" | "implicit_length_array_type" => {
                    let items = body.map(children).unwrap_or_default();
                    return Value::List(self.values(items, scope));
                }
                _ => {}
            }
        }
        let path = written.and_then(|written| self.dotted(written)).unwrap_or_default();
        let mut arguments = Vec::new();
        let list = node
            .child_by_field_name("arguments")
            .or_else(|| children(node).into_iter().find(|child| child.kind() == "argument_list"));
        if let Some(list) = list {
            arguments = self.arguments(list, scope);
        }
        let entries = body.map(|body| self.entries(body, scope)).unwrap_or_default();
        self.bind_fields(&path, &entries, scope);
        for (name, _, value) in entries {
            let index = arguments.iter().filter(|argument| argument.name.is_none()).count();
            let name = name.map(|name| snake_case(&name));
            let index = if name.is_some() { 0 } else { index };
            arguments.push(Argument { name, index, value });
        }
        for child in children(node) {
            if child.kind() == "class_body" {
                self.visit(child, scope);
            }
        }
        self.finish(path, None, arguments, self.source.position(node), scope)
    }

    /// `T{model: "x"}` where the file defines `T` gives its field a value.
    fn bind_fields(
        &mut self,
        path: &str,
        entries: &[(Option<String>, Position, Value)],
        scope: ScopeIndex,
    ) {
        let class = if path == "Self" {
            self.module.class_around(scope)
        } else {
            let mut definitions = self.module.definitions.iter();
            definitions
                .find(|definition| definition.class && definition.name == path)
                .map(|definition| definition.scope)
        };
        let Some(class) = class else { return };
        // What `impl Default` sets is a default.
        let origin = if self.module.scopes[scope].name == "default" {
            Origin::Field
        } else {
            Origin::Assigned
        };
        for (name, position, value) in entries {
            if let Some(name) = name {
                self.module.bind(class, name, value.clone(), *position, origin);
            }
        }
    }

    pub(super) fn braces(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let entries = self.entries(node, scope);
        if entries.iter().any(|(name, ..)| name.is_some()) {
            map_of(entries)
        } else {
            Value::List(entries.into_iter().map(|(.., value)| value).collect())
        }
    }

    fn keyed(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        map_of(self.entries(node, scope))
    }

    /// Values between braces, each with its key if it has one.
    fn entries(
        &mut self,
        node: Node<'t>,
        scope: ScopeIndex,
    ) -> Vec<(Option<String>, Position, Value)> {
        let mut found = Vec::new();
        for child in children(node) {
            let position = self.source.position(child);
            let (key, value) = match child.kind() {
                "keyed_element" => ("key", "value"),
                "assignment_expression" => ("left", "right"),
                "field_initializer" => ("field", "value"),
                "shorthand_field_initializer" => {
                    let name = self.text(child).to_owned();
                    found.push((Some(name.clone()), position, Value::Name(name, position)));
                    continue;
                }
                kind if self.role(child) == Role::Comment || kind == "base_field_initializer" => {
                    self.visit_children(child, scope);
                    continue;
                }
                _ => {
                    let value = self.value(child, scope);
                    found.push((None, position, value));
                    continue;
                }
            };
            let key = child.child_by_field_name(key).and_then(|key| self.key(key, scope));
            let value = child
                .child_by_field_name(value)
                .map_or(Value::Other, |value| self.value(value, scope));
            found.push((key, position, value));
        }
        found
    }

    /// A name or text before a value: `Model`, `"model"`, `["model"]`.
    fn key(&mut self, node: Node<'t>, scope: ScopeIndex) -> Option<String> {
        let mut node = node;
        for _ in 0..3 {
            if matches!(node.kind(), "literal_element" | "element_binding_expression" | "argument")
            {
                node = node.named_child(0)?;
            }
        }
        match self.role(node) {
            Role::Name => Some(self.text(node).to_owned()),
            Role::Text => match self.value(node, scope) {
                Value::Text(text, _) => Some(text),
                _ => None,
            },
            _ => {
                self.visit(node, scope);
                None
            }
        }
    }

    /// `new { model = "x", messages }`
    pub(super) fn anonymous(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let mut entries = Vec::new();
        let mut key = None;
        for child in children(node) {
            let position = self.source.position(child);
            let named = child.next_sibling().is_some_and(|next| next.kind() == "=");
            if named && key.is_none() {
                key = Some((self.text(child).to_owned(), position));
            } else {
                let value = self.value(child, scope);
                let (name, position) =
                    key.take().unwrap_or_else(|| (self.text(child).to_owned(), position));
                entries.push((name, position, value));
            }
        }
        Value::Map(entries)
    }

    /// `json!({"model": "x"})`, `vec![a, b]`, `format!("…")`.
    pub(super) fn macro_call(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let name = node.child_by_field_name("macro").map_or("", |name| self.text(name));
        let last = name.rsplit("::").next().unwrap_or(name).to_owned();
        let Some(tokens) = children(node).into_iter().find(|child| child.kind() == "token_tree")
        else {
            return Value::Other;
        };
        let position = self.source.position(node);
        let arguments = self.tokens(tokens, scope);
        match last.as_str() {
            "vec" | "array" => {
                Value::List(arguments.into_iter().map(|argument| argument.value).collect())
            }
            "format" | "indoc" | "formatdoc" | "concat" => {
                match arguments.into_iter().next().map(|argument| argument.value) {
                    Some(Value::Text(text, position)) if text.contains('{') => {
                        Value::Template(text, position)
                    }
                    Some(value) => value,
                    None => Value::Other,
                }
            }
            "json" => arguments.into_iter().next().map_or(Value::Other, |argument| argument.value),
            _ => {
                let call =
                    Call { path: last, receiver: None, arguments, position, scope, target: None };
                self.module.calls.push(call);
                Value::Call(self.module.calls.len() - 1)
            }
        }
    }

    /// The arguments that the tokens between brackets stand for.
    pub(super) fn tokens(&mut self, tree: Node<'t>, scope: ScopeIndex) -> Vec<Argument> {
        let all: Vec<Node<'t>> = tree.children(&mut tree.walk()).collect();
        let content = all.get(1..all.len().saturating_sub(1)).unwrap_or_default();
        let mut arguments = Vec::new();
        let mut index = 0;
        for part in content.split(|token| token.kind() == ",") {
            let (key, rest) = match part {
                [key, sign, rest @ ..] if matches!(sign.kind(), ":" | "=") => (Some(*key), rest),
                _ => (None, part),
            };
            let value = self.token_value(rest, scope);
            let name = key.map(|key| match key.kind() {
                "string_literal" => self.string(key).0,
                _ => self.text(key).to_owned(),
            });
            if rest.is_empty() && name.is_none() {
                continue;
            }
            let position = if name.is_some() { 0 } else { index };
            index += usize::from(name.is_none());
            arguments.push(Argument { name, index: position, value });
        }
        arguments
    }

    fn token_value(&mut self, tokens: &[Node<'t>], scope: ScopeIndex) -> Value {
        if let [only] = tokens {
            let (position, brace) =
                (self.source.position(*only), only.child(0).map(|first| first.kind()));
            return match only.kind() {
                "string_literal" | "raw_string_literal" => self.text_value(*only, scope),
                "identifier" => Value::Name(self.text(*only).to_owned(), position),
                "token_tree" => {
                    let inner =
                        self.deeper(|reader| reader.tokens(*only, scope)).unwrap_or_default();
                    if brace == Some("{") {
                        let entry =
                            |argument: Argument| Some((argument.name?, position, argument.value));
                        Value::Map(inner.into_iter().filter_map(entry).collect())
                    } else {
                        Value::List(inner.into_iter().map(|argument| argument.value).collect())
                    }
                }
                _ => Value::Other,
            };
        }
        let path = tokens
            .iter()
            .all(|token| matches!(token.kind(), "identifier" | "::" | "." | "self" | "&"));
        if path && let Some(first) = tokens.first() {
            let name: String = tokens
                .iter()
                .map(|token| match token.kind() {
                    "::" => ".",
                    "&" => "",
                    _ => self.text(*token),
                })
                .collect();
            return Value::Name(name, self.source.position(*first));
        }
        // Anything else: its texts, of which the first may be what it is made of (`"x".to_string()`).
        let mut first = Value::Other;
        for token in tokens {
            let value = self.token_value(std::slice::from_ref(token), scope);
            if first == Value::Other && matches!(value, Value::Text(..)) {
                first = value;
            }
        }
        first
    }
}

fn map_of(entries: Vec<(Option<String>, Position, Value)>) -> Value {
    let entry = |(name, position, value): (Option<String>, Position, Value)| {
        let name = name?;
        // Names of fields, not texts, are written in the manner of the language.
        let name = if name.contains(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            name
        } else {
            snake_case(&name)
        };
        Some((name, position, value))
    };
    Value::Map(entries.into_iter().filter_map(entry).collect())
}

/// The type that a declaration around `new(…)` states.
fn declared_type(node: Node<'_>) -> Option<Node<'_>> {
    let mut around = node.parent();
    for _ in 0..3 {
        let parent = around.filter(|parent| parent.kind() != "argument")?;
        if let Some(written) = parent.child_by_field_name("type") {
            return Some(written);
        }
        around = parent.parent();
    }
    None
}
