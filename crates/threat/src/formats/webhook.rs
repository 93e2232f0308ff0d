use picket_model::{Alert, EntityKind, Incident};
use serde_json::{Value, json};

use crate::engine::values;

/// What a webhook is told about.
#[derive(Debug, Clone, Copy)]
pub enum Record<'a> {
    /// An alert.
    Alert(&'a Alert),
    /// An incident.
    Incident(&'a Incident),
}

/// The JSON body of a webhook: a flat summary for chat and ticket systems, and the whole record under `data`.
#[must_use]
pub fn webhook(record: Record<'_>) -> Value {
    match record {
        Record::Alert(alert) => json!({
            "version": "1",
            "type": "alert",
            "id": alert.id,
            "title": alert.alert_display_name,
            "summary": alert.description,
            "severity": alert.severity,
            "status": alert.status,
            "time": alert.end_time_utc,
            "alert_type": alert.alert_type,
            "environment": alert.environment,
            "assets": alert.resource_identifiers.iter().map(|it| &it.id).collect::<Vec<_>>(),
            "tactics": alert.tactics,
            "incident_id": alert.incident_id,
            "is_sample": alert.is_sample,
            "data": alert,
        }),
        Record::Incident(incident) => json!({
            "version": "1",
            "type": "incident",
            "id": incident.id,
            "title": incident.display_name,
            "summary": incident.description,
            "severity": incident.severity,
            "status": incident.status,
            "time": incident.last_update_date_time,
            "assets": values(&incident.entities, EntityKind::Asset).collect::<Vec<_>>(),
            "alerts": incident.alerts.len(),
            "story": incident.story.iter().map(|step| &step.summary).collect::<Vec<_>>(),
            "data": incident,
        }),
    }
}
