use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;

use crate::error::{read, write};
use crate::{Store, StoreError};

/// What a named document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// Alert suppression rules.
    SuppressionRules,
    /// Threat intelligence indicators.
    Indicators,
    /// Accepted recommendations.
    Exemptions,
    /// Settings that users change in the product.
    Settings,
    /// What detectors remember across restarts.
    State,
}

impl Collection {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SuppressionRules => "suppression_rules",
            Self::Indicators => "indicators",
            Self::Exemptions => "exemptions",
            Self::Settings => "settings",
            Self::State => "state",
        }
    }
}

impl Store {
    /// Keeps a document under a name.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn put_document<T: Serialize + Sync>(
        &self,
        collection: Collection,
        name: &str,
        document: &T,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO documents (collection, name, document) VALUES ($1, $2, $3) \
             ON CONFLICT (collection, name) DO UPDATE SET document = excluded.document",
        )
        .bind(collection.as_str())
        .bind(name)
        .bind(write("document", document)?)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Every document of a collection with its name, by name.
    ///
    /// # Errors
    /// When the store cannot be read, or a document is of another shape.
    pub async fn documents<T: DeserializeOwned>(
        &self,
        collection: Collection,
    ) -> Result<Vec<(String, T)>, StoreError> {
        sqlx::query("SELECT name, document FROM documents WHERE collection = $1 ORDER BY name")
            .bind(collection.as_str())
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| Ok((row.try_get("name")?, read("document", row.try_get("document")?)?)))
            .collect()
    }

    /// Drops a document; whether it was there.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn drop_document(
        &self,
        collection: Collection,
        name: &str,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM documents WHERE collection = $1 AND name = $2")
            .bind(collection.as_str())
            .bind(name)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Keeps a figure's value for a day (`YYYY-MM-DD`); the last value of the day stays.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn put_trend(&self, figure: &str, day: &str, value: i64) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO trends (figure, day, value) VALUES ($1, $2, $3) \
             ON CONFLICT (figure, day) DO UPDATE SET value = excluded.value",
        )
        .bind(figure)
        .bind(day)
        .bind(value)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Every figure's values by day, oldest first, since `day`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn trends(&self, since: &str) -> Result<Vec<(String, String, i64)>, StoreError> {
        sqlx::query("SELECT figure, day, value FROM trends WHERE day >= $1 ORDER BY figure, day")
            .bind(since)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| Ok((row.try_get("figure")?, row.try_get("day")?, row.try_get("value")?)))
            .collect()
    }
}
