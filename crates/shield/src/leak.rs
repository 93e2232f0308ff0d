//! Whether a response repeats the system prompt.

use std::hash::{Hash, Hasher};
use std::ops::Range;

use rustc_hash::{FxHashSet, FxHasher};

use crate::canary::Canaries;
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
    words: FxHashSet<u64>,
    pairs: FxHashSet<u64>,
    /// Words that stand nowhere else.
    pub(crate) canaries: Canaries,
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
        let mut instructions = Self::default();
        for text in texts {
            let words = words(&normalise(text).text);
            instructions.words.extend(words.iter().map(|(hash, _)| hash));
            instructions.pairs.extend(words.windows(2).map(shingle));
            instructions.shingles.extend(words.windows(SHINGLE).map(shingle));
        }
        instructions
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
        let (mut best, mut begin) = (0..0, None);
        for i in 0..words.len() {
            if words.get(i..i + SHINGLE).is_some_and(|here| self.shingles.contains(&shingle(here)))
            {
                let start = *begin.get_or_insert(i);
                if i + SHINGLE - start > best.len() {
                    best = start..i + SHINGLE;
                }
            } else {
                begin = None;
            }
        }
        let share = (best.len() + 1).saturating_sub(SHINGLE) as f32 / self.shingles.len() as f32;
        if best.len() < RUN && (share < SHARE || best.len() <= SHINGLE) {
            return None;
        }
        let first = words.get(best.start)?.1.start;
        let last = words.get(best.end - 1)?.1.end;
        Some((response.span(first..last), (0.75 + share / 4.0).min(0.99)))
    }

    /// Where the words at the end of an unfinished response begin that follow each other as in the instructions.
    pub(crate) fn open_from(&self, response: &Normalised) -> usize {
        let words = words(&response.text);
        // The last word may be unfinished.
        let mut from = words.len().saturating_sub(1);
        if from > 0 && self.words.contains(&words[from - 1].0) {
            from -= 1;
            while from > 0 && self.pairs.contains(&shingle(&words[from - 1..=from])) {
                from -= 1;
            }
        }
        words
            .get(from)
            .map_or(response.span(0..0).start, |(_, word)| response.span(word.clone()).start)
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
