//! What a branch need not do, once it is known how its patterns are matched.

use rustc_hash::FxHashSet;

use super::{Operation, Plan};
use crate::ir::{AggregateKind, Expr, Part, Projection, Read};

/// Leaves out `DISTINCT` where no row comes twice, and rows that are only counted.
pub(crate) fn simplify(parts: &mut Vec<Part>) {
    if let Some(first) = parts.first_mut() {
        forget_distinct(first);
    }
    let mut at = 0;
    while at + 1 < parts.len() {
        if only_counts(&parts[at], &parts[at + 1]) {
            let counting = parts.remove(at + 1).projection;
            count_in(&mut parts[at], counting);
        } else {
            at += 1;
        }
    }
}

/// A part that starts from one row and matches one pattern of which no match comes twice.
fn forget_distinct(part: &mut Part) {
    let [Read::Match { plan, .. }] = part.reads.as_slice() else { return };
    let Some(set) = distinguishing(plan) else { return };
    let projection = &mut part.projection;
    let slots = |expr: &Expr| match expr {
        Expr::Slot(slot) => Some(*slot),
        _ => None,
    };
    let keys = projection.keys.iter().filter_map(|item| slots(&projection.items[*item]));
    let keys: FxHashSet<usize> = keys.collect();
    if projection.aggregates.is_empty() {
        projection.distinct &= !set.iter().all(|slot| keys.contains(slot));
    }
    for aggregate in &mut projection.aggregates {
        let argument = aggregate.argument.as_ref().and_then(slots);
        aggregate.distinct &=
            !set.iter().all(|slot| keys.contains(slot) || argument == Some(*slot));
    }
}

/// The slots by which all matches differ, where they do.
fn distinguishing(plan: &Plan) -> Option<Vec<usize>> {
    let mut slots = Vec::new();
    for step in &plan.steps {
        match &step.operation {
            Operation::Scan { .. } | Operation::Reach(_) => slots.extend(step.sets()),
            Operation::Check { .. } | Operation::Filter(_) | Operation::Path { .. } => {}
            // Two relations may lead to the same node.
            Operation::Expand(_) | Operation::Trails(_) | Operation::Shortest(..) => return None,
        }
    }
    Some(slots)
}

/// `WITH DISTINCT a, b RETURN count(*)`.
fn only_counts(part: &Part, next: &Part) -> bool {
    let (from, to) = (&part.projection, &next.projection);
    let plain = from.aggregates.is_empty()
        && from.order.is_empty()
        && from.condition.is_none()
        && from.skip == 0
        && from.limit.is_none()
        && from.items.iter().all(|item| matches!(item, Expr::Slot(_)));
    let counts = match to.aggregates.as_slice() {
        [one] => one.kind == AggregateKind::Count && one.argument.is_none(),
        _ => false,
    };
    let mut reads = false;
    to.items.iter().for_each(|item| item.slots(&mut |_| reads = true));
    plain
        && counts
        && !reads
        && to.keys.is_empty()
        && to.order.is_empty()
        && to.condition.is_none()
        && next.reads.is_empty()
}

fn count_in(part: &mut Part, mut counting: Projection) {
    let rows = &mut part.projection;
    if rows.distinct
        && let Some(count) = counting.aggregates.first_mut()
    {
        count.distinct = true;
        count.argument = Some(Expr::List(std::mem::take(&mut rows.items)));
    }
    counting.first_slot = part.slots;
    part.slots += counting.items.len();
    part.projection = counting;
}
