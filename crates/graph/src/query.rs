use picket_model::{QueryResult, QueryStats};

use crate::{
    Limits, QueryError, Snapshot, check::check, exec::Executor, limits::Budget, parser::parse,
    plan::explain,
};

/// Values of a query's `$parameters`.
pub type Params = serde_json::Map<String, serde_json::Value>;

impl Snapshot {
    /// Answers a read-only openCypher query.
    ///
    /// # Errors
    ///
    /// [`QueryError::Invalid`] where the text is not a query that can be meant, [`QueryError::LimitExceeded`] where
    /// time or memory ran out or the query was cancelled. Too many rows are no error: they are cut.
    pub fn query(
        &self,
        text: &str,
        params: &Params,
        limits: &Limits,
    ) -> Result<QueryResult, QueryError> {
        let budget = Budget::new(limits);
        let query = parse(text)
            .and_then(|query| check(self, &query, params, &budget))
            .map_err(|mistake| mistake.within(text))?;
        let (rows, truncated) = Executor::new(self, &budget).run(&query)?;
        let mut result = QueryResult { columns: query.columns, ..QueryResult::default() };
        for row in rows {
            budget.check()?;
            result.rows.push(row.iter().map(|value| self.to_json(value)).collect());
        }
        let elapsed_us = u64::try_from(budget.elapsed().as_micros()).unwrap_or(u64::MAX);
        result.stats = QueryStats { rows: result.rows.len(), elapsed_us, truncated };
        Ok(result)
    }

    /// How a query would be answered: one step a line.
    ///
    /// # Errors
    ///
    /// [`QueryError::Invalid`] where the text is not a query that can be meant, [`QueryError::LimitExceeded`] where
    /// planning it takes longer than [`Limits::default`] allows.
    pub fn explain(&self, text: &str, params: &Params) -> Result<String, QueryError> {
        let limits = Limits::default();
        parse(text)
            .and_then(|query| check(self, &query, params, &Budget::new(&limits)))
            .map(|query| explain(self, &query))
            .map_err(|mistake| mistake.within(text))
    }
}
