//! A classifier from outside beside the shield's own detectors.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use picket_model::{Channel, Document, ThreatCategory, VerdictLevel};
use picket_shield::{Classifier, InputMessage, Judgement, Shield, ShieldConfig, ShieldInput};

/// Thinks that every text with `attack` in it is one.
#[derive(Debug)]
struct Word {
    score: f32,
    /// What is said of a text's place, to be wrong in it.
    beyond: usize,
}

impl Classifier for Word {
    fn judge(&self, texts: &[&str]) -> Vec<Judgement> {
        let judgement = |(text, content): (usize, &&str)| {
            let start = content.find("blorp")?;
            let span = start..start + 5 + self.beyond;
            Some(Judgement { text, span, score: self.score })
        };
        texts.iter().enumerate().filter_map(judgement).collect()
    }
}

fn shield(config: &str, score: f32, beyond: usize) -> Shield {
    let config: ShieldConfig = serde_json::from_str(config).unwrap();
    Shield::new(config).unwrap().with_classifier(Arc::new(Word { score, beyond }))
}

#[test]
fn its_judgements_join_the_verdict_where_they_belong() {
    let input = ShieldInput {
        messages: vec![
            InputMessage::text(Channel::System, "blorp, as we say"),
            InputMessage::text(Channel::User, "a fine blorp"),
            InputMessage::text(Channel::Response, "blorp"),
        ],
        documents: vec![Document { source: None, content: "of blorp".to_owned() }],
        ..ShieldInput::default()
    };
    let verdict = shield("{}", 0.9, 0).analyze(&input);
    let seen: Vec<(&str, Channel, usize, [usize; 2])> = verdict
        .detections
        .iter()
        .map(|seen| (seen.rule.as_str(), seen.channel, seen.message, seen.span))
        .collect();
    assert_eq!(
        seen,
        [
            ("jailbreak.onnx", Channel::User, 1, [7, 12]),
            ("prompt_injection.onnx", Channel::Document, 0, [3, 8]),
        ]
    );
    assert_eq!(verdict.verdict, VerdictLevel::Malicious);
    assert!(verdict.has(ThreatCategory::PromptInjection));
    assert!(
        (0.9..0.95).contains(&verdict.score),
        "what else is seen adds little: {}",
        verdict.score
    );
    assert_eq!(Shield::default_embedded().analyze(&input).detections, []);
}

#[test]
fn thresholds_and_allowances_hold_for_it_too() {
    let input = ShieldInput::text("t", Channel::User, "a fine blorp");
    let flagged = |config: &str| !shield(config, 0.7, 0).analyze(&input).detections.is_empty();
    assert!(flagged("{}"));
    assert!(!flagged(r#"{"sensitivity": "low"}"#));
    assert!(!flagged(r#"{"thresholds": {"jailbreak": 0.8}}"#));
    assert!(!flagged(r#"{"allow": [{"rule": "jailbreak.onnx"}]}"#));
    assert!(!flagged(r#"{"allow": [{"pattern": "^blorp$"}]}"#));
    assert!(flagged(r#"{"allow": [{"rule": "prompt_injection.*"}]}"#));
}

#[test]
fn a_place_outside_the_text_and_a_score_that_is_none_do_no_harm() {
    let input = ShieldInput::text("t", Channel::User, "a blorp");
    let verdict = shield("{}", 7.0, 100).analyze(&input);
    assert_eq!((verdict.detections[0].span, verdict.detections[0].score), ([0, 7], 1.0));
    assert_eq!(shield("{}", f32::NAN, 0).analyze(&input).detections, []);
}

#[test]
fn only_such_a_shield_waits() {
    assert!(!Shield::default_embedded().waits());
    assert!(shield("{}", 0.0, 0).waits());
}
