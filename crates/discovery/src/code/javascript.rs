//! TypeScript and JavaScript to [`Module`].

use tree_sitter::{Language, Node};

use super::module::{
    Argument, Call, Definition, Import, Literal, Module, Origin, ScopeIndex, Value,
};
use super::syntax::{Reader, Source, children, finish_call};

/// Reads TypeScript or JavaScript source of a file with this name.
pub(crate) fn read(text: &str, path: &str) -> Option<Module> {
    let language: Language = match path.rsplit('.').next() {
        Some("ts" | "mts" | "cts") => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        Some("tsx") => tree_sitter_typescript::LANGUAGE_TSX.into(),
        _ => tree_sitter_javascript::LANGUAGE.into(),
    };
    let tree = super::syntax::parse(text, &language)?;
    let mut reader = JavaScript { source: Source::new(text), module: Module::default(), depth: 0 };
    reader.visit(tree.root_node(), 0);
    Some(reader.module)
}

struct JavaScript<'t> {
    source: Source<'t>,
    module: Module,
    depth: usize,
}

impl<'t> Reader<'t> for JavaScript<'t> {
    fn state(&mut self) -> (&mut usize, &mut Module) {
        (&mut self.depth, &mut self.module)
    }

    fn visit_node(&mut self, node: Node<'t>, scope: ScopeIndex) {
        match node.kind() {
            "import_statement" => self.import(node),
            "variable_declarator" => self.declarator(node, scope),
            "function_declaration"
            | "function_expression"
            | "arrow_function"
            | "method_definition"
            | "generator_function_declaration" => self.function(node, scope, None),
            "class_declaration" | "class" | "abstract_class_declaration" => self.class(node, scope),
            "public_field_definition" | "field_definition" => self.field(node, scope),
            "comment" => {}
            "program"
            | "statement_block"
            | "class_body"
            | "export_statement"
            | "lexical_declaration"
            | "variable_declaration"
            | "expression_statement"
            | "if_statement" => self.visit_children(node, scope),
            "return_statement" => {
                for value in self.values(children(node), scope) {
                    self.module.returns.push((scope, value));
                }
            }
            _ => {
                self.value(node, scope);
            }
        }
    }

    fn value_of(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let position = self.source.position(node);
        match node.kind() {
            "string" => {
                let text = self.string(node);
                self.module.literals.push(Literal { text: text.clone(), position });
                Value::Text(text, position)
            }
            "template_string" => self.template(node, scope),
            "true" => Value::Flag(true),
            "false" => Value::Flag(false),
            "identifier" | "this" | "shorthand_property_identifier" => {
                Value::Name(self.source.text(node).to_owned(), position)
            }
            "member_expression" => match self.dotted(node) {
                Some(name) => match name
                    .strip_prefix("process.env.")
                    .or(name.strip_prefix("import.meta.env."))
                {
                    Some(variable) => Value::Environment(variable.to_owned()),
                    None => Value::Name(name, position),
                },
                None => {
                    self.visit_children(node, scope);
                    Value::Other
                }
            },
            "subscript_expression" => self.subscript(node, scope),
            "call_expression" => self.call(node, scope, "function"),
            "new_expression" => self.call(node, scope, "constructor"),
            "array" => Value::List(self.values(children(node), scope)),
            "object" => self.object(node, scope),
            "parenthesized_expression"
            | "await_expression"
            | "as_expression"
            | "satisfies_expression"
            | "non_null_expression"
            | "spread_element" => {
                node.named_child(0).map_or(Value::Other, |inner| self.value(inner, scope))
            }
            "binary_expression" => self.binary(node, scope),
            "ternary_expression" => {
                if let Some(condition) = node.child_by_field_name("condition") {
                    self.value(condition, scope);
                }
                let branches = ["consequence", "alternative"];
                let branches =
                    branches.into_iter().filter_map(|name| node.child_by_field_name(name));
                Value::Either(branches.map(|branch| self.value(branch, scope)).collect())
            }
            "assignment_expression" => {
                let right = node.child_by_field_name("right");
                let value = right.map_or(Value::Other, |right| self.value(right, scope));
                if let Some(name) =
                    node.child_by_field_name("left").and_then(|left| self.dotted(left))
                {
                    self.module.bind(scope, &name, value, position, Origin::Assigned);
                }
                Value::Other
            }
            "arrow_function"
            | "function_expression"
            | "class"
            | "statement_block"
            | "lexical_declaration"
            | "variable_declaration"
            | "class_declaration"
            | "function_declaration"
            | "method_definition"
            | "expression_statement"
            | "return_statement"
            | "variable_declarator" => {
                self.visit(node, scope);
                Value::Other
            }
            _ => {
                self.visit_children(node, scope);
                Value::Other
            }
        }
    }
}

impl<'t> JavaScript<'t> {
    fn import(&mut self, node: Node<'t>) {
        let Some(source) = node.child_by_field_name("source") else { return };
        let module = self.string(source);
        let position = self.source.position(node);
        self.module.import_places.push((module.clone(), position));
        let clause = children(node).into_iter().find(|child| child.kind() == "import_clause");
        for part in clause.map(children).unwrap_or_default() {
            match part.kind() {
                // `import OpenAI from "openai"`: the default export usually has the name of what it is.
                "identifier" => self.imported(part, part, &module),
                "namespace_import" => {
                    if let Some(name) = part.named_child(0) {
                        let import = Import { module: module.clone(), name: None };
                        self.module.imports.insert(self.source.text(name).to_owned(), import);
                    }
                }
                _ => {
                    for specifier in children(part) {
                        let Some(name) = specifier.child_by_field_name("name") else { continue };
                        let local = specifier.child_by_field_name("alias").unwrap_or(name);
                        self.imported(local, name, &module);
                    }
                }
            }
        }
    }

    fn imported(&mut self, local: Node<'t>, name: Node<'t>, module: &str) {
        let name = Some(self.source.text(name).to_owned());
        let import = Import { module: module.to_owned(), name };
        self.module.imports.insert(self.source.text(local).to_owned(), import);
    }

    fn declarator(&mut self, node: Node<'t>, scope: ScopeIndex) {
        let (Some(name), Some(value)) =
            (node.child_by_field_name("name"), node.child_by_field_name("value"))
        else {
            return;
        };
        if let Some(module) = self.required(value) {
            let position = self.source.position(value);
            self.module.import_places.push((module.clone(), position));
            self.require(name, &module);
            return;
        }
        if matches!(value.kind(), "arrow_function" | "function_expression")
            && name.kind() == "identifier"
        {
            self.function(value, scope, Some(name));
            return;
        }
        let bound = self.value(value, scope);
        let position = self.source.position(name);
        if name.kind() == "identifier" {
            let name = self.source.text(name).to_owned();
            self.module.bind(scope, &name, bound, position, Origin::Assigned);
        } else {
            self.pattern(name, scope, Origin::Assigned);
        }
    }

    /// The module of `require("…")` or `await import("…")`.
    fn required(&self, node: Node<'t>) -> Option<String> {
        let node = if node.kind() == "await_expression" { node.named_child(0)? } else { node };
        let function = node.child_by_field_name("function")?;
        let argument = node.child_by_field_name("arguments")?.named_child(0)?;
        (matches!(self.source.text(function), "require" | "import") && argument.kind() == "string")
            .then(|| self.string(argument))
    }

    fn require(&mut self, name: Node<'t>, module: &str) {
        if name.kind() == "identifier" {
            self.imported(name, name, module);
            return;
        }
        for part in children(name) {
            let original = part.child_by_field_name("key").unwrap_or(part);
            let local = part.child_by_field_name("value").unwrap_or(part);
            self.imported(local, original, module);
        }
    }

    /// Defaults within a destructuring pattern: `{ model = "gpt-4o" }`.
    fn pattern(&mut self, node: Node<'t>, scope: ScopeIndex, origin: Origin) {
        for part in children(node) {
            match part.kind() {
                "object_assignment_pattern" | "assignment_pattern" => {
                    let (Some(left), Some(right)) =
                        (part.child_by_field_name("left"), part.child_by_field_name("right"))
                    else {
                        continue;
                    };
                    let value = self.value(right, scope);
                    let (name, position) =
                        (self.source.text(left).to_owned(), self.source.position(left));
                    self.module.bind(scope, &name, value, position, origin);
                }
                "pair_pattern" | "object_pattern" | "array_pattern" => {
                    self.pattern(part, scope, origin);
                }
                _ => {}
            }
        }
    }

    fn function(&mut self, node: Node<'t>, scope: ScopeIndex, name: Option<Node<'t>>) {
        let name = name.or_else(|| node.child_by_field_name("name"));
        let name = name.map_or_else(String::new, |name| self.source.text(name).to_owned());
        let inner = self.module.open(scope, &name, false);
        let mut parameters = Vec::new();
        let list = node.child_by_field_name("parameters").map(children).unwrap_or_default();
        for parameter in list {
            let pattern = parameter
                .child_by_field_name("pattern")
                .or_else(|| parameter.child_by_field_name("left"))
                .unwrap_or(parameter);
            if pattern.kind() == "object_pattern" {
                self.pattern(pattern, inner, Origin::Parameter);
                parameters.push(String::new());
                continue;
            }
            let text = self.source.text(pattern).to_owned();
            let default = parameter
                .child_by_field_name("value")
                .or_else(|| parameter.child_by_field_name("right"));
            if let Some(default) = default {
                let value = self.value(default, scope);
                let position = self.source.position(parameter);
                self.module.bind(inner, &text, value, position, Origin::Parameter);
            }
            parameters.push(text);
        }
        if !name.is_empty() {
            let position = self.source.position(node);
            self.module.definitions.push(Definition {
                name,
                scope: inner,
                class: false,
                position,
                decorators: Vec::new(),
                bases: Vec::new(),
                parameters,
                summary: None,
            });
        }
        if let Some(body) = node.child_by_field_name("body") {
            if body.kind() == "statement_block" {
                self.visit(body, inner);
            } else {
                let value = self.value(body, inner);
                self.module.returns.push((inner, value));
            }
        }
    }

    fn class(&mut self, node: Node<'t>, scope: ScopeIndex) {
        let name = node.child_by_field_name("name");
        let name = name.map_or_else(String::new, |name| self.source.text(name).to_owned());
        let inner = self.module.open(scope, &name, true);
        let heritage = children(node).into_iter().find(|child| child.kind() == "class_heritage");
        let bases = heritage
            .map(|heritage| {
                self.source.text(heritage).trim_start_matches("extends").trim().to_owned()
            })
            .into_iter()
            .collect();
        let position = self.source.position(node);
        let definition = Definition {
            name,
            scope: inner,
            class: true,
            position,
            decorators: Vec::new(),
            bases,
            parameters: Vec::new(),
            summary: None,
        };
        self.define(definition, node.child_by_field_name("body"));
    }

    fn field(&mut self, node: Node<'t>, scope: ScopeIndex) {
        let name =
            node.child_by_field_name("name").or_else(|| node.child_by_field_name("property"));
        let (Some(name), Some(value)) = (name, node.child_by_field_name("value")) else { return };
        if value.kind() == "arrow_function" {
            self.function(value, scope, Some(name));
            return;
        }
        let value = self.value(value, scope);
        let (text, position) = (self.source.text(name).to_owned(), self.source.position(name));
        self.module.bind(scope, &text, value, position, Origin::Field);
    }

    fn dotted(&self, node: Node<'t>) -> Option<String> {
        match node.kind() {
            "identifier" | "this" | "property_identifier" | "shorthand_property_identifier" => {
                Some(self.source.text(node).to_owned())
            }
            "member_expression" => {
                let object = self.dotted(node.child_by_field_name("object")?)?;
                Some(format!(
                    "{object}.{}",
                    self.source.text(node.child_by_field_name("property")?)
                ))
            }
            "non_null_expression" => self.dotted(node.named_child(0)?),
            _ => None,
        }
    }

    fn binary(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let operator = node.child_by_field_name("operator").map(|node| self.source.text(node));
        let values: Vec<Value> =
            children(node).into_iter().map(|side| self.value(side, scope)).collect();
        if !matches!(operator, Some("||" | "??" | "&&")) {
            return Value::Other;
        }
        // `process.env.MODEL ?? "gpt-4o"` is the default of a setting.
        if let [Value::Environment(name), default @ Value::Text(_, position)] = values.as_slice() {
            self.module.bind(scope, name, default.clone(), *position, Origin::Parameter);
        }
        Value::Either(values)
    }

    fn template(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let position = self.source.position(node);
        let mut holes = false;
        for child in
            children(node).into_iter().filter(|child| child.kind() == "template_substitution")
        {
            holes = true;
            self.visit_children(child, scope);
        }
        let text = self.source.text(node).trim_matches('`').to_owned();
        self.module.literals.push(Literal { text: text.clone(), position });
        if holes { Value::Template(text, position) } else { Value::Text(text, position) }
    }

    fn string(&self, node: Node<'t>) -> String {
        let parts = children(node).into_iter().filter(|child| child.kind() == "string_fragment");
        parts.map(|part| self.source.text(part)).collect()
    }

    fn subscript(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let (Some(base), Some(key)) =
            (node.child_by_field_name("object"), node.child_by_field_name("index"))
        else {
            return Value::Other;
        };
        if key.kind() != "string" {
            let key = self.value(key, scope);
            return super::syntax::item(self.value(base, scope), key);
        }
        let key = self.string(key);
        match self.value(base, scope) {
            Value::Name(name, _) if name == "process.env" => Value::Environment(key),
            base => Value::Item(Box::new(base), key),
        }
    }

    fn object(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let mut entries = Vec::new();
        for part in children(node) {
            let position = self.source.position(part);
            match part.kind() {
                "pair" => {
                    let (Some(key), Some(value)) =
                        (part.child_by_field_name("key"), part.child_by_field_name("value"))
                    else {
                        continue;
                    };
                    let name = match key.kind() {
                        "string" => self.string(key),
                        "computed_property_name" => {
                            self.visit_children(key, scope);
                            String::new()
                        }
                        _ => self.source.text(key).to_owned(),
                    };
                    if key.kind() == "string" {
                        self.module.literals.push(Literal { text: name.clone(), position });
                    }
                    let value = self.value(value, scope);
                    entries.push((name, position, value));
                }
                "shorthand_property_identifier" => {
                    let name = self.source.text(part).to_owned();
                    entries.push((name.clone(), position, Value::Name(name, position)));
                }
                "spread_element" => {
                    let value =
                        part.named_child(0).map_or(Value::Other, |inner| self.value(inner, scope));
                    entries.push(("**".to_owned(), position, value));
                }
                "method_definition" => {
                    let name = part.child_by_field_name("name");
                    let name =
                        name.map_or_else(String::new, |name| self.source.text(name).to_owned());
                    self.function(part, scope, None);
                    entries.push((name, position, Value::Other));
                }
                _ => self.visit(part, scope),
            }
        }
        Value::Map(entries)
    }

    fn call(&mut self, node: Node<'t>, scope: ScopeIndex, field: &str) -> Value {
        let Some(function) = node.child_by_field_name(field) else { return Value::Other };
        let position = self.source.position(node);
        let (path, receiver) = self.callee(function, scope);
        let mut arguments = Vec::new();
        let list = node.child_by_field_name("arguments").map(children).unwrap_or_default();
        for (index, argument) in
            list.into_iter().filter(|node| node.kind() != "comment").enumerate()
        {
            let value = self.value(argument, scope);
            // An options object is what keyword arguments are elsewhere.
            if let Value::Map(entries) = &value {
                for (key, _, value) in entries {
                    let (name, value) = (Some(key.clone()), value.clone());
                    arguments.push(Argument { name, index: 0, value });
                }
            }
            arguments.push(Argument { name: None, index, value });
        }
        let call = Call { path, receiver, arguments, position, scope, target: None };
        finish_call(&mut self.module, call)
    }

    fn callee(&mut self, function: Node<'t>, scope: ScopeIndex) -> (String, Option<usize>) {
        if let Some(path) = self.dotted(function) {
            return (path, None);
        }
        if function.kind() == "member_expression"
            && let (Some(object), Some(property)) =
                (function.child_by_field_name("object"), function.child_by_field_name("property"))
        {
            let property = self.source.text(property).to_owned();
            if object.kind() == "member_expression" {
                let (path, receiver) = self.callee(object, scope);
                return (format!("{path}.{property}"), receiver);
            }
            let receiver = match self.value(object, scope) {
                Value::Call(index) => Some(index),
                _ => None,
            };
            return (property, receiver);
        }
        self.visit(function, scope);
        (String::new(), None)
    }
}
