use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{AssetId, GraphPath, Severity, named};

named! {
    /// What raises a risk above a rule's own severity.
    RiskFactor as "risk factor" {
        /// The internet reaches the asset.
        InternetExposure = "internet_exposure",
        /// The asset holds or reaches sensitive data.
        DataSensitivity = "data_sensitivity",
        /// From the asset, others can be taken over.
        LateralMovement = "lateral_movement",
        /// The asset is on an attack path.
        AttackPath = "attack_path",
        /// The asset has an open alert.
        ActiveThreat = "active_threat",
    }
}

named! {
    /// How an asset stands to a rule.
    RecommendationStatus as "recommendation status" {
        /// The rule holds.
        Healthy = "healthy",
        /// It does not.
        Unhealthy = "unhealthy",
        /// The rule does not apply.
        NotApplicable = "not_applicable",
        /// Somebody accepted it, with a reason.
        Exempt = "exempt",
    }
}

/// One rule's result for one asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Recommendation {
    /// Rule id, such as `bedrock.agent_without_guardrail`.
    pub rule: String,
    /// What should be so.
    pub title: String,
    /// The rule's own severity.
    pub severity: Severity,
    /// Severity in context.
    pub risk_level: Severity,
    /// What raised it.
    pub risk_factors: Vec<RiskFactor>,
    /// How the asset stands.
    pub status: RecommendationStatus,
    /// The asset.
    pub asset: AssetId,
    /// Its environment.
    pub environment: String,
    /// Why, for this asset.
    pub reason: String,
    /// What to do.
    pub remediation: String,
    /// Framework controls, such as `owasp_llm:LLM01`.
    pub frameworks: Vec<String>,
    /// Attack paths the asset is on.
    pub attack_paths: usize,
    /// Who takes care of it.
    pub owner: Option<String>,
    /// Until when.
    pub due: Option<DateTime<Utc>>,
}

/// ATT&CK and ATLAS ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Mitre {
    /// Tactics by name.
    pub tactics: Vec<String>,
    /// Techniques by id.
    pub techniques: Vec<String>,
}

/// What to do about an attack path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct PathRemediation {
    /// Steps of which each breaks the path.
    pub breaks: Vec<String>,
    /// Steps that lower the risk and leave the path.
    pub reduces: Vec<String>,
}

/// A way from an entry point to a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AttackPath {
    /// Stable: a digest of the rule and the path's nodes.
    pub id: String,
    /// Rule id.
    pub rule: String,
    /// What could happen.
    pub title: String,
    /// Severity in context.
    pub risk_level: Severity,
    /// Where it starts.
    pub entry: AssetId,
    /// Where it ends.
    pub target: AssetId,
    /// Nodes and relations in order; each relation's `reason` property says why it holds.
    pub path: GraphPath,
    /// Nodes that many paths go through.
    pub choke_points: Vec<AssetId>,
    /// ATT&CK and ATLAS.
    pub mitre: Mitre,
    /// What to do.
    pub remediation: PathRemediation,
}
