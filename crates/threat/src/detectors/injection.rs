use picket_model::{Channel, Severity, ThreatCategory};
use rustc_hash::FxHashMap;

use super::{Signal, by_confidence};
use crate::engine::{Context, Seen, State};
use crate::ids;

/// Documents of one interaction that are looked at.
const MOST: usize = 20;

/// Instructions in content, hidden text, and content that is bad wherever it turns up.
pub(super) fn detect<'a>(context: &Context<'a>, state: &mut State, signals: &mut Vec<Signal<'a>>) {
    hidden_text(context, signals);
    let mut order = Vec::new();
    let mut by_document: FxHashMap<String, Vec<Seen<'a>>> = FxHashMap::default();
    for seen in context.seen.iter().filter(|seen| seen.in_content()) {
        let Some(text) = seen.text else { continue };
        let document = ids::fingerprint(text);
        if !by_document.contains_key(&document) {
            order.push(document.clone());
        }
        by_document.entry(document).or_default().push(*seen);
    }
    for document in order.into_iter().take(MOST) {
        let seen = by_document.remove(&document).unwrap_or_default();
        indirect(context, &document, &seen, signals);
        poisoned(context, state, &document, &seen, signals);
    }
}

fn indirect<'a>(
    context: &Context<'a>,
    document: &str,
    seen: &[Seen<'a>],
    signals: &mut Vec<Signal<'a>>,
) {
    let seen: Vec<_> = seen
        .iter()
        .filter(|seen| {
            matches!(
                seen.detection.category,
                ThreatCategory::PromptInjection
                    | ThreatCategory::Jailbreak
                    | ThreatCategory::PromptExtraction
                    | ThreatCategory::ToolAbuse
            )
        })
        .copied()
        .collect();
    if seen.is_empty() {
        return;
    }
    let (alert_type, severity) = if context.blocked() {
        ("AI.PromptInjection.Indirect.Blocked", Severity::Medium)
    } else {
        ("AI.PromptInjection.Indirect", Severity::High)
    };
    let mut signal = Signal::new(alert_type, document);
    signal.severity = by_confidence(severity, &seen);
    signal.entities = context.documents(&seen.iter().collect::<Vec<_>>());
    signal.seen = seen;
    signals.push(signal);
}

fn hidden_text<'a>(context: &Context<'a>, signals: &mut Vec<Signal<'a>>) {
    let seen: Vec<_> = context.of(ThreatCategory::HiddenText).copied().collect();
    let Some(first) = seen.first() else { return };
    let documents = context.documents(&seen.iter().collect::<Vec<_>>());
    let subject = match documents.first() {
        Some(document) if first.in_content() => document.value.clone(),
        _ => context.actor.clone(),
    };
    let mut signal = Signal::new("AI.ASCIISmuggling", subject);
    signal.severity = by_confidence(Severity::High, &seen);
    signal.entities = documents;
    signal.seen = seen;
    signals.push(signal);
}

/// Content the shield calls poisoned, or bad content that several users, sessions or calls met: then it does not come
/// from one of them but stands in the data.
fn poisoned<'a>(
    context: &Context<'a>,
    state: &mut State,
    document: &str,
    seen: &[Seen<'a>],
    signals: &mut Vec<Signal<'a>>,
) {
    let named: Vec<_> =
        seen.iter().filter(|seen| seen.is(ThreatCategory::DataPoisoning)).copied().collect();
    let bad = seen.iter().any(|seen| {
        matches!(
            seen.detection.category,
            ThreatCategory::PromptInjection
                | ThreatCategory::Jailbreak
                | ThreatCategory::HiddenText
        )
    });
    if named.is_empty() && !bad {
        return;
    }
    let needed = context.config.thresholds.poisoned_document.max(1);
    let user = &context.interaction.user;
    let who = match (&user.end_user_id, &user.session_id) {
        (Some(user), _) => ids::key(&["user", user]),
        (_, Some(session)) => ids::key(&["session", session]),
        _ => context.interaction.id.to_string(),
    };
    let met = state.documents.touch(&ids::key(&[&context.asset, document]), Vec::new);
    if met.len() < needed && !met.contains(&who) {
        met.push(who);
    }
    if named.is_empty() && met.len() < needed {
        return;
    }
    let mut signal = Signal::new("AI.DataPoisoning", document);
    let place = match seen.first().map(|seen| seen.detection.channel) {
        Some(Channel::Tool) => "tool result",
        _ => "document",
    };
    signal.what = if met.len() >= needed && needed > 1 {
        format!("the same {place} was met by {needed} or more users, sessions or calls")
    } else {
        format!("a {place} carries records made to mislead")
    };
    signal.seen = if named.is_empty() { seen.to_vec() } else { named };
    signal.severity = by_confidence(Severity::High, &signal.seen);
    signal.entities = context.documents(&signal.seen.iter().collect::<Vec<_>>());
    signals.push(signal);
}
