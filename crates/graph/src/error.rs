use std::fmt;

/// Why a query gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The text is not a query, or says something that cannot be meant.
    #[error("line {line}, column {column}: {message}{}", Expected(.expected.as_deref()))]
    Invalid {
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
        /// What is wrong.
        message: String,
        /// What would have been right, where that is known.
        expected: Option<String>,
    },
    /// A limit ended the query before it was answered.
    #[error(
        "the query was stopped: {limit}; narrow it with labels, properties or LIMIT, or raise the limit"
    )]
    LimitExceeded {
        /// Which limit, with its value.
        limit: String,
    },
}

struct Expected<'a>(Option<&'a str>);

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |expected| write!(f, "; expected {expected}"))
    }
}

impl QueryError {
    /// An error at byte `at` of `text`.
    pub(crate) fn at(text: &str, at: usize, message: String, expected: Option<String>) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self::Invalid {
            line: count(before.matches('\n').count() + 1),
            column: count(before[line_start..].chars().count() + 1),
            message,
            expected,
        }
    }

    /// Where the text is wrong: line and column, from 1.
    #[must_use]
    pub const fn position(&self) -> Option<(u32, u32)> {
        match self {
            Self::Invalid { line, column, .. } => Some((*line, *column)),
            Self::LimitExceeded { .. } => None,
        }
    }
}

/// Why a text is no plan yet.
#[derive(Debug)]
pub(crate) enum Mistake {
    /// What is wrong at a byte of it, before the text is at hand to count lines.
    At { at: usize, message: String, expected: Option<String> },
    /// There was no time left to look at all of it.
    Stopped(QueryError),
}

impl Mistake {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self::At { at, message: message.into(), expected: None }
    }

    pub(crate) fn expecting(self, expecting: impl Into<String>) -> Self {
        match self {
            Self::At { at, message, .. } => {
                Self::At { at, message, expected: Some(expecting.into()) }
            }
            stopped @ Self::Stopped(_) => stopped,
        }
    }

    pub(crate) fn within(self, text: &str) -> QueryError {
        match self {
            Self::At { at, message, expected } => QueryError::at(text, at, message, expected),
            Self::Stopped(error) => error,
        }
    }
}

impl From<QueryError> for Mistake {
    fn from(error: QueryError) -> Self {
        Self::Stopped(error)
    }
}
