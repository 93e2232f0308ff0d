use std::sync::{Arc, LazyLock};
use std::time::Instant;

use picket_model::{Channel, Detection, ThreatCategory, Verdict, VerdictLevel};
use picket_sensitive::Scanner;
use regex::Regex;

use crate::catalogue::{Catalogue, Own, RuleInfo};
use crate::classifier::{EMBEDDED as EMBEDDED_MODEL, Model};
use crate::config::{Allow, ShieldConfig, ShieldError};
use crate::input::ShieldInput;
use crate::inspect::{Detectors, Finding, is_attack};
use crate::leak::Instructions;
use crate::links::KnownBad;
use crate::signature::{EMBEDDED, LEXICON, Rule, Signatures};
use crate::stream::{ResponseInspector, is_blocking};

/// From here on a verdict is *malicious*.
const MALICIOUS: f32 = 0.75;

/// Inspects texts: same input, same verdict, no I/O. Building one takes milliseconds; a clone is cheap and shares it.
#[derive(Debug, Clone)]
pub struct Shield {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: ShieldConfig,
    detectors: Detectors,
    allow: Vec<(Allow, Option<Regex>)>,
}

impl Shield {
    /// A shield with the embedded rules and model.
    ///
    /// # Errors
    /// An allow pattern that does not compile.
    pub fn new(config: ShieldConfig) -> Result<Self, ShieldError> {
        Self::with_model(config, Model::from_bytes(EMBEDDED_MODEL)?)
    }

    /// A shield with the embedded rules and a model of one's own.
    ///
    /// # Errors
    /// An allow pattern that does not compile.
    pub fn with_model(config: ShieldConfig, model: Model) -> Result<Self, ShieldError> {
        let compile = |allow: &Allow| {
            let regex = allow.pattern.as_ref().map(|pattern| {
                Regex::new(pattern).map_err(|error| ShieldError::Allow {
                    pattern: pattern.clone(),
                    source: Box::new(error),
                })
            });
            Ok((allow.clone(), regex.transpose()?))
        };
        let allow = config.allow.iter().map(compile).collect::<Result<_, ShieldError>>()?;
        let signatures = Signatures::new(&EMBEDDED, LEXICON)?;
        let own = signatures.rules().iter().map(|rule| (rule.id.clone(), Own::from(rule)));
        let detectors = Detectors {
            catalogue: Catalogue::new(own)?,
            signatures,
            known_bad: KnownBad::new(&config.links),
            scanner: Scanner::default(),
            model,
        };
        Ok(Self { inner: Arc::new(Inner { config, detectors, allow }) })
    }

    /// The shield with the default configuration, built once.
    #[must_use]
    pub fn default_embedded() -> &'static Self {
        #[expect(
            clippy::expect_used,
            reason = "rules and model are compiled in; the tests build this"
        )]
        static SHIELD: LazyLock<Shield> = LazyLock::new(|| {
            Shield::new(ShieldConfig::default()).expect("the embedded rules compile")
        });
        &SHIELD
    }

    /// What the rule `id` of a detection means; none for an id that no detector gives.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<RuleInfo> {
        self.inner.detectors.catalogue.rule(id)
    }

    /// Ids of all rules that have a text of their own. Encodings and information types share those of their area.
    pub fn rule_ids(&self) -> impl Iterator<Item = &str> {
        self.inner.detectors.catalogue.ids()
    }

    /// The signature rules, for documentation.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        self.inner.detectors.signatures.rules()
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &ShieldConfig {
        &self.inner.config
    }

    /// Inspects every message and document of `input`.
    #[must_use]
    pub fn analyze(&self, input: &ShieldInput) -> Verdict {
        let begin = Instant::now();
        let instructions = self.instructions(input.instructions());
        let messages = input
            .messages
            .iter()
            .enumerate()
            .map(|(i, message)| (i, message.channel, &message.content));
        let documents = input
            .documents
            .iter()
            .enumerate()
            .map(|(i, document)| (i, Channel::Document, &document.content));
        let (mut detections, mut highest) = (Vec::new(), 0.0f32);
        for (index, channel, text) in messages.chain(documents) {
            let (seen, score) = self.detections(channel, text, index, &instructions);
            detections.extend(seen);
            highest = highest.max(score);
        }
        let mut verdict = conclude(&input.id, detections, highest);
        verdict.elapsed_us = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
        verdict
    }

    /// Everything at or above its threshold in one text, in order of position.
    #[must_use]
    pub fn analyze_text(&self, channel: Channel, text: &str) -> Vec<Detection> {
        self.detections(channel, text, 0, &Instructions::default()).0
    }

    /// An inspector of a response to `request` that is streamed.
    #[must_use]
    pub fn response_stream(&self, request: &ShieldInput) -> ResponseInspector {
        ResponseInspector::new(self.clone(), self.instructions(request.instructions()))
    }

    /// What a stream is held back for, at or above its threshold.
    pub(crate) fn leaks(&self, text: &str, instructions: &Instructions) -> Vec<Finding> {
        let mut findings = self.inner.detectors.leaks(&self.inner.config, text, instructions);
        findings.iter_mut().for_each(|finding| self.name_technique(finding));
        findings.retain(|finding| {
            is_blocking(finding.category)
                && finding.score >= self.threshold(finding)
                && !self.is_allowed(finding, Channel::Response, text)
        });
        findings
    }

    pub(crate) fn instructions<'a>(&self, texts: impl Iterator<Item = &'a str>) -> Instructions {
        if self.inner.config.system_prompt_leak {
            Instructions::new(texts)
        } else {
            Instructions::default()
        }
    }

    /// What is at or above its threshold, and the highest score, whether or not it is.
    fn detections(
        &self,
        channel: Channel,
        text: &str,
        message: usize,
        instructions: &Instructions,
    ) -> (Vec<Detection>, f32) {
        let findings =
            self.inner.detectors.inspect(&self.inner.config, channel, text, instructions);
        let mut highest = 0.0f32;
        let mut detections = Vec::new();
        for mut finding in findings {
            if !self.is_allowed(&finding, channel, text) {
                highest = highest.max(finding.score);
                if finding.score >= self.threshold(&finding) {
                    self.name_technique(&mut finding);
                    detections.push(finding.detection(channel, message));
                }
            }
        }
        detections.sort_by(|a, b| {
            a.span.cmp(&b.span).then_with(|| a.rule.cmp(&b.rule)).then(b.score.total_cmp(&a.score))
        });
        detections
            .dedup_by(|later, earlier| later.rule == earlier.rule && later.span == earlier.span);
        (detections, highest)
    }

    /// Gives a finding the technique of its rule, where its detector names none.
    fn name_technique(&self, finding: &mut Finding) {
        if finding.technique.is_none() {
            let technique = self.inner.detectors.catalogue.technique(&finding.rule);
            finding.technique = technique.map(|technique| technique.to_owned().into());
        }
    }

    fn threshold(&self, finding: &Finding) -> f32 {
        let configured =
            self.inner.config.thresholds.get(&finding.category).copied().unwrap_or(0.0);
        self.inner.config.sensitivity.signature_threshold().max(configured)
    }

    fn is_allowed(&self, finding: &Finding, channel: Channel, text: &str) -> bool {
        self.inner.allow.iter().any(|(allow, pattern)| {
            let rule = allow.rule.as_deref().is_none_or(|rule| match rule.strip_suffix(".*") {
                Some(area) => finding.rule.split('.').next() == Some(area),
                None => finding.rule == rule,
            });
            let part = text.get(finding.span.clone()).unwrap_or_default();
            rule && allow.channel.is_none_or(|only| only == channel)
                && pattern.as_ref().is_none_or(|pattern| pattern.is_match(part))
        })
    }
}

/// The verdict of what was seen.
fn conclude(id: &str, detections: Vec<Detection>, highest: f32) -> Verdict {
    let mut categories: Vec<(ThreatCategory, f32)> = Vec::new();
    for detection in &detections {
        match categories.iter_mut().find(|(category, _)| *category == detection.category) {
            Some((_, score)) => *score = score.max(detection.score),
            None => categories.push((detection.category, detection.score)),
        }
    }
    categories.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let malicious = |detection: &Detection| {
        let leak = !is_attack(detection.category) && detection.channel != Channel::Response;
        detection.score >= MALICIOUS && !leak && detection.category != ThreatCategory::SensitiveData
    };
    let verdict = match () {
        () if detections.iter().any(malicious) => VerdictLevel::Malicious,
        () if !detections.is_empty() => VerdictLevel::Suspicious,
        () => VerdictLevel::Clean,
    };
    Verdict {
        id: id.to_owned(),
        verdict,
        score: highest,
        categories: categories.into_iter().map(|(category, _)| category).collect(),
        detections,
        elapsed_us: 0,
    }
}

/// Whether a verdict tells of an attack on the model, as Prompt Shields' `attackDetected` does; leaks are none.
#[must_use]
pub fn attack_detected(verdict: &Verdict) -> bool {
    verdict.categories.iter().any(|category| {
        is_attack(*category)
            && !matches!(category, ThreatCategory::Reconnaissance | ThreatCategory::MaliciousUrl)
    })
}
