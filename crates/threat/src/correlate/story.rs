//! What an incident says: name, description, severity and the steps in order.

use picket_model::{Alert, EntityKind, Severity, StoryStep};
use serde_json::Value;

use super::{AlertNote, Held, first};
use crate::catalogue::Catalogue;
use crate::engine::values;

/// Stages named in an incident's name.
const MOST_STAGES: usize = 6;
/// Stages of an attack from which on an incident is worse than its worst alert.
const MULTI_STAGE: usize = 3;

/// Takes an alert into the story, or takes over how it has grown.
pub(super) fn note(held: &mut Held, alert: &Alert) {
    let summary = match alert.extended_properties.get("step").and_then(Value::as_str) {
        Some(step) => step.to_owned(),
        None => alert.alert_display_name.clone(),
    };
    let summary = match alert.count {
        0 | 1 => summary,
        count => format!("{summary} ({count} times)"),
    };
    let step = StoryStep {
        time: alert.start_time_utc,
        intent: alert.intent,
        tactic: alert.tactics.first().cloned().unwrap_or_default(),
        summary,
        alert: alert.id,
    };
    let story = &mut held.incident.story;
    match story.iter_mut().find(|known| known.alert == alert.id) {
        Some(known) => *known = step,
        None => story.push(step),
    }
    let asset = alert.compromised_entity.as_deref();
    held.alerts.insert(
        alert.id,
        AlertNote {
            severity: alert.severity,
            alert_type: alert.alert_type.clone(),
            title: alert.alert_display_name.clone(),
            asset: asset.or_else(|| first(alert, EntityKind::Asset)).unwrap_or_default().to_owned(),
            start: alert.start_time_utc,
            end: alert.end_time_utc,
        },
    );
}

/// Brings everything that follows from the alerts up to date.
pub(super) fn tell(held: &mut Held) {
    // Steps of one moment stay in the order in which the engine told them.
    held.incident.story.sort_by_key(|step| step.time);
    let order: Vec<_> = held.incident.story.iter().map(|step| step.alert).collect();
    held.incident.alerts.sort_by_key(|id| order.iter().position(|known| known == id));
    let notes: Vec<&AlertNote> = order.iter().filter_map(|id| held.alerts.get(id)).collect();
    let Some(earliest) = notes.first() else { return };

    let mut stages: Vec<&str> = Vec::new();
    for note in &notes {
        let stage = Catalogue::embedded().get(&note.alert_type).map_or("activity", |it| &it.chain);
        if !stages.contains(&stage) {
            stages.push(stage);
        }
    }
    let mut assets: Vec<&str> = Vec::new();
    for note in &notes {
        if !note.asset.is_empty() && !assets.contains(&note.asset.as_str()) {
            assets.push(&note.asset);
        }
    }
    let mut intents: Vec<_> = held.incident.story.iter().map(|step| step.intent).collect();
    intents.sort_unstable();
    intents.dedup();

    let place = match assets.as_slice() {
        [] => String::new(),
        [one] => format!(" on {one}"),
        [one, rest @ ..] => format!(" on {one} and {} more", rest.len()),
    };
    let shown = stages.len().min(MOST_STAGES);
    let mut chain = stages[..shown].join(" → ");
    if shown < stages.len() {
        chain.push_str(" → …");
    }
    let multi_stage = intents.len() >= MULTI_STAGE;
    let name = match (notes.len(), stages.len()) {
        (1, _) => format!("{}{place}", earliest.title),
        (count, 1) => format!("{count} alerts of {chain}{place}"),
        _ if multi_stage => format!("Multi-stage attack{place}: {chain}"),
        _ => format!("Attack{place}: {chain}"),
    };
    let worst = notes.iter().map(|note| note.severity).max().unwrap_or(Severity::Informational);
    let start = notes.iter().map(|note| note.start).min().unwrap_or(earliest.start);
    let end = notes.iter().map(|note| note.end).max().unwrap_or(earliest.end);
    let entities = &held.incident.entities;
    let count = |kind, one: &str, more: &str| match values(entities, kind).count() {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {more}")),
    };
    let involved: Vec<String> = [
        count(EntityKind::User, "user", "users"),
        count(EntityKind::Ip, "address", "addresses"),
        count(EntityKind::Credential, "credential", "credentials"),
        count(EntityKind::Document, "document", "documents"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut description = format!(
        "{} between {} and {}{place}: {}.",
        match notes.len() {
            1 => "One alert".to_owned(),
            count => format!("{count} alerts"),
        },
        start.format("%Y-%m-%d %H:%M:%S"),
        end.format("%Y-%m-%d %H:%M:%S UTC"),
        stages.join(", then "),
    );
    if !involved.is_empty() {
        description.push_str(&format!(" Involved: {}.", involved.join(", ")));
    }

    let incident = &mut held.incident;
    incident.display_name = name;
    incident.description = description;
    incident.severity = if multi_stage { worst.raised() } else { worst };
    let tag = "multi_stage";
    if multi_stage && !incident.custom_tags.iter().any(|known| known == tag) {
        incident.custom_tags.push(tag.to_owned());
    }
}
