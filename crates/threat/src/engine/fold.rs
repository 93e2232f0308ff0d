use chrono::TimeDelta;
use picket_model::{
    Alert, AlertStatus, AssetId, Entity, EntityKind, Properties, ResourceIdentifier,
};
use serde_json::{Value, json};

use super::context::{Context, label, name};
use crate::catalogue::{AlertType, Catalogue, Words};
use crate::detectors::Signal;
use crate::evidence::{evidence, is_leak};
use crate::ids;
use crate::lru::Lru;

/// The most entities, evidences and interaction ids an alert carries.
const MOST: usize = 50;
const MOST_EVIDENCE: usize = 5;

/// Makes an alert of a signal, or lets the open one of the same kind, asset and subject grow. `order` is the signal's
/// place among those of its interaction.
pub(crate) fn fold(
    context: &Context<'_>,
    open: &mut Lru<Alert>,
    order: u8,
    signal: Signal<'_>,
) -> Option<Alert> {
    let entry = Catalogue::embedded().get(signal.alert_type)?;
    let key = ids::key(&[&entry.id, &context.asset, &signal.subject]);
    let grows = open.get(&key).is_some_and(|alert| {
        let windows = &context.config.windows;
        context.now - alert.end_time_utc <= TimeDelta::seconds(windows.fold.into())
            && context.now - alert.start_time_utc <= TimeDelta::seconds(windows.fold_at_most.into())
    });
    let mut alert = match open.remove(&key) {
        Some(alert) if grows => alert,
        _ => new_alert(context, entry, order, &key),
    };
    grow(context, entry, &mut alert, signal);
    open.insert(key, alert.clone());
    Some(alert)
}

fn new_alert(context: &Context<'_>, entry: &AlertType, order: u8, key: &str) -> Alert {
    let interaction = context.interaction;
    let resource = interaction.asset.as_ref();
    let agent = resource.is_some_and(is_agent);
    let defender = (&entry.defender.application, &entry.defender.agent);
    let defender_alert_type = match defender {
        (application, Some(for_agent)) if agent || application.is_none() => Some(for_agent),
        (application, _) => application.as_ref(),
    };
    Alert {
        id: ids::derived(context.now, order, &[&interaction.id.to_string(), key]),
        alert_type: entry.id.clone(),
        defender_alert_type: defender_alert_type.cloned(),
        alert_display_name: entry.title.clone(),
        description: String::new(),
        severity: entry.severity,
        status: AlertStatus::Active,
        intent: entry.intent,
        tactics: entry.tactics.clone(),
        techniques: entry.techniques.clone(),
        atlas: entry.atlas.clone(),
        owasp: entry.owasp.clone(),
        start_time_utc: context.now,
        end_time_utc: context.now,
        time_generated_utc: context.now,
        entities: Vec::new(),
        resource_identifiers: resource.map(resource_identifier).into_iter().collect(),
        environment: interaction.environment.clone(),
        compromised_entity: Some(context.asset_name.clone()),
        extended_properties: facts(context),
        remediation_steps: entry.remediation.clone(),
        correlation_key: ids::key(&[&context.asset, &context.actor]),
        incident_id: None,
        evidence: Vec::new(),
        count: 0,
        is_sample: false,
        vendor_name: "Picket".to_owned(),
        product_name: "Picket AI threat protection".to_owned(),
        version: "1.0".to_owned(),
        assigned_to: None,
    }
}

fn grow(context: &Context<'_>, entry: &AlertType, alert: &mut Alert, signal: Signal<'_>) {
    alert.count += 1;
    // Logs can arrive out of order.
    alert.start_time_utc = alert.start_time_utc.min(context.now);
    alert.end_time_utc = alert.end_time_utc.max(context.now);
    let severity = signal.severity.unwrap_or(entry.severity);
    alert.severity = if alert.count == 1 { severity } else { alert.severity.max(severity) };
    for entity in context.entities().into_iter().chain(signal.entities) {
        add_entity(&mut alert.entities, entity);
    }
    for seen in &signal.seen {
        if alert.evidence.len() >= MOST_EVIDENCE {
            break;
        }
        let leaks: Vec<_> = context
            .seen
            .iter()
            .filter(|other| is_leak(other.detection.category))
            .filter(|other| other.text.map(str::as_ptr) == seen.text.map(str::as_ptr))
            .filter_map(|other| Some((other.span()?, other.detection.rule.as_str())))
            .collect();
        let found =
            evidence(seen, &leaks, context.settings.evidence, context.config.redactor.as_ref());
        if !alert.evidence.contains(&found) {
            alert.evidence.push(found);
        }
    }
    let properties = &mut alert.extended_properties;
    if let Some(Value::Array(interactions)) = properties.get_mut("interaction_ids") {
        // The first stays, since the alert began there; of the rest the newest are kept.
        if interactions.len() >= MOST {
            interactions.remove(1);
        }
        let id = json!(context.interaction.id);
        if !interactions.contains(&id) {
            interactions.push(id);
        }
    }
    if let Some(score) = signal.seen.iter().map(|seen| seen.detection.score).reduce(f32::max) {
        let before = properties.get("score").and_then(Value::as_f64).unwrap_or(0.0);
        properties.insert("score".to_owned(), json!(before.max(rounded(score))));
    }
    let mut techniques: Vec<&str> =
        signal.seen.iter().filter_map(|seen| seen.detection.technique.as_deref()).collect();
    techniques.sort_unstable();
    techniques.dedup();
    if !techniques.is_empty() {
        properties.insert("attack_techniques".to_owned(), json!(techniques));
    }
    if !signal.what.is_empty() {
        properties.insert("what".to_owned(), json!(signal.what));
    }
    properties.extend(signal.facts);
    let ip = context.ip.map(|ip| ip.to_string());
    let words = Words {
        who: &context.who,
        asset: &context.asset_name,
        ip: ip.as_deref().unwrap_or("an unknown address"),
        what: &signal.what,
        count: alert.count,
    };
    alert.description = words.fill(&entry.description);
    properties.insert("step".to_owned(), json!(words.fill(&entry.step)));
}

fn add_entity(entities: &mut Vec<Entity>, entity: Entity) {
    if entities.len() < MOST && !entities.contains(&entity) {
        entities.push(entity);
    }
}

/// What is known of the interaction besides its texts.
fn facts(context: &Context<'_>) -> Properties {
    let interaction = context.interaction;
    let mut facts = Properties::new();
    let mut add = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            facts.insert(key.to_owned(), Value::String(value));
        }
    };
    add("upstream", Some(label(&interaction.upstream)));
    add("protocol", name(&interaction.protocol));
    add("operation", name(&interaction.operation));
    add("model", interaction.model.as_deref().and_then(name));
    add("deployment", interaction.deployment.as_deref().and_then(name));
    add("decision", Some(interaction.outcome.decision.to_string()));
    add("authentication", Some(interaction.authentication.to_string()));
    facts.insert("interaction_ids".to_owned(), json!([interaction.id]));
    facts
}

fn resource_identifier(asset: &AssetId) -> ResourceIdentifier {
    let id = asset.as_str();
    let kind = if id.starts_with("/subscriptions/") {
        "AzureResource"
    } else if id.starts_with("arn:") {
        "AwsResource"
    } else if id.starts_with("//") {
        "GcpResource"
    } else {
        "Asset"
    };
    ResourceIdentifier { kind: kind.to_owned(), id: asset.clone() }
}

/// Whether an asset's id is that of an agent: `…/agents/…` (Azure), `…:agent/…` (AWS), `…/reasoningEngines/…` (GCP).
fn is_agent(asset: &AssetId) -> bool {
    let id = asset.as_str();
    ["/agents/", ":agent/", ":agent-alias/", "/reasoningEngines/"]
        .iter()
        .any(|part| id.contains(part))
}

fn rounded(score: f32) -> f64 {
    (f64::from(score) * 1_000.0).round() / 1_000.0
}

/// Whether two alerts come from one interaction is told by these ids.
pub(crate) fn interaction_ids(alert: &Alert) -> impl Iterator<Item = &str> {
    alert
        .extended_properties
        .get("interaction_ids")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// The values of an alert's entities of one kind.
pub(crate) fn values(entities: &[Entity], kind: EntityKind) -> impl Iterator<Item = &str> {
    entities.iter().filter(move |entity| entity.kind == kind).map(|entity| entity.value.as_str())
}
