//! Relations in compressed sparse rows, per type and both ways.

use std::{ops::Range, sync::Arc};

use rustc_hash::FxHashMap;

use crate::{ast::Direction, bits::Bits, columns::Columns, layout::Layout};

/// Relations sorted by type, source and target; a relation is its position.
#[derive(Debug)]
pub(crate) struct Relations {
    names: Vec<Arc<str>>,
    by_name: FxHashMap<Arc<str>, usize>,
    sources: Vec<u32>,
    targets: Vec<u32>,
    /// First relation of each type; one more at the end.
    starts: Vec<u32>,
    /// Properties by type.
    pub(crate) columns: Columns,
    out: Vec<Rows>,
    into: Vec<Rows>,
    /// For `into`: relations sorted by type, target and source, and their sources.
    incoming: Vec<u32>,
    incoming_sources: Vec<u32>,
    /// For each kind of node, the types that leave it and those that arrive at it.
    leaving: Vec<Bits>,
    arriving: Vec<Bits>,
    connections: Vec<Connection>,
}

/// How many relations of a type lead from one kind of node to another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connection {
    pub(crate) source: usize,
    pub(crate) relation: usize,
    pub(crate) target: usize,
    pub(crate) count: u32,
}

/// Row offsets, held only for those kinds of nodes that have such relations.
#[derive(Debug)]
struct Rows {
    bases: Vec<u32>,
    offsets: Vec<u32>,
}

const NO_ROWS: u32 = u32::MAX;

impl Rows {
    /// `nodes` are the row of each entry; entries count from `first`.
    fn new(nodes: impl Iterator<Item = u32> + Clone, first: u32, layout: &Layout) -> Self {
        let mut present = layout.no_kind();
        nodes.clone().for_each(|node| present.insert(layout.kind(node)));
        let mut bases = vec![NO_ROWS; layout.kind_count()];
        let mut length = 0;
        for kind in present.members() {
            bases[kind] = length;
            length += u32::try_from(layout.of_kind(kind).len()).unwrap_or(u32::MAX) + 1;
        }
        let mut rows = Self { bases, offsets: vec![0; length as usize] };
        for node in nodes {
            let row = rows.row(node, layout);
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

    fn row(&self, node: u32, layout: &Layout) -> usize {
        self.bases[layout.kind(node)] as usize + layout.local(node)
    }

    /// The entries of a node, by its kind and its place among them.
    fn range(&self, kind: usize, local: usize) -> Range<u32> {
        let base = self.bases[kind];
        if base == NO_ROWS {
            return 0..0;
        }
        let row = base as usize + local;
        self.offsets[row]..self.offsets[row + 1]
    }
}

/// A relation before it has a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    pub(crate) relation: u32,
    pub(crate) source: u32,
    pub(crate) target: u32,
    /// By which its properties were collected.
    pub(crate) number: u32,
}

impl Relations {
    /// `columns` makes the columns, given the place of every relation by its number.
    pub(crate) fn new(
        names: Vec<Arc<str>>,
        mut edges: Vec<Edge>,
        layout: &Layout,
        columns: impl FnOnce(&[u32], &[Range<u32>]) -> Columns,
    ) -> Self {
        edges.sort_by_key(|edge| (edge.relation, edge.source, edge.target));
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let starts: Vec<u32> = (0..=names.len())
            .map(|name| place(edges.partition_point(|edge| (edge.relation as usize) < name)))
            .collect();
        let mut places = vec![0; edges.len()];
        for (relation, edge) in (0_u32..).zip(&edges) {
            places[edge.number as usize] = relation;
        }
        let ranges: Vec<Range<u32>> = starts.windows(2).map(|pair| pair[0]..pair[1]).collect();
        let columns = columns(&places, &ranges);
        drop(places);
        let (sources, targets): (Vec<u32>, Vec<u32>) =
            edges.iter().map(|edge| (edge.source, edge.target)).unzip();
        drop(edges);
        Self::arranged(names, sources, targets, starts, columns, layout)
    }

    /// From relations that are sorted.
    pub(crate) fn arranged(
        names: Vec<Arc<str>>,
        sources: Vec<u32>,
        targets: Vec<u32>,
        starts: Vec<u32>,
        columns: Columns,
        layout: &Layout,
    ) -> Self {
        let (mut out, mut into) = (Vec::new(), Vec::new());
        let mut incoming = vec![0; sources.len()];
        let mut incoming_sources = vec![0; sources.len()];
        let mut connections = Vec::new();
        for relation in 0..names.len() {
            let range = starts[relation] as usize..starts[relation + 1] as usize;
            let (from, to) = (&sources[range.clone()], &targets[range]);
            out.push(Rows::new(from.iter().copied(), starts[relation], layout));
            let rows = Rows::new(to.iter().copied(), starts[relation], layout);
            let mut counts: FxHashMap<(usize, usize), u32> = FxHashMap::default();
            let mut next = rows.offsets.clone();
            for (number, (source, target)) in (starts[relation]..).zip(from.iter().zip(to)) {
                *counts.entry((layout.kind(*source), layout.kind(*target))).or_default() += 1;
                // Sources ascend, so each row fills in order of them.
                let entry = &mut next[rows.row(*target, layout)];
                incoming[*entry as usize] = number;
                incoming_sources[*entry as usize] = *source;
                *entry += 1;
            }
            into.push(rows);
            let mut found: Vec<Connection> = counts
                .into_iter()
                .map(|((source, target), count)| Connection { source, relation, target, count })
                .collect();
            found.sort_by_key(|found| (found.source, found.target));
            connections.append(&mut found);
        }
        let mut leaving = vec![Bits::new(names.len()); layout.kind_count()];
        let mut arriving = leaving.clone();
        for found in &connections {
            leaving[found.source].insert(found.relation);
            arriving[found.target].insert(found.relation);
        }
        let by_name = names.iter().map(Arc::clone).zip(0..).collect();
        Self {
            names,
            by_name,
            sources,
            targets,
            starts,
            columns,
            out,
            into,
            incoming,
            incoming_sources,
            leaving,
            arriving,
            connections,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.sources.len()
    }

    pub(crate) fn any_type(&self) -> Bits {
        Bits::full(self.names.len())
    }

    pub(crate) fn no_type(&self) -> Bits {
        Bits::new(self.names.len())
    }

    pub(crate) fn type_name(&self, relation_type: usize) -> &Arc<str> {
        &self.names[relation_type]
    }

    pub(crate) fn type_by_name(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn source(&self, relation: u32) -> u32 {
        self.sources[relation as usize]
    }

    pub(crate) fn target(&self, relation: u32) -> u32 {
        self.targets[relation as usize]
    }

    /// Its type.
    pub(crate) fn type_of(&self, relation: u32) -> usize {
        self.starts.partition_point(|start| *start <= relation) - 1
    }

    /// Its type, and its position among those of the type.
    pub(crate) fn place(&self, relation: u32) -> (usize, usize) {
        let relation_type = self.type_of(relation);
        (relation_type, (relation - self.starts[relation_type]) as usize)
    }

    pub(crate) fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// Relations of these types at `node` with the node at their other end.
    pub(crate) fn at<'a>(
        &'a self,
        layout: &'a Layout,
        node: u32,
        types: &'a Bits,
        direction: Direction,
    ) -> impl Iterator<Item = (u32, u32)> + 'a {
        let (kind, local) = (layout.kind(node), layout.local(node));
        let leaving = (direction != Direction::In).then(|| self.leaving[kind].common(types));
        let arriving = (direction != Direction::Out).then(|| self.arriving[kind].common(types));
        let out = leaving.into_iter().flatten().flat_map(move |relation| {
            let range = self.out[relation].range(kind, local);
            let targets = &self.targets[range.start as usize..range.end as usize];
            range.zip(targets.iter().copied())
        });
        let into = arriving.into_iter().flatten().flat_map(move |relation| {
            let range = self.into[relation].range(kind, local);
            let range = range.start as usize..range.end as usize;
            let sources = self.incoming_sources[range.clone()].iter().copied();
            self.incoming[range].iter().copied().zip(sources)
        });
        // Without a direction, a relation from a node to itself is still one relation.
        let both = direction == Direction::Both;
        out.chain(into.filter(move |(_, source)| !(both && *source == node)))
    }
}
