//! What context makes of a severity.

use picket_graph::Snapshot;
use picket_model::{AssetId, RelationKind, RiskFactor, Severity};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::assess::{Context, first_column, run};

/// Ways from an asset to the data it can hand out.
const TO_DATA: &[RelationKind] = &[
    RelationKind::CanAccess,
    RelationKind::GroundedOn,
    RelationKind::Stores,
    RelationKind::TrainedOn,
    RelationKind::RunsAs,
    RelationKind::Uses,
    RelationKind::Contains,
];
/// How far sensitive data may be away to count.
const TO_DATA_STEPS: u32 = 3;
/// How far the internet may be away to count.
const FROM_INTERNET_STEPS: u32 = 6;
/// Assets looked at around one.
const MAX_NODES: usize = 1_000;

const EXPOSED: &str =
    "MATCH (a) WHERE 'exposed_to_internet' IN a.findings OR 'public_access' IN a.findings RETURN a";
const SENSITIVE: &str = "MATCH (a) WHERE 'sensitive_data' IN a.findings RETURN a";

pub(crate) struct Risk<'a> {
    snapshot: &'a Snapshot,
    context: &'a Context,
    on_paths: &'a FxHashMap<AssetId, usize>,
    exposed: FxHashSet<AssetId>,
    sensitive: FxHashSet<AssetId>,
    /// Factors are the same for every rule.
    known: FxHashMap<AssetId, Vec<RiskFactor>>,
}

impl<'a> Risk<'a> {
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        context: &'a Context,
        on_paths: &'a FxHashMap<AssetId, usize>,
    ) -> Self {
        let all = |query: &str| -> FxHashSet<AssetId> {
            let result = run(snapshot, query, usize::MAX - 1).unwrap_or_default();
            first_column(&result).map(|(id, _)| id).collect()
        };
        let mut exposed = all(EXPOSED);
        let routes = snapshot.reachable(
            &AssetId::internet(),
            &[RelationKind::RoutesTo],
            FROM_INTERNET_STEPS,
            usize::MAX - 1,
        );
        exposed.extend(routes.into_iter().map(|(id, _)| id));
        Self {
            snapshot,
            context,
            on_paths,
            exposed,
            sensitive: all(SENSITIVE),
            known: FxHashMap::default(),
        }
    }

    pub(crate) fn paths_through(&self, asset: &AssetId) -> usize {
        self.on_paths.get(asset).copied().unwrap_or(0)
    }

    /// The severity in context, and what raised it.
    pub(crate) fn of(
        &mut self,
        asset: &AssetId,
        severity: Severity,
    ) -> (Severity, Vec<RiskFactor>) {
        if !self.known.contains_key(asset) {
            let factors = self.factors(asset);
            self.known.insert(asset.clone(), factors);
        }
        let factors = self.known.get(asset).cloned().unwrap_or_default();
        (level(severity, &factors), factors)
    }

    fn factors(&self, asset: &AssetId) -> Vec<RiskFactor> {
        let mut factors = Vec::new();
        if self.exposed.contains(asset) {
            factors.push(RiskFactor::InternetExposure);
        }
        let reaches_sensitive_data = || {
            let reached = self.snapshot.reachable(asset, TO_DATA, TO_DATA_STEPS, MAX_NODES);
            reached.iter().any(|(id, _)| self.sensitive.contains(id))
        };
        if self.sensitive.contains(asset) || reaches_sensitive_data() {
            factors.push(RiskFactor::DataSensitivity);
        }
        if self.leads_on(asset) {
            factors.push(RiskFactor::LateralMovement);
        }
        if self.on_paths.contains_key(asset) {
            factors.push(RiskFactor::AttackPath);
        }
        if self.context.assets_with_open_alerts.contains(asset) {
            factors.push(RiskFactor::ActiveThreat);
        }
        factors
    }

    /// Whether its identity, or the identity that it is, may use other assets.
    fn leads_on(&self, asset: &AssetId) -> bool {
        let steps = |id: &AssetId, kind| self.snapshot.reachable(id, &[kind], 1, MAX_NODES);
        let mut identities = steps(asset, RelationKind::RunsAs);
        identities.push((asset.clone(), 0));
        identities
            .iter()
            .flat_map(|(identity, _)| steps(identity, RelationKind::CanAccess))
            .any(|(resource, _)| resource != *asset)
    }
}

fn level(severity: Severity, factors: &[RiskFactor]) -> Severity {
    use RiskFactor as F;
    if severity == Severity::Informational {
        return severity;
    }
    let has = |factor| factors.contains(&factor);
    let mut level = severity;
    let reachable =
        has(F::InternetExposure) && (has(F::DataSensitivity) || has(F::LateralMovement));
    if reachable || has(F::AttackPath) {
        level = level.raised();
    }
    if has(F::ActiveThreat) {
        level = level.raised();
    }
    if factors.is_empty() {
        level = match level {
            Severity::Critical => Severity::High,
            Severity::High => Severity::Medium,
            _ => Severity::Low,
        };
    }
    level
}

#[cfg(test)]
mod tests {
    use super::{RiskFactor as F, Severity as S, *};

    #[test]
    fn context_raises_and_lowers() {
        let check =
            |severity, factors: &[F], expected| assert_eq!(level(severity, factors), expected);
        check(S::Medium, &[], S::Low);
        check(S::Low, &[], S::Low);
        check(S::Critical, &[], S::High);
        check(S::Medium, &[F::InternetExposure], S::Medium);
        check(S::Medium, &[F::InternetExposure, F::DataSensitivity], S::High);
        check(S::Medium, &[F::DataSensitivity, F::LateralMovement], S::Medium);
        check(S::Medium, &[F::AttackPath, F::ActiveThreat], S::Critical);
        check(S::Informational, &[F::AttackPath], S::Informational);
    }
}
