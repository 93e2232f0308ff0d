use picket_model::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an [`Indicator`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorKind {
    /// One address.
    Ip,
    /// A network, such as `198.51.100.0/24`.
    Cidr,
    /// A host name; its subdomains are meant too.
    Domain,
    /// A URL; longer URLs that begin with it are meant too.
    Url,
    /// A part of a user agent header, without regard to case.
    UserAgent,
}

/// What is known of an [`Indicator`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorLabel {
    /// An exit of the Tor network.
    Tor,
    /// Seen in attacks.
    Suspicious,
    /// Known to be used for attacks.
    Malicious,
}

impl IndicatorLabel {
    /// The name it is written as.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tor => "tor",
            Self::Suspicious => "suspicious",
            Self::Malicious => "malicious",
        }
    }
}

/// One piece of threat intelligence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// What it names.
    pub kind: IndicatorKind,
    /// The address, network, host, URL or part of a user agent.
    pub value: String,
    /// What is known of it.
    pub label: IndicatorLabel,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it stops to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub expires: Option<Time>,
}

/// An indicator that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("indicator {at} (`{value}`) is left out: {reason}")]
pub struct IndicatorError {
    /// Position in the list, from 1; the line number for [`Indicators::from_lines`].
    pub at: usize,
    /// The value, cut to 80 characters.
    pub value: String,
    /// Why.
    pub reason: String,
}
