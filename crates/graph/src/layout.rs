//! Where nodes lie: sorted by kind and id, so that a label is a range and its members come in a stable order.

use std::ops::Range;

use picket_model::{AssetKind, Category, RelationKind};

/// How many asset kinds there are; a set of them is a `u64`.
pub(crate) const KINDS: usize = AssetKind::ALL.len();
/// How many relation kinds there are; a set of them is a `u32`.
pub(crate) const RELATION_KINDS: usize = RelationKind::ALL.len();

const _: () = assert!(KINDS <= 64 && RELATION_KINDS <= 32);

/// Every asset kind.
pub(crate) const ANY_KIND: u64 = u64::MAX >> (64 - KINDS);
/// Every relation kind.
pub(crate) const ANY_RELATION: u32 = u32::MAX >> (32 - RELATION_KINDS);

/// The kinds that carry a label, a kind's own name or a category. `Network` is both, and means the category.
pub(crate) fn kinds_of_label(label: &str) -> Option<u64> {
    let is_category = Category::ALL.iter().any(|category| category.as_str() == label);
    let mask = (0..KINDS)
        .filter(|kind| {
            let kind = AssetKind::ALL[*kind];
            kind.as_str() == label || (is_category && kind.category().as_str() == label)
        })
        .fold(0, |mask, kind| mask | 1 << kind);
    (mask != 0).then_some(mask)
}

/// The set of one relation kind, by its name.
pub(crate) fn relation_of_name(name: &str) -> Option<u32> {
    RelationKind::ALL.iter().position(|kind| kind.as_str() == name).map(|kind| 1 << kind)
}

/// The members of a set, lowest first.
pub(crate) fn members(mask: u64) -> impl Iterator<Item = usize> {
    let mut rest = mask;
    std::iter::from_fn(move || {
        (rest != 0).then(|| {
            let member = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            member
        })
    })
}

#[derive(Debug)]
pub(crate) struct Layout {
    /// Of each node, by position in [`AssetKind::ALL`].
    kinds: Vec<u8>,
    /// First node of each kind; one more at the end.
    starts: Vec<u32>,
}

impl Layout {
    /// For nodes in order of their kinds.
    pub(crate) fn new(kinds: Vec<u8>) -> Self {
        debug_assert!(kinds.is_sorted(), "nodes are sorted by kind");
        let starts = (0..=KINDS)
            .map(|kind| {
                let start = kinds.partition_point(|found| usize::from(*found) < kind);
                u32::try_from(start).unwrap_or(u32::MAX)
            })
            .collect();
        Self { kinds, starts }
    }

    pub(crate) fn len(&self) -> usize {
        self.kinds.len()
    }

    pub(crate) fn kind(&self, node: u32) -> usize {
        usize::from(self.kinds[node as usize])
    }

    pub(crate) fn is(&self, node: u32, mask: u64) -> bool {
        mask >> self.kind(node) & 1 == 1
    }

    /// Position among the nodes of its kind.
    pub(crate) fn local(&self, node: u32) -> usize {
        (node - self.starts[self.kind(node)]) as usize
    }

    pub(crate) fn of_kind(&self, kind: usize) -> Range<u32> {
        self.starts[kind]..self.starts[kind + 1]
    }

    pub(crate) fn count(&self, mask: u64) -> usize {
        members(mask & ANY_KIND).map(|kind| self.of_kind(kind).len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_is_the_set_of_its_kinds() {
        let ai = kinds_of_label("AI").unwrap();
        assert_eq!(ai.count_ones(), 15);
        assert_eq!(kinds_of_label("Agent").unwrap() & ai, kinds_of_label("Agent").unwrap());
        assert_eq!(kinds_of_label("agent"), None);
        // The one name that is both: the category, which the kind is part of.
        let network = kinds_of_label("Network").unwrap();
        assert_eq!(network.count_ones(), 8);
    }
}
