//! In which order a pattern is matched: from the most selective end, along the relations that multiply rows the least.

mod estimate;
mod explain;
mod simplify;

use std::{cell::Cell, sync::Arc};

use rustc_hash::FxHashSet;

use crate::{
    QueryError, Snapshot,
    ast::{Direction, Operator, Shortest},
    bits::Bits,
    columns::Wanted,
    exec::Aim,
    ir::{Expr, Pattern},
    limits::Budget,
};
use estimate::{Action, Estimator};

pub(crate) use explain::explain;
pub(crate) use simplify::simplify;

/// How to match a pattern.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Steps of which only one match is wanted, after all others.
    pub(crate) exists: Vec<Step>,
    /// Slots that the pattern sets.
    pub(crate) fresh: Vec<usize>,
    /// Slots that it reads from before.
    pub(crate) uses: Vec<usize>,
}

#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) operation: Operation,
    /// Estimated matches after it.
    pub(crate) rows: f64,
}

#[derive(Debug, Clone)]
pub(crate) enum Operation {
    /// Goes through nodes.
    Scan {
        slot: usize,
        seek: Seek,
        is: NodeIs,
    },
    /// A node that is known has one of the kinds.
    Check {
        slot: usize,
        kinds: Bits,
    },
    /// Follows one relation.
    Expand(Expand),
    /// Follows several; every trail is a match.
    Trails(Walk),
    /// Follows several; every node reached is a match once.
    Reach(Walk),
    /// The shortest way to each node reached, or all of the shortest ones.
    Shortest(Walk, Shortest),
    /// Puts a named path together: its first node, then the relations in order.
    Path {
        slot: usize,
        start: usize,
        relations: Vec<usize>,
    },
    Filter(Expr),
}

#[derive(Debug, Clone)]
pub(crate) enum Seek {
    /// All of them, or those that an index has.
    All,
    /// The nodes with this id, or with one of these.
    Id(Expr),
    /// Nodes that were found before.
    These(Vec<u32>),
}

/// What a node must be: of one of the kinds, with these values.
#[derive(Debug, Clone)]
pub(crate) struct NodeIs {
    pub(crate) kinds: Bits,
    pub(crate) tests: Vec<Test>,
    /// The kind of the last node asked about.
    pub(crate) last: Cell<usize>,
}

/// A property has a value.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) name: Arc<str>,
    pub(crate) column: u32,
    pub(crate) wanted: Wanted,
}

/// From `min` to `max` relations.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    pub(crate) expand: Expand,
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// Types that can still lead to the end, by how many relations may follow; the last one for any more than that.
    types: Vec<Bits>,
    pub(crate) aim: Arc<Aim>,
}

impl Walk {
    fn new(graph: &Snapshot, expand: Expand, (min, max): (u32, u32)) -> Self {
        let types = leading(graph, &expand, max);
        let relations = graph.relations.count(&expand.types);
        Self { expand, min, max, types, aim: Arc::new(Aim::new(relations / AIM_SHARE + AIM_LEAST)) }
    }

    /// Types that lead on from a node that a relation of the walk has come to.
    pub(crate) fn between(&self, graph: &Snapshot) -> Bits {
        let expand = &self.expand;
        let connections = || {
            let all = graph.relations.connections().iter();
            all.filter(|found| expand.types.contains(found.relation))
        };
        let (outward, inward) =
            (expand.direction != Direction::In, expand.direction != Direction::Out);
        let mut come_to = graph.layout.no_kind();
        for found in connections() {
            if outward {
                come_to.insert(found.target);
            }
            if inward {
                come_to.insert(found.source);
            }
        }
        let mut types = graph.relations.no_type();
        for found in connections() {
            if outward && come_to.contains(found.source) || inward && come_to.contains(found.target)
            {
                types.insert(found.relation);
            }
        }
        types
    }

    /// Types worth to follow where so many more relations may come after.
    pub(crate) fn types(&self, more: u32) -> &Bits {
        let last = self.types.len().saturating_sub(1);
        self.types.get((more as usize).min(last)).unwrap_or(&self.expand.types)
    }
}

/// The types that lead to an end with no more relations after, with one more, and so on until there are no others.
fn leading(graph: &Snapshot, expand: &Expand, max: u32) -> Vec<Bits> {
    let mut kinds = expand.to_is.kinds.clone();
    let mut all: Vec<Bits> = Vec::new();
    for _ in 0..max {
        let mut types = graph.relations.no_type();
        let mut before = kinds.clone();
        let found = graph.relations.connections().iter();
        for found in found.filter(|found| expand.types.contains(found.relation)) {
            if expand.direction != Direction::In && kinds.contains(found.target) {
                types.insert(found.relation);
                before.insert(found.source);
            }
            if expand.direction != Direction::Out && kinds.contains(found.source) {
                types.insert(found.relation);
                before.insert(found.target);
            }
        }
        let settled = all.last() == Some(&types) && before == kinds;
        kinds = before;
        all.push(types);
        if settled {
            break;
        }
    }
    all
}

#[derive(Debug, Clone)]
pub(crate) struct Expand {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Whether the node at `to` is known already.
    pub(crate) to_bound: bool,
    /// What the node there must be.
    pub(crate) to_is: NodeIs,
    /// Where the relation or list of relations goes, if anywhere.
    pub(crate) relation: Option<usize>,
    /// Whether the relation is known already.
    pub(crate) relation_bound: bool,
    pub(crate) types: Bits,
    pub(crate) direction: Direction,
    /// Walked from the end of the pattern to its start.
    pub(crate) reversed: bool,
    /// Another relation of the pattern could be the same one.
    pub(crate) unique: bool,
    /// The kind of the last node it was followed from.
    pub(crate) last: Cell<usize>,
}

/// Walks that looked at as large a part of the relations find out where they are going.
const AIM_SHARE: usize = 16;
const AIM_LEAST: usize = 1024;

/// What a match is for.
pub(crate) struct Purpose<'a> {
    /// Slots that are read later.
    pub(crate) needed: &'a FxHashSet<usize>,
    /// It makes no difference how often a match comes.
    pub(crate) deduplicated: bool,
}

/// # Errors
///
/// Where the time for the query ends before its plan is found.
pub(crate) fn plan(
    graph: &Snapshot,
    pattern: Pattern,
    purpose: &Purpose<'_>,
    budget: &Budget<'_>,
) -> Result<Plan, QueryError> {
    let actions = Estimator::new(graph, &pattern, budget)?.best()?;
    Ok(Planner::new(graph, pattern, purpose).plan(actions))
}

struct Planner<'a> {
    graph: &'a Snapshot,
    pattern: Pattern,
    purpose: &'a Purpose<'a>,
    /// Slots that filters and kept paths read.
    read: FxHashSet<usize>,
    bound: FxHashSet<usize>,
    own: FxHashSet<usize>,
    steps: Vec<Step>,
    rows: f64,
}

impl<'a> Planner<'a> {
    fn new(graph: &'a Snapshot, mut pattern: Pattern, purpose: &'a Purpose<'a>) -> Self {
        let mut read = FxHashSet::default();
        for filter in &pattern.filters {
            filter.slots(&mut |slot| {
                read.insert(slot);
            });
        }
        pattern
            .paths
            .retain(|path| purpose.needed.contains(&path.slot) || read.contains(&path.slot));
        for path in &pattern.paths {
            read.extend(path.edges.iter().map(|edge| pattern.edges[*edge].slot));
        }
        let nodes = pattern.nodes.iter().filter(|node| !node.bound).map(|node| node.slot);
        let edges = pattern.edges.iter().filter(|edge| !edge.bound).map(|edge| edge.slot);
        let own = nodes.chain(edges).chain(pattern.paths.iter().map(|path| path.slot)).collect();
        Self {
            graph,
            pattern,
            purpose,
            read,
            bound: FxHashSet::default(),
            own,
            steps: Vec::new(),
            rows: 1.0,
        }
    }

    fn plan(mut self, actions: Vec<(Action, f64)>) -> Plan {
        let mut uses: FxHashSet<usize> = FxHashSet::default();
        for node in self.pattern.nodes.iter().filter(|node| node.bound) {
            uses.insert(node.slot);
        }
        uses.extend(self.pattern.edges.iter().filter(|edge| edge.bound).map(|edge| edge.slot));
        uses.extend(self.read.iter().filter(|slot| !self.own.contains(*slot)));

        for node in self.pattern.nodes.iter().filter(|node| node.bound) {
            let operation = Operation::Check { slot: node.slot, kinds: node.kinds.clone() };
            self.steps.push(Step { operation, rows: 1.0 });
        }
        self.place_ready();
        for (action, rows) in actions {
            self.rows = rows;
            match action {
                Action::Scan(node) => self.scan(node),
                Action::Follow { edge, reversed } => self.follow(edge, reversed),
            }
            self.place_ready();
        }
        let wanted = |slot: &usize| self.purpose.needed.contains(slot);
        let exists = if self.purpose.deduplicated {
            let last = self.steps.iter().rposition(|step| step.sets().any(|slot| wanted(&slot)));
            self.steps.split_off(last.map_or(0, |last| last + 1))
        } else {
            Vec::new()
        };
        let mut fresh: Vec<usize> = self.own.iter().copied().collect();
        let mut uses: Vec<usize> = uses.into_iter().collect();
        fresh.sort_unstable();
        uses.sort_unstable();
        Plan { steps: self.steps, exists, fresh, uses }
    }

    fn push(&mut self, operation: Operation) {
        self.steps.push(Step { operation, rows: self.rows });
    }

    fn scan(&mut self, node: usize) {
        let slot = self.pattern.nodes[node].slot;
        let estate = self.graph.is_estate();
        let known = |value: &Expr| {
            let mut known = true;
            value.slots(&mut |used| {
                known &= !self.own.contains(&used) || self.bound.contains(&used);
            });
            known
        };
        let by_id = self
            .pattern
            .filters
            .iter()
            .position(|filter| estate && id_of(filter, slot).is_some_and(known));
        let seek = match by_id.map(|filter| self.pattern.filters.swap_remove(filter)) {
            Some(Expr::Binary(_, left, right)) => {
                Seek::Id(if is_id(&left, slot) { *right } else { *left })
            }
            _ => Seek::All,
        };
        let is = self.node_is(node);
        self.push(Operation::Scan { slot, seek, is });
        self.bound.insert(slot);
    }

    /// What a node must be, with the filters that say no more than that.
    fn node_is(&mut self, node: usize) -> NodeIs {
        let slot = self.pattern.nodes[node].slot;
        let kinds = self.pattern.nodes[node].kinds.clone();
        let mut tests = Vec::new();
        let filters = std::mem::take(&mut self.pattern.filters);
        for filter in filters {
            match filter {
                Expr::PropertyIs { slot: of, key, wanted }
                    if of == slot && key.column.is_some() =>
                {
                    let column = key.column.unwrap_or_default();
                    tests.push(Test { name: key.name, column, wanted });
                }
                other => self.pattern.filters.push(other),
            }
        }
        // What 64 nodes are told by at once comes first.
        let columns = &self.graph.columns;
        let slow = |test: &Test| kinds.members().any(|kind| !columns.is_bits(test.column, kind));
        tests.sort_by_key(slow);
        NodeIs { kinds, tests, last: Cell::default() }
    }

    fn follow(&mut self, edge: usize, reversed: bool) {
        let found = &self.pattern.edges[edge];
        let (from, to) = if reversed { (found.to, found.from) } else { (found.from, found.to) };
        let to_slot = self.pattern.nodes[to].slot;
        let to_bound = self.pattern.nodes[to].bound || self.bound.contains(&to_slot);
        let to_is = if to_bound {
            NodeIs {
                kinds: self.pattern.nodes[to].kinds.clone(),
                tests: Vec::new(),
                last: Cell::default(),
            }
        } else {
            self.node_is(to)
        };
        let found = &self.pattern.edges[edge];
        let from = &self.pattern.nodes[from];
        let overlaps = self
            .pattern
            .edges
            .iter()
            .enumerate()
            .any(|(other, with)| other != edge && with.types.intersects(&found.types));
        let keep = found.bound
            || self.purpose.needed.contains(&found.slot)
            || self.read.contains(&found.slot);
        let expand = Expand {
            from: from.slot,
            to: to_slot,
            to_bound,
            to_is,
            relation: keep.then_some(found.slot),
            relation_bound: found.bound,
            types: found.types.clone(),
            direction: match (found.direction, reversed) {
                (Direction::Out, true) => Direction::In,
                (Direction::In, true) => Direction::Out,
                (direction, _) => direction,
            },
            reversed,
            unique: overlaps,
            last: Cell::default(),
        };
        let own_slot = found.slot;
        let walk = |expand, length| Walk::new(self.graph, expand, length);
        let operation = match (found.length, found.shortest) {
            (None, _) => Operation::Expand(expand),
            (Some(length), Some(which)) => Operation::Shortest(walk(expand, length), which),
            // Whoever can be reached by a walk can be reached by a trail, unless the walk may turn round on one relation.
            (Some(length), None)
                if self.purpose.deduplicated
                    && !keep
                    && !overlaps
                    && length.0 <= 1
                    && expand.direction != Direction::Both =>
            {
                Operation::Reach(walk(expand, length))
            }
            (Some(length), None) => Operation::Trails(walk(expand, length)),
        };
        self.push(operation);
        self.bound.insert(own_slot);
        self.bound.insert(to_slot);
    }

    /// Puts paths and filters where all that they read is known.
    fn place_ready(&mut self) {
        let known = |slot: usize, bound: &FxHashSet<usize>, own: &FxHashSet<usize>| {
            !own.contains(&slot) || bound.contains(&slot)
        };
        let mut index = 0;
        while index < self.pattern.paths.len() {
            let path = &self.pattern.paths[index];
            let start = self.pattern.nodes[path.start].slot;
            let relations: Vec<usize> =
                path.edges.iter().map(|edge| self.pattern.edges[*edge].slot).collect();
            let ready = |slot: &usize| known(*slot, &self.bound, &self.own);
            if ready(&start) && relations.iter().all(ready) {
                let slot = path.slot;
                self.pattern.paths.remove(index);
                self.push(Operation::Path { slot, start, relations });
                self.bound.insert(slot);
            } else {
                index += 1;
            }
        }
        let mut index = 0;
        while index < self.pattern.filters.len() {
            let mut ready = true;
            self.pattern.filters[index]
                .slots(&mut |slot| ready &= known(slot, &self.bound, &self.own));
            if ready {
                let filter = self.pattern.filters.remove(index);
                self.push(Operation::Filter(filter));
            } else {
                index += 1;
            }
        }
    }
}

impl Step {
    /// The slots it sets.
    fn sets(&self) -> impl Iterator<Item = usize> {
        let (first, second) = match &self.operation {
            Operation::Scan { slot, .. } | Operation::Path { slot, .. } => (Some(*slot), None),
            Operation::Expand(expand)
            | Operation::Trails(Walk { expand, .. })
            | Operation::Reach(Walk { expand, .. })
            | Operation::Shortest(Walk { expand, .. }, _) => {
                let relation = if expand.relation_bound { None } else { expand.relation };
                ((!expand.to_bound).then_some(expand.to), relation)
            }
            Operation::Check { .. } | Operation::Filter(_) => (None, None),
        };
        first.into_iter().chain(second)
    }
}

/// What the id of the asset in `slot` must be, where the filter says so.
fn id_of(filter: &Expr, slot: usize) -> Option<&Expr> {
    match filter {
        Expr::Binary(Operator::Equal, left, right) if is_id(left, slot) => Some(right),
        Expr::Binary(Operator::Equal, left, right) if is_id(right, slot) => Some(left),
        Expr::Binary(Operator::In, left, right) if is_id(left, slot) => Some(right),
        _ => None,
    }
}

fn is_id(expr: &Expr, wanted: usize) -> bool {
    let (of, id) = match expr {
        Expr::Property(of, key) => (Some(&**of), key.name.as_ref() == "id"),
        Expr::Call(function, arguments) => {
            (arguments.first(), *function == crate::functions::Function::Id)
        }
        _ => (None, false),
    };
    id && matches!(of, Some(Expr::Slot(slot)) if *slot == wanted)
}
