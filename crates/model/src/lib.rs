//! Picket's vocabulary: what the estate is made of ([`Asset`], [`Relation`], [`Finding`]), what passes through it
//! ([`Interaction`], [`Verdict`]) and what is concluded ([`Recommendation`], [`AttackPath`], [`Alert`], [`Incident`]).
//!
//! One word for one thing. The JSON these types serialise to is the JSON of the command line and of the HTTP API.
//! The crate does no I/O and knows nothing of providers' APIs.

mod alert;
mod asset;
mod environment;
mod finding;
mod history;
mod incident;
mod interaction;
mod inventory;
mod kind;
mod posture;
mod query;
mod severity;
mod verdict;

pub use alert::{Alert, AlertStatus, Entity, EntityKind, Evidence, Intent, ResourceIdentifier};
pub use asset::{Asset, AssetId, Occurrence, Provider, Relation, Standing};
pub use environment::{
    Coverage, CoverageStep, Environment, EnvironmentKind, Extension, Plan, PlanSetting, PlanState,
};
pub use finding::{Finding, FindingKind};
pub use history::{AssetChange, ChangeKind, FieldChange};
pub use incident::{BlastRadius, Incident, IncidentStatus, StoryStep};
pub use interaction::{
    Authentication, Decision, Document, Interaction, InteractionId, Message, Outcome, ToolCall,
    Usage, UserContext,
};
pub use inventory::{
    Diagnostic, DiagnosticStatus, Inventory, Progress, Scan, ScanCounts, ScanState,
};
pub use kind::{AssetKind, Category, RelationKind};
pub use posture::{
    AttackPath, Mitre, PathRemediation, Recommendation, RecommendationStatus, RiskFactor,
};
pub use query::{GraphNode, GraphPath, GraphRelation, QueryResult, QueryStats};
pub use severity::Severity;
pub use verdict::{Channel, Detection, ThreatCategory, ToolPlace, Verdict, VerdictLevel};

/// The moment something happened, always UTC; RFC 3339 in JSON.
pub type Time = chrono::DateTime<chrono::Utc>;

/// Open JSON properties of an asset or relation, in the order they were set.
pub type Properties = serde_json::Map<String, serde_json::Value>;

/// A value that is written as its name, and read back from it.
// The name is a `tt`: a `literal` reaches derives wrapped in a group, in which utoipa does not see it.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident as $case:literal { $($(#[$vdoc:meta])* $variant:ident = $text:tt),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name it is written as.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|value| value.as_str().eq_ignore_ascii_case(text))
                    .ok_or_else(|| $crate::UnknownName {
                        what: $case,
                        given: text.to_owned(),
                        known: Self::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>().join(", "),
                    })
            }
        }
    };
}
pub(crate) use named;

/// A name that is none of the known ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a known {what}; known are: {known}")]
pub struct UnknownName {
    what: &'static str,
    given: String,
    known: String,
}
