//! Node properties by column: for each property and asset kind, a dense array over the nodes of that kind.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    layout::KINDS,
    strings::{NONE, Strings},
    value::Value,
};

#[derive(Debug, Default)]
pub(crate) struct Columns {
    names: Vec<Arc<str>>,
    by_name: FxHashMap<Arc<str>, u32>,
    /// By column, then asset kind.
    segments: Vec<Option<Segment>>,
}

/// The values of one property for the nodes of one kind.
#[derive(Debug)]
struct Segment {
    store: Store,
    /// How many nodes have a value, and how many different values there are.
    present: u32,
    distinct: u32,
}

#[derive(Debug)]
enum Store {
    /// Codes of [`Strings`].
    Texts(Vec<u32>),
    Integers {
        present: Bits,
        values: Vec<i64>,
    },
    Bools {
        present: Bits,
        values: Bits,
    },
    /// Floats, lists, maps and whatever is mixed.
    Mixed(Vec<Value>),
}

#[derive(Debug)]
struct Bits(Vec<u64>);

impl Bits {
    fn new(length: usize) -> Self {
        Self(vec![0; length.div_ceil(64)])
    }

    fn set(&mut self, index: usize) {
        self.0[index / 64] |= 1 << (index % 64);
    }

    fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    fn get(&self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 == 1
    }
}

impl Columns {
    pub(crate) fn column(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn value(&self, column: u32, kind: usize, local: usize, strings: &Strings) -> Value {
        let Some(segment) = self.segment(column, kind) else { return Value::Null };
        match &segment.store {
            Store::Texts(codes) => match codes[local] {
                NONE => Value::Null,
                code => Value::Text(Arc::clone(strings.text(code))),
            },
            Store::Integers { present, values } if present.get(local) => {
                Value::Integer(values[local])
            }
            Store::Bools { present, values } if present.get(local) => {
                Value::Bool(values.get(local))
            }
            Store::Integers { .. } | Store::Bools { .. } => Value::Null,
            Store::Mixed(values) => values[local].clone(),
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
        match &self.segment(column, kind)?.store {
            Store::Texts(codes) => match codes[local] {
                NONE => None,
                code => Some(wanted.code == Some(code)),
            },
            Store::Integers { present, values } if present.get(local) => {
                Value::Integer(values[local]).equals(&wanted.value)
            }
            Store::Bools { present, values } if present.get(local) => {
                Value::Bool(values.get(local)).equals(&wanted.value)
            }
            Store::Integers { .. } | Store::Bools { .. } => None,
            Store::Mixed(values) => values[local].equals(&wanted.value),
        }
    }

    /// The part of a kind's nodes that one value of this property has, about.
    pub(crate) fn share(&self, column: u32, kind: usize, nodes: usize, wanted: &Wanted) -> f64 {
        let Some(segment) = self.segment(column, kind) else { return 0.0 };
        let nodes = u32::try_from(nodes.max(1)).unwrap_or(u32::MAX);
        if let (Store::Bools { values, .. }, Value::Bool(true)) = (&segment.store, &wanted.value) {
            return f64::from(values.count()) / f64::from(nodes);
        }
        f64::from(segment.present) / f64::from(nodes) / f64::from(segment.distinct.max(1))
    }

    /// The properties that nodes of a kind have, in order of first appearance.
    pub(crate) fn of_kind(&self, kind: usize) -> impl Iterator<Item = (u32, &Arc<str>)> {
        (0_u32..).zip(&self.names).filter(move |(column, _)| self.segment(*column, kind).is_some())
    }

    fn segment(&self, column: u32, kind: usize) -> Option<&Segment> {
        self.segments[column as usize * KINDS + kind].as_ref()
    }
}

/// A constant to compare a property with, its text looked up once.
#[derive(Debug)]
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

/// Collects the values of the nodes in order.
#[derive(Debug, Default)]
pub(crate) struct ColumnsBuilder {
    columns: Columns,
    values: Vec<Vec<(u32, Value)>>,
}

impl ColumnsBuilder {
    pub(crate) fn add(&mut self, name: &Arc<str>, kind: usize, local: u32, value: Value) {
        if value.is_null() {
            return;
        }
        let columns = &mut self.columns;
        let next = u32::try_from(columns.names.len()).unwrap_or(u32::MAX);
        let column = *columns.by_name.entry(Arc::clone(name)).or_insert(next);
        if column == next {
            columns.names.push(Arc::clone(name));
            self.values.resize_with(columns.names.len() * KINDS, Vec::new);
        }
        self.values[column as usize * KINDS + kind].push((local, value));
    }

    pub(crate) fn finish(self, counts: impl Fn(usize) -> usize, strings: &Strings) -> Columns {
        let mut columns = self.columns;
        columns.segments = self
            .values
            .into_iter()
            .enumerate()
            .map(|(index, values)| {
                (!values.is_empty()).then(|| segment(values, counts(index % KINDS), strings))
            })
            .collect();
        columns
    }
}

fn segment(values: Vec<(u32, Value)>, length: usize, strings: &Strings) -> Segment {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let present = count(values.len());
    let all = |test: fn(&Value) -> bool| values.iter().all(|(_, value)| test(value));
    if all(|value| matches!(value, Value::Text(_))) {
        let mut codes = vec![NONE; length];
        let mut seen = rustc_hash::FxHashSet::default();
        for (local, value) in &values {
            if let Value::Text(text) = value {
                let code = strings.code(text).unwrap_or(NONE);
                seen.insert(code);
                codes[*local as usize] = code;
            }
        }
        return Segment { store: Store::Texts(codes), present, distinct: count(seen.len()) };
    }
    let mut known = Bits::new(length);
    values.iter().for_each(|(local, _)| known.set(*local as usize));
    if all(|value| matches!(value, Value::Bool(_))) {
        let mut bits = Bits::new(length);
        for (local, value) in &values {
            if matches!(value, Value::Bool(true)) {
                bits.set(*local as usize);
            }
        }
        return Segment {
            store: Store::Bools { present: known, values: bits },
            present,
            distinct: 2,
        };
    }
    if all(|value| matches!(value, Value::Integer(_))) {
        let mut integers = vec![0; length];
        let mut seen = rustc_hash::FxHashSet::default();
        for (local, value) in &values {
            if let Value::Integer(value) = value {
                seen.insert(*value);
                integers[*local as usize] = *value;
            }
        }
        let store = Store::Integers { present: known, values: integers };
        return Segment { store, present, distinct: count(seen.len()) };
    }
    let mut mixed = vec![Value::Null; length];
    for (local, value) in values {
        mixed[local as usize] = value;
    }
    Segment { store: Store::Mixed(mixed), present, distinct: present.div_ceil(4) }
}
