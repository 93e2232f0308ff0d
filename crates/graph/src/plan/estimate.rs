//! How many rows a step gives, from what the snapshot knows: nodes by kind, relations by the kinds they connect,
//! different values by property.

use crate::{
    QueryError, Snapshot,
    ast::Direction,
    bits::Bits,
    ir::{Edge, Expr, Pattern},
    limits::Budget,
};

use super::id_of;

#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    /// Of [`Pattern::nodes`].
    Scan(usize),
    /// Of [`Pattern::edges`].
    Follow { edge: usize, reversed: bool },
}

/// The part of rows that a filter of which nothing is known lets through.
const UNKNOWN_SHARE: f64 = 0.3;

/// Hops that are followed in the estimate; what lies beyond is as much again for every order.
const MAX_HOPS: u32 = 16;

/// For one node: matches of an edge, and nodes looked at to find them.
#[derive(Debug, Clone, Copy)]
struct FanOut {
    matched: f64,
    visited: f64,
    /// For all nodes together, of a walk: nodes from which its ends can be reached.
    leading: f64,
}

pub(super) struct Estimator<'a> {
    graph: &'a Snapshot,
    pattern: &'a Pattern,
    budget: &'a Budget<'a>,
    /// For each node: kinds that its relations leave possible, how many there are, how many pass its filters.
    kinds: Vec<Bits>,
    counts: Vec<f64>,
    shares: Vec<f64>,
    by_id: Vec<bool>,
    /// Of each edge, from its start and from its end.
    fan_outs: Vec<[FanOut; 2]>,
}

impl<'a> Estimator<'a> {
    pub(super) fn new(
        graph: &'a Snapshot,
        pattern: &'a Pattern,
        budget: &'a Budget<'a>,
    ) -> Result<Self, QueryError> {
        let mut kinds: Vec<Bits> = pattern.nodes.iter().map(|node| node.kinds.clone()).collect();
        for edge in pattern.edges.iter().filter(|edge| edge.length.is_none()) {
            let (mut from, mut to) = (graph.layout.no_kind(), graph.layout.no_kind());
            for found in graph.relations.connections() {
                if !edge.types.contains(found.relation) {
                    continue;
                }
                if edge.direction != Direction::In {
                    from.insert(found.source);
                    to.insert(found.target);
                }
                if edge.direction != Direction::Out {
                    from.insert(found.target);
                    to.insert(found.source);
                }
            }
            kinds[edge.from].intersect(&from);
            kinds[edge.to].intersect(&to);
        }
        let counts = kinds.iter().map(|kinds| float(graph.layout.count(kinds))).collect();
        let by_id: Vec<bool> = pattern
            .nodes
            .iter()
            .map(|node| {
                graph.is_estate()
                    && pattern.filters.iter().any(|filter| {
                        id_of(filter, node.slot).is_some_and(|id| matches!(id, Expr::Const(_)))
                    })
            })
            .collect();
        let mut estimator = Self {
            graph,
            pattern,
            budget,
            kinds,
            counts,
            shares: Vec::new(),
            by_id,
            fan_outs: Vec::with_capacity(pattern.edges.len()),
        };
        estimator.shares = (0..pattern.nodes.len()).map(|node| estimator.share(node)).collect();
        for edge in &pattern.edges {
            let both = [estimator.fan_out(edge, false)?, estimator.fan_out(edge, true)?];
            estimator.fan_outs.push(both);
        }
        Ok(estimator)
    }

    /// The cheapest order, with the rows expected after each action.
    pub(super) fn best(&self) -> Result<Vec<(Action, f64)>, QueryError> {
        let free = (0..self.pattern.nodes.len()).filter(|node| !self.pattern.nodes[*node].bound);
        let any_bound = self.pattern.nodes.iter().any(|node| node.bound);
        let starts = free.map(Some).chain(any_bound.then_some(None));
        let orders: Vec<_> = starts.map(|start| self.order(start)).collect::<Result<_, _>>()?;
        let best = orders.into_iter().min_by(|(a, _), (b, _)| a.total_cmp(b));
        Ok(best.map(|(_, actions)| actions).unwrap_or_default())
    }

    fn order(&self, start: Option<usize>) -> Result<(f64, Vec<(Action, f64)>), QueryError> {
        let pattern = self.pattern;
        let mut bound: Vec<bool> = pattern.nodes.iter().map(|node| node.bound).collect();
        let mut done = vec![false; pattern.edges.len()];
        let (mut rows, mut cost) = (1.0_f64, 0.0_f64);
        let mut actions = Vec::new();
        let mut next_scan = start;
        loop {
            self.budget.ticks(pattern.edges.len())?;
            let follow = if next_scan.is_some() { None } else { self.cheapest(&bound, &done) };
            if let Some((edge, reversed, fan_out)) = follow {
                cost += self.walked(edge, reversed, rows, fan_out);
                rows *= fan_out.matched;
                done[edge] = true;
                let to = if reversed { pattern.edges[edge].from } else { pattern.edges[edge].to };
                if !bound[to] {
                    bound[to] = true;
                    rows *= self.shares[to];
                }
                actions.push((Action::Follow { edge, reversed }, rows));
                continue;
            }
            let free = (0..bound.len()).filter(|node| !bound[*node]);
            let smallest = free.min_by(|a, b| {
                (self.counts[*a] * self.shares[*a]).total_cmp(&(self.counts[*b] * self.shares[*b]))
            });
            let Some(node) = next_scan.take().or(smallest) else {
                return Ok((cost, actions));
            };
            // Every row goes through all nodes of the label, or asks the index of ids.
            cost += rows * self.scanned(node).max(1.0);
            rows *= (self.counts[node] * self.shares[node]).max(0.01);
            bound[node] = true;
            actions.push((Action::Scan(node), rows));
        }
    }

    /// What going through a node's candidates costs: little where an index has them, or where bits tell 64 at once.
    fn scanned(&self, node: usize) -> f64 {
        if self.by_id[node] {
            return 1.0;
        }
        let slot = self.pattern.nodes[node].slot;
        let columns = self.pattern.filters.iter().filter_map(|filter| match filter {
            Expr::PropertyIs { slot: of, key, .. } if *of == slot => key.column,
            _ => None,
        });
        let columns: Vec<u32> = columns.collect();
        let of_kind = |kind: usize| {
            let count = float(self.graph.layout.of_kind(kind).len());
            let any = |test: &dyn Fn(u32) -> bool| columns.iter().any(|column| test(*column));
            if any(&|column| self.graph.columns.is_indexed(column, kind)) {
                count * self.shares[node]
            } else if any(&|column| self.graph.columns.is_bits(column, kind)) {
                count / 64.0 + count * self.shares[node]
            } else {
                count
            }
        };
        self.kinds[node].members().map(of_kind).sum()
    }

    /// The relation at hand that multiplies rows the least.
    fn cheapest(&self, bound: &[bool], done: &[bool]) -> Option<(usize, bool, FanOut)> {
        let edges = self.pattern.edges.iter().enumerate().filter(|(edge, _)| !done[*edge]);
        let ways = edges.flat_map(|(index, edge)| {
            let forward = bound[edge.from].then_some((index, false));
            let backward = (bound[edge.to]).then_some((index, true));
            forward.into_iter().chain(backward)
        });
        let weighed = ways.map(|(index, reversed)| {
            let edge = &self.pattern.edges[index];
            let to = if reversed { edge.from } else { edge.to };
            let mut fan_out = self.fan_outs[index][usize::from(reversed)];
            if bound[to] {
                fan_out.matched /= self.counts[to].max(1.0);
            }
            // A shortest path is wanted between ends that are known.
            let late = if edge.shortest.is_some() && !bound[to] { 1e12 } else { 1.0 };
            let share = if bound[to] { 1.0 } else { self.shares[to] };
            let weight = fan_out.matched * late * share;
            (index, reversed, fan_out, weight)
        });
        let best = weighed.min_by(|a, b| a.3.total_cmp(&b.3));
        best.map(|(index, reversed, fan_out, _)| (index, reversed, fan_out))
    }

    /// What following an edge from one node at its start gives; from its end where it is reversed.
    fn fan_out(&self, edge: &Edge, reversed: bool) -> Result<FanOut, QueryError> {
        let (from, to) = ends(edge, reversed);
        let direction = direction(edge.direction, reversed);
        let (min, max) = edge.length.unwrap_or((1, 1));
        // Nodes of each kind that are reached, hop by hop.
        let mut at = vec![0.0; self.graph.layout.kind_count()];
        for kind in self.kinds[from].members() {
            at[kind] = self.nodes_of(kind) / self.counts[from].max(1.0);
        }
        let within = |at: &[f64]| -> f64 { self.kinds[to].members().map(|kind| at[kind]).sum() };
        let mut fan_out = FanOut {
            matched: if min == 0 { within(&at) } else { 0.0 },
            visited: 0.0,
            leading: self.leading(edge, reversed)?,
        };
        for _ in 0..max.min(MAX_HOPS) {
            at = self.hop(&at, &edge.types, direction)?;
            fan_out.matched += within(&at);
            fan_out.visited += at.iter().sum::<f64>();
        }
        Ok(fan_out)
    }

    /// How many nodes lead to the ends of a walk.
    fn leading(&self, edge: &Edge, reversed: bool) -> Result<f64, QueryError> {
        let Some((_, max)) = edge.length else { return Ok(0.0) };
        let (_, to) = ends(edge, reversed);
        let backwards = direction(edge.direction, !reversed);
        let mut come_to = self.graph.layout.no_kind();
        for found in self.graph.relations.connections() {
            if edge.types.contains(found.relation) {
                come_to.insert(if backwards == Direction::In {
                    found.target
                } else {
                    found.source
                });
            }
        }
        let mut at = vec![0.0; self.graph.layout.kind_count()];
        for kind in self.kinds[to].members() {
            at[kind] = self.nodes_of(kind) * self.shares[to];
        }
        let mut visited = at.clone();
        for _ in 1..max.min(MAX_HOPS) {
            at = self.hop(&at, &edge.types, backwards)?;
            for kind in 0..at.len() {
                let left =
                    if come_to.contains(kind) { self.nodes_of(kind) - visited[kind] } else { 0.0 };
                at[kind] = at[kind].min(left);
                visited[kind] += at[kind];
            }
        }
        Ok(visited.iter().sum())
    }

    /// What following an edge from so many rows costs: every way, or the ways that lead to an end once that is known.
    fn walked(&self, edge: usize, reversed: bool, rows: f64, fan_out: FanOut) -> f64 {
        let every = rows * fan_out.visited;
        let edge = &self.pattern.edges[edge];
        let Some((_, max)) = edge.length else { return every };
        let (_, to) = ends(edge, reversed);
        let steps = f64::from(max.min(MAX_HOPS)) / 2.0;
        let found = rows * (1.0 + fan_out.matched * self.shares[to] * steps);
        every.min(fan_out.leading + found)
    }

    /// One hop on from so many nodes of each kind.
    fn hop(&self, at: &[f64], types: &Bits, direction: Direction) -> Result<Vec<f64>, QueryError> {
        let connections = self.graph.relations.connections();
        self.budget.ticks(connections.len())?;
        let mut next = vec![0.0; at.len()];
        for found in connections {
            if !types.contains(found.relation) {
                continue;
            }
            let count = f64::from(found.count);
            if direction != Direction::In {
                next[found.target] += at[found.source] * count / self.nodes_of(found.source);
            }
            if direction != Direction::Out {
                next[found.source] += at[found.target] * count / self.nodes_of(found.target);
            }
        }
        Ok(next)
    }

    fn nodes_of(&self, kind: usize) -> f64 {
        float(self.graph.layout.of_kind(kind).len()).max(1.0)
    }

    /// The part of a node's candidates that the filters on it alone let through.
    fn share(&self, node: usize) -> f64 {
        let slot = self.pattern.nodes[node].slot;
        if self.by_id[node] {
            return 1.0 / self.counts[node].max(1.0);
        }
        let own: Vec<usize> = self.pattern.nodes.iter().map(|node| node.slot).collect();
        let about_it = self.pattern.filters.iter().filter(|filter| {
            let (mut it, mut others) = (false, false);
            filter.slots(&mut |used| {
                it |= used == slot;
                others |= used != slot && own.contains(&used);
            });
            it && !others
        });
        about_it.map(|filter| self.filter_share(filter, node)).product()
    }

    fn filter_share(&self, filter: &Expr, node: usize) -> f64 {
        let Expr::PropertyIs { key, wanted, .. } = filter else { return UNKNOWN_SHARE };
        let Some(column) = key.column else { return 0.001 };
        let layout = &self.graph.layout;
        let matching: f64 = self.kinds[node]
            .members()
            .map(|kind| {
                let nodes = layout.of_kind(kind).len();
                float(nodes) * self.graph.columns.share(column, kind, nodes, wanted)
            })
            .sum();
        (matching / self.counts[node].max(1.0)).clamp(1e-6, 1.0)
    }
}

/// The nodes that an edge is followed from and to.
const fn ends(edge: &Edge, reversed: bool) -> (usize, usize) {
    if reversed { (edge.to, edge.from) } else { (edge.from, edge.to) }
}

const fn direction(written: Direction, reversed: bool) -> Direction {
    match (written, reversed) {
        (Direction::Both, _) => Direction::Both,
        (Direction::Out, false) | (Direction::In, true) => Direction::Out,
        (Direction::In, false) | (Direction::Out, true) => Direction::In,
    }
}

#[expect(clippy::cast_precision_loss, reason = "estimates need no more than a float holds")]
fn float(count: usize) -> f64 {
    count as f64
}
