use picket_model::{Channel, Severity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::external::OnnxConfig;
use crate::thresholds::Thresholds;

/// How readily the shield speaks up.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Sensitivity {
    /// About 0.3 % of ordinary prompts are flagged.
    Low,
    /// At most 1 %; personas and other applications' instructions are flagged more often.
    #[default]
    Medium,
    /// About 3 %.
    High,
}

impl Sensitivity {
    /// The least score a signature must have to be reported.
    pub(crate) fn signature_threshold(self) -> f32 {
        match self {
            Self::Low => 0.75,
            Self::Medium => 0.5,
            Self::High => 0.3,
        }
    }
}

/// Texts that are known to be fine. All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Allow {
    /// A rule's id, or its area with `.*`; every rule where none is given.
    pub rule: Option<String>,
    /// An expression that the flagged part must match; any part where none is given.
    pub pattern: Option<String>,
    /// Only in this channel.
    pub channel: Option<Channel>,
    /// Only for this application: as `user_security_context` names it, else the gateway's upstream.
    pub application: Option<String>,
}

/// Links known to be bad, from threat intelligence, and names that others like to imitate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LinkIndicators {
    /// Domains; their subdomains count.
    pub domains: Vec<String>,
    /// URLs; what begins with one counts.
    pub urls: Vec<String>,
    /// Domains of one's own and of those one deals with: hosts that resemble one without being it are deceptive.
    pub brands: Vec<String>,
}

/// What the shield looks for, and how strictly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ShieldConfig {
    /// How readily it speaks up.
    pub sensitivity: Sensitivity,
    /// Least score by category, channel and sensitivity, above what `sensitivity` asks for.
    #[schema(value_type = Object)]
    pub thresholds: Thresholds,
    /// What is known to be fine.
    pub allow: Vec<Allow>,
    /// Links known to be bad.
    pub links: LinkIndicators,
    /// Whether sensitive information types are reported (`sensitive_data`); credentials always are.
    pub data_security: bool,
    /// Least severity of a sensitive information type that is reported.
    pub sensitive_severity: Severity,
    /// Whether responses are compared with the system prompt.
    pub system_prompt_leak: bool,
    /// Canary tokens in instructions: words of at least 8 letters and digits that stand nowhere else.
    pub canaries: Vec<String>,
    /// Whether turns of a conversation are judged together (`jailbreak.multi_turn`).
    pub multi_turn: bool,
    /// Whether declarations and calls of tools are judged (`tool_abuse`).
    pub tools: bool,
    /// Whether the classifier is asked, beside signatures.
    pub classifier: bool,
    /// A classifier of one's own; who makes the shield loads it and gives it by `Shield::with_classifier`.
    pub onnx: OnnxConfig,
}

impl Default for ShieldConfig {
    fn default() -> Self {
        Self {
            sensitivity: Sensitivity::Medium,
            thresholds: Thresholds::default(),
            allow: Vec::new(),
            links: LinkIndicators::default(),
            data_security: true,
            sensitive_severity: Severity::Medium,
            system_prompt_leak: true,
            canaries: Vec::new(),
            multi_turn: true,
            tools: true,
            classifier: true,
            onnx: OnnxConfig::default(),
        }
    }
}

/// A configuration or model that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ShieldError {
    /// A rule file that is not YAML or not of the rules' shape.
    #[error("rule file `{file}` cannot be read: {source}")]
    Rules {
        /// File name.
        file: String,
        /// What the parser says.
        source: Box<serde_saphyr::Error>,
    },
    /// A rule that says something impossible.
    #[error("rule `{rule}`: {problem}")]
    Rule {
        /// Rule id.
        rule: String,
        /// What is wrong.
        problem: String,
    },
    /// An allow pattern that does not compile.
    #[error("allow pattern `{pattern}` does not compile: {source}")]
    Allow {
        /// The pattern.
        pattern: String,
        /// What the compiler says.
        source: Box<regex::Error>,
    },
    /// A canary token that any text may hold.
    #[error(
        "a canary token must have at least 8 letters and digits, or it stands in ordinary answers too"
    )]
    Canary,
    /// Literals that cannot be compiled.
    #[error("the literals of the rules cannot be compiled: {0}")]
    Literals(#[from] aho_corasick::BuildError),
    /// A model file that is damaged or not one.
    #[error("the classifier's model cannot be used: {0}; train one with `picket shield train`")]
    Model(String),
}
