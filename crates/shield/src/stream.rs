//! A response as it flows: what may be sent on, and what completes a finding.

use std::ops::Range;

use picket_model::{Channel, Detection, ThreatCategory};

use crate::inspect::Finding;
use crate::normalise::normalise;
use crate::scope::Scope;
use crate::shield::Shield;

/// What is looked at again before the part that is new, for context.
const LOOKBACK: usize = 2048;
/// What is held back at most.
const HOLD: usize = 16 << 10;
/// A keyword may follow a number at this distance, and make it a finding.
const AFTER: usize = 80;

/// What one piece of a stream allows.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// How many bytes, from the beginning of the stream, may be sent on; never less than before.
    pub safe_up_to: usize,
    /// What was completed. From its first byte on nothing more is released.
    pub finding: Option<Detection>,
}

/// Inspects one response piece by piece: holds back what may still become a credential, a sensitive value, a bad link or
/// a leak of the instructions, and nothing else. Other detections need the whole response: see [`Shield::analyze`].
#[derive(Debug)]
pub struct ResponseInspector {
    shield: Shield,
    scope: Scope,
    /// The stream from `base` on.
    text: String,
    base: usize,
    safe: usize,
    scanned: usize,
    closed: bool,
}

impl ResponseInspector {
    pub(crate) fn new(shield: Shield, scope: Scope) -> Self {
        Self { shield, scope, text: String::new(), base: 0, safe: 0, scanned: 0, closed: false }
    }

    /// Takes the next piece.
    pub fn push(&mut self, delta: &str) -> Release {
        if self.closed {
            return Release { safe_up_to: self.safe, finding: None };
        }
        self.text.push_str(delta);
        let open = self.base + self.open_from();
        self.advance(open)
    }

    /// Says that the stream has ended: what was held back is a finding or may go.
    pub fn finish(&mut self) -> Release {
        if self.closed {
            return Release { safe_up_to: self.safe, finding: None };
        }
        let release = self.advance(self.base + self.text.len());
        self.closed = true;
        release
    }

    /// Looks for findings before `open` and releases up to it.
    fn advance(&mut self, open: usize) -> Release {
        if open > self.scanned {
            let start = self.text.floor_char_boundary(
                self.scanned.saturating_sub(LOOKBACK).max(self.base) - self.base,
            );
            let window = &self.text[start..];
            let start = start + self.base;
            if let Some(finding) = self.first_finding(window, start, open) {
                self.safe = self.safe.max(finding.span[0]);
                self.closed = true;
                return Release { safe_up_to: self.safe, finding: Some(finding) };
            }
            self.scanned = open;
            self.safe = self.safe.max(open);
            self.forget();
        }
        Release { safe_up_to: self.safe, finding: None }
    }

    /// The first blocked finding of `window`, which begins at `start` of the stream, that begins before `open`.
    fn first_finding(&self, window: &str, start: usize, open: usize) -> Option<Detection> {
        let findings = self.shield.leaks(window, &self.scope).into_iter();
        let mut placed = findings.filter_map(|mut finding: Finding| {
            finding.span = finding.span.start + start..finding.span.end + start;
            // What was released before is past; what is still open may become something else.
            (finding.span.start >= self.safe && finding.span.start < open).then_some(finding)
        });
        let first = placed.by_ref().min_by_key(|finding| finding.span.start)?;
        Some(first.detection(Channel::Response, 0))
    }

    /// Where in `text` the part begins that may still become a finding.
    fn open_from(&self) -> usize {
        let text = &self.text;
        let least = text.floor_char_boundary(text.len().saturating_sub(HOLD));
        let mut open = last_word(text);
        open = open.min(numbers_before(text, open));
        // Whatever holds a long number or random run waits for the keyword that may follow it.
        let near = text.floor_char_boundary(text.len().saturating_sub(AFTER));
        if let Some(candidate) =
            words(text, last_word(&text[..near])).find(|word| is_candidate(&text[word.clone()]))
        {
            open = open.min(numbers_before(text, candidate.start));
        }
        if let Some(begin) = text.rfind("-----BEGIN")
            && !text[begin + 10..].contains("-----END")
        {
            open = open.min(begin);
        } else if let Some(end) = text.rfind("-----END")
            && !text[end + 8..].contains("-----")
            && let Some(begin) = text[..end].rfind("-----BEGIN")
        {
            open = open.min(begin);
        }
        let instructions = &self.scope.instructions;
        if !instructions.is_empty() {
            let plain = normalise(text);
            open = open.min(instructions.open_from(&plain));
        }
        open = open.min(instructions.canaries.open_from(text));
        open.max(least)
    }

    /// Drops text that no later finding needs.
    fn forget(&mut self) {
        let keep = self.text.floor_char_boundary(
            self.scanned.saturating_sub(2 * LOOKBACK).max(self.base) - self.base,
        );
        if keep > 4 * LOOKBACK {
            self.text.drain(..keep);
            self.base += keep;
        }
    }
}

/// Categories that are worth holding a stream back for.
pub(crate) fn is_blocking(category: ThreatCategory) -> bool {
    matches!(
        category,
        ThreatCategory::CredentialExposure
            | ThreatCategory::SensitiveData
            | ThreatCategory::MaliciousUrl
            | ThreatCategory::SystemPromptLeak
    )
}

/// Where the last run without white space begins.
fn last_word(text: &str) -> usize {
    text.char_indices()
        .rev()
        .find(|(_, c)| c.is_whitespace())
        .map_or(0, |(at, c)| at + c.len_utf8())
}

/// Runs without white space from `from` on.
fn words(text: &str, from: usize) -> impl Iterator<Item = Range<usize>> {
    let base = text.as_ptr() as usize;
    text[from..].split_whitespace().map(move |word| {
        let start = word.as_ptr() as usize - base;
        start..start + word.len()
    })
}

/// Whether a word could be made a finding by a keyword after it.
fn is_candidate(word: &str) -> bool {
    word.bytes().filter(u8::is_ascii_digit).count() >= 2 || word.len() >= 20
}

/// Where groups begin that may be one number with the word at `at`, such as a card's or an account's.
fn numbers_before(text: &str, at: usize) -> usize {
    let mut begin = at;
    loop {
        let before = text[..begin].trim_end();
        let start = last_word(before);
        let group = &before[start..];
        let number = !group.is_empty()
            && group.len() <= 40
            && (group.bytes().any(|byte| byte.is_ascii_digit())
                || group.len() <= 6 && group.bytes().all(|byte| byte.is_ascii_uppercase()));
        if !number || at - start > 96 {
            return begin;
        }
        begin = start;
    }
}
