use super::{Emit, Executor, Flow, State, Step};
use crate::{
    QueryError,
    ast::Shortest,
    plan::{self, Operation, Plan, Seek},
    value::{Path, Value},
};
use std::sync::Arc;

impl Executor<'_> {
    /// Calls `emit` for every match of the pattern.
    pub(super) fn matches(&self, plan: &Plan, state: &mut State, emit: Emit<'_>) -> Step {
        let outer = state.base;
        state.base = state.used.len();
        let base = state.base;
        let flow = if plan.exists.is_empty() {
            self.step(&plan.steps, state, emit)
        } else {
            self.step(&plan.steps, state, &mut |state| {
                let mut found = false;
                self.step(&plan.exists, state, &mut |_| {
                    found = true;
                    Ok(Flow::Stop)
                })?;
                if found { emit(state) } else { Ok(Flow::Continue) }
            })
        };
        state.used.truncate(base);
        state.base = outer;
        flow
    }

    /// Whether the pattern matches at all.
    pub(super) fn exists(&self, plan: &Plan, state: &mut State) -> Result<bool, QueryError> {
        let mut found = false;
        self.matches(plan, state, &mut |_| {
            found = true;
            Ok(Flow::Stop)
        })?;
        Ok(found)
    }

    pub(super) fn step(&self, steps: &[plan::Step], state: &mut State, emit: Emit<'_>) -> Step {
        let Some((step, rest)) = steps.split_first() else { return emit(state) };
        match &step.operation {
            Operation::Scan { slot, seek: Seek::All, is } => {
                let mut flow = Flow::Continue;
                self.nodes(is, |node| {
                    state.row[*slot] = Value::Node(node);
                    flow = self.step(rest, state, emit)?;
                    Ok(flow == Flow::Continue)
                })?;
                Ok(flow)
            }
            Operation::Scan { slot, seek: Seek::Id(id), is } => {
                for node in self.nodes_by_id(&self.eval(id, state)?) {
                    state.row[*slot] = Value::Node(node);
                    if self.is(node, is) && self.step(rest, state, emit)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
                Ok(Flow::Continue)
            }
            Operation::Scan { slot, seek: Seek::These(nodes), .. } => {
                for node in nodes {
                    state.row[*slot] = Value::Node(*node);
                    if self.step(rest, state, emit)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
                Ok(Flow::Continue)
            }
            Operation::Check { slot, kinds } => match state.row[*slot] {
                Value::Node(node) if self.graph.layout.is(node, kinds) => {
                    self.step(rest, state, emit)
                }
                _ => Ok(Flow::Continue),
            },
            Operation::Filter(condition) => {
                if self.eval(condition, state)?.truth() == Some(true) {
                    self.step(rest, state, emit)
                } else {
                    Ok(Flow::Continue)
                }
            }
            Operation::Path { slot, start, relations } => {
                state.row[*slot] = self.path(*start, relations, state);
                self.step(rest, state, emit)
            }
            Operation::Expand(expand) => self.expand(expand, rest, state, emit),
            Operation::Trails(walk) => self.trails(walk, rest, state, emit),
            Operation::Reach(walk) => self.reach(walk, rest, state, emit),
            Operation::Shortest(walk, Shortest::One) => self.shortest(walk, rest, state, emit),
            Operation::Shortest(walk, Shortest::All) => self.all_shortest(walk, rest, state, emit),
        }
    }

    fn nodes_by_id(&self, id: &Value) -> Vec<u32> {
        let mut nodes: Vec<u32> = match id {
            Value::Text(id) => self.graph.find(id).into_iter().collect(),
            Value::List(ids) => ids
                .iter()
                .filter_map(|id| match id {
                    Value::Text(id) => self.graph.find(id),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    fn path(&self, start: usize, relations: &[usize], state: &State) -> Value {
        let Value::Node(mut at) = state.row[start] else { return Value::Null };
        let mut path = Path { nodes: vec![at], relations: Vec::new() };
        let mut walk = |value: &Value| {
            if let Value::Relation(relation) = value {
                let (source, target) = (
                    self.graph.relations.source(*relation),
                    self.graph.relations.target(*relation),
                );
                at = if source == at { target } else { source };
                path.nodes.push(at);
                path.relations.push(*relation);
            }
        };
        for slot in relations {
            match &state.row[*slot] {
                Value::List(items) => items.iter().for_each(&mut walk),
                single => walk(single),
            }
        }
        Value::Path(Arc::new(path))
    }
}
