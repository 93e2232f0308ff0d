use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use picket_graph::Snapshot;
use picket_model::{
    Asset, AssetId, AttackPath, Coverage, Environment, PlanSetting, Recommendation,
    RecommendationStatus, Relation, RelationKind,
};
use picket_posture::{Assessment, Context, RuleSet};
use picket_store::{Estate, Store, StoreError};

use crate::listing::Listing;

/// One consistent look at the estate: assets, their graph, the plans in force and what posture says of them.
///
/// Immutable; a new one replaces it when a scan, a plan or an open alert changes what it shows.
#[derive(Debug)]
pub struct EstateView {
    /// What the store holds.
    pub estate: Estate,
    /// The graph of all assets that are not gone.
    pub snapshot: Arc<Snapshot>,
    /// Plans in force by environment, after inheritance.
    pub plans: HashMap<String, Vec<PlanSetting>>,
    /// Coverage of each environment.
    pub coverage: Vec<Coverage>,
    /// Recommendations, highest risk first, and attack paths.
    pub assessment: Assessment,
    /// How many recommendations are unhealthy.
    pub unhealthy: usize,
    pub(crate) listing: Listing,
    by_id: HashMap<AssetId, usize>,
    parents: HashMap<String, Option<String>>,
}

impl EstateView {
    /// Reads the store and computes the view; the computing runs off the async threads.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load(
        store: &Store,
        rules: Arc<RuleSet>,
        context: Context,
    ) -> Result<Self, StoreError> {
        let estate = store.estate().await?;
        let stored = store.plans().await?;
        let settings = stored
            .into_iter()
            .map(|(environment, plans)| {
                let plans = plans
                    .into_iter()
                    .map(|plan| picket_posture::PlanChoice {
                        plan: plan.plan,
                        state: plan.state,
                        extensions: plan.extensions,
                    })
                    .collect();
                (environment, plans)
            })
            .collect();
        let computed =
            tokio::task::spawn_blocking(move || Self::compute(estate, &settings, &rules, context))
                .await;
        match computed {
            Ok(view) => Ok(view),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    fn compute(
        mut estate: Estate,
        settings: &HashMap<String, Vec<picket_posture::PlanChoice>>,
        rules: &RuleSet,
        mut context: Context,
    ) -> Self {
        let plans = picket_posture::effective_plans(&estate.environments, settings);
        for asset in &mut estate.assets {
            if let Some(plans) = plans.get(&asset.environment) {
                asset.plans.clone_from(plans);
            }
        }
        let snapshot = Arc::new(Snapshot::build(&estate.assets, &estate.relations));
        context.plans.clone_from(&plans);
        let mut assessment = picket_posture::assess(&snapshot, rules, &context);
        assessment.recommendations.sort_by(|a, b| {
            (b.risk_level, &a.rule, &a.asset).cmp(&(a.risk_level, &b.rule, &b.asset))
        });
        let unhealthy = assessment
            .recommendations
            .iter()
            .filter(|found| found.status == RecommendationStatus::Unhealthy)
            .count();
        let coverage = picket_posture::coverage(&estate.environments, &estate.assets, &plans);
        let by_id =
            estate.assets.iter().enumerate().map(|(at, asset)| (asset.id.clone(), at)).collect();
        let listing = Listing::new(&estate.assets, &estate.environments);
        let parent = |it: &Environment| (it.id.clone(), it.parent.clone());
        let parents = estate.environments.iter().map(parent).collect();
        Self { estate, snapshot, plans, coverage, assessment, unhealthy, listing, by_id, parents }
    }

    /// The asset with this id, gone or not.
    #[must_use]
    pub fn asset(&self, id: &AssetId) -> Option<&Asset> {
        self.position(id).and_then(|at| self.estate.assets.get(at))
    }

    /// Where the asset with this id stands among the estate's.
    pub(crate) fn position(&self, id: &AssetId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Recommendations of one scope (everything where there is none), highest risk first.
    #[must_use]
    pub fn recommendations(&self, scope: Option<&str>) -> Vec<&Recommendation> {
        let inside = scope.map(|scope| self.inside(scope));
        self.assessment
            .recommendations
            .iter()
            .filter(|result| {
                inside.as_ref().is_none_or(|inside| inside.contains(result.environment.as_str()))
            })
            .collect()
    }

    /// Attack paths that touch one scope (everything where there is none), highest risk first.
    #[must_use]
    pub fn attack_paths(&self, scope: Option<&str>) -> Vec<&AttackPath> {
        let touches = |path: &AttackPath, scope: &str| {
            path.path.nodes.iter().any(|node| {
                let environment = node.properties.get("environment");
                environment
                    .and_then(serde_json::Value::as_str)
                    .is_some_and(|environment| self.within(environment, scope))
            })
        };
        let mut found: Vec<&AttackPath> = self
            .assessment
            .attack_paths
            .iter()
            .filter(|path| scope.is_none_or(|scope| touches(path, scope)))
            .collect();
        found.sort_by(|a, b| (b.risk_level, &a.id).cmp(&(a.risk_level, &b.id)));
        found
    }

    /// Whether `environment` is `scope` or below it in the tree.
    #[must_use]
    pub fn within(&self, environment: &str, scope: &str) -> bool {
        let mut at = Some(environment);
        // The tree is at most a few levels deep; a cycle in bad data must not hang.
        for _ in 0..16 {
            match at {
                Some(id) if id == scope => return true,
                Some(id) => at = self.parents.get(id).and_then(Option::as_deref),
                None => return false,
            }
        }
        false
    }

    /// The environments that are `scope` or below it.
    pub(crate) fn inside<'a>(&'a self, scope: &'a str) -> HashSet<&'a str> {
        let below = self.parents.keys().map(String::as_str).filter(|id| self.within(id, scope));
        below.chain([scope]).collect()
    }

    /// The assets that are not gone, of one environment or around one asset, and the relations among them.
    #[must_use]
    pub fn selection(
        &self,
        environment: Option<&str>,
        asset: Option<&str>,
    ) -> (Vec<Asset>, Vec<Relation>) {
        self.select(&self.estate, &self.snapshot, environment, asset)
    }

    /// The same of the estate as it was at another time.
    #[must_use]
    pub fn selection_of(
        &self,
        estate: &Estate,
        environment: Option<&str>,
        asset: Option<&str>,
    ) -> (Vec<Asset>, Vec<Relation>) {
        let snapshot = Snapshot::build(&estate.assets, &estate.relations);
        self.select(estate, &snapshot, environment, asset)
    }

    fn select(
        &self,
        estate: &Estate,
        snapshot: &Snapshot,
        environment: Option<&str>,
        asset: Option<&str>,
    ) -> (Vec<Asset>, Vec<Relation>) {
        let around = asset.map(|asset| {
            let id = AssetId::new(asset);
            let reached = snapshot.reachable(&id, RelationKind::ALL, AROUND_STEPS, AROUND_ASSETS);
            let mut ids: HashSet<AssetId> = reached.into_iter().map(|(id, _)| id).collect();
            ids.insert(id);
            ids
        });
        let inside = environment.map(|scope| self.inside(scope));
        let assets: Vec<Asset> = estate
            .assets
            .iter()
            .filter(|asset| {
                asset.gone_at.is_none()
                    && inside
                        .as_ref()
                        .is_none_or(|inside| inside.contains(asset.environment.as_str()))
                    && around.as_ref().is_none_or(|ids| ids.contains(&asset.id))
            })
            .cloned()
            .collect();
        let ids: HashSet<&AssetId> = assets.iter().map(|asset| &asset.id).collect();
        let relations = estate
            .relations
            .iter()
            .filter(|relation| ids.contains(&relation.source) && ids.contains(&relation.target))
            .cloned()
            .collect();
        (assets, relations)
    }
}

/// How far around an asset its bill of materials looks, in steps and assets.
const AROUND_STEPS: u32 = 6;
const AROUND_ASSETS: usize = 10_000;
