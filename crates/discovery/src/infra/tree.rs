//! Values with the line they stand at, and YAML's own tags as the functions they are short for: templates are read from
//! this. [`yaml`] and [`json`] read a whole text within bounds.

mod json;
mod yaml;

use serde_json::{Map, Value};

pub(super) use json::json;
pub(super) use yaml::yaml;

/// Containers within containers.
const MAX_DEPTH: usize = 128;
/// Values of one text, those that aliases repeat included.
const MAX_NODES: usize = 500_000;

/// A value and the line it begins at, from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    pub(super) line: u32,
    pub(super) node: Node,
}

/// What stands there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Scalar(Value),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// The entries of a map; none of anything else.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        match &self.node {
            Node::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match &self.node {
            Node::List(items) => items,
            _ => &[],
        }
    }

    /// A text.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.node {
            Node::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The value without lines.
    pub(super) fn value(&self) -> Value {
        match &self.node {
            Node::Scalar(value) => value.clone(),
            Node::List(items) => Value::Array(items.iter().map(Self::value).collect()),
            Node::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.clone(), value.value()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
}
