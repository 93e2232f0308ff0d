//! Literals found at a sign that they have: signs are few in text.

use std::ops::Range;

use crate::bits::Bits;

/// Literals, each with what it stands for.
#[derive(Debug)]
pub(super) struct Literals<T> {
    /// By byte: the literals that have it, and where in them.
    at: Vec<Vec<(usize, Box<str>, T)>>,
}

impl<T: Copy> Literals<T> {
    pub(super) fn new() -> Self {
        Self { at: std::iter::repeat_with(Vec::new).take(256).collect() }
    }

    /// Literals of no letters are left out.
    pub(super) fn add(&mut self, literal: &str, role: T) {
        let sign = |byte: u8| !byte.is_ascii_alphanumeric() && byte != b' ';
        let offset = literal.bytes().position(sign).unwrap_or(0);
        if let Some(byte) = literal.as_bytes().get(offset) {
            self.at[usize::from(*byte)].push((offset, literal.into(), role));
        }
    }

    /// What the literals stand for that stand in `text`, and where.
    pub(super) fn find(&self, text: &str) -> impl Iterator<Item = (Range<usize>, T)> {
        let bytes = text.as_bytes();
        let signs = Bits::of(bytes, |byte| !self.at[usize::from(byte)].is_empty());
        let mut next = signs.next(0);
        let places = std::iter::from_fn(move || {
            let at = Some(next).filter(|at| *at < bytes.len())?;
            next = signs.next(at + 1);
            Some(at)
        });
        places.flat_map(move |at| {
            self.at[usize::from(bytes[at])].iter().filter_map(move |(offset, literal, role)| {
                let start = at.checked_sub(*offset)?;
                bytes[start..]
                    .starts_with(literal.as_bytes())
                    .then(|| (start..start + literal.len(), *role))
            })
        })
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.at.iter().flatten().map(|(_, literal, _)| &**literal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found() {
        let mut literals = Literals::new();
        for (role, literal) in ["a + ", "+b", "<a>", "[🔒x]", "abc", ""].into_iter().enumerate() {
            literals.add(literal, role);
        }
        let text = "+a + b+b <a><a> [🔒x] abcabc";
        let mut found: Vec<(usize, &str)> =
            literals.find(text).map(|(span, role)| (role, &text[span])).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [(0, "a + "), (1, "+b"), (2, "<a>"), (2, "<a>"), (3, "[🔒x]"), (4, "abc"), (4, "abc")]
        );
        assert_eq!(literals.find("").count(), 0);
    }
}
