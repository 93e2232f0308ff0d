use std::{
    hash::Hasher,
    io::{self, Write},
};

use rustc_hash::FxHasher;

use crate::binary::{Decoder, Encoder, Read, SnapshotError};

/// The code of no string.
pub(crate) const NONE: u32 = 0;

/// Different texts, each held once and known by its code, in one piece of memory.
#[derive(Debug)]
pub(crate) struct Strings {
    bytes: String,
    /// Where each text ends; the one with code 0 is none.
    ends: Vec<u64>,
    /// Codes by hash of their text, with open addressing; at most half of the slots are taken.
    slots: Vec<u32>,
}

impl Strings {
    pub(crate) fn new() -> Self {
        Self { bytes: String::new(), ends: vec![0], slots: vec![NONE; 16] }
    }

    /// The code of `text`, which is taken in where it is new.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let slot = match self.slot(text) {
            Ok(code) => return code,
            Err(slot) => slot,
        };
        let code = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u64);
        self.slots[slot] = code;
        if self.ends.len() > self.slots.len() / 2 {
            self.index(2 * self.slots.len());
        }
        code
    }

    pub(crate) fn code(&self, text: &str) -> Option<u32> {
        self.slot(text).ok()
    }

    /// The text of a code; of no code, nothing.
    pub(crate) fn text(&self, code: u32) -> &str {
        let code = code as usize;
        if code == 0 {
            return "";
        }
        let (start, end) = (self.ends[code - 1] as usize, self.ends[code] as usize);
        &self.bytes[start..end]
    }

    /// How many there are, the one that is none among them.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn write(&self, out: &mut Encoder<impl Write>) -> io::Result<()> {
        out.text(&self.bytes)?;
        out.numbers(self.ends.iter().copied())
    }

    pub(crate) fn read(bytes: &mut Decoder<'_>) -> Read<Self> {
        let (text, ends) = (bytes.text()?.to_owned(), bytes.numbers()?);
        let boundary =
            |end: &u64| usize::try_from(*end).is_ok_and(|end| text.is_char_boundary(end));
        let whole = ends.first() == Some(&0)
            && ends.last() == Some(&(text.len() as u64))
            && ends.is_sorted()
            && ends.iter().all(boundary)
            && u32::try_from(ends.len()).is_ok();
        if !whole {
            return Err(SnapshotError::Damaged("a text has no end"));
        }
        let mut strings = Self { bytes: text, ends, slots: Vec::new() };
        strings.index(2 * strings.ends.len().next_power_of_two());
        Ok(strings)
    }

    /// The code, or the free slot where it would be.
    fn slot(&self, text: &str) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash(text) & mask;
        loop {
            match self.slots[slot] {
                NONE => return Err(slot),
                code if self.text(code) == text => return Ok(code),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// Fills so many slots, which are a power of two and enough.
    fn index(&mut self, slots: usize) {
        let mask = slots - 1;
        self.slots = vec![NONE; slots];
        for code in (0_u32..).take(self.ends.len()).skip(1) {
            let mut slot = hash(self.text(code)) & mask;
            while self.slots[slot] != NONE {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = code;
        }
    }
}

fn hash(text: &str) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_one_code() {
        let mut strings = Strings::new();
        let texts: Vec<String> =
            (0..1_000).map(|number| format!("text {}", number % 700)).collect();
        let codes: Vec<u32> = texts.iter().map(|text| strings.intern(text)).collect();
        assert_eq!(codes[0], codes[700]);
        for (text, code) in texts.iter().zip(&codes) {
            assert_eq!((strings.text(*code), strings.code(text)), (text.as_str(), Some(*code)));
        }
        assert_eq!((strings.code(""), strings.code("text")), (None, None));
        let empty = strings.intern("");
        assert!(empty != NONE && strings.code("") == Some(empty));
    }
}
