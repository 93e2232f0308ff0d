//! What a query means: variables are slots of a row, labels are sets of kinds of nodes, constants are values.

use std::sync::Arc;

use crate::{
    ast::{Direction, Operator, Quantifier, Shortest},
    bits::Bits,
    columns::Wanted,
    functions::Function,
    plan::Plan,
    value::Value,
};

#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) branches: Vec<Vec<Part>>,
    /// `UNION` rather than `UNION ALL`.
    pub(crate) distinct: bool,
    pub(crate) columns: Vec<String>,
}

/// Everything up to a `WITH` or `RETURN`, with that.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Length of its rows; the columns of the part before come first.
    pub(crate) slots: usize,
    pub(crate) reads: Vec<Read>,
    pub(crate) projection: Projection,
}

#[derive(Debug, Clone)]
pub(crate) enum Read {
    Match { optional: bool, plan: Plan },
    Unwind { list: Expr, slot: usize },
}

#[derive(Debug, Clone)]
pub(crate) struct Projection {
    pub(crate) items: Vec<Expr>,
    pub(crate) names: Vec<String>,
    /// Slot of the first item; `ORDER BY` and `WHERE` see the items beside the old variables.
    pub(crate) first_slot: usize,
    /// Which items have no aggregate: the grouping key.
    pub(crate) keys: Vec<usize>,
    pub(crate) aggregates: Vec<Aggregate>,
    pub(crate) distinct: bool,
    /// Key and whether it descends.
    pub(crate) order: Vec<(Expr, bool)>,
    pub(crate) skip: usize,
    pub(crate) limit: Option<usize>,
    pub(crate) condition: Option<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AggregateKind {
    Count,
    Collect,
    Min,
    Max,
    Sum,
    Avg,
    /// Of a sample, or of all there are.
    Deviation {
        sample: bool,
    },
    /// Interpolated, or the nearest value there is.
    Percentile {
        continuous: bool,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    pub(crate) kind: AggregateKind,
    pub(crate) distinct: bool,
    /// Nothing for `count(*)`.
    pub(crate) argument: Option<Expr>,
    /// Of a percentile, from 0 to 1.
    pub(crate) percentile: f64,
}

/// A property's name, and its column where nodes have it.
#[derive(Debug, Clone)]
pub(crate) struct PropertyKey {
    pub(crate) name: Arc<str>,
    pub(crate) column: Option<u32>,
}

#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Const(Value),
    Slot(usize),
    Property(Box<Expr>, PropertyKey),
    /// A property of a variable equals a constant: answered from the column.
    PropertyIs {
        slot: usize,
        key: PropertyKey,
        wanted: Wanted,
    },
    Index(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// A node's kind, or a relation's type, is in the set.
    HasKind(Box<Expr>, Bits),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Negate(Box<Expr>),
    IsNull(Box<Expr>),
    List(Vec<Expr>),
    Map(Vec<(Arc<str>, Expr)>),
    Call(Function, Vec<Expr>),
    Case {
        subject: Option<Box<Expr>>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Quantifier {
        quantifier: Quantifier,
        slot: usize,
        list: Box<Expr>,
        condition: Box<Expr>,
    },
    Comprehension {
        slot: usize,
        list: Box<Expr>,
        condition: Option<Box<Expr>>,
        value: Option<Box<Expr>>,
    },
    Reduce {
        sum: usize,
        start: Box<Expr>,
        slot: usize,
        list: Box<Expr>,
        value: Box<Expr>,
    },
    Exists(Box<Plan>),
    /// Whether a query has a row; it may read these slots.
    ExistsQuery(Vec<Vec<Part>>, Vec<usize>),
    /// A value for every match.
    Collect(Box<Plan>, Box<Expr>),
    /// Another number from 0 to 1 every time.
    Random,
    /// An asset id, or a list of them, as [`picket_model::AssetId`] writes it.
    NormalId(Box<Expr>),
    /// Result of an aggregate of the projection.
    Aggregate(usize),
}

impl Expr {
    /// Calls `visit` with every slot that it reads or writes.
    pub(crate) fn slots(&self, visit: &mut dyn FnMut(usize)) {
        match self {
            Self::Const(_) | Self::Aggregate(_) | Self::Random => {}
            Self::Slot(slot) | Self::PropertyIs { slot, .. } => visit(*slot),
            Self::Property(of, _)
            | Self::HasKind(of, _)
            | Self::Not(of)
            | Self::Negate(of)
            | Self::IsNull(of)
            | Self::NormalId(of) => of.slots(visit),
            Self::Index(a, b) | Self::Binary(_, a, b) => {
                a.slots(visit);
                b.slots(visit);
            }
            Self::Slice(of, from, to) => {
                of.slots(visit);
                from.iter().chain(to).for_each(|bound| bound.slots(visit));
            }
            Self::And(terms) | Self::Or(terms) | Self::List(terms) | Self::Call(_, terms) => {
                terms.iter().for_each(|term| term.slots(visit));
            }
            Self::Map(entries) => entries.iter().for_each(|(_, value)| value.slots(visit)),
            Self::Case { subject, branches, otherwise } => {
                subject.iter().chain(otherwise).for_each(|part| part.slots(visit));
                for (condition, value) in branches {
                    condition.slots(visit);
                    value.slots(visit);
                }
            }
            Self::Quantifier { slot, list, condition, .. } => {
                visit(*slot);
                list.slots(visit);
                condition.slots(visit);
            }
            Self::Comprehension { slot, list, condition, value } => {
                visit(*slot);
                list.slots(visit);
                condition.iter().chain(value).for_each(|part| part.slots(visit));
            }
            Self::Reduce { sum, start, slot, list, value } => {
                [*sum, *slot].into_iter().for_each(&mut *visit);
                [start, list, value].into_iter().for_each(|part| part.slots(visit));
            }
            Self::ExistsQuery(_, uses) => uses.iter().for_each(|slot| visit(*slot)),
            Self::Collect(plan, value) => {
                plan.uses.iter().for_each(|slot| visit(*slot));
                value.slots(&mut |slot| {
                    if !plan.fresh.contains(&slot) {
                        visit(slot);
                    }
                });
            }
            Self::Exists(plan) => plan.uses.iter().for_each(|slot| visit(*slot)),
        }
    }
}

/// What a `MATCH` asks for, before it is known how to find it.
#[derive(Debug, Default)]
pub(crate) struct Pattern {
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) paths: Vec<NamedPath>,
    /// All of them must hold.
    pub(crate) filters: Vec<Expr>,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) slot: usize,
    /// Kinds it may have.
    pub(crate) kinds: Bits,
    /// Known before this `MATCH`.
    pub(crate) bound: bool,
}

#[derive(Debug)]
pub(crate) struct Edge {
    /// Positions in [`Pattern::nodes`], in the order of the text.
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) slot: usize,
    pub(crate) bound: bool,
    pub(crate) types: Bits,
    pub(crate) direction: Direction,
    pub(crate) length: Option<(u32, u32)>,
    pub(crate) shortest: Option<Shortest>,
}

#[derive(Debug)]
pub(crate) struct NamedPath {
    pub(crate) slot: usize,
    pub(crate) start: usize,
    /// Positions in [`Pattern::edges`].
    pub(crate) edges: Vec<usize>,
}
