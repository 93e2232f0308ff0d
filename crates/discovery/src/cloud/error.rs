use ::http::StatusCode;
use picket_model::DiagnosticStatus;

/// Why one call gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The provider refused.
    #[error("access denied ({code}: {message}); grant this read to the scanning identity")]
    Denied {
        /// The provider's error code, or the HTTP status.
        code: String,
        /// Its message.
        message: String,
    },
    /// The provider refused for load, as often as was tried.
    #[error(
        "throttled after {attempts} attempts ({code}); scan again later or lower the concurrency"
    )]
    Throttled {
        /// The provider's error code, or the HTTP status.
        code: String,
        /// Times it was tried.
        attempts: u32,
    },
    /// The provider does not offer the call here.
    #[error("not offered here ({code}: {message})")]
    Unsupported {
        /// The provider's error code, or the HTTP status.
        code: String,
        /// Its message.
        message: String,
    },
    /// What was asked for is not there; often an answer, not a failure.
    #[error("not found ({code}: {message})")]
    NotFound {
        /// The provider's error code, or the HTTP status.
        code: String,
        /// Its message.
        message: String,
    },
    /// The server could not be reached or kept failing.
    #[error("unreachable: {message}")]
    Unreachable {
        /// What happened.
        message: String,
    },
    /// The answer is not what it should be.
    #[error("malformed answer: {message}")]
    Malformed {
        /// What is wrong with it.
        message: String,
    },
    /// The answer is over a limit.
    #[error("the answer is over the limit of {limit} {unit}; what lies beyond was not read")]
    TooLarge {
        /// The limit.
        limit: usize,
        /// What it counts: `bytes` or `pages`.
        unit: &'static str,
    },
}

impl CallError {
    /// How a diagnostic names it.
    #[must_use]
    pub fn status(&self) -> DiagnosticStatus {
        match self {
            Self::Denied { .. } => DiagnosticStatus::Denied,
            Self::Throttled { .. } => DiagnosticStatus::Throttled,
            Self::Unsupported { .. } => DiagnosticStatus::Unsupported,
            Self::NotFound { .. } | Self::Unreachable { .. } => DiagnosticStatus::Unreadable,
            Self::Malformed { .. } => DiagnosticStatus::Malformed,
            Self::TooLarge { .. } => DiagnosticStatus::TooLarge,
        }
    }

    /// Whether the thing asked for does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}

/// A provider's own account of an error, read from the body of its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// Such as `AccessDeniedException`; empty when the body is none of the provider's own.
    pub(crate) code: String,
    /// What it says.
    pub(crate) message: String,
}

/// What to do about an answer that is not a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Denied,
    Throttled,
    Unsupported,
    NotFound,
    /// The server failed; another try may succeed.
    Failed,
}

/// Parts of error codes, as AWS, Azure and Google write them, and what they mean. The first match counts.
const CODES: &[(&str, Verdict)] = &[
    ("throttl", Verdict::Throttled),
    ("toomanyrequests", Verdict::Throttled),
    ("requestlimitexceeded", Verdict::Throttled),
    ("slowdown", Verdict::Throttled),
    ("accessdenied", Verdict::Denied),
    ("notauthorized", Verdict::Denied),
    ("authorizationfailed", Verdict::Denied),
    ("unauthorized", Verdict::Denied),
    ("forbidden", Verdict::Denied),
    ("expiredtoken", Verdict::Denied),
    ("invalidclienttoken", Verdict::Denied),
    ("unrecognizedclient", Verdict::Denied),
    ("signaturedoesnotmatch", Verdict::Denied),
    ("unknownoperation", Verdict::Unsupported),
    ("unsupportedoperation", Verdict::Unsupported),
    ("notimplemented", Verdict::Unsupported),
    ("optinrequired", Verdict::Unsupported),
    ("subscriptionrequired", Verdict::Unsupported),
    ("subscriptionnotregistered", Verdict::Unsupported),
    ("missingsubscriptionregistration", Verdict::Unsupported),
    ("noregisteredprovider", Verdict::Unsupported),
    ("service_disabled", Verdict::Unsupported),
    ("notfound", Verdict::NotFound),
    ("nosuch", Verdict::NotFound),
    ("doesnotexist", Verdict::NotFound),
];

/// Judges an unsuccessful answer by its code first and its HTTP status second.
pub(crate) fn classify(status: StatusCode, error: &ApiError) -> Verdict {
    let code = error.code.to_ascii_lowercase();
    if let Some((_, verdict)) = CODES.iter().find(|(part, _)| code.contains(part)) {
        return *verdict;
    }
    match status {
        StatusCode::TOO_MANY_REQUESTS => Verdict::Throttled,
        StatusCode::SERVICE_UNAVAILABLE if error.code.is_empty() => Verdict::Throttled,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Verdict::Denied,
        StatusCode::NOT_FOUND | StatusCode::GONE => Verdict::NotFound,
        // An error page instead of the provider's own error: whoever answers does not know the call.
        StatusCode::INTERNAL_SERVER_ERROR if error.code.is_empty() => Verdict::Unsupported,
        status if status.is_server_error() => Verdict::Failed,
        _ => Verdict::Unsupported,
    }
}

impl Verdict {
    /// Whether another try may succeed. An error page is tried again too: a proxy may have sent it.
    pub(super) fn may_pass(self, status: StatusCode, attempt: u32) -> bool {
        match self {
            Self::Throttled | Self::Failed => true,
            Self::Unsupported => status.is_server_error() && attempt < 2,
            Self::Denied | Self::NotFound => false,
        }
    }

    pub(super) fn into_error(self, error: ApiError, attempts: u32) -> CallError {
        let ApiError { code, message } = error;
        match self {
            Self::Denied => CallError::Denied { code, message },
            Self::Throttled => CallError::Throttled { code, attempts },
            Self::Unsupported => CallError::Unsupported { code, message },
            Self::NotFound => CallError::NotFound { code, message },
            Self::Failed => CallError::Unreachable { message: format!("{code}: {message}") },
        }
    }
}
