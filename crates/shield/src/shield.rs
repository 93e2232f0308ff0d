use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use picket_model::{Channel, Detection, ThreatCategory, Verdict, VerdictLevel};
use picket_sensitive::Scanner;
use regex::Regex;

use crate::classifier::{EMBEDDED as EMBEDDED_MODEL, Head, Model};
use crate::config::{Allow, ShieldConfig, ShieldError};
use crate::external::{Classifier, Judgement};
use crate::input::ShieldInput;
use crate::inspect::{Detectors, Finding, is_attack, judged};
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
    classifier: Option<Arc<dyn Classifier>>,
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
        let detectors = Detectors {
            signatures: Signatures::new(&EMBEDDED, LEXICON)?,
            known_bad: KnownBad::new(&config.links),
            scanner: Scanner::default(),
            model,
        };
        Ok(Self { inner: Arc::new(Inner { config, detectors, allow }), classifier: None })
    }

    /// The same shield that asks `classifier` too. Only [`Shield::analyze`] does: single texts and streams are judged
    /// without it.
    #[must_use]
    pub fn with_classifier(self, classifier: Arc<dyn Classifier>) -> Self {
        Self { classifier: Some(classifier), ..self }
    }

    /// Whether [`Shield::analyze`] may block for longer than its own work takes, since it asks a classifier from outside.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.classifier.is_some()
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

    /// The signature rules, for documentation and for the OWASP and ATLAS ids of a detection's rule.
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
        let texts: Vec<(usize, Channel, &String)> = messages.chain(documents).collect();
        let mut judged = self.judged(&texts);
        let (mut detections, mut highest) = (Vec::new(), 0.0f32);
        for (at, (index, channel, text)) in texts.into_iter().enumerate() {
            let more = judged.remove(&at);
            let (seen, score) = self.detections(channel, text, index, &instructions, more);
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
        self.detections(channel, text, 0, &Instructions::default(), None).0
    }

    /// An inspector of a response to `request` that is streamed.
    #[must_use]
    pub fn response_stream(&self, request: &ShieldInput) -> ResponseInspector {
        ResponseInspector::new(self.clone(), self.instructions(request.instructions()))
    }

    /// What a stream is held back for, at or above its threshold.
    pub(crate) fn leaks(&self, text: &str, instructions: &Instructions) -> Vec<Finding> {
        let mut findings = self.inner.detectors.leaks(&self.inner.config, text, instructions);
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

    /// What the classifier from outside sees, by index of the text.
    fn judged(&self, texts: &[(usize, Channel, &String)]) -> BTreeMap<usize, Finding> {
        let Some(classifier) = &self.classifier else { return BTreeMap::new() };
        let (places, given): (Vec<usize>, Vec<&str>) = texts
            .iter()
            .enumerate()
            .filter(|(_, (_, channel, text))| Head::of(*channel).is_some() && !text.is_empty())
            .map(|(at, (_, _, text))| (at, text.as_str()))
            .unzip();
        if given.is_empty() {
            return BTreeMap::new();
        }
        let finding = |judgement: Judgement| {
            let at = *places.get(judgement.text)?;
            let (_, channel, text) = texts[at];
            Some((at, judged(channel, text, judgement)?))
        };
        classifier.judge(&given).into_iter().filter_map(finding).collect()
    }

    /// What is at or above its threshold, and the highest score, whether or not it is.
    fn detections(
        &self,
        channel: Channel,
        text: &str,
        message: usize,
        instructions: &Instructions,
        more: Option<Finding>,
    ) -> (Vec<Detection>, f32) {
        let findings =
            self.inner.detectors.inspect(&self.inner.config, channel, text, instructions);
        let mut highest = 0.0f32;
        let mut detections = Vec::new();
        for finding in findings.into_iter().chain(more) {
            if !self.is_allowed(&finding, channel, text) {
                highest = highest.max(finding.score);
                if finding.score >= self.threshold(&finding) {
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
    verdict.categories.iter().any(|category| attacks_model(*category))
}

/// Whether a category is an attack on the model.
pub(crate) fn attacks_model(category: ThreatCategory) -> bool {
    is_attack(category)
        && !matches!(category, ThreatCategory::Reconnaissance | ThreatCategory::MaliciousUrl)
}
