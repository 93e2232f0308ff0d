use rustc_hash::FxHashMap;

use crate::bits::Bits;
use crate::letters::is_alphanumeric;
use crate::normalise::normalise;
use crate::short::{Remembered, Short};
use crate::sieve::Sieve;
use crate::words::extend;

/// One step of a pattern: the words that fulfil it, by number.
pub(super) type Step = u16;

/// Which words fulfil which steps.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    words: FxHashMap<Box<str>, Vec<Step>>,
    words_sieve: Sieve,
    /// Beginnings of words, by their length in characters.
    stems: FxHashMap<Box<str>, Vec<Step>>,
    stems_sieve: Sieve,
    stem_lengths: u32,
    /// Words of scripts without spaces.
    joined: FxHashMap<Box<str>, Vec<Step>>,
    longest_joined: usize,
}

/// A word that fulfils at least one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// First byte in the plain form.
    pub(super) start: u32,
    /// Byte after the last.
    pub(super) end: u32,
    /// How many words stand before it.
    pub(super) ordinal: u32,
    steps: Place,
}

/// Which of all steps of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Place {
    first: u32,
    count: u32,
}

/// The words of a text that matter.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    pub(super) tokens: Vec<Token>,
    steps: Vec<Step>,
}

impl Tokens {
    pub(super) fn steps(&self, token: &Token) -> &[Step] {
        &self.steps[token.steps.first as usize..(token.steps.first + token.steps.count) as usize]
    }

    fn add(&mut self, steps: Place, at: usize, length: usize, ordinal: u32) {
        if steps.count > 0 {
            let (start, end) = (at as u32, (at + length) as u32);
            self.tokens.push(Token { start, end, ordinal, steps });
        }
    }
}

/// Scripts that are written without spaces between words, or that join endings to words (Hangul).
fn is_joined(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0e7f}' | '\u{3005}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The end of a sentence or a bracket of code sets words further apart than a space does.
fn apart(sign: char) -> u32 {
    match sign {
        '.' | '!' | '?' | '\n' | '。' => 2,
        '(' | ')' | '{' | '}' | ';' | '=' | '_' => 1,
        _ => 0,
    }
}

impl Lexicon {
    /// Says that `word` fulfils `step`; `*` at its end: every word that begins so.
    pub(super) fn add(&mut self, word: &str, step: Step) {
        let plain = normalise(word.trim_end_matches('*')).text;
        let map = if plain.chars().any(is_joined) {
            self.longest_joined = self.longest_joined.max(plain.chars().count());
            &mut self.joined
        } else if word.ends_with('*') {
            self.stem_lengths |= 1 << plain.chars().count().min(31);
            &mut self.stems
        } else {
            &mut self.words
        };
        let steps = map.entry(plain.into_boxed_str()).or_default();
        if !steps.contains(&step) {
            steps.push(step);
        }
    }

    /// Makes ready to be asked, when every word is in.
    pub(super) fn close(&mut self) {
        let sieve = |map: &FxHashMap<Box<str>, Vec<Step>>| {
            let hashes = map.keys().map(|word| word.bytes().fold(0, extend));
            Sieve::new(&hashes.collect::<Vec<_>>())
        };
        (self.words_sieve, self.stems_sieve) = (sieve(&self.words), sieve(&self.stems));
    }

    /// The words of a plain text that fulfil a step.
    pub(super) fn tokens(&self, text: &str) -> Tokens {
        let mut found = Tokens { tokens: Vec::with_capacity(text.len() / 16), ..Tokens::default() };
        // The steps of each word, which words that come again share.
        let mut known = Remembered::for_text(text.len());
        let mut ordinal = 0;
        let mut at = 0;
        let bytes = text.as_bytes();
        let letters = Bits::of(bytes, |byte| byte.is_ascii_alphanumeric());
        while let Some(&byte) = bytes.get(at) {
            if byte.is_ascii() && !byte.is_ascii_alphanumeric() {
                ordinal += apart(char::from(byte));
                at += 1;
                continue;
            }
            let Some(c) = text[at..].chars().next() else { break };
            if is_joined(c) {
                at = self.joined_word(text, at, &mut ordinal, &mut found);
            } else if is_alphanumeric(c) {
                let rest = &text[at..];
                let ascii = letters.run(at);
                let length = match bytes.get(at + ascii) {
                    Some(next) if !next.is_ascii() => rest
                        .find(|c: char| !is_alphanumeric(c) || is_joined(c))
                        .unwrap_or(rest.len()),
                    _ => ascii,
                };
                ordinal += 1;
                let word = &rest[..length];
                let steps = known
                    .get(Short::at(bytes, at, length), || self.look_up(word, &mut found.steps));
                found.add(steps, at, length, ordinal);
                at += length;
            } else {
                ordinal += apart(c);
                at += c.len_utf8();
            }
        }
        found
    }

    /// Adds the steps that `word` fulfils to `steps`, and says where.
    fn look_up(&self, word: &str, steps: &mut Vec<Step>) -> Place {
        let first = steps.len();
        let (mut hash, mut count) = (0, 0);
        // Lengths at which a known stem may end, in characters.
        let mut ends = 0u32;
        for (before, byte) in word.bytes().enumerate() {
            hash = extend(hash, byte);
            let ends_here = word.is_char_boundary(before + 1);
            count += u32::from(ends_here);
            if ends_here && count <= 30 && self.stems_sieve.may_have(hash) {
                ends |= 1 << count;
            }
        }
        if self.words_sieve.may_have(hash)
            && let Some(more) = self.words.get(word)
        {
            steps.extend(more);
        }
        ends &= self.stem_lengths;
        while ends != 0 {
            let count = ends.trailing_zeros() as usize;
            ends &= ends - 1;
            let end = word.char_indices().nth(count).map_or(word.len(), |(end, _)| end);
            if let Some(more) = self.stems.get(&word[..end]) {
                steps.extend(more);
            }
        }
        Place { first: first as u32, count: (steps.len() - first) as u32 }
    }

    /// The longest known word at `at`; returns where to go on.
    fn joined_word(&self, text: &str, at: usize, ordinal: &mut u32, found: &mut Tokens) -> usize {
        let rest = &text[at..];
        let ends: Vec<usize> = rest
            .char_indices()
            .take(self.longest_joined)
            .map(|(offset, c)| offset + c.len_utf8())
            .collect();
        for end in ends.iter().rev() {
            if let Some(steps) = self.joined.get(&rest[..*end]) {
                let place = Place { first: found.steps.len() as u32, count: steps.len() as u32 };
                found.steps.extend(steps);
                *ordinal += 1;
                found.add(place, at, *end, *ordinal);
                return at + end;
            }
        }
        // About three characters make a word that a gap may skip.
        *ordinal += u32::from(at.is_multiple_of(9));
        at + ends.first().copied().unwrap_or(1)
    }
}
