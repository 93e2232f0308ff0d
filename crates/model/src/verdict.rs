use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::named;

named! {
    /// What a text was found to attempt or leak.
    ThreatCategory as "threat category" {
        /// An attempt by the user to override the rules.
        Jailbreak = "jailbreak",
        /// Instructions to the model inside a document, tool result or page.
        PromptInjection = "prompt_injection",
        /// An attempt to have the instructions revealed.
        PromptExtraction = "prompt_extraction",
        /// Text that people do not see and models read.
        HiddenText = "hidden_text",
        /// An encoding or alphabet chosen to pass filters.
        EncodingEvasion = "encoding_evasion",
        /// A key, token or password.
        CredentialExposure = "credential_exposure",
        /// A sensitive information type.
        SensitiveData = "sensitive_data",
        /// A known-bad or deceptive link, or one that carries data out.
        MaliciousUrl = "malicious_url",
        /// Records made to change what a model learns or retrieves.
        DataPoisoning = "data_poisoning",
        /// A tool call made to do harm.
        ToolAbuse = "tool_abuse",
        /// Probing for capabilities and guardrails.
        Reconnaissance = "reconnaissance",
        /// The response repeats the system prompt.
        SystemPromptLeak = "system_prompt_leak",
    }
}

named! {
    /// Where in an interaction a text stood.
    Channel as "channel" {
        /// What the user wrote.
        User = "user",
        /// The application's instructions.
        System = "system",
        /// Retrieved or attached content.
        Document = "document",
        /// A tool's result.
        Tool = "tool",
        /// What the model answered.
        Response = "response",
    }
}

named! {
    /// The conclusion about a text.
    VerdictLevel as "verdict" {
        /// Nothing above the threshold.
        Clean = "clean",
        /// Something above the lower threshold.
        Suspicious = "suspicious",
        /// Something above the upper threshold.
        Malicious = "malicious",
    }
}

/// One thing seen in a text, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Detection {
    /// What it is.
    pub category: ThreatCategory,
    /// The rule, detector or information type that saw it, such as `jailbreak.ignore_previous`.
    pub rule: String,
    /// Confidence, 0 to 1.
    pub score: f32,
    /// Start and end byte in the original text of its message.
    #[schema(value_type = Vec<u64>)]
    pub span: [usize; 2],
    /// Where the text stood.
    pub channel: Channel,
    /// Index of the message or, for documents, of the document.
    pub message: usize,
    /// Subtype of facts such as `role_play`, `change_of_rules`, `base64`; with OWASP and ATLAS ids in the rule file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technique: Option<String>,
    /// The tool whose call or declaration it stands in, where it does not stand in a message's own text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<ToolPlace>,
}

/// A place in a tool's call or declaration.
///
/// In a call, `message` is that of the call and the span lies in the arguments as the model wrote them. In a declaration,
/// `message` is the index of the tool and the span lies in the text that `field` points to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ToolPlace {
    /// The tool's name.
    pub name: String,
    /// Index of the call in its message; none for a declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<usize>,
    /// JSON pointer of a text inside the declaration, such as `/description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// What the shield says of a text or interaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Verdict {
    /// Echo of the input's id.
    pub id: String,
    /// The conclusion.
    pub verdict: VerdictLevel,
    /// Highest calibrated score, 0 to 1.
    pub score: f32,
    /// Categories at or above their threshold, worst first.
    pub categories: Vec<ThreatCategory>,
    /// Every detection at or above its threshold, in order of position.
    pub detections: Vec<Detection>,
    /// Time spent, microseconds.
    pub elapsed_us: u64,
}

impl Verdict {
    /// A clean verdict.
    #[must_use]
    pub fn clean(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            verdict: VerdictLevel::Clean,
            score: 0.0,
            categories: Vec::new(),
            detections: Vec::new(),
            elapsed_us: 0,
        }
    }

    /// Whether anything of `category` was seen.
    #[must_use]
    pub fn has(&self, category: ThreatCategory) -> bool {
        self.categories.contains(&category)
    }
}
