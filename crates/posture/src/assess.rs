use std::collections::HashMap;

use chrono::{DateTime, Utc};
use picket_graph::{Limits, Params, Snapshot};
use picket_model::{
    AssetId, AttackPath, Plan, PlanSetting, QueryResult, Recommendation, RecommendationStatus,
    Severity,
};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::{
    paths,
    plans::is_on,
    risk::Risk,
    rule::{RecommendationRule, controls},
    rules::{RuleError, RuleSet},
    text::render,
};

/// What posture has to know beside the graph.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Plans in force by environment id. What lies in an environment whose `cspm` plan is off, or that is missing
    /// here, is not assessed. Where the map is empty no plans are kept, and everything is assessed.
    pub plans: HashMap<String, Vec<PlanSetting>>,
    /// Assets that somebody attacks now.
    pub assets_with_open_alerts: FxHashSet<AssetId>,
    /// Risks that somebody accepted.
    pub exemptions: Vec<Exemption>,
}

/// A recommendation that somebody accepted not to follow for an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Exemption {
    /// Rule id.
    pub rule: String,
    /// The asset.
    pub asset: AssetId,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Until when; for ever where it is missing.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
}

/// What the rules say of an estate.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Assessment {
    /// One result for each rule and asset that it is about, healthy ones too; worst first.
    pub recommendations: Vec<Recommendation>,
    /// Ways from entry points to targets; worst first.
    pub attack_paths: Vec<AttackPath>,
    /// Rules that could not be run to the end.
    pub errors: Vec<RuleError>,
}

impl Context {
    /// Whether posture looks at this environment.
    pub(crate) fn covers(&self, environment: &str) -> bool {
        self.plans.is_empty()
            || self.plans.get(environment).is_some_and(|plans| is_on(plans, Plan::Cspm))
    }

    fn exempts(&self, rule: &str, asset: &AssetId) -> bool {
        let now = Utc::now();
        self.exemptions.iter().any(|exemption| {
            exemption.rule == rule
                && exemption.asset == *asset
                && exemption.until.is_none_or(|until| until > now)
        })
    }
}

/// Runs the rules over the graph.
///
/// The risk level is the rule's severity in context. It goes up one step when an asset is on an attack path, or when
/// the internet reaches it and it leads on to sensitive data or other assets; it goes up another step while an alert
/// about the asset is open. It goes down one step, at most to `low`, when nothing raises the risk at all.
/// Informational results stay informational.
#[must_use]
pub fn assess(snapshot: &Snapshot, rules: &RuleSet, context: &Context) -> Assessment {
    let mut assessment = Assessment::default();
    for rule in rules.attack_paths() {
        match paths::find(snapshot, rule, context) {
            Ok(found) => assessment.attack_paths.extend(found),
            Err(message) => assessment.errors.push(failed(&rule.id, message)),
        }
    }
    paths::mark_choke_points(&mut assessment.attack_paths);
    let on_paths = paths::count_by_asset(&assessment.attack_paths);
    let mut risk = Risk::new(snapshot, context, &on_paths);
    for rule in rules.recommendations() {
        match recommend(snapshot, rule, context, &mut risk) {
            Ok(found) => assessment.recommendations.extend(found),
            Err(message) => assessment.errors.push(failed(&rule.id, message)),
        }
    }
    assessment
        .attack_paths
        .sort_by(|a, b| (b.risk_level, &a.rule, &a.id).cmp(&(a.risk_level, &b.rule, &b.id)));
    assessment
        .recommendations
        .sort_by(|a, b| (b.risk_level, &a.rule, &a.asset).cmp(&(a.risk_level, &b.rule, &b.asset)));
    assessment
}

fn failed(rule: &str, message: String) -> RuleError {
    RuleError { file: String::new(), line: None, rule: Some(rule.to_owned()), message }
}

/// Rows that a rule may give.
const MAX_ROWS: usize = 100_000;
/// Reasons that are told for one asset.
const MAX_REASONS: usize = 5;

pub(crate) fn run(snapshot: &Snapshot, query: &str, rows: usize) -> Result<QueryResult, String> {
    let limits = Limits { rows, ..Limits::default() };
    snapshot.query(query, &Params::new(), &limits).map_err(|error| error.to_string())
}

/// The assets of a result's first column, each with its row.
pub(crate) fn first_column(result: &QueryResult) -> impl Iterator<Item = (AssetId, &Vec<Json>)> {
    result.rows.iter().filter_map(|row| {
        let id = row.first()?.get("id")?.as_str()?;
        Some((AssetId::new(id), row))
    })
}

fn recommend(
    snapshot: &Snapshot,
    rule: &RecommendationRule,
    context: &Context,
    risk: &mut Risk<'_>,
) -> Result<Vec<Recommendation>, String> {
    let applies_to = run(snapshot, &rule.applies_to, MAX_ROWS)?;
    let unhealthy = run(snapshot, &rule.unhealthy, MAX_ROWS)?;
    let mut failing: FxHashMap<AssetId, (Vec<String>, String)> = FxHashMap::default();
    for (asset, row) in first_column(&unhealthy) {
        let column = |name: &str| {
            let index = unhealthy.columns.iter().position(|column| column == name)?;
            row.get(index)
        };
        let reason = render(&rule.reason, &column);
        let (reasons, _) = failing
            .entry(asset)
            .or_insert_with(|| (Vec::new(), render(&rule.remediation, &column)));
        if reasons.len() < MAX_REASONS && !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }

    let frameworks = controls(&rule.frameworks);
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    let everything = first_column(&applies_to).chain(first_column(&unhealthy));
    for (asset, row) in everything {
        let environment = row[0]["properties"]["environment"].as_str().unwrap_or_default();
        if !context.covers(environment) || !seen.insert(asset.clone()) {
            continue;
        }
        let (status, reason, remediation) = match failing.remove(&asset) {
            None => (RecommendationStatus::Healthy, String::new(), String::new()),
            Some((reasons, remediation)) => {
                let exempt = context.exempts(&rule.id, &asset);
                let status = if exempt {
                    RecommendationStatus::Exempt
                } else {
                    RecommendationStatus::Unhealthy
                };
                (status, reasons.join("; "), remediation)
            }
        };
        let is_unhealthy = status == RecommendationStatus::Unhealthy;
        let (risk_level, risk_factors) = if is_unhealthy {
            risk.of(&asset, rule.severity)
        } else {
            (Severity::Informational, Vec::new())
        };
        found.push(Recommendation {
            rule: rule.id.clone(),
            title: rule.title.clone(),
            severity: rule.severity,
            risk_level,
            risk_factors,
            status,
            environment: environment.to_owned(),
            reason,
            remediation,
            frameworks: frameworks.clone(),
            attack_paths: risk.paths_through(&asset),
            owner: None,
            due: None,
            asset,
        });
    }
    Ok(found)
}
