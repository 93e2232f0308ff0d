use std::fmt::Write;

use picket_model::{Alert, EntityKind};

use crate::engine::values;

const HEADER: &str = "id,alert_type,title,severity,status,start,end,count,environment,asset,user,ip,tactics,incident,description";

/// Alerts as CSV (RFC 4180) with a header line.
#[must_use]
pub fn csv(alerts: &[Alert]) -> String {
    let mut text = format!("{HEADER}\r\n");
    for alert in alerts {
        let all = |kind| values(&alert.entities, kind).collect::<Vec<_>>().join(" ");
        let fields = [
            alert.id.to_string(),
            alert.alert_type.clone(),
            alert.alert_display_name.clone(),
            alert.severity.to_string(),
            alert.status.to_string(),
            alert.start_time_utc.to_rfc3339(),
            alert.end_time_utc.to_rfc3339(),
            alert.count.to_string(),
            alert.environment.clone().unwrap_or_default(),
            alert.resource_identifiers.first().map(|it| it.id.to_string()).unwrap_or_default(),
            all(EntityKind::User),
            all(EntityKind::Ip),
            alert.tactics.join(" / "),
            alert.incident_id.map(|id| id.to_string()).unwrap_or_default(),
            alert.description.clone(),
        ];
        for (at, field) in fields.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            // Writing to a string cannot fail.
            let _ = write!(text, "{comma}{}", quoted(field));
        }
        text.push_str("\r\n");
    }
    text
}

/// Quoted where needed; what a spreadsheet would take for a formula gets a leading apostrophe.
fn quoted(field: &str) -> String {
    let guard = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{guard}{}\"", field.replace('"', "\"\""))
    } else {
        format!("{guard}{field}")
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotes_and_disarms_formulas() {
        assert_eq!(quoted("a"), "a");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=HYPERLINK(1,2)"), "\"'=HYPERLINK(1,2)\"");
    }
}
