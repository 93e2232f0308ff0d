use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::evidence::{Redactor, Withhold};
use crate::indicators::Indicators;

/// How far back each detector looks, seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Windows {
    /// An event this long after the last one of an alert still grows that alert.
    pub fold: u32,
    /// An alert does not grow beyond this age; a new one is made.
    pub fold_at_most: u32,
    /// Probing prompts of one user or session are counted together.
    pub reconnaissance: u32,
    /// Equal requests are counted together.
    pub duplicates: u32,
    /// One step of the token history.
    pub volume: u32,
    /// A leaked credential is remembered.
    pub leaked_credential: u32,
    /// A message that was judged once is not judged again when it comes back as conversation history.
    pub history: u32,
}

impl Default for Windows {
    fn default() -> Self {
        const HOUR: u32 = 3_600;
        Self {
            fold: HOUR,
            fold_at_most: 24 * HOUR,
            reconnaissance: HOUR / 2,
            duplicates: HOUR / 6,
            volume: HOUR / 12,
            leaked_credential: 30 * 24 * HOUR,
            history: 24 * HOUR,
        }
    }
}

/// From where on something counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// Whether a *suspicious* verdict makes an alert too, one step less severe; a *malicious* one always does.
    pub alert_on_suspicious: bool,
    /// Probing prompts within the window.
    pub reconnaissance: u32,
    /// Equal requests within the window.
    pub duplicates: u32,
    /// Steps with traffic before the volume detector speaks.
    pub volume_warm_up: usize,
    /// Times the median of the history.
    pub volume_factor: f64,
    /// Tokens within one step below which volume is never unusual.
    pub volume_floor: u64,
    /// Calls of an asset before its access pattern is known.
    pub access_warm_up: u64,
    /// Different users, sessions or calls that meet the same bad document before it counts as poisoned data.
    pub poisoned_document: usize,
    /// Information types that are no exposure by themselves.
    pub harmless_types: Vec<String>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            alert_on_suspicious: true,
            reconnaissance: 3,
            duplicates: 50,
            volume_warm_up: 24,
            volume_factor: 8.0,
            volume_floor: 100_000,
            access_warm_up: 200,
            poisoned_document: 2,
            harmless_types: ["email", "phone", "ip_address", "url"].map(str::to_owned).to_vec(),
        }
    }
}

/// How much is remembered; what was not seen for longest is forgotten first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Alerts that can still grow.
    pub open_alerts: usize,
    /// Users, sessions, requests, documents and messages, each.
    pub actors: usize,
    /// Assets with a history.
    pub assets: usize,
    /// Credentials, used and leaked, each.
    pub credentials: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { open_alerts: 10_000, actors: 50_000, assets: 5_000, credentials: 20_000 }
    }
}

/// What the engine is made with.
#[derive(Debug, Clone)]
pub struct ThreatConfig {
    /// How far back it looks.
    pub windows: Windows,
    /// From where on something counts.
    pub thresholds: Thresholds,
    /// How much it remembers.
    pub limits: Limits,
    /// Threat intelligence.
    pub indicators: Arc<Indicators>,
    /// Masks what evidence shows.
    pub redactor: Arc<dyn Redactor>,
}

impl Default for ThreatConfig {
    /// Default windows, the embedded indicators, and a redactor that shows nothing.
    fn default() -> Self {
        Self {
            windows: Windows::default(),
            thresholds: Thresholds::default(),
            limits: Limits::default(),
            indicators: Arc::new(Indicators::embedded().clone()),
            redactor: Arc::new(Withhold),
        }
    }
}

/// What is switched on for the environment an interaction belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficSettings {
    /// Plan `ai-workloads`: without it nothing is looked at or learnt.
    pub plan_on: bool,
    /// Extension *suspicious prompt evidence*: alerts carry masked segments.
    pub evidence: bool,
    /// Extension *data security for AI interactions*: sensitive data in traffic makes alerts.
    pub data_security: bool,
}
