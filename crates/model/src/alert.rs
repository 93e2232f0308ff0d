use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{AssetId, Channel, Properties, Severity, ThreatCategory, named};

named! {
    /// Where an alert stands.
    AlertStatus as "alert status" {
        /// New.
        Active = "active",
        /// Somebody is on it.
        InProgress = "in_progress",
        /// Dealt with.
        Resolved = "resolved",
        /// Not a threat, or suppressed.
        Dismissed = "dismissed",
    }
}

named! {
    /// The attacker's aim, in the words of the alert schema of Microsoft.Security/alerts, in kill-chain order.
    Intent as "intent" {
        /// Not known.
        Unknown = "unknown",
        /// Preparing: reconnaissance.
        PreAttack = "pre_attack",
        /// Probing.
        Probing = "probing",
        /// Getting in.
        InitialAccess = "initial_access",
        /// Running.
        Execution = "execution",
        /// Staying.
        Persistence = "persistence",
        /// Gaining rights.
        PrivilegeEscalation = "privilege_escalation",
        /// Hiding, overriding controls.
        DefenseEvasion = "defense_evasion",
        /// Taking credentials.
        CredentialAccess = "credential_access",
        /// Looking around.
        Discovery = "discovery",
        /// Moving on.
        LateralMovement = "lateral_movement",
        /// Gathering.
        Collection = "collection",
        /// Talking home.
        CommandAndControl = "command_and_control",
        /// Taking out.
        Exfiltration = "exfiltration",
        /// Harming.
        Impact = "impact",
        /// Using a weakness.
        Exploitation = "exploitation",
    }
}

named! {
    /// What sort of thing an [`Entity`] is.
    EntityKind as "entity kind" {
        /// End user.
        User = "user",
        /// Source address.
        Ip = "ip",
        /// Application.
        Application = "application",
        /// Asset of the graph.
        Asset = "asset",
        /// URL.
        Url = "url",
        /// Conversation.
        Session = "session",
        /// User agent.
        UserAgent = "user_agent",
        /// Credential, by fingerprint.
        Credential = "credential",
        /// Document or other source of injected text, by fingerprint.
        Document = "document",
        /// Tool.
        Tool = "tool",
    }
}

/// Somebody or something an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Entity {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: EntityKind,
    /// Its id or value; a secret only by fingerprint.
    pub value: String,
}

/// The resource an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResourceIdentifier {
    /// `AzureResource`, `AwsResource`, `GcpResource`, `Asset`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Asset id.
    pub id: AssetId,
}

/// A suspicious segment of a prompt or response: masked, bounded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// Where it stood.
    pub channel: Channel,
    /// What was seen in it.
    pub category: ThreatCategory,
    /// The rule that saw it.
    pub rule: String,
    /// The masked segment; `None` where the extension *suspicious prompt evidence* is off.
    pub segment: Option<String>,
    /// Start and end byte of the suspicious part within `segment`.
    #[schema(value_type = Option<Vec<u64>>)]
    pub highlight: Option<[usize; 2]>,
    /// What was masked and why, such as `aws_secret_access_key`.
    pub masked: Vec<String>,
}

/// Something that happened and should be looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Alert {
    /// Sorts by time.
    #[schema(value_type = String)]
    pub id: uuid::Uuid,
    /// Detector id, such as `AI.Jailbreak.Blocked`; Azure assets have Defender's own id.
    pub alert_type: String,
    /// Defender's id for the same, where there is one.
    pub defender_alert_type: Option<String>,
    /// Display name.
    pub alert_display_name: String,
    /// The sentence that says what was seen.
    pub description: String,
    /// How bad.
    pub severity: Severity,
    /// Where it stands.
    pub status: AlertStatus,
    /// The attacker's aim.
    pub intent: Intent,
    /// MITRE ATT&CK tactics by name.
    pub tactics: Vec<String>,
    /// MITRE ATT&CK techniques by id.
    pub techniques: Vec<String>,
    /// MITRE ATLAS ids.
    pub atlas: Vec<String>,
    /// OWASP LLM Top 10 and Agentic ids.
    pub owasp: Vec<String>,
    /// First event.
    pub start_time_utc: DateTime<Utc>,
    /// Last event.
    pub end_time_utc: DateTime<Utc>,
    /// When the alert was made.
    pub time_generated_utc: DateTime<Utc>,
    /// Who and what it is about.
    pub entities: Vec<Entity>,
    /// The attacked resource.
    pub resource_identifiers: Vec<ResourceIdentifier>,
    /// Environment of that resource.
    pub environment: Option<String>,
    /// Display name of the attacked resource or application.
    pub compromised_entity: Option<String>,
    /// Facts such as counts, model, upstream, interaction ids.
    #[schema(value_type = Object)]
    pub extended_properties: Properties,
    /// What to do.
    pub remediation_steps: Vec<String>,
    /// Alerts with the same key are related.
    pub correlation_key: String,
    /// The incident it belongs to.
    #[schema(value_type = Option<String>)]
    pub incident_id: Option<uuid::Uuid>,
    /// Suspicious segments.
    pub evidence: Vec<Evidence>,
    /// Events folded into it.
    pub count: u64,
    /// Whether it was made by *sample alerts*.
    #[serde(default)]
    pub is_sample: bool,
    /// Always `Picket`.
    pub vendor_name: String,
    /// Always `Picket AI threat protection`.
    pub product_name: String,
    /// Schema version of this shape.
    pub version: String,
    /// Who takes care of it.
    #[serde(default)]
    pub assigned_to: Option<String>,
}
