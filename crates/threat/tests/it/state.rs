use picket_threat::{CorrelationConfig, Correlator, EngineSnapshot, Limits, ThreatEngine};

use super::support::{Call, call, config, engine, injected, jailbreak, leak, probe, stolen};

fn traffic() -> Vec<Call> {
    let mut calls = vec![probe(0), probe(10), jailbreak(20), leak(30)];
    calls.extend((40..140).map(|at| call(at, "the same").tokens(1_000)));
    calls.extend([
        probe(150),
        injected(160),
        injected(170).user("u2", "s2"),
        stolen(180),
        jailbreak(190),
    ]);
    calls
}

#[test]
fn restoring_equals_going_on() {
    let calls = traffic();
    let config_of = CorrelationConfig::default;
    let (mut engine, mut correlator) = (engine(), Correlator::new(config_of()));
    let mut continuous = Vec::new();
    for call in &calls {
        let mut alerts = call.observed(&mut engine);
        continuous.push((correlator.assign(&mut alerts, call.0.time), alerts));
    }
    for cut in [2, 4, 60, 105, calls.len() - 1] {
        let (mut engine, mut correlator) = (super::support::engine(), Correlator::new(config_of()));
        let (mut alerts, mut incidents) = (Vec::new(), Vec::new());
        for (call, (expected, _)) in calls[..cut].iter().zip(&continuous) {
            let mut new = call.observed(&mut engine);
            let changed = correlator.assign(&mut new, call.0.time);
            assert_eq!(&changed, expected);
            for incident in changed {
                incidents.retain(|it: &picket_model::Incident| it.id != incident.id);
                incidents.push(incident);
            }
            for alert in new {
                alerts.retain(|it: &picket_model::Alert| it.id != alert.id);
                alerts.push(alert);
            }
        }
        let stored = serde_json::to_string(&engine.snapshot()).unwrap();
        let snapshot: EngineSnapshot = serde_json::from_str(&stored).unwrap();
        let mut engine = ThreatEngine::restore(config(), snapshot).unwrap();
        let mut correlator = Correlator::restore(config_of(), incidents, &alerts);
        for (call, (incidents, expected)) in calls[cut..].iter().zip(&continuous[cut..]) {
            let mut alerts = call.observed(&mut engine);
            let changed = correlator.assign(&mut alerts, call.0.time);
            assert_eq!((&changed, &alerts), (incidents, expected), "cut at {cut}");
        }
    }
}

#[test]
fn a_snapshot_holds_no_text_and_another_format_is_refused() {
    let mut engine = engine();
    leak(0).observed(&mut engine);
    let mut json = serde_json::to_value(engine.snapshot()).unwrap();
    assert!(!json.to_string().contains(super::support::KEY));
    json["version"] = 99.into();
    let error = ThreatEngine::restore(config(), serde_json::from_value(json).unwrap()).unwrap_err();
    assert!(error.to_string().contains("format 99"), "{error}");
}

#[test]
fn memory_is_bounded() {
    let mut small = config();
    small.limits = Limits { open_alerts: 20, actors: 20, assets: 5, credentials: 5 };
    let mut engine = ThreatEngine::new(small);
    let mut sizes = Vec::new();
    for at in 0..400 {
        let name = format!("{at:04}");
        let mut call = jailbreak(at).user(&name, &name).key(&name);
        call.0.asset = Some(format!("arn:aws:bedrock:::{}", at % 50).into());
        call.observed(&mut engine);
        leak(at).user(&name, &name).observed(&mut engine);
        if at % 100 == 99 {
            sizes.push(serde_json::to_string(&engine.snapshot()).unwrap().len());
        }
    }
    let (first, last) = (sizes[0], sizes[3]);
    assert!(last < first + first / 20, "{sizes:?}");
}
