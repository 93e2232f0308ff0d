//! What may be kept of a prompt or response: the suspicious segment, masked and bounded.

use std::fmt::Debug;
use std::ops::Range;

use picket_model::{Evidence, ThreatCategory};

use crate::engine::Seen;

/// The longest segment kept, in characters.
pub(crate) const SEGMENT: usize = 200;
/// How much text on each side the redactor sees, so that it knows a secret that the segment's edge cuts.
const WINDOW: usize = 8 * 1024;

/// A text after masking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The masked text.
    pub text: String,
    /// Where the highlighted part stands in it, bytes.
    pub highlight: Range<usize>,
    /// What was masked, such as `aws_secret_access_key`; never the value.
    pub masked: Vec<String>,
}

/// Masks secrets and sensitive data in a text, keeping track of the highlighted part.
///
/// `highlight` is a byte range on character boundaries; so must be the one returned.
pub trait Redactor: Debug + Send + Sync {
    /// Masks `text`.
    fn redact(&self, text: &str, highlight: Range<usize>) -> Redacted;
}

/// The redactor for where none is given: masks every letter and digit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Withhold;

impl Redactor for Withhold {
    fn redact(&self, text: &str, highlight: Range<usize>) -> Redacted {
        let mask = |part: &str| -> String {
            part.chars().map(|letter| if letter.is_alphanumeric() { 'x' } else { letter }).collect()
        };
        let before = mask(&text[..highlight.start]);
        let within = mask(&text[highlight.clone()]);
        let start = before.len();
        let end = start + within.len();
        Redacted {
            text: before + &within + &mask(&text[highlight.end..]),
            highlight: start..end,
            masked: vec!["text".to_owned()],
        }
    }
}

/// The evidence of one detection; `leaks` are the spans of credentials and sensitive data in the same text, which are
/// masked whatever the redactor thinks.
pub(crate) fn evidence(
    seen: &Seen<'_>,
    leaks: &[(Range<usize>, &str)],
    keep: bool,
    redactor: &dyn Redactor,
) -> Evidence {
    let mut evidence = Evidence {
        channel: seen.detection.channel,
        category: seen.detection.category,
        rule: seen.detection.rule.clone(),
        segment: None,
        highlight: None,
        masked: Vec::new(),
    };
    let Some((text, span)) = keep.then(|| seen.text.zip(seen.span())).flatten() else {
        return evidence;
    };
    let span_end = text.floor_char_boundary(span.end.min(span.start + WINDOW));
    let start = text.floor_char_boundary(span.start.saturating_sub(WINDOW));
    let end = text.ceil_char_boundary((span_end + WINDOW).min(text.len()));
    let window = &text[start..end];
    let leaks: Vec<_> = leaks
        .iter()
        .filter(|(leak, _)| leak.start < end && start < leak.end)
        .map(|(leak, rule)| (leak.start.max(start) - start..leak.end.min(end) - start, *rule))
        .collect();
    let (text, highlight, mut masked) = mask(window, span.start - start..span_end - start, &leaks);
    let redacted = redactor.redact(&text, highlight);
    masked.extend(redacted.masked);
    masked.sort();
    masked.dedup();
    let (segment, highlight) = cut(&redacted.text, redacted.highlight);
    evidence.segment = Some(segment);
    evidence.highlight = Some([highlight.start, highlight.end]);
    evidence.masked = masked;
    evidence
}

/// Whether the category's own span is the secret.
pub(crate) fn is_leak(category: ThreatCategory) -> bool {
    matches!(category, ThreatCategory::CredentialExposure | ThreatCategory::SensitiveData)
}

/// Replaces each leak by `[rule]`.
fn mask(
    text: &str,
    highlight: Range<usize>,
    leaks: &[(Range<usize>, &str)],
) -> (String, Range<usize>, Vec<String>) {
    let mut leaks = leaks.to_vec();
    leaks.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut masked = String::with_capacity(text.len());
    let mut labels = Vec::new();
    // The highlight in the masked text; an edge inside a leak moves out to the edge of its mask.
    let mut lit = highlight.clone();
    let mut at = 0;
    for (span, rule) in leaks {
        if span.start < at {
            // Inside or across the one before: what is left of it goes too.
            at = at.max(span.end);
            continue;
        }
        masked.push_str(&text[at..span.start]);
        let label = format!("[{rule}]");
        let (from, to) = (masked.len(), masked.len() + label.len());
        lit.start = moved(highlight.start, &span, lit.start, from, to, false);
        lit.end = moved(highlight.end, &span, lit.end, from, to, true);
        masked.push_str(&label);
        labels.push(rule.to_owned());
        at = span.end;
    }
    masked.push_str(&text[at..]);
    let end = masked.floor_char_boundary(lit.end.min(masked.len()));
    let start = masked.floor_char_boundary(lit.start.min(end));
    (masked, start..end, labels)
}

/// Where an edge of the highlight stands after the mask `from..to` took the place of `span`.
fn moved(
    edge: usize,
    span: &Range<usize>,
    now: usize,
    from: usize,
    to: usize,
    is_end: bool,
) -> usize {
    if edge >= span.end {
        to + (edge - span.end)
    } else if edge > span.start {
        if is_end { to } else { from }
    } else {
        now
    }
}

/// At most [`SEGMENT`] characters around the highlight, with what people do not see written as escapes.
fn cut(text: &str, highlight: Range<usize>) -> (String, Range<usize>) {
    // No character is longer than four bytes, so nothing further away can be shown.
    let reach = 4 * SEGMENT;
    let highlight = highlight.start.min(text.len())..highlight.end.max(highlight.start);
    let low = text.floor_char_boundary(highlight.start.saturating_sub(reach));
    let high = highlight.end.min(highlight.start + reach) + reach;
    let high = text.ceil_char_boundary(high.min(text.len()));
    let highlight = highlight.start - low..highlight.end - low;
    let letters: Vec<(String, bool)> = text[low..high]
        .char_indices()
        .map(|(at, letter)| {
            let shown = if is_hidden(letter) {
                letter.escape_unicode().to_string()
            } else {
                letter.to_string()
            };
            (shown, highlight.contains(&at))
        })
        .collect();
    let width = |(shown, _): &(String, bool)| shown.chars().count();
    let from = letters.iter().position(|(_, lit)| *lit).unwrap_or(0);
    let to = letters.iter().rposition(|(_, lit)| *lit).map_or(from, |last| last + 1);
    let (mut start, mut end, mut room) = (from, from, SEGMENT);
    while end < to && width(&letters[end]) <= room {
        room -= width(&letters[end]);
        end += 1;
    }
    // What room is left goes to both sides in turn.
    loop {
        let left = (start > 0).then(|| width(&letters[start - 1])).filter(|width| *width <= room);
        if let Some(width) = left {
            start -= 1;
            room -= width;
        }
        let right = letters.get(end).map(width).filter(|width| end >= to && *width <= room);
        if let Some(width) = right {
            end += 1;
            room -= width;
        }
        if left.is_none() && right.is_none() {
            break;
        }
    }
    let mut segment = String::new();
    let (mut first, mut last) = (None, 0);
    for (shown, lit) in &letters[start..end] {
        if *lit {
            first.get_or_insert(segment.len());
            last = segment.len() + shown.len();
        }
        segment.push_str(shown);
    }
    (segment, first.unwrap_or(0)..last)
}

/// Characters that are not seen, or that change how others are seen.
fn is_hidden(letter: char) -> bool {
    (letter.is_control() && !matches!(letter, '\n' | '\t'))
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use picket_model::{Channel, Detection};

    use super::*;
    use crate::engine::Side;

    #[derive(Debug)]
    struct Plain;

    impl Redactor for Plain {
        fn redact(&self, text: &str, highlight: Range<usize>) -> Redacted {
            Redacted { text: text.to_owned(), highlight, masked: Vec::new() }
        }
    }

    fn detection(span: Range<usize>) -> Detection {
        Detection {
            category: ThreatCategory::Jailbreak,
            rule: "jailbreak.test".to_owned(),
            score: 0.9,
            span: [span.start, span.end],
            channel: Channel::User,
            message: 0,
            technique: None,
            tool: None,
        }
    }

    fn check(text: &str, span: Range<usize>, leaks: &[(Range<usize>, &str)]) -> (String, String) {
        let detection = detection(span);
        let seen =
            Seen { detection: &detection, text: Some(text), side: Side::Prompt, suspicious: false };
        let found = evidence(&seen, leaks, true, &Plain);
        let segment = found.segment.unwrap();
        let [start, end] = found.highlight.unwrap();
        let lit = segment[start..end].to_owned();
        (segment, lit)
    }

    #[test]
    fn keeps_at_most_200_characters_around_the_highlight() {
        let text = format!("{}ATTACK{}", "a".repeat(5_000), "é".repeat(5_000));
        let (segment, lit) = check(&text, 5_000..5_006, &[]);
        assert_eq!((segment.chars().count(), lit.as_str()), (SEGMENT, "ATTACK"));
        assert!(segment.starts_with('a') && segment.ends_with('é'));
        let (segment, lit) = check(&text, 0..text.len(), &[]);
        assert_eq!((segment.chars().count(), lit.len()), (SEGMENT, SEGMENT));
    }

    #[test]
    fn masks_leaks_inside_and_around_the_highlight() {
        let (segment, lit) =
            check("say KEY123 and PASS9 now", 0..14, &[(4..10, "key"), (15..20, "password")]);
        assert_eq!(segment, "say [key] and [password] now");
        assert_eq!(lit, "say [key] and");
        let (segment, lit) = check("say KEY123", 4..10, &[(4..10, "key"), (6..9, "inner")]);
        assert_eq!((segment.as_str(), lit.as_str()), ("say [key]", "[key]"));
    }

    #[test]
    fn shows_hidden_characters_as_escapes() {
        let (segment, lit) = check("a\u{200b}b\u{e0041}", 1..4, &[]);
        assert_eq!(segment, "a\\u{200b}b\\u{e0041}");
        assert_eq!(lit, "\\u{200b}");
    }

    #[test]
    fn spans_that_do_not_fit_the_text_give_no_segment() {
        let detection = detection(3..90);
        let seen = Seen {
            detection: &detection,
            text: Some("short"),
            side: Side::Prompt,
            suspicious: false,
        };
        assert_eq!(evidence(&seen, &[], true, &Plain).segment, None);
    }

    #[test]
    fn without_the_extension_or_redactor_no_word_is_kept() {
        let detection = detection(0..6);
        let seen = Seen {
            detection: &detection,
            text: Some("ignore all"),
            side: Side::Prompt,
            suspicious: false,
        };
        assert_eq!(evidence(&seen, &[], false, &Plain).segment, None);
        assert_eq!(evidence(&seen, &[], true, &Withhold).segment.as_deref(), Some("xxxxxx xxx"));
    }
}
