//! Which part of an expression with an aggregate may speak of what is not aggregated.

use crate::{
    ast::{Expr, ExprKind},
    error::Mistake,
};

/// Functions of a group of rows.
pub(super) const AGGREGATES: &[&str] = &[
    "count",
    "collect",
    "min",
    "max",
    "sum",
    "avg",
    "stdev",
    "stdevp",
    "percentilecont",
    "percentiledisc",
];

pub(super) fn has_aggregate(expr: &Expr) -> bool {
    is_aggregate(expr) || expr.children().into_iter().any(has_aggregate)
}

fn is_aggregate(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::CountAll => true,
        ExprKind::Call { name, .. } => AGGREGATES.contains(&name.as_str()),
        _ => false,
    }
}

/// Whether it calls a function that gives something else every time.
pub(super) fn is_random(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { name, .. } if name == "rand")
        || expr.children().into_iter().any(is_random)
}

/// Refuses `a.x + count(*)` where rows are not grouped by `a` or `a.x`, since it has no one value in a group.
pub(super) fn refuse_ambiguous(expr: &Expr, keys: &[&Expr], names: &[&str]) -> Result<(), Mistake> {
    let is_key = |expr: &Expr| {
        matches!(expr.kind, ExprKind::Variable(_) | ExprKind::Property(..)) && keys.contains(&expr)
    };
    if is_aggregate(expr) || is_key(expr) {
        return Ok(());
    }
    match &expr.kind {
        ExprKind::Variable(name) if !names.contains(&name.as_str()) => {
            let message =
                format!("`{name}` stands beside an aggregate and is no key of the groups");
            return Err(Mistake::new(expr.at, message).expecting("it as a column of its own"));
        }
        _ => {}
    }
    let mut bound = expr.binds();
    let names = if bound.is_empty() {
        names
    } else {
        bound.extend(names);
        &bound
    };
    expr.children().into_iter().try_for_each(|child| refuse_ambiguous(child, keys, names))
}
