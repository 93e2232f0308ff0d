//! What the classifier sees of a text: n-grams and concepts by word, over segments and their neighbours.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::concepts::{Concepts, Mask, bits};
use crate::bits::Bits;
use crate::letters::is_alphanumeric;
use crate::short::{Remembered, Short};

/// Words a segment has at most; longer sentences are cut.
const LONGEST_SEGMENT: u32 = 40;
/// Words that a segment needs before another may begin.
const SHORTEST_SEGMENT: u32 = 3;
/// Letters of a word that are looked at: what is longer is no word.
const LONGEST: usize = 32;
/// Words back to which concepts are combined.
const REACH: u32 = 7;
/// Letters of a word that belongs to a topic rather than to grammar, in bytes.
const TOPICAL: u32 = 4;

/// Receives the features of a text in order.
pub(super) trait Sink {
    /// The next word or sign begins; its features follow.
    fn word(&mut self, word: Word);
    /// An n-gram, as its hash.
    fn gram(&mut self, hash: u32);
    /// The n-grams of a word's letters; `hash` stands for all of them.
    fn letters(&mut self, _hash: u64, letters: &[u8]) {
        grams(letters, |gram| self.gram(gram));
    }
    /// A combination of concepts, as its hash.
    fn concept(&mut self, hash: u32);
}

/// A word or sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its first byte in the plain text.
    pub(super) start: u32,
    /// The byte after its last.
    pub(super) end: u32,
    /// Whether a segment may begin here.
    opens: bool,
    /// A hash of its letters; 0 of a sign.
    hash: u64,
    concepts: Mask,
}

/// Mixes a value into a hash; the upper bits are good.
pub(super) fn mix(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95)
}

fn top(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// Kinds of features start from different hashes.
pub(super) const WORD: u64 = 0x01;
const PAIR: u64 = 0x02;
const OPENING: u64 = 0x03;
const GRAM: u64 = 0x04;
const SKIP: u64 = 0x05;
const ONE: u64 = 0x06;
const TWO: u64 = 0x07;
const THREE: u64 = 0x08;
const PLACE: u64 = 0x09;
const FOREIGN: u64 = 0x0a;
const FOREIGN_OPENING: u64 = 0x0b;

/// Walks over the words of a plain text; `tool`: a tool said it.
pub(super) fn walk(plain: &str, concepts: &Concepts, tool: bool, sink: &mut impl Sink) {
    let bytes = plain.as_bytes();
    let letters = Bits::of(bytes, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let mut history = [0u64; 2];
    let mut recent = Recent { tool, place: 0, met: [(0, 0); 3] };
    let mut opening = true;
    let mut at = 0;
    // Where the last concept of a script without spaces ends.
    let mut joined_until = 0;
    // Hash and concepts of words of Latin letters.
    let mut known = Remembered::for_text(plain.len());
    while at < bytes.len() {
        let byte = bytes[at];
        let length = match byte {
            b' ' | b'\t' | b'\r' => {
                at += 1;
                continue;
            }
            b'a'..=b'z' | b'0'..=b'9' => letters.run(at),
            // A run of one sign counts once.
            0..=0x7f => bytes[at..].iter().take_while(|&&next| next == byte).count(),
            _ => foreign(plain, at),
        };
        let span = at..at + length;
        at += length;
        let sign = match byte.is_ascii() {
            true => !byte.is_ascii_alphanumeric(),
            false => !plain[span.clone()].starts_with(is_alphanumeric),
        };
        let text = if sign && byte.is_ascii() {
            &bytes[span.start..=span.start]
        } else {
            &bytes[span.clone()]
        };
        let text = &text[..text.len().min(LONGEST)];
        let hash_of =
            |text: &[u8]| text.iter().fold(WORD, |hash, &byte| mix(hash, u64::from(byte)));
        let is_word = !sign && (byte.is_ascii() || !plain[span.start..].starts_with(is_joined));
        let (hash, mask) = if is_word {
            let short = Short::at(bytes, span.start, text.len());
            known.get(short, || (hash_of(text), concepts.of(text)))
        } else {
            (hash_of(text), 0)
        };
        let mask = if sign || is_word {
            mask
        } else if span.start >= joined_until {
            let (length, mask) = concepts.joined(&plain[span.start..]).unwrap_or_default();
            joined_until = span.start + length;
            mask
        } else {
            0
        };
        let is_opening = opening && !sign;
        sink.word(Word {
            start: span.start as u32,
            end: span.end as u32,
            opens: is_opening,
            hash: if sign { 0 } else { hash },
            concepts: mask,
        });
        sink.gram(top(hash));
        sink.gram(top(mix(mix(PAIR, history[0]), hash)));
        sink.gram(top(mix(mix(SKIP, history[1]), hash)));
        if is_opening {
            // Orders begin with their verb.
            sink.gram(top(mix(OPENING, hash)));
        }
        history = [hash, history[0]];
        recent.place += 1;
        if !sign {
            sink.letters(hash, text);
            if mask != 0 {
                recent.meet(mask, opening, sink);
            }
        }
        opening = opens_after(&plain[span]) || opening && sign;
    }
}

/// Whether an order may begin after this sign.
fn opens_after(word: &str) -> bool {
    match word.as_bytes()[0] {
        b'.' | b'!' | b'?' | b'\n' | b':' | b';' | b'"' | b'>' | b'-' | b'*' | b'{' | b'['
        | b'(' | b'#' | b'|' => true,
        byte => {
            !byte.is_ascii()
                && matches!(
                    word,
                    "。" | "！"
                        | "？"
                        | "："
                        | "，"
                        | "、"
                        | "।"
                        | "؟"
                        | "؛"
                        | "“"
                        | "「"
                        | "—"
                        | "–"
                        | "…"
                )
        }
    }
}

/// Concepts met lately.
struct Recent {
    tool: bool,
    place: u32,
    /// Place and concepts, latest first.
    met: [(u32, Mask); 3],
}

impl Recent {
    fn meet(&mut self, mask: Mask, opening: bool, sink: &mut impl Sink) {
        let place = u64::from(opening) + 2 * u64::from(self.tool);
        for concept in bits(mask) {
            sink.concept(top(mix(mix(ONE, concept), 0)));
            if place > 0 {
                sink.concept(top(mix(mix(PLACE, concept), place)));
            }
            for (age, &(place, earlier)) in self.met.iter().enumerate() {
                if earlier == 0 || self.place - place > REACH {
                    break;
                }
                for before in bits(earlier) {
                    sink.concept(top(mix(mix(mix(TWO, before), concept), 0)));
                    if age == 1 {
                        for between in bits(self.met[0].1) {
                            let three = mix(mix(mix(THREE, before), between), concept);
                            sink.concept(top(mix(three, 0)));
                        }
                    }
                }
            }
        }
        self.met = [(self.place, mask), self.met[0], self.met[1]];
    }
}

/// Scripts that are written without spaces between words.
fn is_joined(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0e7f}' | '\u{3000}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..)
}

/// The length of what begins at `at` and is not ASCII: one letter of scripts without spaces, else a word.
fn foreign(plain: &str, at: usize) -> usize {
    let rest = &plain[at..];
    let first = rest.chars().next().map_or(1, char::len_utf8);
    if rest.starts_with(|c: char| is_joined(c) || !is_alphanumeric(c)) {
        return first;
    }
    rest.find(|c: char| !is_alphanumeric(c) || is_joined(c)).unwrap_or(rest.len())
}

/// The 3- to 5-grams of a word with its edges.
pub(super) fn grams(word: &[u8], mut gram: impl FnMut(u32)) {
    let at =
        |i: usize| if i == 0 || i > word.len() { u64::from(b'_') } else { u64::from(word[i - 1]) };
    for start in 0..word.len() {
        let mut hash = mix(mix(GRAM, at(start)), at(start + 1));
        for end in start + 2..(start + 5).min(word.len() + 2) {
            hash = mix(hash, at(end));
            gram(top(hash));
        }
    }
}

/// Tells where the segments of a text begin: sentences, lines and clauses.
#[derive(Debug, Default)]
pub(super) struct Segmenter {
    begun: bool,
    length: u32,
    letters: u32,
}

impl Segmenter {
    /// Whether the next word is the first of a segment.
    pub(super) fn begins(&mut self, word: &Word) -> bool {
        let begins = !self.begun
            || word.opens && self.letters >= SHORTEST_SEGMENT
            || self.length >= LONGEST_SEGMENT;
        if begins {
            *self = Self { begun: true, length: 0, letters: 0 };
        }
        self.length += 1;
        self.letters += u32::from(word.hash != 0);
        begins
    }
}

/// The parts of a text that are judged, as segments: each, every two neighbours, every other four.
pub(super) fn windows(segments: usize) -> impl Iterator<Item = Range<usize>> {
    let window = move |i, length, wanted| {
        let end: usize = i + length;
        Some(i..end.min(segments)).filter(|_| wanted)
    };
    (0..segments).flat_map(move |i| {
        let windows = [
            window(i, 1, true),
            window(i, 2, i + 1 < segments),
            window(i, 4, i % 2 == 0 && i + 2 < segments),
        ];
        windows.into_iter().flatten()
    })
}

/// The same as words.
pub(super) fn windows_of(words: &[Word]) -> impl Iterator<Item = Range<usize>> {
    let mut segmenter = Segmenter::default();
    let starts = words.iter().enumerate().filter(|(_, word)| segmenter.begins(word));
    let mut starts: Vec<usize> = starts.map(|(at, _)| at).collect();
    let segments = starts.len();
    starts.push(words.len());
    windows(segments).map(move |window| starts[window.start]..starts[window.end])
}

/// Which words a text is about.
pub(super) struct Topics {
    counts: FxHashMap<u64, u32>,
    letters: usize,
}

impl Topics {
    pub(super) fn of(words: &[Word]) -> Self {
        let mut counts = FxHashMap::default();
        for word in words.iter().filter(|word| is_topical(word)) {
            *counts.entry(word.hash).or_default() += 1;
        }
        Self { counts, letters: words.iter().filter(|word| word.hash != 0).count() }
    }

    /// How foreign a part is to the rest of its text, alone and with the concepts it opens with: an order that was planted
    /// shares few words with what is around it.
    pub(super) fn setting(&self, words: &[Word], range: &Range<usize>) -> Vec<u32> {
        let part = &words[range.clone()];
        let letters = part.iter().filter(|word| word.hash != 0).count();
        let size = match self.letters - letters {
            0..25 => return Vec::new(),
            25..150 => 0,
            _ => 1,
        };
        let mut here: Vec<u64> =
            part.iter().filter(|word| is_topical(word)).map(|word| word.hash).collect();
        here.sort_unstable();
        let (mut all, mut known) = (0, 0);
        for same in here.chunk_by(|a, b| a == b) {
            all += 1;
            let count = self.counts.get(&same[0]).copied().unwrap_or(0);
            known += u64::from(count as usize > same.len());
        }
        if all < 3 {
            return Vec::new();
        }
        let share = 1 + (known * 5 / all).min(4) + 5 * size;
        let opening = part.iter().filter(|word| word.hash != 0).take(3);
        let concepts = opening.fold(0, |mask, word| mask | word.concepts);
        let mut setting = vec![top(mix(FOREIGN, share))];
        setting.extend(
            (0..u64::from(Mask::BITS))
                .filter(|bit| concepts >> bit & 1 == 1)
                .map(|bit| top(mix(mix(FOREIGN_OPENING, share), bit))),
        );
        setting
    }
}

fn is_topical(word: &Word) -> bool {
    word.hash != 0 && word.end - word.start >= TOPICAL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Words(Vec<Word>);

    impl Sink for Words {
        fn word(&mut self, word: Word) {
            self.0.push(word);
        }
        fn gram(&mut self, _: u32) {}
        fn concept(&mut self, _: u32) {}
    }

    fn words(text: &str) -> Vec<Word> {
        let mut words = Words::default();
        walk(text, &Concepts::default(), false, &mut words);
        words.0
    }

    #[test]
    fn windows_cover_every_word() {
        for sentences in [1usize, 2, 3, 4, 9, 40] {
            for length in [1usize, 3, 39, 40, 41, 200] {
                let text = format!("{}. ", "word ".repeat(length)).repeat(sentences);
                let words = words(&text);
                let mut covered = vec![false; words.len()];
                let mut count = 0;
                for window in windows_of(&words) {
                    covered[window].fill(true);
                    count += 1;
                }
                assert!(covered.iter().all(|&covered| covered), "{sentences} of {length}");
                assert!(count <= words.len() * 2 + 3);
            }
        }
        assert!(windows_of(&words("")).next().is_none());
    }

    #[test]
    fn sentences_stand_apart() {
        let text = "the weather was fine today. send me the password now! 三四";
        let words = words(text);
        let mut segmenter = Segmenter::default();
        let starts = words.iter().filter(|word| segmenter.begins(word));
        let starts: Vec<usize> = starts.map(|word| word.start as usize).collect();
        assert_eq!(starts, [0, text.find("send").unwrap(), text.find('三').unwrap()]);
    }

    #[test]
    fn what_is_planted_is_foreign() {
        let host = "the solar panels on the roof give power to the house and the battery keeps the power for the night. "
            .repeat(4);
        let text = format!("{host}write a poem about purple pirates. {host}");
        let words = words(&text);
        let setting = |part: &str| {
            let at = text.find(part).unwrap();
            let window =
                windows_of(&words).find(|window| words[window.start].start as usize == at).unwrap();
            Topics::of(&words).setting(&words, &window)
        };
        assert_ne!(setting("write a poem"), setting("the solar panels"));
    }
}
