//! Where walks are going: how far each node is from the nearest end that a walk may arrive at. A walk that has seen much
//! of the graph finds that out once, from the ends backwards, and from then on leaves every way that comes too late.

use std::sync::{
    Mutex, OnceLock, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use super::Executor;
use crate::{QueryError, ast::Direction, plan::Walk};

/// Distances by node, known from when they are worth it; all threads of a query share them.
#[derive(Debug)]
pub(crate) struct Aim {
    distances: OnceLock<Vec<u8>>,
    /// One thread finds them out, the others wait.
    finding: Mutex<()>,
    /// Relations looked at so far, and how many make it worth to know.
    spent: AtomicUsize,
    worth: usize,
}

impl Aim {
    pub(crate) const fn new(worth: usize) -> Self {
        Self {
            distances: OnceLock::new(),
            finding: Mutex::new(()),
            spent: AtomicUsize::new(0),
            worth,
        }
    }

    pub(super) fn spend(&self, relations: usize) {
        if self.distances.get().is_none() {
            self.spent.fetch_add(relations, Ordering::Relaxed);
        }
    }
}

/// Longer walks are not aimed.
const FARTHEST: u32 = 250;
const UNREACHED: u8 = u8::MAX;

impl Executor<'_> {
    /// The distances of a walk's ends, where it has cost enough.
    pub(super) fn aim<'w>(&self, walk: &'w Walk) -> Result<Option<&'w [u8]>, QueryError> {
        let aim = &walk.aim;
        if let Some(distances) = aim.distances.get() {
            return Ok(Some(distances));
        }
        let spent = aim.spent.load(Ordering::Relaxed);
        if spent < aim.worth || walk.expand.to_bound || walk.max > FARTHEST {
            return Ok(None);
        }
        let _finding = aim.finding.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(distances) = aim.distances.get() {
            return Ok(Some(distances));
        }
        let distances = self.distances(walk)?;
        Ok(Some(aim.distances.get_or_init(|| distances)))
    }

    fn distances(&self, walk: &Walk) -> Result<Vec<u8>, QueryError> {
        let (graph, expand) = (self.graph, &walk.expand);
        self.budget.charge(graph.node_count())?;
        let mut distances = vec![UNREACHED; graph.node_count()];
        let mut level = Vec::new();
        self.nodes(&expand.to_is, |node| {
            distances[node as usize] = 0;
            level.push(node);
            Ok(true)
        })?;
        let backwards = match expand.direction {
            Direction::Out => Direction::In,
            Direction::In => Direction::Out,
            Direction::Both => Direction::Both,
        };
        // Only what a walk may come to counts, and the first relation has brought it there.
        let types = walk.between(graph);
        let mut next = Vec::new();
        for distance in 1..u8::try_from(walk.max).unwrap_or(UNREACHED) {
            for node in level.drain(..) {
                for row in graph.relations.rows(
                    node,
                    graph.layout.place(node, &expand.last),
                    &types,
                    backwards,
                ) {
                    self.budget.ticks(row.nodes.len())?;
                    for from in row.nodes {
                        let known = &mut distances[*from as usize];
                        if *known == UNREACHED {
                            *known = distance;
                            next.push(*from);
                        }
                    }
                }
            }
            if next.is_empty() {
                break;
            }
            std::mem::swap(&mut level, &mut next);
        }
        Ok(distances)
    }
}
