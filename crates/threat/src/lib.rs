//! Interactions over time → alerts → incidents.
//!
//! [`ThreatEngine::observe`] looks at one [`picket_model::Interaction`] after another and returns the alerts that are new
//! or have grown; [`Correlator::assign`] puts each alert into exactly one incident. Both are pure: no I/O, and no clock
//! but the interactions' own time, so that a replay of the same traffic gives the same alerts with the same ids.
//!
//! What an alert says stands in `rules/alerts/*.yaml` ([`Catalogue`]); what is known of bad addresses, hosts and user
//! agents comes as [`Indicators`]; what may be kept of a prompt is decided by [`evidence`](Redactor).

mod catalogue;
mod correlate;
mod detectors;
mod engine;
mod evidence;
mod formats;
mod ids;
mod indicators;
mod lru;
mod samples;
mod suppression;

pub use catalogue::{AlertType, Catalogue, CatalogueError, DefenderIds};
pub use correlate::{BlastLimits, CorrelationConfig, Correlator, MergeError, blast_radius};
pub use engine::{
    EngineSnapshot, Limits, RestoreError, ThreatConfig, ThreatEngine, Thresholds, TrafficSettings,
    Windows,
};
pub use evidence::{Redacted, Redactor, Withhold};
pub use formats::{Record, csv, ocsf, ocsf_incident, webhook};
pub use ids::fingerprint;
pub use indicators::{Indicator, IndicatorError, IndicatorKind, IndicatorLabel, Indicators};
pub use samples::sample_alerts;
pub use suppression::{
    Condition, Operator, Simulation, SuppressionError, SuppressionReason, SuppressionRule,
    SuppressionState, simulate,
};
