use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use picket_model::{
    Asset, AssetChange, AssetId, ChangeKind, FieldChange, Finding, FindingKind, Properties,
    Relation, RelationKind, Severity,
};
use serde_json::Value;

/// Undoes what changed after a moment. Values that were too long to keep stay as they are now.
#[derive(Debug)]
pub(crate) struct Rewind {
    at: DateTime<Utc>,
    /// Newest first, by source and asset.
    changes: HashMap<(String, AssetId), Vec<AssetChange>>,
    added: HashSet<SourceRelation>,
    removed: HashSet<SourceRelation>,
}

/// Which source showed which relation.
type SourceRelation = (String, AssetId, RelationKind, AssetId);

impl Rewind {
    /// What has to be undone for `at`: the changes since, newest first.
    pub(crate) fn new(at: DateTime<Utc>, changes: Vec<AssetChange>) -> Self {
        let mut rewind =
            Self { at, changes: HashMap::new(), added: HashSet::new(), removed: HashSet::new() };
        for change in changes {
            for field in change.fields.iter().filter(|field| field.field == "relations") {
                let own = |value: &Value| {
                    Some((
                        change.source.clone(),
                        change.asset.clone(),
                        kind_of(value)?,
                        target_of(value)?,
                    ))
                };
                // From the newest change to the oldest: what counts is the last that is undone.
                if let Some(own) = own(&field.after) {
                    rewind.removed.remove(&own);
                    rewind.added.insert(own);
                }
                if let Some(own) = own(&field.before) {
                    rewind.added.remove(&own);
                    rewind.removed.insert(own);
                }
            }
            let key = (change.source.clone(), change.asset.clone());
            rewind.changes.entry(key).or_default().push(change);
        }
        rewind
    }

    /// The asset as `source` showed it then; `None` where it had not seen it yet.
    pub(crate) fn asset(&self, source: &str, mut asset: Asset) -> Option<Asset> {
        if asset.first_seen > self.at {
            return None;
        }
        if asset.gone_at.is_some_and(|gone| gone > self.at) {
            asset.gone_at = None;
        }
        let key = (source.to_owned(), asset.id.clone());
        for change in self.changes.get(&key).into_iter().flatten() {
            match change.kind {
                ChangeKind::Returned => asset.gone_at = Some(self.at),
                ChangeKind::Disappeared => asset.gone_at = None,
                ChangeKind::Appeared | ChangeKind::Changed => {}
            }
            for field in &change.fields {
                undo(&mut asset, field, change.time);
            }
        }
        asset.last_seen = asset.last_seen.min(self.at);
        Some(asset)
    }

    /// Whether `source` showed the relation then.
    pub(crate) fn had(&self, source: &str, relation: &Relation) -> bool {
        !self.added.contains(&(
            source.to_owned(),
            relation.source.clone(),
            relation.kind,
            relation.target.clone(),
        ))
    }

    /// Relations that were there then and are no more.
    pub(crate) fn lost(&self) -> impl Iterator<Item = Relation> + '_ {
        self.removed.iter().map(|(_, source, kind, target)| Relation {
            source: source.clone(),
            kind: *kind,
            target: target.clone(),
            properties: Properties::new(),
        })
    }
}

fn kind_of(value: &Value) -> Option<RelationKind> {
    value.get("kind")?.as_str()?.parse().ok()
}

fn target_of(value: &Value) -> Option<AssetId> {
    value.get("target")?.as_str().map(AssetId::new)
}

/// Puts the value before in the place of the one since.
fn undo(asset: &mut Asset, change: &FieldChange, time: DateTime<Utc>) {
    if change.omitted {
        return;
    }
    let text = || change.before.as_str().map(str::to_owned);
    match change.field.as_str() {
        "name" => asset.name = text().unwrap_or_default(),
        "environment" => asset.environment = text().unwrap_or_default(),
        "native_type" => asset.native_type = text().unwrap_or_default(),
        "region" => asset.region = text(),
        "kind" => {
            if let Some(kind) = text().and_then(|kind| kind.parse().ok()) {
                asset.kind = kind;
            }
        }
        "findings" => {
            if let Some(id) = change.after.get("id").and_then(Value::as_str) {
                asset.findings.retain(|finding| finding.id != id);
            } else if let Some(finding) = finding(&change.before, asset.first_seen.min(time)) {
                asset.findings.push(finding);
            }
        }
        field => {
            let (values, key) = match field.split_once('.') {
                Some(("properties", key)) => (&mut asset.properties, key),
                Some(("tags", key)) => (&mut asset.tags, key),
                _ => return,
            };
            if change.before.is_null() {
                values.remove(key);
            } else {
                values.insert(key.to_owned(), change.before.clone());
            }
        }
    }
}

/// A finding as far as its change tells; its evidence was not kept.
fn finding(value: &Value, first_seen: DateTime<Utc>) -> Option<Finding> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    Some(Finding {
        id: text("id")?.to_owned(),
        kind: text("kind")?.parse::<FindingKind>().ok()?,
        severity: text("severity")?.parse::<Severity>().ok()?,
        title: text("title").unwrap_or_default().to_owned(),
        detail: String::new(),
        evidence: Value::Null,
        first_seen,
    })
}
