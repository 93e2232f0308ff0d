//! Properties by column: for each property and kind of node (or type of relation), an array over its members.

mod binary;
mod builder;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    bits::{Bits, ones},
    strings::{NONE, Strings},
    value::Value,
};

pub(crate) use builder::ColumnsBuilder;

#[derive(Debug, Default)]
pub(crate) struct Columns {
    names: Vec<Arc<str>>,
    by_name: FxHashMap<Arc<str>, u32>,
    /// How many kinds there are.
    kinds: usize,
    /// Place in `segments` by column, then kind.
    places: Vec<u32>,
    segments: Vec<Segment>,
    /// Lists, maps and whatever is mixed, each once; the first is null.
    documents: Vec<Value>,
}

const NO_SEGMENT: u32 = u32::MAX;

/// The values of one property for the members of one kind.
#[derive(Debug)]
struct Segment {
    /// Members that have a value, ascending, where most have none; `store` is then about these alone.
    rows: Option<Vec<u32>>,
    store: Store,
    /// How many members have a value, and how many different values there are, about.
    present: u32,
    distinct: u32,
    order: Order,
}

/// Where a value is found, among many different ones.
#[derive(Debug)]
enum Order {
    None,
    /// Values ascend with their position, and none is missing.
    Ascending,
    /// Positions by value.
    Sorted(Vec<u32>),
}

#[derive(Debug)]
enum Store {
    /// Codes of [`Strings`].
    Texts(Vec<u32>),
    Integers {
        present: Bits,
        values: Vec<i64>,
    },
    Floats {
        present: Bits,
        values: Vec<f64>,
    },
    Bools {
        present: Bits,
        values: Bits,
    },
    /// Positions in [`Columns::documents`].
    Documents(Vec<u32>),
}

impl Segment {
    /// Where the value of a member is in the store.
    fn position(&self, local: usize) -> Option<usize> {
        match &self.rows {
            None => Some(local),
            Some(rows) => rows.binary_search(&u32::try_from(local).ok()?).ok(),
        }
    }
}

impl Order {
    /// A property with as many different values is found by an index.
    const WORTH: usize = 256;

    fn new<T: Ord + Copy>(values: &[T], present: impl Fn(usize) -> bool, distinct: usize) -> Self {
        if distinct < Self::WORTH {
            return Self::None;
        }
        let mut positions: Vec<u32> =
            (0_u32..).take(values.len()).filter(|position| present(*position as usize)).collect();
        if positions.len() == values.len() && values.is_sorted() {
            return Self::Ascending;
        }
        positions.sort_by_key(|position| values[*position as usize]);
        Self::Sorted(positions)
    }

    /// Positions with the value, ascending; nothing where there is no order.
    fn find<T: Ord>(&self, values: &[T], wanted: &T) -> Option<Vec<u32>> {
        let position = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        match self {
            Self::None => None,
            Self::Ascending => {
                let start = values.partition_point(|value| value < wanted);
                let length = values[start..].partition_point(|value| value == wanted);
                Some((position(start)..position(start + length)).collect())
            }
            Self::Sorted(positions) => {
                let value = |position: &u32| &values[*position as usize];
                let start = positions.partition_point(|at| value(at) < wanted);
                let found = &positions[start..];
                Some(found[..found.partition_point(|at| value(at) == wanted)].to_vec())
            }
        }
    }
}

impl Columns {
    pub(crate) fn column(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn value(&self, column: u32, kind: usize, local: usize, strings: &Strings) -> Value {
        let Some(segment) = self.segment(column, kind) else { return Value::Null };
        let Some(at) = segment.position(local) else { return Value::Null };
        match &segment.store {
            Store::Texts(codes) => match codes[at] {
                NONE => Value::Null,
                code => Value::text(strings.text(code)),
            },
            Store::Integers { present, values } if present.contains(at) => {
                Value::Integer(values[at])
            }
            Store::Floats { present, values } if present.contains(at) => Value::Float(values[at]),
            Store::Bools { present, values } if present.contains(at) => {
                Value::Bool(values.contains(at))
            }
            Store::Integers { .. } | Store::Floats { .. } | Store::Bools { .. } => Value::Null,
            Store::Documents(codes) => self.documents[codes[at] as usize].clone(),
        }
    }

    /// Whether the value is the wanted one; unknown where there is none. Copies nothing.
    pub(crate) fn is(
        &self,
        column: u32,
        kind: usize,
        local: usize,
        wanted: &Wanted,
    ) -> Option<bool> {
        let segment = self.segment(column, kind)?;
        let at = segment.position(local)?;
        match &segment.store {
            Store::Texts(codes) => match codes[at] {
                NONE => None,
                code => Some(wanted.code == Some(code)),
            },
            Store::Integers { present, values } if present.contains(at) => {
                Value::Integer(values[at]).equals(&wanted.value)
            }
            Store::Floats { present, values } if present.contains(at) => {
                Value::Float(values[at]).equals(&wanted.value)
            }
            Store::Bools { present, values } if present.contains(at) => {
                Value::Bool(values.contains(at)).equals(&wanted.value)
            }
            Store::Integers { .. } | Store::Floats { .. } | Store::Bools { .. } => None,
            Store::Documents(codes) => self.documents[codes[at] as usize].equals(&wanted.value),
        }
    }

    /// Of 64 members of a kind from `64 * word` on, those of `mask` that have the wanted value.
    pub(crate) fn matching(
        &self,
        column: u32,
        kind: usize,
        word: usize,
        mask: u64,
        wanted: &Wanted,
    ) -> u64 {
        let Some(segment) = self.segment(column, kind) else { return 0 };
        if let Segment { rows: None, store: Store::Bools { present, values }, .. } = segment {
            return match wanted.value {
                Value::Bool(true) => mask & values.word(word),
                Value::Bool(false) => mask & present.word(word) & !values.word(word),
                _ => 0,
            };
        }
        let held =
            ones(mask).filter(|bit| self.is(column, kind, 64 * word + bit, wanted) == Some(true));
        held.fold(0, |mask, bit| mask | 1 << bit)
    }

    /// Members of a kind with the wanted value, ascending; nothing where there is no index to ask.
    pub(crate) fn find(&self, column: u32, kind: usize, wanted: &Wanted) -> Option<Vec<u32>> {
        let segment = self.segment(column, kind)?;
        let positions = match (&segment.store, &wanted.value) {
            (Store::Integers { values, .. }, Value::Integer(value)) => {
                segment.order.find(values, value)?
            }
            (Store::Texts(codes), Value::Text(_)) => match &wanted.code {
                Some(code) => segment.order.find(codes, code)?,
                None => Vec::new(),
            },
            _ => return None,
        };
        Some(match &segment.rows {
            Some(rows) => positions.into_iter().map(|at| rows[at as usize]).collect(),
            None => positions,
        })
    }

    /// Whether [`Columns::find`] answers.
    pub(crate) fn is_indexed(&self, column: u32, kind: usize) -> bool {
        self.segment(column, kind).is_none_or(|segment| !matches!(segment.order, Order::None))
    }

    /// Whether a kind's members can be told by this value 64 at a time.
    pub(crate) fn is_bits(&self, column: u32, kind: usize) -> bool {
        self.segment(column, kind)
            .is_none_or(|segment| matches!(segment.store, Store::Bools { .. }))
    }

    /// The part of a kind's members that one value of this property has, about.
    pub(crate) fn share(&self, column: u32, kind: usize, nodes: usize, wanted: &Wanted) -> f64 {
        let Some(segment) = self.segment(column, kind) else { return 0.0 };
        let nodes = u32::try_from(nodes.max(1)).unwrap_or(u32::MAX);
        if let (Store::Bools { values, .. }, Value::Bool(true)) = (&segment.store, &wanted.value) {
            return f64::from(u32::try_from(values.count()).unwrap_or(u32::MAX)) / f64::from(nodes);
        }
        f64::from(segment.present) / f64::from(nodes) / f64::from(segment.distinct.max(1))
    }

    /// The properties that members of a kind have, in order of first appearance.
    pub(crate) fn of_kind(&self, kind: usize) -> impl Iterator<Item = (u32, &Arc<str>)> {
        (0_u32..).zip(&self.names).filter(move |(column, _)| self.segment(*column, kind).is_some())
    }

    fn segment(&self, column: u32, kind: usize) -> Option<&Segment> {
        match self.places[column as usize * self.kinds + kind] {
            NO_SEGMENT => None,
            place => self.segments.get(place as usize),
        }
    }
}

/// A constant to compare a property with, its text looked up once.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) value: Value,
    code: Option<u32>,
}

impl Wanted {
    pub(crate) fn new(value: Value, strings: &Strings) -> Self {
        let code = match &value {
            Value::Text(text) => strings.code(text),
            _ => None,
        };
        Self { value, code }
    }
}
