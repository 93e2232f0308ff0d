use std::{collections::BTreeMap, sync::Arc};

use picket_model::AssetId;
use rustc_hash::FxHashSet;

use super::{Aggregates, Checker, Kind, Variable};
use crate::{
    ast::{self, ExprKind, Operator},
    columns::Wanted,
    error::Mistake,
    functions::Function,
    ir::{Aggregate, AggregateKind, Expr, PropertyKey},
    json,
    plan::{Purpose, plan},
    value::Value,
};

impl Checker<'_> {
    pub(super) fn expr(&mut self, source: &ast::Expr) -> Result<Expr, Mistake> {
        if let Some((_, slot)) = self.projected.iter().find(|(value, _)| value == source) {
            return Ok(Expr::Slot(*slot));
        }
        Ok(match &source.kind {
            ExprKind::Null => Expr::Const(Value::Null),
            ExprKind::Bool(value) => Expr::Const(Value::Bool(*value)),
            ExprKind::Integer(value) => Expr::Const(Value::Integer(*value)),
            ExprKind::Float(value) => Expr::Const(Value::Float(*value)),
            ExprKind::Text(value) => Expr::Const(Value::text(value)),
            ExprKind::Parameter(name) => {
                let value = self.params.get(name).ok_or_else(|| {
                    Mistake::new(source.at, format!("the parameter `${name}` has no value"))
                })?;
                Expr::Const(json::value(value))
            }
            ExprKind::Variable(name) => {
                let variable = self.lookup(name).ok_or_else(|| {
                    let known: Vec<&str> = self.scope.iter().map(|v| v.name.as_str()).collect();
                    let mistake = Mistake::new(source.at, format!("`{name}` is not defined"));
                    if known.is_empty() {
                        mistake
                    } else {
                        mistake.expecting(format!("one of {}", known.join(", ")))
                    }
                })?;
                Expr::Slot(variable.slot)
            }
            ExprKind::List(items) => list(self.all(items)?),
            ExprKind::Map(entries) => {
                let mut bound = Vec::new();
                for (key, value) in entries {
                    bound.push((Arc::from(key.as_str()), self.expr(value)?));
                }
                map(bound)
            }
            ExprKind::Property(of, key) => {
                let of = self.expr(of)?;
                Expr::Property(Box::new(of), self.key(key))
            }
            ExprKind::Index(of, index) => Expr::Index(self.boxed(of)?, self.boxed(index)?),
            ExprKind::Slice(of, from, to) => {
                Expr::Slice(self.boxed(of)?, self.optional(from)?, self.optional(to)?)
            }
            ExprKind::HasLabels(of, labels) => self.has_labels(of, labels)?,
            ExprKind::Not(of) => Expr::Not(self.boxed(of)?),
            ExprKind::And(terms) => Expr::And(flat(self.all(terms)?)),
            ExprKind::Or(terms) => Expr::Or(self.all(terms)?),
            ExprKind::Binary(operator, left, right) => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                self.comparison(*operator, left, right)
            }
            ExprKind::Negate(of) => match self.expr(of)? {
                Expr::Const(Value::Integer(value)) => Expr::Const(Value::Integer(-value)),
                // There is no negative zero.
                Expr::Const(Value::Float(value)) => Expr::Const(Value::Float(0.0 - value)),
                other => Expr::Negate(Box::new(other)),
            },
            ExprKind::IsNull(of) => Expr::IsNull(self.boxed(of)?),
            ExprKind::CountAll => self.aggregate(source.at, AggregateKind::Count, false, None)?,
            ExprKind::Call { name, distinct, arguments } => {
                self.call(source.at, name, *distinct, arguments)?
            }
            ExprKind::Case { subject, branches, otherwise } => {
                let subject = self.optional(subject)?;
                let mut bound = Vec::new();
                for (condition, value) in branches {
                    bound.push((self.expr(condition)?, self.expr(value)?));
                }
                Expr::Case { subject, branches: bound, otherwise: self.optional(otherwise)? }
            }
            ExprKind::Quantifier { quantifier, variable, list, condition } => {
                let list = self.boxed(list)?;
                let quantifier = *quantifier;
                let (slot, condition) = self.within(variable, |inner| inner.boxed(condition))?;
                Expr::Quantifier { quantifier, slot, list, condition }
            }
            ExprKind::Comprehension { variable, list, condition, value } => {
                let list = self.boxed(list)?;
                let (slot, (condition, value)) = self.within(variable, |inner| {
                    Ok((inner.optional(condition)?, inner.optional(value)?))
                })?;
                Expr::Comprehension { slot, list, condition, value }
            }
            ExprKind::Exists(pattern) => self.exists(pattern)?,
        })
    }

    fn boxed(&mut self, source: &ast::Expr) -> Result<Box<Expr>, Mistake> {
        self.expr(source).map(Box::new)
    }

    fn optional(&mut self, source: &Option<Box<ast::Expr>>) -> Result<Option<Box<Expr>>, Mistake> {
        source.as_ref().map(|source| self.boxed(source)).transpose()
    }

    fn all(&mut self, sources: &[ast::Expr]) -> Result<Vec<Expr>, Mistake> {
        sources.iter().map(|source| self.expr(source)).collect()
    }

    /// Runs `inner` with one more variable, which may hide another one.
    fn within<T>(
        &mut self,
        variable: &ast::Name,
        inner: impl FnOnce(&mut Self) -> Result<T, Mistake>,
    ) -> Result<(usize, T), Mistake> {
        let slot = self.new_slot();
        self.scope.push(Variable { name: variable.text.clone(), slot, kind: Kind::Value });
        let aggregates = std::mem::replace(&mut self.aggregates, Aggregates::Forbidden);
        let result = inner(self);
        self.aggregates = aggregates;
        self.scope.pop();
        Ok((slot, result?))
    }

    pub(super) fn key(&self, name: &str) -> PropertyKey {
        PropertyKey { name: Arc::from(name), column: self.graph.columns.column(name) }
    }

    fn has_labels(&mut self, of: &ast::Expr, labels: &ast::Labels) -> Result<Expr, Mistake> {
        let is_relation = matches!(&of.kind, ExprKind::Variable(name)
            if self.lookup(name).is_some_and(|variable| variable.kind == Kind::Relation));
        let kinds = if is_relation {
            let mut types = self.graph.relations.any_type();
            for alternatives in labels {
                types.intersect(&self.relation_types(alternatives)?);
            }
            types
        } else {
            self.kinds(labels)?
        };
        Ok(Expr::HasKind(self.boxed(of)?, kinds))
    }

    /// An operator's expression, in the form that is fastest to answer.
    pub(super) fn comparison(&self, operator: Operator, left: Expr, right: Expr) -> Expr {
        let estate = self.graph.is_estate();
        let (left, right) = match operator {
            _ if !estate => (left, right),
            Operator::Equal | Operator::NotEqual | Operator::In | Operator::StartsWith => {
                let prefix = operator == Operator::StartsWith;
                if is_id(&left) {
                    (left, normal_id(right, prefix))
                } else if is_id(&right) {
                    (normal_id(left, prefix), right)
                } else {
                    (left, right)
                }
            }
            _ => (left, right),
        };
        if operator != Operator::Equal {
            return Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        match (left, right) {
            (Expr::Property(of, key), Expr::Const(value))
            | (Expr::Const(value), Expr::Property(of, key))
                if !value.is_null() && !(estate && key.name.as_ref() == "id") =>
            {
                match *of {
                    Expr::Slot(slot) => {
                        let wanted = Wanted::new(value, &self.graph.strings);
                        Expr::PropertyIs { slot, key, wanted }
                    }
                    other => Expr::Binary(
                        operator,
                        Box::new(Expr::Property(Box::new(other), key)),
                        Box::new(Expr::Const(value)),
                    ),
                }
            }
            (left, right) => Expr::Binary(operator, Box::new(left), Box::new(right)),
        }
    }

    fn aggregate(
        &mut self,
        at: usize,
        kind: AggregateKind,
        distinct: bool,
        argument: Option<&ast::Expr>,
    ) -> Result<Expr, Mistake> {
        let outer = std::mem::replace(&mut self.aggregates, Aggregates::Forbidden);
        let Aggregates::Allowed(mut aggregates) = outer else {
            return Err(Mistake::new(at, "an aggregate cannot stand here")
                .expecting("it as an item of WITH or RETURN"));
        };
        let argument = argument.map(|argument| self.expr(argument)).transpose()?;
        aggregates.push(Aggregate { kind, distinct, argument });
        let index = aggregates.len() - 1;
        self.aggregates = Aggregates::Allowed(aggregates);
        Ok(Expr::Aggregate(index))
    }

    fn call(
        &mut self,
        at: usize,
        name: &str,
        distinct: bool,
        arguments: &[ast::Expr],
    ) -> Result<Expr, Mistake> {
        let aggregate = match name {
            "count" => Some(AggregateKind::Count),
            "collect" => Some(AggregateKind::Collect),
            "min" => Some(AggregateKind::Min),
            "max" => Some(AggregateKind::Max),
            "sum" => Some(AggregateKind::Sum),
            "avg" => Some(AggregateKind::Avg),
            _ => None,
        };
        if let Some(kind) = aggregate {
            return match arguments {
                [argument] => self.aggregate(at, kind, distinct, Some(argument)),
                _ => Err(Mistake::new(at, format!("`{name}` takes one argument"))),
            };
        }
        if distinct {
            return Err(Mistake::new(at, "DISTINCT belongs to aggregates")
                .expecting("count, collect, min, max, sum or avg"));
        }
        if name == "exists" {
            return match arguments {
                [ast::Expr { kind: ExprKind::Exists(pattern), .. }] => self.exists(pattern),
                [argument] => Ok(Expr::Not(Box::new(Expr::IsNull(self.boxed(argument)?)))),
                _ => Err(Mistake::new(at, "`exists` takes one argument")
                    .expecting("a property or a pattern")),
            };
        }
        let (function, counts) = Function::by_name(name).ok_or_else(|| {
            Mistake::new(at, format!("unknown function `{name}`"))
                .expecting(format!("one of {}", Function::names()))
        })?;
        if !counts.contains(&arguments.len()) {
            let (min, max) = (*counts.start(), *counts.end());
            let expected = match max {
                usize::MAX => format!("at least {min}"),
                _ if min == max => min.to_string(),
                _ => format!("{min} to {max}"),
            };
            return Err(Mistake::new(
                at,
                format!("`{name}` has the wrong number of arguments: {}", arguments.len()),
            )
            .expecting(expected));
        }
        Ok(Expr::Call(function, self.all(arguments)?))
    }

    fn exists(&mut self, source: &ast::Pattern) -> Result<Expr, Mistake> {
        let outer = self.scope.len();
        let projected = std::mem::take(&mut self.projected);
        let aggregates = std::mem::replace(&mut self.aggregates, Aggregates::Forbidden);
        let pattern = self.pattern(source);
        self.aggregates = aggregates;
        self.projected = projected;
        self.scope.truncate(outer);
        let needed = FxHashSet::default();
        let purpose = Purpose { needed: &needed, deduplicated: true };
        Ok(Expr::Exists(Box::new(plan(self.graph, pattern?, &purpose))))
    }
}

/// `a AND (b AND c)` as one list.
fn flat(terms: Vec<Expr>) -> Vec<Expr> {
    let mut flat = Vec::with_capacity(terms.len());
    for term in terms {
        match term {
            Expr::And(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    flat
}

fn list(items: Vec<Expr>) -> Expr {
    if !items.iter().all(|item| matches!(item, Expr::Const(_))) {
        return Expr::List(items);
    }
    let constants = items.into_iter().map(|item| match item {
        Expr::Const(value) => value,
        _ => Value::Null,
    });
    Expr::Const(Value::list(constants.collect()))
}

fn map(entries: Vec<(Arc<str>, Expr)>) -> Expr {
    if !entries.iter().all(|(_, value)| matches!(value, Expr::Const(_))) {
        return Expr::Map(entries);
    }
    let constants = entries.into_iter().map(|(key, value)| match value {
        Expr::Const(value) => (key, value),
        _ => (key, Value::Null),
    });
    Expr::Const(Value::Map(Arc::new(constants.collect::<BTreeMap<_, _>>())))
}

fn is_id(expr: &Expr) -> bool {
    match expr {
        Expr::Property(of, key) => key.name.as_ref() == "id" && matches!(**of, Expr::Slot(_)),
        Expr::Call(function, _) => *function == Function::Id,
        _ => false,
    }
}

fn normal_id(expr: Expr, prefix: bool) -> Expr {
    match expr {
        Expr::Const(Value::Text(text)) if prefix => {
            let upper = text.to_uppercase();
            let compared_without_case = AssetId::new(upper.as_str()).as_str() != upper;
            Expr::Const(Value::text(&if compared_without_case {
                text.to_lowercase()
            } else {
                text.to_string()
            }))
        }
        other if prefix => other,
        Expr::Const(value) => Expr::Const(normal_id_value(&value)),
        other => Expr::NormalId(Box::new(other)),
    }
}

/// An id, or a list of ids, as the graph holds it.
pub(crate) fn normal_id_value(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::text(AssetId::new(text.as_ref()).as_str()),
        Value::List(items) => Value::list(items.iter().map(normal_id_value).collect()),
        other => other.clone(),
    }
}
