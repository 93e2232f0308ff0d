use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Asset, Entity, Intent, Relation, Severity, named};

named! {
    /// Where an incident stands.
    IncidentStatus as "incident status" {
        /// New.
        Active = "active",
        /// Somebody is on it.
        InProgress = "in_progress",
        /// Dealt with.
        Resolved = "resolved",
        /// Merged into another.
        Redirected = "redirected",
    }
}

/// One step of an incident's story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StoryStep {
    /// When.
    pub time: DateTime<Utc>,
    /// The attacker's aim at this step.
    pub intent: Intent,
    /// MITRE tactic by name.
    pub tactic: String,
    /// One sentence.
    pub summary: String,
    /// The alert it comes from.
    #[schema(value_type = String)]
    pub alert: uuid::Uuid,
}

/// What the attacked asset leads to in the graph.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct BlastRadius {
    /// Assets reachable, nearest first, without their properties' bulk.
    pub assets: Vec<Asset>,
    /// Relations among them.
    pub relations: Vec<Relation>,
    /// Of them, those that hold sensitive data.
    pub sensitive: usize,
    /// Whether the list was cut.
    pub truncated: bool,
}

/// Alerts that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Incident {
    /// Sorts by time.
    #[schema(value_type = String)]
    pub id: uuid::Uuid,
    /// What happened, in one line.
    pub display_name: String,
    /// What happened, in a paragraph.
    pub description: String,
    /// The worst of its alerts, raised when it spans several tactics.
    pub severity: Severity,
    /// Where it stands.
    pub status: IncidentStatus,
    /// Who takes care of it.
    pub assigned_to: Option<String>,
    /// `true_positive`, `false_positive`, `informational_expected_activity`.
    pub classification: Option<String>,
    /// Free words, such as `multi_staged_attack`.
    pub determination: Option<String>,
    /// First alert's start.
    pub created_date_time: DateTime<Utc>,
    /// Last change.
    pub last_update_date_time: DateTime<Utc>,
    /// The incident it was merged into.
    #[schema(value_type = Option<String>)]
    pub redirect_incident_id: Option<uuid::Uuid>,
    /// Labels.
    #[serde(default)]
    pub custom_tags: Vec<String>,
    /// Remarks, oldest first.
    #[serde(default)]
    pub comments: Vec<String>,
    /// Its alerts' ids, oldest first.
    #[schema(value_type = Vec<String>)]
    pub alerts: Vec<uuid::Uuid>,
    /// Everybody and everything in them.
    pub entities: Vec<Entity>,
    /// What happened, in order.
    pub story: Vec<StoryStep>,
    /// What the attacked assets lead to.
    pub blast_radius: BlastRadius,
}
