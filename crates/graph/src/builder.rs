use std::{ops::Range, sync::Arc};

use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use crate::{
    Snapshot,
    columns::{Columns, ColumnsBuilder},
    csr::{Edge, Relations},
    layout::Layout,
    strings::Strings,
};

/// Makes a snapshot of any graph, node by node: labels, relation types and properties are what they are given as.
///
/// ```
/// use picket_graph::{Limits, Params, SnapshotBuilder};
///
/// let mut builder = SnapshotBuilder::new();
/// let ada = builder.node(&["Person", "Author"], [("name", "Ada".into())]);
/// let paper = builder.node(&["Paper"], [("year", 1843.into())]);
/// builder.relation(ada, "WROTE", paper, [("pages", 25.into())]);
/// let snapshot = builder.finish();
/// let result = snapshot.query(
///     "MATCH (a:Author)-[w:WROTE]->(p) RETURN a.name, w.pages, p.year",
///     &Params::new(),
///     &Limits::default(),
/// )?;
/// assert_eq!(result.rows, [["Ada".into(), 25.into(), serde_json::Value::from(1843)]]);
/// # Ok::<(), picket_graph::QueryError>(())
/// ```
#[derive(Debug)]
pub struct SnapshotBuilder {
    strings: Strings,
    labels: Vec<Arc<str>>,
    by_label: FxHashMap<Arc<str>, u32>,
    /// Labels of each kind, as given first; and the kinds by their sorted labels.
    kinds: Vec<Vec<Arc<str>>>,
    by_labels: FxHashMap<Vec<u32>, u32>,
    counts: Vec<u32>,
    /// Kind of each node, and its place among those of the kind.
    nodes: Vec<(u32, u32)>,
    columns: ColumnsBuilder,
    types: Vec<Arc<str>>,
    by_type: FxHashMap<Arc<str>, u32>,
    edges: Vec<Edge>,
    relation_columns: ColumnsBuilder,
    dropped: usize,
}

impl Default for SnapshotBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl SnapshotBuilder {
    /// An empty graph.
    #[must_use]
    pub fn new() -> Self {
        Self {
            strings: Strings::new(),
            labels: Vec::new(),
            by_label: FxHashMap::default(),
            kinds: Vec::new(),
            by_labels: FxHashMap::default(),
            counts: Vec::new(),
            nodes: Vec::new(),
            columns: ColumnsBuilder::new(),
            types: Vec::new(),
            by_type: FxHashMap::default(),
            edges: Vec::new(),
            relation_columns: ColumnsBuilder::new(),
            dropped: 0,
        }
    }

    /// Adds a node with its labels, in any number, and its properties; a null is no property.
    ///
    /// The number that comes back is what [`SnapshotBuilder::relation`] calls it by.
    pub fn node<N: AsRef<str>>(
        &mut self,
        labels: &[&str],
        properties: impl IntoIterator<Item = (N, Json)>,
    ) -> u32 {
        let kind = self.kind(labels);
        let node = self.place_node(kind);
        for (name, value) in properties {
            self.property(node, name.as_ref(), &value);
        }
        node
    }

    /// Adds a relation between two nodes; with an end that is not there it is left out and counted by
    /// [`Snapshot::dropped_relations`].
    pub fn relation<N: AsRef<str>>(
        &mut self,
        source: u32,
        relation_type: &str,
        target: u32,
        properties: impl IntoIterator<Item = (N, Json)>,
    ) {
        if source.max(target) as usize >= self.nodes.len() {
            self.dropped += 1;
            return;
        }
        let relation = self.relation_type(relation_type);
        let number = u32::try_from(self.edges.len()).unwrap_or(u32::MAX);
        for (name, value) in properties {
            self.relation_columns.add(name.as_ref(), relation, number, &value, &mut self.strings);
        }
        self.edges.push(Edge { relation, source, target, number });
    }

    /// The snapshot.
    #[must_use]
    pub fn finish(self) -> Snapshot {
        self.finish_named(None)
    }

    /// Adds a kind of node before there is one.
    pub(crate) fn kind(&mut self, labels: &[&str]) -> u32 {
        let mut codes: Vec<u32> = labels.iter().map(|label| self.label(label)).collect();
        codes.sort_unstable();
        codes.dedup();
        if let Some(kind) = self.by_labels.get(&codes) {
            return *kind;
        }
        let kind = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
        let mut names: Vec<Arc<str>> = Vec::new();
        for label in labels {
            let code = self.label(label);
            let name = Arc::clone(&self.labels[code as usize]);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        self.kinds.push(names);
        self.by_labels.insert(codes, kind);
        self.counts.push(0);
        kind
    }

    /// Adds a type of relation before there is one.
    pub(crate) fn relation_type(&mut self, name: &str) -> u32 {
        if let Some(code) = self.by_type.get(name) {
            return *code;
        }
        let code = u32::try_from(self.types.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = Arc::from(name);
        self.types.push(Arc::clone(&name));
        self.by_type.insert(name, code);
        code
    }

    pub(crate) fn place_node(&mut self, kind: u32) -> u32 {
        let count = &mut self.counts[kind as usize];
        self.nodes.push((kind, *count));
        *count += 1;
        u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn property(&mut self, node: u32, name: &str, value: &Json) {
        let (kind, local) = self.nodes[node as usize];
        self.columns.add(name, kind, local, value, &mut self.strings);
    }

    pub(crate) fn drop_relation(&mut self) {
        self.dropped += 1;
    }

    /// With the ids of an estate's nodes, where it is one; the nodes then came sorted by kind.
    pub(crate) fn finish_named(self, ids: Option<Strings>) -> Snapshot {
        let layout = Layout::new(self.kinds, &self.counts);
        let nodes = self.nodes;
        let place = |node: u32| {
            let (kind, local) = nodes[node as usize];
            layout.of_kind(kind as usize).start + local
        };
        let counts: Vec<usize> = self.counts.iter().map(|count| *count as usize).collect();
        let columns = self.columns.finish(&counts, |_, local| local);
        let mut edges = self.edges;
        for edge in &mut edges {
            (edge.source, edge.target) = (place(edge.source), place(edge.target));
        }
        let relation_columns = self.relation_columns;
        let by_place = |places: &[u32], ranges: &[Range<u32>]| -> Columns {
            let counts: Vec<usize> = ranges.iter().map(ExactSizeIterator::len).collect();
            relation_columns.finish(&counts, |relation, number| {
                places[number as usize] - ranges[relation].start
            })
        };
        let relations = Relations::new(self.types, edges, &layout, by_place);
        Snapshot { ids, layout, strings: self.strings, columns, relations, dropped: self.dropped }
    }

    fn label(&mut self, name: &str) -> u32 {
        if let Some(code) = self.by_label.get(name) {
            return *code;
        }
        let code = u32::try_from(self.labels.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = Arc::from(name);
        self.labels.push(Arc::clone(&name));
        self.by_label.insert(name, code);
        code
    }
}
