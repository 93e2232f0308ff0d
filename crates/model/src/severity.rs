use crate::named;

named! {
    /// How bad it is; the order is the meaning.
    Severity as "severity" {
        /// Worth knowing, nothing to do by itself.
        Informational = "informational",
        /// May be benign or already blocked.
        Low = "low",
        /// Probably wrong or suspicious.
        Medium = "medium",
        /// High confidence that harm is possible or intended.
        High = "high",
        /// Reachable and harmful now.
        Critical = "critical",
    }
}

impl Severity {
    /// One step worse, at most [`Severity::Critical`].
    #[must_use]
    pub const fn raised(self) -> Self {
        match self {
            Self::Informational => Self::Low,
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Critical => Self::Critical,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Severity;

    #[test]
    fn orders_from_informational_to_critical() {
        assert!(Severity::ALL.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(Severity::Critical.raised(), Severity::Critical);
    }

    #[test]
    fn unknown_names_say_what_is_known() {
        let error = "grave".parse::<Severity>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`grave` is not a known severity; known are: informational, low, medium, high, critical"
        );
    }
}
