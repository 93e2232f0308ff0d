//! Syntax to meaning: gives every variable a slot and refuses what cannot be meant.

mod call;
mod expression;
mod grouping;
mod normal;
mod pattern;
mod subquery;
mod types;

use std::time::Duration;

use rustc_hash::FxHashSet;

use crate::{
    Limits, Params, Snapshot,
    ast::{self, Clause},
    error::Mistake,
    exec::Executor,
    ir::{Aggregate, AggregateKind, Expr, Part, Pattern, Projection, Query, Read},
    limits::Budget,
    plan::{Purpose, plan, simplify},
    value::Value,
};
use grouping::{has_aggregate, refuse_ambiguous};
use types::Kind;

pub(crate) use normal::normal_id_value;

pub(crate) fn check(
    graph: &Snapshot,
    query: &ast::Query,
    params: &Params,
    budget: &Budget<'_>,
) -> Result<Query, Mistake> {
    let mut branches = Vec::new();
    let mut columns: Option<Vec<String>> = None;
    for clauses in &query.branches {
        let mut checker = Checker::new(graph, params, budget);
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
    budget: &'a Budget<'a>,
    /// Innermost last.
    scope: Vec<Variable>,
    slots: usize,
    aggregates: Aggregates,
    /// In `ORDER BY` and the `WHERE` of a `WITH`: what was projected.
    columns: Vec<Column>,
    /// The expression at hand is a condition.
    may_be_pattern: bool,
}

/// What an item of a projection says, and the variable that it makes.
struct Column {
    value: ast::Expr,
    variable: Variable,
}

/// A read before it is known which of its variables are needed later.
enum Unplanned {
    Match { optional: bool, pattern: Pattern },
    Unwind { list: Expr, slot: usize },
}

impl<'a> Checker<'a> {
    const fn new(graph: &'a Snapshot, params: &'a Params, budget: &'a Budget<'a>) -> Self {
        Self {
            graph,
            params,
            budget,
            scope: Vec::new(),
            slots: 0,
            aggregates: Aggregates::Forbidden,
            columns: Vec::new(),
            may_be_pattern: false,
        }
    }

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
                    let (list, kind) = self.typed(list)?;
                    let item = if kind.is_list() { kind.item() } else { kind };
                    let slot = self.declare(variable, item)?;
                    reads.push(Unplanned::Unwind { list, slot });
                }
                Clause::Project(projection) => {
                    let (projection, scope) = self.projection(projection)?;
                    let reads = self.planned(std::mem::take(&mut reads), &projection)?;
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

    /// A variable that must be there.
    fn variable(&self, at: usize, name: &str) -> Result<&Variable, Mistake> {
        self.lookup(name).ok_or_else(|| {
            let known: Vec<&str> = self.scope.iter().map(|v| v.name.as_str()).collect();
            let mistake = Mistake::new(at, format!("`{name}` is not defined"));
            if known.is_empty() {
                mistake
            } else {
                mistake.expecting(format!("one of {}", known.join(", ")))
            }
        })
    }

    /// Where an expression was projected already, unless a column has its name.
    fn projected(&self, source: &ast::Expr) -> Option<(usize, Kind)> {
        if let ast::ExprKind::Variable(name) = &source.kind
            && self.columns.iter().any(|column| column.variable.name == *name)
        {
            return None;
        }
        let column = self.columns.iter().find(|column| column.value == *source)?;
        Some((column.variable.slot, column.variable.kind.clone()))
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
    fn planned(
        &self,
        reads: Vec<Unplanned>,
        projection: &Projection,
    ) -> Result<Vec<Read>, Mistake> {
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
        let mut planned = Vec::with_capacity(reads.len());
        for read in reads.into_iter().rev() {
            planned.push(match read {
                Unplanned::Unwind { list, slot } => {
                    list.slots(&mut |slot| {
                        needed.insert(slot);
                    });
                    Read::Unwind { list, slot }
                }
                Unplanned::Match { optional, pattern } => {
                    let purpose = Purpose { needed: &needed, deduplicated };
                    let plan = plan(self.graph, pattern, &purpose, self.budget)?;
                    needed.extend(plan.uses.iter().copied());
                    Read::Match { optional, plan }
                }
            });
        }
        planned.reverse();
        Ok(planned)
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
        let mut groups: Vec<&ast::Expr> = Vec::new();
        let stars: Vec<String> = scope.iter().map(|variable| variable.name.clone()).collect();
        for item in &projection.items {
            let aggregates_before = self.aggregate_count();
            let is_variable = matches!(item.value.kind, ast::ExprKind::Variable(_));
            if !projection.is_return && !is_variable && item.alias.is_none() {
                return Err(Mistake::new(item.value.at, format!("`{}` has no name", item.text))
                    .expecting("AS and a name"));
            }
            let (value, kind) = self.typed(&item.value)?;
            if self.aggregate_count() == aggregates_before {
                keys.push(items.len());
                groups.push(&item.value);
            }
            items.push(value);
            let name = item.alias.as_ref().map_or(&item.text, |alias| &alias.text);
            let name = if item.alias.is_some() { name } else { name.trim_matches('`') }.to_owned();
            if scope.iter().any(|variable| variable.name == name) {
                return Err(Mistake::new(item.value.at, format!("two columns are named `{name}`"))
                    .expecting("AS and another name"));
            }
            scope.push(Variable { name, slot: scope.len(), kind });
        }
        let known: Vec<&str> = stars.iter().map(String::as_str).collect();
        for item in projection.items.iter().filter(|item| has_aggregate(&item.value)) {
            refuse_ambiguous(&item.value, &groups, &known)?;
        }

        let first_slot = self.slots;
        self.slots += items.len();
        let aggregated = self.aggregate_count() > 0;
        if !aggregated {
            self.aggregates = Aggregates::Forbidden;
        }
        // What is behind groups and distinct rows has no one value any more.
        let outer = if aggregated || projection.distinct {
            std::mem::take(&mut self.scope)
        } else {
            self.scope.clone()
        };
        let columns = scope
            .iter()
            .map(|variable| Variable { slot: first_slot + variable.slot, ..variable.clone() });
        self.scope.extend(columns);
        let variables = &self.scope[self.scope.len() - projection.items.len()..];
        self.columns = projection
            .items
            .iter()
            .zip(variables)
            .map(|(item, variable)| Column {
                value: item.value.clone(),
                variable: variable.clone(),
            })
            .collect();
        let mut order = Vec::new();
        for (key, descending) in &projection.order {
            if has_aggregate(key) {
                let names: Vec<&str> = scope.iter().map(|column| column.name.as_str()).collect();
                refuse_ambiguous(key, &groups, &names)?;
            }
            order.push((self.expr(key)?, *descending));
        }
        let condition = projection.condition.as_ref().map(|c| self.condition(c)).transpose()?;
        self.columns.clear();
        self.scope = outer;
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

    fn count(&self, value: Option<&ast::Expr>, what: &str) -> Result<Option<usize>, Mistake> {
        let Some(value) = value else { return Ok(None) };
        match self.constant(value) {
            Some(Value::Integer(count)) if count >= 0 => Ok(usize::try_from(count).ok()),
            _ => Err(Mistake::new(value.at, format!("{what} takes a constant"))
                .expecting("a whole number of at least 0, or a parameter that is one")),
        }
    }

    /// The value of an expression that needs no row.
    fn constant(&self, source: &ast::Expr) -> Option<Value> {
        /// Long enough for what anybody would write there.
        const MOST: Duration = Duration::from_millis(100);
        let limits = Limits { time: MOST, ..Limits::default() };
        let budget = Budget::new(&limits);
        let mut inner = Checker::new(self.graph, self.params, &budget);
        let expr = inner.expr(source).ok()?;
        Executor::new(self.graph, &budget).constant(&expr, inner.slots)
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
