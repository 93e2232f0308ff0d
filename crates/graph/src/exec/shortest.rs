//! All of the shortest ways to each node.

use rustc_hash::FxHashMap;

use super::{Emit, Executor, Flow, State, Step};
use crate::{
    QueryError,
    plan::{self, Walk},
    value::Value,
};

/// How a node is first reached: at which distance, and by which relations from which nodes before it.
#[derive(Debug)]
struct Arrival {
    distance: usize,
    ways: Vec<(u32, u32)>,
}

impl Executor<'_> {
    /// Every shortest way to every node that can be reached, nearest first.
    pub(super) fn all_shortest(
        &self,
        walk: &Walk,
        rest: &[plan::Step],
        state: &mut State,
        emit: Emit<'_>,
    ) -> Step {
        let expand = &walk.expand;
        let Value::Node(from) = state.row[expand.from] else { return Ok(Flow::Continue) };
        let mut arrivals: FxHashMap<u32, Arrival> = FxHashMap::default();
        if walk.min == 0 {
            arrivals.insert(from, Arrival { distance: 0, ways: Vec::new() });
            if self.may_arrive(expand, from, state)
                && self.ways(walk, &arrivals, from, rest, state, emit)? == Flow::Stop
            {
                return Ok(Flow::Stop);
            }
        }
        let mut level = vec![from];
        let mut distance = 0;
        while distance < walk.max as usize && !level.is_empty() {
            distance += 1;
            level = self.next_level(walk, &level, distance, &mut arrivals, state)?;
            for node in &level {
                if self.may_arrive(expand, *node, state) {
                    let flow = self.ways(walk, &arrivals, *node, rest, state, emit)?;
                    if flow == Flow::Stop || expand.to_bound {
                        return Ok(flow);
                    }
                }
            }
        }
        Ok(Flow::Continue)
    }

    /// The nodes that are reached for the first time from those of the level before.
    fn next_level(
        &self,
        walk: &Walk,
        level: &[u32],
        distance: usize,
        arrivals: &mut FxHashMap<u32, Arrival>,
        state: &State,
    ) -> Result<Vec<u32>, QueryError> {
        let (graph, expand) = (self.graph, &walk.expand);
        let mut next = Vec::new();
        for node in level {
            for row in graph.relations.rows(
                *node,
                graph.layout.place(*node, &expand.last),
                &expand.types,
                expand.direction,
            ) {
                for (at, to) in row.nodes.iter().enumerate() {
                    self.budget.tick()?;
                    let relation = row.relation(at);
                    if expand.unique && state.used[state.base..].contains(&relation) {
                        continue;
                    }
                    let arrival = arrivals.entry(*to).or_insert_with(|| {
                        next.push(*to);
                        Arrival { distance, ways: Vec::new() }
                    });
                    if arrival.distance == distance {
                        self.budget.charge(size_of::<(u32, Arrival)>())?;
                        arrival.ways.push((relation, *node));
                    }
                }
            }
        }
        Ok(next)
    }

    /// Emits every way to a node, from its end back to the start.
    fn ways(
        &self,
        walk: &Walk,
        arrivals: &FxHashMap<u32, Arrival>,
        node: u32,
        rest: &[plan::Step],
        state: &mut State,
        emit: Emit<'_>,
    ) -> Step {
        let expand = &walk.expand;
        let Some(length) = arrivals.get(&node).map(|arrival| arrival.distance) else {
            return Ok(Flow::Continue);
        };
        if !expand.to_bound {
            state.row[expand.to] = Value::Node(node);
        }
        // A relation that leads on, how many were taken after it, and the node before it.
        let mut pending = vec![(None, 0, node)];
        let mut taken: Vec<u32> = Vec::new();
        while let Some((relation, count, at)) = pending.pop() {
            self.budget.tick()?;
            taken.truncate(count);
            if let Some(relation) = relation {
                // A way round to its own start could turn on one relation.
                if taken.contains(&relation) {
                    continue;
                }
                taken.push(relation);
            }
            if taken.len() < length {
                let ways = arrivals.get(&at).map_or(&[][..], |arrival| &arrival.ways);
                pending.extend(
                    ways.iter()
                        .rev()
                        .map(|(relation, before)| (Some(*relation), taken.len(), *before)),
                );
                continue;
            }
            if let Some(slot) = expand.relation {
                let relations = taken.iter().copied().map(Value::Relation);
                state.row[slot] = Value::list(if expand.reversed {
                    relations.collect()
                } else {
                    relations.rev().collect()
                });
            }
            let start = state.used.len();
            if expand.unique {
                state.used.extend_from_slice(&taken);
            }
            let flow = self.step(rest, state, emit);
            state.used.truncate(start);
            if flow? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::Continue)
    }
}
