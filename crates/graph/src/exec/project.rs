use std::{cmp::Ordering, collections::hash_map::Entry};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Executor, Flow, State, Step};
use crate::{
    QueryError,
    ir::{Aggregate, AggregateKind, Projection},
    value::{Key, Value},
};

/// Takes the matches of a part and gives its rows.
pub(super) struct Sink<'a> {
    projection: &'a Projection,
    /// Rows wanted, before `SKIP`; all of them where they must be sorted or grouped first.
    most: usize,
    seen: FxHashSet<Key>,
    rows: Vec<Row>,
    groups: FxHashMap<Key, usize>,
    members: Vec<Group>,
}

struct Row {
    values: Vec<Value>,
    order: Vec<Value>,
    keep: bool,
}

/// Groups by what they have in common, in the order they came.
pub(super) type Groups = Vec<(Key, Group)>;

pub(super) struct Group {
    /// A row of the group, for what is not aggregated.
    example: Vec<Value>,
    results: Vec<Accumulator>,
}

impl<'a> Sink<'a> {
    /// `most` rows are wanted by the caller, whatever `LIMIT` says.
    pub(super) fn new(projection: &'a Projection, most: usize) -> Self {
        let limit = projection.limit.unwrap_or(usize::MAX).min(most);
        Self {
            projection,
            most: projection.skip.saturating_add(limit),
            seen: FxHashSet::default(),
            rows: Vec::new(),
            groups: FxHashMap::default(),
            members: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, executor: &Executor<'_>, state: &mut State) -> Step {
        if self.projection.aggregates.is_empty() {
            self.row(executor, state)
        } else {
            self.aggregate(executor, state)
        }
    }

    fn row(&mut self, executor: &Executor<'_>, state: &mut State) -> Step {
        let projection = self.projection;
        if self.most == 0 {
            return Ok(Flow::Stop);
        }
        let mut values = Vec::with_capacity(projection.items.len());
        for item in &projection.items {
            values.push(executor.eval(item, state)?);
        }
        if projection.distinct && !self.seen.insert(Key(values.clone())) {
            return Ok(Flow::Continue);
        }
        let ends = projection.first_slot + values.len();
        if !projection.order.is_empty() || projection.condition.is_some() {
            state.row[projection.first_slot..ends].clone_from_slice(&values);
        }
        let mut order = Vec::with_capacity(projection.order.len());
        for (key, _) in &projection.order {
            order.push(executor.eval(key, state)?);
        }
        let keep = match &projection.condition {
            Some(condition) => executor.eval(condition, state)?.truth() == Some(true),
            None => true,
        };
        let bytes: usize = values.iter().chain(&order).map(Value::size).sum();
        executor.budget.charge(bytes + size_of::<Row>())?;
        self.rows.push(Row { values, order, keep });
        if projection.order.is_empty() {
            let enough = self.rows.len() >= self.most;
            return Ok(if enough { Flow::Stop } else { Flow::Continue });
        }
        // Enough for the first rows to be among them, and cut rarely.
        if self.rows.len() / 2 > self.most.saturating_add(1024) {
            self.sort();
            self.rows.truncate(self.most);
        }
        Ok(Flow::Continue)
    }

    fn aggregate(&mut self, executor: &Executor<'_>, state: &mut State) -> Step {
        let projection = self.projection;
        let group = self.group(executor, state)?;
        for (index, aggregate) in projection.aggregates.iter().enumerate() {
            let value = match &aggregate.argument {
                Some(argument) => executor.eval(argument, state)?,
                None => Value::Bool(true),
            };
            let kept = self.members[group].results[index].add(value);
            executor.budget.charge(kept)?;
        }
        Ok(Flow::Continue)
    }

    /// The group that the row belongs to.
    fn group(&mut self, executor: &Executor<'_>, state: &mut State) -> Result<usize, QueryError> {
        let projection = self.projection;
        if projection.keys.is_empty() && !self.members.is_empty() {
            return Ok(0);
        }
        let mut key = Vec::with_capacity(projection.keys.len());
        for index in &projection.keys {
            key.push(executor.eval(&projection.items[*index], state)?);
        }
        let key = Key(key);
        if let Some(group) = self.groups.get(&key) {
            return Ok(*group);
        }
        let bytes: usize = key.0.iter().chain(&state.row).map(Value::size).sum();
        executor.budget.charge(bytes + size_of::<Group>())?;
        self.groups.insert(key, self.members.len());
        self.members.push(Group {
            example: state.row.clone(),
            results: projection.aggregates.iter().map(Accumulator::new).collect(),
        });
        Ok(self.members.len() - 1)
    }

    /// The groups so far, for another sink of the same projection.
    pub(super) fn into_groups(self) -> Groups {
        let mut keys: Vec<(Key, usize)> = self.groups.into_iter().collect();
        keys.sort_by_key(|(_, group)| *group);
        keys.into_iter().map(|(key, _)| key).zip(self.members).collect()
    }

    /// Takes groups that another sink found after its own.
    pub(super) fn absorb(&mut self, groups: Groups) {
        for (key, group) in groups {
            match self.groups.entry(key) {
                Entry::Occupied(known) => {
                    let results = &mut self.members[*known.get()].results;
                    results.iter_mut().zip(group.results).for_each(|(own, new)| own.absorb(new));
                }
                Entry::Vacant(free) => {
                    free.insert(self.members.len());
                    self.members.push(group);
                }
            }
        }
    }

    pub(super) fn finish(
        mut self,
        executor: &Executor<'_>,
        state: &mut State,
        slots: usize,
    ) -> Result<Vec<Vec<Value>>, QueryError> {
        let projection = self.projection;
        if !projection.aggregates.is_empty() {
            if self.members.is_empty() && projection.keys.is_empty() {
                self.members.push(Group {
                    example: vec![Value::Null; slots],
                    results: projection.aggregates.iter().map(Accumulator::new).collect(),
                });
            }
            for group in std::mem::take(&mut self.members) {
                state.row = group.example;
                state.aggregates = group.results.into_iter().map(Accumulator::finish).collect();
                if self.row(executor, state)? == Flow::Stop {
                    break;
                }
            }
        }
        if !projection.order.is_empty() {
            self.sort();
        }
        let limit = self.most.saturating_sub(projection.skip);
        let rows = self.rows.into_iter().skip(projection.skip).take(limit);
        Ok(rows.filter(|row| row.keep).map(|row| row.values).collect())
    }

    fn sort(&mut self) {
        let order = &self.projection.order;
        self.rows.sort_by(|a, b| {
            let keys = a.order.iter().zip(&b.order).zip(order);
            let decided = keys.map(
                |((a, b), (_, descending))| {
                    if *descending { b.order(a) } else { a.order(b) }
                },
            );
            decided.fold(Ordering::Equal, Ordering::then)
        });
    }
}

struct Accumulator {
    kind: AggregateKind,
    /// Values so far, where each counts once.
    seen: Option<FxHashSet<Key>>,
    count: i64,
    best: Value,
    sum: Value,
    percentile: f64,
    items: Vec<Value>,
}

impl Accumulator {
    fn new(aggregate: &Aggregate) -> Self {
        Self {
            kind: aggregate.kind,
            seen: aggregate.distinct.then(FxHashSet::default),
            count: 0,
            best: Value::Null,
            sum: Value::Integer(0),
            percentile: aggregate.percentile,
            items: Vec::new(),
        }
    }

    /// Takes a value; gives the bytes that are kept for it.
    fn add(&mut self, value: Value) -> usize {
        if value.is_null() {
            return 0;
        }
        let mut kept = 0;
        if let Some(seen) = &mut self.seen {
            if !seen.insert(Key(vec![value.clone()])) {
                return 0;
            }
            kept += value.size();
        }
        match self.kind {
            AggregateKind::Count => self.count += 1,
            AggregateKind::Collect => {
                kept += value.size();
                self.items.push(value);
            }
            AggregateKind::Deviation { .. } | AggregateKind::Percentile { .. } => {
                if value.number().is_some() {
                    kept += value.size();
                    self.items.push(value);
                }
            }
            AggregateKind::Min | AggregateKind::Max => {
                let wanted = match self.kind {
                    AggregateKind::Min => Ordering::Less,
                    _ => Ordering::Greater,
                };
                if self.best.is_null() || value.order(&self.best) == wanted {
                    self.best = value;
                }
            }
            AggregateKind::Sum | AggregateKind::Avg => {
                let sum = match (&self.sum, &value) {
                    (Value::Integer(sum), Value::Integer(value)) => {
                        sum.checked_add(*value).map(Value::Integer)
                    }
                    _ => None,
                };
                let float = || Some(Value::Float(self.sum.number()? + value.number()?));
                if let Some(sum) = sum.or_else(float) {
                    self.sum = sum;
                    self.count += 1;
                }
            }
        }
        kept
    }

    /// Takes what was found after its own values; of sums, which depend on the order of all values, nothing.
    fn absorb(&mut self, other: Self) {
        match (self.kind, other.seen) {
            (AggregateKind::Count, None) => self.count += other.count,
            (AggregateKind::Count, Some(seen)) => {
                seen.into_iter().flat_map(|key| key.0).for_each(|value| {
                    self.add(value);
                });
            }
            _ => other.items.into_iter().chain([other.best]).for_each(|value| {
                self.add(value);
            }),
        }
    }

    fn finish(self) -> Value {
        match self.kind {
            AggregateKind::Count => Value::Integer(self.count),
            AggregateKind::Collect => Value::list(self.items),
            AggregateKind::Deviation { sample } => deviation(&self.items, sample),
            AggregateKind::Percentile { continuous } => {
                percentile(self.items, self.percentile, continuous)
            }
            AggregateKind::Min | AggregateKind::Max => self.best,
            AggregateKind::Sum => self.sum,
            AggregateKind::Avg => match (self.sum.number(), Value::Integer(self.count).number()) {
                (Some(sum), Some(count)) if count > 0.0 => Value::Float(sum / count),
                _ => Value::Null,
            },
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "statistics are floating point")]
fn deviation(values: &[Value], sample: bool) -> Value {
    let count = values.len() as f64;
    let divisor = if sample { count - 1.0 } else { count };
    if divisor <= 0.0 {
        return Value::Float(0.0);
    }
    let numbers = || values.iter().filter_map(Value::number);
    let mean = numbers().sum::<f64>() / count;
    Value::Float((numbers().map(|value| (value - mean).powi(2)).sum::<f64>() / divisor).sqrt())
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a position within the list"
)]
fn percentile(mut values: Vec<Value>, percentile: f64, continuous: bool) -> Value {
    values.sort_by(Value::order);
    let Some(last) = values.len().checked_sub(1) else { return Value::Null };
    if continuous {
        let place = percentile * last as f64;
        let at = |place: f64| values[(place as usize).min(last)].number().unwrap_or_default();
        let (below, above) = (at(place.floor()), at(place.ceil()));
        return Value::Float((above - below).mul_add(place.fract(), below));
    }
    let place = (percentile * values.len() as f64).ceil() as usize;
    values.swap_remove(place.saturating_sub(1).min(last))
}
