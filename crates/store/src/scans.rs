use std::path::Path;

use chrono::{Duration, Utc};
use picket_model::{Scan, ScanCounts, ScanState};
use sqlx::Row;
use uuid::Uuid;

use crate::error::{read, write};
use crate::{Store, StoreError, stamp};

/// How long a scan of another host may be silent before it counts as interrupted.
const SILENCE: i64 = 120;

impl Store {
    /// Records that a scan of `source` begins.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn begin_scan(&self, source: &str) -> Result<Scan, StoreError> {
        let scan = Scan {
            id: Uuid::now_v7(),
            source: source.to_owned(),
            state: ScanState::Running,
            started: Utc::now(),
            finished: None,
            counts: ScanCounts::default(),
            diagnostics: Vec::new(),
            error: None,
        };
        sqlx::query(
            "INSERT INTO scans (id, source, state, started, owner, beat, document) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(scan.id.to_string())
        .bind(&scan.source)
        .bind(scan.state.as_str())
        .bind(stamp(scan.started))
        .bind(owner())
        .bind(stamp(scan.started))
        .bind(write("scan", &scan)?)
        .execute(&self.pool)
        .await?;
        Ok(scan)
    }

    /// Says that a running scan is alive.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn beat_scan(&self, id: Uuid) -> Result<(), StoreError> {
        sqlx::query("UPDATE scans SET beat = $1 WHERE id = $2")
            .bind(stamp(Utc::now()))
            .bind(id.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Writes a scan's record as it stands.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn save_scan(&self, scan: &Scan) -> Result<(), StoreError> {
        save(&self.pool, scan).await
    }

    /// One scan.
    ///
    /// # Errors
    /// When there is none with this id.
    pub async fn scan(&self, id: Uuid) -> Result<Scan, StoreError> {
        let row = sqlx::query("SELECT document FROM scans WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?
            .ok_or_else(|| StoreError::Missing { what: "scan", id: id.to_string() })?;
        read("scan", row.try_get("document")?)
    }

    /// Scans, newest first, at most a thousand.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn scans(&self) -> Result<Vec<Scan>, StoreError> {
        let rows =
            sqlx::query("SELECT document FROM scans ORDER BY started DESC, id DESC LIMIT 1000")
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(|row| read("scan", row.try_get("document")?)).collect()
    }

    /// Whether the last scan of some source that has ended could not read everything of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn is_partial(&self) -> Result<bool, StoreError> {
        let mut seen = std::collections::HashSet::new();
        let ended = self.scans().await?.into_iter().filter(|scan| scan.state != ScanState::Running);
        let mut last = ended.filter(|scan| seen.insert(scan.source.clone()));
        Ok(last.any(|scan| scan.state != ScanState::Succeeded))
    }

    /// Marks running scans whose process is gone as interrupted; what they had found before stays as it was.
    pub(crate) async fn interrupt_orphaned_scans(&self) -> Result<(), StoreError> {
        let rows = sqlx::query("SELECT owner, beat, document FROM scans WHERE state = 'running'")
            .fetch_all(&self.pool)
            .await?;
        let silent_since = stamp(Utc::now() - Duration::seconds(SILENCE));
        for row in rows {
            let (owner, beat): (String, String) = (row.try_get("owner")?, row.try_get("beat")?);
            if alive(&owner).unwrap_or(beat > silent_since) {
                continue;
            }
            let mut scan: Scan = read("scan", row.try_get("document")?)?;
            scan.state = ScanState::Interrupted;
            scan.finished = Some(crate::unstamp(&beat));
            scan.error = Some("the process ended before the scan did; run it again".to_owned());
            tracing::warn!(scan = %scan.id, source = scan.source, "a scan was interrupted");
            self.save_scan(&scan).await?;
        }
        Ok(())
    }
}

pub(crate) async fn save<'e>(
    executor: impl sqlx::Executor<'e, Database = sqlx::Any>,
    scan: &Scan,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE scans SET state = $1, finished = $2, document = $3, beat = $4 WHERE id = $5",
    )
    .bind(scan.state.as_str())
    .bind(scan.finished.map(stamp))
    .bind(write("scan", scan)?)
    .bind(stamp(Utc::now()))
    .bind(scan.id.to_string())
    .execute(executor)
    .await?;
    Ok(())
}

/// This process, told apart from a later one with the same number by its start time where the system says it.
fn owner() -> String {
    let pid = std::process::id();
    format!("{}/{pid}/{}", host(), process_start(pid).unwrap_or_default())
}

/// Whether the owning process still runs; `None` where that cannot be told from here.
fn alive(owner: &str) -> Option<bool> {
    let mut parts = owner.rsplitn(3, '/');
    let (start, pid, on) = (parts.next()?, parts.next()?, parts.next()?);
    if on != host() || !Path::new("/proc/self").exists() {
        return None;
    }
    Some(process_start(pid.parse().ok()?).is_some_and(|now| now == start))
}

fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned()
}

/// The 22nd field of `/proc/PID/stat` (proc(5)): start time in clock ticks since boot.
fn process_start(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after_name = stat.rsplit_once(')')?.1;
    after_name.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_scan_of_a_dead_process_is_shown_as_interrupted() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("p.db").display());
        let store = Store::open(&url).await.unwrap();
        let dead = store.begin_scan("aws").await.unwrap();
        let running = store.begin_scan("azure").await.unwrap();
        sqlx::query("UPDATE scans SET owner = $1 WHERE id = $2")
            .bind(format!("{}/4294967294/1", host()))
            .bind(dead.id.to_string())
            .execute(&store.pool)
            .await
            .unwrap();
        let again = Store::open(&url).await.unwrap();
        assert_eq!(again.scan(dead.id).await.unwrap().state, ScanState::Interrupted);
        assert_eq!(again.scan(running.id).await.unwrap().state, ScanState::Running);
    }
}
