//! Evaluates HCL expressions as far as a static reader can.
//!
//! What cannot be known before `terraform apply` stays in the value as a marker `${module.a.type.name.attribute}`,
//! so that a later step can resolve it to the asset it names.

use std::cell::{Cell, RefCell};

use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, ObjectKey, Traversal, TraversalOperator, UnaryOperator,
};
use hcl_edit::structure::{Body, Structure};
use hcl_edit::template::{Element, Template};
use serde_json::{Map, Value};

use super::module::{Folder, Instance, Tree};

/// Locals and variables may lead to each other in a circle; deeper than this is taken as one.
const MAX_DEPTH: u32 = 40;
/// Evaluation steps for one set of files; templates that double themselves stop here.
const MAX_STEPS: u32 = 2_000_000;
/// Entries of one `for`.
const MAX_ENTRIES: usize = 1_000;
/// Longest string that an evaluation makes, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// Evaluates in the context of one module instance.
pub(super) struct Evaluator<'a> {
    tree: &'a Tree<'a>,
    steps: Cell<u32>,
    /// Names that stand for values just now: `each`, `count` and the variables of `for`; the last one counts.
    bindings: RefCell<Vec<(String, Value)>>,
}

impl<'a> Evaluator<'a> {
    pub(super) const fn new(tree: &'a Tree<'a>) -> Self {
        Self { tree, steps: Cell::new(0), bindings: RefCell::new(Vec::new()) }
    }

    /// True when the step budget is spent and values are no longer worth reading.
    pub(super) fn exhausted(&self) -> bool {
        self.steps.get() >= MAX_STEPS
    }

    /// What `evaluate` gives while names stand for these values.
    pub(super) fn with<T>(
        &self,
        bindings: Vec<(String, Value)>,
        evaluate: impl FnOnce() -> T,
    ) -> T {
        let before = self.bindings.borrow().len();
        self.bindings.borrow_mut().extend(bindings);
        let result = evaluate();
        self.bindings.borrow_mut().truncate(before);
        result
    }

    fn bound(&self, name: &str) -> Option<Value> {
        let bindings = self.bindings.borrow();
        bindings.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// A block's body as Terraform's own state writes it: nested blocks are lists of objects.
    pub(super) fn body(&self, at: usize, body: &Body) -> Value {
        self.body_at(at, body, 0)
    }

    fn body_at(&self, at: usize, body: &Body, depth: u32) -> Value {
        let mut object = Map::new();
        if depth > MAX_DEPTH {
            return Value::Object(object);
        }
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let value = self.expression(at, &attribute.value, depth + 1);
                    object.insert(attribute.key.as_str().to_owned(), value);
                }
                Structure::Block(block) => {
                    let dynamic = block.ident.as_str() == "dynamic";
                    let name = match block.labels.first() {
                        Some(label) if dynamic => label.as_str(),
                        _ => block.ident.as_str(),
                    };
                    if matches!(name, "lifecycle" | "provisioner" | "connection" | "timeouts") {
                        continue;
                    }
                    let content = if dynamic {
                        block.body.get_blocks("content").next().map(|content| &content.body)
                    } else {
                        Some(&block.body)
                    };
                    let value =
                        content.map_or(Value::Null, |body| self.body_at(at, body, depth + 1));
                    let list = object.entry(name).or_insert_with(|| Value::Array(Vec::new()));
                    if let Value::Array(list) = list {
                        list.push(value);
                    }
                }
            }
        }
        Value::Object(object)
    }

    /// One expression.
    pub(super) fn expression(&self, at: usize, expression: &Expression, depth: u32) -> Value {
        self.steps.set(self.steps.get().saturating_add(1));
        if depth > MAX_DEPTH || self.exhausted() {
            return Value::Null;
        }
        let next = |expression: &Expression| self.expression(at, expression, depth + 1);
        match expression {
            Expression::Null(_) => Value::Null,
            Expression::ForExpr(each) => self.for_each(at, each, depth),
            Expression::Bool(value) => Value::Bool(*value.value()),
            Expression::Number(number) => {
                let number = number.value();
                number.as_i64().map(Value::from).or_else(|| number.as_f64().map(Value::from)).into()
            }
            Expression::String(text) => {
                // Many of a long text would fill memory.
                let length = u32::try_from(text.value().len() / 64).unwrap_or(u32::MAX);
                self.steps.set(self.steps.get().saturating_add(length));
                Value::String(clip(text.value().clone()))
            }
            Expression::Array(array) => Value::Array(array.iter().map(next).collect()),
            Expression::Object(object) => {
                let mut result = Map::new();
                for (key, value) in object {
                    let key = match key {
                        ObjectKey::Ident(ident) => ident.as_str().to_owned(),
                        ObjectKey::Expression(Expression::Variable(ident)) => {
                            ident.as_str().to_owned()
                        }
                        ObjectKey::Expression(key) => text_of(&next(key)),
                    };
                    result.insert(key, next(value.expr()));
                }
                Value::Object(result)
            }
            Expression::StringTemplate(template) => self.template(at, template, depth),
            Expression::HeredocTemplate(heredoc) => self.template(at, &heredoc.template, depth),
            Expression::Parenthesis(inner) => next(inner.inner()),
            Expression::Variable(ident) => self
                .bound(ident.as_str())
                .unwrap_or_else(|| Value::String(format!("${{{}}}", ident.as_str()))),
            Expression::Conditional(conditional) => match next(&conditional.cond_expr) {
                Value::Bool(true) => next(&conditional.true_expr),
                Value::Bool(false) => next(&conditional.false_expr),
                // An unknown condition: a reference is still worth following, a setting would be a guess.
                _ => [&conditional.true_expr, &conditional.false_expr]
                    .into_iter()
                    .map(next)
                    .find(|value| value.as_str().is_some_and(|text| text.contains("${")))
                    .unwrap_or(Value::Null),
            },
            Expression::FuncCall(call) => {
                let arguments: Vec<Value> = call.args.iter().map(next).collect();
                function(call.name.name.as_str(), arguments)
            }
            Expression::Traversal(traversal) => self.traversal(at, traversal, depth),
            Expression::UnaryOp(operation) => {
                match (*operation.operator.value(), next(&operation.expr)) {
                    (UnaryOperator::Not, Value::Bool(value)) => Value::Bool(!value),
                    (UnaryOperator::Neg, Value::Number(number)) => {
                        number.as_i64().and_then(i64::checked_neg).map_or(Value::Null, Value::from)
                    }
                    _ => Value::Null,
                }
            }
            Expression::BinaryOp(operation) => binary(
                *operation.operator.value(),
                &next(&operation.lhs_expr),
                &next(&operation.rhs_expr),
            ),
        }
    }

    /// `[for x in list : …]` and `{for k, v in map : k => v}` over what is known.
    fn for_each(&self, at: usize, each: &ForExpr, depth: u32) -> Value {
        let intro = &each.intro;
        let entries: Vec<(Value, Value)> =
            match self.expression(at, &intro.collection_expr, depth + 1) {
                Value::Array(list) => list
                    .into_iter()
                    .enumerate()
                    .map(|(index, it)| (Value::from(index), it))
                    .collect(),
                Value::Object(map) => {
                    map.into_iter().map(|(key, it)| (Value::String(key), it)).collect()
                }
                _ => return Value::Null,
            };
        let (mut list, mut map) = (Vec::new(), Map::new());
        for (key, value) in entries.into_iter().take(MAX_ENTRIES) {
            if self.exhausted() {
                break;
            }
            let mut bindings = vec![(intro.value_var.as_str().to_owned(), value)];
            if let Some(name) = &intro.key_var {
                bindings.push((name.as_str().to_owned(), key));
            }
            self.with(bindings, || {
                let wanted = each.cond.as_ref().is_none_or(|condition| {
                    self.expression(at, &condition.expr, depth + 1) != Value::Bool(false)
                });
                if !wanted {
                    return;
                }
                let value = self.expression(at, &each.value_expr, depth + 1);
                match &each.key_expr {
                    Some(key) => {
                        map.insert(text_of(&self.expression(at, key, depth + 1)), value);
                    }
                    None => list.push(value),
                }
            });
        }
        if each.key_expr.is_some() { Value::Object(map) } else { Value::Array(list) }
    }

    fn template(&self, at: usize, template: &Template, depth: u32) -> Value {
        let mut text = String::new();
        let mut only = None;
        for element in template {
            if text.len() > MAX_TEXT {
                break;
            }
            match element {
                Element::Literal(literal) => text.push_str(literal.value()),
                Element::Interpolation(interpolation) => {
                    let value = self.expression(at, &interpolation.expr, depth + 1);
                    text.push_str(&text_of(&value));
                    only = Some(value);
                }
                Element::Directive(_) => {}
            }
        }
        match only {
            // `"${x}"` is x itself, whatever its type.
            Some(value) if template.len() == 1 => value,
            _ => Value::String(clip(text)),
        }
    }

    fn traversal(&self, at: usize, traversal: &Traversal, depth: u32) -> Value {
        let mut names: Vec<&str> = Vec::new();
        let mut indices: Vec<Option<Value>> = Vec::new();
        let Expression::Variable(root) = &traversal.expr else {
            let mut value = self.expression(at, &traversal.expr, depth + 1);
            for operator in &traversal.operators {
                value = match operator.value() {
                    TraversalOperator::GetAttr(name) => step(&value, name.as_str()),
                    TraversalOperator::Index(index) => {
                        index_into(&value, &self.expression(at, index, depth + 1))
                    }
                    _ => value,
                };
            }
            return value;
        };
        names.push(root.as_str());
        indices.push(None);
        for operator in &traversal.operators {
            match operator.value() {
                TraversalOperator::GetAttr(name) => {
                    names.push(name.as_str());
                    indices.push(None);
                }
                TraversalOperator::Index(index) => {
                    let index = self.expression(at, index, depth + 1);
                    if let Some(last) = indices.last_mut() {
                        *last = Some(index);
                    }
                }
                _ => {}
            }
        }
        if let Some(value) = self.bound(root.as_str()) {
            return walk(value, &indices, &names[1..], &names);
        }
        let Some(instance) = self.tree.instances.get(at) else { return Value::Null };
        match names.as_slice() {
            ["var", name, rest @ ..] => {
                let value = self.variable(instance, name, depth);
                walk(value, &indices[1..], rest, &names)
            }
            ["local", name, rest @ ..] => match instance.folder.locals.get(*name) {
                Some(local) => {
                    let value = self.expression(at, local, depth + 1);
                    walk(value, &indices[1..], rest, &names)
                }
                None => marker("", &names),
            },
            ["module", name, output, rest @ ..] => {
                let child = instance.children.get(*name).copied();
                let declared = child.and_then(|child| {
                    let folder = self.tree.instances.get(child)?.folder;
                    Some((child, folder.outputs.get(*output)?))
                });
                match declared {
                    Some((child, output)) => {
                        let value = self.expression(child, output, depth + 1);
                        walk(value, &indices[2..], rest, &names)
                    }
                    None => marker(&instance.prefix, &names),
                }
            }
            ["each" | "count" | "path" | "terraform" | "self", ..] => marker("", &names),
            ["data", kind, name, ..] if *kind == "aws_iam_policy_document" => instance
                .folder
                .data
                .iter()
                .find(|data| data.kind == *kind && data.name == *name)
                .map_or(Value::Null, |data| {
                    crate::infra::declared::policy::document(&self.body_at(
                        at,
                        &data.body,
                        depth + 1,
                    ))
                }),
            ["data", ..] => marker(&instance.prefix, &names),
            _ => marker(&instance.prefix, &names),
        }
    }

    fn variable(&self, instance: &Instance<'_>, name: &str, depth: u32) -> Value {
        if let Some((parent, arguments)) = instance.call
            && let Some(argument) = arguments.get_attribute(name)
        {
            return self.expression(parent, &argument.value, depth + 1);
        }
        let folder: &Folder = instance.folder;
        let given = if instance.call.is_none() { folder.tfvars.get(name) } else { None };
        match given.or_else(|| folder.variables.get(name).and_then(Option::as_ref)) {
            Some(value) => self.expression(instance.index, value, depth + 1),
            None => Value::String(format!("${{var.{name}}}")),
        }
    }
}

/// Follows the rest of a traversal into a value; into a marker, it becomes part of the marker.
fn walk(mut value: Value, indices: &[Option<Value>], rest: &[&str], names: &[&str]) -> Value {
    if let Some(Some(index)) = indices.first() {
        value = index_into(&value, index);
    }
    for (position, name) in rest.iter().enumerate() {
        if let Value::String(text) = &value {
            return match text.strip_suffix('}') {
                Some(open) if open.starts_with("${") => {
                    Value::String(format!("{open}.{}}}", rest[position..].join(".")))
                }
                _ => marker("", names),
            };
        }
        value = step(&value, name);
        if let Some(Some(index)) = indices.get(position + 1) {
            value = index_into(&value, index);
        }
    }
    value
}

fn marker(prefix: &str, names: &[&str]) -> Value {
    Value::String(format!("${{{prefix}{}}}", names.join(".")))
}

fn step(value: &Value, name: &str) -> Value {
    match value {
        Value::Array(list) => list.first().and_then(|first| first.get(name)),
        _ => value.get(name),
    }
    .cloned()
    .unwrap_or(Value::Null)
}

fn index_into(value: &Value, index: &Value) -> Value {
    match (value, index) {
        (Value::Array(list), Value::Number(number)) => number
            .as_u64()
            .and_then(|number| list.get(usize::try_from(number).ok()?))
            .cloned()
            .unwrap_or(Value::Null),
        (Value::Object(object), Value::String(key)) => {
            object.get(key).cloned().unwrap_or(Value::Null)
        }
        _ => value.clone(),
    }
}

fn binary(operator: BinaryOperator, left: &Value, right: &Value) -> Value {
    let unknown =
        |value: &Value| value.is_null() || value.as_str().is_some_and(|text| text.contains("${"));
    match operator {
        BinaryOperator::And | BinaryOperator::Or => match (left.as_bool(), right.as_bool()) {
            (Some(left), Some(right)) if operator == BinaryOperator::And => {
                Value::Bool(left && right)
            }
            (Some(left), Some(right)) => Value::Bool(left || right),
            _ => Value::Null,
        },
        BinaryOperator::Eq | BinaryOperator::NotEq if !unknown(left) && !unknown(right) => {
            Value::Bool((left == right) == (operator == BinaryOperator::Eq))
        }
        BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Mul => {
            let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) else {
                return Value::Null;
            };
            match operator {
                BinaryOperator::Plus => left.checked_add(right),
                BinaryOperator::Minus => left.checked_sub(right),
                _ => left.checked_mul(right),
            }
            .map_or(Value::Null, Value::from)
        }
        _ => Value::Null,
    }
}

/// The functions that shape names, lists and documents; any other gives its first argument that names a resource.
fn function(name: &str, mut arguments: Vec<Value>) -> Value {
    let first = || arguments.first().cloned().unwrap_or(Value::Null);
    let as_text = || arguments.first().map(text_of).unwrap_or_default();
    match name {
        "jsonencode" | "yamlencode" => {
            arguments.first().map_or(Value::Null, |value| Value::String(clip(value.to_string())))
        }
        // Encoded text is kept readable: what a start script runs is what matters here.
        "base64encode" | "tostring" | "trimspace" | "sensitive" | "nonsensitive" | "one"
        | "tobool" | "tonumber" | "tolist" | "toset" | "tomap" | "distinct" | "sort"
        | "compact" => first(),
        "lower" => Value::String(as_text().to_lowercase()),
        "upper" => Value::String(as_text().to_uppercase()),
        "format" => Value::String(clip(format_text(&arguments))),
        "join" => {
            let separator = as_text();
            let parts: Vec<String> = match arguments.get(1) {
                Some(Value::Array(list)) => list.iter().map(text_of).collect(),
                _ => return arguments.get(1).cloned().unwrap_or(Value::Null),
            };
            Value::String(clip(parts.join(&separator)))
        }
        "concat" | "setunion" | "flatten" => Value::Array(flatten(arguments, 4)),
        "merge" => {
            let mut merged = Map::new();
            for argument in &mut arguments {
                if let Value::Object(object) = argument {
                    merged.append(object);
                }
            }
            Value::Object(merged)
        }
        "coalesce" | "try" => {
            arguments.into_iter().find(|value| !value.is_null()).unwrap_or(Value::Null)
        }
        "element" | "lookup" => match (arguments.first(), arguments.get(1)) {
            (Some(value), Some(index)) => {
                let found = index_into(value, index);
                if found.is_null() {
                    arguments.get(2).cloned().unwrap_or(Value::Null)
                } else {
                    found
                }
            }
            _ => Value::Null,
        },
        "replace" => match arguments.as_slice() {
            [text, from, to] => {
                Value::String(clip(text_of(text).replace(&text_of(from), &text_of(to))))
            }
            _ => Value::Null,
        },
        _ => arguments
            .into_iter()
            .find(|value| value.as_str().is_some_and(|text| text.contains("${")))
            .unwrap_or(Value::Null),
    }
}

fn flatten(values: Vec<Value>, depth: u32) -> Vec<Value> {
    let mut flat = Vec::new();
    for value in values {
        match value {
            Value::Array(list) if depth > 0 => flat.extend(flatten(list, depth - 1)),
            value => flat.push(value),
        }
    }
    flat
}

fn format_text(arguments: &[Value]) -> String {
    let Some(pattern) = arguments.first().map(text_of) else { return String::new() };
    let mut rest = arguments[1..].iter();
    let mut text = String::new();
    let mut parts = pattern.split("%s");
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        text.push_str(&rest.next().map(text_of).unwrap_or_default());
        text.push_str(part);
    }
    text
}

/// A value inside a string.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn clip(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}
