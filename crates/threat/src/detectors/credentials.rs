use chrono::TimeDelta;
use picket_model::{Entity, EntityKind, Severity, ThreatCategory};
use serde_json::json;

use super::{Signal, information_type, list};
use crate::engine::{Context, Leak, Side, State};
use crate::ids::fingerprint;
use crate::indicators::IndicatorLabel;

/// Addresses remembered for one credential.
const MOST_ADDRESSES: usize = 16;
/// Parts of one leaked text that may be the credential.
const MOST_PARTS: usize = 16;
/// Shorter parts are names, not keys.
const SHORTEST: usize = 12;

/// Credentials in a response. Those the user wrote in the request are no theft.
pub(super) fn leaked<'a>(context: &Context<'a>, state: &mut State, signals: &mut Vec<Signal<'a>>) {
    let seen: Vec<_> = context
        .of(ThreatCategory::CredentialExposure)
        .filter(|seen| seen.side == Side::Response)
        .filter(|seen| !seen.snippet().is_some_and(|text| context.user_wrote(text)))
        .copied()
        .collect();
    if seen.is_empty() {
        return;
    }
    let mut signal = Signal::new("AI.CredentialTheftAttempt", context.actor.clone());
    signal.what = list(seen.iter().map(|seen| information_type(&seen.detection.rule)));
    for text in seen.iter().filter_map(crate::engine::Seen::snippet) {
        let parts = parts(text);
        let Some(longest) = parts.iter().copied().max_by_key(|part| part.len()) else { continue };
        let entity = fingerprint(longest);
        for part in parts {
            let key = fingerprint(part);
            let owners = state.uses.get(&key).cloned().unwrap_or_default();
            // A second leak does not make those who used it since its owners.
            let leak = state.leaks.touch(&key, || Leak {
                at: context.now,
                owners,
                entity: entity.clone(),
            });
            leak.at = context.now;
        }
        signal.entities.push(Entity { kind: EntityKind::Credential, value: entity });
    }
    let blocked = context.interaction.outcome.decision == picket_model::Decision::BlockedResponse;
    if blocked {
        signal.what.push_str("; it was stopped on its way");
    }
    signal.facts.insert("blocked".to_owned(), json!(blocked));
    signal.seen = seen;
    signals.push(signal);
}

/// The use of a credential that leaked before, unless from where its owner used it before the leak.
pub(super) fn used<'a>(context: &Context<'a>, state: &mut State, signals: &mut Vec<Signal<'a>>) {
    let Some(key) = &context.interaction.credential_fingerprint else { return };
    // The connection's address: an application's key is used by the application, whoever stands behind it.
    let address = context.interaction.client_ip.or(context.ip);
    let window = TimeDelta::seconds(context.config.windows.leaked_credential.into());
    let leak = state.leaks.get(key).filter(|leak| context.now - leak.at <= window);
    let Some(leak) = leak else {
        if let Some(address) = address {
            let uses = state.uses.touch(key, Vec::new);
            if !uses.contains(&address) {
                if uses.len() >= MOST_ADDRESSES {
                    uses.remove(0);
                }
                uses.push(address);
            }
        }
        return;
    };
    let origin = context.addresses().find_map(|ip| context.config.indicators.ip(ip, context.now));
    if origin.is_none() && address.is_some_and(|address| leak.owners.contains(&address)) {
        return;
    }
    let mut signal = Signal::new("AI.CredentialUse.Suspicious", leak.entity.clone());
    signal.what = match origin.map(|indicator| indicator.label) {
        Some(IndicatorLabel::Tor) => "from the Tor network".to_owned(),
        Some(label) => format!("from an address listed as {}", label.as_str()),
        None if leak.owners.is_empty() => "it had not been used before it leaked".to_owned(),
        None => "from an address its owner had not used".to_owned(),
    };
    signal.severity = origin.is_some().then_some(Severity::Critical);
    for value in [&leak.entity, key] {
        let entity = Entity { kind: EntityKind::Credential, value: value.clone() };
        if !signal.entities.contains(&entity) {
            signal.entities.push(entity);
        }
    }
    let minutes = (context.now - leak.at).num_minutes();
    signal.facts.insert("minutes_since_leak".to_owned(), json!(minutes));
    signals.push(signal);
}

/// What in a leaked text may be the credential itself: `api_key="abc"` → the whole, `abc`.
fn parts(text: &str) -> Vec<&str> {
    let text = text.trim();
    let mut parts = Vec::new();
    let words =
        text.split(|letter: char| letter.is_whitespace() || "\"'`,;<>()[]{}".contains(letter));
    for word in words {
        let after = ['=', ':'].map(|sign| word.split_once(sign).map(|(_, rest)| rest));
        for part in std::iter::once(word).chain(after.into_iter().flatten()) {
            if part.len() >= SHORTEST && parts.len() < MOST_PARTS && !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    if parts.is_empty() && !text.is_empty() {
        parts.push(text);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn finds_the_key_in_what_surrounds_it() {
        assert_eq!(parts("AKIAIOSFODNN7EXAMPL3"), ["AKIAIOSFODNN7EXAMPL3"]);
        assert!(
            parts("Authorization: Bearer not-a-real-key-0001").contains(&"not-a-real-key-0001")
        );
        assert!(parts("api_key=\"not-a-real-key-0001\"").contains(&"not-a-real-key-0001"));
        assert!(
            parts("AccountKey=bm90LWEta2V5LWF0LWFsbA==;").contains(&"bm90LWEta2V5LWF0LWFsbA==")
        );
        assert_eq!(parts("short"), ["short"]);
    }
}
