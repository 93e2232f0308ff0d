use picket_model::{Severity, ThreatCategory};
use serde_json::json;

use super::Signal;
use crate::engine::{Context, Side, State};

/// Attempts to have the instructions revealed, and responses that reveal them.
pub(super) fn detect<'a>(context: &Context<'a>, _: &mut State, signals: &mut Vec<Signal<'a>>) {
    let asked = context
        .of(ThreatCategory::PromptExtraction)
        .filter(|seen| seen.side == Side::Prompt && !seen.in_content());
    let leaked =
        context.of(ThreatCategory::SystemPromptLeak).filter(|seen| seen.side == Side::Response);
    let mut seen: Vec<_> = leaked.copied().collect();
    let has_leaked = !seen.is_empty();
    seen.extend(asked);
    if seen.is_empty() {
        return;
    }
    let mut signal = Signal::new("AI.PromptLeak", context.actor.clone());
    signal.what = if has_leaked {
        "the response repeated them"
    } else if context.blocked() {
        "the request was blocked"
    } else {
        "no leak was seen in the response"
    }
    .to_owned();
    signal.severity = has_leaked.then_some(Severity::Medium);
    signal.facts.insert("leaked".to_owned(), json!(has_leaked));
    signal.seen = seen;
    signals.push(signal);
}
