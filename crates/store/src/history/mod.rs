//! What changed about assets: kept as scans are, read back by asset, undone to see the estate as it was.

mod difference;
mod rewind;

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use picket_model::{Asset, AssetChange, AssetId, ChangeKind, FieldChange};
use sqlx::{Any, Row, Transaction};
use uuid::Uuid;

use crate::error::{read, write};
use crate::{Page, PageRequest, Store, StoreError, stamp, storable, unstamp};

pub(crate) use difference::{between, relation};
pub(crate) use rewind::Rewind;

/// Fields kept of one change.
const FIELDS: usize = 200;
/// Changes kept in all; the oldest go first.
const CHANGES: i64 = 1_000_000;

/// What one scan changes, gathered while it is kept.
#[derive(Debug)]
pub(crate) struct ChangeLog<'a> {
    source: &'a str,
    time: DateTime<Utc>,
    changes: BTreeMap<String, AssetChange>,
}

impl<'a> ChangeLog<'a> {
    pub(crate) fn new(source: &'a str, time: DateTime<Utc>) -> Self {
        Self { source, time, changes: BTreeMap::new() }
    }

    /// Takes that something happened to an asset, and what changed with it.
    pub(crate) fn add(&mut self, asset: &str, kind: ChangeKind, fields: Vec<FieldChange>) {
        if fields.is_empty() && kind == ChangeKind::Changed {
            return;
        }
        let change = self.changes.entry(asset.to_owned()).or_insert_with(|| AssetChange {
            id: Uuid::now_v7().to_string(),
            asset: AssetId::new(asset),
            time: self.time,
            source: self.source.to_owned(),
            kind,
            fields: Vec::new(),
            more: 0,
        });
        for field in fields {
            if change.fields.len() < FIELDS {
                change.fields.push(field);
            } else {
                change.more = change.more.saturating_add(1);
            }
        }
    }

    /// Writes what was gathered, and drops what is older than `days`.
    pub(crate) async fn save(
        self,
        transaction: &mut Transaction<'_, Any>,
        days: u32,
    ) -> Result<(), StoreError> {
        let horizon = stamp(self.time - Duration::days(i64::from(days)));
        for change in self.changes.values().filter(|_| days > 0) {
            sqlx::query(
                "INSERT INTO asset_changes (id, asset, source, time, document) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(&change.id)
            .bind(storable(change.asset.as_str()))
            .bind(storable(&change.source))
            .bind(stamp(change.time))
            .bind(write("change", change)?)
            .execute(&mut **transaction)
            .await?;
        }
        sqlx::query("DELETE FROM asset_changes WHERE time < $1")
            .bind(horizon)
            .execute(&mut **transaction)
            .await?;
        sqlx::query(
            "DELETE FROM asset_changes WHERE id <= \
             (SELECT id FROM asset_changes ORDER BY id DESC LIMIT 1 OFFSET $1)",
        )
        .bind(CHANGES)
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }
}

/// What stands first in an asset's history by a source; never an id that sorts among those of changes.
const APPEARED: &str = "appeared:";

impl Store {
    /// What happened to an asset, newest first; how each source first saw it comes last.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn asset_history(
        &self,
        asset: &AssetId,
        page: &PageRequest,
    ) -> Result<Page<AssetChange>, StoreError> {
        let limit = page.limit.max(1) as usize;
        let id = storable(asset.as_str());
        let counted = sqlx::query("SELECT COUNT(*) AS changes FROM asset_changes WHERE asset = $1")
            .bind(&id)
            .fetch_one(&self.pool)
            .await?;
        let appeared = self.appearances(asset, &id).await?;
        let total = counted.try_get::<i64, _>("changes")?.max(0).unsigned_abs();
        let total = total + appeared.len() as u64;
        let after = page.after.as_deref();
        let mut items = Vec::new();
        if after.is_none_or(|after| !after.starts_with(APPEARED)) {
            // Ids are UUID version 7, so the id is the order; `z` sorts after all of them in every collation.
            let rows = sqlx::query(
                "SELECT document FROM asset_changes WHERE asset = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            )
            .bind(&id)
            .bind(after.unwrap_or("z"))
            .bind(i64::from(page.limit.max(1)) + 1)
            .fetch_all(&self.pool)
            .await?;
            for row in &rows {
                items.push(read("change", row.try_get("document")?)?);
            }
        }
        let seen = after.and_then(|after| appeared.iter().position(|change| change.id == after));
        items.extend(appeared.into_iter().skip(seen.map_or(0, |at| at + 1)));
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(|last: &AssetChange| last.id.clone()) } else { None };
        Ok(Page { items, next, total })
    }

    /// How each source first saw the asset, latest first.
    async fn appearances(&self, asset: &AssetId, id: &str) -> Result<Vec<AssetChange>, StoreError> {
        let rows = sqlx::query(
            "SELECT source, first_seen FROM assets WHERE id = $1 ORDER BY first_seen DESC, source",
        )
        .bind(id)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let source: String = row.try_get("source")?;
                Ok(AssetChange {
                    id: format!("{APPEARED}{source}"),
                    asset: asset.clone(),
                    time: unstamp(row.try_get("first_seen")?),
                    source,
                    kind: ChangeKind::Appeared,
                    fields: Vec::new(),
                    more: 0,
                })
            })
            .collect()
    }

    /// Every change since `time`, newest first, to be undone.
    pub(crate) async fn changes_since(
        &self,
        time: DateTime<Utc>,
    ) -> Result<Vec<AssetChange>, StoreError> {
        sqlx::query("SELECT document FROM asset_changes WHERE time > $1 ORDER BY id DESC")
            .bind(stamp(time))
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| read("change", row.try_get("document")?))
            .collect()
    }
}

/// Keeps of what was known when it was first seen: the asset, and each of its findings.
pub(crate) fn carry_over(before: &Asset, after: &mut Asset) {
    after.first_seen = before.first_seen;
    for finding in &mut after.findings {
        if let Some(held) = before.findings.iter().find(|held| held.id == finding.id) {
            finding.first_seen = finding.first_seen.min(held.first_seen);
        }
    }
}
