use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Severity, named};

named! {
    /// What sort of fact a [`Finding`] states.
    FindingKind as "finding kind" {
        /// The internet can reach it.
        ExposedToInternet = "exposed_to_internet",
        /// Anyone may read or call it without credentials.
        PublicAccess = "public_access",
        /// It holds sensitive information types.
        SensitiveData = "sensitive_data",
        /// It carries known vulnerabilities.
        Vulnerability = "vulnerability",
        /// It carries code or data made to harm.
        MaliciousContent = "malicious_content",
        /// It carries something that may execute or mislead.
        UnsafeContent = "unsafe_content",
        /// It carries a secret in clear.
        Secret = "secret",
        /// What model is deployed and how.
        ModelMetadata = "model_metadata",
        /// A setting is weaker than it should be.
        Misconfiguration = "misconfiguration",
        /// An agent can do more than is safe.
        AgentRisk = "agent_risk",
    }
}

/// A fact about one asset, with evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// Stable within its asset: kind and a discriminator, such as `secret:OPENAI_API_KEY`.
    pub id: String,
    /// What sort of fact.
    pub kind: FindingKind,
    /// How bad it is by itself.
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// What was seen and why it matters.
    pub detail: String,
    /// Where and what, redacted: file, line, info types and counts, setting and value.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub evidence: serde_json::Value,
    /// First time it was seen.
    pub first_seen: DateTime<Utc>,
}

impl Finding {
    /// A finding seen now whose id is its kind and `discriminator`.
    #[must_use]
    pub fn new(
        kind: FindingKind,
        discriminator: &str,
        severity: Severity,
        title: impl Into<String>,
        detail: impl Into<String>,
        evidence: serde_json::Value,
    ) -> Self {
        Self {
            id: format!("{kind}:{discriminator}"),
            kind,
            severity,
            title: title.into(),
            detail: detail.into(),
            evidence,
            first_seen: chrono::Utc::now(),
        }
    }
}
