//! Calls: what is called, with what, and what only wraps a value.

use tree_sitter::Node;

use super::Role;
use super::reader::Typed;
use crate::code::module::{Argument, Call, CallIndex, Language, Position, ScopeIndex, Value};
use crate::code::signals::snake_case;
use crate::code::syntax::{Reader, children};

impl<'t> Typed<'t> {
    pub(super) fn call(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        let position = self.source.position(node);
        let (path, receiver) = match node.child_by_field_name("function") {
            Some(function) => self.callee(function, scope),
            None => {
                let name =
                    node.child_by_field_name("name").map_or("", |name| self.text(name)).to_owned();
                match node.child_by_field_name("object") {
                    None => (name, None),
                    Some(object) => match self.dotted(object) {
                        Some(object) => (format!("{object}.{name}"), None),
                        None => (name, Some(self.value(object, scope))),
                    },
                }
            }
        };
        let arguments = node.child_by_field_name("arguments");
        let arguments = arguments.map(|list| self.arguments(list, scope)).unwrap_or_default();
        self.finish(path, receiver.as_ref(), arguments, position, scope)
    }

    /// The dotted names called, and the value they are called on where that is no name.
    fn callee(&mut self, function: Node<'t>, scope: ScopeIndex) -> (String, Option<Value>) {
        if let Some(path) = self.dotted(function) {
            return (path, None);
        }
        let mut function = function;
        if self.role(function) == Role::Generic
            && let Some(inner) = function.child_by_field_name("function")
        {
            function = inner;
        }
        let Role::Member(object, name) = self.role(function) else {
            return match self.value(function, scope) {
                Value::Call(index) => (String::new(), Some(Value::Call(index))),
                _ => (String::new(), None),
            };
        };
        let name = if name.is_empty() {
            function.named_child(1)
        } else {
            function.child_by_field_name(name)
        };
        let name = name.and_then(|name| self.dotted(name)).unwrap_or_default();
        let Some(object) = function.child_by_field_name(object) else { return (name, None) };
        // `f().a.b()` is called on `f()`.
        if matches!(self.role(object), Role::Member(..))
            && let Some((path, receiver)) = self.deeper(|reader| reader.callee(object, scope))
        {
            return (format!("{path}.{name}"), receiver);
        }
        (name, Some(self.value(object, scope)))
    }

    pub(super) fn arguments(&mut self, list: Node<'t>, scope: ScopeIndex) -> Vec<Argument> {
        let mut arguments = Vec::new();
        let mut index = 0;
        for argument in children(list) {
            if self.role(argument) == Role::Comment {
                continue;
            }
            let name =
                argument.child_by_field_name("name").filter(|_| argument.kind() == "argument");
            let value = self.value(argument, scope);
            match name {
                Some(name) => {
                    let name = Some(snake_case(self.text(name)));
                    arguments.push(Argument { name, index: 0, value });
                }
                None => {
                    arguments.push(Argument { name: None, index, value });
                    index += 1;
                }
            }
        }
        arguments
    }

    pub(super) fn annotation_arguments(
        &mut self,
        annotation: Node<'t>,
        scope: ScopeIndex,
    ) -> Vec<Argument> {
        let list = annotation.child_by_field_name("arguments").or_else(|| {
            children(annotation).into_iter().find(|child| child.kind() == "attribute_argument_list")
        });
        let Some(list) = list else { return Vec::new() };
        if list.kind() == "token_tree" {
            return self.tokens(list, scope);
        }
        let mut arguments = Vec::new();
        let mut index = 0;
        for argument in children(list) {
            let name = argument.child_by_field_name("key").or_else(|| {
                argument
                    .child_by_field_name("name")
                    .filter(|_| argument.kind() == "attribute_argument")
            });
            let content = argument.child_by_field_name("value").or_else(|| match argument.kind() {
                "attribute_argument" => children(argument).into_iter().next_back(),
                _ => Some(argument),
            });
            let value = content.map_or(Value::Other, |content| self.value(content, scope));
            let name = name.map(|name| snake_case(self.text(name)));
            let at = if name.is_some() { 0 } else { index };
            index += usize::from(name.is_none());
            arguments.push(Argument { name, index: at, value });
        }
        arguments
    }

    /// Adds a call, or gives what it stands for.
    pub(super) fn finish(
        &mut self,
        path: String,
        receiver: Option<&Value>,
        mut arguments: Vec<Argument>,
        position: Position,
        scope: ScopeIndex,
    ) -> Value {
        let grammar = self.grammar;
        let (object, last) = path
            .rsplit_once('.')
            .map_or((None, path.as_str()), |(object, last)| (Some(object), last));
        let is = |names: &[&str]| names.iter().any(|name| ends_with(&path, name));
        let first = arguments.first().map(|argument| argument.value.clone());
        let on = || {
            receiver
                .cloned()
                .or_else(|| object.map(|object| Value::Name(object.to_owned(), position)))
        };
        // `context("…")` and `expect("…")` of Rust take a message.
        let most = usize::from(grammar.family == Language::Rust);
        if is(grammar.conversions)
            && arguments.len() <= most
            && let Some(on) = on()
        {
            return on;
        }
        if is(grammar.wrappers)
            && (1..=2).contains(&arguments.len())
            && let Some(first) = first
        {
            return first;
        }
        if let Some(value) = self.environment(&path, last, &arguments, scope) {
            return value;
        }
        if is(grammar.fallbacks) {
            let mut either: Vec<Value> = on().into_iter().collect();
            either.extend(arguments.into_iter().map(|argument| argument.value));
            if let [setting, .., default] = either.as_slice() {
                let setting = match either.get(either.len() - 2) {
                    // `System.getenv().getOrDefault("MODEL", "gpt-4o")`
                    Some(Value::Text(name, _)) if last == "getOrDefault" => {
                        Value::Environment(name.clone())
                    }
                    _ => setting.clone(),
                };
                self.bind_default(&setting, &default.clone(), scope);
            }
            return Value::Either(either);
        }
        let on = match receiver {
            Some(Value::Call(index)) => Some(*index),
            _ => None,
        };
        self.add_options(&mut arguments);
        let setter = setter_name(last);
        // `list.Add(x)` and the like have more than one element, so they stay calls of their own.
        let adds = last.starts_with("Add") || last.starts_with("With") && arguments.len() != 1;
        if let Some(root) = on.filter(|on| self.builders.contains(on)) {
            match arguments.len() {
                0 => {}
                1 if !adds => {
                    let value = arguments.remove(0).value;
                    self.module.calls[root].arguments.push(named(setter, value));
                }
                _ => {
                    let mut values = arguments.iter().map(|argument| argument.value.clone());
                    // `.tools(search, cancel)` is given a list, `.serverInfo("name", "1.0")` a name.
                    let value = match values.next() {
                        Some(first) if setter.ends_with('s') => {
                            Some(Value::List(std::iter::once(first).chain(values).collect()))
                        }
                        first => first,
                    };
                    let own = self.push(path.clone(), Some(root), arguments, position, scope);
                    let value = value.filter(|_| !adds).unwrap_or(Value::Call(own));
                    self.module.calls[root].arguments.push(named(setter, value));
                    if grammar.builders.contains(&last) {
                        self.builders.insert(own);
                    }
                }
            }
            return Value::Call(root);
        }
        let root = object.and_then(|object| self.builder_of(object, scope));
        let only = match arguments.as_slice() {
            [only] if only.name.is_none() && !adds => Some(only.value.clone()),
            _ => None,
        };
        let any = !arguments.is_empty();
        let index = self.push(path, on, arguments, position, scope);
        if let Some(root) = root.filter(|_| any) {
            let value = only.unwrap_or(Value::Call(index));
            self.module.calls[root].arguments.push(named(setter, value));
        }
        Value::Call(index)
    }

    fn push(
        &mut self,
        path: String,
        receiver: Option<CallIndex>,
        arguments: Vec<Argument>,
        position: Position,
        scope: ScopeIndex,
    ) -> CallIndex {
        let index = self.module.calls.len();
        if self.begins_chain(&path) {
            self.builders.insert(index);
        }
        self.module.calls.push(Call { path, receiver, arguments, position, scope, target: None });
        index
    }

    /// Whether setters follow: `X.builder()`, `new XBuilder()`, `XArgs::default()`.
    fn begins_chain(&self, path: &str) -> bool {
        let mut parts = path.rsplit('.');
        let (last, before) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        self.grammar.builders.iter().any(|name| ends_with(path, name))
            || last.ends_with("Builder")
            || matches!(last, "default" | "new")
                && ["Args", "Builder", "Options", "Config", "Request"]
                    .iter()
                    .any(|end| before.ends_with(end))
    }

    /// The chain that a name holds: `builder` after `var builder = Kernel.CreateBuilder();`.
    fn builder_of(&self, object: &str, scope: ScopeIndex) -> Option<CallIndex> {
        let name = object.split('.').next()?;
        let mut scope = scope;
        loop {
            let bound =
                self.module.bound_in(scope, name).filter_map(|binding| match binding.value {
                    Value::Call(index) if self.builders.contains(&index) => Some(index),
                    _ => None,
                });
            if let Some(index) = bound.last() {
                return Some(index);
            }
            if scope == 0 {
                return None;
            }
            scope = self.module.scopes[scope].parent;
        }
    }

    /// `New(WithModel("x"))` is `New(model = "x")`.
    fn add_options(&self, arguments: &mut Vec<Argument>) {
        let options: Vec<Argument> = arguments
            .iter()
            .filter_map(|argument| match argument.value {
                Value::Call(index) => {
                    let call = self.module.calls.get(index)?;
                    let name = call.last().strip_prefix("With").filter(|name| !name.is_empty())?;
                    let value = match call.arguments.as_slice() {
                        [only] => only.value.clone(),
                        many => Value::List(
                            many.iter().map(|argument| argument.value.clone()).collect(),
                        ),
                    };
                    Some(named(snake_case(name), value))
                }
                _ => None,
            })
            .collect();
        arguments.extend(options);
    }

    /// `os.Getenv("MODEL")`, and helpers such as `getEnv("MODEL", "gpt-4o")`.
    fn environment(
        &mut self,
        path: &str,
        last: &str,
        arguments: &[Argument],
        scope: ScopeIndex,
    ) -> Option<Value> {
        let Value::Text(name, _) = &arguments.first()?.value else { return None };
        let known = self.grammar.environment.iter().any(|known| ends_with(path, known));
        let screaming = name.len() > 2
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        let helper = screaming && last.to_ascii_lowercase().contains("env");
        if !known && !helper {
            return None;
        }
        let setting = Value::Environment(name.clone());
        let Some(default) = arguments.get(1).map(|argument| argument.value.clone()) else {
            return Some(setting);
        };
        self.bind_default(&setting, &default, scope);
        Some(Value::Either(vec![setting, default]))
    }
}

fn named(name: String, value: Value) -> Argument {
    Argument { name: Some(name), index: 0, value }
}

/// `withModel`, `setModel`, `model` all set `model`.
fn setter_name(name: &str) -> String {
    let snake = snake_case(name);
    ["with_", "set_"]
        .iter()
        .find_map(|prefix| snake.strip_prefix(prefix))
        .map(str::to_owned)
        .unwrap_or(snake)
}

/// Whether a dotted path is `name` or ends with it.
fn ends_with(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|head| head.is_empty() || head.ends_with('.'))
}
