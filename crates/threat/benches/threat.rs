//! How many interactions a second the engine and the correlator take.

use std::hint::black_box;

use chrono::{TimeDelta, TimeZone, Utc};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use picket_model::{
    Authentication, Channel, Decision, Detection, Interaction, Message, Outcome, ThreatCategory,
    Usage, UserContext, Verdict, VerdictLevel,
};
use picket_threat::{CorrelationConfig, Correlator, ThreatConfig, ThreatEngine, TrafficSettings};

const ON: TrafficSettings = TrafficSettings { plan_on: true, evidence: true, data_security: true };
const CALLS: u32 = 1_000;

/// A prompt of 2 KiB and its answer, of one of 100 users; every `attack`-th is a jailbreak.
fn interactions(attack: u32) -> Vec<Interaction> {
    let start = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
    (0..CALLS)
        .map(|at| {
            let time = start + TimeDelta::milliseconds(i64::from(at) * 250);
            let content = format!("question {at} {}", "about the weather ".repeat(110));
            let mut prompt_verdict = Verdict::clean(at.to_string());
            if attack > 0 && at % attack == 0 {
                prompt_verdict.verdict = VerdictLevel::Malicious;
                prompt_verdict.categories.push(ThreatCategory::Jailbreak);
                prompt_verdict.detections.push(Detection {
                    category: ThreatCategory::Jailbreak,
                    rule: "jailbreak.bench".to_owned(),
                    score: 0.9,
                    span: [900, 960],
                    channel: Channel::User,
                    message: 0,
                    technique: None,
                    tool: None,
                });
            }
            let message =
                |role: &str, channel, content| Message { role: role.to_owned(), channel, content };
            Interaction {
                id: uuid::Uuid::from_u128(at.into()),
                time,
                upstream: "bench".to_owned(),
                asset: Some("arn:aws:bedrock:eu-west-1:1:model/a".into()),
                environment: None,
                protocol: "openai".to_owned(),
                operation: "chat_completions".to_owned(),
                model: None,
                deployment: None,
                streaming: false,
                user: UserContext {
                    end_user_id: Some(format!("user{}", at % 100)),
                    session_id: Some(format!("session{}", at % 100)),
                    ..UserContext::default()
                },
                client_ip: "192.0.2.1".parse().ok(),
                user_agent: Some("OpenAI/Python 1.61.1".to_owned()),
                authentication: Authentication::ApiKey,
                credential_fingerprint: Some("0011223344556677".to_owned()),
                messages: vec![message("user", Channel::User, content)],
                documents: Vec::new(),
                tools: Vec::new(),
                response: vec![message("assistant", Channel::Response, "Sunny. ".repeat(300))],
                tool_calls: Vec::new(),
                usage: Usage { input_tokens: 500, output_tokens: 500 },
                outcome: Outcome {
                    decision: Decision::Allowed,
                    status: 200,
                    latency_us: 1,
                    finish_reason: None,
                    provider_jailbreak: None,
                },
                prompt_verdict,
                response_verdict: Verdict::clean(at.to_string()),
            }
        })
        .collect()
}

fn observe(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("observe");
    group.throughput(Throughput::Elements(CALLS.into()));
    for (name, attack) in [("benign", 0), ("one attack in 100", 100), ("attacks only", 1)] {
        let calls = interactions(attack);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut engine = ThreatEngine::new(ThreatConfig::default());
                let mut correlator = Correlator::new(CorrelationConfig::default());
                for call in &calls {
                    let mut alerts = engine.observe(call, &ON);
                    if !alerts.is_empty() {
                        black_box(correlator.assign(&mut alerts, call.time));
                    }
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, observe);
criterion_main!(benches);
