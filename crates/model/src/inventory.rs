use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Asset, Environment, Relation, named};

named! {
    /// Why something could not be read.
    DiagnosticStatus as "diagnostic status" {
        /// The provider refused.
        Denied = "denied",
        /// The provider kept refusing for load.
        Throttled = "throttled",
        /// The provider does not offer the call here.
        Unsupported = "unsupported",
        /// It could not be opened or reached.
        Unreadable = "unreadable",
        /// It is not what it should be.
        Malformed = "malformed",
        /// It is over a limit.
        TooLarge = "too_large",
    }
}

/// One thing that a scan could not read: it is named, counted, and the scan goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Diagnostic {
    /// Why.
    pub status: DiagnosticStatus,
    /// The file, or the call with its account and region.
    pub subject: String,
    /// What was wrong and what to do.
    pub message: String,
}

impl Diagnostic {
    /// A diagnostic about `subject`.
    #[must_use]
    pub fn new(
        status: DiagnosticStatus,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { status, subject: subject.into(), message: message.into() }
    }
}

/// What a source holds: the result of one discovery.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Inventory {
    /// Environments it belongs to, parents first.
    pub environments: Vec<Environment>,
    /// Assets, each id once.
    pub assets: Vec<Asset>,
    /// Relations; an end may be an asset of another source.
    pub relations: Vec<Relation>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// Receives how far a discovery has come; calls are cheap and may come from any thread.
pub trait Progress: Send + Sync {
    /// `done` of about `total` (0 when unknown) steps, now at `subject`.
    fn advance(&self, done: u64, total: u64, subject: &str);
}

impl Progress for () {
    fn advance(&self, _: u64, _: u64, _: &str) {}
}

named! {
    /// Where a scan stands.
    ScanState as "scan state" {
        /// Under way.
        Running = "running",
        /// All that was asked for was read.
        Succeeded = "succeeded",
        /// What could be read was kept.
        Partial = "partial",
        /// Nothing could be read.
        Failed = "failed",
        /// The process ended before the scan did.
        Interrupted = "interrupted",
    }
}

/// How much a scan found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScanCounts {
    /// Assets found.
    pub assets: u64,
    /// Relations found.
    pub relations: u64,
    /// Findings on those assets.
    pub findings: u64,
    /// Assets of this source not found any more.
    pub gone: u64,
    /// Things that could not be read.
    pub diagnostics: u64,
}

/// The record of one scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Scan {
    /// Sorts by time.
    #[schema(value_type = String)]
    pub id: uuid::Uuid,
    /// What was scanned, as given: a path, `aws`, `azure`, `terraform:FILE`.
    pub source: String,
    /// Where it stands.
    pub state: ScanState,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended.
    #[serde(default)]
    pub finished: Option<DateTime<Utc>>,
    /// How much it found.
    #[serde(default)]
    pub counts: ScanCounts,
    /// What could not be read; the first thousand.
    #[serde(default)]
    pub diagnostics: Vec<Diagnostic>,
    /// Why it failed, when it did.
    #[serde(default)]
    pub error: Option<String>,
}
