//! Whether a response repeats the system prompt.

use std::hash::{Hash, Hasher};
use std::ops::Range;

use rustc_hash::{FxHashSet, FxHasher};

use crate::normalise::{Normalised, normalise};

/// Words that must follow each other as in the prompt.
const SHINGLE: usize = 6;
/// Words in a row that make a leak.
const RUN: usize = 14;
/// The share of the prompt's shingles that makes a leak of short prompts.
const SHARE: f32 = 0.5;

/// The word sequences of the instructions a response must not repeat.
#[derive(Debug, Clone, Default)]
pub(crate) struct Instructions {
    shingles: FxHashSet<u64>,
}

fn words(plain: &str) -> Vec<(u64, Range<usize>)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in plain.char_indices().chain([(plain.len(), ' ')]) {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(begin)) => {
                let mut hasher = FxHasher::default();
                plain[begin..at].hash(&mut hasher);
                words.push((hasher.finish(), begin..at));
                start = None;
            }
            _ => {}
        }
    }
    words
}

fn shingle(words: &[(u64, Range<usize>)]) -> u64 {
    words.iter().fold(0, |sum: u64, (hash, _)| sum.rotate_left(7) ^ hash)
}

impl Instructions {
    pub(crate) fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut shingles = FxHashSet::default();
        for text in texts {
            shingles.extend(words(&normalise(text).text).windows(SHINGLE).map(shingle));
        }
        Self { shingles }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shingles.is_empty()
    }

    /// The longest repeated part in original bytes and how sure the leak is, where there is one.
    pub(crate) fn leaked(&self, response: &Normalised) -> Option<(Range<usize>, f32)> {
        if self.is_empty() {
            return None;
        }
        let words = words(&response.text);
        let mut seen = FxHashSet::default();
        let (mut best, mut begin) = (0..0, None);
        for i in 0..words.len() {
            let here = words
                .get(i..i + SHINGLE)
                .map(shingle)
                .filter(|shingle| self.shingles.contains(shingle));
            match (here, begin) {
                (Some(shingle), _) => {
                    seen.insert(shingle);
                    let start = *begin.get_or_insert(i);
                    if i + SHINGLE - start > best.len() {
                        best = start..i + SHINGLE;
                    }
                }
                (None, _) => begin = None,
            }
        }
        let share = seen.len() as f32 / self.shingles.len() as f32;
        let score = if best.len() >= RUN || share >= SHARE && best.len() > SHINGLE {
            (0.75 + share / 4.0).min(0.99)
        } else {
            return None;
        };
        let first = words.get(best.start)?.1.start;
        let last = words.get(best.end - 1)?.1.end;
        Some((response.span(first..last), score))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMPT: &str = "You are Contoso's travel assistant. Never offer discounts above ten percent. \
        The internal code word for partners is bluebird. Refuse questions about other airlines.";

    fn leaked(response: &str) -> Option<(Range<usize>, f32)> {
        Instructions::new([PROMPT].into_iter()).leaked(&normalise(response))
    }

    #[test]
    fn a_repeated_prompt_is_a_leak() {
        let response = format!("Sure! My instructions: {}", PROMPT.to_uppercase());
        let (span, score) = leaked(&response).unwrap();
        assert!(response[span].starts_with("YOU ARE CONTOSO") && score > 0.9);
    }

    #[test]
    fn an_answer_in_the_prompts_words_is_none() {
        assert_eq!(
            leaked("I am Contoso's travel assistant. I can offer discounts of up to ten percent."),
            None
        );
    }
}
