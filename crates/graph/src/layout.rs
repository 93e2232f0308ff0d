//! Where nodes lie: sorted by kind, so that a label is a few ranges and its members come in a stable order.

use std::{
    cell::Cell,
    io::{self, Write},
    ops::Range,
    sync::Arc,
};

use rustc_hash::FxHashMap;

use crate::{
    binary::{Decoder, Encoder, Read, SnapshotError},
    bits::Bits,
};

/// Entries of the largest table of kinds by something else that is read.
pub(crate) const MAX_TABLE: usize = 1 << 24;

/// Nodes with the same labels are of one kind; in an estate, the assets of an asset kind.
#[derive(Debug)]
pub(crate) struct Layout {
    /// First node of each kind; one more at the end.
    starts: Vec<u32>,
    /// Of each kind, in the order they were given.
    labels: Vec<Vec<Arc<str>>>,
    /// In order of first appearance, with the kinds that carry them.
    by_label: Vec<(Arc<str>, Bits)>,
    positions: FxHashMap<Arc<str>, usize>,
}

impl Layout {
    /// For so many nodes of each kind.
    pub(crate) fn new(labels: Vec<Vec<Arc<str>>>, counts: &[u32]) -> Self {
        let mut starts = vec![0];
        let mut nodes = 0_u32;
        for count in counts {
            nodes = nodes.saturating_add(*count);
            starts.push(nodes);
        }
        let mut by_label: Vec<(Arc<str>, Bits)> = Vec::new();
        let mut positions = FxHashMap::default();
        for (kind, names) in labels.iter().enumerate() {
            for name in names {
                let position = *positions.entry(Arc::clone(name)).or_insert_with(|| {
                    by_label.push((Arc::clone(name), Bits::new(labels.len())));
                    by_label.len() - 1
                });
                by_label[position].1.insert(kind);
            }
        }
        Self { starts, labels, by_label, positions }
    }

    /// With a bit for every node, so that no file says of more nodes than its length allows.
    pub(crate) fn write(&self, out: &mut Encoder<impl Write>) -> io::Result<()> {
        out.number(self.labels.len() as u64)?;
        for (kind, labels) in self.labels.iter().enumerate() {
            out.number(self.of_kind(kind).len() as u64)?;
            out.number(labels.len() as u64)?;
            labels.iter().try_for_each(|label| out.text(label))?;
        }
        out.numbers(Bits::full(self.len()).words().iter().copied())
    }

    pub(crate) fn read(bytes: &mut Decoder<'_>) -> Read<Self> {
        let mut labels = Vec::new();
        let mut counts = Vec::new();
        for _ in 0..bytes.count(2 * size_of::<u64>())? {
            let count = u32::try_from(bytes.number()?);
            counts.push(count.map_err(|_| SnapshotError::Damaged("it has too many nodes"))?);
            labels.push(bytes.texts()?);
        }
        let carried: usize = labels.iter().map(Vec::len).sum();
        if carried.saturating_mul(labels.len().div_ceil(64)) > MAX_TABLE {
            return Err(SnapshotError::Damaged("it has too many labels"));
        }
        let nodes: u64 = counts.iter().map(|count| u64::from(*count)).sum();
        if bytes.numbers()?.len() as u64 != nodes.div_ceil(64) || nodes >= u64::from(u32::MAX) {
            return Err(SnapshotError::Damaged("it has another number of nodes"));
        }
        Ok(Self::new(labels, &counts))
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.last().map_or(0, |nodes| *nodes as usize)
    }

    /// How many kinds there are.
    pub(crate) fn kind_count(&self) -> usize {
        self.labels.len()
    }

    pub(crate) fn any_kind(&self) -> Bits {
        Bits::full(self.kind_count())
    }

    pub(crate) fn no_kind(&self) -> Bits {
        Bits::new(self.kind_count())
    }

    /// The kinds that carry a label, where any does.
    pub(crate) fn kinds_of_label(&self, label: &str) -> Option<&Bits> {
        self.positions.get(label).map(|position| &self.by_label[*position].1)
    }

    /// Every label, in order of first appearance.
    pub(crate) fn all_labels(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_label.iter().map(|(label, _)| label)
    }

    pub(crate) fn labels(&self, kind: usize) -> &[Arc<str>] {
        &self.labels[kind]
    }

    pub(crate) fn kind(&self, node: u32) -> usize {
        self.starts.partition_point(|start| *start <= node) - 1
    }

    /// The kind of a node and its position in it; quick where it is of the same kind as the one before, which `last`
    /// remembers.
    pub(crate) fn place(&self, node: u32, last: &Cell<usize>) -> (usize, usize) {
        let mut kind = last.get();
        if !self.of_kind(kind).contains(&node) {
            kind = self.kind(node);
            last.set(kind);
        }
        (kind, (node - self.starts[kind]) as usize)
    }

    pub(crate) fn is(&self, node: u32, kinds: &Bits) -> bool {
        kinds.contains(self.kind(node))
    }

    /// Position among the nodes of its kind.
    pub(crate) fn local(&self, node: u32) -> usize {
        (node - self.starts[self.kind(node)]) as usize
    }

    pub(crate) fn of_kind(&self, kind: usize) -> Range<u32> {
        self.starts[kind]..self.starts[kind + 1]
    }

    pub(crate) fn count(&self, kinds: &Bits) -> usize {
        kinds.members().map(|kind| self.of_kind(kind).len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_the_set_of_the_kinds_that_carry_it() {
        let labels = |names: &[&str]| names.iter().map(|name| Arc::from(*name)).collect();
        let kinds = vec![labels(&["Subnet", "Network"]), labels(&["Network"]), labels(&[])];
        let layout = Layout::new(kinds, &[2, 0, 3]);
        let of = |label: &str| layout.kinds_of_label(label).map(|kinds| layout.count(kinds));
        assert_eq!((of("Subnet"), of("Network"), of("network")), (Some(2), Some(2), None));
        assert_eq!(layout.kinds_of_label("Network").unwrap().count(), 2);
        assert_eq!((layout.len(), layout.kind(4), layout.local(4)), (5, 2, 2));
        assert_eq!(
            layout.all_labels().map(AsRef::as_ref).collect::<Vec<_>>(),
            ["Subnet", "Network"]
        );
    }
}
