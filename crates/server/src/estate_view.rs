use std::collections::HashMap;
use std::sync::Arc;

use picket_graph::Snapshot;
use picket_model::{Asset, AssetId, AttackPath, Coverage, PlanSetting, Recommendation};
use picket_posture::{Assessment, Context, RuleSet};
use picket_store::{Estate, Store, StoreError};

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
    /// Recommendations and attack paths.
    pub assessment: Assessment,
    by_id: HashMap<AssetId, usize>,
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
        let present: Vec<Asset> =
            estate.assets.iter().filter(|asset| asset.gone_at.is_none()).cloned().collect();
        let snapshot = Arc::new(Snapshot::build(&present, &estate.relations));
        context.plans.clone_from(&plans);
        let assessment = picket_posture::assess(&snapshot, rules, &context);
        let coverage = picket_posture::coverage(&estate.environments, &estate.assets, &plans);
        let by_id =
            estate.assets.iter().enumerate().map(|(at, asset)| (asset.id.clone(), at)).collect();
        Self { estate, snapshot, plans, coverage, assessment, by_id }
    }

    /// The asset with this id, gone or not.
    #[must_use]
    pub fn asset(&self, id: &AssetId) -> Option<&Asset> {
        self.by_id.get(id).and_then(|at| self.estate.assets.get(*at))
    }

    /// Recommendations of one scope (everything where there is none), highest risk first.
    #[must_use]
    pub fn recommendations(&self, scope: Option<&str>) -> Vec<&Recommendation> {
        let mut found: Vec<&Recommendation> = self
            .assessment
            .recommendations
            .iter()
            .filter(|result| scope.is_none_or(|scope| self.within(&result.environment, scope)))
            .collect();
        found.sort_by(|a, b| {
            (b.risk_level, &a.rule, &a.asset).cmp(&(a.risk_level, &b.rule, &b.asset))
        });
        found
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
                Some(id) => {
                    at = self
                        .estate
                        .environments
                        .iter()
                        .find(|known| known.id == id)
                        .and_then(|known| known.parent.as_deref());
                }
                None => return false,
            }
        }
        false
    }
}
