use picket_model::{IncidentStatus, Severity};
use picket_threat::{CorrelationConfig, Correlator};

use super::support::{call, engine, injected, jailbreak, leak, probe, stolen, types};

#[test]
fn an_attack_gives_its_alerts_in_order_and_one_incident() {
    let (mut engine, mut correlator) = (engine(), Correlator::new(CorrelationConfig::default()));
    let steps =
        [probe(0), probe(20), probe(40), jailbreak(90), injected(150), leak(200), stolen(4_000)];
    let mut told = Vec::new();
    let mut incidents = Vec::new();
    for step in &steps {
        let mut alerts = step.observed(&mut engine);
        let changed = correlator.assign(&mut alerts, step.0.time);
        assert!(alerts.iter().all(|alert| alert.incident_id.is_some()));
        told.extend(types(&alerts).into_iter().map(str::to_owned));
        incidents.extend(changed);
    }
    assert_eq!(
        told,
        [
            "AI.LLMReconnaissance",
            "AI.Jailbreak.Detected",
            "AI.PromptInjection.Indirect",
            "AI.CredentialTheftAttempt",
            "AI.AccessFromAnonymizedIP",
            "AI.CredentialUse.Suspicious",
        ]
    );
    let first = incidents[0].id;
    assert!(incidents.iter().all(|it| it.id == first && it.status == IncidentStatus::Active));

    let incident = incidents.last().unwrap();
    assert_eq!(
        incident.display_name,
        "Multi-stage attack on contoso-openai: reconnaissance → jailbreak → indirect injection → \
         credential theft → access from Tor → use of the stolen credential"
    );
    assert_eq!(incident.severity, Severity::Critical);
    let story: Vec<_> = incident.story.iter().map(|step| step.summary.as_str()).collect();
    insta::assert_json_snapshot!(story);
    assert!(incident.story.is_sorted_by_key(|step| step.time));
    assert_eq!(incident.alerts.len(), 6);
    // Ids sort as the alerts were told, also within one interaction.
    assert!(incident.alerts.is_sorted());
}

#[test]
fn heavy_benign_traffic_gives_no_alert() {
    let mut engine = engine();
    let mut random = 42_u64;
    for second in 0..40_000_i64 {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (user, tokens) = (random >> 40 & 0xff, 200 + (random >> 20 & 0xfff));
        // Days are busier than nights, by a factor of ten, and one user in eight asks one of few questions.
        if second / 10_000 % 2 == 1 && random >> 33 & 7 != 0 {
            continue;
        }
        let prompt = if random >> 50 & 7 == 0 {
            "what is new?".to_owned()
        } else {
            format!("question {random}")
        };
        let call = call(second * 3, &prompt)
            .user(&format!("user{user}"), &format!("session{user}"))
            .from(&format!("192.0.2.{}", user % 200))
            .tokens(tokens);
        let alerts = call.observed(&mut engine);
        assert_eq!(types(&alerts), Vec::<&str>::new(), "at {second}");
    }
}
