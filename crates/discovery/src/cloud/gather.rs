use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use picket_model::{
    Asset, Diagnostic, DiagnosticStatus, Environment, Inventory, Progress, Relation,
};
use rustc_hash::FxHashMap;

use super::CallError;

/// Collects what the many calls of a scan find, from any task.
pub(crate) struct Gather<'a> {
    inventory: Mutex<Inventory>,
    progress: &'a dyn Progress,
    done: AtomicU64,
    total: AtomicU64,
}

impl<'a> Gather<'a> {
    /// An empty collection that tells `progress` how far it has come.
    pub(crate) fn new(progress: &'a dyn Progress) -> Self {
        Self {
            inventory: Mutex::default(),
            progress,
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
        }
    }

    /// Adds an environment; parents first.
    pub(crate) fn environment(&self, environment: Environment) {
        let mut inventory = self.lock();
        if inventory.environments.iter().all(|known| known.id != environment.id) {
            inventory.environments.push(environment);
        }
    }

    /// Adds an asset. Of one found twice, the first stays and takes over what only the second knows.
    pub(crate) fn asset(&self, asset: Asset) {
        self.lock().assets.push(asset);
    }

    /// Adds a relation.
    pub(crate) fn relation(&self, relation: Relation) {
        self.lock().relations.push(relation);
    }

    /// Writes down that `subject`, a call with its account and region, failed.
    pub(crate) fn failed(&self, subject: impl Into<String>, error: &CallError) {
        self.diagnostic(error.status(), subject, error.to_string());
    }

    /// Writes down that something could not be read.
    pub(crate) fn diagnostic(
        &self,
        status: DiagnosticStatus,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.lock().diagnostics.push(Diagnostic::new(status, subject, message));
    }

    /// Announces `steps` more steps.
    pub(crate) fn expect(&self, steps: u64) {
        self.total.fetch_add(steps, Ordering::Relaxed);
    }

    /// One step is done; `subject` says which.
    pub(crate) fn advance(&self, subject: &str) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.progress.advance(done, self.total.load(Ordering::Relaxed), subject);
    }

    /// Everything found: each asset once, each relation once, in the order of their ids, so that two scans of the same
    /// estate compare equal.
    pub(crate) fn finish(self) -> Inventory {
        let mut inventory = self.inventory.into_inner().unwrap_or_else(PoisonError::into_inner);
        inventory.assets = unique_assets(std::mem::take(&mut inventory.assets));
        inventory.relations = unique_relations(std::mem::take(&mut inventory.relations));
        inventory.diagnostics.sort_by(|a, b| (&a.subject, &a.message).cmp(&(&b.subject, &b.message)));
        inventory.diagnostics.dedup();
        inventory
    }

    fn lock(&self) -> MutexGuard<'_, Inventory> {
        self.inventory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Gather<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gather").field("assets", &self.lock().assets.len()).finish_non_exhaustive()
    }
}

fn unique_assets(found: Vec<Asset>) -> Vec<Asset> {
    let mut places: FxHashMap<_, usize> = FxHashMap::default();
    let mut unique: Vec<Asset> = Vec::with_capacity(found.len());
    for asset in found {
        if let Some(&place) = places.get(&asset.id) {
            merge(&mut unique[place], asset);
        } else {
            places.insert(asset.id.clone(), unique.len());
            unique.push(asset);
        }
    }
    unique.sort_by(|a, b| a.id.cmp(&b.id));
    unique
}

fn merge(kept: &mut Asset, other: Asset) {
    for (key, value) in other.properties {
        kept.properties.entry(key).or_insert(value);
    }
    for (key, value) in other.tags {
        kept.tags.entry(key).or_insert(value);
    }
    for finding in other.findings {
        if kept.findings.iter().all(|known| known.id != finding.id) {
            kept.findings.push(finding);
        }
    }
    if kept.native_type.is_empty() {
        kept.native_type = other.native_type;
    }
    kept.region = kept.region.take().or(other.region);
}

fn unique_relations(found: Vec<Relation>) -> Vec<Relation> {
    let mut places: FxHashMap<_, usize> = FxHashMap::default();
    let mut unique: Vec<Relation> = Vec::with_capacity(found.len());
    for relation in found {
        let key = (relation.source.clone(), relation.kind, relation.target.clone());
        if let Some(&place) = places.get(&key) {
            for (key, value) in relation.properties {
                unique[place].properties.entry(key).or_insert(value);
            }
        } else {
            places.insert(key, unique.len());
            unique.push(relation);
        }
    }
    unique.sort_by(|a, b| (&a.source, a.kind, &a.target).cmp(&(&b.source, b.kind, &b.target)));
    unique
}
