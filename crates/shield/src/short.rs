//! Short words as numbers, so that what is known of them is found without reading letter by letter.

/// Words that are remembered at most; a power of two.
const MOST: usize = 4096;
/// Bytes of the longest.
const LONGEST: usize = 16;

/// A word of at most 16 bytes, none of them zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Short(u128);

impl Short {
    /// The word of `length` bytes at `start`; `None`: it is empty or longer.
    pub(crate) fn at(text: &[u8], start: usize, length: usize) -> Option<Self> {
        if length == 0 || length > LONGEST {
            return None;
        }
        let bytes = match text.get(start..).and_then(|rest| rest.first_chunk()) {
            Some(bytes) => *bytes,
            None => {
                let mut bytes = [0; LONGEST];
                bytes[..length].copy_from_slice(text.get(start..start + length)?);
                bytes
            }
        };
        Some(Self(u128::from_le_bytes(bytes) & u128::MAX >> (8 * (LONGEST - length))))
    }

    /// A hash of which all bits are good.
    pub(crate) fn hash(self) -> u64 {
        let (first, last) = (self.0 as u64, (self.0 >> 64) as u64);
        let product = u128::from(first ^ 0x9e37_79b9_7f4a_7c15)
            * u128::from(last ^ first.rotate_left(32) ^ 0xd6e8_feb8_6659_fd93);
        (product as u64 ^ (product >> 64) as u64).wrapping_mul(0x517c_c1b7_2722_0a95)
    }
}

/// What was found out about the short words of a text, of which the latest are remembered: texts repeat their words.
#[derive(Debug)]
pub(crate) struct Remembered<T> {
    /// A power of two of them.
    places: Box<[(Short, T)]>,
}

impl<T: Copy + Default> Remembered<T> {
    /// For a text of so many bytes.
    pub(crate) fn for_text(length: usize) -> Self {
        let places = (length / 8).next_power_of_two().clamp(16, MOST);
        Self { places: vec![(Short::default(), T::default()); places].into_boxed_slice() }
    }

    /// What is known of a short word, or else what `find_out` says of it.
    pub(crate) fn get(&mut self, word: Option<Short>, find_out: impl FnOnce() -> T) -> T {
        let Some(short) = word else { return find_out() };
        let place = (short.hash() >> 32) as usize & (self.places.len() - 1);
        let known = &mut self.places[place];
        if known.0 != short {
            *known = (short, find_out());
        }
        known.1
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_told_apart() {
        let text = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
        let mut words = HashSet::new();
        let mut shorts = HashSet::new();
        for (length, start) in (1..=16).flat_map(|length| (0..26).map(move |start| (length, start)))
        {
            words.insert(&text[start..start + length]);
            let short = Short::at(text.as_bytes(), start, length).unwrap();
            assert_eq!(Some(short), Short::at(&text.as_bytes()[start..start + length], 0, length));
            shorts.insert(short.0);
        }
        assert_eq!(shorts.len(), words.len());
        let hashes: HashSet<u64> = shorts.iter().map(|short| Short(*short).hash()).collect();
        assert_eq!(hashes.len(), words.len());
        for (start, length) in [(0, 0), (0, 17), (50, 3), (60, 1)] {
            assert_eq!(Short::at(text.as_bytes(), start, length), None);
        }
    }

    #[test]
    fn what_is_remembered_is_of_the_same_word() {
        let mut remembered = Remembered::for_text(0);
        for _ in 0..2 {
            for number in 0..200 {
                let word = format!("word{number}");
                let short = Short::at(word.as_bytes(), 0, word.len());
                assert_eq!(remembered.get(short, || number), number);
            }
        }
    }

    proptest! {
        #[test]
        fn equal_only_if_the_words_are(a in "[ab]{1,16}", b in "[ab]{1,16}") {
            let short = |word: &str| Short::at(word.as_bytes(), 0, word.len());
            prop_assert_eq!(short(&a) == short(&b), a == b);
        }
    }
}
