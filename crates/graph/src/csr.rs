//! Relations in compressed sparse rows, per relation kind and both ways.

use picket_model::Properties;
use rustc_hash::FxHashMap;

use crate::{
    ast::Direction,
    layout::{KINDS, Layout, RELATION_KINDS, members},
};

/// Relations sorted by kind, source and target; a relation is its position.
#[derive(Debug)]
pub(crate) struct Relations {
    sources: Vec<u32>,
    targets: Vec<u32>,
    /// First relation of each kind; one more at the end.
    starts: Vec<u32>,
    properties: FxHashMap<u32, Properties>,
    out: Vec<Rows>,
    into: Vec<Rows>,
    /// For `into`: relation and source, sorted by kind, target and source.
    incoming: Vec<(u32, u32)>,
    /// For each asset kind, the relation kinds that leave it and those that arrive at it.
    leaving: [u32; KINDS],
    arriving: [u32; KINDS],
    connections: Vec<Connection>,
}

/// How many relations of a kind lead from one asset kind to another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connection {
    pub(crate) source: usize,
    pub(crate) relation: usize,
    pub(crate) target: usize,
    pub(crate) count: u32,
}

/// Row offsets, held only for those asset kinds that have such relations.
#[derive(Debug)]
struct Rows {
    bases: [u32; KINDS],
    offsets: Vec<u32>,
}

const NO_ROWS: u32 = u32::MAX;

impl Rows {
    /// `nodes` are the row of each entry, ascending; entries count from `first`.
    fn new(nodes: impl Iterator<Item = u32> + Clone, first: u32, layout: &Layout) -> Self {
        let mut rows = Self { bases: [NO_ROWS; KINDS], offsets: Vec::new() };
        let present = nodes.clone().fold(0_u64, |mask, node| mask | 1 << layout.kind(node));
        let mut length = 0;
        for kind in members(present) {
            rows.bases[kind] = length;
            length += u32::try_from(layout.of_kind(kind).len()).unwrap_or(u32::MAX) + 1;
        }
        rows.offsets = vec![0; length as usize];
        for node in nodes {
            let row = rows.bases[layout.kind(node)] as usize + layout.local(node);
            rows.offsets[row + 1] += 1;
        }
        // Kinds ascend like nodes do, so one running sum serves all of them.
        let mut total = first;
        for offset in &mut rows.offsets {
            total += *offset;
            *offset = total;
        }
        rows
    }

    /// The entries of a node, by its kind and its place among them.
    fn range(&self, kind: usize, local: usize) -> std::ops::Range<u32> {
        let base = self.bases[kind];
        if base == NO_ROWS {
            return 0..0;
        }
        let row = base as usize + local;
        self.offsets[row]..self.offsets[row + 1]
    }
}

/// A relation before it has a place.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) kind: u8,
    pub(crate) source: u32,
    pub(crate) target: u32,
    pub(crate) properties: Properties,
}

impl Relations {
    pub(crate) fn new(mut edges: Vec<Edge>, layout: &Layout) -> Self {
        edges.sort_by_key(|edge| (edge.kind, edge.source, edge.target));
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let starts: Vec<u32> = (0..=RELATION_KINDS)
            .map(|kind| place(edges.partition_point(|edge| usize::from(edge.kind) < kind)))
            .collect();
        let mut incoming: Vec<(u32, u32)> =
            (0_u32..).zip(&edges).map(|(relation, edge)| (relation, edge.source)).collect();
        let mut counts: FxHashMap<(u8, usize, usize), u32> = FxHashMap::default();
        for edge in &edges {
            let key = (edge.kind, layout.kind(edge.source), layout.kind(edge.target));
            *counts.entry(key).or_default() += 1;
        }
        let (mut out, mut into) = (Vec::new(), Vec::new());
        for kind in 0..RELATION_KINDS {
            let first = starts[kind];
            let range = first as usize..starts[kind + 1] as usize;
            out.push(Rows::new(edges[range.clone()].iter().map(|edge| edge.source), first, layout));
            incoming[range.clone()]
                .sort_by_key(|(relation, source)| (edges[*relation as usize].target, *source));
            let targets =
                incoming[range].iter().map(|(relation, _)| edges[*relation as usize].target);
            into.push(Rows::new(targets, first, layout));
        }
        let mut connections: Vec<Connection> = counts
            .into_iter()
            .map(|((kind, source, target), count)| Connection {
                source,
                relation: usize::from(kind),
                target,
                count,
            })
            .collect();
        connections.sort_by_key(|found| (found.relation, found.source, found.target));
        let (mut leaving, mut arriving) = ([0; KINDS], [0; KINDS]);
        for found in &connections {
            leaving[found.source] |= 1 << found.relation;
            arriving[found.target] |= 1 << found.relation;
        }
        let (sources, targets) = edges.iter().map(|edge| (edge.source, edge.target)).unzip();
        let properties = (0_u32..)
            .zip(edges)
            .filter(|(_, edge)| !edge.properties.is_empty())
            .map(|(relation, edge)| (relation, edge.properties))
            .collect();
        Self {
            sources,
            targets,
            starts,
            properties,
            out,
            into,
            incoming,
            leaving,
            arriving,
            connections,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.sources.len()
    }

    pub(crate) fn source(&self, relation: u32) -> u32 {
        self.sources[relation as usize]
    }

    pub(crate) fn target(&self, relation: u32) -> u32 {
        self.targets[relation as usize]
    }

    /// Its kind, by position in [`picket_model::RelationKind::ALL`].
    pub(crate) fn kind(&self, relation: u32) -> usize {
        self.starts.partition_point(|start| *start <= relation) - 1
    }

    pub(crate) fn properties(&self, relation: u32) -> Option<&Properties> {
        self.properties.get(&relation)
    }

    pub(crate) fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// Relations of these kinds at `node` with the node at their other end.
    pub(crate) fn at<'a>(
        &'a self,
        layout: &'a Layout,
        node: u32,
        kinds: u32,
        direction: Direction,
    ) -> impl Iterator<Item = (u32, u32)> + 'a {
        let of = layout.kind(node);
        let local = layout.local(node);
        let leaving = if direction == Direction::In { 0 } else { self.leaving[of] & kinds };
        let arriving = if direction == Direction::Out { 0 } else { self.arriving[of] & kinds };
        let out = members(u64::from(leaving))
            .flat_map(move |kind| self.out[kind].range(of, local))
            .map(|relation| (relation, self.targets[relation as usize]));
        let into = members(u64::from(arriving)).flat_map(move |kind| {
            let range = self.into[kind].range(of, local);
            self.incoming[range.start as usize..range.end as usize].iter().copied()
        });
        // Without a direction, a relation from a node to itself is still one relation.
        let both = direction == Direction::Both;
        out.chain(into.filter(move |(_, source)| !(both && *source == node)))
    }
}
