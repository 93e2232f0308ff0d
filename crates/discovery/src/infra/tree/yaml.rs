//! YAML by its events: tags such as `!Ref` and `!GetAtt` stay, as the functions that they are short for.

use granit_parser::{Event, Parser, ScalarStyle, Tag};
use rustc_hash::FxHashMap;
use serde_json::Value;

use super::{MAX_DEPTH, MAX_NODES, Node, Tree};

/// Nodes that aliases may repeat.
const MAX_REPEATED: usize = 50_000;

/// Reads the first document; what is wrong is said with its line.
pub(in crate::infra) fn yaml(text: &str) -> Result<Tree, String> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| error.to_string().replace('\n', " "))?;
        let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
        if let Some(tree) = reader.take(event, line)? {
            return Ok(tree);
        }
    }
    Err("the document is empty".to_owned())
}

/// A container whose content is being read.
struct Open {
    tree: Tree,
    key: Option<(String, u32)>,
    tag: Option<String>,
    anchor: usize,
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    anchors: FxHashMap<usize, (Tree, usize)>,
    nodes: usize,
    repeated: usize,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: u32) -> Result<Option<Tree>, String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref());
                let tree = Tree { line, node: Node::Scalar(value) };
                self.add(tagged(tree, function(tag.as_deref())), anchor, line)
            }
            Event::Alias(anchor) => {
                let Some((tree, size)) = self.anchors.get(&anchor) else {
                    return Err(format!("an alias before its anchor at line {line}"));
                };
                self.repeated += size;
                if self.repeated > MAX_REPEATED {
                    return Err(format!("aliases repeat more than {MAX_REPEATED} values"));
                }
                let tree = tree.clone();
                self.add(tree, 0, line)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(Node::List(Vec::new()), line, anchor, tag.as_deref())
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(Node::Map(Vec::new()), line, anchor, tag.as_deref())
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.add(tagged(open.tree, open.tag), open.anchor, line),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn begin(
        &mut self,
        node: Node,
        line: u32,
        anchor: usize,
        tag: Option<&Tag>,
    ) -> Result<Option<Tree>, String> {
        if self.open.len() >= MAX_DEPTH {
            return Err(format!("values nested deeper than {MAX_DEPTH} levels at line {line}"));
        }
        let tree = Tree { line, node };
        self.open.push(Open { tree, key: None, tag: function(tag), anchor });
        Ok(None)
    }

    /// Puts a finished value where it belongs; gives it back if it is the whole document.
    fn add(&mut self, tree: Tree, anchor: usize, line: u32) -> Result<Option<Tree>, String> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(format!("more than {MAX_NODES} values at line {line}"));
        }
        if anchor > 0 {
            let size = size(&tree);
            self.anchors.insert(anchor, (tree.clone(), size));
        }
        let Some(open) = self.open.last_mut() else { return Ok(Some(tree)) };
        match &mut open.tree.node {
            Node::List(items) => items.push(tree),
            Node::Map(entries) => match open.key.take() {
                Some((key, _)) if key == "<<" => merge(entries, tree),
                // The line of an entry is that of its key.
                Some((key, line)) => entries.push((key, Tree { line, node: tree.node })),
                None => {
                    let key = match tree.node {
                        Node::Scalar(Value::String(text)) => text,
                        Node::Scalar(value) => value.to_string(),
                        _ => String::new(),
                    };
                    open.key = Some((key, tree.line));
                }
            },
            Node::Scalar(_) => {}
        }
        Ok(None)
    }
}

fn merge(entries: &mut Vec<(String, Tree)>, tree: Tree) {
    let sources = match tree.node {
        Node::List(items) => items,
        _ => vec![tree],
    };
    for (key, value) in sources.into_iter().flat_map(|source| source.entries().to_vec()) {
        if !entries.iter().any(|(known, _)| *known == key) {
            entries.push((key, value));
        }
    }
}

/// How much a value holds: its values, and its texts in pieces of 64 bytes.
fn size(tree: &Tree) -> usize {
    1 + match &tree.node {
        Node::Scalar(Value::String(text)) => text.len() / 64,
        Node::Scalar(_) => 0,
        Node::List(items) => items.iter().map(size).sum(),
        Node::Map(entries) => entries.iter().map(|(_, value)| size(value)).sum(),
    }
}

/// `!Ref` to `Ref`, `!Sub` to `Fn::Sub`.
fn function(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| !tag.is_yaml_core_schema())?;
    match tag.suffix() {
        "" => None,
        name @ ("Ref" | "Condition") => Some(name.to_owned()),
        name => Some(format!("Fn::{name}")),
    }
}

fn tagged(tree: Tree, function: Option<String>) -> Tree {
    match function {
        Some(function) => Tree { line: tree.line, node: Node::Map(vec![(function, tree)]) },
        None => tree,
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text =
        tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str") || !tag.is_yaml_core_schema());
    if style != ScalarStyle::Plain || is_text {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => match text.parse::<i64>() {
            // Account ids keep their leading zeros.
            Ok(number) if !text.starts_with('0') || text == "0" => Value::from(number),
            _ => Value::String(text.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::yaml;

    #[test]
    fn tags_are_the_functions_they_are_short_for() {
        let text = "a: !Ref Bucket\nb: !Sub\n  - '${A}-x'\n  - A: !GetAtt B.Arn\nc: [!Ref D, 1, yes, 007]\nd: &d {x: 1}\ne:\n  <<: *d\n  y: 2\n";
        let tree = yaml(text).unwrap();
        assert_eq!(
            tree.value(),
            serde_json::json!({
                "a": { "Ref": "Bucket" },
                "b": { "Fn::Sub": ["${A}-x", { "A": { "Fn::GetAtt": "B.Arn" } }] },
                "c": [{ "Ref": "D" }, 1, "yes", "007"],
                "d": { "x": 1 },
                "e": { "x": 1, "y": 2 },
            })
        );
        assert_eq!(tree.get("e").unwrap().line, 7);
    }

    #[test]
    fn depth_and_aliases_are_bounded() {
        assert!(yaml(&"[".repeat(100_000)).is_err());
        let deep: String = (0..200).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
        assert!(yaml(&deep).unwrap_err().contains("deeper"));
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(",");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert!(yaml(&bomb).unwrap_err().contains("aliases repeat"));
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 1_000].join(","));
        assert!(yaml(&long).unwrap_err().contains("aliases repeat"));
    }
}
