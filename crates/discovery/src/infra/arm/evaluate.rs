//! Evaluates templates as far as a static reader can. What only a deployment knows stays as a marker `${…}`, of which
//! those that name a resource are resolved later.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use super::expression::Expression;
use super::{Declared, Module, Source, Template, functions, module_path};
use crate::infra::declared::Resource;
use crate::infra::folder::{join, parent};
use crate::infra::path::weight;

/// Evaluations within evaluations, over modules too.
const MAX_DEPTH: u32 = 80;
/// Steps for one set of files.
const MAX_STEPS: u32 = 2_000_000;
/// Modules that all templates use together.
const MAX_MODULES: u32 = 2_000;
/// Modules within modules.
const MAX_NESTING: u32 = 16;
/// Items of one loop.
const MAX_ITEMS: usize = 64;
/// Weight of one variable.
const MAX_WEIGHT: u32 = 100_000;
/// Longest text that is made, in bytes.
pub(super) const MAX_TEXT: usize = 64 * 1024;

/// All templates of a scan.
pub(super) struct World<'a> {
    templates: &'a BTreeMap<String, Template>,
    load: &'a dyn Fn(&str) -> Option<Value>,
    steps: Cell<u32>,
    modules: Cell<u32>,
}

impl<'a> World<'a> {
    pub(super) const fn new(
        templates: &'a BTreeMap<String, Template>,
        load: &'a dyn Fn(&str) -> Option<Value>,
    ) -> Self {
        Self { templates, load, steps: Cell::new(0), modules: Cell::new(0) }
    }

    /// True when the step budget is spent.
    pub(super) fn exhausted(&self) -> bool {
        self.steps.get() >= MAX_STEPS
    }

    /// The parameters of a file that gives them to another.
    pub(super) fn values(&self, template: &'a Template) -> Vec<(String, Value)> {
        let scope = Scope::new(self, template, BTreeMap::new(), "", "", 0);
        let given = template.parameters.iter().filter_map(|(name, value)| {
            let value = scope.evaluate(value.as_ref()?, 0);
            (!value.to_string().contains("${")).then(|| (name.clone(), value))
        });
        given.collect()
    }

    /// Adds the resources of a template that no other one uses, and of its modules.
    pub(super) fn root(
        &self,
        path: &'a str,
        template: &'a Template,
        given: BTreeMap<String, Value>,
        resources: &mut Vec<Resource>,
    ) {
        let begin = resources.len();
        Rc::new(Scope::new(self, template, given, path, "", 0)).emit(resources);
        super::resource::join_existing(resources, begin);
    }
}

/// One use of a template.
pub(super) struct Scope<'a> {
    world: &'a World<'a>,
    pub(super) template: &'a Template,
    given: BTreeMap<String, Value>,
    /// Path of the root template.
    pub(super) root: &'a str,
    /// `module.` before each address; empty at the root.
    pub(super) prefix: String,
    nesting: u32,
    /// Names of loops, the last one counts.
    bindings: RefCell<Vec<(String, Value)>>,
    /// Variables and parameters being evaluated: one that leads to itself has no value.
    busy: RefCell<BTreeSet<String>>,
    known: RefCell<BTreeMap<String, Value>>,
    children: RefCell<BTreeMap<String, Option<Rc<Scope<'a>>>>>,
    symbols: FxHashMap<&'a str, &'a Declared>,
}

impl<'a> Scope<'a> {
    fn new(
        world: &'a World<'a>,
        template: &'a Template,
        given: BTreeMap<String, Value>,
        root: &'a str,
        prefix: &str,
        nesting: u32,
    ) -> Self {
        Self {
            world,
            template,
            given,
            root,
            prefix: prefix.to_owned(),
            nesting,
            bindings: RefCell::default(),
            busy: RefCell::default(),
            known: RefCell::default(),
            children: RefCell::default(),
            symbols: template.resources.iter().rev().map(|it| (it.symbol.as_str(), it)).collect(),
        }
    }

    fn emit(&self, resources: &mut Vec<Resource>) {
        for declared in &self.template.resources {
            self.each(&declared.body, |key, body| {
                resources.push(super::resource::declare(self, declared, key, body));
            });
        }
        for module in &self.template.modules {
            self.each(&module.body, |key, body| {
                if let Source::Registry(path) = &module.source {
                    resources.extend(super::resource::registry(self, module, path, key, body));
                } else if let Some(child) = self.child(module, key, body) {
                    child.emit(resources);
                }
            });
        }
    }

    /// Calls `found` with the body of each item of a loop, while the loop's names stand for it; a single body has no key.
    fn each(&self, body: &'a Expression, mut found: impl FnMut(&str, &'a Expression)) {
        match body {
            Expression::If(_, body) => found("", body),
            Expression::For { item, index, list, body } => {
                let body = match &**body {
                    Expression::If(_, body) => body,
                    body => body,
                };
                let Value::Array(items) = self.evaluate(list, 0) else {
                    return found("", body);
                };
                for (number, value) in items.into_iter().take(MAX_ITEMS).enumerate() {
                    let bindings = [(item.clone(), value), (index.clone(), Value::from(number))];
                    self.bindings.borrow_mut().extend(bindings);
                    found(&number.to_string(), body);
                    let mut bindings = self.bindings.borrow_mut();
                    let rest = bindings.len().saturating_sub(2);
                    bindings.truncate(rest);
                }
            }
            body => found("", body),
        }
    }

    /// The use of a module that stands in this template.
    fn child(&self, module: &'a Module, key: &str, body: &'a Expression) -> Option<Rc<Self>> {
        let name = format!("{}[{key}]", module.symbol);
        if let Some(child) = self.children.borrow().get(&name) {
            return child.clone();
        }
        let template = match &module.source {
            Source::File(source) => {
                self.world.templates.get(&module_path(&self.template.path, source)?)?
            }
            Source::Inline(template) => template,
            Source::Registry(_) => return None,
        };
        self.world.modules.set(self.world.modules.get() + 1);
        if self.nesting >= MAX_NESTING || self.world.modules.get() > MAX_MODULES {
            return None;
        }
        // While its parameters are evaluated it has no outputs: they cannot depend on themselves.
        self.children.borrow_mut().insert(name.clone(), None);
        let parameters = match &module.source {
            Source::Inline(_) => {
                self.entry(body, "properties").and_then(|it| self.entry(it, "parameters"))
            }
            _ => self.entry(body, "params"),
        };
        let given = match parameters.map(|parameters| self.evaluate(parameters, 0)) {
            Some(Value::Object(map)) => map
                .into_iter()
                .map(|(name, value)| match (&module.source, value) {
                    (Source::Inline(_), Value::Object(mut wrapped)) => {
                        (name, wrapped.remove("value").unwrap_or(Value::Null))
                    }
                    (_, value) => (name, value),
                })
                .collect(),
            _ => BTreeMap::new(),
        };
        let part =
            if key.is_empty() { module.symbol.clone() } else { format!("{}_{key}", module.symbol) };
        let prefix = format!("{}{part}.", self.prefix);
        let child =
            Rc::new(Self::new(self.world, template, given, self.root, &prefix, self.nesting + 1));
        self.children.borrow_mut().insert(name, Some(child.clone()));
        Some(child)
    }

    /// The value of a key in a body that is written out.
    pub(super) fn entry<'e>(&self, body: &'e Expression, key: &str) -> Option<&'e Expression> {
        let Expression::Map(entries) = body else { return None };
        entries
            .iter()
            .find(|(known, _)| matches!(known, Expression::Text(text) if text == key))
            .map(|(_, it)| it)
    }

    /// The resource of a symbol.
    pub(super) fn declared(&self, symbol: &str) -> Option<&'a Declared> {
        self.symbols.get(symbol).copied()
    }

    /// One expression.
    pub(super) fn evaluate(&self, expression: &'a Expression, depth: u32) -> Value {
        let steps = &self.world.steps;
        steps.set(steps.get().saturating_add(1));
        if depth > MAX_DEPTH || self.world.exhausted() {
            return Value::Null;
        }
        let next = |expression: &'a Expression| self.evaluate(expression, depth + 1);
        match expression {
            Expression::Null => Value::Null,
            Expression::Bool(value) => Value::Bool(*value),
            Expression::Number(number) => Value::from(*number),
            Expression::Text(text) => Value::String(text.clone()),
            Expression::Template(parts) => {
                let mut text = String::new();
                for part in parts {
                    text.push_str(&functions::text_of(&next(part)));
                    if text.len() > MAX_TEXT {
                        break;
                    }
                }
                Value::String(functions::clip(text))
            }
            Expression::Name(name) => self.name(name, depth),
            Expression::Call(name, arguments) => self.call(name, arguments, depth),
            Expression::Member(base, name) => self.member(base, name, depth),
            Expression::Index(base, index) => match (next(base), next(index)) {
                (Value::Array(list), Value::Number(index)) => index
                    .as_u64()
                    .and_then(|index| list.get(usize::try_from(index).ok()?).cloned())
                    .unwrap_or(Value::Null),
                (Value::Object(map), Value::String(key)) => functions::key_of(&map, &key),
                (marker @ Value::String(_), Value::String(key)) => functions::extend(&marker, &key),
                (marker @ Value::String(_), _) => marker,
                _ => Value::Null,
            },
            Expression::List(items) => items.iter().map(next).collect::<Vec<_>>().into(),
            Expression::Map(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    match key {
                        Expression::Null => {
                            if let Value::Object(more) = next(value) {
                                map.extend(more);
                            }
                        }
                        Expression::Call(..) => {}
                        key => {
                            map.insert(functions::text_of(&next(key)), next(value));
                        }
                    }
                }
                Value::Object(map)
            }
            Expression::For { .. } => {
                let mut items = Vec::new();
                self.each(expression, |_, body| items.push(next(body)));
                Value::Array(items)
            }
            Expression::If(_, body) => next(body),
            Expression::Choice(condition, yes, no) => match next(condition) {
                Value::Bool(false) => next(no),
                Value::Bool(true) => next(yes),
                // What holds is not known: the branch that says something is shown.
                _ => Some(next(yes))
                    .filter(|it| !functions::is_empty(it))
                    .unwrap_or_else(|| next(no)),
            },
            Expression::Not(inner) => match next(inner) {
                Value::Bool(value) => Value::Bool(!value),
                _ => Value::Null,
            },
            Expression::Binary("??", left, right) => {
                Some(next(left)).filter(|it| !it.is_null()).unwrap_or_else(|| next(right))
            }
            Expression::Binary(sign, left, right) => {
                functions::binary(sign, &next(left), &next(right))
            }
        }
    }

    fn name(&self, name: &str, depth: u32) -> Value {
        if let Some((_, value)) =
            self.bindings.borrow().iter().rev().find(|(known, _)| known == name)
        {
            return self.repeat(value);
        }
        if self.template.variables.contains_key(name) || self.template.parameters.contains_key(name)
        {
            return self.known(name, depth);
        }
        if self.declared(name).is_some() {
            return Value::String(format!("${{{}{name}}}", self.prefix));
        }
        Value::String(format!("${{{name}}}"))
    }

    /// A value that stands elsewhere: many of a large one would fill memory.
    fn repeat(&self, value: &Value) -> Value {
        let steps = &self.world.steps;
        steps.set(steps.get().saturating_add(weight(value)));
        if self.world.exhausted() { Value::Null } else { value.clone() }
    }

    /// A variable or parameter, evaluated once.
    fn known(&self, name: &str, depth: u32) -> Value {
        if let Some(value) = self.known.borrow().get(name) {
            return self.repeat(value);
        }
        if !self.busy.borrow_mut().insert(name.to_owned()) {
            return Value::Null;
        }
        let value = match (self.template.variables.get(name), self.given.get(name)) {
            (Some(variable), _) => self.evaluate(variable, depth + 1),
            (None, Some(given)) => given.clone(),
            (None, None) => match self.template.parameters.get(name).and_then(Option::as_ref) {
                Some(default) => match self.evaluate(default, depth + 1) {
                    Value::String(text) if text.is_empty() => parameter(name),
                    value => value,
                },
                None => parameter(name),
            },
        };
        self.busy.borrow_mut().remove(name);
        let value = if weight(&value) > MAX_WEIGHT { Value::Null } else { value };
        // What a bounded evaluation cut off is not the value for good.
        if depth < MAX_DEPTH / 2 {
            self.known.borrow_mut().insert(name.to_owned(), value.clone());
        }
        value
    }

    fn member(&self, base: &'a Expression, name: &str, depth: u32) -> Value {
        if let Expression::Member(module, outputs) = base
            && outputs == "outputs"
            && let Some(value) = self.output(module, name, depth)
        {
            return value;
        }
        if name == "name"
            && let Expression::Name(symbol) = base
            && let Some(declared) = self.declared(symbol)
        {
            let full = self.full_name(declared, depth + 1);
            let own = full.rsplit('/').next().unwrap_or_default();
            return Value::String(own.to_owned());
        }
        match self.evaluate(base, depth + 1) {
            Value::Object(map) => functions::key_of(&map, name),
            Value::Array(list) => match list.into_iter().next() {
                Some(Value::Object(map)) => functions::key_of(&map, name),
                _ => Value::Null,
            },
            marker @ Value::String(_) => functions::extend(&marker, name),
            _ => Value::Null,
        }
    }

    /// `module.outputs.name` and `module[0].outputs.name`.
    fn output(&self, module: &'a Expression, name: &str, depth: u32) -> Option<Value> {
        let symbol = match module {
            Expression::Name(symbol) => symbol,
            Expression::Index(base, _) => match &**base {
                Expression::Name(symbol) => symbol,
                _ => return None,
            },
            _ => return None,
        };
        let module = self.template.modules.iter().find(|known| known.symbol == *symbol)?;
        if matches!(module.source, Source::Registry(_)) {
            return Some(self.registry_output(module, name, depth));
        }
        let mut made = None;
        self.each(&module.body, |key, body| {
            if made.is_none() {
                made = self.child(module, key, body);
            }
        });
        let child = made?;
        let output = child.template.outputs.get(name)?;
        Some(child.evaluate(output, depth + 1))
    }

    /// A module of the registry says its resource's name by `name`; anything else is the resource itself.
    fn registry_output(&self, module: &'a Module, name: &str, depth: u32) -> Value {
        let body = match &module.body {
            Expression::If(_, body) | Expression::For { body, .. } => body,
            body => body,
        };
        let given = self.entry(body, "params").and_then(|it| self.entry(it, "name"));
        match (name, given) {
            ("name", Some(given)) => self.evaluate(given, depth + 1),
            _ => Value::String(format!("${{{}{}.{name}}}", self.prefix, module.symbol)),
        }
    }

    /// The full name of a resource, with that of the resource it belongs to.
    pub(super) fn full_name(&self, declared: &'a Declared, depth: u32) -> String {
        let body = match &declared.body {
            Expression::If(_, body) | Expression::For { body, .. } => match &**body {
                Expression::If(_, body) => body,
                body => body,
            },
            body => body,
        };
        self.name_of(declared, body, depth)
    }

    pub(super) fn name_of(
        &self,
        declared: &'a Declared,
        body: &'a Expression,
        depth: u32,
    ) -> String {
        if depth > MAX_DEPTH {
            return String::new();
        }
        let own = self
            .entry(body, "name")
            .map(|name| functions::text_of(&self.evaluate(name, depth + 1)));
        let own = own.unwrap_or_default();
        match self.parent(declared, body) {
            Some(parent) => format!("{}/{own}", self.full_name(parent, depth + 1)),
            None => own,
        }
    }

    /// The resource that a resource is a child of, by its place or by `parent`.
    pub(super) fn parent(
        &self,
        declared: &'a Declared,
        body: &'a Expression,
    ) -> Option<&'a Declared> {
        let parent = match self.entry(body, "parent") {
            Some(Expression::Name(symbol)) => Some(symbol.as_str()),
            Some(Expression::Index(base, _)) => match &**base {
                Expression::Name(symbol) => Some(symbol.as_str()),
                _ => None,
            },
            // `account::project`
            Some(Expression::Member(_, symbol)) => Some(symbol.as_str()),
            _ => declared.within.as_deref(),
        };
        self.declared(parent?).filter(|parent| parent.symbol != declared.symbol)
    }

    fn call(&self, name: &str, arguments: &'a [Expression], depth: u32) -> Value {
        match name {
            // ARM templates name their variables by functions.
            "parameters" | "variables" => match arguments.first() {
                Some(Expression::Text(name)) => self.name(name, depth),
                _ => Value::Null,
            },
            "copyIndex" => self.name("$index", depth),
            "loadJsonContent" => match arguments.first() {
                Some(Expression::Text(path)) => {
                    let path =
                        if path.starts_with('.') { path.clone() } else { format!("./{path}") };
                    join(parent(&self.template.path), &path)
                        .and_then(|path| (self.world.load)(&path))
                        .unwrap_or(Value::Null)
                }
                _ => Value::Null,
            },
            "if" => match arguments {
                [condition, yes, no] => match self.evaluate(condition, depth + 1) {
                    Value::Bool(false) => self.evaluate(no, depth + 1),
                    _ => self.evaluate(yes, depth + 1),
                },
                _ => Value::Null,
            },
            _ => {
                let arguments =
                    arguments.iter().map(|argument| self.evaluate(argument, depth + 1)).collect();
                functions::call(name, arguments)
            }
        }
    }
}

fn parameter(name: &str) -> Value {
    Value::String(format!("${{param.{name}}}"))
}
