//! One detector a file: each looks at one interaction and what is remembered, and says what it saw.

mod access;
mod access_anomaly;
mod credentials;
mod duplicates;
mod injection;
mod jailbreak;
mod leakage;
mod reconnaissance;
mod sensitive;
mod tools;
mod urls;
mod volume;

use picket_model::{Entity, Properties, Severity};

use crate::engine::{Context, Seen, State};

/// What a detector saw; becomes an alert or lets one grow.
#[derive(Debug)]
pub(crate) struct Signal<'a> {
    pub(crate) alert_type: &'a str,
    /// What repeated signals are told apart by: user, address, document, credential.
    pub(crate) subject: String,
    /// Where it differs from the catalogue's.
    pub(crate) severity: Option<Severity>,
    /// The word of the templates.
    pub(crate) what: String,
    pub(crate) seen: Vec<Seen<'a>>,
    /// Besides those of every alert.
    pub(crate) entities: Vec<Entity>,
    pub(crate) facts: Properties,
}

impl<'a> Signal<'a> {
    pub(crate) fn new(alert_type: &'a str, subject: impl Into<String>) -> Self {
        Self {
            alert_type,
            subject: subject.into(),
            severity: None,
            what: String::new(),
            seen: Vec::new(),
            entities: Vec::new(),
            facts: Properties::new(),
        }
    }
}

type Detector = for<'a> fn(&Context<'a>, &mut State, &mut Vec<Signal<'a>>);

/// In the order in which alerts of one interaction are told.
pub(crate) const ALL: &[Detector] = &[
    access::detect,
    credentials::used,
    access_anomaly::detect,
    duplicates::detect,
    volume::detect,
    reconnaissance::detect,
    leakage::detect,
    jailbreak::detect,
    injection::detect,
    urls::detect,
    tools::detect,
    credentials::leaked,
    sensitive::detect,
];

/// One step less severe, where every detection comes from a verdict that is no more than suspicious.
fn by_confidence(severity: Severity, seen: &[Seen<'_>]) -> Option<Severity> {
    (!seen.is_empty() && seen.iter().all(|seen| seen.suspicious)).then_some(match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium | Severity::Low => Severity::Low,
        Severity::Informational => Severity::Informational,
    })
}

/// Up to eight distinct words, in order, joined for a sentence.
fn list<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let mut distinct: Vec<&str> = Vec::new();
    for word in words {
        if !distinct.contains(&word) {
            distinct.push(word);
        }
    }
    let more = distinct.len().saturating_sub(8);
    distinct.truncate(8);
    let joined = distinct.join(", ");
    if more > 0 { format!("{joined} and {more} more") } else { joined }
}

/// The information type a rule names: `sensitive.credit_card` → `credit_card`.
fn information_type(rule: &str) -> &str {
    rule.rsplit('.').next().unwrap_or(rule)
}
