use super::Checker;
use crate::{
    ast::{self, Operator},
    error::Mistake,
    functions::Function,
    value::Value,
};

/// What a value is known to be. Properties are [`Kind::Any`]: only what the text of a query says itself is a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing is known; also null.
    Any,
    Bool,
    Integer,
    Float,
    Text,
    List(Box<Kind>),
    Map,
    Node,
    Relation,
    Path,
}

impl Kind {
    pub(super) fn list(item: Self) -> Self {
        Self::List(Box::new(item))
    }

    /// The kind of a value that is all of these.
    pub(super) fn common(kinds: impl IntoIterator<Item = Self>) -> Self {
        let mut kinds = kinds.into_iter();
        let Some(first) = kinds.next() else { return Self::Any };
        if kinds.all(|kind| kind == first) { first } else { Self::Any }
    }

    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Any,
            Value::Bool(_) => Self::Bool,
            Value::Integer(_) => Self::Integer,
            Value::Float(_) => Self::Float,
            Value::Text(_) => Self::Text,
            Value::List(items) => Self::list(Self::common(items.iter().map(Self::of))),
            Value::Map(_) => Self::Map,
            Value::Node(_) => Self::Node,
            Value::Relation(_) => Self::Relation,
            Value::Path(_) => Self::Path,
        }
    }

    /// Of what is in it.
    pub(super) fn item(&self) -> Self {
        match self {
            Self::List(item) => (**item).clone(),
            _ => Self::Any,
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Any | Self::Integer | Self::Float)
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self, Self::Any | Self::List(_))
    }

    /// Whether it may be a list of relations.
    pub(super) fn is_relations(&self) -> bool {
        match self {
            Self::List(item) => matches!(**item, Self::Any | Self::Relation),
            other => *other == Self::Any,
        }
    }

    fn has_properties(&self) -> bool {
        matches!(self, Self::Any | Self::Map | Self::Node | Self::Relation)
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Bool => "a boolean",
            Self::Integer => "an integer",
            Self::Float => "a float",
            Self::Text => "a text",
            Self::List(item) if **item == Self::Relation => "a list of relations",
            Self::List(_) => "a list",
            Self::Map => "a map",
            Self::Node => "a node",
            Self::Relation => "a relation",
            Self::Path => "a path",
        }
    }
}

fn mistake(at: usize, found: &Kind, wrong: &str, expected: &str) -> Mistake {
    Mistake::new(at, format!("{} {wrong}", found.name())).expecting(expected)
}

impl Checker<'_> {
    /// What an operator gives; a mistake where it cannot take one of its sides.
    pub(super) fn operated(
        operator: Operator,
        left: (&ast::Expr, &Kind),
        right: (&ast::Expr, &Kind),
    ) -> Result<Kind, Mistake> {
        use Operator as O;
        match operator {
            O::Xor => Ok(Kind::Bool),
            O::In if right.1.is_list() => Ok(Kind::Bool),
            O::In => Err(mistake(right.0.at, right.1, "cannot hold a value", "a list after IN")),
            O::Subtract | O::Multiply | O::Divide | O::Modulo | O::Power => {
                for (source, kind) in [left, right] {
                    if !kind.is_number() {
                        return Err(mistake(source.at, kind, "cannot be counted with", "a number"));
                    }
                }
                Ok(match (operator, left.1, right.1) {
                    (O::Power, ..) | (_, Kind::Float, _) | (_, _, Kind::Float) => Kind::Float,
                    (_, Kind::Integer, Kind::Integer) => Kind::Integer,
                    _ => Kind::Any,
                })
            }
            O::Add => Ok(match (left.1, right.1) {
                (Kind::List(a), Kind::List(b)) if a == b => left.1.clone(),
                (Kind::List(item), one) if **item == *one => left.1.clone(),
                (one, Kind::List(item)) if **item == *one => right.1.clone(),
                (Kind::List(_), _) | (_, Kind::List(_)) => Kind::list(Kind::Any),
                (a, b) if a == b && (a.is_number() || *a == Kind::Text) => a.clone(),
                _ => Kind::Any,
            }),
            _ => Ok(Kind::Bool),
        }
    }

    pub(super) fn property_of(at: usize, of: &Kind) -> Result<(), Mistake> {
        if of.has_properties() {
            return Ok(());
        }
        Err(mistake(at, of, "has no properties", "a node, relation or map"))
    }

    /// What `of[index]` gives.
    pub(super) fn indexed(at: usize, of: &Kind, index: &Kind) -> Result<Kind, Mistake> {
        match (of, index) {
            (Kind::List(_), Kind::Any | Kind::Integer) => Ok(of.item()),
            (Kind::List(_), wrong) => {
                Err(mistake(at, wrong, "is no place in a list", "an integer"))
            }
            (Kind::Any, Kind::Any | Kind::Integer | Kind::Text) => Ok(Kind::Any),
            (_, Kind::Any | Kind::Text) if of.has_properties() => Ok(Kind::Any),
            (_, wrong) if of.has_properties() => {
                Err(mistake(at, wrong, "is no name of a property", "a text"))
            }
            _ => Err(mistake(at, of, "has no parts", "a list, map, node or relation")),
        }
    }

    /// What a function gives; a mistake where it cannot take an argument.
    pub(super) fn called(
        at: usize,
        function: Function,
        arguments: &[Kind],
    ) -> Result<Kind, Mistake> {
        use Function as F;
        let first = arguments.first().unwrap_or(&Kind::Any);
        let takes = |right: bool, expected: &str| {
            if right { Ok(()) } else { Err(mistake(at, first, "is the wrong argument", expected)) }
        };
        Ok(match function {
            F::Labels => {
                takes(matches!(first, Kind::Any | Kind::Node), "a node")?;
                Kind::list(Kind::Text)
            }
            F::Type => {
                takes(matches!(first, Kind::Any | Kind::Relation), "a relation")?;
                Kind::Text
            }
            F::Properties => {
                takes(first.has_properties(), "a node, relation or map")?;
                Kind::Map
            }
            F::Keys => {
                takes(first.has_properties(), "a node, relation or map")?;
                Kind::list(Kind::Text)
            }
            F::Length => {
                let right = matches!(first, Kind::Any | Kind::Path | Kind::List(_) | Kind::Text);
                takes(right, "a path")?;
                Kind::Integer
            }
            F::Size => {
                let right = matches!(first, Kind::Any | Kind::List(_) | Kind::Text | Kind::Map);
                takes(right, "a list or text")?;
                Kind::Integer
            }
            F::Range => {
                let wrong =
                    arguments.iter().find(|kind| !matches!(kind, Kind::Any | Kind::Integer));
                if let Some(wrong) = wrong {
                    return Err(mistake(at, wrong, "is no bound of a range", "an integer"));
                }
                Kind::list(Kind::Integer)
            }
            F::StartNode | F::EndNode => Kind::Node,
            F::Nodes => Kind::list(Kind::Node),
            F::Relationships => Kind::list(Kind::Relation),
            F::Head | F::Last => first.item(),
            F::Tail => first.clone(),
            F::ToInteger => Kind::Integer,
            F::ToFloat => Kind::Float,
            F::ToBoolean => Kind::Bool,
            F::ToLower | F::ToUpper | F::Trim | F::Replace | F::Substring | F::ToString => {
                Kind::Text
            }
            F::Split => Kind::list(Kind::Text),
            _ => Kind::Any,
        })
    }
}
