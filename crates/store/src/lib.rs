//! The truth on disk: estate, scans, plans, interactions, alerts, incidents and access tokens.
//!
//! Embedded it is one SQLite file (write-ahead log, so that what was acknowledged survives the process);
//! shared it is PostgreSQL or what speaks its protocol. Both have the same schema and the same statements.
//! Nothing here judges or computes: callers hand in and get back the types of [`picket_model`].

mod access;
mod documents;
mod error;
mod estate;
mod history;
mod lists;
mod plans;
mod scans;
mod threats;

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, Executor};

pub use access::Token;
pub use documents::Collection;
pub use error::StoreError;
pub use estate::Estate;
pub use lists::{Page, PageRequest};
pub use plans::StoredPlan;
pub use threats::{InteractionCounts, OpenCounts};

/// A connection pool to one store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: AnyPool,
    url: String,
    history_days: u32,
}

/// How long changes of assets are kept unless told otherwise, days.
pub const HISTORY_DAYS: u32 = 400;

impl Store {
    /// Opens `sqlite:PATH` (made if missing), `sqlite::memory:` or `postgres://…`, brings the schema up to date and
    /// marks the scans of processes that are gone as interrupted.
    ///
    /// # Errors
    /// When the URL is none of these, the database cannot be reached, or its schema is newer than this version knows.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let sqlite = url.starts_with("sqlite:");
        if !sqlite && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(StoreError::Url(redacted(url)));
        }
        let memory = url.starts_with("sqlite::memory:");
        let full = if sqlite && !memory && !url.contains('?') {
            format!("{url}?mode=rwc")
        } else {
            url.to_owned()
        };
        let options = AnyConnectOptions::from_str(&full)
            .map_err(|error| StoreError::unreachable(&redacted(url), &error))?;
        let pool = AnyPoolOptions::new()
            // A database in memory lives in its one connection.
            .max_connections(if memory { 1 } else { 8 })
            .min_connections(u32::from(memory))
            .max_lifetime(None)
            .idle_timeout(if memory { None } else { Some(Duration::from_secs(300)) })
            .acquire_timeout(Duration::from_secs(10))
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if sqlite {
                        connection
                            .execute(
                                "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; \
                                 PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;",
                            )
                            .await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await
            .map_err(|error| StoreError::unreachable(&redacted(url), &error))?;
        migrate(&pool).await.map_err(|error| StoreError::Schema {
            url: redacted(url),
            reason: error.to_string(),
        })?;
        let store = Self { pool, url: redacted(url), history_days: HISTORY_DAYS };
        store.interrupt_orphaned_scans().await?;
        Ok(store)
    }

    /// Keeps changes of assets for so many days; with 0, none.
    #[must_use]
    pub const fn with_history_days(mut self, days: u32) -> Self {
        self.history_days = days;
        self
    }

    /// The store's URL without credentials, for display.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Answers when the database does.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Writes what is pending to the main file and closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Brings the schema up to date.
async fn migrate(pool: &AnyPool) -> Result<(), sqlx::migrate::MigrateError> {
    let migrations = sqlx::migrate!("./migrations");
    for _ in 0..3 {
        if migrations.run(pool).await.is_ok() {
            return Ok(());
        }
        // SQLite has no lock for this: another process that opens the same new file may have been first.
        // What it did is seen by another look.
    }
    migrations.run(pool).await
}

/// A database URL without user and password.
fn redacted(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            format!("{}{}", &url[..scheme + 3], &url[at + 1..])
        }
        _ => url.to_owned(),
    }
}

/// Text that both databases keep: PostgreSQL has no NUL, which a name in a scanned file may hold.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A time as text that sorts.
fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A stored time; the epoch where the text is not one, which only a foreign hand can cause.
fn unstamp(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_shown_without_credentials() {
        assert_eq!(redacted("postgres://user:pw@host/db"), "postgres://host/db");
        assert_eq!(redacted("sqlite:picket.db"), "sqlite:picket.db");
    }

    #[tokio::test]
    async fn other_urls_are_refused_with_what_is_known() {
        let error = Store::open("mysql://h/d").await.unwrap_err().to_string();
        assert!(error.contains("sqlite:PATH"), "{error}");
    }
}
