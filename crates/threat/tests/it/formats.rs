use picket_model::AlertStatus;
use picket_threat::{
    Catalogue, CorrelationConfig, Correlator, Record, csv, ocsf, ocsf_incident, sample_alerts,
    webhook,
};

use super::support::{ASSET, at, engine, jailbreak, leak};

#[test]
fn alerts_and_incidents_as_ocsf() {
    let mut engine = engine();
    let mut correlator = Correlator::new(CorrelationConfig::default());
    let mut alerts = leak(0).observed(&mut engine);
    correlator.assign(&mut alerts, at(0));
    let mut more = jailbreak(60).observed(&mut engine);
    let incidents = correlator.assign(&mut more, at(60));
    insta::assert_json_snapshot!("ocsf_alert", ocsf(&alerts[0]), { ".metadata.product.version" => "VERSION" });
    insta::assert_json_snapshot!("ocsf_incident", ocsf_incident(&incidents[0]), { ".metadata.product.version" => "VERSION" });
    insta::assert_snapshot!("csv", csv(&alerts));
    let body = webhook(Record::Incident(&incidents[0]));
    assert_eq!(
        (body["type"].as_str(), body["story"].as_array().unwrap().len()),
        (Some("incident"), 2)
    );
    assert_eq!(
        webhook(Record::Alert(&alerts[0]))["data"]["alert_type"],
        "AI.CredentialTheftAttempt"
    );
    alerts[0].status = AlertStatus::Dismissed;
    let closed = ocsf(&alerts[0]);
    assert_eq!(
        (closed["type_uid"].as_u64(), closed["status"].as_str()),
        (Some(200_403), Some("Suppressed"))
    );
}

#[test]
fn there_is_a_sample_of_every_alert() {
    let samples = sample_alerts("azure:prod", Some(&ASSET.into()), at(0));
    let types: Vec<_> = samples.iter().map(|alert| &alert.alert_type).collect();
    let known: Vec<_> = Catalogue::embedded().types().iter().map(|entry| &entry.id).collect();
    assert_eq!(types, known);
    for alert in &samples {
        assert!(alert.is_sample && alert.environment.as_deref() == Some("azure:prod"));
        assert!(
            !alert.description.contains(['{', '}']) && !alert.description.contains("()"),
            "{}",
            alert.description
        );
    }
    assert_eq!(samples, sample_alerts("azure:prod", Some(&ASSET.into()), at(0)));
}
