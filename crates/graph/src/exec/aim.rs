//! Where walks are going: how far each node is from the nearest end that a walk may arrive at. A walk that has seen much
//! of the graph finds that out once, from the ends backwards, and from then on leaves every way that comes too late.

use std::cell::{Cell, OnceCell};

use super::Executor;
use crate::{QueryError, ast::Direction, plan::Walk};

/// Distances by node, known from when they are worth it.
#[derive(Debug)]
pub(crate) struct Aim {
    distances: OnceCell<Vec<u8>>,
    /// Relations looked at so far, and how many make it worth to know.
    spent: Cell<usize>,
    worth: usize,
}

impl Aim {
    pub(crate) const fn new(worth: usize) -> Self {
        Self { distances: OnceCell::new(), spent: Cell::new(0), worth }
    }

    pub(super) fn spend(&self, relations: usize) {
        self.spent.set(self.spent.get().saturating_add(relations));
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
        if aim.spent.get() < aim.worth || walk.expand.to_bound || walk.max > FARTHEST {
            return Ok(None);
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
