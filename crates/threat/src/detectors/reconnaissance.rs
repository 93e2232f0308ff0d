use std::collections::VecDeque;

use chrono::TimeDelta;
use picket_model::ThreatCategory;
use serde_json::json;

use super::Signal;
use crate::engine::{Context, Side, State};
use crate::ids;

/// A series of probing prompts by one user or session. A single one is a question.
pub(super) fn detect<'a>(context: &Context<'a>, state: &mut State, signals: &mut Vec<Signal<'a>>) {
    let seen: Vec<_> = context
        .seen
        .iter()
        .filter(|seen| seen.side == Side::Prompt && !seen.in_content())
        .filter(|seen| {
            seen.is(ThreatCategory::Reconnaissance) || seen.is(ThreatCategory::PromptExtraction)
        })
        .copied()
        .collect();
    if seen.is_empty() {
        return;
    }
    let needed = context.config.thresholds.reconnaissance.max(1) as usize;
    let window = TimeDelta::seconds(context.config.windows.reconnaissance.into());
    let probes = state.probes.touch(&ids::key(&[&context.asset, &context.actor]), VecDeque::new);
    probes.push_back(context.now);
    while probes.front().is_some_and(|at| context.now - *at > window) || probes.len() > 1_000 {
        probes.pop_front();
    }
    if probes.len() < needed {
        return;
    }
    let mut signal = Signal::new("AI.LLMReconnaissance", context.actor.clone());
    signal.what = format!("{} within {} minutes", probes.len(), window.num_minutes());
    signal.facts.insert("probing_prompts".to_owned(), json!(probes.len()));
    signal.seen = seen;
    signals.push(signal);
}
