//! From which score on something is reported.

use std::collections::BTreeMap;

use picket_model::{Channel, ThreatCategory};
use serde::{Deserialize, Serialize};

use crate::config::Sensitivity;

/// The least score of a category: for every channel, or for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Threshold {
    /// Wherever it is seen.
    Everywhere(f32),
    /// By channel; those that are not named have none.
    Channels(BTreeMap<Channel, f32>),
}

impl Threshold {
    fn least(&self, channel: Channel) -> f32 {
        match self {
            Self::Everywhere(least) => *least,
            Self::Channels(channels) => channels.get(&channel).copied().unwrap_or(0.0),
        }
    }
}

/// Least scores, above what the sensitivity asks for.
///
/// ```toml
/// [shield.thresholds]
/// jailbreak = 0.6                                    # every channel
/// prompt_injection = { document = 0.7, tool = 0.8 }  # by channel
///
/// [shield.thresholds.low]                            # only at sensitivity low; the higher one counts
/// reconnaissance = 1.1                               # above 1: never
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// At sensitivity low.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub low: BTreeMap<ThreatCategory, Threshold>,
    /// At sensitivity medium.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub medium: BTreeMap<ThreatCategory, Threshold>,
    /// At sensitivity high.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub high: BTreeMap<ThreatCategory, Threshold>,
    /// At every sensitivity.
    #[serde(flatten)]
    pub every: BTreeMap<ThreatCategory, Threshold>,
}

impl Thresholds {
    /// The least score of `category` in `channel`; 0 where nothing is set.
    #[must_use]
    pub fn least(
        &self,
        sensitivity: Sensitivity,
        category: ThreatCategory,
        channel: Channel,
    ) -> f32 {
        let own = match sensitivity {
            Sensitivity::Low => &self.low,
            Sensitivity::Medium => &self.medium,
            Sensitivity::High => &self.high,
        };
        let least = |thresholds: &BTreeMap<ThreatCategory, Threshold>| {
            thresholds.get(&category).map_or(0.0, |threshold| threshold.least(channel))
        };
        least(&self.every).max(least(own))
    }

    /// Makes `least` the least score of everything that has a lower one.
    pub fn raise_all(&mut self, least: f32) {
        for category in ThreatCategory::ALL {
            match self.every.entry(*category).or_insert(Threshold::Everywhere(least)) {
                Threshold::Everywhere(set) => *set = set.max(least),
                Threshold::Channels(channels) => {
                    for channel in Channel::ALL {
                        let set = channels.entry(*channel).or_default();
                        *set = set.max(least);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_that_applies_counts() {
        use {Channel as Ch, Sensitivity as S, ThreatCategory as C};
        let mut thresholds: Thresholds = serde_json::from_str(
            r#"{"jailbreak": 0.6, "prompt_injection": {"document": 0.7}, "low": {"jailbreak": 0.9}}"#,
        )
        .unwrap();
        assert_eq!(thresholds.least(S::Medium, C::Jailbreak, Ch::User), 0.6);
        assert_eq!(thresholds.least(S::Low, C::Jailbreak, Ch::User), 0.9);
        assert_eq!(thresholds.least(S::Low, C::PromptInjection, Ch::Document), 0.7);
        assert_eq!(thresholds.least(S::Low, C::PromptInjection, Ch::Tool), 0.0);
        thresholds.raise_all(0.65);
        assert_eq!(thresholds.least(S::Medium, C::Jailbreak, Ch::User), 0.65);
        assert_eq!(thresholds.least(S::Medium, C::PromptInjection, Ch::Tool), 0.65);
        assert_eq!(thresholds.least(S::Medium, C::PromptInjection, Ch::Document), 0.7);
    }

    #[test]
    fn an_unknown_category_is_an_error() {
        let error = serde_json::from_str::<Thresholds>(r#"{"weather": 0.6}"#).unwrap_err();
        assert!(error.to_string().contains("weather"), "{error}");
    }
}
