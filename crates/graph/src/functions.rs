//! Functions of values. What they are not made for gives null.

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use crate::{Snapshot, json, value::Value};

macro_rules! functions {
    ($($variant:ident $name:literal $counts:expr),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Function { $($variant),+ }

        /// Name, function, how many arguments it takes.
        const TABLE: &[(&str, Function, RangeInclusive<usize>)] =
            &[$(($name, Function::$variant, $counts)),+];
    };
}

functions! {
    Labels "labels" 1..=1,
    Type "type" 1..=1,
    Id "id" 1..=1,
    Keys "keys" 1..=1,
    Properties "properties" 1..=1,
    StartNode "startNode" 1..=1,
    EndNode "endNode" 1..=1,
    Nodes "nodes" 1..=1,
    Relationships "relationships" 1..=1,
    Length "length" 1..=1,
    Size "size" 1..=1,
    Coalesce "coalesce" 1..=usize::MAX,
    Head "head" 1..=1,
    Last "last" 1..=1,
    Tail "tail" 1..=1,
    Reverse "reverse" 1..=1,
    Range "range" 2..=3,
    ToLower "toLower" 1..=1,
    ToUpper "toUpper" 1..=1,
    Trim "trim" 1..=1,
    Replace "replace" 3..=3,
    Split "split" 2..=2,
    Substring "substring" 2..=3,
    ToString "toString" 1..=1,
    ToInteger "toInteger" 1..=1,
    ToFloat "toFloat" 1..=1,
    ToBoolean "toBoolean" 1..=1,
    Abs "abs" 1..=1,
    Ceil "ceil" 1..=1,
    Floor "floor" 1..=1,
    Round "round" 1..=1,
    Sign "sign" 1..=1,
    Sqrt "sqrt" 1..=1,
    Exp "exp" 1..=1,
    Log "log" 1..=1,
    Log10 "log10" 1..=1,
    Rand "rand" 0..=0,
    Left "left" 2..=2,
    Right "right" 2..=2,
    LTrim "lTrim" 1..=1,
    RTrim "rTrim" 1..=1,
}

/// Longest list that `range` makes.
pub(crate) const MAX_RANGE: i64 = 1 << 20;

impl Function {
    /// By its name without regard to case.
    pub(crate) fn by_name(name: &str) -> Option<(Self, RangeInclusive<usize>)> {
        let (_, function, counts) =
            TABLE.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
        Some((*function, counts.clone()))
    }

    pub(crate) fn names() -> String {
        TABLE.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn call(self, graph: &Snapshot, arguments: &[Value]) -> Value {
        let first = arguments.first().unwrap_or(&Value::Null);
        match self {
            Self::Coalesce => {
                arguments.iter().find(|value| !value.is_null()).cloned().unwrap_or_default()
            }
            Self::Range => range(arguments),
            Self::Labels
            | Self::Type
            | Self::Id
            | Self::Keys
            | Self::Properties
            | Self::StartNode
            | Self::EndNode
            | Self::Nodes
            | Self::Relationships
            | Self::Length => self.of_graph(graph, first),
            Self::Size | Self::Head | Self::Last | Self::Tail | Self::Reverse => {
                self.of_list(first)
            }
            Self::Abs
            | Self::Ceil
            | Self::Floor
            | Self::Round
            | Self::Sign
            | Self::Sqrt
            | Self::Exp
            | Self::Log
            | Self::Log10 => self.of_number(first),
            // The query's own, which keeps a seed.
            Self::Rand => Value::Null,
            Self::ToString | Self::ToInteger | Self::ToFloat | Self::ToBoolean => {
                self.conversion(first)
            }
            Self::ToLower
            | Self::ToUpper
            | Self::Trim
            | Self::LTrim
            | Self::RTrim
            | Self::Left
            | Self::Right
            | Self::Replace
            | Self::Split
            | Self::Substring => self.of_text(arguments),
        }
    }

    fn of_graph(self, graph: &Snapshot, value: &Value) -> Value {
        match (self, value) {
            (Self::Labels, Value::Node(node)) => {
                let labels = graph.labels(*node).iter();
                Value::list(labels.map(|label| Value::Text(Arc::clone(label))).collect())
            }
            (Self::Type, Value::Relation(relation)) => {
                Value::Text(Arc::clone(graph.relation_type(*relation)))
            }
            (Self::Id, Value::Node(node)) => graph.id_value(*node),
            (Self::Id, Value::Relation(relation)) => Value::Integer(i64::from(*relation)),
            (Self::Keys, of) => match properties(graph, of) {
                Value::Map(entries) => {
                    Value::list(entries.keys().map(|key| Value::Text(Arc::clone(key))).collect())
                }
                _ => Value::Null,
            },
            (Self::Properties, of) => properties(graph, of),
            (Self::StartNode, Value::Relation(relation)) => {
                Value::Node(graph.relations.source(*relation))
            }
            (Self::EndNode, Value::Relation(relation)) => {
                Value::Node(graph.relations.target(*relation))
            }
            (Self::Nodes, Value::Path(path)) => {
                Value::list(path.nodes.iter().map(|node| Value::Node(*node)).collect())
            }
            (Self::Relationships, Value::Path(path)) => {
                Value::list(path.relations.iter().map(|id| Value::Relation(*id)).collect())
            }
            (Self::Length, Value::Path(path)) => integer(path.relations.len()),
            (Self::Length, Value::List(_) | Value::Text(_)) => Self::Size.of_list(value),
            _ => Value::Null,
        }
    }

    fn of_list(self, value: &Value) -> Value {
        match (self, value) {
            (Self::Size, Value::List(items)) => integer(items.len()),
            (Self::Size, Value::Text(text)) => integer(text.chars().count()),
            (Self::Size, Value::Map(entries)) => integer(entries.len()),
            (Self::Head, Value::List(items)) => items.first().cloned().unwrap_or_default(),
            (Self::Last, Value::List(items)) => items.last().cloned().unwrap_or_default(),
            (Self::Tail, Value::List(items)) => {
                Value::list(items.iter().skip(1).cloned().collect())
            }
            (Self::Reverse, Value::List(items)) => {
                Value::list(items.iter().rev().cloned().collect())
            }
            (Self::Reverse, Value::Text(text)) => {
                Value::text(&text.chars().rev().collect::<String>())
            }
            _ => Value::Null,
        }
    }

    fn of_number(self, value: &Value) -> Value {
        match (self, value) {
            (Self::Abs, Value::Integer(value)) => {
                value.checked_abs().map_or(Value::Null, Value::Integer)
            }
            (Self::Sign, Value::Integer(value)) => Value::Integer(value.signum()),
            (Self::Sign, Value::Float(value)) => {
                Value::Integer(i64::from(*value > 0.0) - i64::from(*value < 0.0))
            }
            (_, Value::Integer(_) | Value::Float(_)) => {
                let number = value.number().unwrap_or_default();
                Value::Float(match self {
                    Self::Abs => number.abs(),
                    Self::Ceil => number.ceil(),
                    Self::Floor => number.floor(),
                    Self::Sqrt => number.sqrt(),
                    Self::Exp => number.exp(),
                    Self::Log => number.ln(),
                    Self::Log10 => number.log10(),
                    // Halves go up, as openCypher has it.
                    _ => (number + 0.5).floor(),
                })
            }
            _ => Value::Null,
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a float outside of the range saturates")]
    fn conversion(self, value: &Value) -> Value {
        match (self, value) {
            (Self::ToString, Value::Text(_))
            | (Self::ToInteger, Value::Integer(_))
            | (Self::ToFloat, Value::Float(_))
            | (Self::ToBoolean, Value::Bool(_)) => value.clone(),
            (Self::ToString, Value::Bool(value)) => Value::text(&value.to_string()),
            (Self::ToString, Value::Integer(value)) => Value::text(&value.to_string()),
            (Self::ToString, Value::Float(value)) => Value::text(&format!("{value:?}")),
            (Self::ToInteger, Value::Float(value)) => Value::Integer(*value as i64),
            (Self::ToInteger, Value::Text(text)) => {
                let text = text.trim();
                let float = || text.parse::<f64>().ok().filter(|value| value.is_finite());
                let whole = text.parse().ok().or_else(|| float().map(|value| value as i64));
                whole.map_or(Value::Null, Value::Integer)
            }
            (Self::ToFloat, Value::Integer(_)) => value.number().map_or(Value::Null, Value::Float),
            (Self::ToFloat, Value::Text(text)) => {
                text.trim().parse().map_or(Value::Null, Value::Float)
            }
            (Self::ToBoolean, Value::Text(text)) => match text.trim().to_ascii_lowercase().as_str()
            {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::Null,
            },
            _ => Value::Null,
        }
    }

    fn of_text(self, arguments: &[Value]) -> Value {
        let Some(Value::Text(text)) = arguments.first() else { return Value::Null };
        match (self, &arguments[1..]) {
            (Self::ToLower, _) => Value::text(&text.to_lowercase()),
            (Self::ToUpper, _) => Value::text(&text.to_uppercase()),
            (Self::Trim, _) => Value::text(text.trim()),
            (Self::LTrim, _) => Value::text(text.trim_start()),
            (Self::RTrim, _) => Value::text(text.trim_end()),
            (Self::Left, [Value::Integer(length)]) => {
                let length = usize::try_from(*length).unwrap_or(0);
                Value::text(&text.chars().take(length).collect::<String>())
            }
            (Self::Right, [Value::Integer(length)]) => {
                let length = usize::try_from(*length).unwrap_or(0);
                let skipped = text.chars().count().saturating_sub(length);
                Value::text(&text.chars().skip(skipped).collect::<String>())
            }
            (Self::Replace, [Value::Text(from), Value::Text(to)]) => {
                // An empty search text would grow the result between all characters.
                if from.is_empty() {
                    arguments[0].clone()
                } else {
                    Value::text(&text.replace(&**from, to))
                }
            }
            (Self::Split, [Value::Text(by)]) if by.is_empty() => {
                Value::list(text.chars().map(|c| Value::text(c.encode_utf8(&mut [0; 4]))).collect())
            }
            (Self::Split, [Value::Text(by)]) => {
                Value::list(text.split(&**by).map(Value::text).collect())
            }
            (Self::Substring, [Value::Integer(start), rest @ ..]) => {
                let length = match rest {
                    [Value::Integer(length)] => usize::try_from(*length).unwrap_or(0),
                    [] => usize::MAX,
                    _ => return Value::Null,
                };
                let start = usize::try_from(*start).unwrap_or(0);
                Value::text(&text.chars().skip(start).take(length).collect::<String>())
            }
            _ => Value::Null,
        }
    }
}

fn integer(count: usize) -> Value {
    Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

fn range(arguments: &[Value]) -> Value {
    let (start, end, step) = match arguments {
        [Value::Integer(start), Value::Integer(end)] => (*start, *end, 1),
        [Value::Integer(start), Value::Integer(end), Value::Integer(step)] => (*start, *end, *step),
        _ => return Value::Null,
    };
    let Some(span) = end.checked_sub(start) else { return Value::Null };
    if step == 0 || span / step >= MAX_RANGE {
        return Value::Null;
    }
    if span.signum() * step.signum() < 0 {
        return Value::list(Vec::new());
    }
    Value::list((0..=span / step).map(|index| Value::Integer(start + index * step)).collect())
}

/// What a node, relation or map holds, as a map.
fn properties(graph: &Snapshot, value: &Value) -> Value {
    let properties = match value {
        Value::Node(node) => graph.graph_node(*node).properties,
        Value::Relation(relation) => graph.relation_properties(*relation),
        Value::Map(_) => return value.clone(),
        _ => return Value::Null,
    };
    let entries =
        properties.iter().map(|(key, value)| (Arc::from(key.as_str()), json::value(value)));
    Value::Map(Arc::new(entries.collect::<BTreeMap<_, _>>()))
}
