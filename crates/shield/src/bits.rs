//! Which bytes of a text are of a kind, as bits: words are found without a guess at where each ends, which processors
//! get wrong in ordinary text.

/// By byte of a text, whether it is of a kind.
#[derive(Debug)]
pub(crate) struct Bits {
    blocks: Vec<u64>,
    length: usize,
}

impl Bits {
    pub(crate) fn of(text: &[u8], is: impl Fn(u8) -> bool) -> Self {
        let block = |bytes: &[u8]| {
            bytes.iter().rev().fold(0, |block, &byte| block << 1 | u64::from(is(byte)))
        };
        Self { blocks: text.chunks(64).map(block).collect(), length: text.len() }
    }

    /// How many bytes of the kind follow each other from `at` on.
    pub(crate) fn run(&self, at: usize) -> usize {
        self.seek(at, u64::MAX) - at
    }

    /// Where from `at` on the first byte of the kind stands; the end of the text where none does.
    pub(crate) fn next(&self, at: usize) -> usize {
        self.seek(at, 0)
    }

    /// Where from `at` on the bits first differ from `pattern`, or the text ends.
    fn seek(&self, at: usize, pattern: u64) -> usize {
        let (mut block, within) = (at / 64, at % 64);
        let Some(first) = self.blocks.get(block) else { return self.length.max(at) };
        let mut differ = (first ^ pattern) >> within << within;
        while differ == 0 {
            block += 1;
            match self.blocks.get(block) {
                Some(next) => differ = next ^ pattern,
                None => return self.length,
            }
        }
        (block * 64 + differ.trailing_zeros() as usize).min(self.length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn runs_are_where_the_bytes_are(text in "[ab]{0,200}|a{60,70}b{60,70}a{0,70}", from in 0usize..210) {
            let bits = Bits::of(text.as_bytes(), |byte| byte == b'a');
            let at = from.min(text.len());
            let rest = &text.as_bytes()[at..];
            prop_assert_eq!(bits.run(at), rest.iter().take_while(|byte| **byte == b'a').count());
            prop_assert_eq!(bits.next(at), at + rest.iter().take_while(|byte| **byte != b'a').count());
        }
    }
}
