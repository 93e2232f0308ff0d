use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use picket_model::{
    Asset, AssetId, ChangeKind, Diagnostic, DiagnosticStatus, Environment, Inventory, Properties,
    Relation, RelationKind, Scan, ScanCounts, ScanState,
};
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

use crate::error::{read, write};
use crate::history::{self, ChangeLog, Rewind};
use crate::{Store, StoreError, stamp, storable, unstamp};

/// Diagnostics kept with a scan's record.
const DIAGNOSTICS_KEPT: usize = 1000;

/// Everything that is known of the organisation's assets: the union of what all sources saw.
#[derive(Debug, Clone, Default)]
pub struct Estate {
    /// Environments, in order of id.
    pub environments: Vec<Environment>,
    /// Assets, each id once; those gone carry `gone_at`.
    pub assets: Vec<Asset>,
    /// Relations between assets that are not gone.
    pub relations: Vec<Relation>,
}

impl Store {
    /// Takes what a scan found and finishes its record, all or nothing.
    ///
    /// With `retire`, assets that this source had before and has no more are marked gone; without it they stay,
    /// since a source that could not be read whole says nothing about what it did not show.
    ///
    /// # Errors
    /// When the store cannot be written; it is then as it was.
    pub async fn apply(
        &self,
        scan: &mut Scan,
        inventory: &Inventory,
        retire: bool,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let now = Utc::now();
        // A transaction of SQLite that reads before it writes fails when another one wrote in between, so this one
        // begins with a write.
        crate::scans::save(&mut *transaction, scan).await?;
        // In one order, so that two scans of PostgreSQL do not wait for each other in a ring.
        let mut environments: Vec<&Environment> = inventory.environments.iter().collect();
        environments.sort_by(|a, b| a.id.cmp(&b.id));
        for environment in environments {
            let mut environment = environment.clone();
            environment.last_scanned = Some(now);
            save_environment(&mut transaction, &environment).await?;
        }
        let source = scan.source.clone();
        let mut log = ChangeLog::new(&source, now);
        let mut known = known_assets(&mut transaction, &source).await?;
        let again = !known.is_empty();
        let had = match again {
            true => known_relations(&mut transaction, &source).await?,
            false => HashSet::new(),
        };
        let mut new = HashSet::new();
        for asset in &inventory.assets {
            let mut asset = asset.clone();
            asset.id = AssetId::from(storable(asset.id.as_str()));
            asset.first_seen = now;
            if let Some(before) = known.remove(asset.id.as_str()) {
                history::carry_over(&before, &mut asset);
                let kind = match before.gone_at {
                    Some(_) => ChangeKind::Returned,
                    None => ChangeKind::Changed,
                };
                log.add(asset.id.as_str(), kind, history::between(&before, &asset));
            } else {
                new.insert(asset.id.clone());
            }
            asset.last_seen = now;
            asset.gone_at = None;
            save_asset(&mut transaction, &source, &asset).await?;
        }
        sqlx::query("DELETE FROM relations WHERE source = $1 AND $2 = 1")
            .bind(&source)
            .bind(i64::from(retire))
            .execute(&mut *transaction)
            .await?;
        let mut lost = had.clone();
        for relation in &inventory.relations {
            save_relation(&mut transaction, &source, relation, &stamp(now)).await?;
            let key = key_of(relation);
            lost.remove(&key);
            if again && !new.contains(&key.0) && !had.contains(&key) {
                let field = history::relation(&key, true);
                log.add(key.0.as_str(), ChangeKind::Changed, vec![field]);
            }
        }
        let mut gone = 0;
        if retire {
            for asset in known.values().filter(|asset| asset.gone_at.is_none()) {
                gone += 1;
                log.add(asset.id.as_str(), ChangeKind::Disappeared, Vec::new());
                sqlx::query("UPDATE assets SET gone_at = $1 WHERE source = $2 AND id = $3")
                    .bind(stamp(now))
                    .bind(&source)
                    .bind(asset.id.as_str())
                    .execute(&mut *transaction)
                    .await?;
            }
            for key in &lost {
                let field = history::relation(key, false);
                log.add(key.0.as_str(), ChangeKind::Changed, vec![field]);
            }
        }
        log.save(&mut transaction, self.history_days).await?;
        scan.counts = ScanCounts {
            assets: inventory.assets.len() as u64,
            relations: inventory.relations.len() as u64,
            findings: inventory.assets.iter().map(|asset| asset.findings.len() as u64).sum(),
            gone,
            diagnostics: inventory.diagnostics.len() as u64,
        };
        // What a provider does not offer somewhere is no failure to read it.
        let unread = |diagnostic: &Diagnostic| diagnostic.status != DiagnosticStatus::Unsupported;
        scan.state = match (inventory.diagnostics.iter().any(unread), inventory.assets.is_empty()) {
            (false, _) => ScanState::Succeeded,
            (true, false) => ScanState::Partial,
            (true, true) => ScanState::Failed,
        };
        scan.finished = Some(now);
        scan.diagnostics = inventory.diagnostics.iter().take(DIAGNOSTICS_KEPT).cloned().collect();
        crate::scans::save(&mut *transaction, scan).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The estate as all sources together show it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn estate(&self) -> Result<Estate, StoreError> {
        self.read_estate(None).await
    }

    /// The estate as it was at a moment, as far as changes are kept: with what had been seen by then, without what
    /// came later. Values too long to keep are as they are now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn estate_at(&self, at: DateTime<Utc>) -> Result<Estate, StoreError> {
        let rewind = Rewind::new(at, self.changes_since(at).await?);
        self.read_estate(Some(&rewind)).await
    }

    async fn read_estate(&self, rewind: Option<&Rewind>) -> Result<Estate, StoreError> {
        let environments = sqlx::query("SELECT document FROM environments ORDER BY id")
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| read("environment", row.try_get("document")?))
            .collect::<Result<Vec<Environment>, StoreError>>()?;
        let mut rows = sqlx::query(
            "SELECT source, document, first_seen, last_seen, gone_at FROM assets ORDER BY id, last_seen",
        )
        .fetch(&self.pool);
        let mut assets: Vec<Asset> = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let asset = asset_of(&row)?;
            let asset = match rewind {
                None => asset,
                Some(rewind) => match rewind.asset(row.try_get("source")?, asset) {
                    Some(asset) => asset,
                    None => continue,
                },
            };
            match assets.last_mut() {
                Some(last) if last.id == asset.id => merge(last, asset),
                _ => assets.push(asset),
            }
        }
        drop(rows);
        let gone: HashSet<&AssetId> =
            assets.iter().filter(|asset| asset.gone_at.is_some()).map(|asset| &asset.id).collect();
        let is_present = |it: &Relation| !gone.contains(&it.source) && !gone.contains(&it.target);
        let mut rows = sqlx::query(
            "SELECT source, origin, kind, target, properties FROM relations ORDER BY last_seen",
        )
        .fetch(&self.pool);
        let mut relations: Vec<Relation> = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let Some((origin, kind, target)) = relation_key(&row)? else { continue };
            let properties = read("relation", row.try_get("properties")?)?;
            let relation = Relation { source: origin, kind, target, properties };
            let source: &str = row.try_get("source")?;
            if is_present(&relation) && rewind.is_none_or(|rewind| rewind.had(source, &relation)) {
                relations.push(relation);
            }
        }
        drop(rows);
        relations.extend(rewind.into_iter().flat_map(Rewind::lost).filter(is_present));
        // What several sources show is one; of its properties, the latest seen count.
        relations
            .sort_by(|a, b| (&a.source, a.kind, &a.target).cmp(&(&b.source, b.kind, &b.target)));
        relations.dedup_by(|later, held| {
            let same = (&later.source, later.kind, &later.target)
                == (&held.source, held.kind, &held.target);
            if same {
                held.properties.append(&mut later.properties);
            }
            same
        });
        Ok(Estate { environments, assets, relations })
    }

    /// Something that changes whenever a scan or plan changes the estate, by whatever process.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn estate_version(&self) -> Result<String, StoreError> {
        let row = sqlx::query(
            "SELECT COALESCE(MAX(finished), '') AS version, COUNT(*) AS scans FROM scans",
        )
        .fetch_one(&self.pool)
        .await?;
        let version: String = row.try_get("version")?;
        let scans: i64 = row.try_get("scans")?;
        Ok(format!("{version}/{scans}"))
    }
}

/// What a source showed before, gone or not, by id.
async fn known_assets(
    transaction: &mut Transaction<'_, Any>,
    source: &str,
) -> Result<HashMap<String, Asset>, StoreError> {
    sqlx::query("SELECT document, first_seen, last_seen, gone_at FROM assets WHERE source = $1")
        .bind(source)
        .fetch_all(&mut **transaction)
        .await?
        .iter()
        .map(asset_of)
        .map(|asset| asset.map(|asset| (asset.id.as_str().to_owned(), asset)))
        .collect()
}

fn asset_of(row: &AnyRow) -> Result<Asset, StoreError> {
    let mut asset: Asset = read("asset", row.try_get("document")?)?;
    asset.first_seen = unstamp(row.try_get("first_seen")?);
    asset.last_seen = unstamp(row.try_get("last_seen")?);
    asset.gone_at = row.try_get::<Option<String>, _>("gone_at")?.as_deref().map(unstamp);
    Ok(asset)
}

/// The relations that a source showed before.
async fn known_relations(
    transaction: &mut Transaction<'_, Any>,
    source: &str,
) -> Result<HashSet<RelationKey>, StoreError> {
    sqlx::query("SELECT origin, kind, target FROM relations WHERE source = $1")
        .bind(source)
        .fetch_all(&mut **transaction)
        .await?
        .iter()
        .filter_map(|row| relation_key(row).transpose())
        .collect()
}

/// From what, how, to what.
pub(crate) type RelationKey = (AssetId, RelationKind, AssetId);

fn key_of(relation: &Relation) -> RelationKey {
    let id = |id: &AssetId| AssetId::from(storable(id.as_str()));
    (id(&relation.source), relation.kind, id(&relation.target))
}

/// The ends and the kind of a stored relation; `None` where another version wrote a kind that is not known.
fn relation_key(row: &AnyRow) -> Result<Option<RelationKey>, StoreError> {
    let Ok(kind) = row.try_get::<&str, _>("kind")?.parse() else { return Ok(None) };
    let id = |name| row.try_get::<String, _>(name).map(AssetId::new);
    Ok(Some((id("origin")?, kind, id("target")?)))
}

async fn save_environment(
    transaction: &mut Transaction<'_, Any>,
    environment: &Environment,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO environments (id, document) VALUES ($1, $2) \
         ON CONFLICT (id) DO UPDATE SET document = excluded.document",
    )
    .bind(storable(&environment.id))
    .bind(write("environment", environment)?)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn save_asset(
    transaction: &mut Transaction<'_, Any>,
    source: &str,
    asset: &Asset,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO assets (source, id, document, first_seen, last_seen) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (source, id) DO UPDATE SET document = excluded.document, \
         last_seen = excluded.last_seen, gone_at = NULL",
    )
    .bind(source)
    .bind(asset.id.as_str())
    .bind(write("asset", asset)?)
    .bind(stamp(asset.first_seen))
    .bind(stamp(asset.last_seen))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn save_relation(
    transaction: &mut Transaction<'_, Any>,
    source: &str,
    relation: &Relation,
    now: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO relations (source, origin, kind, target, properties, last_seen) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (source, origin, kind, target) \
         DO UPDATE SET properties = excluded.properties, last_seen = excluded.last_seen",
    )
    .bind(source)
    .bind(storable(relation.source.as_str()))
    .bind(relation.kind.as_str())
    .bind(storable(relation.target.as_str()))
    .bind(write("relation", &relation.properties)?)
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Joins what a later look at the same asset says; its values win, findings and occurrences are the union.
fn merge(asset: &mut Asset, later: Asset) {
    asset.first_seen = asset.first_seen.min(later.first_seen);
    asset.last_seen = asset.last_seen.max(later.last_seen);
    match (asset.gone_at, later.gone_at) {
        (Some(_), Some(_)) => asset.gone_at = asset.gone_at.max(later.gone_at),
        // Gone from one source only: what that source said no longer counts.
        (Some(_), None) => {
            let first_seen = asset.first_seen;
            *asset = later;
            asset.first_seen = first_seen;
            return;
        }
        (None, Some(_)) => return,
        (None, None) => {}
    }
    asset.region = later.region.or(asset.region.take());
    if !later.native_type.is_empty() {
        asset.native_type = later.native_type;
    }
    asset.tags.extend(later.tags);
    merge_properties(&mut asset.properties, later.properties);
    for finding in later.findings {
        match asset.findings.iter_mut().find(|held| held.id == finding.id) {
            Some(held) => *held = finding,
            None => asset.findings.push(finding),
        }
    }
}

fn merge_properties(held: &mut Properties, later: Properties) {
    for (key, value) in later {
        match (held.get_mut(&key), value) {
            (Some(Value::Array(list)), Value::Array(more)) => {
                for item in more {
                    if !list.contains(&item) {
                        list.push(item);
                    }
                }
            }
            (Some(held), value) if key == "standing" => {
                let strength = |value: &Value| {
                    value.as_str().and_then(|text| text.parse::<picket_model::Standing>().ok())
                };
                if strength(&value) > strength(held) {
                    *held = value;
                }
            }
            (_, value) => {
                held.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use picket_model::{AssetKind, Finding, FindingKind, Provider, RelationKind, Severity};
    use serde_json::json;

    use super::*;

    fn asset(id: &str) -> Asset {
        Asset::new(id, AssetKind::Model, id, Provider::Code, "repo://x")
    }

    fn inventory(assets: Vec<Asset>) -> Inventory {
        Inventory { assets, ..Inventory::default() }
    }

    async fn scan(store: &Store, source: &str, inventory: &Inventory) -> Scan {
        let mut scan = store.begin_scan(source).await.unwrap();
        store.apply(&mut scan, inventory, true).await.unwrap();
        scan
    }

    #[tokio::test]
    async fn what_a_source_no_longer_has_is_gone_but_not_deleted() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        scan(&store, "a", &inventory(vec![asset("m1"), asset("m2")])).await;
        let second = scan(&store, "a", &inventory(vec![asset("m1")])).await;
        assert_eq!(second.counts.gone, 1);
        let estate = store.estate().await.unwrap();
        let gone: Vec<_> = estate.assets.iter().filter(|a| a.gone_at.is_some()).collect();
        assert_eq!((estate.assets.len(), gone.len()), (2, 1));
        assert_eq!(gone[0].name, "m2");
    }

    #[tokio::test]
    async fn two_sources_of_one_asset_are_joined() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let finding =
            |id| Finding::new(FindingKind::Secret, id, Severity::High, "t", "d", json!({}));
        let mut first = asset("m").with("standing", "used").with("occurrences", json!([1]));
        first.findings.push(finding("x"));
        let mut second = asset("m").with("standing", "mentioned").with("occurrences", json!([2]));
        second.findings.push(finding("y"));
        scan(&store, "a", &inventory(vec![first])).await;
        scan(&store, "b", &inventory(vec![second])).await;
        let estate = store.estate().await.unwrap();
        assert_eq!(estate.assets.len(), 1);
        assert_eq!(estate.assets[0].properties["standing"], "used");
        assert_eq!(estate.assets[0].properties["occurrences"], json!([1, 2]));
        assert_eq!(estate.assets[0].findings.len(), 2);
        // Gone from one source, it lives on by the other.
        scan(&store, "a", &inventory(vec![])).await;
        let estate = store.estate().await.unwrap();
        assert_eq!(estate.assets[0].gone_at, None);
        assert_eq!(estate.assets[0].findings.len(), 1);
    }

    #[tokio::test]
    async fn relations_of_gone_assets_are_not_drawn() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let mut both = inventory(vec![asset("m1"), asset("m2")]);
        both.relations.push(Relation::new("m1", RelationKind::DerivedFrom, "m2"));
        scan(&store, "a", &both).await;
        assert_eq!(store.estate().await.unwrap().relations.len(), 1);
        let mut scan = store.begin_scan("a").await.unwrap();
        store.apply(&mut scan, &inventory(vec![asset("m1")]), false).await.unwrap();
        assert_eq!(
            store.estate().await.unwrap().relations.len(),
            1,
            "a partial scan retires nothing"
        );
    }
}
