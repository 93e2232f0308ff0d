use chrono::{DateTime, Utc};
use picket_model::{Alert, Incident, Interaction};
use serde::Serialize;
use sqlx::{Any, Row, Transaction};
use uuid::Uuid;

use crate::error::{read, write};
use crate::{Page, PageRequest, Store, StoreError, stamp, storable};

/// How much traffic was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct InteractionCounts {
    /// Interactions recorded.
    pub total: u64,
    /// Of them, those refused or cut.
    pub blocked: u64,
    /// Of them, those with a verdict other than clean.
    pub flagged: u64,
}

/// What waits for people: active or in progress.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OpenCounts {
    /// Alerts.
    pub alerts: u64,
    /// Incidents.
    pub incidents: u64,
}

impl Store {
    /// How much waits for people.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open_counts(&self) -> Result<OpenCounts, StoreError> {
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM alerts WHERE status IN ('active', 'in_progress')) AS alerts, \
             (SELECT COUNT(*) FROM incidents WHERE status IN ('active', 'in_progress')) AS incidents",
        )
        .fetch_one(&self.pool)
        .await?;
        let count = |name| row.try_get::<i64, _>(name).map(|value| value.max(0).unsigned_abs());
        Ok(OpenCounts { alerts: count("alerts")?, incidents: count("incidents")? })
    }

    /// Keeps interactions (without text) with the alerts and incidents that came of them, all or nothing.
    ///
    /// # Errors
    /// When the store cannot be written; it is then as it was.
    pub async fn record(
        &self,
        interactions: &[Interaction],
        alerts: &[Alert],
        incidents: &[Incident],
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        for interaction in interactions {
            save_interaction(&mut transaction, interaction).await?;
        }
        for alert in alerts {
            save_alert(&mut transaction, alert).await?;
        }
        for incident in incidents {
            save_incident(&mut transaction, incident).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Interactions, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn interactions(&self, page: &PageRequest) -> Result<Page<Interaction>, StoreError> {
        let limit = i64::from(page.limit.max(1));
        // Ids are UUID version 7, so the id is the order; `z` sorts after all of them in every collation.
        let rows = sqlx::query(
            "SELECT document FROM interactions WHERE id < $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(page.after.clone().unwrap_or_else(|| "z".to_owned()))
        .bind(limit + 1)
        .fetch_all(&self.pool)
        .await?;
        let more = rows.len() as i64 > limit;
        let items = rows
            .iter()
            .take(page.limit.max(1) as usize)
            .map(|row| read("interaction", row.try_get("document")?))
            .collect::<Result<Vec<Interaction>, StoreError>>()?;
        let next = if more { items.last().map(|last| last.id.to_string()) } else { None };
        Ok(Page { items, next, total: self.interaction_counts().await?.total })
    }

    /// How much traffic was seen in all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn interaction_counts(&self) -> Result<InteractionCounts, StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS total, \
             COALESCE(SUM(CASE WHEN decision IN ('blocked_prompt', 'blocked_response') THEN 1 ELSE 0 END), 0) AS blocked, \
             COALESCE(SUM(CASE WHEN verdict <> 'clean' THEN 1 ELSE 0 END), 0) AS flagged FROM interactions",
        )
        .fetch_one(&self.pool)
        .await?;
        let count = |name| row.try_get::<i64, _>(name).map(|value| value.max(0).unsigned_abs());
        Ok(InteractionCounts {
            total: count("total")?,
            blocked: count("blocked")?,
            flagged: count("flagged")?,
        })
    }

    /// Alerts, newest first, since `since`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn alerts(&self, since: Option<DateTime<Utc>>) -> Result<Vec<Alert>, StoreError> {
        let rows =
            sqlx::query("SELECT document FROM alerts WHERE time >= $1 ORDER BY time DESC, id DESC")
                .bind(since.map(stamp).unwrap_or_default())
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(|row| read("alert", row.try_get("document")?)).collect()
    }

    /// One alert.
    ///
    /// # Errors
    /// When there is none with this id.
    pub async fn alert(&self, id: Uuid) -> Result<Alert, StoreError> {
        let row = sqlx::query("SELECT document FROM alerts WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?
            .ok_or_else(|| StoreError::Missing { what: "alert", id: id.to_string() })?;
        read("alert", row.try_get("document")?)
    }

    /// Incidents, last changed first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn incidents(&self) -> Result<Vec<Incident>, StoreError> {
        let rows = sqlx::query("SELECT document FROM incidents ORDER BY updated DESC, id DESC")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| read("incident", row.try_get("document")?)).collect()
    }

    /// One incident.
    ///
    /// # Errors
    /// When there is none with this id.
    pub async fn incident(&self, id: Uuid) -> Result<Incident, StoreError> {
        let row = sqlx::query("SELECT document FROM incidents WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?
            .ok_or_else(|| StoreError::Missing { what: "incident", id: id.to_string() })?;
        read("incident", row.try_get("document")?)
    }
}

async fn save_interaction(
    transaction: &mut Transaction<'_, Any>,
    interaction: &Interaction,
) -> Result<(), StoreError> {
    let verdict = interaction.prompt_verdict.verdict.max(interaction.response_verdict.verdict);
    // Whatever the caller left in, no text of a conversation reaches the disk.
    let interaction = interaction.clone().without_text();
    sqlx::query(
        "INSERT INTO interactions (id, time, asset, environment, decision, verdict, document) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
    )
    .bind(interaction.id.to_string())
    .bind(stamp(interaction.time))
    .bind(interaction.asset.as_ref().map(|asset| storable(asset.as_str())))
    .bind(interaction.environment.as_deref().map(storable))
    .bind(interaction.outcome.decision.as_str())
    .bind(verdict.as_str())
    .bind(write("interaction", &interaction)?)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn save_alert(
    transaction: &mut Transaction<'_, Any>,
    alert: &Alert,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO alerts (id, time, status, document) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET time = excluded.time, status = excluded.status, document = excluded.document",
    )
    .bind(alert.id.to_string())
    .bind(stamp(alert.end_time_utc))
    .bind(alert.status.as_str())
    .bind(write("alert", alert)?)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn save_incident(
    transaction: &mut Transaction<'_, Any>,
    incident: &Incident,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO incidents (id, updated, status, document) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET updated = excluded.updated, status = excluded.status, \
         document = excluded.document",
    )
    .bind(incident.id.to_string())
    .bind(stamp(incident.last_update_date_time))
    .bind(incident.status.as_str())
    .bind(write("incident", incident)?)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
