//! Python to [`Module`].

use tree_sitter::Node;

use super::module::{
    Argument, Call, Definition, Import, Literal, Module, Origin, ScopeIndex, Value,
};
use super::syntax::{Reader, Source, children, first_line};

/// Reads Python source. Broken code is read as far as the parser can make sense of it.
pub(crate) fn read(text: &str) -> Option<Module> {
    let tree = super::syntax::parse(text, &tree_sitter_python::LANGUAGE.into())?;
    let mut reader = Python { source: Source::new(text), module: Module::default(), depth: 0 };
    reader.visit(tree.root_node(), 0);
    Some(reader.module)
}

struct Python<'t> {
    source: Source<'t>,
    module: Module,
    depth: usize,
}

impl<'t> Reader<'t> for Python<'t> {
    fn state(&mut self) -> (&mut usize, &mut Module) {
        (&mut self.depth, &mut self.module)
    }

    fn visit_node(&mut self, node: Node<'t>, scope: ScopeIndex) {
        match node.kind() {
            "import_statement" => self.import(node),
            "import_from_statement" => self.import_from(node),
            "function_definition" => self.function(node, scope, Vec::new()),
            "class_definition" => self.class(node, scope, Vec::new()),
            "decorated_definition" => self.decorated(node, scope),
            "assignment" | "named_expression" => {
                self.assignment(node, scope);
            }
            "augmented_assignment" => self.augmented(node, scope),
            "return_statement" => {
                for value in self.values(children(node), scope) {
                    self.module.returns.push((scope, value));
                }
            }
            "expression_statement" | "module" | "block" => self.visit_children(node, scope),
            "comment" => {}
            _ => {
                self.value(node, scope);
            }
        }
    }

    fn value_of(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let position = self.source.position(node);
        match node.kind() {
            "string" | "concatenated_string" => self.string_value(node, scope),
            "identifier" => Value::Name(self.source.text(node).to_owned(), position),
            "attribute" => match self.dotted(node) {
                Some(name) => Value::Name(name, position),
                None => {
                    self.visit_children(node, scope);
                    Value::Other
                }
            },
            "true" => Value::Flag(true),
            "false" => Value::Flag(false),
            "call" => self.call(node, scope),
            "list" | "tuple" | "set" | "expression_list" => {
                Value::List(self.values(children(node), scope))
            }
            "list_splat" | "await" | "parenthesized_expression" | "keyword_separator" => {
                node.named_child(0).map_or(Value::Other, |inner| self.value(inner, scope))
            }
            "dictionary" => self.dictionary(node, scope),
            "boolean_operator" => Value::Either(self.values(children(node), scope)),
            "conditional_expression" => {
                let mut parts = self.values(children(node), scope);
                if parts.len() == 3 {
                    parts.remove(1);
                }
                Value::Either(parts)
            }
            "binary_operator" => {
                let parts = self.values(children(node), scope);
                join_texts(&parts, position)
            }
            "subscript" => self.subscript(node, scope),
            "lambda" => {
                let body = node.child_by_field_name("body");
                body.map_or(Value::Other, |body| self.value(body, scope))
            }
            "assignment" | "named_expression" => self.assignment(node, scope),
            "function_definition"
            | "class_definition"
            | "decorated_definition"
            | "block"
            | "augmented_assignment"
            | "expression_statement"
            | "return_statement" => {
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

impl<'t> Python<'t> {
    fn import(&mut self, node: Node<'t>) {
        let position = self.source.position(node);
        for child in children(node) {
            let name = child.child_by_field_name("name").unwrap_or(child);
            self.module.import_places.push((self.source.text(name).to_owned(), position));
            if child.kind() == "aliased_import" {
                let (Some(name), Some(alias)) =
                    (child.child_by_field_name("name"), child.child_by_field_name("alias"))
                else {
                    continue;
                };
                let module = self.source.text(name).to_owned();
                let import = Import { module, name: None };
                self.module.imports.insert(self.source.text(alias).to_owned(), import);
            } else if child.kind() == "dotted_name" {
                // `import a.b` binds `a`.
                let root = self.source.text(child).split('.').next().unwrap_or_default();
                let import = Import { module: root.to_owned(), name: None };
                self.module.imports.insert(root.to_owned(), import);
                let whole = self.source.text(child).to_owned();
                self.module.imports.insert(whole.clone(), Import { module: whole, name: None });
            }
        }
    }

    fn import_from(&mut self, node: Node<'t>) {
        let Some(module) = node.child_by_field_name("module_name") else {
            return;
        };
        let module_name = self.source.text(module).to_owned();
        let position = self.source.position(node);
        self.module.import_places.push((module_name.clone(), position));
        for child in children(node) {
            let (name, local) = match child.kind() {
                "dotted_name" if child.id() != module.id() => (child, child),
                "aliased_import" => {
                    let (Some(name), Some(alias)) =
                        (child.child_by_field_name("name"), child.child_by_field_name("alias"))
                    else {
                        continue;
                    };
                    (name, alias)
                }
                _ => continue,
            };
            let name = self.source.text(name).to_owned();
            // `from google import genai` imports the module `google.genai`.
            self.module.import_places.push((format!("{module_name}.{name}"), position));
            let import = Import { module: module_name.clone(), name: Some(name) };
            self.module.imports.insert(self.source.text(local).to_owned(), import);
        }
    }

    fn decorated(&mut self, node: Node<'t>, scope: ScopeIndex) {
        let mut decorators = Vec::new();
        for child in children(node).into_iter().filter(|child| child.kind() == "decorator") {
            let Some(expression) = child.named_child(0) else {
                continue;
            };
            let callee = expression.child_by_field_name("function").unwrap_or(expression);
            decorators.extend(self.dotted(callee));
            self.visit(expression, scope);
        }
        match node.child_by_field_name("definition") {
            Some(inner) if inner.kind() == "class_definition" => {
                self.class(inner, scope, decorators);
            }
            Some(inner) => self.function(inner, scope, decorators),
            None => {}
        }
    }

    fn function(&mut self, node: Node<'t>, scope: ScopeIndex, decorators: Vec<String>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let name = self.source.text(name).to_owned();
        let inner = self.module.open(scope, &name, false);
        let mut parameters = Vec::new();
        for parameter in node.child_by_field_name("parameters").map(children).unwrap_or_default() {
            let named = parameter.child_by_field_name("name").or_else(|| parameter.named_child(0));
            let text = self.source.text(named.unwrap_or(parameter)).to_owned();
            if let Some(default) = parameter.child_by_field_name("value") {
                let value = self.value(default, scope);
                let position = self.source.position(parameter);
                self.module.bind(inner, &text, value, position, Origin::Parameter);
            }
            if !matches!(text.as_str(), "self" | "cls" | "*" | "/") {
                parameters.push(text);
            }
        }
        let body = node.child_by_field_name("body");
        let summary = body.and_then(|body| self.docstring(body));
        let position = self.source.position(node);
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
        self.define(definition, body);
    }

    fn class(&mut self, node: Node<'t>, scope: ScopeIndex, decorators: Vec<String>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let name = self.source.text(name).to_owned();
        let superclasses =
            node.child_by_field_name("superclasses").map(children).unwrap_or_default();
        let bases = superclasses.into_iter().filter_map(|base| self.dotted(base)).collect();
        let inner = self.module.open(scope, &name, true);
        let body = node.child_by_field_name("body");
        let summary = body.and_then(|body| self.docstring(body));
        let position = self.source.position(node);
        let definition = Definition {
            name,
            scope: inner,
            class: true,
            position,
            decorators,
            bases,
            parameters: Vec::new(),
            summary,
        };
        self.define(definition, body);
    }

    fn docstring(&self, body: Node<'t>) -> Option<String> {
        let first = body.named_child(0)?;
        let string =
            if first.kind() == "expression_statement" { first.named_child(0)? } else { first };
        (string.kind() == "string").then(|| first_line(&self.string(string).0))
    }

    /// Binds what stands on the left, and gives the value: `a = b = "gpt-4.1"` binds both.
    fn assignment(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let left = node.child_by_field_name("left").or_else(|| node.child_by_field_name("name"));
        let right = node.child_by_field_name("right").or_else(|| node.child_by_field_name("value"));
        let (Some(left), Some(right)) = (left, right) else {
            return Value::Other;
        };
        let value = self.value(right, scope);
        let origin = if self.module.scopes[scope].class { Origin::Field } else { Origin::Assigned };
        let position = self.source.position(left);
        if let Some(name) = self.dotted(left) {
            self.module.bind(scope, &name, value.clone(), position, origin);
        } else if let ("subscript", Some(base), Some(key)) = (
            left.kind(),
            left.child_by_field_name("value"),
            left.child_by_field_name("subscript").filter(|key| key.kind() == "string"),
        ) {
            // `config["model"] = …` sets an item of whatever `config` is.
            let key = self.string(key).0;
            self.module.bind(scope, &format!("item.{key}"), value.clone(), position, origin);
            if let Some(base) = self.dotted(base) {
                let entry = Value::Map(vec![(key, position, value.clone())]);
                self.module.bind(scope, &base, entry, position, origin);
            }
        } else if let (targets, Value::List(values)) = (children(left), &value) {
            for (target, value) in targets.iter().zip(values) {
                if let Some(name) = self.dotted(*target) {
                    self.module.bind(scope, &name, value.clone(), position, origin);
                }
            }
        }
        value
    }

    /// `prompt += MORE`: the name may hold what is added, too.
    fn augmented(&mut self, node: Node<'t>, scope: ScopeIndex) {
        let (Some(left), Some(right)) =
            (node.child_by_field_name("left"), node.child_by_field_name("right"))
        else {
            return;
        };
        let value = self.value(right, scope);
        // A text with holes is a part of the whole, which stands elsewhere.
        let whole = !matches!(value, Value::Other | Value::Template(..));
        if let Some(name) = self.dotted(left).filter(|_| whole) {
            let position = self.source.position(left);
            self.module.bind(scope, &name, value, position, Origin::Assigned);
        }
    }

    /// `a.b.c`, if it is nothing but names.
    fn dotted(&self, node: Node<'t>) -> Option<String> {
        match node.kind() {
            "identifier" => Some(self.source.text(node).to_owned()),
            "attribute" => {
                let object = self.dotted(node.child_by_field_name("object")?)?;
                Some(format!(
                    "{object}.{}",
                    self.source.text(node.child_by_field_name("attribute")?)
                ))
            }
            "subscript" => self.dotted(node.child_by_field_name("value")?).filter(|_| {
                // `Agent[Deps, str](…)`: type arguments are no part of the name.
                node.child_by_field_name("subscript").is_some_and(|key| key.kind() != "string")
                    && node.parent().is_some_and(|parent| parent.kind() == "call")
            }),
            _ => None,
        }
    }

    fn string_value(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let position = self.source.position(node);
        let (mut text, mut holes) = (String::new(), false);
        let parts = if node.kind() == "string" { vec![node] } else { children(node) };
        for part in parts {
            let (content, has_holes) = self.string(part);
            text.push_str(&content);
            holes |= has_holes;
            for hole in children(part).into_iter().filter(|child| child.kind() == "interpolation") {
                self.visit_children(hole, scope);
            }
        }
        self.module.literals.push(Literal { text: text.clone(), position });
        if holes { Value::Template(text, position) } else { Value::Text(text, position) }
    }

    /// Content of a string and whether it has holes.
    fn string(&self, node: Node<'t>) -> (String, bool) {
        let (mut text, mut holes) = (String::new(), false);
        for child in children(node) {
            match child.kind() {
                "string_content" => text.push_str(&self.source.text(child).replace("\\n", "\n")),
                "interpolation" => {
                    holes = true;
                    text.push_str(self.source.text(child));
                }
                _ => {}
            }
        }
        (text, holes)
    }

    fn dictionary(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let mut entries = Vec::new();
        for pair in children(node) {
            let (Some(key), Some(value)) =
                (pair.child_by_field_name("key"), pair.child_by_field_name("value"))
            else {
                self.visit_children(pair, scope);
                continue;
            };
            let value = self.value(value, scope);
            let position = self.source.position(pair);
            match self.value(key, scope) {
                Value::Text(key, _) => entries.push((key, position, value)),
                Value::Name(key, _) => entries.push((key, position, value)),
                _ => {}
            }
        }
        Value::Map(entries)
    }

    fn subscript(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let (Some(base), Some(key)) =
            (node.child_by_field_name("value"), node.child_by_field_name("subscript"))
        else {
            return Value::Other;
        };
        if key.kind() != "string" {
            let key = self.value(key, scope);
            return super::syntax::item(self.value(base, scope), key);
        }
        let key = self.string(key).0;
        match self.value(base, scope) {
            Value::Name(name, _) if name.ends_with("environ") => Value::Environment(key),
            base => Value::Item(Box::new(base), key),
        }
    }

    fn call(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let Some(function) = node.child_by_field_name("function") else {
            return Value::Other;
        };
        if let Some(text) = self.text_method(node, function, scope) {
            return text;
        }
        let position = self.source.position(node);
        let (path, receiver) = self.callee(function, scope);
        let mut arguments = Vec::new();
        let mut index = 0;
        for argument in node.child_by_field_name("arguments").map(children).unwrap_or_default() {
            match argument.kind() {
                "keyword_argument" => {
                    let name = argument.child_by_field_name("name");
                    let name = name.map(|name| self.source.text(name).to_owned());
                    let value = argument
                        .child_by_field_name("value")
                        .map_or(Value::Other, |value| self.value(value, scope));
                    arguments.push(Argument { name, index: 0, value });
                }
                "dictionary_splat" => {
                    // `f(**{"model": …})` and `f(**options)`
                    let inner = argument.named_child(0);
                    let value = inner.map_or(Value::Other, |inner| self.value(inner, scope));
                    arguments.push(Argument { name: Some("**".to_owned()), index: 0, value });
                }
                "comment" => {}
                _ => {
                    let value = self.value(argument, scope);
                    arguments.push(Argument { name: None, index, value });
                    index += 1;
                }
            }
        }
        let call = Call { path, receiver, arguments, position, scope, target: None };
        super::syntax::finish_call(&mut self.module, call)
    }

    /// `"…".strip()` and `"…".format(…)` are still that text.
    fn text_method(
        &mut self,
        node: Node<'t>,
        function: Node<'t>,
        scope: ScopeIndex,
    ) -> Option<Value> {
        let object = function.child_by_field_name("object")?;
        let method = function.child_by_field_name("attribute")?;
        let keeps = matches!(
            self.source.text(method),
            "strip" | "lstrip" | "rstrip" | "format" | "replace" | "lower" | "removeprefix"
        );
        let literal = matches!(
            object.kind(),
            "string" | "concatenated_string" | "parenthesized_expression" | "binary_operator"
        );
        let literal = literal
            || object.child_by_field_name("function").is_some_and(|made| {
                matches!(self.source.text(made), "dedent" | "textwrap.dedent" | "inspect.cleandoc")
            });
        if !keeps || !literal {
            return None;
        }
        if let Some(arguments) = node.child_by_field_name("arguments") {
            self.visit_children(arguments, scope);
        }
        Some(self.value(object, scope))
    }

    fn callee(&mut self, function: Node<'t>, scope: ScopeIndex) -> (String, Option<usize>) {
        if let Some(path) = self.dotted(function) {
            return (path, None);
        }
        if function.kind() == "attribute"
            && let (Some(object), Some(attribute)) =
                (function.child_by_field_name("object"), function.child_by_field_name("attribute"))
        {
            let attribute = self.source.text(attribute).to_owned();
            if object.kind() == "attribute" {
                let (path, receiver) = self.callee(object, scope);
                return (format!("{path}.{attribute}"), receiver);
            }
            let receiver = match self.value(object, scope) {
                Value::Call(index) => Some(index),
                _ => None,
            };
            return (attribute, receiver);
        }
        self.visit(function, scope);
        (String::new(), None)
    }
}

pub(crate) fn join_texts(parts: &[Value], position: super::module::Position) -> Value {
    let texts: Vec<&str> = parts
        .iter()
        .filter_map(|part| match part {
            Value::Text(text, _) | Value::Template(text, _) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    if texts.is_empty() {
        Value::Other
    } else if texts.len() == parts.len() && parts.iter().all(|part| matches!(part, Value::Text(..)))
    {
        Value::Text(texts.concat(), position)
    } else {
        Value::Template(texts.join("{…}"), position)
    }
}
