use std::ops::Range;
use std::sync::Arc;

use crate::Match;
use crate::table::Show;

/// A text whose sensitive parts are masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// What may be shown and stored.
    pub text: String,
    /// What was masked: information types in order of position, each once.
    pub masked: Vec<Arc<str>>,
    /// What was replaced, in order of position.
    pub edits: Vec<Edit>,
}

/// One replaced part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Bytes of the original text.
    pub original: Range<usize>,
    /// Bytes of the redacted text that stand for them.
    pub redacted: Range<usize>,
}

impl Redacted {
    /// Where a byte offset of the original text stands now; within a masked part: at its beginning.
    #[must_use]
    pub fn position(&self, original: usize) -> usize {
        let next = self.edits.partition_point(|edit| edit.original.end <= original);
        if let Some(edit) = self.edits.get(next)
            && edit.original.start <= original
        {
            return edit.redacted.start;
        }
        let shifted = next.checked_sub(1).and_then(|i| self.edits.get(i));
        shifted
            .map_or(original, |edit| edit.redacted.end + (original - edit.original.end))
            .min(self.text.len())
    }
}

/// Masks `matches` in `text`: at most the last four digits of a card or the public prefix of a key stay readable.
#[must_use]
pub fn redact(text: &str, matches: &[Match]) -> Redacted {
    let mut order: Vec<&Match> =
        matches.iter().filter(|found| text.get(found.span.clone()).is_some()).collect();
    order.sort_by_key(|found| (found.span.start, found.span.end));
    let mut redacted =
        Redacted { text: String::with_capacity(text.len()), masked: Vec::new(), edits: Vec::new() };
    let mut done = 0;
    for found in order {
        if !redacted.masked.contains(&found.info_type) {
            redacted.masked.push(found.info_type.clone());
        }
        if found.span.end <= done {
            continue;
        }
        let start = found.span.start.max(done);
        redacted.text.push_str(&text[done..start]);
        let begin = redacted.text.len();
        if start == found.span.start {
            redacted.text.push_str(&mask(found, &text[found.span.clone()]));
        }
        redacted
            .edits
            .push(Edit { original: start..found.span.end, redacted: begin..redacted.text.len() });
        done = found.span.end;
    }
    redacted.text.push_str(&text[done..]);
    redacted
}

fn mask(found: &Match, value: &str) -> String {
    let id = &found.info_type;
    match found.show {
        Show::Last4 => {
            let tail: Vec<char> = value.chars().filter(char::is_ascii_alphanumeric).collect();
            let tail: String = tail[tail.len().saturating_sub(4)..].iter().collect();
            format!("[{id}:****{tail}]")
        }
        Show::Prefix => match &found.prefix {
            Some(prefix) => format!("[{id}:{prefix}****]"),
            None => format!("[{id}]"),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Scanner;

    fn redacted(text: &str) -> Redacted {
        redact(text, &Scanner::embedded().scan(text))
    }

    #[test]
    fn keeps_four_digits_of_a_card_and_the_prefix_of_a_key() {
        let result = redacted("pay 4111-1111-1111-1111 with AKIAIOSFODNN7EXAMPL3 now");
        assert_eq!(result.text, "pay [credit_card:****1111] with [aws_access_key_id:AKIA****] now");
        assert_eq!(
            result.masked.iter().map(|id| &**id).collect::<Vec<_>>(),
            ["credit_card", "aws_access_key_id"]
        );
    }

    #[test]
    fn offsets_follow_the_text() {
        let text = "pay 4111-1111-1111-1111 with care";
        let result = redacted(text);
        assert_eq!(&result.text[result.position(text.find("care").unwrap())..], "care");
        assert_eq!(result.position(0), 0);
        assert_eq!(result.position(10), 4);
        assert_eq!(result.position(text.len()), result.text.len());
    }

    proptest! {
        #[test]
        fn nothing_sensitive_is_left(words in proptest::collection::vec(
            prop_oneof![
                Just("4111 1111 1111 1111".to_owned()), Just("AKIAIOSFODNN7EXAMPL3".to_owned()),
                Just("DE89370400440532013000".to_owned()), Just("jane@contoso.example".to_owned()),
                Just("password: Winter2024!".to_owned()), "\\PC{0,12}",
            ], 0..12)) {
            let text = words.join(" ");
            let result = redacted(&text);
            for secret in ["4111 1111", "IOSFODNN7", "DE8937040044", "Winter2024"] {
                prop_assert!(!result.text.contains(secret), "{:?} in {:?}", secret, result.text);
            }
            for offset in 0..=text.len() {
                let position = result.position(offset);
                prop_assert!(position <= result.text.len());
                if text.is_char_boundary(offset) { prop_assert!(result.text.is_char_boundary(position)); }
            }
        }
    }
}
