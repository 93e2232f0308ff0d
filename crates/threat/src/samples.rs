use std::net::{IpAddr, Ipv4Addr};

use chrono::TimeDelta;
use picket_model::{
    Alert, AssetId, Authentication, Channel, Decision, Entity, EntityKind, Evidence, Interaction,
    Outcome, ThreatCategory, Time, Usage, UserContext, Verdict,
};

use crate::catalogue::Catalogue;
use crate::detectors::Signal;
use crate::engine::{Context, ThreatConfig, TrafficSettings, fold};
use crate::ids;
use crate::lru::Lru;

/// One alert of every type, marked as samples, so that alerting, export and automation can be tried without an attack.
/// Addresses and hosts are those reserved for documentation.
#[must_use]
pub fn sample_alerts(environment: &str, asset: Option<&AssetId>, now: Time) -> Vec<Alert> {
    let config = ThreatConfig::default();
    let settings = TrafficSettings { plan_on: true, evidence: true, data_security: true };
    let types = Catalogue::embedded().types();
    let mut open = Lru::new(types.len());
    (0_i32..)
        .zip(types)
        .filter_map(|(at, entry)| {
            let time = now - TimeDelta::minutes(i64::from(at));
            let interaction = interaction(&entry.id, environment, asset, time);
            let context = Context::new(&interaction, &settings, &config);
            let mut signal = Signal::new(&entry.id, "sample");
            let (what, entity) = particulars(&entry.id);
            what.clone_into(&mut signal.what);
            signal
                .entities
                .extend(entity.map(|(kind, value)| Entity { kind, value: value.to_owned() }));
            let mut alert = fold(&context, &mut open, 0, signal)?;
            alert.is_sample = true;
            alert.description = format!("This is a sample alert. {}", alert.description);
            alert.evidence.extend(sample_evidence(&entry.id));
            Some(alert)
        })
        .collect()
}

fn interaction(
    alert_type: &str,
    environment: &str,
    asset: Option<&AssetId>,
    time: Time,
) -> Interaction {
    let id = ids::derived(time, 0, &["sample", alert_type, environment]);
    let ip = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10));
    Interaction {
        id,
        time,
        upstream: "sample-upstream".to_owned(),
        asset: asset.cloned(),
        environment: Some(environment.to_owned()),
        protocol: "openai".to_owned(),
        operation: "chat_completions".to_owned(),
        model: Some("sample-model".to_owned()),
        deployment: None,
        streaming: false,
        user: UserContext {
            application_name: Some("sample-app".to_owned()),
            end_user_id: Some("sample-user".to_owned()),
            end_user_tenant_id: None,
            source_ip: Some(ip),
            session_id: Some("sample-session".to_owned()),
        },
        client_ip: Some(ip),
        user_agent: Some("sample-client/1.0".to_owned()),
        authentication: Authentication::ApiKey,
        credential_fingerprint: None,
        messages: Vec::new(),
        documents: Vec::new(),
        tools: Vec::new(),
        response: Vec::new(),
        tool_calls: Vec::new(),
        usage: Usage::default(),
        outcome: Outcome {
            decision: if alert_type.ends_with(".Blocked") {
                Decision::BlockedPrompt
            } else {
                Decision::Allowed
            },
            status: 200,
            latency_us: 1_000,
            finish_reason: None,
            provider_jailbreak: None,
        },
        prompt_verdict: Verdict::clean(id.to_string()),
        response_verdict: Verdict::clean(id.to_string()),
    }
}

/// What was seen, and an entity besides those of every alert.
fn particulars(alert_type: &str) -> (&'static str, Option<(EntityKind, &'static str)>) {
    match alert_type {
        "AI.CredentialTheftAttempt" => {
            ("aws_access_key_id", Some((EntityKind::Credential, "0011223344556677")))
        }
        "AI.CredentialUse.Suspicious" => {
            ("from the Tor network", Some((EntityKind::Credential, "0011223344556677")))
        }
        "AI.SensitiveDataExposure" => ("credit_card", None),
        "AI.ToolAbuse" | "AI.ToolPoisoning" | "AI.AnomalousToolInvocation" => {
            ("sample_tool", Some((EntityKind::Tool, "sample_tool")))
        }
        "AI.DataPoisoning" => (
            "the same document was met by 2 or more users, sessions or calls",
            Some((EntityKind::Document, "8899aabbccddeeff")),
        ),
        "AI.PromptInjection.Indirect" | "AI.PromptInjection.Indirect.Blocked" => {
            ("", Some((EntityKind::Document, "8899aabbccddeeff")))
        }
        "AI.LLMReconnaissance" => ("4 within 30 minutes", None),
        "AI.PromptLeak" => ("no leak was seen in the response", None),
        "AI.AccessFromSuspiciousUserAgent" => {
            ("sqlmap", Some((EntityKind::UserAgent, "sqlmap/1.8")))
        }
        "AI.AccessFromAnonymizedIP" => ("tor", Some((EntityKind::Ip, "198.51.100.7"))),
        "AI.AccessFromSuspiciousIP" => ("malicious", Some((EntityKind::Ip, "203.0.113.7"))),
        "AI.AccessAnomaly" => ("a new client, a new network", None),
        "AI.DOWDuplicateRequests" => ("60 times within 10 minutes", None),
        "AI.DOWVolumeAnomaly" => {
            ("more than 100000 tokens within 5 minutes, where 4000 are usual", None)
        }
        url if url.starts_with("AI.MaliciousUrl.") => {
            ("hxxps://phishing[.]example", Some((EntityKind::Url, "hxxps://phishing[.]example")))
        }
        _ => ("", None),
    }
}

fn sample_evidence(alert_type: &str) -> Option<Evidence> {
    let (channel, category, segment, masked) = match alert_type {
        "AI.Jailbreak.Blocked" | "AI.Jailbreak.Detected" => (
            Channel::User,
            ThreatCategory::Jailbreak,
            "(sample) a request to set all earlier instructions aside",
            Vec::new(),
        ),
        "AI.PromptInjection.Indirect" | "AI.PromptInjection.Indirect.Blocked" => (
            Channel::Document,
            ThreatCategory::PromptInjection,
            "(sample) a note in a document that tells the assistant to forward its answers",
            Vec::new(),
        ),
        "AI.CredentialTheftAttempt" => (
            Channel::Response,
            ThreatCategory::CredentialExposure,
            "(sample) the key is [aws_access_key_id]",
            vec!["aws_access_key_id".to_owned()],
        ),
        _ => return None,
    };
    Some(Evidence {
        channel,
        category,
        rule: "sample".to_owned(),
        highlight: Some([0, segment.len()]),
        segment: Some(segment.to_owned()),
        masked,
    })
}
