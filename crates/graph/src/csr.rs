//! Relations in compressed sparse rows, per type and both ways.

use std::{
    cell::Cell,
    io::{self, Write},
    ops::Range,
    sync::Arc,
};

use rustc_hash::FxHashMap;

use serde_json::Value as Json;

use crate::{
    ast::Direction,
    binary::{Decoder, Encoder, Read, SnapshotError},
    bits::Bits,
    columns::Columns,
    layout::{Layout, MAX_TABLE},
    strings::Strings,
    value::Value,
};

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
    out: Vec<Offsets>,
    into: Vec<Offsets>,
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
struct Offsets {
    bases: Vec<u32>,
    offsets: Vec<u32>,
}

const NO_ROWS: u32 = u32::MAX;

impl Offsets {
    /// `nodes` are the row of each entry; entries count from `first`.
    fn new(nodes: impl Iterator<Item = u32> + Clone, first: u32, layout: &Layout) -> Self {
        let mut present = layout.no_kind();
        let last = Cell::default();
        nodes.clone().for_each(|node| present.insert(layout.place(node, &last).0));
        let mut bases = vec![NO_ROWS; layout.kind_count()];
        let mut length = 0;
        for kind in present.members() {
            bases[kind] = length;
            length += u32::try_from(layout.of_kind(kind).len()).unwrap_or(u32::MAX) + 1;
        }
        let mut rows = Self { bases, offsets: vec![0; length as usize] };
        for node in nodes {
            let row = rows.row(layout.place(node, &last));
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

    fn row(&self, (kind, local): (usize, usize)) -> usize {
        self.bases[kind] as usize + local
    }

    /// The entries of a node, by its kind and its place among them.
    fn range(&self, kind: usize, local: usize) -> Range<u32> {
        let base = self.bases[kind];
        if base == NO_ROWS {
            return 0..0;
        }
        let row = self.row((kind, local));
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
    fn arranged(
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
            out.push(Offsets::new(from.iter().copied(), starts[relation], layout));
            let rows = Offsets::new(to.iter().copied(), starts[relation], layout);
            let mut counts: FxHashMap<(usize, usize), u32> = FxHashMap::default();
            let mut next = rows.offsets.clone();
            let (last_source, last_target) = (Cell::default(), Cell::default());
            for (number, (source, target)) in (starts[relation]..).zip(from.iter().zip(to)) {
                let (source_kind, _) = layout.place(*source, &last_source);
                let (target_kind, local) = layout.place(*target, &last_target);
                *counts.entry((source_kind, target_kind)).or_default() += 1;
                // Sources ascend, so each row fills in order of them.
                let entry = &mut next[rows.row((target_kind, local))];
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

    pub(crate) fn write(
        &self,
        out: &mut Encoder<impl Write>,
        json: &dyn Fn(&Value) -> Json,
    ) -> io::Result<()> {
        out.number(self.names.len() as u64)?;
        self.names.iter().try_for_each(|name| out.text(name))?;
        out.small_numbers(&self.starts)?;
        out.small_numbers(&self.sources)?;
        out.small_numbers(&self.targets)?;
        self.columns.write(out, json)
    }

    pub(crate) fn read(bytes: &mut Decoder<'_>, layout: &Layout, strings: &Strings) -> Read<Self> {
        let names = bytes.texts()?;
        if names.len().saturating_mul(layout.kind_count()) > MAX_TABLE {
            return Err(SnapshotError::Damaged("it has too many types of relations"));
        }
        let (starts, sources, targets) =
            (bytes.small_numbers()?, bytes.small_numbers()?, bytes.small_numbers()?);
        let within = starts.len() == names.len() + 1
            && starts.first() == Some(&0)
            && starts.is_sorted()
            && starts.last().is_some_and(|last| *last as usize == sources.len())
            && sources.len() == targets.len()
            && sources.iter().chain(&targets).all(|node| (*node as usize) < layout.len());
        let ordered = within
            && starts.windows(2).all(|pair| {
                let range = pair[0] as usize..pair[1] as usize;
                sources[range.clone()].iter().zip(&targets[range]).is_sorted()
            });
        if !ordered {
            return Err(SnapshotError::Damaged("its relations are out of order"));
        }
        let counts: Vec<usize> =
            starts.windows(2).map(|pair| (pair[1] - pair[0]) as usize).collect();
        let columns = Columns::read(bytes, &counts, strings)?;
        Ok(Self::arranged(names, sources, targets, starts, columns, layout))
    }

    pub(crate) fn type_count(&self) -> usize {
        self.names.len()
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

    /// How many relations there are of these types.
    pub(crate) fn count(&self, types: &Bits) -> usize {
        types.members().map(|one| (self.starts[one + 1] - self.starts[one]) as usize).sum()
    }

    /// Relations of these types at `node` with the node at their other end.
    pub(crate) fn at<'a>(
        &'a self,
        layout: &'a Layout,
        node: u32,
        types: &'a Bits,
        direction: Direction,
    ) -> impl Iterator<Item = (u32, u32)> + 'a {
        let place = (layout.kind(node), layout.local(node));
        let rows = self.rows(node, place, types, direction);
        rows.flat_map(|row| (0..row.nodes.len()).map(move |at| (row.relation(at), row.nodes[at])))
    }

    /// The same, row by row, of the node at a place: one for each type and direction that has any.
    pub(crate) fn rows<'a>(
        &'a self,
        node: u32,
        (kind, local): (usize, usize),
        types: &'a Bits,
        direction: Direction,
    ) -> RowsAt<'a> {
        RowsAt {
            relations: self,
            node,
            kind,
            local,
            types,
            both: direction == Direction::Both,
            inward: direction == Direction::In,
            word: 0,
            next_word: 0,
            rest: None,
        }
    }
}

/// Relations of one type at a node: the nodes at their other ends, ascending.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) nodes: &'a [u32],
    /// The relations, where they do not follow one another from `first`.
    numbers: Option<&'a [u32]>,
    first: u32,
}

impl Row<'_> {
    /// The relation to the node at this position.
    pub(crate) fn relation(&self, at: usize) -> u32 {
        match self.numbers {
            Some(numbers) => numbers[at],
            None => self.first + u32::try_from(at).unwrap_or(u32::MAX),
        }
    }

    /// The part of it that leads to one node.
    pub(crate) fn to(self, node: u32) -> Self {
        let start = self.nodes.partition_point(|other| *other < node);
        let length = self.nodes[start..].partition_point(|other| *other == node);
        self.slice(start..start + length)
    }

    fn slice(self, range: Range<usize>) -> Self {
        let first = self.first + u32::try_from(range.start).unwrap_or(u32::MAX);
        let numbers = self.numbers.map(|numbers| &numbers[range.clone()]);
        Row { nodes: &self.nodes[range], numbers, first }
    }
}

/// The rows of a node.
#[derive(Debug)]
pub(crate) struct RowsAt<'a> {
    relations: &'a Relations,
    node: u32,
    kind: usize,
    local: usize,
    types: &'a Bits,
    both: bool,
    inward: bool,
    /// Types of the word before `next_word` that are still to come.
    word: u64,
    next_word: usize,
    /// The second part of a row that was cut in two.
    rest: Option<Row<'a>>,
}

impl<'a> Iterator for RowsAt<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        if let Some(rest) = self.rest.take() {
            return Some(rest);
        }
        let relations = self.relations;
        while self.word == 0 {
            if self.next_word * 64 >= relations.names.len() {
                if !self.both || self.inward {
                    return None;
                }
                (self.inward, self.next_word) = (true, 0);
                continue;
            }
            let present = if self.inward { &relations.arriving } else { &relations.leaving };
            self.word = present[self.kind].word(self.next_word) & self.types.word(self.next_word);
            self.next_word += 1;
        }
        let one = 64 * (self.next_word - 1) + self.word.trailing_zeros() as usize;
        self.word &= self.word - 1;
        let offsets = if self.inward { &relations.into[one] } else { &relations.out[one] };
        let range = offsets.range(self.kind, self.local);
        let (first, range) = (range.start, range.start as usize..range.end as usize);
        if !self.inward {
            return Some(Row { nodes: &relations.targets[range], numbers: None, first });
        }
        let nodes = &relations.incoming_sources[range.clone()];
        let row = Row { nodes, numbers: Some(&relations.incoming[range]), first };
        if !self.both {
            return Some(row);
        }
        // Without a direction, a relation from a node to itself is still one relation.
        let start = nodes.partition_point(|other| *other < self.node);
        let end = start + nodes[start..].partition_point(|other| *other == self.node);
        if start == end {
            return Some(row);
        }
        self.rest = Some(row.slice(end..nodes.len()));
        Some(row.slice(0..start))
    }
}
