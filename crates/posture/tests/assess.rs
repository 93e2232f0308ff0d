//! What the rules say of a small estate: results, risk in context, paths with reasons, the dashboard, SARIF.
#![expect(clippy::unwrap_used, reason = "a test whose fixture is wrong fails")]

use std::collections::HashMap;

use picket_graph::Snapshot;
use picket_model::{
    Asset, AssetId, AssetKind as K, Environment, EnvironmentKind, Finding, FindingKind, Plan,
    PlanState, Provider, RecommendationStatus as Status, Relation, RelationKind as R,
    RiskFactor as F, Severity,
};
use picket_posture::{
    Context, DashboardInput, Exemption, PlanChoice, RuleSet, assess, coverage, dashboard,
    effective_plans, sarif,
};
use serde_json::json;

const RULES: &str = "
id: t.guardrail
title: Agents should use a guardrail
severity: medium
applies_to: MATCH (a:Agent) RETURN a
unhealthy: |
  MATCH (a:Agent)-[:GROUNDED_ON]->(k)
  WHERE NOT EXISTS { (a)-[:PROTECTED_BY]->(:Guardrail) }
  RETURN a, k
reason: '{{a.name}} answers from {{k.name}} without a guardrail'
remediation: Attach a guardrail to {{a.name}}
frameworks: { owasp_llm: [LLM01], mcsb: [AI-1] }
---
id: t.encryption
title: Stores should be encrypted
severity: medium
applies_to: MATCH (s:ObjectStore) RETURN s
unhealthy: MATCH (s:ObjectStore) WHERE coalesce(s.encrypted, false) = false RETURN s
reason: '{{s.name}} is not encrypted'
remediation: Encrypt it
";

fn finding(kind: FindingKind, evidence: serde_json::Value) -> Finding {
    Finding::new(kind, "x", Severity::High, "t", "d", evidence)
}

/// The internet reaches vllm, which reaches cards by way of an agent; `plain` and `quiet` stand alone.
fn estate() -> (Vec<Asset>, Vec<Relation>) {
    let aws = |id: &str, kind| Asset::new(id, kind, id, Provider::Aws, "111");
    let cards = json!({"types": {"credit_card_number": 4}});
    let assets = vec![
        Asset::new("internet", K::Internet, "Internet", Provider::Aws, ""),
        aws("vllm", K::VirtualMachine).with("inference_server", "vllm"),
        aws("role", K::Role),
        aws("agent", K::Agent),
        aws("kb", K::KnowledgeBase),
        aws("wiki", K::KnowledgeBase),
        aws("cards", K::ObjectStore).finding(finding(FindingKind::SensitiveData, cards)),
        aws("plain", K::ObjectStore),
        aws("good", K::ObjectStore).with("encrypted", true),
        Asset::new("quiet", K::ObjectStore, "quiet", Provider::Azure, "sub"),
    ];
    let relations = vec![
        Relation::new("internet", R::RoutesTo, "vllm").with("ports", json!([8000])),
        Relation::new("vllm", R::RunsAs, "role"),
        Relation::new("role", R::CanAccess, "agent").with("reason", "the inline policy says so"),
        Relation::new("agent", R::GroundedOn, "kb"),
        Relation::new("agent", R::GroundedOn, "wiki"),
        Relation::new("kb", R::GroundedOn, "cards"),
    ];
    (assets, relations)
}

fn environments() -> Vec<Environment> {
    let environment = |id: &str, provider| Environment {
        id: id.to_owned(),
        name: id.to_owned(),
        kind: EnvironmentKind::Account,
        provider,
        parent: None,
        last_scanned: None,
    };
    vec![environment("111", Provider::Aws), environment("sub", Provider::Azure)]
}

fn rules() -> RuleSet {
    let paths = include_str!("../../../rules/attack-paths/inference.yaml");
    let (rules, errors) =
        RuleSet::load([("recommendations/t.yaml", RULES), ("attack-paths/i.yaml", paths)]);
    assert!(errors.is_empty(), "{errors:?}");
    rules
}

#[test]
fn results_tell_status_reason_and_risk() {
    let (assets, relations) = estate();
    let snapshot = Snapshot::build(&assets, &relations);
    let exemption = json!({"rule": "t.encryption", "asset": "plain"});
    let context = Context {
        exemptions: vec![serde_json::from_value::<Exemption>(exemption).unwrap()],
        assets_with_open_alerts: [AssetId::new("agent")].into_iter().collect(),
        ..Context::default()
    };
    let assessment = assess(&snapshot, &rules(), &context);
    assert!(assessment.errors.is_empty(), "{:?}", assessment.errors);
    let of = |rule: &str, asset: &str| {
        let found = assessment
            .recommendations
            .iter()
            .filter(|one| one.rule == rule && one.asset.as_str() == asset);
        let found: Vec<_> = found.collect();
        assert_eq!(found.len(), 1, "{rule} {asset}");
        found[0].clone()
    };
    let agent = of("t.guardrail", "agent");
    assert_eq!(agent.status, Status::Unhealthy);
    assert_eq!(
        agent.reason,
        "agent answers from kb without a guardrail; agent answers from wiki without a guardrail"
    );
    assert_eq!(agent.remediation, "Attach a guardrail to agent");
    assert_eq!(agent.frameworks, ["mcsb:AI-1", "owasp_llm:LLM01"]);
    // On a path and attacked: two steps up.
    assert_eq!(agent.risk_level, Severity::Critical);
    assert_eq!(agent.risk_factors, [F::DataSensitivity, F::AttackPath, F::ActiveThreat]);
    assert_eq!(agent.attack_paths, 1);

    let cards = of("t.encryption", "cards");
    assert_eq!((cards.status, cards.risk_level), (Status::Unhealthy, Severity::High));
    assert_eq!(of("t.encryption", "plain").status, Status::Exempt);
    assert_eq!(of("t.encryption", "good").status, Status::Healthy);
    // Nothing raises it: one step down.
    assert_eq!(of("t.encryption", "quiet").risk_level, Severity::Low);
}

#[test]
fn paths_have_a_reason_for_every_step() {
    let (assets, relations) = estate();
    let assessment = assess(&Snapshot::build(&assets, &relations), &rules(), &Context::default());
    let [path] = assessment.attack_paths.as_slice() else {
        panic!("{:?}", assessment.attack_paths);
    };
    assert_eq!(path.rule, "exposed_inference_to_agent_data");
    assert_eq!((path.entry.as_str(), path.target.as_str()), ("internet", "cards"));
    assert_eq!(
        path.title,
        "vllm, exposed to the internet, leads through agent to sensitive data in cards"
    );
    let reasons: Vec<&str> =
        path.path.relations.iter().map(|one| one.properties["reason"].as_str().unwrap()).collect();
    assert_eq!(
        reasons,
        [
            "vllm answers the internet on port 8000",
            "vllm acts as role; its credentials can be read from the metadata service",
            "the inline policy says so",
            "agent answers from kb",
            "kb answers from cards",
        ]
    );
    assert_eq!(path.remediation.breaks[1], "Take the right to invoke agent from role");
    assert_eq!(path.risk_level, Severity::Critical);
    assert!(path.choke_points.is_empty());

    // A second way in makes choke points of what both share, and leaves the first path's id alone.
    let (mut assets, mut relations) = estate();
    assets.push(Asset::new("triton", K::VirtualMachine, "triton", Provider::Aws, "111"));
    relations.push(Relation::new("internet", R::RoutesTo, "triton"));
    relations.push(Relation::new("triton", R::RunsAs, "role"));
    let two = assess(&Snapshot::build(&assets, &relations), &rules(), &Context::default());
    assert_eq!(two.attack_paths.len(), 2);
    let same = two.attack_paths.iter().find(|one| one.id == path.id).unwrap();
    let points: Vec<&str> = same.choke_points.iter().map(AssetId::as_str).collect();
    assert_eq!(points, ["role", "agent", "kb", "cards"]);
}

#[test]
fn only_environments_with_the_posture_plan_are_assessed() {
    let (assets, relations) = estate();
    let snapshot = Snapshot::build(&assets, &relations);
    let choice = |state| PlanChoice { plan: Plan::Cspm, state, extensions: [].into() };
    let assessed = |environment: &str| {
        let of = |id: &str| if id == environment { PlanState::On } else { PlanState::Off };
        let choices = environments()
            .iter()
            .map(|one| (one.id.clone(), vec![choice(of(&one.id))]))
            .collect::<HashMap<_, _>>();
        let plans = effective_plans(&environments(), &choices);
        let found = assess(&snapshot, &rules(), &Context { plans, ..Context::default() });
        (found.recommendations.len(), found.attack_paths.len())
    };
    assert_eq!(assessed("sub"), (1, 0));
    // The internet lies in no environment.
    assert_eq!(assessed("111"), (4, 1));
}

#[test]
fn the_dashboard_shows_where_its_numbers_come_from() {
    let (assets, relations) = estate();
    let snapshot = Snapshot::build(&assets, &relations);
    let assessment = assess(&snapshot, &rules(), &Context::default());
    let choice = PlanChoice { plan: Plan::Cspm, state: PlanState::On, extensions: [].into() };
    let plans =
        effective_plans(&environments(), &HashMap::from([("111".to_owned(), vec![choice])]));
    let coverage = coverage(&environments(), &assets, &plans);
    let mut input = DashboardInput {
        snapshot: &snapshot,
        assessment: &assessment,
        alerts: &[],
        coverage: &coverage,
        plans: &plans,
        prompts_scanned: 7,
        prompts_blocked: 1,
        prompts_flagged: 2,
        trends: &[("alerts".to_owned(), "2026-07-31".to_owned(), 3)],
        environments: None,
    };
    let shown = dashboard(&input);
    insta::assert_json_snapshot!(shown);
    // Every query gives as many rows as its number says.
    let text = serde_json::to_value(&shown).unwrap();
    let mut figures = Vec::new();
    gather(&text, &mut figures);
    assert!(figures.len() > 20, "{}", figures.len());
    for (value, query) in figures {
        let result =
            snapshot.query(&query, &picket_graph::Params::new(), &picket_graph::Limits::default());
        assert_eq!(
            result.unwrap_or_else(|error| panic!("{query}: {error}")).rows.len() as u64,
            value,
            "{query}"
        );
    }
    input.environments = Some(vec!["sub".to_owned()]);
    assert_eq!(dashboard(&input).overview.estate.len(), 1);
}

fn gather(value: &serde_json::Value, figures: &mut Vec<(u64, String)>) {
    if let (Some(number), Some(query)) = (value.get("value"), value.get("query")) {
        figures.push((number.as_u64().unwrap(), query.as_str().unwrap().to_owned()));
    }
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| gather(item, figures)),
        serde_json::Value::Object(entries) => {
            entries.values().for_each(|item| gather(item, figures));
        }
        _ => {}
    }
}

#[test]
fn sarif_lists_what_is_unhealthy() {
    let (assets, relations) = estate();
    let assessment = assess(&Snapshot::build(&assets, &relations), &rules(), &Context::default());
    insta::assert_json_snapshot!(sarif(&assessment.recommendations), {".runs[0].tool.driver.version" => "[version]"});
}
