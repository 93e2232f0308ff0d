//! What the dashboard shows.

use picket_model::Provider;
use serde::Serialize;
use utoipa::ToSchema;

/// A number, and where to see what it counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Figure {
    /// The number.
    pub value: u64,
    /// Query whose rows it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Page of the web that lists them, with its filters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// A number with a name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedFigure {
    /// Machine-readable name: a severity, kind, tactic, template id.
    pub name: String,
    /// What to show.
    pub title: String,
    /// The number.
    pub figure: Figure,
}

/// What the dashboard shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Dashboard {
    /// The estate, its protection, what needs attention.
    pub overview: Overview,
    /// Alerts, recommendations and attack paths.
    pub top_issues: TopIssues,
    /// Data closer look.
    pub data: DataSection,
    /// AI closer look.
    pub ai: AiSection,
    /// Figures by day, as the store kept them.
    pub trends: Vec<Trend>,
}

/// The first section.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Overview {
    /// One entry for each provider with data or AI resources.
    pub estate: Vec<Estate>,
    /// How well environments are protected.
    pub protection: Protection,
    /// What should be looked at first.
    pub attention: Attention,
}

/// The data and AI resources of one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Estate {
    /// The provider.
    pub provider: Provider,
    /// Object stores and file shares.
    pub storage: Figure,
    /// Databases and tables that the provider runs.
    pub managed_databases: Figure,
    /// Workloads that run a database's image.
    pub hosted_databases: Figure,
    /// AI services, projects, deployments and agents.
    pub ai_services: Figure,
}

/// Environments by how well they are covered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Protection {
    /// Both plans and all supporting steps.
    pub full: Figure,
    /// Something is missing.
    pub partial: Figure,
    /// Both plans are off.
    pub none: Figure,
    /// Data and AI resources in environments where the plan is on, by plan.
    pub resources_by_plan: Vec<NamedFigure>,
    /// All data and AI resources.
    pub resources: Figure,
}

/// Data and AI resources that need somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Attention {
    /// With a recommendation of high or critical risk.
    pub recommendations: Figure,
    /// With an open alert.
    pub alerts: Figure,
    /// On an attack path.
    pub attack_paths: Figure,
}

/// The second section.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TopIssues {
    /// Open alerts by severity, worst first.
    pub alerts_by_severity: Vec<NamedFigure>,
    /// Open alerts by MITRE ATT&CK tactic, most first.
    pub alerts_by_tactic: Vec<NamedFigure>,
    /// Unhealthy recommendations by risk level, worst first.
    pub recommendations: Vec<NamedFigure>,
    /// Attack paths by risk level, worst first.
    pub attack_paths: Vec<NamedFigure>,
}

/// The third section.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DataSection {
    /// Resources by sensitive information type, most first.
    pub sensitive_types: Vec<NamedFigure>,
    /// Open alerts on data resources, by severity.
    pub alerts: Vec<NamedFigure>,
    /// Questions about data for the explorer.
    pub queries: Vec<NamedFigure>,
    /// Data resources that the internet reaches: `storage`, `managed_databases`, `hosted_databases`.
    pub internet_exposed: Vec<NamedFigure>,
}

/// The fourth section.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AiSection {
    /// AI resources by kind.
    pub resources: Vec<NamedFigure>,
    /// Prompts and responses inspected.
    pub prompts_scanned: Figure,
    /// Of those, how many were suspicious.
    pub prompts_flagged: Figure,
    /// Of those, how many were stopped.
    pub prompts_blocked: Figure,
    /// Open alerts on AI resources, by severity.
    pub alerts: Vec<NamedFigure>,
    /// Questions about AI for the explorer.
    pub queries: Vec<NamedFigure>,
    /// Exposed resources that answers are grounded on.
    pub exposed_grounding: GroundingFigures,
}

/// Resources used for grounding that the internet reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct GroundingFigures {
    /// Object stores and file shares.
    pub storage: Figure,
    /// Search services and vector indexes.
    pub search: Figure,
}

/// One figure on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Trend {
    /// Which figure.
    pub name: String,
    /// Day, as `2026-07-31`.
    pub day: String,
    /// Its value.
    pub value: i64,
}
