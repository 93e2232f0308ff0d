use chrono::TimeDelta;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Signal;
use crate::engine::{Context, Repeats, State};
use crate::ids;

/// Once an alert is made, it grows with every so many further requests.
const STEP: u32 = 10;

/// The same request again and again, by one user on one asset.
pub(super) fn detect<'a>(context: &Context<'a>, state: &mut State, signals: &mut Vec<Signal<'a>>) {
    let interaction = context.interaction;
    if interaction.messages.is_empty() {
        return;
    }
    let mut hasher = Sha256::new();
    for message in &interaction.messages {
        hasher.update(message.role.as_bytes());
        hasher.update([0]);
        hasher.update(message.content.as_bytes());
        hasher.update([0]);
    }
    for document in &interaction.documents {
        hasher.update(document.content.as_bytes());
        hasher.update([0]);
    }
    let content = hex::encode(&hasher.finalize()[..8]);
    let window = TimeDelta::seconds(context.config.windows.duplicates.into());
    let key = ids::key(&[&context.asset, &context.actor, &content]);
    let now = context.now;
    let repeats = state.requests.touch(&key, || Repeats { since: now, count: 0 });
    if now - repeats.since > window {
        *repeats = Repeats { since: now, count: 0 };
    }
    repeats.count += 1;
    let needed = context.config.thresholds.duplicates.max(2);
    if repeats.count < needed || !(repeats.count - needed).is_multiple_of(STEP) {
        return;
    }
    let mut signal = Signal::new("AI.DOWDuplicateRequests", context.actor.clone());
    signal.what = format!("{} times within {} minutes", repeats.count, window.num_minutes());
    signal.facts.insert("requests".to_owned(), json!(repeats.count));
    signals.push(signal);
}
