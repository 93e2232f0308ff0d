use picket_model::{Severity, ThreatCategory};
use serde_json::json;

use super::{Signal, by_confidence};
use crate::engine::{Context, State};

/// Attempts of the user to override the rules, as the shield or the provider's own filter says.
pub(super) fn detect<'a>(context: &Context<'a>, _: &mut State, signals: &mut Vec<Signal<'a>>) {
    let seen: Vec<_> = context
        .seen
        .iter()
        .filter(|seen| seen.side == crate::engine::Side::Prompt && !seen.in_content())
        .filter(|seen| match seen.detection.category {
            ThreatCategory::Jailbreak | ThreatCategory::PromptInjection => true,
            // An odd encoding alone may be data the user works on.
            ThreatCategory::EncodingEvasion => !seen.suspicious,
            _ => false,
        })
        .copied()
        .collect();
    let outcome = &context.interaction.outcome;
    let provider = outcome.provider_jailbreak == Some(true);
    if seen.is_empty() && !provider {
        return;
    }
    let refused_by_provider = provider && outcome.status == 400;
    let blocked = refused_by_provider || (context.blocked() && !seen.is_empty());
    let alert_type = if blocked { "AI.Jailbreak.Blocked" } else { "AI.Jailbreak.Detected" };
    let mut signal = Signal::new(alert_type, context.actor.clone());
    if !provider {
        signal.severity = by_confidence(Severity::Medium, &seen);
    }
    signal.facts.insert("provider_detected".to_owned(), json!(provider));
    signal.seen = seen;
    signals.push(signal);
}
