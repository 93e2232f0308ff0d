//! One suite over both databases: what holds with SQLite holds with PostgreSQL.
//!
//! PostgreSQL is looked for at `PICKET_TEST_POSTGRES`; every test makes and drops a database of its own there.
//! Its collation is that of a language where the server has ICU, since text then sorts unlike bytes.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests fail like tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use chrono::{Duration, Utc};
use picket_model::{
    Alert, AlertStatus, Asset, AssetId, AssetKind, Authentication, BlastRadius, Channel, Decision,
    Diagnostic, DiagnosticStatus, Document, Environment, EnvironmentKind, Extension, Finding,
    FindingKind, Incident, IncidentStatus, Intent, Interaction, Inventory, Message, Outcome, Plan,
    PlanState, Provider, Relation, RelationKind, Scan, ScanState, Severity, ToolCall, Usage,
    UserContext, Verdict, VerdictLevel,
};
use picket_store::{Collection, PageRequest, Store, StoredPlan};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection, Executor};
use uuid::Uuid;

/// Where PostgreSQL is, when nothing else is said.
const POSTGRES: &str = "postgres://postgres@127.0.0.1:5432/postgres";

/// Runs a test on SQLite in a file, and on PostgreSQL where it answers.
async fn on_both<F: Future<Output = ()> + Send + 'static>(test: fn(String) -> F) {
    let folder = tempfile::tempdir().unwrap();
    test(format!("sqlite:{}", folder.path().join("picket.db").display())).await;

    let server = std::env::var("PICKET_TEST_POSTGRES").unwrap_or_else(|_| POSTGRES.to_owned());
    sqlx::any::install_default_drivers();
    let mut admin = match AnyConnection::connect(&server).await {
        Ok(admin) => admin,
        Err(error) => {
            eprintln!(
                "SKIPPED: PostgreSQL does not answer at PICKET_TEST_POSTGRES or its default: {error}"
            );
            return;
        }
    };
    let name = format!("picket_test_{}", Uuid::new_v4().simple());
    let language =
        format!("CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'");
    if run(&mut admin, language).await.is_err() {
        run(&mut admin, format!("CREATE DATABASE {name}")).await.unwrap();
    }
    let (base, _) = server.rsplit_once('/').unwrap();
    let outcome = tokio::spawn(test(format!("{base}/{name}"))).await;
    run(&mut admin, format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    if let Err(failure) = outcome {
        std::panic::resume_unwind(failure.into_panic());
    }
}

async fn run(admin: &mut AnyConnection, statement: String) -> Result<(), sqlx::Error> {
    admin.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement))).await.map(drop)
}

fn asset(id: &str) -> Asset {
    Asset::new(id, AssetKind::Model, id, Provider::Code, "repo://x")
}

fn environment(id: &str) -> Environment {
    Environment {
        id: id.to_owned(),
        name: id.to_owned(),
        kind: EnvironmentKind::Repository,
        provider: Provider::Code,
        parent: None,
        last_scanned: None,
    }
}

fn inventory(assets: &[&str]) -> Inventory {
    Inventory {
        environments: vec![environment("repo://x")],
        assets: assets.iter().map(|id| asset(id)).collect(),
        ..Inventory::default()
    }
}

async fn scan(store: &Store, source: &str, found: &Inventory) -> Scan {
    let mut scan = store.begin_scan(source).await.unwrap();
    store.apply(&mut scan, found, true).await.unwrap();
    scan
}

fn interaction(verdict: VerdictLevel, decision: Decision) -> Interaction {
    let message = |content: &str| Message {
        role: "user".to_owned(),
        channel: Channel::User,
        content: content.to_owned(),
    };
    Interaction {
        id: Uuid::now_v7(),
        time: Utc::now(),
        upstream: "contoso-openai".to_owned(),
        asset: Some(AssetId::from("m1")),
        environment: Some("repo://x".to_owned()),
        protocol: "openai".to_owned(),
        operation: "chat".to_owned(),
        model: Some("gpt-4.1".to_owned()),
        deployment: None,
        streaming: true,
        user: UserContext { end_user_id: Some("alex".to_owned()), ..UserContext::default() },
        client_ip: "192.0.2.1".parse().ok(),
        user_agent: Some("odd\u{0}agent".to_owned()),
        authentication: Authentication::ApiKey,
        credential_fingerprint: Some("f00d".to_owned()),
        messages: vec![message("the words of a prompt")],
        documents: vec![Document {
            source: Some("mail".to_owned()),
            content: "the words of a mail".to_owned(),
        }],
        tools: vec!["search".to_owned()],
        response: vec![message("the words of an answer")],
        tool_calls: vec![ToolCall {
            id: None,
            name: "search".to_owned(),
            arguments: "the words of a call".to_owned(),
        }],
        usage: Usage { input_tokens: 10, output_tokens: 20 },
        outcome: Outcome {
            decision,
            status: 200,
            latency_us: 1500,
            finish_reason: None,
            provider_jailbreak: None,
        },
        prompt_verdict: Verdict { verdict, ..Verdict::clean("p") },
        response_verdict: Verdict::clean("r"),
    }
}

fn alert(minutes_ago: i64) -> Alert {
    let time = Utc::now() - Duration::minutes(minutes_ago);
    Alert {
        id: Uuid::now_v7(),
        alert_type: "AI.Jailbreak.Blocked".to_owned(),
        defender_alert_type: None,
        alert_display_name: "a jailbreak was blocked".to_owned(),
        description: "déjà vu — ünïcode".to_owned(),
        severity: Severity::Medium,
        status: AlertStatus::Active,
        intent: Intent::PrivilegeEscalation,
        tactics: vec![],
        techniques: vec![],
        atlas: vec![],
        owasp: vec![],
        start_time_utc: time,
        end_time_utc: time,
        time_generated_utc: time,
        entities: vec![],
        resource_identifiers: vec![],
        environment: None,
        compromised_entity: None,
        extended_properties: picket_model::Properties::new(),
        remediation_steps: vec![],
        correlation_key: "k".to_owned(),
        incident_id: None,
        evidence: vec![],
        count: 1,
        is_sample: false,
        vendor_name: "Picket".to_owned(),
        product_name: "Picket".to_owned(),
        version: "1".to_owned(),
        assigned_to: None,
    }
}

fn incident(alerts: &[&Alert]) -> Incident {
    Incident {
        id: Uuid::now_v7(),
        display_name: "a story".to_owned(),
        description: "of two steps".to_owned(),
        severity: Severity::High,
        status: IncidentStatus::Active,
        assigned_to: None,
        classification: None,
        determination: None,
        created_date_time: Utc::now(),
        last_update_date_time: Utc::now(),
        redirect_incident_id: None,
        custom_tags: vec![],
        comments: vec![],
        alerts: alerts.iter().map(|alert| alert.id).collect(),
        entities: vec![],
        story: vec![],
        blast_radius: BlastRadius::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_is_kept_and_can_be_undone() {
    on_both(|url| async move {
        let store = Store::open(&url).await.unwrap();
        scan(&store, "a", &inventory(&["m1", "m2"])).await;
        let then = Utc::now();
        let mut later = inventory(&["m1"]);
        later.assets[0].properties.insert("odd\u{0}key".to_owned(), json!("odd\u{0}value"));
        later.relations.push(Relation::new("m1", RelationKind::DerivedFrom, "m1"));
        scan(&store, "a", &later).await;
        let request = PageRequest { limit: 1, after: None };
        let page = store.asset_history(&AssetId::from("m1"), &request).await.unwrap();
        assert_eq!((page.total, page.items[0].fields.len()), (2, 2), "{page:?}");
        let rest = PageRequest { limit: 5, after: page.next };
        let rest = store.asset_history(&AssetId::from("m1"), &rest).await.unwrap();
        assert_eq!(rest.items[0].kind, picket_model::ChangeKind::Appeared);
        let past = store.estate_at(then).await.unwrap();
        assert_eq!((past.assets.len(), past.relations.len()), (2, 0));
        assert!(past.assets.iter().all(|asset| asset.properties.is_empty()));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_people_is_counted() {
    on_both(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let (open, mut done) = (alert(1), alert(2));
        done.status = AlertStatus::Resolved;
        let story = incident(&[&open]);
        store.record(&[], &[open, done], &[story]).await.unwrap();
        let counts = store.open_counts().await.unwrap();
        assert_eq!((counts.alerts, counts.incidents), (1, 1));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_estate_is_the_union_of_what_sources_show_now() {
    on_both(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let version = store.estate_version().await.unwrap();
        let mut first = inventory(&["m1", "m2", "M1"]);
        first.relations.push(Relation::new("m1", RelationKind::DerivedFrom, "m2").with("by", "a"));
        first.assets[0].findings.push(Finding::new(
            FindingKind::Secret,
            "x",
            Severity::High,
            "title",
            "detail",
            json!({}),
        ));
        let done = scan(&store, "/src", &first).await;
        assert_eq!((done.counts.assets, done.counts.relations, done.counts.findings), (3, 1, 1));
        assert_eq!(done.state, ScanState::Succeeded);
        assert_ne!(store.estate_version().await.unwrap(), version, "a scan changes the version");

        let mut second = inventory(&["m1"]);
        second.assets[0].set("standing", "used");
        second.relations.push(Relation::new("m1", RelationKind::DerivedFrom, "m2").with("of", "b"));
        scan(&store, "aws", &second).await;
        let estate = store.estate().await.unwrap();
        let ids: BTreeSet<&str> = estate.assets.iter().map(|asset| asset.id.as_str()).collect();
        assert_eq!((estate.assets.len(), ids), (3, BTreeSet::from(["M1", "m1", "m2"])));
        let joined = estate.assets.iter().find(|asset| asset.id.as_str() == "m1").unwrap();
        assert_eq!((joined.findings.len(), &joined.properties["standing"]), (1, &json!("used")));
        assert!(joined.first_seen < joined.last_seen);
        assert_eq!(estate.relations.len(), 1);
        assert_eq!(estate.relations[0].properties.len(), 2);
        assert!(estate.environments[0].last_scanned.is_some());

        let third = scan(&store, "/src", &inventory(&["m1"])).await;
        assert_eq!(third.counts.gone, 2);
        let estate = store.estate().await.unwrap();
        let gone: BTreeSet<&str> = estate
            .assets
            .iter()
            .filter(|asset| asset.gone_at.is_some())
            .map(|asset| asset.id.as_str())
            .collect();
        assert_eq!(gone, BTreeSet::from(["M1", "m2"]));
        assert!(estate.relations.is_empty(), "m2 is gone, and what led to it");

        // What comes back is the same asset as before.
        scan(&store, "/src", &inventory(&["m1", "m2"])).await;
        let estate = store.estate().await.unwrap();
        let back = estate.assets.iter().find(|asset| asset.id.as_str() == "m2").unwrap();
        assert_eq!(back.gone_at, None);
        assert!(back.first_seen <= done.finished.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_saw_part_retires_nothing_and_says_so() {
    on_both(|url| async move {
        let store = Store::open(&url).await.unwrap();
        scan(&store, "aws", &inventory(&["m1", "m2"])).await;
        assert!(!store.is_partial().await.unwrap());
        let mut partial = inventory(&["m1"]);
        partial.diagnostics = (0..1200)
            .map(|n| Diagnostic::new(DiagnosticStatus::Denied, format!("call {n}"), "no right"))
            .collect();
        let mut record = store.begin_scan("aws").await.unwrap();
        store.apply(&mut record, &partial, false).await.unwrap();
        let kept = store.scan(record.id).await.unwrap();
        assert_eq!(kept, record);
        assert_eq!((kept.state, kept.counts.diagnostics), (ScanState::Partial, 1200));
        assert_eq!(kept.diagnostics.len(), 1000);
        assert!(store.estate().await.unwrap().assets.iter().all(|asset| asset.gone_at.is_none()));
        let all = store.scans().await.unwrap();
        assert_eq!((all.len(), all[0].id), (2, record.id), "newest first");
        assert!(store.is_partial().await.unwrap(), "the last scan counts");
        assert!(
            store.scan(Uuid::nil()).await.unwrap_err().to_string().contains("there is no scan")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_name_does_not_cost_the_rest_of_the_scan() {
    on_both(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let odd = "model://openai/\u{0}gpt\u{7f}'; DROP TABLE assets; --\u{1f600}";
        let mut found = inventory(&[odd, "m1"]);
        found.assets[0].set("note", "\u{0}");
        found.relations.push(Relation::new(odd, RelationKind::DerivedFrom, "m1"));
        scan(&store, "/src", &found).await;
        let estate = store.estate().await.unwrap();
        assert_eq!((estate.assets.len(), estate.relations.len()), (2, 1));
        let ids: Vec<&AssetId> = estate.assets.iter().map(|asset| &asset.id).collect();
        assert!(ids.contains(&&estate.relations[0].source), "{ids:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scans_and_traffic_at_once_wait_for_each_other() {
    on_both(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let names: Vec<String> = (0..20).map(|n| format!("repo://{n}")).collect();
        let work = (0..8).map(|n| {
            let (store, names) = (store.clone(), names.clone());
            tokio::spawn(async move {
                for round in 0..5 {
                    let mut found = Inventory { assets: vec![asset("m1")], ..Inventory::default() };
                    if n % 3 > 0 {
                        found.environments = names.iter().map(|name| environment(name)).collect();
                    }
                    if n % 3 == 2 {
                        found.environments.reverse();
                    }
                    scan(&store, &format!("source {n}"), &found).await;
                    let seen = [interaction(VerdictLevel::Clean, Decision::Allowed)];
                    store.record(&seen, &[alert(round)], &[]).await.unwrap();
                }
            })
        });
        for result in futures_of(work).await {
            result.unwrap();
        }
        assert_eq!(store.scans().await.unwrap().len(), 40);
        assert_eq!(store.interaction_counts().await.unwrap().total, 40);
        assert_eq!(store.alerts(None).await.unwrap().len(), 40);
        assert_eq!(store.estate().await.unwrap().assets.len(), 1);
    })
    .await;
}

async fn futures_of<T>(
    work: impl Iterator<Item = tokio::task::JoinHandle<T>>,
) -> Vec<Result<T, tokio::task::JoinError>> {
    let started: Vec<_> = work.collect();
    let mut results = Vec::new();
    for task in started {
        results.push(task.await);
    }
    results
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_are_kept_by_environment() {
    on_both(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let plan = |state, evidence| StoredPlan {
            plan: Plan::AiWorkloads,
            state,
            extensions: BTreeMap::from([(Extension::SuspiciousPromptEvidence, evidence)]),
        };
        store.set_plan("repo://x", &plan(PlanState::Off, false)).await.unwrap();
        store.set_plan("repo://x", &plan(PlanState::On, true)).await.unwrap();
        store.set_plan("repo://y", &plan(PlanState::Off, false)).await.unwrap();
        let plans = Store::open(&url).await.unwrap().plans().await.unwrap();
        assert_eq!(plans.len(), 2);
        assert_eq!(plans["repo://x"], vec![plan(PlanState::On, true)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_restart_and_holds_no_text() {
    on_both(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let seen = interaction(VerdictLevel::Malicious, Decision::BlockedPrompt);
        let (old, mut new) = (alert(60), alert(1));
        let told = incident(&[&old, &new]);
        store
            .record(
                std::slice::from_ref(&seen),
                &[old.clone(), new.clone()],
                std::slice::from_ref(&told),
            )
            .await
            .unwrap();
        // The same interaction again, after a crash say, is one; an alert that changed is the changed one.
        new.status = AlertStatus::Resolved;
        store.record(std::slice::from_ref(&seen), std::slice::from_ref(&new), &[]).await.unwrap();

        // Not closed before: nothing waits for a farewell.
        let store = Store::open(&url).await.unwrap();
        let page = store.interactions(&PageRequest::default()).await.unwrap();
        assert_eq!((page.total, page.next), (1, None));
        assert_eq!(page.items[0], seen.clone().without_text());
        let text = serde_json::to_string(&page.items[0]).unwrap();
        assert!(!text.contains("the words of"), "{text}");
        assert_eq!(page.items[0].user_agent, seen.user_agent);
        let alerts = store.alerts(None).await.unwrap();
        assert_eq!(alerts.iter().map(|alert| alert.id).collect::<Vec<_>>(), [new.id, old.id]);
        assert_eq!(store.alert(new.id).await.unwrap(), new);
        let recent = store.alerts(Some(Utc::now() - Duration::minutes(30))).await.unwrap();
        assert_eq!(recent.len(), 1);
        assert_eq!(store.incidents().await.unwrap(), std::slice::from_ref(&told));
        assert_eq!(store.incident(told.id).await.unwrap(), told);
        assert!(store.alert(Uuid::nil()).await.is_err());
        assert!(store.incident(Uuid::nil()).await.is_err());
        let counts = store.interaction_counts().await.unwrap();
        assert_eq!((counts.total, counts.blocked, counts.flagged), (1, 1, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_interactions_join_to_all_of_them() {
    on_both(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let all: Vec<Interaction> =
            (0..25).map(|_| interaction(VerdictLevel::Clean, Decision::Allowed)).collect();
        store.record(&all, &[], &[]).await.unwrap();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = store.interactions(&PageRequest { limit: 10, after }).await.unwrap();
            assert_eq!(page.total, 25);
            seen.extend(page.items.iter().map(|item| item.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let newest_first: Vec<Uuid> = all.iter().rev().map(|item| item.id).collect();
        assert_eq!(seen, newest_first);
        let counts = store.interaction_counts().await.unwrap();
        assert_eq!((counts.blocked, counts.flagged), (0, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_known_by_their_secret_until_they_end() {
    on_both(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let made = store.add_token("ci", "one secret", None).await.unwrap();
        let later = Utc::now() + Duration::hours(1);
        store.add_token("soon", "another secret", Some(later)).await.unwrap();
        store
            .add_token("late", "old secret", Some(Utc::now() - Duration::seconds(1)))
            .await
            .unwrap();
        assert_eq!(store.token_by_secret("one secret").await.unwrap().unwrap().id, made.id);
        assert!(store.token_by_secret("another secret").await.unwrap().is_some());
        assert!(store.token_by_secret("old secret").await.unwrap().is_none());
        assert!(store.token_by_secret("' OR '1' = '1").await.unwrap().is_none());
        let tokens = store.tokens().await.unwrap();
        let names: Vec<&str> = tokens.iter().map(|token| token.name.as_str()).collect();
        assert_eq!(names, ["ci", "soon", "late"]);
        assert!(tokens[0].last_use.is_some() && tokens[2].last_use.is_none());
        assert!(store.revoke_token(&made.id.to_string()).await.unwrap());
        assert!(!store.revoke_token(&made.id.to_string()).await.unwrap());
        assert!(store.token_by_secret("one secret").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_and_trends_keep_their_last_value() {
    on_both(|url| async move {
        let store = Store::open(&url).await.unwrap();
        let rules = Collection::SuppressionRules;
        for (name, document) in
            [("b", json!({ "v": 1 })), ("a", json!([1])), ("b", json!({ "v": "\u{0}" }))]
        {
            store.put_document(rules, name, &document).await.unwrap();
        }
        store.put_document(Collection::Indicators, "a", &json!(0)).await.unwrap();
        let kept: Vec<(String, Value)> = store.documents(rules).await.unwrap();
        assert_eq!(kept, [("a".to_owned(), json!([1])), ("b".to_owned(), json!({ "v": "\u{0}" }))]);
        assert!(store.drop_document(rules, "a").await.unwrap());
        assert!(!store.drop_document(rules, "a").await.unwrap());
        assert_eq!(store.documents::<Value>(rules).await.unwrap().len(), 1);
        assert!(store.documents::<Vec<u8>>(rules).await.is_err(), "another shape is told");

        for (day, value) in [("2026-01-01", 1), ("2026-01-02", 2), ("2026-01-02", i64::MAX)] {
            store.put_trend("assets", day, value).await.unwrap();
        }
        let trends = store.trends("2026-01-02").await.unwrap();
        assert_eq!(trends, [("assets".to_owned(), "2026-01-02".to_owned(), i64::MAX)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_may_open_a_new_store_at_once() {
    on_both(|url| async move {
        let opening = (0..4).map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Store::open(&url).await.map(drop) })
        });
        for result in futures_of(opening).await {
            result.unwrap().unwrap();
        }
    })
    .await;
}
