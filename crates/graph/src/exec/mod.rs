//! Runs a checked and planned query. Matches are found depth first in one row that is filled and overwritten;
//! rows are only copied where they are kept.

mod aim;
mod eval;
mod expand;
mod matching;
mod parallel;
mod project;
mod scan;
mod shortest;
mod walk;

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    QueryError, Snapshot,
    ir::{Part, Query, Read},
    limits::Budget,
    value::{Key, Value},
};
use project::Sink;
use walk::Visited;

pub(crate) use aim::Aim;

/// Whether to go on looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Continue,
    Stop,
}

type Step = Result<Flow, QueryError>;
type Emit<'e> = &'e mut dyn FnMut(&mut State) -> Step;

/// The row at hand.
#[derive(Debug, Clone, Default)]
struct State {
    row: Vec<Value>,
    /// Relations on the way to this match; those of the `MATCH` at hand start at `base`.
    used: Vec<u32>,
    base: usize,
    /// Results of the group at hand.
    aggregates: Vec<Value>,
}

pub(crate) struct Executor<'a> {
    graph: &'a Snapshot,
    budget: &'a Budget<'a>,
    /// Whether it may take other threads to help.
    may_share: bool,
    /// Compiled once a query; nothing for a pattern that is none.
    expressions: RefCell<FxHashMap<Arc<str>, Option<Regex>>>,
    /// Sets of visited nodes, to be used again.
    visited: RefCell<Vec<Visited>>,
    random: Cell<u64>,
}

impl<'a> Executor<'a> {
    pub(crate) fn new(graph: &'a Snapshot, budget: &'a Budget<'a>) -> Self {
        Self {
            graph,
            budget,
            may_share: true,
            expressions: RefCell::default(),
            visited: RefCell::default(),
            random: Cell::default(),
        }
    }

    /// The rows, and whether the limit cut them.
    pub(crate) fn run(&self, query: &Query) -> Result<(Vec<Vec<Value>>, bool), QueryError> {
        // One more than may be returned tells whether there are more.
        let most = self.budget.rows().saturating_add(1);
        let mut rows: Vec<Vec<Value>> = Vec::new();
        let mut seen = FxHashSet::default();
        let several = query.branches.len() > 1;
        for parts in &query.branches {
            let most = if several { usize::MAX } else { most };
            let found = self.branch(parts, Vec::new(), most)?;
            for row in found {
                if rows.len() >= most {
                    break;
                }
                if !several || !query.distinct || seen.insert(Key(row.clone())) {
                    rows.push(row);
                }
            }
        }
        let truncated = rows.len() == most;
        rows.truncate(self.budget.rows());
        Ok((rows, truncated))
    }

    /// Whether a subquery gives a row, of what is known in the row at hand.
    fn has_row(&self, branches: &[Vec<Part>], state: &State) -> Result<bool, QueryError> {
        for parts in branches {
            if !self.branch(parts, state.row.clone(), 1)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn branch(
        &self,
        parts: &[Part],
        first: Vec<Value>,
        most: usize,
    ) -> Result<Vec<Vec<Value>>, QueryError> {
        let mut rows = vec![first];
        for (index, part) in parts.iter().enumerate() {
            let most = if index + 1 == parts.len() { most } else { usize::MAX };
            let mut sink = Sink::new(&part.projection, most);
            let mut state = State::default();
            let share = self.may_share && rows.len() == 1;
            for row in rows {
                state.row = row;
                state.row.resize(part.slots, Value::Null);
                if share && self.in_parallel(part, &state, &mut sink)? {
                    break;
                }
                if self.read(&part.reads, &mut state, &mut sink)? == Flow::Stop {
                    break;
                }
            }
            rows = sink.finish(self, &mut state, part.slots)?;
        }
        Ok(rows)
    }

    fn read(&self, reads: &[Read], state: &mut State, sink: &mut Sink<'_>) -> Step {
        self.budget.tick()?;
        let Some((read, rest)) = reads.split_first() else { return sink.push(self, state) };
        match read {
            Read::Match { optional, plan } => {
                let mut found = false;
                let flow = self.matches(plan, state, &mut |state| {
                    found = true;
                    self.read(rest, state, sink)
                })?;
                if found || !optional || flow == Flow::Stop {
                    return Ok(flow);
                }
                for slot in &plan.fresh {
                    state.row[*slot] = Value::Null;
                }
                self.read(rest, state, sink)
            }
            Read::Unwind { list, slot } => {
                let items = match self.eval(list, state)? {
                    Value::Null => return Ok(Flow::Continue),
                    Value::List(items) => items,
                    other => Arc::new(vec![other]),
                };
                for item in items.iter() {
                    state.row[*slot] = item.clone();
                    if self.read(rest, state, sink)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
                Ok(Flow::Continue)
            }
        }
    }
}
