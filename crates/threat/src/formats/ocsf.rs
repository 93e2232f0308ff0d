//! OCSF 1.5: Detection Finding (2004) and Incident Finding (2005), <https://schema.ocsf.io/1.5.0/classes/detection_finding>.

use picket_model::{Alert, AlertStatus, Entity, EntityKind, Incident, IncidentStatus, Severity};
use serde_json::{Map, Value, json};

use crate::engine::values;

const VERSION: &str = "1.5.0";

/// Tactics of MITRE ATT&CK for enterprises by name.
const TACTICS: &[(&str, &str)] = &[
    ("Reconnaissance", "TA0043"),
    ("Initial Access", "TA0001"),
    ("Execution", "TA0002"),
    ("Persistence", "TA0003"),
    ("Privilege Escalation", "TA0004"),
    ("Defense Evasion", "TA0005"),
    ("Credential Access", "TA0006"),
    ("Discovery", "TA0007"),
    ("Lateral Movement", "TA0008"),
    ("Collection", "TA0009"),
    ("Exfiltration", "TA0010"),
    ("Command and Control", "TA0011"),
    ("Impact", "TA0040"),
];

/// An alert as an OCSF Detection Finding.
#[must_use]
pub fn ocsf(alert: &Alert) -> Value {
    let (activity, activity_name) = match alert.status {
        AlertStatus::Resolved | AlertStatus::Dismissed => (3, "Close"),
        _ if alert.count > 1 => (2, "Update"),
        _ => (1, "Create"),
    };
    let (status_id, status) = match alert.status {
        AlertStatus::Active => (1, "New"),
        AlertStatus::InProgress => (2, "In Progress"),
        AlertStatus::Dismissed => (3, "Suppressed"),
        AlertStatus::Resolved => (4, "Resolved"),
    };
    let mut event = base(2004, "Detection Finding", activity, activity_name, alert.severity);
    event.extend(object(json!({
        "time": alert.end_time_utc.timestamp_millis(),
        "start_time": alert.start_time_utc.timestamp_millis(),
        "end_time": alert.end_time_utc.timestamp_millis(),
        "count": alert.count,
        "message": alert.description,
        "status_id": status_id,
        "status": status,
        "is_alert": true,
        "metadata": {
            "version": VERSION,
            "uid": alert.id,
            "correlation_uid": alert.correlation_key,
            "product": {
                "name": alert.product_name,
                "vendor_name": alert.vendor_name,
                "version": env!("CARGO_PKG_VERSION"),
            },
            "labels": if alert.is_sample { vec!["sample"] } else { vec![] },
        },
        "finding_info": finding_info(alert),
        "evidences": evidences(alert),
        "resources": alert.resource_identifiers.iter().map(|resource| json!({
            "uid": resource.id,
            "type": resource.kind,
            "name": alert.compromised_entity,
        })).collect::<Vec<_>>(),
        "remediation": { "desc": alert.remediation_steps.join("\n") },
        "observables": observables(&alert.entities),
        "unmapped": {
            "alert_type": alert.alert_type,
            "defender_alert_type": alert.defender_alert_type,
            "environment": alert.environment,
            "incident_id": alert.incident_id,
            "owasp": alert.owasp,
            "extended_properties": alert.extended_properties,
        },
    })));
    Value::Object(event)
}

/// An incident as an OCSF Incident Finding.
#[must_use]
pub fn ocsf_incident(incident: &Incident) -> Value {
    let (activity, activity_name) = match incident.status {
        IncidentStatus::Resolved | IncidentStatus::Redirected => (3, "Close"),
        _ if incident.alerts.len() > 1 => (2, "Update"),
        _ => (1, "Create"),
    };
    let (status_id, status) = match incident.status {
        IncidentStatus::Active => (1, "New"),
        IncidentStatus::InProgress => (2, "In Progress"),
        IncidentStatus::Resolved => (4, "Resolved"),
        IncidentStatus::Redirected => (5, "Closed"),
    };
    let (verdict_id, verdict) = match incident.classification.as_deref() {
        Some("false_positive") => (1, "False Positive"),
        Some("true_positive") => (2, "True Positive"),
        Some(_) => (99, "Other"),
        None => (0, "Unknown"),
    };
    let mut tactics: Vec<&str> = Vec::new();
    for step in &incident.story {
        if !tactics.contains(&step.tactic.as_str()) {
            tactics.push(&step.tactic);
        }
    }
    let mut event = base(2005, "Incident Finding", activity, activity_name, incident.severity);
    event.extend(object(json!({
        "time": incident.last_update_date_time.timestamp_millis(),
        "start_time": incident.created_date_time.timestamp_millis(),
        "end_time": incident.story.last().map(|step| step.time.timestamp_millis()),
        "message": incident.display_name,
        "desc": incident.description,
        "status_id": status_id,
        "status": status,
        "verdict_id": verdict_id,
        "verdict": verdict,
        "metadata": {
            "version": VERSION,
            "uid": incident.id,
            "product": {
                "name": "Picket AI threat protection",
                "vendor_name": "Picket",
                "version": env!("CARGO_PKG_VERSION"),
            },
            "labels": incident.custom_tags,
        },
        "assignee": incident.assigned_to.as_ref().map(|name| json!({ "name": name })),
        "attacks": tactics.into_iter().map(tactic).collect::<Vec<_>>(),
        "finding_info_list": incident.story.iter().map(|step| json!({
            "uid": step.alert,
            "title": step.summary,
            "created_time": step.time.timestamp_millis(),
        })).collect::<Vec<_>>(),
        "observables": observables(&incident.entities),
        "unmapped": { "redirect_incident_id": incident.redirect_incident_id },
    })));
    event.retain(|_, value| !value.is_null());
    Value::Object(event)
}

fn base(
    class: u32,
    name: &str,
    activity: u32,
    activity_name: &str,
    severity: Severity,
) -> Map<String, Value> {
    let (severity_id, severity) = match severity {
        Severity::Informational => (1, "Informational"),
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    };
    object(json!({
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": class,
        "class_name": name,
        "activity_id": activity,
        "activity_name": activity_name,
        "type_uid": class * 100 + activity,
        "type_name": format!("{name}: {activity_name}"),
        "severity_id": severity_id,
        "severity": severity,
    }))
}

fn finding_info(alert: &Alert) -> Value {
    json!({
        "uid": alert.id,
        "title": alert.alert_display_name,
        "desc": alert.description,
        "types": [alert.alert_type],
        "created_time": alert.time_generated_utc.timestamp_millis(),
        "first_seen_time": alert.start_time_utc.timestamp_millis(),
        "last_seen_time": alert.end_time_utc.timestamp_millis(),
        "analytic": { "uid": alert.alert_type, "name": alert.alert_display_name, "type_id": 1, "type": "Rule" },
        "attacks": alert
            .tactics
            .iter()
            .map(|name| tactic(name))
            .chain(alert.techniques.iter().chain(&alert.atlas).map(|id| technique(id)))
            .collect::<Vec<_>>(),
    })
}

fn tactic(name: &str) -> Value {
    let uid = TACTICS.iter().find(|(known, _)| *known == name).map(|(_, uid)| *uid);
    json!({ "tactic": { "name": name, "uid": uid } })
}

fn technique(id: &str) -> Value {
    // `AML.T0051.001` and `T1078.004` are sub-techniques.
    let digits = id.rfind('T').unwrap_or(0);
    match id[digits..].find('.') {
        Some(dot) => json!({
            "technique": { "uid": &id[..digits + dot] },
            "sub_technique": { "uid": id },
        }),
        None => json!({ "technique": { "uid": id } }),
    }
}

fn evidences(alert: &Alert) -> Vec<Value> {
    let ip = values(&alert.entities, EntityKind::Ip).next();
    let user = values(&alert.entities, EntityKind::User).next();
    let mut who = Map::new();
    if let Some(ip) = ip {
        who.insert("src_endpoint".to_owned(), json!({ "ip": ip }));
    }
    if let Some(user) = user {
        who.insert("actor".to_owned(), json!({ "user": { "uid": user } }));
    }
    if alert.evidence.is_empty() {
        return if who.is_empty() { Vec::new() } else { vec![Value::Object(who)] };
    }
    alert
        .evidence
        .iter()
        .map(|evidence| {
            let mut entry = who.clone();
            entry.insert("data".to_owned(), json!(evidence));
            Value::Object(entry)
        })
        .collect()
}

fn observables(entities: &[Entity]) -> Vec<Value> {
    entities
        .iter()
        .map(|entity| {
            let (type_id, kind) = match entity.kind {
                EntityKind::Ip => (2, "IP Address"),
                EntityKind::User => (4, "User Name"),
                EntityKind::Url => (6, "URL String"),
                EntityKind::Asset => (10, "Resource UID"),
                EntityKind::UserAgent => (16, "HTTP User-Agent"),
                EntityKind::Credential => (19, "User Credential ID"),
                EntityKind::Document => (30, "Fingerprint"),
                EntityKind::Application | EntityKind::Session | EntityKind::Tool => (99, "Other"),
            };
            json!({ "name": entity.kind.as_str(), "type_id": type_id, "type": kind, "value": entity.value })
        })
        .collect()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
