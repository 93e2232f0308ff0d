use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use picket_model::{Channel, Detection, ThreatCategory, ToolPlace, Verdict, VerdictLevel};
use picket_sensitive::Scanner;
use regex::Regex;

use crate::canary::Canaries;
use crate::catalogue::{Catalogue, Own, RuleInfo};
use crate::classifier::{EMBEDDED as EMBEDDED_MODEL, Head, Model};
use crate::config::{Allow, ShieldConfig, ShieldError};
use crate::conversation::{Conversation, Turn};
use crate::external::{Classifier, Judgement};
use crate::input::{InputMessage, ShieldInput};
use crate::inspect::{Detectors, Finding, is_attack, judged};
use crate::links::KnownBad;
use crate::scope::Scope;
use crate::signature::{EMBEDDED, LEXICON, Rule, Signatures};
use crate::stream::{ResponseInspector, is_blocking};
use crate::tools::{Sources, ToolFinding, ToolInspector};

/// From here on a verdict is *malicious*.
const MALICIOUS: f32 = 0.75;
/// The score of what is at most *suspicious*, however sure it is.
const SUSPICIOUS: f32 = 0.7;

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
    canaries: Canaries,
}

/// Where findings stand.
struct Place<'a> {
    channel: Channel,
    message: usize,
    text: &'a str,
    tool: Option<ToolPlace>,
}

/// What was seen in an input.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) detections: Vec<Detection>,
    /// The highest score, whether or not it is reported.
    highest: f32,
    /// Every score, whether or not it is reported.
    pub(crate) scores: Vec<(ThreatCategory, Channel, f32)>,
}

/// A message as a turn of the conversation.
fn turn(index: Option<usize>, message: &InputMessage, score: f32) -> Option<Turn<'_>> {
    let InputMessage { channel, content: text, .. } = message;
    let speaks = matches!(channel, Channel::User | Channel::Response) && !text.is_empty();
    speaks.then_some(Turn { message: index, channel: *channel, text, score })
}

impl Shield {
    /// A shield with the embedded rules and model.
    ///
    /// # Errors
    /// An allow pattern that does not compile, or a canary token that is too short.
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
        let tools = ToolInspector::embedded()?;
        let own = signatures.rules().iter().map(|rule| (rule.id.clone(), Own::from(rule)));
        let of_tools = tools.rules().iter().map(|rule| (rule.id.clone(), Own::from(rule)));
        let detectors = Detectors {
            catalogue: Catalogue::new(own.chain(of_tools))?,
            conversation: Conversation::embedded()?,
            tools,
            signatures,
            known_bad: KnownBad::new(&config.links),
            scanner: Scanner::embedded(),
            model,
        };
        let canaries = Canaries::new(config.canaries.iter().map(String::as_str))?;
        Ok(Self { inner: Arc::new(Inner { config, detectors, allow, canaries }), classifier: None })
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

    pub(crate) fn detectors(&self) -> &Detectors {
        &self.inner.detectors
    }

    /// Inspects every message, document, tool and call of `input`, and the conversation as a whole.
    #[must_use]
    pub fn analyze(&self, input: &ShieldInput) -> Verdict {
        let begin = Instant::now();
        let seen = self.look(input);
        let mut verdict = conclude(&input.id, seen.detections, seen.highest);
        verdict.elapsed_us = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
        verdict
    }

    /// Everything at or above its threshold in one text, in order of position.
    #[must_use]
    pub fn analyze_text(&self, channel: Channel, text: &str) -> Vec<Detection> {
        let mut seen = Seen::default();
        self.text(channel, text, 0, None, &Scope::default(), &mut seen);
        seen.detections
    }

    /// An inspector of a response to `request` that is streamed.
    #[must_use]
    pub fn response_stream(&self, request: &ShieldInput) -> ResponseInspector {
        ResponseInspector::new(self.clone(), self.scope(request))
    }

    /// What a stream is held back for, at or above its threshold.
    pub(crate) fn leaks(&self, text: &str, scope: &Scope) -> Vec<Finding> {
        let mut findings =
            self.inner.detectors.leaks(&self.inner.config, text, &scope.instructions);
        findings.iter_mut().for_each(|finding| self.name_technique(finding));
        findings.retain(|finding| {
            is_blocking(finding.category)
                && finding.score >= self.threshold(finding, Channel::Response)
                && !self.is_allowed(finding, Channel::Response, text, scope)
        });
        findings
    }

    fn scope(&self, input: &ShieldInput) -> Scope {
        Scope::new(input, self.inner.config.system_prompt_leak, &self.inner.canaries)
    }

    /// What the classifier from outside sees in an input's messages and documents, by their place in this order.
    fn judged(&self, input: &ShieldInput) -> BTreeMap<usize, Finding> {
        let Some(classifier) = &self.classifier else { return BTreeMap::new() };
        let messages = input.messages.iter().map(|it| (it.channel, it.content.as_str()));
        let documents = input.documents.iter().map(|it| (Channel::Document, it.content.as_str()));
        let asked: Vec<(usize, Channel, &str)> = messages
            .chain(documents)
            .enumerate()
            .map(|(at, (channel, text))| (at, channel, text))
            .filter(|(_, channel, text)| Head::of(*channel).is_some() && !text.is_empty())
            .collect();
        if asked.is_empty() {
            return BTreeMap::new();
        }
        let texts: Vec<&str> = asked.iter().map(|(_, _, text)| *text).collect();
        let finding = |judgement: Judgement| {
            let (at, channel, text) = *asked.get(judgement.text)?;
            Some((at, judged(channel, text, judgement)?))
        };
        classifier.judge(&texts).into_iter().filter_map(finding).collect()
    }

    /// Everything in an input.
    pub(crate) fn look(&self, input: &ShieldInput) -> Seen {
        let scope = self.scope(input);
        let mut judged = self.judged(input);
        let mut seen = Seen::default();
        let mut turns: Vec<Turn<'_>> = Vec::new();
        for message in &input.context {
            turns.extend(turn(None, message, 0.0));
        }
        for (index, message) in input.messages.iter().enumerate() {
            let (text, more) = (&message.content, judged.remove(&index));
            let attack = self.text(message.channel, text, index, more, &scope, &mut seen);
            turns.extend(turn(Some(index), message, attack));
        }
        for (index, document) in input.documents.iter().enumerate() {
            let (text, more) = (&document.content, judged.remove(&(input.messages.len() + index)));
            self.text(Channel::Document, text, index, more, &scope, &mut seen);
        }
        self.calls(input, &scope, &mut seen);
        if self.inner.config.tools {
            self.declarations(input, &scope, &mut seen);
        }
        if self.inner.config.multi_turn {
            let Inner { config, detectors, .. } = &*self.inner;
            for (index, finding) in detectors.conversation.judge(detectors, config, &turns) {
                let text = &input.messages[index].content;
                let place = Place { channel: Channel::User, message: index, text, tool: None };
                self.consider(vec![finding], &place, &scope, &mut seen);
            }
        }
        seen
    }

    /// One text, with what is known of it beforehand: the highest score of an attack in it, reported or not.
    fn text(
        &self,
        channel: Channel,
        text: &str,
        message: usize,
        more: Option<Finding>,
        scope: &Scope,
        seen: &mut Seen,
    ) -> f32 {
        let Inner { config, detectors, .. } = &*self.inner;
        let mut findings = detectors.inspect(config, channel, text, &scope.instructions);
        findings.extend(more);
        for finding in &mut findings {
            scope.request.weigh(finding, channel, text);
        }
        let attacks = findings.iter().filter(|finding| is_attack(finding.category));
        let attack = attacks.map(|finding| finding.score).fold(0.0, f32::max);
        self.consider(findings, &Place { channel, message, text, tool: None }, scope, seen);
        attack
    }

    /// Calls of tools: their arguments as texts, and what they would do.
    fn calls(&self, input: &ShieldInput, scope: &Scope, seen: &mut Seen) {
        if input.messages.iter().all(|message| message.tool_calls.is_empty()) {
            return;
        }
        let Inner { config, detectors, .. } = &*self.inner;
        let sources =
            if config.tools { Sources::new(input, detectors.scanner) } else { Sources::default() };
        for (index, message) in input.messages.iter().enumerate() {
            for (number, call) in message.tool_calls.iter().enumerate() {
                let text = &call.arguments;
                let mut findings =
                    detectors.inspect(config, Channel::Response, text, &scope.instructions);
                if config.tools {
                    findings.extend(detectors.tools.call(call, &input.tools, &sources));
                }
                let name = call.name.clone();
                let tool = Some(ToolPlace { name, call: Some(number), field: None });
                let place = Place { channel: Channel::Response, message: index, text, tool };
                self.consider(findings, &place, scope, seen);
            }
        }
    }

    /// Declarations of tools: orders for the model, and what nobody sees.
    fn declarations(&self, input: &ShieldInput, scope: &Scope, seen: &mut Seen) {
        let Inner { config, detectors, .. } = &*self.inner;
        for (index, found) in detectors.tools.declarations(&input.tools) {
            let ToolFinding { finding, place: tool, text } = found;
            let (channel, tool) = (Channel::Tool, Some(tool));
            let place = Place { channel, message: index, text: &text, tool };
            self.consider(vec![finding], &place, scope, seen);
        }
        for (index, tool) in input.tools.iter().enumerate() {
            for (field, text) in ToolInspector::texts(tool) {
                let mut findings = detectors.wording(config, Channel::Tool, text);
                findings.retain(|finding| {
                    matches!(
                        finding.category,
                        ThreatCategory::HiddenText | ThreatCategory::EncodingEvasion
                    ) || detectors.tools.holds_for_declarations(&finding.rule)
                });
                let tool = ToolPlace { name: tool.name.clone(), call: None, field: Some(field) };
                let (channel, tool) = (Channel::Tool, Some(tool));
                let place = Place { channel, message: index, text, tool };
                self.consider(findings, &place, scope, seen);
            }
        }
    }

    /// Keeps of the findings of one place what is not allowed and at or above its threshold, in order of position.
    fn consider(&self, findings: Vec<Finding>, place: &Place<'_>, scope: &Scope, seen: &mut Seen) {
        let mut detections = Vec::new();
        let (mut rules, mut classifier) = (0.0f32, 0.0f32);
        for mut finding in findings {
            if self.is_allowed(&finding, place.channel, place.text, scope) {
                continue;
            }
            match () {
                () if finding.rule.ends_with(".classifier") => {
                    classifier = classifier.max(finding.score);
                }
                () if is_attack(finding.category) => rules = rules.max(finding.score),
                () if may_be_malicious(finding.category, place.channel) => {
                    seen.highest = seen.highest.max(finding.score);
                }
                () => seen.highest = seen.highest.max(finding.score.min(SUSPICIOUS)),
            }
            seen.scores.push((finding.category, place.channel, finding.score));
            if finding.score >= self.threshold(&finding, place.channel) {
                self.name_technique(&mut finding);
                let mut detection = finding.detection(place.channel, place.message);
                detection.tool.clone_from(&place.tool);
                detections.push(detection);
            }
        }
        seen.highest = seen.highest.max(together(rules, classifier));
        detections.sort_by(|a, b| {
            a.span.cmp(&b.span).then_with(|| a.rule.cmp(&b.rule)).then(b.score.total_cmp(&a.score))
        });
        detections
            .dedup_by(|later, earlier| later.rule == earlier.rule && later.span == earlier.span);
        seen.detections.extend(detections);
    }

    /// Gives a finding the technique of its rule, where its detector names none.
    fn name_technique(&self, finding: &mut Finding) {
        if finding.technique.is_none() {
            let technique = self.inner.detectors.catalogue.technique(&finding.rule);
            finding.technique = technique.map(|technique| technique.to_owned().into());
        }
    }

    fn threshold(&self, finding: &Finding, channel: Channel) -> f32 {
        let config = &self.inner.config;
        let configured = config.thresholds.least(config.sensitivity, finding.category, channel);
        config.sensitivity.signature_threshold().max(configured)
    }

    fn is_allowed(&self, finding: &Finding, channel: Channel, text: &str, scope: &Scope) -> bool {
        self.inner.allow.iter().any(|(allow, pattern)| {
            let rule = allow.rule.as_deref().is_none_or(|rule| match rule.strip_suffix(".*") {
                Some(area) => finding.rule.split('.').next() == Some(area),
                None => finding.rule == rule,
            });
            let part = text.get(finding.span.clone()).unwrap_or_default();
            let application = allow.application.as_deref().is_none_or(|only| {
                scope.application.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(only))
            });
            rule && application
                && allow.channel.is_none_or(|only| only == channel)
                && pattern.as_ref().is_none_or(|pattern| pattern.is_match(part))
        })
    }
}

/// The score of what rules and the classifier see of the same text: they err apart, so what both see is surer.
pub(crate) fn together(rules: f32, classifier: f32) -> f32 {
    1.0 - (1.0 - rules) * (1.0 - classifier)
}

/// Whether a category is more than suspicious in `channel`: what a user gives away is nobody's attack.
fn may_be_malicious(category: ThreatCategory, channel: Channel) -> bool {
    is_attack(category) || channel == Channel::Response && category != ThreatCategory::SensitiveData
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
        detection.score >= MALICIOUS && may_be_malicious(detection.category, detection.channel)
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
