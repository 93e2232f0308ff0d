//! Walks of several relations: trails one by one, or the nodes they reach.

use super::{Emit, Executor, Flow, State, Step};
use crate::{
    QueryError,
    plan::{self, Walk},
    value::Value,
};

/// A set of nodes that is emptied in no time, and the nodes in the order they came.
#[derive(Debug, Default)]
pub(super) struct Visited {
    words: Vec<u64>,
    queue: Vec<Visit>,
}

#[derive(Debug, Clone, Copy)]
struct Visit {
    node: u32,
    /// Position of the visit before it, and the relation between them.
    before: u32,
    relation: u32,
}

impl Visited {
    fn prepare(&mut self, nodes: usize) {
        self.words.resize(nodes.div_ceil(64), 0);
    }

    /// Whether it was not there before.
    fn insert(&mut self, node: u32) -> bool {
        let word = &mut self.words[node as usize / 64];
        let bit = 1 << (node % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    fn clear(&mut self) {
        for visit in &self.queue {
            self.words[visit.node as usize / 64] = 0;
        }
        self.queue.clear();
    }
}

const NO_RELATION: u32 = u32::MAX;

/// A relation that is still to be taken, with the length of the trail that it makes.
type Pending = (u32, u32, usize);

impl Executor<'_> {
    /// Every way of pairwise different relations; the ones taken are `state.used[start..]`.
    pub(super) fn trails(
        &self,
        walk: &Walk,
        rest: &[plan::Step],
        state: &mut State,
        emit: Emit<'_>,
    ) -> Step {
        let expand = &walk.expand;
        let Value::Node(from) = state.row[expand.from] else { return Ok(Flow::Continue) };
        let start = state.used.len();
        if walk.min == 0 && self.arrive(walk, from, start, rest, state, emit)? == Flow::Stop {
            return Ok(Flow::Stop);
        }
        let mut pending: Vec<Pending> = Vec::new();
        let mut flow = self.branch_out(walk, from, 0, state, &mut pending).map(|()| Flow::Continue);
        while let (Ok(Flow::Continue), Some((relation, node, length))) = (&flow, pending.pop()) {
            state.used.truncate(start + length - 1);
            state.used.push(relation);
            flow = if length >= walk.min as usize {
                self.arrive(walk, node, start, rest, state, emit)
            } else {
                Ok(Flow::Continue)
            };
            if matches!(flow, Ok(Flow::Continue)) {
                flow = self
                    .branch_out(walk, node, length, state, &mut pending)
                    .map(|()| Flow::Continue);
            }
        }
        state.used.truncate(start);
        flow
    }

    /// Puts the relations that a trail of this length may go on by on top of the others, the first one topmost.
    fn branch_out(
        &self,
        walk: &Walk,
        node: u32,
        length: usize,
        state: &State,
        pending: &mut Vec<Pending>,
    ) -> Result<(), QueryError> {
        self.budget.tick()?;
        if length >= walk.max as usize {
            return Ok(());
        }
        let (graph, expand) = (self.graph, &walk.expand);
        let first = pending.len();
        let aim = self.aim(walk)?;
        let left = walk.max as usize - length - 1;
        let types = walk.types(u32::try_from(left).unwrap_or(u32::MAX));
        let mut seen = 0;
        for row in graph.relations.rows(
            node,
            graph.layout.place(node, &expand.last),
            types,
            expand.direction,
        ) {
            seen += row.nodes.len();
            for (at, to) in row.nodes.iter().enumerate() {
                if aim.is_some_and(|distances| usize::from(distances[*to as usize]) > left) {
                    continue;
                }
                let relation = row.relation(at);
                if !state.used[state.base..].contains(&relation) {
                    pending.push((relation, *to, length + 1));
                }
            }
        }
        walk.aim.spend(seen);
        pending[first..].reverse();
        self.budget.hold(size_of_val(pending.as_slice()))
    }

    fn arrive(
        &self,
        walk: &Walk,
        node: u32,
        start: usize,
        rest: &[plan::Step],
        state: &mut State,
        emit: Emit<'_>,
    ) -> Step {
        let expand = &walk.expand;
        if !self.may_arrive(expand, node, state) {
            return Ok(Flow::Continue);
        }
        if !expand.to_bound {
            state.row[expand.to] = Value::Node(node);
        }
        if let Some(slot) = expand.relation {
            let taken = state.used[start..].iter().copied();
            state.row[slot] = relations(taken, expand.reversed);
        }
        self.step(rest, state, emit)
    }

    /// Every node that can be reached, once, nearest first.
    pub(super) fn reach(
        &self,
        walk: &Walk,
        rest: &[plan::Step],
        state: &mut State,
        emit: Emit<'_>,
    ) -> Step {
        let expand = &walk.expand;
        self.breadth_first(walk, state, &mut |visited, last, state| {
            if !expand.to_bound {
                state.row[expand.to] = Value::Node(visited.queue[last].node);
            }
            self.step(rest, state, emit)
        })
    }

    /// One shortest way to every node that can be reached, nearest first.
    pub(super) fn shortest(
        &self,
        walk: &Walk,
        rest: &[plan::Step],
        state: &mut State,
        emit: Emit<'_>,
    ) -> Step {
        let expand = &walk.expand;
        self.breadth_first(walk, state, &mut |visited, last, state| {
            if !expand.to_bound {
                state.row[expand.to] = Value::Node(visited.queue[last].node);
            }
            let start = state.used.len();
            let mut at = visited.queue[last];
            while at.relation != NO_RELATION {
                state.used.push(at.relation);
                at = visited.queue[at.before as usize];
            }
            if let Some(slot) = expand.relation {
                // From the end back to the start, so the other way round than a trail.
                let taken = state.used[start..].iter().copied();
                state.row[slot] = relations(taken, !expand.reversed);
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
        walk: &Walk,
        state: &mut State,
        found: &mut dyn FnMut(&Visited, usize, &mut State) -> Step,
    ) -> Step {
        let Value::Node(from) = state.row[walk.expand.from] else { return Ok(Flow::Continue) };
        let mut visited = self.visited.borrow_mut().pop().unwrap_or_default();
        visited.prepare(self.graph.node_count());
        let flow = self.visit(walk, from, &mut visited, state, found);
        visited.clear();
        self.visited.borrow_mut().push(visited);
        flow
    }

    fn visit(
        &self,
        walk: &Walk,
        from: u32,
        visited: &mut Visited,
        state: &mut State,
        found: &mut dyn FnMut(&Visited, usize, &mut State) -> Step,
    ) -> Step {
        let (graph, expand) = (self.graph, &walk.expand);
        visited.queue.push(Visit { node: from, before: 0, relation: NO_RELATION });
        if walk.min == 0 {
            visited.insert(from);
            if self.may_arrive(expand, from, state) && found(visited, 0, state)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        let (mut level, mut depth) = (0..1, 0);
        while depth < walk.max && !level.is_empty() {
            depth += 1;
            for position in level.clone() {
                let node = visited.queue[position].node;
                let before = u32::try_from(position).unwrap_or(u32::MAX);
                let aim = self.aim(walk)?;
                let types = walk.types(walk.max - depth);
                for row in graph.relations.rows(
                    node,
                    graph.layout.place(node, &expand.last),
                    types,
                    expand.direction,
                ) {
                    self.budget.ticks(row.nodes.len())?;
                    walk.aim.spend(row.nodes.len());
                    for (at, to) in row.nodes.iter().enumerate() {
                        let distance = aim.map(|distances| u32::from(distances[*to as usize]));
                        if distance.is_some_and(|distance| distance > walk.max - depth)
                            || expand.unique && state.used[state.base..].contains(&row.relation(at))
                            || !visited.insert(*to)
                        {
                            continue;
                        }
                        visited.queue.push(Visit { node: *to, before, relation: row.relation(at) });
                        let arrived = match distance {
                            Some(distance) => distance == 0,
                            None => self.may_arrive(expand, *to, state),
                        };
                        if arrived {
                            let last = visited.queue.len() - 1;
                            if found(visited, last, state)? == Flow::Stop {
                                return Ok(Flow::Stop);
                            }
                            if expand.to_bound {
                                return Ok(Flow::Continue);
                            }
                        }
                    }
                }
            }
            level = level.end..visited.queue.len();
        }
        Ok(Flow::Continue)
    }
}

fn relations(ids: impl DoubleEndedIterator<Item = u32>, reversed: bool) -> Value {
    if reversed {
        Value::list(ids.rev().map(Value::Relation).collect())
    } else {
        Value::list(ids.map(Value::Relation).collect())
    }
}
