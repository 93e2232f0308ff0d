use rustc_hash::FxHashSet;

use super::{Aggregates, Checker, Kind};
use crate::{
    ast,
    error::Mistake,
    ir::Expr,
    plan::{Purpose, plan},
};

impl Checker<'_> {
    pub(super) fn exists(&mut self, source: &ast::Pattern) -> Result<Expr, Mistake> {
        let pattern = self.beneath(|inner| inner.pattern(source))?;
        let needed = FxHashSet::default();
        let purpose = Purpose { needed: &needed, deduplicated: true };
        Ok(Expr::Exists(Box::new(plan(self.graph, pattern, &purpose, self.budget)?)))
    }

    /// A pattern as a condition: everything it names is known.
    pub(super) fn path_exists(&mut self, source: &ast::PathPattern) -> Result<Expr, Mistake> {
        for name in source.names() {
            self.variable(name.at, &name.text)?;
        }
        self.exists(&ast::Pattern { paths: vec![source.clone()], condition: None })
    }

    /// `[pattern | value]`.
    pub(super) fn collect(
        &mut self,
        source: &ast::Pattern,
        value: &ast::Expr,
    ) -> Result<(Expr, Kind), Mistake> {
        let (pattern, value, kind) = self.beneath(|inner| {
            let pattern = inner.pattern(source)?;
            let (value, kind) = inner.typed(value)?;
            Ok((pattern, value, kind))
        })?;
        let mut needed = FxHashSet::default();
        value.slots(&mut |slot| {
            needed.insert(slot);
        });
        let purpose = Purpose { needed: &needed, deduplicated: false };
        let plan = Box::new(plan(self.graph, pattern, &purpose, self.budget)?);
        Ok((Expr::Collect(plan, Box::new(value)), Kind::list(kind)))
    }

    /// `EXISTS { query }`, which sees every variable.
    pub(super) fn exists_query(&mut self, query: &ast::Query) -> Result<Expr, Mistake> {
        let uses = self.scope.iter().map(|variable| variable.slot).collect();
        let mut branches = Vec::new();
        for clauses in &query.branches {
            let mut inner = Checker::new(self.graph, self.params, self.budget);
            inner.scope.clone_from(&self.scope);
            inner.slots = self.slots;
            branches.push(inner.branch(clauses)?);
        }
        Ok(Expr::ExistsQuery(branches, uses))
    }

    /// Runs `inner` where new variables end with it and nothing is aggregated or projected.
    fn beneath<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, Mistake>,
    ) -> Result<T, Mistake> {
        let outer = self.scope.len();
        let columns = std::mem::take(&mut self.columns);
        let aggregates = std::mem::replace(&mut self.aggregates, Aggregates::Forbidden);
        let result = inner(self);
        self.aggregates = aggregates;
        self.columns = columns;
        self.scope.truncate(outer);
        result
    }
}
