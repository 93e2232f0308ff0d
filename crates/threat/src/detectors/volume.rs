use std::collections::VecDeque;

use serde_json::json;

use super::Signal;
use crate::engine::{Context, State, Volume};

/// Steps of history kept for an asset: a day of steps of five minutes.
const HISTORY: usize = 288;
/// Times the asset's own busy hours.
const ABOVE_PEAK: u64 = 3;

/// Tokens of an asset within one step far above the median of its own history.
///
/// The median of steps with traffic is neither moved by the attack itself nor lowered by nights without traffic; the
/// busiest twentieth of the history raises the limit for assets that are used in bursts.
pub(super) fn detect<'a>(context: &Context<'a>, state: &mut State, signals: &mut Vec<Signal<'a>>) {
    let tokens = tokens(context);
    let length = i64::from(context.config.windows.volume.max(1));
    let step = context.now.timestamp().div_euclid(length) * length;
    let volume = state.volumes.touch(&context.asset, || Volume {
        step,
        tokens: 0,
        history: VecDeque::new(),
    });
    if step < volume.step {
        return;
    }
    if step > volume.step {
        let limit = limit(volume, context).unwrap_or(u64::MAX);
        if volume.tokens > 0 {
            // Capped, so that a long attack teaches little.
            volume.history.push_back(volume.tokens.min(limit));
        }
        while volume.history.len() > HISTORY {
            volume.history.pop_front();
        }
        volume.step = step;
        volume.tokens = 0;
    }
    let before = volume.tokens;
    volume.tokens = volume.tokens.saturating_add(tokens);
    let Some(limit) = limit(volume, context) else { return };
    if before > limit || volume.tokens <= limit {
        return;
    }
    let usual = quantile(volume.history.iter().copied(), 50);
    let mut signal = Signal::new("AI.DOWVolumeAnomaly", "volume");
    signal.what =
        format!("more than {limit} tokens within {} minutes, where {usual} are usual", length / 60);
    signal.facts.insert("tokens".to_owned(), json!(volume.tokens));
    signal.facts.insert("usual_tokens".to_owned(), json!(usual));
    signals.push(signal);
}

fn limit(volume: &Volume, context: &Context<'_>) -> Option<u64> {
    let thresholds = &context.config.thresholds;
    if volume.history.len() < thresholds.volume_warm_up.max(1) {
        return None;
    }
    let median = quantile(volume.history.iter().copied(), 50);
    let peak = quantile(volume.history.iter().copied(), 95);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "token counts of minutes are far below 2^52, and the factor is not negative"
    )]
    let scaled = (median as f64 * thresholds.volume_factor.max(1.0)) as u64;
    Some(thresholds.volume_floor.max(scaled).max(peak.saturating_mul(ABOVE_PEAK)))
}

/// The value that `percent` of all are below; zero where there are none.
fn quantile(values: impl Iterator<Item = u64>, percent: usize) -> u64 {
    let mut values: Vec<u64> = values.collect();
    let at = values.len() * percent / 100;
    if values.is_empty() { 0 } else { *values.select_nth_unstable(at).1 }
}

/// Tokens as the provider counts them, else about four bytes each.
fn tokens(context: &Context<'_>) -> u64 {
    let interaction = context.interaction;
    let counted = interaction.usage.input_tokens.saturating_add(interaction.usage.output_tokens);
    if counted > 0 {
        return counted;
    }
    let bytes: usize = interaction
        .messages
        .iter()
        .chain(&interaction.response)
        .map(|message| message.content.len())
        .chain(interaction.documents.iter().map(|document| document.content.len()))
        .sum();
    bytes as u64 / 4
}
