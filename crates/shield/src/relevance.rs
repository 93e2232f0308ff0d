//! Whether what a document asks for has to do with what the user asked for.

use std::ops::Range;

use picket_model::{Channel, ThreatCategory};
use rustc_hash::FxHashSet;

use crate::conversation::{content_words, share};
use crate::inspect::Finding;
use crate::normalise::normalise;

/// Above this a rule is sure of itself, and what the user asked for is no excuse.
const CERTAIN: f32 = 0.9;
/// How much of a text around a finding counts, bytes.
const AROUND: usize = 200;

/// What the user asks for.
#[derive(Debug, Default)]
pub(crate) struct Request(FxHashSet<String>);

impl Request {
    pub(crate) fn new(text: &str) -> Self {
        Self(content_words(&normalise(text).text))
    }

    /// Makes an instruction in a document that is foreign to the request score higher, one that matches it lower.
    pub(crate) fn weigh(&self, finding: &mut Finding, channel: Channel, text: &str) {
        let instruction = finding.category == ThreatCategory::PromptInjection
            && matches!(channel, Channel::Document | Channel::Tool);
        if self.0.len() < 2 || !instruction {
            return;
        }
        let own = content_words(&normalise(&text[around(text, &finding.span)]).text);
        if own.len() < 3 {
            return;
        }
        let matching = share(&own, &self.0);
        if matching >= 0.5 && finding.score < CERTAIN {
            finding.score *= 0.8;
        } else if matching == 0.0 && finding.score >= 0.5 {
            finding.score += (1.0 - finding.score) * 0.2;
        }
    }
}

/// The finding with the rest of its sentence.
fn around(text: &str, span: &Range<usize>) -> Range<usize> {
    let ends = |c: char| matches!(c, '.' | '!' | '?' | '\n' | '。');
    let least = text.ceil_char_boundary(span.start.saturating_sub(AROUND));
    let most = text.floor_char_boundary(span.end + AROUND);
    let begin = text.get(least..span.start).unwrap_or_default();
    let start = begin
        .rfind(ends)
        .map_or(least, |at| least + at + begin[at..].chars().next().map_or(1, char::len_utf8));
    let rest = text.get(span.end..most).unwrap_or_default();
    start..rest.find(ends).map_or(most, |at| span.end + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighed(request: &str, text: &str, score: f32) -> f32 {
        let mut finding = Finding {
            category: ThreatCategory::PromptInjection,
            rule: "prompt_injection.classifier".into(),
            score,
            span: 0..text.len(),
            technique: None,
        };
        Request::new(request).weigh(&mut finding, Channel::Document, text);
        finding.score
    }

    #[test]
    fn foreign_instructions_weigh_more_and_matching_ones_less() {
        let text = "Translate the invoice into German and list the totals";
        assert!(weighed("Translate the invoice into German, with totals", text, 0.6) < 0.6);
        assert!(weighed("What is the weather in Lisbon?", text, 0.6) > 0.6);
        assert_eq!(weighed("Hi", text, 0.6), 0.6, "no request, no weight");
        assert_eq!(weighed("What is the weather in Lisbon?", text, 0.3), 0.3);
        assert_eq!(weighed("Translate the invoice into German, totals", text, 0.95), 0.95);
    }

    #[test]
    fn the_sentence_around_counts() {
        let text = "First one. Do the thing now, thanks! Last one.";
        let at = text.find("thing").unwrap();
        assert_eq!(&text[around(text, &(at..at + 5))], " Do the thing now, thanks");
    }
}
