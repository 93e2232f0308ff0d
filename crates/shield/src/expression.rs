//! Expressions of the embedded rules, compiled when they are first needed: most never are.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

/// An expression.
#[derive(Debug)]
pub(crate) struct Expression {
    written: String,
    any_case: bool,
    regex: OnceLock<Regex>,
}

impl Expression {
    pub(crate) fn new(written: &str) -> Self {
        Self { written: written.to_owned(), any_case: false, regex: OnceLock::new() }
    }

    /// Letters match in either case.
    pub(crate) fn in_any_case(written: String) -> Self {
        Self { written, any_case: true, regex: OnceLock::new() }
    }

    pub(crate) fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            #[expect(
                clippy::expect_used,
                reason = "rules are compiled in; tests compile every one"
            )]
            RegexBuilder::new(&self.written)
                .case_insensitive(self.any_case)
                .build()
                .expect("an expression of the embedded rules")
        })
    }
}
