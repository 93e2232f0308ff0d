use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::Row;
use uuid::Uuid;

use crate::{Store, StoreError, stamp, unstamp};

/// An access token as it is known after it was made: its secret is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// Id, to revoke it by.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Until when it is good.
    pub expires: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_use: Option<DateTime<Utc>>,
}

impl Store {
    /// Keeps a new token; of its secret only a digest.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn add_token(
        &self,
        name: &str,
        secret: &str,
        expires: Option<DateTime<Utc>>,
    ) -> Result<Token, StoreError> {
        let token = Token {
            id: Uuid::now_v7(),
            name: name.to_owned(),
            created: Utc::now(),
            expires,
            last_use: None,
        };
        sqlx::query(
            "INSERT INTO tokens (id, name, digest, created, expires) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(token.id.to_string())
        .bind(&token.name)
        .bind(digest(secret))
        .bind(stamp(token.created))
        .bind(token.expires.map(stamp))
        .execute(&self.pool)
        .await?;
        Ok(token)
    }

    /// The token with this secret, if there is one and it has not expired.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn token_by_secret(&self, secret: &str) -> Result<Option<Token>, StoreError> {
        let now = Utc::now();
        let row = sqlx::query(
            "SELECT id, name, created, expires, last_use FROM tokens \
             WHERE digest = $1 AND (expires IS NULL OR expires > $2)",
        )
        .bind(digest(secret))
        .bind(stamp(now))
        .fetch_optional(&self.pool)
        .await?;
        let Some(token) = row.map(|row| token(&row)).transpose()? else { return Ok(None) };
        if token.last_use.is_none_or(|last| now - last > chrono::Duration::minutes(1)) {
            sqlx::query("UPDATE tokens SET last_use = $1 WHERE id = $2")
                .bind(stamp(now))
                .bind(token.id.to_string())
                .execute(&self.pool)
                .await?;
        }
        Ok(Some(token))
    }

    /// Every token, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        sqlx::query("SELECT id, name, created, expires, last_use FROM tokens ORDER BY created, id")
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(token)
            .collect()
    }

    /// Revokes a token by id; whether it was there.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn revoke_token(&self, id: &str) -> Result<bool, StoreError> {
        let done =
            sqlx::query("DELETE FROM tokens WHERE id = $1").bind(id).execute(&self.pool).await?;
        Ok(done.rows_affected() > 0)
    }
}

fn token(row: &sqlx::any::AnyRow) -> Result<Token, StoreError> {
    let id: &str = row.try_get("id")?;
    Ok(Token {
        id: Uuid::parse_str(id).unwrap_or_default(),
        name: row.try_get("name")?,
        created: unstamp(row.try_get("created")?),
        expires: row.try_get::<Option<String>, _>("expires")?.as_deref().map(unstamp),
        last_use: row.try_get::<Option<String>, _>("last_use")?.as_deref().map(unstamp),
    })
}

/// Tokens carry 256 random bits, so that a plain digest is as strong as the token.
fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_works_until_it_expires_or_is_revoked() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let token = store.add_token("ci", "s3cret", None).await.unwrap();
        store
            .add_token("old", "stale", Some(Utc::now() - chrono::Duration::hours(1)))
            .await
            .unwrap();
        assert_eq!(store.token_by_secret("s3cret").await.unwrap().map(|t| t.id), Some(token.id));
        assert_eq!(store.token_by_secret("stale").await.unwrap(), None);
        assert_eq!(store.token_by_secret("other").await.unwrap(), None);
        assert!(store.revoke_token(&token.id.to_string()).await.unwrap());
        assert_eq!(store.token_by_secret("s3cret").await.unwrap(), None);
    }
}
