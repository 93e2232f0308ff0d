//! Any JSON as a suppression rule or a list of indicators; any lines as a plain list.

#![no_main]

use libfuzzer_sys::fuzz_target;
use picket_threat::{
    Indicator, IndicatorLabel, Indicators, SuppressionRule, sample_alerts, simulate,
};

fuzz_target!(|text: &str| {
    if let Ok(rule) = serde_json::from_str::<SuppressionRule>(text)
        && rule.validate().is_ok()
    {
        let alerts = sample_alerts("e", None, Default::default());
        assert!(simulate(&rule, &alerts).matched.len() <= alerts.len());
    }
    if let Ok(list) = serde_json::from_str::<Vec<Indicator>>(text) {
        let given = list.len();
        let (indicators, errors) = Indicators::new(list);
        assert!(indicators.list().len() + errors.len() <= given);
    }
    let (indicators, _) = Indicators::from_lines(text, IndicatorLabel::Tor, "f", None);
    for word in text.split_whitespace().take(8) {
        let _ = indicators.host(word, Default::default());
        let _ = indicators.url(word, Default::default());
        let _ = indicators.user_agent(word, Default::default());
    }
});
