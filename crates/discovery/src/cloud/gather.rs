use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use picket_model::{
    Asset, AssetId, AssetKind, DiagnosticStatus, Environment, Inventory, Progress, Provider,
    Relation, RelationKind,
};
use serde_json::Value;

use super::CallError;
use crate::Collector;

/// A [`Collector`] that the many tasks of a cloud scan share, and how far they have come.
pub(crate) struct Gather<'a> {
    collector: Mutex<Collector>,
    progress: &'a dyn Progress,
    done: AtomicU64,
    total: AtomicU64,
}

impl<'a> Gather<'a> {
    /// An empty collection that tells `progress` how far it has come.
    pub(crate) fn new(progress: &'a dyn Progress) -> Self {
        Self {
            collector: Mutex::default(),
            progress,
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
        }
    }

    /// Adds an environment; parents first.
    pub(crate) fn environment(&self, environment: Environment) {
        self.lock().environment(environment);
    }

    /// Adds an asset. Of one found twice, the first stays and takes over what only the second knows.
    pub(crate) fn asset(&self, asset: Asset) {
        self.lock().asset(asset);
    }

    /// Draws that the internet leads to `target`: over which ports, by what, and why.
    pub(crate) fn exposed(
        &self,
        provider: Provider,
        target: &str,
        ports: Vec<Value>,
        via: &str,
        reason: &str,
    ) {
        let internet = AssetId::internet();
        let mut collector = self.lock();
        collector.asset(Asset::new(
            internet.clone(),
            AssetKind::Internet,
            "Internet",
            provider,
            "",
        ));
        collector.relation(
            Relation::new(internet, RelationKind::RoutesTo, target)
                .with("ports", ports)
                .with("via", via)
                .with("reason", reason),
        );
    }

    /// Adds a relation.
    pub(crate) fn relation(&self, relation: Relation) {
        self.lock().relation(relation);
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
        self.lock().diagnostic(status, subject, message);
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

    /// What has been found so far, to look things up in or to change. Do not hold it over an `await`.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Collector> {
        self.collector.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything found, ordered by id, so that two scans of the same estate compare equal.
    pub(crate) fn finish(self) -> Inventory {
        let collector = self.collector.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut found = collector.into_inventory();
        found.assets.sort_by(|a, b| a.id.cmp(&b.id));
        found
            .relations
            .sort_by(|a, b| (&a.source, a.kind, &a.target).cmp(&(&b.source, b.kind, &b.target)));
        found.diagnostics.sort_by(|a, b| (&a.subject, &a.message).cmp(&(&b.subject, &b.message)));
        found.diagnostics.dedup();
        found
    }
}

impl std::fmt::Debug for Gather<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gather")
            .field("assets", &self.lock().assets().len())
            .finish_non_exhaustive()
    }
}
