use super::{Emit, Executor, Flow, State, Step};
use crate::{
    plan::{self, Expand},
    value::Value,
};

impl Executor<'_> {
    /// Follows one relation.
    pub(super) fn expand(
        &self,
        expand: &Expand,
        rest: &[plan::Step],
        state: &mut State,
        emit: Emit<'_>,
    ) -> Step {
        let Value::Node(from) = state.row[expand.from] else { return Ok(Flow::Continue) };
        let only = match state.row[expand.to] {
            Value::Node(node) if expand.to_bound => Some(node),
            _ if expand.to_bound => return Ok(Flow::Continue),
            _ => None,
        };
        let graph = self.graph;
        for row in graph.relations.rows(
            from,
            graph.layout.place(from, &expand.last),
            &expand.types,
            expand.direction,
        ) {
            let row = only.map_or(row, |node| row.to(node));
            for (at, to) in row.nodes.iter().enumerate() {
                self.budget.tick()?;
                if !self.is(*to, &expand.to_is) || !may_take(expand, row.relation(at), state) {
                    continue;
                }
                if !expand.to_bound {
                    state.row[expand.to] = Value::Node(*to);
                }
                if let Some(slot) = expand.relation {
                    state.row[slot] = Value::Relation(row.relation(at));
                }
                if expand.unique {
                    state.used.push(row.relation(at));
                }
                let flow = self.step(rest, state, emit);
                if expand.unique {
                    state.used.pop();
                }
                if flow? == Flow::Stop {
                    return Ok(Flow::Stop);
                }
            }
        }
        Ok(Flow::Continue)
    }

    pub(super) fn may_arrive(&self, expand: &Expand, to: u32, state: &State) -> bool {
        let known = matches!(state.row[expand.to], Value::Node(node) if node == to);
        (known || !expand.to_bound) && self.is(to, &expand.to_is)
    }
}

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
