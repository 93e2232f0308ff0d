use super::{Emit, Executor, Flow, State, Step};
use crate::{
    QueryError,
    plan::{self, Expand},
    value::Value,
};

/// A set of nodes that is emptied in no time, and the nodes in the order they came.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    marks: Vec<u32>,
    mark: u32,
    /// Node, position of the one before it, relation between them.
    queue: Vec<(u32, u32, u32)>,
}

impl Scratch {
    fn clear(&mut self, nodes: usize) {
        self.queue.clear();
        if self.marks.len() != nodes || self.mark == u32::MAX {
            self.marks = vec![0; nodes];
            self.mark = 0;
        }
        self.mark += 1;
    }

    /// Whether it was not there before.
    fn insert(&mut self, node: u32) -> bool {
        std::mem::replace(&mut self.marks[node as usize], self.mark) != self.mark
    }
}

impl Executor<'_> {
    pub(super) fn expand(
        &self,
        expand: &Expand,
        rest: &[plan::Step],
        state: &mut State,
        emit: Emit<'_>,
    ) -> Step {
        let Value::Node(from) = state.row[expand.from] else { return Ok(Flow::Continue) };
        let graph = self.graph;
        for (relation, to) in
            graph.relations.at(&graph.layout, from, &expand.types, expand.direction)
        {
            self.budget.tick()?;
            if !self.may_arrive(expand, to, state) || !may_take(expand, relation, state) {
                continue;
            }
            if !expand.to_bound {
                state.row[expand.to] = Value::Node(to);
            }
            if let Some(slot) = expand.relation {
                state.row[slot] = Value::Relation(relation);
            }
            if expand.unique {
                state.used.push(relation);
            }
            let flow = self.step(rest, state, emit);
            if expand.unique {
                state.used.pop();
            }
            if flow? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::Continue)
    }

    fn may_arrive(&self, expand: &Expand, to: u32, state: &State) -> bool {
        if expand.to_bound {
            matches!(state.row[expand.to], Value::Node(node) if node == to)
                && self.graph.layout.is(to, &expand.to_kinds)
        } else {
            self.graph.layout.is(to, &expand.to_kinds)
        }
    }

    /// Every way of pairwise different relations; the ones taken are `state.used[start..]`.
    #[expect(clippy::too_many_arguments, reason = "it calls itself with all of its state")]
    pub(super) fn trails(
        &self,
        expand: &Expand,
        (min, max): (u32, u32),
        at: u32,
        start: usize,
        rest: &[plan::Step],
        state: &mut State,
        emit: Emit<'_>,
    ) -> Step {
        self.budget.tick()?;
        let length = state.used.len() - start;
        if length >= min as usize && self.may_arrive(expand, at, state) {
            if !expand.to_bound {
                state.row[expand.to] = Value::Node(at);
            }
            if let Some(slot) = expand.relation {
                state.row[slot] = relations(state.used[start..].iter().copied(), expand.reversed);
            }
            if self.step(rest, state, emit)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        if length >= max as usize {
            return Ok(Flow::Continue);
        }
        let graph = self.graph;
        for (relation, to) in graph.relations.at(&graph.layout, at, &expand.types, expand.direction)
        {
            if state.used[state.base..].contains(&relation) {
                continue;
            }
            state.used.push(relation);
            let flow = self.trails(expand, (min, max), to, start, rest, state, emit);
            state.used.pop();
            if flow? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::Continue)
    }

    /// Every node that can be reached, once, nearest first.
    pub(super) fn reach(
        &self,
        expand: &Expand,
        min: u32,
        max: u32,
        rest: &[plan::Step],
        state: &mut State,
        emit: Emit<'_>,
    ) -> Step {
        self.breadth_first(expand, min, max, state, &mut |scratch, last, state| {
            if !expand.to_bound {
                state.row[expand.to] = Value::Node(scratch.queue[last].0);
            }
            self.step(rest, state, emit)
        })
    }

    /// One shortest way to every node that can be reached, nearest first.
    pub(super) fn shortest(
        &self,
        expand: &Expand,
        min: u32,
        max: u32,
        rest: &[plan::Step],
        state: &mut State,
        emit: Emit<'_>,
    ) -> Step {
        self.breadth_first(expand, min, max, state, &mut |scratch, last, state| {
            if !expand.to_bound {
                state.row[expand.to] = Value::Node(scratch.queue[last].0);
            }
            let start = state.used.len();
            let mut at = last;
            while scratch.queue[at].2 != NO_RELATION {
                state.used.push(scratch.queue[at].2);
                at = scratch.queue[at].1 as usize;
            }
            if let Some(slot) = expand.relation {
                // From the end back to the start, so the other way round than a trail.
                state.row[slot] = relations(state.used[start..].iter().copied(), !expand.reversed);
            }
            if !expand.unique {
                state.used.truncate(start);
            }
            let flow = self.step(rest, state, emit);
            state.used.truncate(start);
            flow
        })
    }

    fn breadth_first(
        &self,
        expand: &Expand,
        min: u32,
        max: u32,
        state: &mut State,
        found: &mut dyn FnMut(&Scratch, usize, &mut State) -> Step,
    ) -> Step {
        let Value::Node(from) = state.row[expand.from] else { return Ok(Flow::Continue) };
        let mut scratch = self.scratch.borrow_mut().pop().unwrap_or_default();
        scratch.clear(self.graph.node_count());
        let flow = self.visit(expand, from, (min, max), &mut scratch, state, found);
        self.scratch.borrow_mut().push(scratch);
        flow
    }

    fn visit(
        &self,
        expand: &Expand,
        from: u32,
        (min, max): (u32, u32),
        scratch: &mut Scratch,
        state: &mut State,
        found: &mut dyn FnMut(&Scratch, usize, &mut State) -> Step,
    ) -> Result<Flow, QueryError> {
        scratch.queue.push((from, 0, NO_RELATION));
        if min == 0 {
            scratch.insert(from);
            if self.may_arrive(expand, from, state) && found(scratch, 0, state)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        let graph = self.graph;
        let (mut level, mut depth) = (0..1, 0);
        while depth < max && !level.is_empty() {
            for position in level.clone() {
                let (node, ..) = scratch.queue[position];
                let place = u32::try_from(position).unwrap_or(u32::MAX);
                for (relation, to) in
                    graph.relations.at(&graph.layout, node, &expand.types, expand.direction)
                {
                    self.budget.tick()?;
                    if expand.unique && state.used[state.base..].contains(&relation)
                        || !scratch.insert(to)
                    {
                        continue;
                    }
                    scratch.queue.push((to, place, relation));
                    let arrived = self.may_arrive(expand, to, state);
                    if arrived {
                        let last = scratch.queue.len() - 1;
                        if found(scratch, last, state)? == Flow::Stop {
                            return Ok(Flow::Stop);
                        }
                        if expand.to_bound {
                            return Ok(Flow::Continue);
                        }
                    }
                }
            }
            level = level.end..scratch.queue.len();
            depth += 1;
        }
        Ok(Flow::Continue)
    }
}

const NO_RELATION: u32 = u32::MAX;

fn may_take(expand: &Expand, relation: u32, state: &State) -> bool {
    if expand.relation_bound {
        let known = expand.relation.is_some_and(
            |slot| matches!(state.row[slot], Value::Relation(known) if known == relation),
        );
        if !known {
            return false;
        }
    }
    !(expand.unique && state.used[state.base..].contains(&relation))
}

fn relations(ids: impl DoubleEndedIterator<Item = u32>, reversed: bool) -> Value {
    if reversed {
        Value::list(ids.rev().map(Value::Relation).collect())
    } else {
        Value::list(ids.map(Value::Relation).collect())
    }
}
