//! Syntax to meaning: gives every variable a slot and refuses what cannot be meant.

mod expression;
mod pattern;

use rustc_hash::FxHashSet;

use crate::{
    Params, Snapshot,
    ast::{self, Clause},
    error::Mistake,
    ir::{Aggregate, AggregateKind, Expr, Part, Pattern, Projection, Query, Read},
    plan::{Purpose, plan, simplify},
    value::Value,
};

pub(crate) use expression::normal_id_value;

pub(crate) fn check(
    graph: &Snapshot,
    query: &ast::Query,
    params: &Params,
) -> Result<Query, Mistake> {
    let mut branches = Vec::new();
    let mut columns: Option<Vec<String>> = None;
    for clauses in &query.branches {
        let mut checker = Checker {
            graph,
            params,
            scope: Vec::new(),
            slots: 0,
            aggregates: Aggregates::Forbidden,
            projected: Vec::new(),
        };
        let parts = checker.branch(clauses)?;
        let names = parts.last().map(|part| part.projection.names.clone()).unwrap_or_default();
        match &columns {
            Some(first) if *first != names => {
                let at = clauses.last().map_or(0, |clause| match clause {
                    Clause::Project(projection) => projection.at,
                    Clause::Match { .. } | Clause::Unwind { .. } => 0,
                });
                return Err(Mistake::new(at, "the parts of a UNION return different columns")
                    .expecting(first.join(", ")));
            }
            _ => columns = Some(names),
        }
        branches.push(parts);
    }
    Ok(Query { branches, distinct: !query.union_all, columns: columns.unwrap_or_default() })
}

/// What a variable is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Node,
    Relation,
    Relations,
    Path,
    Value,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Node => "a node",
            Self::Relation => "a relation",
            Self::Relations => "a list of relations",
            Self::Path => "a path",
            Self::Value => "a value",
        }
    }
}

#[derive(Debug, Clone)]
struct Variable {
    name: String,
    slot: usize,
    kind: Kind,
}

enum Aggregates {
    Forbidden,
    Allowed(Vec<Aggregate>),
}

struct Checker<'a> {
    graph: &'a Snapshot,
    params: &'a Params,
    /// Innermost last.
    scope: Vec<Variable>,
    slots: usize,
    aggregates: Aggregates,
    /// In `ORDER BY` and the `WHERE` of a `WITH`: what was projected and where it is.
    projected: Vec<(ast::Expr, usize)>,
}

/// A read before it is known which of its variables are needed later.
enum Unplanned {
    Match { optional: bool, pattern: Pattern },
    Unwind { list: Expr, slot: usize },
}

impl Checker<'_> {
    fn branch(&mut self, clauses: &[Clause]) -> Result<Vec<Part>, Mistake> {
        let mut parts = Vec::new();
        let mut reads = Vec::new();
        for clause in clauses {
            match clause {
                Clause::Match { optional, pattern } => {
                    let pattern = self.pattern(pattern)?;
                    reads.push(Unplanned::Match { optional: *optional, pattern });
                }
                Clause::Unwind { list, variable } => {
                    let list = self.expr(list)?;
                    let slot = self.declare(variable, Kind::Value)?;
                    reads.push(Unplanned::Unwind { list, slot });
                }
                Clause::Project(projection) => {
                    let (projection, scope) = self.projection(projection)?;
                    let reads = self.planned(std::mem::take(&mut reads), &projection);
                    parts.push(Part { slots: self.slots, reads, projection });
                    self.slots = scope.len();
                    self.scope = scope;
                }
            }
        }
        simplify(&mut parts);
        Ok(parts)
    }

    fn new_slot(&mut self) -> usize {
        self.slots += 1;
        self.slots - 1
    }

    fn lookup(&self, name: &str) -> Option<&Variable> {
        self.scope.iter().rev().find(|variable| variable.name == name)
    }

    fn declare(&mut self, name: &ast::Name, kind: Kind) -> Result<usize, Mistake> {
        if self.lookup(&name.text).is_some() {
            return Err(Mistake::new(name.at, format!("`{}` is already defined", name.text))
                .expecting("another name"));
        }
        let slot = self.new_slot();
        self.scope.push(Variable { name: name.text.clone(), slot, kind });
        Ok(slot)
    }

    /// Plans the reads, last first, since what is needed later decides what may be left out.
    fn planned(&self, reads: Vec<Unplanned>, projection: &Projection) -> Vec<Read> {
        let mut needed = FxHashSet::default();
        let mut need = |slot| {
            needed.insert(slot);
        };
        projection.items.iter().for_each(|item| item.slots(&mut need));
        projection.order.iter().for_each(|(key, _)| key.slots(&mut need));
        projection.condition.iter().for_each(|condition| condition.slots(&mut need));
        let arguments = projection.aggregates.iter().filter_map(|one| one.argument.as_ref());
        arguments.for_each(|argument| argument.slots(&mut need));

        let deduplicated = deduplicates(projection);
        let mut planned: Vec<Read> = reads
            .into_iter()
            .rev()
            .map(|read| match read {
                Unplanned::Unwind { list, slot } => {
                    list.slots(&mut |slot| {
                        needed.insert(slot);
                    });
                    Read::Unwind { list, slot }
                }
                Unplanned::Match { optional, pattern } => {
                    let purpose = Purpose { needed: &needed, deduplicated };
                    let plan = plan(self.graph, pattern, &purpose);
                    needed.extend(plan.uses.iter().copied());
                    Read::Match { optional, plan }
                }
            })
            .collect();
        planned.reverse();
        planned
    }

    /// The projection, and the scope after it.
    fn projection(
        &mut self,
        projection: &ast::Projection,
    ) -> Result<(Projection, Vec<Variable>), Mistake> {
        let mut scope: Vec<Variable> = Vec::new();
        let mut items = Vec::new();
        let mut keys = Vec::new();
        self.aggregates = Aggregates::Allowed(Vec::new());
        if projection.star {
            if self.scope.is_empty() {
                return Err(Mistake::new(projection.at, "`*` without a variable to return"));
            }
            for variable in &self.scope {
                keys.push(items.len());
                items.push(Expr::Slot(variable.slot));
                scope.push(Variable { slot: scope.len(), ..variable.clone() });
            }
        }
        for item in &projection.items {
            let aggregates_before = self.aggregate_count();
            let kind = match &item.value.kind {
                ast::ExprKind::Variable(name) => self.lookup(name).map_or(Kind::Value, |v| v.kind),
                _ => Kind::Value,
            };
            let is_variable = matches!(item.value.kind, ast::ExprKind::Variable(_));
            if !projection.is_return && !is_variable && item.alias.is_none() {
                return Err(Mistake::new(item.value.at, format!("`{}` has no name", item.text))
                    .expecting("AS and a name"));
            }
            let value = self.expr(&item.value)?;
            if self.aggregate_count() == aggregates_before {
                keys.push(items.len());
            }
            items.push(value);
            let name = item.alias.as_ref().map_or(&item.text, |alias| &alias.text);
            let name = name.trim_matches('`').to_owned();
            if scope.iter().any(|variable| variable.name == name) {
                return Err(Mistake::new(item.value.at, format!("two columns are named `{name}`"))
                    .expecting("AS and another name"));
            }
            scope.push(Variable { name, slot: scope.len(), kind });
        }

        let first_slot = self.slots;
        self.slots += items.len();
        let outer = self.scope.len();
        for variable in &scope {
            let slot = first_slot + variable.slot;
            self.scope.push(Variable { slot, ..variable.clone() });
        }
        let stars = items.len() - projection.items.len();
        self.projected = projection
            .items
            .iter()
            .enumerate()
            .map(|(index, item)| (item.value.clone(), first_slot + stars + index))
            .collect();
        let mut order = Vec::new();
        for (key, descending) in &projection.order {
            order.push((self.expr(key)?, *descending));
        }
        let condition = projection.condition.as_ref().map(|c| self.expr(c)).transpose()?;
        self.projected.clear();
        self.scope.truncate(outer);
        let aggregates = match std::mem::replace(&mut self.aggregates, Aggregates::Forbidden) {
            Aggregates::Allowed(aggregates) => aggregates,
            Aggregates::Forbidden => Vec::new(),
        };
        let skip = self.count(projection.skip.as_ref(), "SKIP")?.unwrap_or(0);
        let limit = self.count(projection.limit.as_ref(), "LIMIT")?;
        let names = scope.iter().map(|variable| variable.name.clone()).collect();
        let projection = Projection {
            items,
            names,
            first_slot,
            keys,
            aggregates,
            distinct: projection.distinct,
            order,
            skip,
            limit,
            condition,
        };
        Ok((projection, scope))
    }

    const fn aggregate_count(&self) -> usize {
        match &self.aggregates {
            Aggregates::Allowed(aggregates) => aggregates.len(),
            Aggregates::Forbidden => 0,
        }
    }

    fn count(&mut self, value: Option<&ast::Expr>, what: &str) -> Result<Option<usize>, Mistake> {
        let Some(value) = value else { return Ok(None) };
        let wrong = Mistake::new(value.at, format!("{what} takes a constant"))
            .expecting("a whole number of at least 0, or a parameter that is one");
        match self.expr(value) {
            Ok(Expr::Const(Value::Integer(count))) => {
                usize::try_from(count).map(Some).map_err(|_| wrong)
            }
            _ => Err(wrong),
        }
    }
}

/// Whether it makes no difference how often a row comes.
fn deduplicates(projection: &Projection) -> bool {
    let insensitive = |aggregate: &Aggregate| {
        aggregate.distinct || matches!(aggregate.kind, AggregateKind::Min | AggregateKind::Max)
    };
    if projection.aggregates.is_empty() {
        projection.distinct
    } else {
        projection.aggregates.iter().all(insensitive)
    }
}
