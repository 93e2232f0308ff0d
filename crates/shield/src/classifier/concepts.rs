//! Words by what they mean, in many languages, so that what is learnt of one wording serves for others.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::features::{WORD, mix};
use crate::normalise::normalise;
use crate::sieve::Sieve;

/// Concepts of a word, as bits.
pub(super) type Mask = u64;

/// Characters of the longest word of a script without spaces.
const LONGEST_JOINED: usize = 12;

/// Which concepts a word, or a word with such a beginning, belongs to. Words are kept as hashes only: a model carries
/// the concepts that it was trained with.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Concepts {
    words: FxHashMap<u64, Mask>,
    stems: FxHashMap<u64, Mask>,
    /// Of the upper halves of the hashes in either.
    known: Sieve,
    /// By length in bytes: whether a stem is so long.
    stem_lengths: u64,
}

impl Concepts {
    /// From words by concept; `*` at the end of a word: any ending. Of more than 64 concepts the last are left out.
    pub(super) fn new(lists: &BTreeMap<String, Vec<String>>) -> Self {
        let mut concepts = Self::default();
        for (number, words) in lists.values().enumerate().take(Mask::BITS as usize) {
            for word in words {
                let stem = word.ends_with('*');
                let plain = normalise(word.trim_end_matches('*')).text;
                let hash = plain.bytes().fold(WORD, |hash, byte| mix(hash, u64::from(byte)));
                concepts.add(stem, plain.len(), hash, 1 << number);
            }
        }
        concepts.closed()
    }

    /// Ready to be asked, when every word is in.
    fn closed(mut self) -> Self {
        let hashes = self.words.keys().chain(self.stems.keys()).map(|hash| hash >> 32);
        self.known = Sieve::new(&hashes.collect::<Vec<_>>());
        self
    }

    fn may_know(&self, hash: u64) -> bool {
        self.known.may_have(hash >> 32)
    }

    fn add(&mut self, stem: bool, length: usize, hash: u64, mask: Mask) {
        if length == 0 {
            return;
        }
        let map = if stem { &mut self.stems } else { &mut self.words };
        *map.entry(hash).or_default() |= mask;
        if stem {
            self.stem_lengths |= 1 << length.min(63);
        }
    }

    /// The concepts of a word.
    pub(super) fn of(&self, word: &[u8]) -> Mask {
        let mut mask = 0;
        let mut hash = WORD;
        for (at, &byte) in word.iter().enumerate() {
            hash = mix(hash, u64::from(byte));
            if self.stem_lengths & (1 << (at + 1).min(63)) != 0
                && self.may_know(hash)
                && let Some(found) = self.stems.get(&hash)
            {
                mask |= found;
            }
        }
        if self.may_know(hash) {
            mask |= self.words.get(&hash).copied().unwrap_or(0);
        }
        mask
    }

    /// The longest known word of a script without spaces at the beginning of `text`: its bytes and concepts.
    pub(super) fn joined(&self, text: &str) -> Option<(usize, Mask)> {
        let mut best = None;
        let (mut hash, mut at) = (WORD, 0);
        for c in text.chars().take(LONGEST_JOINED) {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                hash = mix(hash, u64::from(byte));
            }
            at += c.len_utf8();
            if !self.may_know(hash) {
                continue;
            }
            let known = |map: &FxHashMap<u64, Mask>| map.get(&hash).copied().unwrap_or(0);
            let mask = known(&self.words) | known(&self.stems);
            if mask != 0 {
                best = Some((at, mask));
            }
        }
        best
    }

    /// As bytes: lengths of stems, then for words and for stems their number and each hash with its concepts.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.stem_lengths.to_le_bytes());
        for map in [&self.words, &self.stems] {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable();
            bytes.extend((entries.len() as u32).to_le_bytes());
            for (hash, mask) in entries {
                bytes.extend(hash.to_le_bytes());
                bytes.extend(mask.to_le_bytes());
            }
        }
    }

    /// What [`Self::write`] wrote, read by `number`, which gives the next eight bytes, and `count`, the next four.
    pub(super) fn read<E>(
        bytes: &mut &[u8],
        count: impl Fn(&mut &[u8]) -> Result<u32, E>,
        number: impl Fn(&mut &[u8]) -> Result<u64, E>,
    ) -> Result<Self, E> {
        let mut concepts = Self { stem_lengths: number(bytes)?, ..Self::default() };
        for map in [&mut concepts.words, &mut concepts.stems] {
            for _ in 0..count(bytes)? {
                let hash = number(bytes)?;
                map.insert(hash, number(bytes)?);
            }
        }
        Ok(concepts.closed())
    }
}

/// At most three of a mask's concepts.
pub(super) fn bits(mask: Mask) -> impl Iterator<Item = u64> {
    let mut rest = mask;
    std::iter::from_fn(move || {
        let bit = rest.trailing_zeros();
        rest &= rest.wrapping_sub(1);
        (bit < Mask::BITS).then_some(u64::from(bit))
    })
    .take(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concepts() -> Concepts {
        let list = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Concepts::new(&BTreeMap::from([
            ("a".to_owned(), list(&["ignore", "ignorier*", "忽略"])),
            ("b".to_owned(), list(&["rules", "ignore"])),
        ]))
    }

    #[test]
    fn words_and_stems_are_known() {
        let concepts = concepts();
        assert_eq!(concepts.of(b"ignore"), 0b11);
        assert_eq!(concepts.of(b"ignorieren"), 0b01);
        assert_eq!(concepts.of(b"ignor"), 0);
        assert_eq!(concepts.joined("忽略指令"), Some((6, 0b01)));
        assert_eq!(concepts.joined("指令"), None);
    }

    #[test]
    fn reads_back_what_it_writes() {
        let mut bytes = Vec::new();
        concepts().write(&mut bytes);
        let mut rest = &bytes[..];
        let count = |rest: &mut &[u8]| -> Result<u32, ()> {
            let (head, tail) = rest.split_first_chunk().ok_or(())?;
            *rest = tail;
            Ok(u32::from_le_bytes(*head))
        };
        let number = |rest: &mut &[u8]| -> Result<u64, ()> {
            let (head, tail) = rest.split_first_chunk().ok_or(())?;
            *rest = tail;
            Ok(u64::from_le_bytes(*head))
        };
        assert_eq!(Concepts::read(&mut rest, count, number), Ok(concepts()));
        assert!(rest.is_empty());
    }
}
