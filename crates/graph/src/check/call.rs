use super::{Aggregates, Checker, Kind, grouping::is_random};
use crate::{
    ast::{self, ExprKind},
    error::Mistake,
    functions::Function,
    ir::{Aggregate, AggregateKind, Expr},
    value::Value,
};

impl Checker<'_> {
    /// A call of a function or an aggregate.
    pub(super) fn call(&mut self, source: &ast::Expr) -> Result<(Expr, Kind), Mistake> {
        let at = source.at;
        let ExprKind::Call { name, distinct, arguments } = &source.kind else {
            return self.aggregate(at, AggregateKind::Count, false, None, 0.0);
        };
        let aggregate = match name.as_str() {
            "count" => AggregateKind::Count,
            "collect" => AggregateKind::Collect,
            "min" => AggregateKind::Min,
            "max" => AggregateKind::Max,
            "sum" => AggregateKind::Sum,
            "avg" => AggregateKind::Avg,
            "stdev" => AggregateKind::Deviation { sample: true },
            "stdevp" => AggregateKind::Deviation { sample: false },
            "percentilecont" => AggregateKind::Percentile { continuous: true },
            "percentiledisc" => AggregateKind::Percentile { continuous: false },
            _ => return self.function(at, name, *distinct, arguments),
        };
        match (aggregate, arguments.as_slice()) {
            (AggregateKind::Percentile { .. }, [argument, percentile]) => {
                let percentile = self.percentile(percentile)?;
                self.aggregate(at, aggregate, *distinct, Some(argument), percentile)
            }
            (AggregateKind::Percentile { .. }, _) => {
                Err(Mistake::new(at, format!("`{name}` takes a value and a percentile")))
            }
            (_, [argument]) => self.aggregate(at, aggregate, *distinct, Some(argument), 0.0),
            _ => Err(Mistake::new(at, format!("`{name}` takes one argument"))),
        }
    }

    fn percentile(&self, source: &ast::Expr) -> Result<f64, Mistake> {
        let value = self.constant(source).as_ref().and_then(Value::number);
        value.filter(|value| (0.0..=1.0).contains(value)).ok_or_else(|| {
            Mistake::new(source.at, "a percentile is a constant")
                .expecting("a number from 0 to 1, or a parameter that is one")
        })
    }

    fn aggregate(
        &mut self,
        at: usize,
        kind: AggregateKind,
        distinct: bool,
        argument: Option<&ast::Expr>,
        percentile: f64,
    ) -> Result<(Expr, Kind), Mistake> {
        let outer = std::mem::replace(&mut self.aggregates, Aggregates::Forbidden);
        let Aggregates::Allowed(mut aggregates) = outer else {
            return Err(Mistake::new(at, "an aggregate cannot stand here")
                .expecting("it as an item of WITH or RETURN"));
        };
        if argument.is_some_and(is_random) {
            return Err(Mistake::new(at, "an aggregate cannot be of random numbers"));
        }
        // Beside columns there are no rows to aggregate.
        let ordering = !self.columns.is_empty();
        let hidden = if ordering {
            (std::mem::take(&mut self.scope), std::mem::take(&mut self.columns))
        } else {
            (Vec::new(), Vec::new())
        };
        let argument = argument.map(|argument| self.typed(argument)).transpose();
        if ordering {
            (self.scope, self.columns) = hidden;
        }
        let (argument, argument_kind) = argument?.unzip();
        let result = match (kind, argument_kind) {
            (AggregateKind::Count, _) => Kind::Integer,
            (AggregateKind::Collect, Some(item)) => Kind::list(item),
            (AggregateKind::Min | AggregateKind::Max, Some(item)) => item,
            _ => Kind::Any,
        };
        aggregates.push(Aggregate { kind, distinct, argument, percentile });
        let index = aggregates.len() - 1;
        self.aggregates = Aggregates::Allowed(aggregates);
        Ok((Expr::Aggregate(index), result))
    }

    fn function(
        &mut self,
        at: usize,
        name: &str,
        distinct: bool,
        arguments: &[ast::Expr],
    ) -> Result<(Expr, Kind), Mistake> {
        if distinct {
            return Err(Mistake::new(at, "DISTINCT belongs to aggregates")
                .expecting("count, collect, min, max, sum or avg"));
        }
        if name == "exists" {
            let exists = match arguments {
                [ast::Expr { kind: ExprKind::PathExists(path), .. }] => self.path_exists(path)?,
                [ast::Expr { kind: ExprKind::Exists(pattern), .. }] => self.exists(pattern)?,
                [argument] => Expr::Not(Box::new(Expr::IsNull(self.boxed(argument)?))),
                _ => {
                    return Err(Mistake::new(at, "`exists` takes one argument")
                        .expecting("a property or a pattern"));
                }
            };
            return Ok((exists, Kind::Bool));
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
        let (arguments, kinds) = self.all(arguments)?;
        let kind = Self::called(at, function, &kinds)?;
        if function == Function::Rand {
            return Ok((Expr::Random, Kind::Float));
        }
        if function == Function::Range
            && matches!(arguments.get(2), Some(Expr::Const(Value::Integer(0))))
        {
            return Err(
                Mistake::new(at, "a range with steps of 0 has no end").expecting("another step")
            );
        }
        Ok((Expr::Call(function, arguments), kind))
    }
}
