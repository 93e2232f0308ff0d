//! What expressions evaluate to, with openCypher's three ways to compare: equality, comparability, orderability.

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    hash::{Hash, Hasher},
    sync::Arc,
};

/// A node is its position in the snapshot, a relation likewise.
#[derive(Debug, Clone, Default)]
pub(crate) enum Value {
    #[default]
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Arc<str>),
    List(Arc<Vec<Value>>),
    Map(Arc<BTreeMap<Arc<str>, Value>>),
    Node(u32),
    Relation(u32),
    Path(Arc<Path>),
}

/// One node more than relations.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Path {
    pub(crate) nodes: Vec<u32>,
    pub(crate) relations: Vec<u32>,
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(Arc::from(text))
    }

    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    pub(crate) const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The truth value of a predicate; anything but a boolean is unknown.
    pub(crate) const fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "mixed arithmetic is floating point")]
    pub(crate) const fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// `=`: unknown where a null decides.
    pub(crate) fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Null, _) | (_, Self::Null) => None,
            (Self::Integer(a), Self::Integer(b)) => Some(a == b),
            (Self::Integer(_) | Self::Float(_), Self::Integer(_) | Self::Float(_)) => {
                Some(self.number() == other.number())
            }
            (Self::List(a), Self::List(b)) => {
                if a.len() != b.len() {
                    return Some(false);
                }
                all_known(a.iter().zip(b.iter()).map(|(a, b)| a.equals(b)))
            }
            (Self::Map(a), Self::Map(b)) => {
                if !a.keys().eq(b.keys()) {
                    return Some(false);
                }
                all_known(a.values().zip(b.values()).map(|(a, b)| a.equals(b)))
            }
            (Self::Bool(a), Self::Bool(b)) => Some(a == b),
            (Self::Text(a), Self::Text(b)) => Some(a == b),
            (Self::Node(a), Self::Node(b)) | (Self::Relation(a), Self::Relation(b)) => Some(a == b),
            (Self::Path(a), Self::Path(b)) => Some(a == b),
            _ => Some(false),
        }
    }

    /// `<` and its like: unknown between values that have no order.
    pub(crate) fn compares(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(b)),
            (Self::Integer(_) | Self::Float(_), Self::Integer(_) | Self::Float(_)) => {
                self.number()?.partial_cmp(&other.number()?)
            }
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::List(a), Self::List(b)) => {
                for (a, b) in a.iter().zip(b.iter()) {
                    match a.compares(b)? {
                        Ordering::Equal => {}
                        decided => return Some(decided),
                    }
                }
                Some(a.len().cmp(&b.len()))
            }
            _ => None,
        }
    }

    /// `ORDER BY`: total, across types, null last.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::List(a), Self::List(b)) => {
                for (a, b) in a.iter().zip(b.iter()) {
                    match a.order(b) {
                        Ordering::Equal => {}
                        decided => return decided,
                    }
                }
                a.len().cmp(&b.len())
            }
            (Self::Map(a), Self::Map(b)) => {
                for ((key, a), (other_key, b)) in a.iter().zip(b.iter()) {
                    match key.cmp(other_key).then_with(|| a.order(b)) {
                        Ordering::Equal => {}
                        decided => return decided,
                    }
                }
                a.len().cmp(&b.len())
            }
            (Self::Node(a), Self::Node(b)) | (Self::Relation(a), Self::Relation(b)) => a.cmp(b),
            (Self::Path(a), Self::Path(b)) => a.cmp(b),
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => {
                    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
                }
                _ => self
                    .rank()
                    .cmp(&other.rank())
                    .then_with(|| self.compares(other).unwrap_or(Ordering::Equal)),
            },
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Map(_) => 0,
            Self::Node(_) => 1,
            Self::Relation(_) => 2,
            Self::List(_) => 3,
            Self::Path(_) => 4,
            Self::Text(_) => 5,
            Self::Bool(_) => 6,
            Self::Integer(_) | Self::Float(_) => 7,
            Self::Null => 8,
        }
    }

    /// Bytes that keeping it takes, about; shared text is not counted.
    pub(crate) fn size(&self) -> usize {
        let own = size_of::<Self>();
        match self {
            Self::List(items) => own + items.iter().map(Self::size).sum::<usize>(),
            Self::Map(entries) => own + entries.values().map(Self::size).sum::<usize>(),
            Self::Path(path) => own + 8 * path.nodes.len(),
            Self::Text(text) => own + text.len(),
            _ => own,
        }
    }
}

fn all_known(results: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for result in results {
        match result {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = None,
        }
    }
    known
}

/// A value as `DISTINCT` and grouping see it: null equals null, `1` equals `1.0`.
#[derive(Debug, Clone)]
pub(crate) struct Key(pub(crate) Vec<Value>);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(a, b)| a.order(b) == Ordering::Equal)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|value| hash(value, state));
    }
}

fn hash<H: Hasher>(value: &Value, state: &mut H) {
    state.write_u8(value.rank());
    match value {
        Value::Null => {}
        Value::Bool(value) => value.hash(state),
        Value::Integer(_) | Value::Float(_) => {
            // `0.0` and `-0.0` are equal and so must hash alike.
            let number = value.number().unwrap_or_default() + 0.0;
            number.to_bits().hash(state);
        }
        Value::Text(text) => text.hash(state),
        Value::List(items) => items.iter().for_each(|item| hash(item, state)),
        Value::Map(entries) => entries.iter().for_each(|(key, value)| {
            key.hash(state);
            hash(value, state);
        }),
        Value::Node(index) | Value::Relation(index) => index.hash(state),
        Value::Path(path) => path.hash(state),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[Value]) -> Value {
        Value::list(items.to_vec())
    }

    #[test]
    fn equality_is_unknown_only_where_a_null_decides() {
        let (one, two, null) = (Value::Integer(1), Value::Integer(2), Value::Null);
        assert_eq!(one.equals(&Value::Float(1.0)), Some(true));
        assert_eq!(null.equals(&null), None);
        assert_eq!(
            list(&[one.clone(), null.clone()]).equals(&list(&[two, null.clone()])),
            Some(false)
        );
        assert_eq!(list(&[one.clone(), null.clone()]).equals(&list(&[one.clone(), null])), None);
        assert_eq!(one.equals(&Value::text("1")), Some(false));
    }

    #[test]
    fn order_is_total_with_null_last() {
        let mut values = [
            Value::Null,
            Value::Integer(2),
            Value::Bool(true),
            Value::text("b"),
            Value::Float(1.5),
            list(&[Value::Integer(1)]),
        ];
        values.sort_by(Value::order);
        let shown: Vec<u8> = values.iter().map(Value::rank).collect();
        assert_eq!(shown, [3, 5, 6, 7, 7, 8]);
        assert_eq!(values[3].number(), Some(1.5));
    }

    #[test]
    fn equal_keys_hash_alike() {
        let mut set = std::collections::HashSet::new();
        assert!(set.insert(Key(vec![Value::Integer(1), Value::Null])));
        assert!(!set.insert(Key(vec![Value::Float(1.0), Value::Null])));
        assert!(set.insert(Key(vec![Value::text("1"), Value::Null])));
    }
}
