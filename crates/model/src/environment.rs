use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Provider, named};

named! {
    /// What level of the organisation an [`Environment`] is.
    EnvironmentKind as "environment kind" {
        /// Azure tenant or AWS organisation.
        Organisation = "organisation",
        /// Management group, organisational unit or folder.
        Group = "group",
        /// Azure subscription.
        Subscription = "subscription",
        /// AWS account.
        Account = "account",
        /// GCP project.
        Project = "project",
        /// Kubernetes cluster.
        Cluster = "cluster",
        /// Code repository or folder.
        Repository = "repository",
    }
}

/// A connected place that assets live in; environments form a tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Environment {
    /// Subscription id, account id, `repo://name`.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Level.
    pub kind: EnvironmentKind,
    /// Platform.
    pub provider: Provider,
    /// The level above, where there is one; plans are inherited from it.
    #[serde(default)]
    pub parent: Option<String>,
    /// Last finished scan.
    #[serde(default)]
    pub last_scanned: Option<DateTime<Utc>>,
}

named! {
    /// A set of protections that is switched on per environment and inherited downwards.
    Plan as "plan" {
        /// Posture: recommendations, attack paths, sensitive data discovery.
        Cspm = "cspm",
        /// Threat protection for AI workloads.
        AiWorkloads = "ai-workloads",
    }
}

named! {
    /// An option of a [`Plan`].
    Extension as "extension" {
        /// `ai-workloads`: keep short, redacted snippets of suspicious prompts with alerts.
        SuspiciousPromptEvidence = "suspicious-prompt-evidence",
        /// `ai-workloads`: classify prompts and responses for sensitive data.
        DataSecurityForAiInteractions = "data-security-for-ai-interactions",
        /// `cspm`: look for sensitive information in data stores and files.
        SensitiveDataDiscovery = "sensitive-data-discovery",
    }
}

impl Plan {
    /// The options it has.
    #[must_use]
    pub const fn extensions(self) -> &'static [Extension] {
        match self {
            Self::Cspm => &[Extension::SensitiveDataDiscovery],
            Self::AiWorkloads => {
                &[Extension::SuspiciousPromptEvidence, Extension::DataSecurityForAiInteractions]
            }
        }
    }
}

named! {
    /// Whether a plan covers an environment.
    PlanState as "plan state" {
        /// Off, or not set anywhere above.
        Off = "off",
        /// On.
        On = "on",
    }
}

/// One plan as it stands for an environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanSetting {
    /// Which plan.
    pub plan: Plan,
    /// On or off, after inheritance.
    pub state: PlanState,
    /// Environment that the state comes from, when it is not this one.
    #[serde(default)]
    pub inherited_from: Option<String>,
    /// The options and whether each is on.
    #[schema(value_type = Object)]
    pub extensions: std::collections::BTreeMap<Extension, bool>,
}

/// What protects an environment and what is missing for full coverage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Coverage {
    /// Environment id.
    pub environment: String,
    /// `full`, `partial` or `none`.
    pub level: String,
    /// Plans as they stand.
    pub plans: Vec<PlanSetting>,
    /// Supporting steps, done or not.
    pub steps: Vec<CoverageStep>,
}

/// One supporting step towards full coverage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CoverageStep {
    /// Stable id, such as `sensitive_data_discovery`.
    pub id: String,
    /// What it is.
    pub title: String,
    /// Whether it is done.
    pub done: bool,
    /// What to do, when it is not.
    pub action: String,
}
