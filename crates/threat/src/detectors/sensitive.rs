use picket_model::{Severity, ThreatCategory};
use serde_json::json;

use super::{Signal, information_type, list};
use crate::engine::{Context, Side, State};

/// Sensitive data in responses, and credentials that users put into prompts. What the user wrote and gets back is no
/// exposure.
pub(super) fn detect<'a>(context: &Context<'a>, _: &mut State, signals: &mut Vec<Signal<'a>>) {
    if !context.settings.data_security {
        return;
    }
    let harmless = &context.config.thresholds.harmless_types;
    let answered = context
        .of(ThreatCategory::SensitiveData)
        .filter(|seen| seen.side == Side::Response)
        .filter(|seen| {
            !harmless.iter().any(|harmless| harmless == information_type(&seen.detection.rule))
        })
        .filter(|seen| !seen.snippet().is_some_and(|text| context.user_wrote(text)));
    let given = context
        .of(ThreatCategory::CredentialExposure)
        .filter(|seen| seen.side == Side::Prompt && !seen.in_content());
    let mut seen: Vec<_> = answered.copied().collect();
    let exposed = !seen.is_empty();
    seen.extend(given);
    if seen.is_empty() {
        return;
    }
    let mut signal = Signal::new("AI.SensitiveDataExposure", context.actor.clone());
    signal.what = list(seen.iter().map(|seen| information_type(&seen.detection.rule)));
    signal.severity = (!exposed).then_some(Severity::Low);
    let direction = if exposed { "response" } else { "prompt" };
    signal.facts.insert("direction".to_owned(), json!(direction));
    signal.seen = seen;
    signals.push(signal);
}
