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
        let (whole, rest) = text.as_chunks();
        let mut blocks: Vec<u64> = whole.iter().map(|bytes| block(bytes, &is)).collect();
        let mut last = [0; 64];
        last[..rest.len()].copy_from_slice(rest);
        blocks.push(block(&last, is) & !(u64::MAX << rest.len()));
        Self { blocks, length: text.len() }
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

/// Which of 64 bytes are of a kind. Written so that compilers turn it into few instructions.
fn block(bytes: &[u8; 64], is: impl Fn(u8) -> bool) -> u64 {
    /// Moves the lowest bits of eight bytes into the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let kinds = bytes.map(|byte| u8::from(is(byte)));
    let (eights, _) = kinds.as_chunks();
    let bits = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56;
    eights.iter().rev().fold(0, |block, eight| block << 8 | bits(eight))
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
