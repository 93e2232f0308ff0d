//! Goes down a syntax tree and notes names, types, functions and their annotations.

use rustc_hash::FxHashSet;
use tree_sitter::Node;

use super::{Grammar, Role};
use crate::code::module::{
    Call, CallIndex, Definition, Language, Literal, Module, Origin, ScopeIndex, Value,
};
use crate::code::signals::{NameMeaning, signals, snake_case};
use crate::code::syntax::{Reader, Source, children, first_line};

/// Most nodes of a region of which only the texts are kept.
const MAX_SKIPPED_NODES: usize = 200_000;

/// Reads one file.
pub(super) struct Typed<'t> {
    pub(super) source: Source<'t>,
    pub(super) module: Module,
    pub(super) grammar: &'static Grammar,
    /// Calls that begin a chain of setters.
    pub(super) builders: FxHashSet<CallIndex>,
    roles: &'static [Role],
    depth: usize,
}

impl<'t> Reader<'t> for Typed<'t> {
    fn state(&mut self) -> (&mut usize, &mut Module) {
        (&mut self.depth, &mut self.module)
    }

    fn visit_node(&mut self, node: Node<'t>, scope: ScopeIndex) {
        self.value_of(node, scope);
    }

    fn value_of(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let position = self.source.position(node);
        match self.role(node) {
            Role::Comment => Value::Other,
            Role::Import => {
                (self.grammar.import)(self, node);
                Value::Other
            }
            Role::Function => self.function(node, scope),
            Role::Closure => match node.child_by_field_name("body") {
                Some(body) => self.value(body, scope),
                None => self.through(node, scope),
            },
            Role::Type => self.type_definition(node, scope),
            Role::Bind(names, values) => self.bind(node, names, values, scope),
            Role::Text => self.text_value(node, scope),
            Role::Flag(flag) => Value::Flag(flag),
            Role::Name | Role::Member(..) | Role::Generic => match self.dotted(node) {
                Some(name) => self.named(name, position),
                None => self.through(node, scope),
            },
            Role::Inner => inner(node).map_or(Value::Other, |inner| self.value(inner, scope)),
            Role::Choice(fields) => self.choice(node, fields, scope),
            Role::Binary => self.binary(node, scope),
            Role::Call | Role::Method => self.call(node, scope),
            Role::Construct(field) => self.construct(node, field, scope),
            Role::Braces => self.braces(node, scope),
            Role::List => Value::List(self.values(children(node), scope)),
            Role::Anonymous => self.anonymous(node, scope),
            Role::Index(base, key) => self.index(node, base, key, scope),
            Role::Block => {
                let mut last = Value::Other;
                for child in children(node) {
                    last = self.value(child, scope);
                }
                last
            }
            Role::Macro => self.macro_call(node, scope),
            Role::Other => self.through(node, scope),
        }
    }
}

impl<'t> Typed<'t> {
    pub(super) fn read(
        text: &'t str,
        root: Node<'t>,
        grammar: &'static Grammar,
        roles: &'static [Role],
    ) -> Module {
        let mut module = Module::default();
        module.language = grammar.family;
        let source = Source::new(text);
        let mut reader =
            Self { source, module, grammar, builders: FxHashSet::default(), roles, depth: 0 };
        reader.visit(root, 0);
        reader.module
    }

    pub(super) fn role(&self, node: Node<'_>) -> Role {
        self.roles.get(usize::from(node.kind_id())).copied().unwrap_or_default()
    }

    pub(super) fn text(&self, node: Node<'_>) -> &'t str {
        self.source.text(node)
    }

    fn through(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        self.visit_children(node, scope);
        Value::Other
    }

    /// `a.b.c`, if it is nothing but names.
    pub(super) fn dotted(&self, node: Node<'_>) -> Option<String> {
        let mut parts = Vec::new();
        let mut node = node;
        // Bounded: each step goes down the tree.
        loop {
            match self.role(node) {
                Role::Name => parts.push(self.text(node)),
                Role::Member(object, name) => {
                    let name = if name.is_empty() {
                        node.named_child(1)
                    } else {
                        node.child_by_field_name(name)
                    };
                    parts.push(self.last_name(name?)?);
                    node = node.child_by_field_name(object)?;
                    continue;
                }
                Role::Generic => {
                    node = generic(node)?;
                    continue;
                }
                // `x!`, `(x)`
                Role::Inner
                    if matches!(
                        node.kind(),
                        "postfix_unary_expression" | "parenthesized_expression"
                    ) =>
                {
                    node = inner(node)?;
                    continue;
                }
                _ if matches!(node.kind(), "this" | "base" | "self") => parts.push(self.text(node)),
                _ => return None,
            }
            break;
        }
        parts.reverse();
        Some(parts.join("."))
    }

    /// The name behind the last dot.
    fn last_name(&self, node: Node<'_>) -> Option<&'t str> {
        let mut node = node;
        while self.role(node) == Role::Generic {
            node = generic(node)?;
        }
        Some(self.text(node))
    }

    fn function(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let name = node.child_by_field_name("name").map_or("", |name| self.text(name)).to_owned();
        let inner = self.module.open(scope, &name, false);
        let decorators = self.annotations(node, inner);
        let mut parameters = Vec::new();
        for parameter in node.child_by_field_name("parameters").map(children).unwrap_or_default() {
            let mut cursor = parameter.walk();
            let mut names: Vec<Node<'t>> =
                parameter.children_by_field_name("name", &mut cursor).collect();
            names.extend(parameter.child_by_field_name("pattern"));
            for name in &names {
                parameters.push(self.text(*name).to_owned());
            }
            // `string model = "gpt-4o"`
            if self.module.language == Language::CSharp
                && let (Some(name), Some(default)) = (names.first(), inner_value(parameter))
                && Some(default) != parameter.child_by_field_name("type")
                && default != *name
            {
                let value = self.value(default, scope);
                let (name, position) = (self.text(*name).to_owned(), self.source.position(*name));
                self.module.bind(inner, &name, value, position, Origin::Parameter);
            }
        }
        let position = self.source.position(node);
        let summary = if decorators.is_empty() { None } else { self.summary(node, inner) };
        let definition = Definition {
            name,
            scope: inner,
            class: false,
            position,
            decorators,
            bases: Vec::new(),
            parameters,
            summary,
        };
        let body = node.child_by_field_name("body");
        self.define(definition, body);
        Value::Other
    }

    fn type_definition(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let named = node.child_by_field_name("name").or_else(|| node.child_by_field_name("type"));
        let Some(name) = named.and_then(|name| self.dotted(name)) else {
            return self.through(node, scope);
        };
        if self.is_test_module(node) {
            self.texts_only(node);
            return Value::Other;
        }
        let block = node.kind() == "mod_item";
        let known =
            self.module.definitions.iter().position(|known| known.class && known.name == name);
        let known = known.filter(|_| node.kind() == "impl_item");
        let inner = match known {
            Some(known) => self.module.definitions[known].scope,
            None => self.module.open(scope, &name, !block),
        };
        let decorators = self.annotations(node, inner);
        let position = self.source.position(node);
        let bases = self.bases(node);
        if node.kind() == "impl_item" {
            // `impl ServerHandler for Counter` makes one as a constructor would.
            for base in &bases {
                let target = Some(name.clone());
                let call = Call {
                    path: base.clone(),
                    receiver: None,
                    arguments: Vec::new(),
                    position,
                    scope,
                    target,
                };
                self.module.calls.push(call);
            }
        }
        if let Some(known) = known {
            // A type and its blocks of methods are one.
            let known = &mut self.module.definitions[known];
            known.bases.extend(bases);
            known.decorators.extend(decorators);
        } else if !block {
            let definition = Definition {
                name,
                scope: inner,
                class: true,
                position,
                decorators,
                bases,
                parameters: Vec::new(),
                summary: None,
            };
            self.module.definitions.push(definition);
        }
        match node.child_by_field_name("body") {
            Some(body) => self.visit(body, inner),
            None => self.visit_children(node, inner),
        }
        Value::Other
    }

    /// What a type extends or implements.
    fn bases(&self, node: Node<'t>) -> Vec<String> {
        let mut bases: Vec<String> = node
            .child_by_field_name("trait")
            .and_then(|base| self.dotted(base))
            .into_iter()
            .collect();
        for child in children(node) {
            if matches!(
                child.kind(),
                "base_list" | "superclass" | "super_interfaces" | "extends_interfaces"
            ) {
                for base in children(child) {
                    if base.kind() == "type_list" {
                        bases.extend(
                            children(base).into_iter().filter_map(|base| self.dotted(base)),
                        );
                    } else {
                        bases.extend(self.dotted(base));
                    }
                }
            }
        }
        bases
    }

    /// Annotations and attributes, each of which is a call too.
    fn annotations(&mut self, node: Node<'t>, scope: ScopeIndex) -> Vec<String> {
        let mut found = Vec::new();
        for child in children(node) {
            if matches!(child.kind(), "modifiers" | "attribute_list") {
                found.extend(children(child).into_iter().filter(|child| {
                    matches!(child.kind(), "annotation" | "marker_annotation" | "attribute")
                }));
            }
        }
        found.extend(attributes(node));
        let mut names = Vec::new();
        for annotation in found {
            let name = annotation.child_by_field_name("name").or_else(|| annotation.named_child(0));
            let Some(path) = name.and_then(|name| self.dotted(name)) else { continue };
            let arguments = self.annotation_arguments(annotation, scope);
            let position = self.source.position(annotation);
            names.push(path.clone());
            self.module.calls.push(Call {
                path,
                receiver: None,
                arguments,
                position,
                scope,
                target: None,
            });
        }
        names
    }

    /// What the annotations or the comment above a function say of it.
    fn summary(&self, node: Node<'t>, scope: ScopeIndex) -> Option<String> {
        let text = |value: &Value| match value {
            Value::Text(text, _) => Some(first_line(text)),
            _ => None,
        };
        let own = || self.module.calls.iter().rev().take_while(|call| call.scope == scope);
        let described = own().find_map(|call| {
            let named = call.named("description").or_else(|| call.named("value"));
            let plain = call.at(0).filter(|_| matches!(call.last(), "Description" | "Tool"));
            named.or(plain).and_then(text)
        });
        described.or_else(|| {
            let mut above = node.prev_named_sibling();
            while above.is_some_and(|above| above.kind() == "attribute_item") {
                above = above.and_then(|above| above.prev_named_sibling());
            }
            let comment = above.filter(|above| self.role(*above) == Role::Comment)?;
            let text = self.text(comment).trim_start_matches(['/', '*', '!', ' ']).trim();
            Some(first_line(text)).filter(|text| !text.is_empty())
        })
    }

    /// `#[cfg(test)] mod tests`
    fn is_test_module(&self, node: Node<'t>) -> bool {
        node.kind() == "mod_item"
            && attributes(node).iter().any(|attribute| {
                let text = self.text(*attribute);
                text.starts_with("cfg") && text.contains("test")
            })
    }

    /// Keeps the texts of a region and nothing else.
    fn texts_only(&mut self, node: Node<'t>) {
        let mut queue = vec![node];
        let mut left = MAX_SKIPPED_NODES;
        while let Some(node) = queue.pop() {
            left -= 1;
            if left == 0 {
                return;
            }
            if self.role(node) == Role::Text {
                let (text, _) = self.string(node);
                self.module.literals.push(Literal { text, position: self.source.position(node) });
            } else {
                queue.extend(children(node));
            }
        }
    }

    fn bind(&mut self, node: Node<'t>, names: &str, values: &str, scope: ScopeIndex) -> Value {
        let names = self.fields(node, names);
        let mut values = if values.is_empty() {
            inner_value(node).filter(|value| !names.contains(value)).into_iter().collect()
        } else {
            self.fields(node, values)
        };
        if values.is_empty() {
            values.extend(node.child_by_field_name("right"));
        }
        let origin = self.origin(node, scope);
        for (index, value) in values.iter().enumerate() {
            let value = self.value(*value, scope);
            let Some(name) = names.get(index) else { continue };
            let position = self.source.position(*name);
            match self.role(*name) {
                Role::Index(base, key) => self.bind_item(*name, base, key, value, scope),
                _ => {
                    if let Some(name) = self.dotted(*name).filter(|name| name != "_") {
                        self.module.bind(scope, &name, value, position, origin);
                    }
                }
            }
        }
        if values.is_empty() {
            self.injected(node, &names, scope);
        }
        // Accessors and whatever else stands in a declaration.
        if let Some(accessors) = node.child_by_field_name("accessors") {
            self.visit(accessors, scope);
        }
        Value::Other
    }

    /// `config["model"] = …`
    fn bind_item(
        &mut self,
        node: Node<'t>,
        base: &str,
        key: &str,
        value: Value,
        scope: ScopeIndex,
    ) {
        let base = node.child_by_field_name(base).and_then(|base| self.dotted(base));
        let key = node.child_by_field_name(key).map(|key| self.value(key, scope));
        if let (Some(base), Some(Value::Text(key, position))) = (base, key) {
            let entry = Value::Map(vec![(key, position, value)]);
            self.module.bind(scope, &base, entry, position, Origin::Assigned);
        }
    }

    /// `@Value("${openai.model:gpt-4o}") String model;`
    fn injected(&mut self, node: Node<'t>, names: &[Node<'t>], scope: ScopeIndex) {
        let (Some(field), Some(name)) = (node.parent(), names.first()) else { return };
        let first = self.module.calls.len();
        let annotations = self.annotations(field, scope);
        if !annotations.iter().any(|name| name == "Value" || name == "ConfigProperty") {
            return;
        }
        let text = self.module.calls.get(first).and_then(|call| {
            match call.named("default_value").or_else(|| call.at(0)) {
                Some(Value::Text(text, position)) => Some((text.clone(), *position)),
                _ => None,
            }
        });
        let Some((text, position)) = text else { return };
        let default = match text.strip_prefix("${").and_then(|text| text.strip_suffix('}')) {
            Some(setting) => setting.split_once(':').map(|(_, default)| default.to_owned()),
            None => Some(text),
        };
        if let Some(default) = default {
            let name = self.text(*name).to_owned();
            self.module.bind(scope, &name, Value::Text(default, position), position, Origin::Field);
        }
    }

    /// A field that may change has a default; a constant is only a name.
    fn origin(&self, node: Node<'t>, scope: ScopeIndex) -> Origin {
        let constant = |node: Node<'t>| {
            children(node).into_iter().any(|child| {
                matches!(child.kind(), "modifiers" | "modifier")
                    && self
                        .text(child)
                        .split_whitespace()
                        .any(|word| matches!(word, "final" | "const" | "readonly"))
            })
        };
        let mut around = Some(node);
        for _ in 0..3 {
            let Some(node) = around else { break };
            if node.kind() == "const_item" || node.kind() == "static_item" || constant(node) {
                return Origin::Assigned;
            }
            around = node.parent();
        }
        let declared = matches!(node.kind(), "variable_declarator" | "property_declaration");
        if self.module.scopes[scope].class && declared { Origin::Field } else { Origin::Assigned }
    }

    /// The nodes of a field; those of a list in it.
    fn fields(&self, node: Node<'t>, field: &str) -> Vec<Node<'t>> {
        let mut cursor = node.walk();
        let mut found = Vec::new();
        for child in node.children_by_field_name(field, &mut cursor) {
            if child.kind() == "expression_list" {
                found.extend(children(child));
            } else if child.is_named() {
                found.push(child);
            }
        }
        found
    }

    /// A name, or the text that a constant of an SDK stands for.
    fn named(&mut self, name: String, position: crate::code::module::Position) -> Value {
        match self.known_constant(&name) {
            Some(text) => {
                self.module.literals.push(Literal { text: text.to_owned(), position });
                Value::Text(text.to_owned(), position)
            }
            None => Value::Name(name, position),
        }
    }

    fn known_constant(&self, name: &str) -> Option<&'static str> {
        let (signals, language) = (signals(), self.module.language);
        let first = name.split('.').next()?;
        let from_library = match self.module.imports.get(first) {
            Some(import) => signals.library(language, &import.module).is_some(),
            None => {
                name.contains('.')
                    && (signals.library(language, first).is_some()
                        || self
                            .module
                            .namespaces
                            .iter()
                            .any(|space| signals.library(language, space).is_some()))
            }
        };
        if from_library { signals.constant(name.rsplit('.').next()?) } else { None }
    }

    /// Binds what a name in a text says of a setting: `${MODEL:gpt-4o}`, `GetEnvironmentVariable("MODEL") ?? "gpt-4o"`.
    pub(super) fn bind_default(&mut self, setting: &Value, default: &Value, scope: ScopeIndex) {
        let (Value::Environment(name), Value::Text(_, position)) = (setting, default) else {
            return;
        };
        let name = name.rsplit([':', '.']).next().unwrap_or(name);
        let worth =
            matches!(signals().meaning(name), Some(NameMeaning::Model | NameMeaning::Deployment));
        if worth {
            self.module.bind(
                scope,
                &snake_case(name),
                default.clone(),
                *position,
                Origin::Parameter,
            );
        }
    }
}

/// The name under type arguments.
fn generic(node: Node<'_>) -> Option<Node<'_>> {
    ["function", "type", "name"]
        .into_iter()
        .find_map(|field| node.child_by_field_name(field))
        .or_else(|| {
            if node.kind() == "scoped_type_identifier" {
                last_child(node)
            } else {
                node.named_child(0)
            }
        })
}

/// What a node that is as much as its content holds.
fn inner(node: Node<'_>) -> Option<Node<'_>> {
    ["value", "operand", "argument"]
        .into_iter()
        .find_map(|field| node.child_by_field_name(field).filter(Node::is_named))
        .or_else(|| last_child(node))
}

/// The last child, where a declaration has its value.
fn inner_value(node: Node<'_>) -> Option<Node<'_>> {
    last_child(node).filter(|child| {
        !matches!(child.kind(), "modifier" | "attribute_list" | "identifier")
            || child.next_sibling().is_none()
    })
}

fn last_child(node: Node<'_>) -> Option<Node<'_>> {
    let count = u32::try_from(node.named_child_count()).ok()?;
    node.named_child(count.checked_sub(1)?)
}

/// Attributes of Rust stand before what they are of.
fn attributes(node: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    let mut above = node.prev_named_sibling();
    while let Some(item) =
        above.filter(|item| matches!(item.kind(), "attribute_item" | "line_comment"))
    {
        if item.kind() == "attribute_item" {
            found.extend(item.named_child(0));
        }
        above = item.prev_named_sibling();
        if found.len() > 32 {
            break;
        }
    }
    found
}
