//! One text, every detector.

use std::borrow::Cow;
use std::ops::Range;

use picket_model::{Channel, Detection, ThreatCategory};
use picket_sensitive::{InfoCategory, Scanner};

use crate::catalogue::Catalogue;
use crate::cipher::ciphered;
use crate::classifier::{Head, Model};
use crate::config::ShieldConfig;
use crate::conversation::Conversation;
use crate::decode::{Decoded, decoded};
use crate::disguise::{Undisguised, undisguised};
use crate::external::Judgement;
use crate::hidden::hidden;
use crate::leak::Instructions;
use crate::links::{KnownBad, bad_links};
use crate::normalise::{Normalised, normalise};
use crate::signature::Signatures;
use crate::tools::ToolInspector;
use crate::views::Views;
use crate::words::unknown_words;

/// Encodings within encodings.
const DEPTH: u8 = 3;

/// Findings of one text from which on nothing more is decoded: it is known by then.
const ENOUGH: usize = 256;

/// Something seen in a text, before thresholds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    pub(crate) category: ThreatCategory,
    pub(crate) rule: Cow<'static, str>,
    pub(crate) score: f32,
    /// Bytes of the original text.
    pub(crate) span: Range<usize>,
    pub(crate) technique: Option<Cow<'static, str>>,
}

/// What all texts are inspected with.
#[derive(Debug)]
pub(crate) struct Detectors {
    pub(crate) signatures: Signatures,
    pub(crate) known_bad: KnownBad,
    pub(crate) scanner: &'static Scanner,
    pub(crate) model: Model,
    pub(crate) catalogue: Catalogue,
    pub(crate) tools: ToolInspector,
    pub(crate) conversation: Conversation,
}

/// The inspection of one text.
struct Inspection<'a> {
    detectors: &'a Detectors,
    config: &'a ShieldConfig,
    channel: Channel,
    /// Whether the classifier is asked.
    judged: bool,
    /// Bytes of decoded text that may still be looked into.
    budget: usize,
    found: Vec<Finding>,
    views: Views,
}

impl Detectors {
    /// Everything seen in `text`, with the highest score of the classifier.
    pub(crate) fn inspect(
        &self,
        config: &ShieldConfig,
        channel: Channel,
        text: &str,
        instructions: &Instructions,
    ) -> Vec<Finding> {
        let plain = normalise(text);
        let mut inspection = Inspection::new(self, config, channel, text);
        inspection.meaning(text, &plain, 0);
        if channel != Channel::System {
            inspection.leaks(text, &plain, instructions);
        }
        inspection.found
    }

    /// What known wordings, hidden and encoded ones included, say; the classifier is not asked.
    pub(crate) fn wording(
        &self,
        config: &ShieldConfig,
        channel: Channel,
        text: &str,
    ) -> Vec<Finding> {
        let mut inspection = Inspection::new(self, config, channel, text);
        inspection.judged = false;
        inspection.meaning(text, &normalise(text), 0);
        inspection.found
    }

    /// What an inspection of `text` reads in it, besides the text itself.
    pub(crate) fn views(&self, config: &ShieldConfig, channel: Channel, text: &str) -> Views {
        let mut inspection = Inspection::new(self, config, channel, text);
        inspection.views = Views::kept();
        inspection.meaning(text, &normalise(text), 0);
        inspection.views
    }

    /// Only what a response must not let out: credentials, sensitive data, bad links, the instructions.
    pub(crate) fn leaks(
        &self,
        config: &ShieldConfig,
        text: &str,
        instructions: &Instructions,
    ) -> Vec<Finding> {
        let mut inspection = Inspection::new(self, config, Channel::Response, text);
        inspection.leaks(text, &normalise(text), instructions);
        inspection.found
    }
}

impl Finding {
    pub(crate) fn detection(self, channel: Channel, message: usize) -> Detection {
        Detection {
            category: self.category,
            rule: self.rule.into_owned(),
            score: self.score,
            span: [self.span.start, self.span.end],
            channel,
            message,
            technique: self.technique.map(Cow::into_owned),
            tool: None,
        }
    }
}

impl<'a> Inspection<'a> {
    fn new(
        detectors: &'a Detectors,
        config: &'a ShieldConfig,
        channel: Channel,
        text: &str,
    ) -> Self {
        let budget = text.len().saturating_mul(2) + (64 << 10);
        let judged = config.classifier;
        let views = Views::default();
        Self { detectors, config, channel, judged, budget, found: Vec::new(), views }
    }

    fn leaks(&mut self, text: &str, plain: &Normalised, instructions: &Instructions) {
        self.sensitive(text);
        self.links(text);
        if self.channel == Channel::Response
            && let Some((span, score)) = instructions.leaked(plain)
        {
            self.add(
                ThreatCategory::SystemPromptLeak,
                "system_prompt_leak.overlap",
                score,
                span,
                None,
            );
        }
        if self.channel == Channel::Response
            && let Some(span) = instructions.canaries.find(text, plain)
        {
            self.add(
                ThreatCategory::SystemPromptLeak,
                "system_prompt_leak.canary",
                0.99,
                span,
                None,
            );
        }
    }

    fn add(
        &mut self,
        category: ThreatCategory,
        rule: impl Into<Cow<'static, str>>,
        score: f32,
        span: Range<usize>,
        technique: Option<&'static str>,
    ) {
        self.found.push(Finding {
            category,
            rule: rule.into(),
            score,
            span,
            technique: technique.map(Cow::Borrowed),
        });
    }

    /// What a text asks for, in plain, in disguise, in hiding.
    fn meaning(&mut self, text: &str, plain: &Normalised, depth: u8) {
        let encoded = if depth < DEPTH { decoded(plain.cased(text)) } else { Vec::new() };
        let before = self.found.len();
        self.signatures(plain);
        self.classifier(plain, &encoded);
        self.views.plain(text, plain, &self.found[before..]);
        let unknown = unknown_words(&plain.text);
        let asked_for = |word: &str| self.detectors.signatures.ask_for(word);
        let undisguised = undisguised(plain, &unknown, asked_for);
        if let Some(undisguised) = &undisguised
            && self.spend(undisguised.form.text.len())
        {
            let before = self.found.len();
            self.signatures(&undisguised.form);
            self.classifier(&undisguised.form, &[]);
            let seen = self.found.split_off(before);
            self.views.undisguised(undisguised, &seen);
            for seen in seen {
                match undisguised.technique(&seen.span) {
                    Some(technique) => self.disguised(technique, vec![seen]),
                    None => self.found.push(seen),
                }
            }
        }
        let mut hidden_places = Vec::new();
        for part in hidden(text) {
            let seen = match &part.content {
                Some(content) => self.nested(part.technique, content, &part.span, depth),
                None => Vec::new(),
            };
            let says_something = !seen.is_empty();
            self.found.extend(seen);
            if part.score > 0.0 {
                let score = if says_something { 0.97 } else { part.score };
                if part.content.is_none() {
                    self.views.hidden(part.technique, text, &part.span, &self.found);
                }
                self.hidden_text(part.technique, score, part.span);
            } else {
                hidden_places.push(part);
            }
        }
        for part in hidden_places {
            let orders = |found: &Finding| is_attack(found.category) && found.score >= 0.5;
            let inside = |found: &&Finding| {
                orders(found)
                    && part.span.start <= found.span.start
                    && found.span.end <= part.span.end
            };
            if self.found.iter().any(|found| inside(&found)) {
                self.views.hidden(part.technique, text, &part.span, &self.found);
                self.hidden_text(part.technique, 0.9, part.span);
            }
        }
        if depth < DEPTH {
            for part in encoded {
                let span = plain.span(part.span);
                let seen = self.nested(part.technique, &part.text, &span, depth + 1);
                self.disguised(part.technique, seen);
            }
            self.ciphers(plain, &unknown, depth);
            if let Some(Undisguised { form, .. }) = &undisguised {
                self.ciphers(form, &unknown_words(&form.text), depth);
            }
        }
    }

    /// What is written in cipher in a form of the text; `unknown` are its words that are not common ones.
    fn ciphers(&mut self, form: &Normalised, unknown: &[Range<usize>], depth: u8) {
        for part in ciphered(&form.text, unknown) {
            let span = form.span(part.span);
            let seen = self.nested(part.technique, &part.text, &span, depth + 1);
            self.disguised(part.technique, seen);
        }
    }

    fn hidden_text(&mut self, technique: &'static str, score: f32, span: Range<usize>) {
        let rule = format!("hidden_text.{technique}");
        self.add(ThreatCategory::HiddenText, rule, score, span, Some(technique));
    }

    fn signatures(&mut self, plain: &Normalised) {
        for hit in self.detectors.signatures.hits(&plain.text, self.channel) {
            let rule = self.detectors.signatures.rule(&hit);
            self.found.push(Finding {
                category: rule.category_in(self.channel),
                rule: rule.id.clone().into(),
                score: rule.score_in(self.channel),
                span: plain.span(hit.span),
                technique: rule.technique.clone().map(Cow::Owned),
            });
        }
    }

    /// Asks the classifier, which knows nothing of what is encoded: that is judged for what it says.
    fn classifier(&mut self, plain: &Normalised, encoded: &[Decoded]) {
        let Some(head) = Head::of(self.channel).filter(|_| self.judged) else { return };
        let judged = match encoded {
            [] => Cow::Borrowed(&plain.text),
            _ => Cow::Owned(without(&plain.text, encoded.iter().map(|part| part.span.clone()))),
        };
        let Some((span, score)) = self.detectors.model.worst(head, &judged) else { return };
        let (category, rule) = match head {
            Head::User => (ThreatCategory::Jailbreak, "jailbreak.classifier"),
            Head::Document | Head::Tool => {
                (ThreatCategory::PromptInjection, "prompt_injection.classifier")
            }
        };
        self.add(category, rule, score, plain.span(span), None);
    }

    /// Whether another `bytes` may be looked at.
    fn spend(&mut self, bytes: usize) -> bool {
        let rest = self.budget.checked_sub(bytes).filter(|_| self.found.len() < ENOUGH);
        self.budget = rest.unwrap_or(self.budget);
        rest.is_some()
    }

    /// What a text that stands at `span` in another one says, placed there.
    fn nested(
        &mut self,
        technique: &'static str,
        text: &str,
        span: &Range<usize>,
        depth: u8,
    ) -> Vec<Finding> {
        if depth > DEPTH || !self.spend(text.len()) {
            return Vec::new();
        }
        let view = self.views.open(technique, text);
        let outer = std::mem::take(&mut self.found);
        self.meaning(text, &normalise(text), depth);
        let mut inner = std::mem::replace(&mut self.found, outer);
        inner.retain(|found| found.score >= 0.5);
        for found in &mut inner {
            found.span = span.clone();
        }
        self.views.close(view, span, &inner);
        inner
    }

    /// An attack that was only seen after decoding: the disguise is a finding of its own.
    fn disguised(&mut self, technique: &'static str, mut seen: Vec<Finding>) {
        let known = |found: &Finding| {
            self.found.iter().any(|other| {
                other.rule == found.rule
                    && (other.score >= 0.5 || found.score < 0.5)
                    && other.span.start < found.span.end
                    && found.span.start < other.span.end
            })
        };
        seen.retain(|found| !known(found));
        let attack = seen
            .iter()
            .filter(|found| is_attack(found.category) && found.score >= 0.5)
            .max_by(|a, b| a.score.total_cmp(&b.score));
        if let Some(attack) = attack {
            let (score, span) = (attack.score.max(0.8), attack.span.clone());
            self.add(
                ThreatCategory::EncodingEvasion,
                format!("encoding_evasion.{technique}"),
                score,
                span,
                Some(technique),
            );
        }
        self.found.extend(seen);
    }

    fn sensitive(&mut self, text: &str) {
        for found in self.detectors.scanner.scan(text) {
            let (category, area) = match found.category {
                InfoCategory::Credentials => {
                    (ThreatCategory::CredentialExposure, "credential_exposure")
                }
                _ if !self.config.data_security
                    || found.severity < self.config.sensitive_severity =>
                {
                    continue;
                }
                _ => (ThreatCategory::SensitiveData, "sensitive_data"),
            };
            self.found.push(Finding {
                category,
                rule: format!("{area}.{}", found.info_type).into(),
                score: found.confidence,
                span: found.span,
                technique: Some(found.info_type.to_string().into()),
            });
        }
    }

    fn links(&mut self, text: &str) {
        for bad in bad_links(text, self.channel, &self.detectors.known_bad) {
            let rule = format!("malicious_url.{}", bad.technique);
            self.add(ThreatCategory::MaliciousUrl, rule, bad.score, bad.span, Some(bad.technique));
        }
    }
}

/// `text` with spaces where `parts` were.
fn without(text: &str, parts: impl Iterator<Item = Range<usize>>) -> String {
    let mut blank = text.as_bytes().to_vec();
    for part in parts {
        blank[part].fill(b' ');
    }
    // Parts begin and end between characters.
    String::from_utf8(blank).unwrap_or_default()
}

/// What a classifier from outside says of `text`; its span is not trusted to be one of the text.
pub(crate) fn judged(channel: Channel, text: &str, judgement: Judgement) -> Option<Finding> {
    let (category, rule) = match Head::of(channel)? {
        Head::User => (ThreatCategory::Jailbreak, "jailbreak.onnx"),
        Head::Document | Head::Tool => (ThreatCategory::PromptInjection, "prompt_injection.onnx"),
    };
    let Judgement { span, score, .. } = judgement;
    Some(Finding {
        category,
        rule: Cow::Borrowed(rule),
        score: if score.is_nan() { 0.0 } else { score.clamp(0.0, 1.0) },
        span: if text.get(span.clone()).is_some() { span } else { 0..text.len() },
        technique: None,
    })
}

/// Whether a category is an attempt on the model, rather than a leak.
pub(crate) fn is_attack(category: ThreatCategory) -> bool {
    !matches!(
        category,
        ThreatCategory::CredentialExposure
            | ThreatCategory::SensitiveData
            | ThreatCategory::SystemPromptLeak
    )
}
