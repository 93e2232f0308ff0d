use picket_model::{Entity, EntityKind};
use serde_json::json;

use super::Signal;
use crate::engine::{Context, State, label};
use crate::indicators::{Indicator, IndicatorLabel};

/// Callers that threat intelligence knows, by address or user agent.
pub(super) fn detect<'a>(context: &Context<'a>, state: &mut State, signals: &mut Vec<Signal<'a>>) {
    let indicators = &context.config.indicators;
    if let Some(agent) = context.interaction.user_agent.as_deref()
        && let Some(indicator) = indicators.user_agent(agent, context.now)
    {
        let mut signal = Signal::new("AI.AccessFromSuspiciousUserAgent", context.actor.clone());
        signal.what.clone_from(&indicator.value);
        let value = label(agent);
        signal.entities.push(Entity { kind: EntityKind::UserAgent, value });
        describe(&mut signal, indicator);
        signals.push(signal);
    }
    for ip in context.addresses() {
        let Some(indicator) = indicators.ip(ip, context.now) else { continue };
        let alert_type = match indicator.label {
            IndicatorLabel::Tor => "AI.AccessFromAnonymizedIP",
            IndicatorLabel::Suspicious | IndicatorLabel::Malicious => "AI.AccessFromSuspiciousIP",
        };
        // The credential tells whose access it was, but only one that leaked ties this to other alerts: an
        // application's key is in all of its users' calls.
        let leak = context
            .interaction
            .credential_fingerprint
            .as_ref()
            .and_then(|key| state.leaks.get(key));
        // Many stand behind one exit: each user and stolen key is told by itself.
        let whose = leak.map_or(&context.actor, |leak| &leak.entity);
        let mut signal = Signal::new(alert_type, format!("{ip} {whose}"));
        signal.what = indicator.label.as_str().to_owned();
        signal.entities.push(Entity { kind: EntityKind::Ip, value: ip.to_string() });
        signal.entities.extend(
            leak.map(|leak| Entity { kind: EntityKind::Credential, value: leak.entity.clone() }),
        );
        describe(&mut signal, indicator);
        signals.push(signal);
    }
}

fn describe(signal: &mut Signal<'_>, indicator: &Indicator) {
    signal.facts.insert("indicator".to_owned(), json!(indicator.value));
    signal.facts.insert("indicator_label".to_owned(), json!(indicator.label.as_str()));
    if let Some(source) = &indicator.source {
        signal.facts.insert("indicator_source".to_owned(), json!(source));
    }
}
