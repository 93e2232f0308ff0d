//! Large matches on several threads: the nodes that a pattern starts at are shared out, and the groups found from them
//! put together in their order, so that the answer is that of one thread.

use std::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use super::{
    Executor, State,
    project::{Groups, Sink},
};
use crate::{
    QueryError, Snapshot,
    ir::{AggregateKind, Part, Read},
    limits::Budget,
    plan::{NodeIs, Operation, Seek},
};

/// Fewer nodes to start at are not shared out.
const WORTH: usize = 1024;
/// Nodes of one share; the same however many threads there are.
const SHARE: usize = 256;
/// What takes no longer is done before other threads have begun.
const ALONE: Duration = Duration::from_millis(5);
/// Each holds what it has visited.
const MAX_THREADS: usize = 8;

impl Executor<'_> {
    /// Matches a part of the query on several threads; whether that was worth it.
    pub(super) fn in_parallel(
        &self,
        part: &Part,
        state: &State,
        sink: &mut Sink<'_>,
    ) -> Result<bool, QueryError> {
        let Some(is) = starts_of(part) else { return Ok(false) };
        let mut starts = Vec::new();
        self.nodes(is, |node| {
            starts.push(node);
            Ok(true)
        })?;
        if starts.len() < WORTH {
            return Ok(false);
        }
        self.budget.charge(size_of_val(starts.as_slice()))?;
        let shares: Vec<&[u32]> = starts.chunks(SHARE).collect();
        let next = AtomicUsize::new(0);
        let worker = || Worker {
            graph: self.graph,
            budget: self.budget.fork(),
            part: part.clone(),
            first: state.clone(),
        };
        let mut own = worker();
        let mut groups = own.work(&shares, &next, self.budget.elapsed() + ALONE)?;
        let found: Vec<Result<_, QueryError>> = thread::scope(|scope| {
            let (shares, next) = (shares.as_slice(), &next);
            let others: Vec<_> = (1..threads(shares.len() - groups.len()))
                .map(|_| {
                    let mut worker = worker();
                    scope.spawn(move || worker.work(shares, next, Duration::MAX))
                })
                .collect();
            let own = own.work(shares, next, Duration::MAX);
            let joined = others.into_iter().map(|other| match other.join() {
                Ok(found) => found,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            std::iter::once(own).chain(joined).collect()
        });
        for found in found {
            groups.extend(found?);
        }
        groups.sort_by_key(|(share, _)| *share);
        groups.into_iter().for_each(|(_, groups)| sink.absorb(groups));
        Ok(true)
    }
}

/// How many threads so many shares are for.
fn threads(shares: usize) -> usize {
    if shares < 2 {
        return 1;
    }
    thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS).min(shares)
}

/// What the nodes must be that a part starts at, where there are many and what follows can be put together.
fn starts_of(part: &Part) -> Option<&NodeIs> {
    let Some(Read::Match { optional: false, plan }) = part.reads.first() else { return None };
    let first = plan.steps.first()?;
    let Operation::Scan { seek: Seek::All, is, .. } = &first.operation else { return None };
    let more = plan.steps.len() + plan.exists.len() + part.reads.len() > 2;
    let aggregates = &part.projection.aggregates;
    // The sum of floating point numbers depends on the order in which they are added.
    let sums = |kind| matches!(kind, AggregateKind::Sum | AggregateKind::Avg);
    let joinable = !aggregates.is_empty() && !aggregates.iter().any(|one| sums(one.kind));
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let many = first.rows >= WORTH as f64;
    (more && joinable && many).then_some(is)
}

/// A thread's own copy of what it runs: plans remember where they were.
struct Worker<'a> {
    graph: &'a Snapshot,
    budget: Budget<'a>,
    part: Part,
    /// What is known before the part.
    first: State,
}

impl Worker<'_> {
    /// Takes share after share until there are no more or the query has taken so long; the groups of each.
    fn work(
        &mut self,
        shares: &[&[u32]],
        next: &AtomicUsize,
        until: Duration,
    ) -> Result<Vec<(usize, Groups)>, QueryError> {
        let executor = Executor { may_share: false, ..Executor::new(self.graph, &self.budget) };
        let mut found = Vec::new();
        while self.budget.elapsed() < until {
            let share = next.fetch_add(1, Ordering::Relaxed);
            let Some(nodes) = shares.get(share) else { break };
            start_at(&mut self.part, nodes);
            executor.random.set(share as u64);
            let mut sink = Sink::new(&self.part.projection, usize::MAX);
            let mut state = self.first.clone();
            if let Err(error) = executor.read(&self.part.reads, &mut state, &mut sink) {
                // The others need not begin another one.
                next.store(shares.len(), Ordering::Relaxed);
                return Err(error);
            }
            found.push((share, sink.into_groups()));
        }
        Ok(found)
    }
}

fn start_at(part: &mut Part, nodes: &[u32]) {
    let Some(Read::Match { plan, .. }) = part.reads.first_mut() else { return };
    if let Some(first) = plan.steps.first_mut()
        && let Operation::Scan { seek, .. } = &mut first.operation
    {
        *seek = Seek::These(nodes.to_vec());
    }
}
