/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names no kind of store that is known.
    #[error("`{0}` is no store: use `sqlite:PATH` or `postgres://user@host/database`")]
    Url(String),
    /// The database cannot be reached or opened.
    #[error(
        "the store `{url}` cannot be opened: {reason}; check that the path or server exists and may be written"
    )]
    Unreachable {
        /// The store, without credentials.
        url: String,
        /// What the driver said.
        reason: String,
    },
    /// The schema cannot be brought up to date.
    #[error(
        "the schema of `{url}` cannot be brought up to date: {reason}; was it written by a newer version?"
    )]
    Schema {
        /// The store, without credentials.
        url: String,
        /// What the migration said.
        reason: String,
    },
    /// A statement failed.
    #[error("the store refused a statement: {0}")]
    Statement(#[from] sqlx::Error),
    /// A stored document is not what this version writes.
    #[error("a stored {what} cannot be read: {reason}")]
    Document {
        /// What sort of document.
        what: &'static str,
        /// What is wrong with it.
        reason: serde_json::Error,
    },
    /// What was asked for is not there.
    #[error("there is no {what} `{id}`")]
    Missing {
        /// What sort of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
}

impl StoreError {
    pub(crate) fn unreachable(url: &str, error: &sqlx::Error) -> Self {
        Self::Unreachable { url: url.to_owned(), reason: error.to_string() }
    }
}

/// A value as the JSON text that is stored.
pub(crate) fn write<T: serde::Serialize>(
    what: &'static str,
    value: &T,
) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|reason| StoreError::Document { what, reason })
}

/// A stored JSON text as a value.
pub(crate) fn read<T: serde::de::DeserializeOwned>(
    what: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|reason| StoreError::Document { what, reason })
}
