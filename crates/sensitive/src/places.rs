//! Where in a text which types are worth a look: one pass over literals, one over digits.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};

/// How far before and after a match a keyword may stand, bytes.
const KEYWORD_BEFORE: usize = 96;
const KEYWORD_AFTER: usize = 48;

/// The literals of all types, and what each means.
#[derive(Debug, Clone)]
pub(crate) struct Literals {
    automaton: AhoCorasick,
    /// By literal: which types it serves, and how.
    roles: Vec<Vec<Role>>,
    types: usize,
}

#[derive(Debug, Clone, Copy)]
struct Role {
    info_type: usize,
    kind: Kind,
    /// A keyword that may go on after its end.
    open: bool,
    /// How far before an anchor a match may begin.
    lead: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Anchor,
    Keyword,
}

/// The places of one type: where a match may begin, and where a keyword counts. Both in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    pub(crate) anchors: Vec<Range<usize>>,
    pub(crate) keywords: Vec<Range<usize>>,
}

/// What [`Literals`] is built of.
pub(crate) struct Words<'a> {
    pub(crate) info_type: usize,
    pub(crate) anchors: &'a [String],
    pub(crate) keywords: &'a [String],
    pub(crate) lead: usize,
}

impl Literals {
    pub(crate) fn new<'a>(
        words: impl Iterator<Item = Words<'a>>,
        types: usize,
    ) -> Result<Self, BuildError> {
        let mut literals: Vec<String> = Vec::new();
        let mut known = std::collections::HashMap::new();
        let mut roles: Vec<Vec<Role>> = Vec::new();
        for Words { info_type, anchors, keywords, lead } in words {
            let anchors = anchors.iter().map(|literal| (literal, Kind::Anchor));
            let keywords = keywords.iter().map(|literal| (literal, Kind::Keyword));
            for (literal, kind) in anchors.chain(keywords) {
                let open = literal.ends_with('*');
                for literal in spellings(literal.trim_end_matches('*')) {
                    let index = *known.entry(literal).or_insert_with_key(|literal| {
                        literals.push(literal.clone());
                        roles.push(Vec::new());
                        roles.len() - 1
                    });
                    roles[index].push(Role { info_type, kind, open, lead });
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&literals)?;
        Ok(Self { automaton, roles, types })
    }

    /// Types that have a place in `text`, in order, each with its places; neighbouring places are joined.
    pub(crate) fn places(&self, text: &str) -> Vec<(usize, Places)> {
        let bytes = text.as_bytes();
        let mut found: Vec<Places> = vec![Places::default(); self.types];
        for hit in self.automaton.find_overlapping_iter(text) {
            let Some(roles) = self.roles.get(hit.pattern().as_usize()) else { continue };
            let stands = [false, true].map(|open| is_word(bytes, hit.start(), hit.end(), open));
            for role in roles {
                let Some(places) = found.get_mut(role.info_type) else { continue };
                let (places, range) = match role.kind {
                    Kind::Anchor => {
                        let start = hit.start().saturating_sub(role.lead);
                        (&mut places.anchors, start..hit.start())
                    }
                    Kind::Keyword if stands[usize::from(role.open)] => {
                        let end = (hit.end() + KEYWORD_BEFORE).min(text.len());
                        (&mut places.keywords, hit.start().saturating_sub(KEYWORD_AFTER)..end)
                    }
                    Kind::Keyword => continue,
                };
                match places.last_mut() {
                    // Hits come in order of their end, so a start may lie a little before the last one's. Exact
                    // places are tried one by one.
                    Some(last) if range.start <= last.end && !range.is_empty() => {
                        last.start = last.start.min(range.start);
                        last.end = last.end.max(range.end);
                    }
                    _ => places.push(range),
                }
            }
        }
        let places = found.into_iter().enumerate();
        let mut places: Vec<(usize, Places)> = places
            .filter(|(_, places)| !places.anchors.is_empty() || !places.keywords.is_empty())
            .collect();
        for (_, places) in &mut places {
            places.anchors.sort_by_key(|range| range.start);
            places.keywords.sort_by_key(|range| range.start);
        }
        places
    }
}

/// The automaton takes ASCII in any case; other letters stand in the cases that people write.
fn spellings(literal: &str) -> Vec<String> {
    let small = literal.to_lowercase();
    if small.is_ascii() {
        return vec![small];
    }
    let mut rest = small.chars();
    let first: String = rest.by_ref().take(1).flat_map(char::to_uppercase).collect();
    let capitalised = (first + rest.as_str()).to_ascii_lowercase();
    let large = literal.to_uppercase().to_ascii_lowercase();
    let mut spellings = vec![large, capitalised, small];
    spellings.sort();
    spellings.dedup();
    spellings
}

/// Whether the hit does not merely stand inside a longer word. `_` divides words, as names in code do.
fn is_word(bytes: &[u8], start: usize, end: usize, open: bool) -> bool {
    let letter =
        |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphanumeric);
    let goes_on_before = letter(Some(start)) && letter(start.checked_sub(1));
    let goes_on_after = letter(end.checked_sub(1)) && letter(Some(end));
    !goes_on_before && (open || !goes_on_after)
}

/// How many decimal digits stand where, in blocks.
#[derive(Debug)]
pub(crate) struct Digits {
    /// Digits before each block, and in all.
    before: Vec<u32>,
    length: usize,
}

impl Digits {
    const BLOCK: usize = 32;
    /// Longest number that is found by its digits alone (an IBAN with blanks), and how few digits one has.
    const SPAN: usize = 2 * Self::BLOCK;
    const LEAST: usize = 4;

    pub(crate) fn count(text: &str) -> Self {
        let mut sum = 0u32;
        let mut before = Vec::with_capacity(text.len() / Self::BLOCK + 2);
        before.push(0);
        for block in text.as_bytes().chunks(Self::BLOCK) {
            sum += u32::from(block.iter().map(|byte| u8::from(byte.is_ascii_digit())).sum::<u8>());
            before.push(sum);
        }
        Self { before, length: text.len() }
    }

    /// At least as many as `range` has.
    pub(crate) fn within(&self, range: &Range<usize>) -> usize {
        let last = self.before.len() - 1;
        let (first, end) = (range.start / Self::BLOCK, range.end.div_ceil(Self::BLOCK));
        (self.before[end.min(last)] - self.before[first.min(last)]) as usize
    }

    /// Ranges dense enough to hold a number.
    pub(crate) fn dense(&self) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for start in (0..self.length).step_by(Self::BLOCK) {
            let window = start..(start + Self::SPAN).min(self.length);
            if self.within(&window) < Self::LEAST {
                continue;
            }
            match ranges.last_mut() {
                Some(last) if window.start <= last.end => last.end = window.end,
                _ => ranges.push(window),
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_by_block() {
        let text = format!("{}123456{}78", "x".repeat(60), "y".repeat(200));
        let digits = Digits::count(&text);
        assert_eq!(digits.within(&(60..66)), 6);
        assert_eq!(digits.within(&(0..30)), 0);
        assert_eq!(digits.within(&(0..text.len())), 8);
        let dense = digits.dense();
        assert_eq!(dense.len(), 1);
        assert!(dense[0].start <= 60 && dense[0].end >= 66);
    }
}
