use super::Executor;
use crate::{QueryError, bits::ones, plan::NodeIs};

impl Executor<'_> {
    /// Calls `visit` with every such node in order, until it says no.
    pub(super) fn nodes(
        &self,
        wanted: &NodeIs,
        mut visit: impl FnMut(u32) -> Result<bool, QueryError>,
    ) -> Result<(), QueryError> {
        let (layout, columns) = (&self.graph.layout, &self.graph.columns);
        for kind in wanted.kinds.members() {
            let range = layout.of_kind(kind);
            let count = range.len();
            if count == 0 {
                continue;
            }
            let indexed =
                wanted.tests.iter().find_map(|test| columns.find(test.column, kind, &test.wanted));
            if let Some(found) = indexed {
                for local in found {
                    self.budget.tick()?;
                    let node = range.start + local;
                    if self.is(node, wanted) && !visit(node)? {
                        return Ok(());
                    }
                }
                continue;
            }
            for word in 0..count.div_ceil(64) {
                self.budget.tick()?;
                let left = count - 64 * word;
                let all = if left >= 64 { u64::MAX } else { u64::MAX >> (64 - left) };
                let mask = wanted.tests.iter().fold(all, |mask, test| {
                    if mask == 0 {
                        return 0;
                    }
                    columns.matching(test.column, kind, word, mask, &test.wanted)
                });
                for bit in ones(mask) {
                    let local = u32::try_from(64 * word + bit).unwrap_or(u32::MAX);
                    if !visit(range.start + local)? {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a node is of a kind and has the values wanted.
    pub(super) fn is(&self, node: u32, wanted: &NodeIs) -> bool {
        let (layout, columns) = (&self.graph.layout, &self.graph.columns);
        let (kind, local) = layout.place(node, &wanted.last);
        let mut tests = wanted.tests.iter();
        wanted.kinds.contains(kind)
            && tests.all(|test| columns.is(test.column, kind, local, &test.wanted) == Some(true))
    }
}
