use std::{collections::BTreeMap, sync::Arc};

use super::{Aggregates, Checker, Kind, Variable};
use crate::{
    ast::{self, ExprKind, Operator},
    error::Mistake,
    ir::{Expr, PropertyKey},
    json,
    value::Value,
};

impl Checker<'_> {
    pub(super) fn expr(&mut self, source: &ast::Expr) -> Result<Expr, Mistake> {
        self.typed(source).map(|(expr, _)| expr)
    }

    /// A condition: a boolean or what may be one. Only here may a bare pattern stand.
    pub(super) fn condition(&mut self, source: &ast::Expr) -> Result<Expr, Mistake> {
        self.may_be_pattern = true;
        let condition = self.typed(source);
        self.may_be_pattern = false;
        match condition? {
            (condition, Kind::Bool | Kind::Any) => Ok(condition),
            (_, kind) => {
                let message = format!("{} is neither true nor false", kind.name());
                Err(Mistake::new(source.at, message).expecting("a condition"))
            }
        }
    }

    /// An expression and what its value is known to be.
    pub(super) fn typed(&mut self, source: &ast::Expr) -> Result<(Expr, Kind), Mistake> {
        if let Some((slot, kind)) = self.projected(source) {
            return Ok((Expr::Slot(slot), kind));
        }
        let may_be_pattern = std::mem::take(&mut self.may_be_pattern);
        let constant = |value: Value| {
            let kind = Kind::of(&value);
            (Expr::Const(value), kind)
        };
        Ok(match &source.kind {
            ExprKind::Null => constant(Value::Null),
            ExprKind::Bool(value) => constant(Value::Bool(*value)),
            ExprKind::Integer(value) => constant(Value::Integer(*value)),
            ExprKind::Float(value) => constant(Value::Float(*value)),
            ExprKind::Text(value) => constant(Value::text(value)),
            ExprKind::Parameter(name) => {
                let value = self.params.get(name).ok_or_else(|| {
                    Mistake::new(source.at, format!("the parameter `${name}` has no value"))
                })?;
                constant(json::value(value))
            }
            ExprKind::Variable(name) => {
                let variable = self.variable(source.at, name)?;
                (Expr::Slot(variable.slot), variable.kind.clone())
            }
            ExprKind::List(items) => {
                let (items, kinds) = self.all(items)?;
                (list(items), Kind::list(Kind::common(kinds)))
            }
            ExprKind::Map(entries) => {
                let mut bound = Vec::new();
                for (key, value) in entries {
                    bound.push((Arc::from(key.as_str()), self.expr(value)?));
                }
                (map(bound), Kind::Map)
            }
            ExprKind::Property(of, key) => {
                let (value, kind) = self.typed(of)?;
                Self::property_of(of.at, &kind)?;
                (Expr::Property(Box::new(value), self.key(key)), Kind::Any)
            }
            ExprKind::Index(of, index) => {
                let ((of, kind), (place, index_kind)) = (self.typed(of)?, self.typed(index)?);
                let item = Self::indexed(index.at, &kind, &index_kind)?;
                (Expr::Index(Box::new(of), Box::new(place)), item)
            }
            ExprKind::Slice(of, from, to) => {
                let (of, kind) = self.typed(of)?;
                (Expr::Slice(Box::new(of), self.optional(from)?, self.optional(to)?), kind)
            }
            ExprKind::HasLabels(of, labels) => (self.has_labels(of, labels)?, Kind::Bool),
            ExprKind::Not(of) => (Expr::Not(Box::new(self.condition(of)?)), Kind::Bool),
            ExprKind::And(terms) => (Expr::And(flat(self.conditions(terms)?)), Kind::Bool),
            ExprKind::Or(terms) => (Expr::Or(self.conditions(terms)?), Kind::Bool),
            ExprKind::Binary(Operator::Xor, left, right) => {
                let (left, right) = (self.condition(left)?, self.condition(right)?);
                (Expr::Binary(Operator::Xor, Box::new(left), Box::new(right)), Kind::Bool)
            }
            ExprKind::Binary(operator, a, b) => {
                let ((left, left_kind), (right, right_kind)) = (self.typed(a)?, self.typed(b)?);
                let kind = Self::operated(*operator, (a, &left_kind), (b, &right_kind))?;
                (self.comparison(*operator, left, right), kind)
            }
            ExprKind::Negate(of) => {
                let zero = (&**of, &Kind::Integer);
                let (value, kind) = self.typed(of)?;
                let kind = Self::operated(Operator::Subtract, zero, (of, &kind))?;
                (negated(value), kind)
            }
            ExprKind::IsNull(of) => (Expr::IsNull(self.boxed(of)?), Kind::Bool),
            ExprKind::CountAll | ExprKind::Call { .. } => self.call(source)?,
            ExprKind::Case { subject, branches, otherwise } => {
                self.case(subject.as_deref(), branches, otherwise.as_deref())?
            }
            ExprKind::Quantifier { quantifier, variable, list, condition } => {
                let (list, item) = self.items_of(list)?;
                let quantifier = *quantifier;
                let (slot, condition) =
                    self.within(variable, item, |inner| inner.condition(condition))?;
                let (list, condition) = (Box::new(list), Box::new(condition));
                (Expr::Quantifier { quantifier, slot, list, condition }, Kind::Bool)
            }
            ExprKind::Comprehension { variable, list, condition, value } => {
                let (list, item) = self.items_of(list)?;
                let (slot, (condition, value)) = self.within(variable, item.clone(), |inner| {
                    let condition = condition.as_ref().map(|condition| inner.condition(condition));
                    let value = value.as_ref().map(|value| inner.typed(value));
                    Ok((condition.transpose()?.map(Box::new), value.transpose()?))
                })?;
                let (value, kind) =
                    value.map_or((None, item), |(value, kind)| (Some(Box::new(value)), kind));
                (
                    Expr::Comprehension { slot, list: Box::new(list), condition, value },
                    Kind::list(kind),
                )
            }
            ExprKind::Reduce { sum, start, variable, list, value } => {
                let start = self.boxed(start)?;
                let (list, item) = self.items_of(list)?;
                let (sum, (slot, value)) = self.within(sum, Kind::Any, |inner| {
                    inner.within(variable, item, |inner| inner.boxed(value))
                })?;
                (Expr::Reduce { sum, start, slot, list: Box::new(list), value }, Kind::Any)
            }
            ExprKind::Exists(pattern) => (self.exists(pattern)?, Kind::Bool),
            ExprKind::ExistsQuery(query) => (self.exists_query(query)?, Kind::Bool),
            ExprKind::PathExists(path) if may_be_pattern => (self.path_exists(path)?, Kind::Bool),
            ExprKind::PathExists(_) => {
                return Err(Mistake::new(source.at, "a pattern is a condition and no value")
                    .expecting("EXISTS { } around it, or `[pattern | value]`"));
            }
            ExprKind::PatternComprehension { pattern, value } => self.collect(pattern, value)?,
        })
    }

    pub(super) fn boxed(&mut self, source: &ast::Expr) -> Result<Box<Expr>, Mistake> {
        self.expr(source).map(Box::new)
    }

    fn optional(&mut self, source: &Option<Box<ast::Expr>>) -> Result<Option<Box<Expr>>, Mistake> {
        source.as_ref().map(|source| self.boxed(source)).transpose()
    }

    pub(super) fn all(&mut self, sources: &[ast::Expr]) -> Result<(Vec<Expr>, Vec<Kind>), Mistake> {
        let typed: Result<Vec<_>, Mistake> =
            sources.iter().map(|source| self.typed(source)).collect();
        Ok(typed?.into_iter().unzip())
    }

    fn conditions(&mut self, sources: &[ast::Expr]) -> Result<Vec<Expr>, Mistake> {
        sources.iter().map(|source| self.condition(source)).collect()
    }

    /// A list, and what is in it.
    pub(super) fn items_of(&mut self, source: &ast::Expr) -> Result<(Expr, Kind), Mistake> {
        let (list, kind) = self.typed(source)?;
        if kind.is_list() {
            return Ok((list, kind.item()));
        }
        Err(Mistake::new(source.at, format!("{} is no list", kind.name())).expecting("a list"))
    }

    fn case(
        &mut self,
        subject: Option<&ast::Expr>,
        branches: &[(ast::Expr, ast::Expr)],
        otherwise: Option<&ast::Expr>,
    ) -> Result<(Expr, Kind), Mistake> {
        let subject = subject.map(|subject| self.boxed(subject)).transpose()?;
        let mut bound = Vec::new();
        let mut kinds = Vec::new();
        for (condition, value) in branches {
            let condition =
                if subject.is_some() { self.expr(condition)? } else { self.condition(condition)? };
            let (value, kind) = self.typed(value)?;
            bound.push((condition, value));
            kinds.push(kind);
        }
        let otherwise = match otherwise {
            Some(otherwise) => {
                let (value, kind) = self.typed(otherwise)?;
                kinds.push(kind);
                Some(Box::new(value))
            }
            None => None,
        };
        Ok((Expr::Case { subject, branches: bound, otherwise }, Kind::common(kinds)))
    }

    /// Runs `inner` with one more variable, which may hide another one.
    fn within<T>(
        &mut self,
        variable: &ast::Name,
        kind: Kind,
        inner: impl FnOnce(&mut Self) -> Result<T, Mistake>,
    ) -> Result<(usize, T), Mistake> {
        let slot = self.new_slot();
        self.scope.push(Variable { name: variable.text.clone(), slot, kind });
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

fn negated(value: Expr) -> Expr {
    match value {
        Expr::Const(Value::Integer(value)) => {
            Expr::Const(value.checked_neg().map_or(Value::Null, Value::Integer))
        }
        // There is no negative zero.
        Expr::Const(Value::Float(value)) => Expr::Const(Value::Float(0.0 - value)),
        other => Expr::Negate(Box::new(other)),
    }
}
