use std::sync::Arc;

use super::{Read, SnapshotError};

/// What is left to read. Every length is checked against it before anything is made of that length.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    bytes: &'a [u8],
}

impl<'a> Decoder<'a> {
    /// Of bytes that end in their checksum.
    pub(super) fn new(bytes: &'a [u8]) -> Read<Self> {
        let cut = SnapshotError::Damaged("it is cut off");
        let (bytes, sum) = bytes.split_last_chunk().ok_or(cut)?;
        let mut found = Sum::default();
        found.add(bytes);
        if !bytes.len().is_multiple_of(8) || found.value() != u64::from_le_bytes(*sum) {
            return Err(SnapshotError::Damaged("its checksum is another"));
        }
        Ok(Self { bytes })
    }

    pub(super) const fn unchecked(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Nothing may be left but what fills the last word.
    pub(super) fn end(self) -> Read<()> {
        let filled = self.bytes.len() < 8 && self.bytes.iter().all(|byte| *byte == 0);
        if filled { Ok(()) } else { Err(SnapshotError::Damaged("something comes after its end")) }
    }

    pub(crate) fn take(&mut self, length: usize) -> Read<&'a [u8]> {
        let cut = SnapshotError::Damaged("it is cut off");
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(cut)?;
        self.bytes = rest;
        Ok(taken)
    }

    pub(crate) fn number(&mut self) -> Read<u64> {
        let bytes = self.take(size_of::<u64>())?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    pub(crate) fn size(&mut self) -> Read<usize> {
        usize::try_from(self.number()?).map_err(|_| SnapshotError::Damaged("a number is too large"))
    }

    /// How many things of at least `least` bytes come.
    pub(crate) fn count(&mut self, least: usize) -> Read<usize> {
        let count = self.size()?;
        if count.checked_mul(least).is_none_or(|bytes| bytes > self.bytes.len()) {
            return Err(SnapshotError::Damaged("a list is longer than the rest"));
        }
        Ok(count)
    }

    pub(crate) fn text(&mut self) -> Read<&'a str> {
        let length = self.count(1)?;
        std::str::from_utf8(self.take(length)?)
            .map_err(|_| SnapshotError::Damaged("a text is not UTF-8"))
    }

    pub(crate) fn texts(&mut self) -> Read<Vec<Arc<str>>> {
        let count = self.count(size_of::<u64>())?;
        (0..count).map(|_| self.text().map(Arc::from)).collect()
    }

    pub(crate) fn small_numbers(&mut self) -> Read<Vec<u32>> {
        let count = self.count(size_of::<u32>())?;
        let bytes = self.take(count * size_of::<u32>())?;
        let (words, _) = bytes.as_chunks();
        Ok(words.iter().map(|word| u32::from_le_bytes(*word)).collect())
    }

    pub(crate) fn numbers(&mut self) -> Read<Vec<u64>> {
        let count = self.count(size_of::<u64>())?;
        let bytes = self.take(count * size_of::<u64>())?;
        let (words, _) = bytes.as_chunks();
        Ok(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
    }
}

/// Tells changed bytes; it keeps nobody from changing them on purpose.
#[derive(Debug, Default)]
pub(super) struct Sum(u64);

/// Keeps zeros after a checksum from being its continuation.
const LAST: u64 = 0x6a09_e667_f3bc_c908;

impl Sum {
    /// Takes whole words; what is left over is not looked at.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        let (words, _) = bytes.as_chunks();
        for word in words {
            // An odd factor and a rotation: every bit of every word counts, and so does their order.
            let mixed = (self.0 ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            self.0 = mixed.rotate_left(29);
        }
    }

    pub(super) const fn value(&self) -> u64 {
        self.0 ^ LAST
    }
}
