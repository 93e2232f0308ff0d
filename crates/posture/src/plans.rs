//! Plans, inherited down the tree of environments, and what is missing for full coverage.

use std::collections::{BTreeMap, HashMap};

use chrono::{Duration, Utc};
use picket_model::{
    Asset, Category, Coverage, CoverageStep, Environment, Extension, Plan, PlanSetting, PlanState,
    Provider,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A plan as somebody set it on one environment, before inheritance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanChoice {
    /// Which plan.
    pub plan: Plan,
    /// On or off.
    pub state: PlanState,
    /// Options that were set; the others keep their default.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub extensions: BTreeMap<Extension, bool>,
}

/// Levels of the tree that inheritance goes up; a cycle in bad data ends there.
const MAX_LEVELS: usize = 16;
/// A scan is recent for that long.
const RECENT_DAYS: i64 = 7;

/// Every plan as it stands for every environment: its own choice, else that of the nearest
/// level above, else its default: `cspm` is on with its options, since it only reads what was scanned; plans that watch traffic
/// are somebody's decision.
#[must_use]
#[expect(clippy::implicit_hasher, reason = "the store and the server exchange plain maps")]
pub fn effective_plans(
    environments: &[Environment],
    choices: &HashMap<String, Vec<PlanChoice>>,
) -> HashMap<String, Vec<PlanSetting>> {
    let parents = parents(environments);
    let settings = |id: &str| {
        let of = |plan: &Plan| effective(id, *plan, &parents, choices);
        Plan::ALL.iter().map(of).collect()
    };
    environments.iter().map(|one| (one.id.clone(), settings(&one.id))).collect()
}

fn parents(environments: &[Environment]) -> HashMap<&str, &str> {
    let pairs =
        environments.iter().filter_map(|one| Some((one.id.as_str(), one.parent.as_deref()?)));
    pairs.collect()
}

/// An environment and the levels above it, nearest first.
fn upwards<'a>(id: &'a str, parents: &HashMap<&'a str, &'a str>) -> impl Iterator<Item = &'a str> {
    std::iter::successors(Some(id), |id| parents.get(id).copied()).take(MAX_LEVELS)
}

fn effective(
    id: &str,
    plan: Plan,
    parents: &HashMap<&str, &str>,
    choices: &HashMap<String, Vec<PlanChoice>>,
) -> PlanSetting {
    let found = upwards(id, parents).find_map(|level| {
        let choice = choices.get(level)?.iter().find(|choice| choice.plan == plan)?;
        Some((level, choice))
    });
    let by_default = plan == Plan::Cspm;
    let state = match found {
        Some((_, choice)) => choice.state,
        None if by_default => PlanState::On,
        None => PlanState::Off,
    };
    let enabled = |extension: &Extension| {
        let chosen = found.and_then(|(_, choice)| choice.extensions.get(extension).copied());
        state == PlanState::On && chosen.unwrap_or(by_default)
    };
    PlanSetting {
        plan,
        state,
        inherited_from: found
            .map(|(level, _)| level)
            .filter(|level| *level != id)
            .map(ToOwned::to_owned),
        extensions: plan.extensions().iter().map(|one| (*one, enabled(one))).collect(),
    }
}

/// Whether a plan is on.
pub(crate) fn is_on(settings: &[PlanSetting], plan: Plan) -> bool {
    settings.iter().any(|setting| setting.plan == plan && setting.state == PlanState::On)
}

/// What protects each environment, and the supporting steps that are missing for full coverage.
///
/// `full`: both plans are on and every step but the optional one is done; `none`: both plans are off; else `partial`.
#[must_use]
#[expect(clippy::implicit_hasher, reason = "the store and the server exchange plain maps")]
pub fn coverage(
    environments: &[Environment],
    assets: &[Asset],
    plans: &HashMap<String, Vec<PlanSetting>>,
) -> Vec<Coverage> {
    let parents = parents(environments);
    let with_data: Vec<&str> = assets
        .iter()
        .filter(|asset| asset.gone_at.is_none() && asset.kind.category() == Category::Data)
        .map(|asset| asset.environment.as_str())
        .collect();
    let mut clouds: Vec<Provider> = environments.iter().map(|one| one.provider).collect();
    clouds.retain(|provider| matches!(provider, Provider::Azure | Provider::Aws | Provider::Gcp));
    clouds.sort_unstable();
    clouds.dedup();
    let recent = Utc::now() - Duration::days(RECENT_DAYS);

    let of = |environment: &Environment| {
        let id = environment.id.as_str();
        let below = |other: &str| upwards(other, &parents).any(|level| level == id);
        let settings = plans.get(id).cloned().unwrap_or_default();
        let extension = |plan, extension| {
            is_on(&settings, plan)
                && settings.iter().any(|one| one.extensions.get(&extension) == Some(&true))
        };
        let scanned = environments
            .iter()
            .filter(|other| below(&other.id))
            .any(|other| other.last_scanned.is_some_and(|time| time >= recent));
        let done = |id: &str| match id {
            "ai_workloads" => is_on(&settings, Plan::AiWorkloads),
            "cspm" => is_on(&settings, Plan::Cspm),
            "sensitive_data_discovery" => extension(Plan::Cspm, Extension::SensitiveDataDiscovery),
            "data_store_discovery" => with_data.iter().any(|environment| below(environment)),
            "connected_clouds" => clouds.len() > 1,
            _ => scanned,
        };
        let steps: Vec<CoverageStep> = STEPS
            .iter()
            .map(|(id, title, action)| CoverageStep {
                id: (*id).to_owned(),
                title: (*title).to_owned(),
                done: done(id),
                action: (*action).to_owned(),
            })
            .collect();
        let all = steps.iter().all(|step| step.done || step.id == "connected_clouds");
        let any = steps.iter().take(2).any(|step| step.done);
        let level = if all {
            "full"
        } else if any {
            "partial"
        } else {
            "none"
        };
        Coverage { environment: id.to_owned(), level: level.to_owned(), plans: settings, steps }
    };
    environments.iter().map(of).collect()
}

/// Id, title, what to do. The two plans come first.
const STEPS: &[(&str, &str, &str)] = &[
    (
        "ai_workloads",
        "AI workloads plan",
        "Turn on the plan `ai-workloads` to have prompts, responses and tool calls watched",
    ),
    (
        "cspm",
        "Posture plan",
        "Turn on the plan `cspm` to get recommendations and attack paths for AI resources",
    ),
    (
        "sensitive_data_discovery",
        "Sensitive data discovery",
        "Turn on the extension `sensitive-data-discovery` of `cspm` to see where sensitive data lies",
    ),
    (
        "data_store_discovery",
        "Storage and databases",
        "Let the scan read object stores and databases, so that grounding and training data are known",
    ),
    (
        "connected_clouds",
        "Other clouds (optional)",
        "Connect your other clouds, so that AI workloads there and the ways between them are seen",
    ),
    (
        "scanned_recently",
        "Scanned in the last seven days",
        "Start a scan, or let the scheduler repeat it",
    ),
];

#[cfg(test)]
mod tests {
    use picket_model::{AssetKind, EnvironmentKind};

    use super::*;

    fn environment(id: &str, parent: Option<&str>) -> Environment {
        Environment {
            id: id.to_owned(),
            name: id.to_owned(),
            kind: EnvironmentKind::Subscription,
            provider: Provider::Azure,
            parent: parent.map(ToOwned::to_owned),
            last_scanned: None,
        }
    }

    fn choice(plan: Plan, state: PlanState, extensions: &[Extension]) -> PlanChoice {
        PlanChoice { plan, state, extensions: extensions.iter().map(|one| (*one, true)).collect() }
    }

    #[test]
    fn the_nearest_choice_wins() {
        let environments = [
            environment("root", None),
            environment("group", Some("root")),
            environment("sub", Some("group")),
        ];
        let choices = HashMap::from([
            (
                "root".to_owned(),
                vec![choice(Plan::Cspm, PlanState::On, &[Extension::SensitiveDataDiscovery])],
            ),
            ("sub".to_owned(), vec![choice(Plan::AiWorkloads, PlanState::On, &[])]),
            ("group".to_owned(), vec![choice(Plan::AiWorkloads, PlanState::Off, &[])]),
        ]);
        let plans = effective_plans(&environments, &choices);
        let cspm = &plans["sub"][0];
        assert_eq!((cspm.state, cspm.inherited_from.as_deref()), (PlanState::On, Some("root")));
        assert!(cspm.extensions[&Extension::SensitiveDataDiscovery]);
        let ai = &plans["sub"][1];
        assert_eq!((ai.state, ai.inherited_from.as_deref()), (PlanState::On, None));
        assert!(!ai.extensions[&Extension::SuspiciousPromptEvidence]);
        assert_eq!(plans["group"][1].state, PlanState::Off);
    }

    #[test]
    fn a_cycle_of_parents_ends() {
        let environments = [environment("a", Some("b")), environment("b", Some("a"))];
        let plans = effective_plans(&environments, &HashMap::new());
        assert_eq!((plans["a"][0].state, plans["a"][1].state), (PlanState::On, PlanState::Off));
    }

    #[test]
    fn coverage_counts_the_steps() {
        let mut environments = [environment("root", None), environment("sub", Some("root"))];
        environments[1].last_scanned = Some(Utc::now());
        let assets = [Asset::new("s", AssetKind::ObjectStore, "s", Provider::Azure, "sub")];
        let levels = |choices: Vec<PlanChoice>| {
            let plans =
                effective_plans(&environments, &HashMap::from([("root".to_owned(), choices)]));
            let found = coverage(&environments, &assets, &plans);
            found.into_iter().map(|one| one.level).collect::<Vec<_>>()
        };
        assert_eq!(
            levels(vec![]),
            ["partial", "partial"],
            "cspm is on unless somebody says otherwise"
        );
        let off = choice(Plan::Cspm, PlanState::Off, &[]);
        assert_eq!(levels(vec![off.clone()]), ["none", "none"]);
        let ai = choice(Plan::AiWorkloads, PlanState::On, &[]);
        assert_eq!(levels(vec![ai.clone(), off]), ["partial", "partial"]);
        let cspm = choice(Plan::Cspm, PlanState::On, &[Extension::SensitiveDataDiscovery]);
        assert_eq!(levels(vec![ai, cspm]), ["full", "full"]);
    }
}
