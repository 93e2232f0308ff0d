use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value as Json;

use super::{Columns, NO_SEGMENT, Order, Segment, Store};
use crate::{
    bits::Bits,
    json,
    strings::{NONE, Strings},
    value::Value,
};

/// Collects values; the members of a kind may come in any order.
#[derive(Debug)]
pub(crate) struct ColumnsBuilder {
    names: Vec<Arc<str>>,
    by_name: FxHashMap<Arc<str>, u32>,
    /// By column, then kind.
    values: Vec<FxHashMap<u32, Collected>>,
    documents: Documents,
}

/// Every list, map and mixed value once, by what it is as JSON.
#[derive(Debug)]
struct Documents {
    values: Vec<Value>,
    codes: FxHashMap<String, u32>,
}

impl Documents {
    fn code(&mut self, value: &Json) -> u32 {
        let next = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        let code = *self.codes.entry(value.to_string()).or_insert(next);
        if code == next {
            self.values.push(json::value(value));
        }
        code
    }
}

/// Values of one type, with the members that have them.
#[derive(Debug)]
struct Collected {
    members: Vec<u32>,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Bools(Vec<bool>),
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Vec<u32>),
    Documents(Vec<u32>),
}

impl Values {
    /// An empty list of what the value is.
    fn for_value(value: &Json) -> Self {
        match value {
            Json::Bool(_) => Self::Bools(Vec::new()),
            Json::Number(number) if number.as_i64().is_some() => Self::Integers(Vec::new()),
            Json::Number(_) => Self::Floats(Vec::new()),
            Json::String(_) => Self::Texts(Vec::new()),
            Json::Null | Json::Array(_) | Json::Object(_) => Self::Documents(Vec::new()),
        }
    }

    /// Whether it was of the same type and is taken in.
    fn push(&mut self, value: &Json, strings: &mut Strings, documents: &mut Documents) -> bool {
        match (self, value) {
            (Self::Bools(values), Json::Bool(value)) => values.push(*value),
            (Self::Integers(values), Json::Number(number)) => {
                let Some(value) = number.as_i64() else { return false };
                values.push(value);
            }
            (Self::Floats(values), Json::Number(number)) => {
                if number.as_i64().is_some() {
                    return false;
                }
                let Some(value) = number.as_f64() else { return false };
                values.push(value);
            }
            (Self::Texts(codes), Json::String(text)) => codes.push(strings.intern(text)),
            (Self::Documents(codes), value) => codes.push(documents.code(value)),
            _ => return false,
        }
        true
    }

    /// The same values as documents.
    fn mixed(&self, strings: &Strings, documents: &mut Documents) -> Self {
        let mut code = |value: Json| documents.code(&value);
        Self::Documents(match self {
            Self::Bools(values) => values.iter().map(|value| code((*value).into())).collect(),
            Self::Integers(values) => values.iter().map(|value| code((*value).into())).collect(),
            Self::Floats(values) => values.iter().map(|value| code((*value).into())).collect(),
            Self::Texts(codes) => {
                codes.iter().map(|text| code(strings.text(*text).into())).collect()
            }
            Self::Documents(codes) => codes.clone(),
        })
    }
}

impl ColumnsBuilder {
    pub(crate) fn new() -> Self {
        Self {
            names: Vec::new(),
            by_name: FxHashMap::default(),
            values: Vec::new(),
            documents: Documents { values: vec![Value::Null], codes: FxHashMap::default() },
        }
    }

    pub(crate) fn add(
        &mut self,
        name: &str,
        kind: u32,
        member: u32,
        value: &Json,
        strings: &mut Strings,
    ) {
        if value.is_null() {
            return;
        }
        let column = if let Some(column) = self.by_name.get(name) {
            *column as usize
        } else {
            let name: Arc<str> = Arc::from(name);
            self.by_name
                .insert(Arc::clone(&name), u32::try_from(self.names.len()).unwrap_or(u32::MAX));
            self.names.push(name);
            self.values.push(FxHashMap::default());
            self.names.len() - 1
        };
        let collected = self.values[column]
            .entry(kind)
            .or_insert_with(|| Collected { members: Vec::new(), values: Values::for_value(value) });
        if !collected.values.push(value, strings, &mut self.documents) {
            collected.values = collected.values.mixed(strings, &mut self.documents);
            collected.values.push(value, strings, &mut self.documents);
        }
        collected.members.push(member);
    }

    /// `counts` are the members of each kind; `place` gives the final place of a member of a kind.
    pub(crate) fn finish(self, counts: &[usize], place: impl Fn(usize, u32) -> u32) -> Columns {
        let kinds = counts.len();
        let mut places = vec![NO_SEGMENT; self.names.len() * kinds];
        let mut segments = Vec::new();
        for (column, by_kind) in self.values.into_iter().enumerate() {
            for (kind, mut collected) in by_kind {
                let kind = kind as usize;
                collected.members.iter_mut().for_each(|member| *member = place(kind, *member));
                places[column * kinds + kind] = u32::try_from(segments.len()).unwrap_or(NO_SEGMENT);
                segments.push(segment(collected, counts[kind]));
            }
        }
        Columns {
            names: self.names,
            by_name: self.by_name,
            kinds,
            places,
            segments,
            documents: self.documents.values,
        }
    }
}

/// A property that fewer than one in so many members has is held for these alone.
const SPARSE: usize = 8;

fn segment(collected: Collected, count: usize) -> Segment {
    let Collected { members, values } = collected;
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let present = number(members.len());
    let mut rows = None;
    let (positions, length) = if members.len() < count / SPARSE {
        let mut sorted = members.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let positions: Vec<u32> = members
            .iter()
            .map(|member| number(sorted.partition_point(|other| other < member)))
            .collect();
        let length = sorted.len();
        rows = Some(sorted);
        (positions, length)
    } else {
        (members, count)
    };
    let mut known = Bits::new(length);
    positions.iter().for_each(|at| known.insert(*at as usize));
    let (store, distinct, order) = match values {
        Values::Bools(values) => {
            let mut bits = Bits::new(length);
            let set = positions.iter().zip(&values).filter(|(_, value)| **value);
            set.for_each(|(at, _)| bits.insert(*at as usize));
            (Store::Bools { present: known, values: bits }, 2, Order::None)
        }
        Values::Integers(values) => {
            let distinct = different(values.iter());
            let values = spread(&positions, values, length);
            let order = Order::new(&values, |at| known.contains(at), distinct);
            (Store::Integers { present: known, values }, distinct, order)
        }
        Values::Floats(values) => {
            let distinct = different(values.iter().map(|value| value.to_bits()));
            let values = spread(&positions, values, length);
            (Store::Floats { present: known, values }, distinct, Order::None)
        }
        Values::Texts(codes) => {
            let distinct = different(codes.iter());
            let codes = spread(&positions, codes, length);
            let order = Order::new(&codes, |at| codes[at] != NONE, distinct);
            (Store::Texts(codes), distinct, order)
        }
        Values::Documents(codes) => {
            let distinct = different(codes.iter());
            (Store::Documents(spread(&positions, codes, length)), distinct, Order::None)
        }
    };
    Segment { rows, store, present, distinct: number(distinct), order }
}

fn different<T: Eq + std::hash::Hash>(values: impl Iterator<Item = T>) -> usize {
    values.collect::<FxHashSet<T>>().len()
}

/// Each value at its position; nothing, which is [`NONE`] for codes, elsewhere.
fn spread<T: Default + Clone>(positions: &[u32], values: Vec<T>, length: usize) -> Vec<T> {
    const { assert!(NONE == 0) };
    let mut spread = vec![T::default(); length];
    for (at, value) in positions.iter().zip(values) {
        spread[*at as usize] = value;
    }
    spread
}
