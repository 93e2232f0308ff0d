//! What the readers of all languages share.

use std::cell::RefCell;

use tree_sitter::{Language, Node, Parser, Tree};

use super::module::{Call, Definition, MAX_DEPTH, Module, Origin, Position, ScopeIndex, Value};

/// Columns beyond this many bytes of a line count bytes instead of characters, so that a file of one line takes linear time.
const LONG_LINE: usize = 4096;

thread_local! {
    /// One parser a thread: it keeps its memory from file to file.
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// Parses a text; `None` if the grammar cannot be loaded.
pub(crate) fn parse(text: &str, language: &Language) -> Option<Tree> {
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(language).ok()?;
        parser.parse(text, None)
    })
}

/// Named children.
pub(crate) fn children<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    node.named_children(&mut node.walk()).collect()
}

/// A reader of one language, which goes down the tree of a source to a bounded depth.
pub(crate) trait Reader<'t>: Sized {
    /// How many nodes enclose the one that is read, and what has been read.
    fn state(&mut self) -> (&mut usize, &mut Module);

    /// Reads a statement.
    fn visit_node(&mut self, node: Node<'t>, scope: ScopeIndex);

    /// Reads an expression.
    fn value_of(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value;

    fn visit(&mut self, node: Node<'t>, scope: ScopeIndex) {
        self.deeper(|reader| reader.visit_node(node, scope));
    }

    fn visit_children(&mut self, node: Node<'t>, scope: ScopeIndex) {
        for child in children(node) {
            self.visit(child, scope);
        }
    }

    fn value(&mut self, node: Node<'t>, scope: ScopeIndex) -> Value {
        self.deeper(|reader| reader.value_of(node, scope)).unwrap_or(Value::Other)
    }

    fn values(&mut self, nodes: Vec<Node<'t>>, scope: ScopeIndex) -> Vec<Value> {
        nodes.into_iter().map(|node| self.value(node, scope)).collect()
    }

    /// Adds a definition and reads its body, if it has one.
    fn define(&mut self, definition: Definition, body: Option<Node<'t>>) {
        let scope = definition.scope;
        self.state().1.definitions.push(definition);
        if let Some(body) = body {
            self.visit(body, scope);
        }
    }

    /// Goes one level down; not at all beyond the bound, which the module then tells.
    fn deeper<R>(&mut self, read: impl FnOnce(&mut Self) -> R) -> Option<R> {
        let (depth, module) = self.state();
        if *depth >= MAX_DEPTH {
            module.too_deep = true;
            return None;
        }
        *depth += 1;
        let read = read(self);
        *self.state().0 -= 1;
        Some(read)
    }
}

/// First line that is not empty, at most 200 characters.
pub(crate) fn first_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect()
}

/// A text with the places of its nodes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'t> {
    text: &'t str,
}

impl<'t> Source<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text }
    }

    /// Text of a node.
    pub(crate) fn text(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// Where a node begins.
    pub(crate) fn position(&self, node: Node<'_>) -> Position {
        let (start, point) = (node.start_byte(), node.start_position());
        let line = self.text.get(start - point.column.min(start)..start).unwrap_or_default();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (counted, beyond) = line.split_at(line.floor_char_boundary(LONG_LINE));
        let column = counted.chars().count() + beyond.len() + 1;
        Position { line: number(point.row + 1), column: number(column) }
    }
}

/// `MODELS[name or "small"]`: the items of the keys that are texts, or the key itself; the whole mapping where the key is no text.
pub(crate) fn item(base: Value, key: Value) -> Value {
    fn texts(key: &Value, found: &mut Vec<String>) {
        match key {
            Value::Text(text, _) => found.push(text.clone()),
            Value::Either(parts) => parts.iter().for_each(|part| texts(part, found)),
            _ => {}
        }
    }
    let mut keys = Vec::new();
    texts(&key, &mut keys);
    if keys.is_empty() {
        return base;
    }
    let items = keys.into_iter().map(|key| Value::Item(Box::new(base.clone()), key));
    Value::Either(items.chain([key]).collect())
}

/// Adds a call, or what it stands for: environment variables with their default.
/// Options of a command line (`add_argument("--model", default=…)`) are bound as parameters.
pub(crate) fn finish_call(module: &mut Module, call: Call) -> Value {
    let text = |value: Option<&Value>| match value {
        Some(Value::Text(text, _)) => Some(text.clone()),
        _ => None,
    };
    let environment = matches!(
        call.path.as_str(),
        "os.getenv"
            | "os.environ.get"
            | "getenv"
            | "environ.get"
            | "env"
            | "config"
            | "decouple.config"
            | "env.str"
    );
    if environment && let Some(name) = text(call.at(0)) {
        let default = call.at(1).or_else(|| call.named("default")).cloned();
        let mut either = vec![Value::Environment(name.clone())];
        if let Some(default) = default {
            module.bind(call.scope, &name, default.clone(), call.position, Origin::Parameter);
            either.push(default);
        }
        return Value::Either(either);
    }
    if matches!(call.last(), "add_argument" | "option" | "Option" | "add_option")
        && let (Some(option), Some(default)) = (
            (0..3).filter_map(|index| text(call.at(index))).find(|name| name.starts_with("--")),
            call.named("default").cloned(),
        )
    {
        let name = option.trim_start_matches('-').replace('-', "_");
        module.bind(call.scope, &name, default, call.position, Origin::Parameter);
    }
    module.calls.push(call);
    Value::Call(module.calls.len() - 1)
}
