//! The stateful part: one interaction after another in, new and grown alerts out.

mod config;
mod context;
mod fold;
mod state;

pub use config::{Limits, ThreatConfig, Thresholds, TrafficSettings, Windows};
pub(crate) use context::{Context, Seen, Side, label, name};
pub(crate) use fold::{fold, interaction_ids, values};
pub(crate) use state::{AccessHistory, Leak, Repeats, State, Volume};

use chrono::TimeDelta;
use picket_model::{Alert, Interaction};
use serde::{Deserialize, Serialize};

use crate::detectors::{self, Signal};
use crate::ids;

/// What the engine remembers, in a form to be stored: no prompt text, credentials by fingerprint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EngineSnapshot {
    version: u32,
    state: State,
}

/// Format of [`EngineSnapshot`].
const VERSION: u32 = 1;

/// A snapshot of another format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the stored state of threat detection has format {found}, this version reads {VERSION}; baselines start anew"
)]
pub struct RestoreError {
    found: u32,
}

/// Looks at interactions one after another and says what is new.
#[derive(Debug)]
pub struct ThreatEngine {
    config: ThreatConfig,
    state: State,
}

impl ThreatEngine {
    /// An engine without a past.
    #[must_use]
    pub fn new(config: ThreatConfig) -> Self {
        let state = State::new(&config.limits);
        Self { config, state }
    }

    /// An engine that goes on where a [`ThreatEngine::snapshot`] was taken.
    ///
    /// # Errors
    /// When the snapshot has another format.
    pub fn restore(config: ThreatConfig, snapshot: EngineSnapshot) -> Result<Self, RestoreError> {
        if snapshot.version != VERSION {
            return Err(RestoreError { found: snapshot.version });
        }
        let mut state = snapshot.state;
        state.limit(&config.limits);
        Ok(Self { config, state })
    }

    /// What it remembers now.
    #[must_use]
    pub fn snapshot(&self) -> EngineSnapshot {
        EngineSnapshot { version: VERSION, state: self.state.clone() }
    }

    /// Changes windows, thresholds, limits, indicators or redactor; what is remembered stays.
    pub fn configure(&mut self, config: ThreatConfig) {
        self.state.limit(&config.limits);
        self.config = config;
    }

    /// Looks at one interaction. Returns the alerts it makes and those it makes grow (same `id`, higher `count`, later
    /// `end_time_utc`), in the order in which they are to be told. A grown alert's `status`, `incident_id`
    /// and `assigned_to` are those of a new one, so whoever stores it keeps the stored values.
    pub fn observe(&mut self, interaction: &Interaction, settings: &TrafficSettings) -> Vec<Alert> {
        if !settings.plan_on {
            return Vec::new();
        }
        let mut context = Context::new(interaction, settings, &self.config);
        forget_history(&mut context, &mut self.state);
        let mut signals: Vec<Signal<'_>> = Vec::new();
        for detector in detectors::ALL {
            detector(&context, &mut self.state, &mut signals);
        }
        (0_u8..=u8::MAX)
            .zip(signals)
            .filter_map(|(order, signal)| fold(&context, &mut self.state.open, order, signal))
            .collect()
    }

    /// Lets an alert grow no more, because somebody closed it: the next such event makes a new one.
    pub fn close(&mut self, alert: uuid::Uuid) {
        self.state.open.retain(|_, open| open.id != alert);
    }
}

/// Drops detections in messages that were judged when they were sent: clients send the whole conversation again with
/// each turn. A conversation that was made up has not been judged and so is.
fn forget_history(context: &mut Context<'_>, state: &mut State) {
    if context.seen.is_empty() {
        return;
    }
    let messages = &context.interaction.messages;
    let newest = messages.iter().rposition(|message| message.role == "assistant").unwrap_or(0);
    let window = TimeDelta::seconds(context.config.windows.history.into());
    let (now, blocked) = (context.now, context.blocked());
    let mut judged = Vec::new();
    let seen = std::mem::take(&mut context.seen);
    context.seen = seen
        .into_iter()
        .filter(|seen| {
            let (Side::Prompt, Some(text)) = (seen.side, seen.text) else { return true };
            let key = ids::key(&[&context.actor, text]);
            let in_history = seen.detection.channel != picket_model::Channel::Document
                && seen.detection.message < newest;
            let known = state.judged.get(&key).is_some_and(|at| now - *at <= window);
            judged.push(key);
            blocked || !in_history || !known
        })
        .collect();
    for key in judged {
        state.judged.insert(key, now);
    }
}
