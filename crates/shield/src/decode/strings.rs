use std::ops::Range;

use memchr::{memchr, memchr3};
use rustc_hash::FxHashMap;

use super::{Decoded, PARTS};

/// Longest string between quotes, bytes.
const LONGEST: usize = 2000;
/// Bytes between two strings that are added up.
const BETWEEN: usize = 12;
/// Longest sum of variables, bytes: each may stand in it any number of times.
const SUM: usize = 16 << 10;

/// Strings that are added up: `"igno" + "re"`, or `a = "igno"; b = "re"` and later `a + b`.
pub(super) fn strings(text: &str) -> Vec<Decoded> {
    let mut found = Vec::new();
    let literals = literals(text);
    if literals.len() >= 2 {
        chains(text, &literals, &mut found);
        variables(text, &literals, &mut found);
    }
    found
}

/// What stands between quotes, quotes included.
fn literals(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut literals = Vec::new();
    let mut at = 0;
    // Where each quote stands next, so that one without an end is looked for once.
    let mut next = [0; 3];
    while let Some(open) = memchr3(b'"', b'\'', b'`', &bytes[at..]).map(|open| at + open) {
        let quote = bytes[open];
        let kind = usize::from(quote == b'\'') + 2 * usize::from(quote == b'`');
        if next[kind] <= open {
            next[kind] = memchr(quote, &bytes[open + 1..]).map_or(usize::MAX, |end| open + 1 + end);
        }
        // An apostrophe opens nothing.
        let apostrophe = open > 0 && bytes[open - 1].is_ascii_alphanumeric();
        at = open + 1;
        if !apostrophe && next[kind] != usize::MAX && next[kind] - open <= LONGEST {
            literals.push(open..next[kind] + 1);
            at = next[kind] + 1;
        }
    }
    literals
}

/// Literals with nothing but signs of adding up between them.
fn chains(text: &str, literals: &[Range<usize>], found: &mut Vec<Decoded>) {
    let added = |pair: &[Range<usize>]| {
        let between = &text[pair[0].end..pair[1].start];
        between.len() <= BETWEEN
            && between.contains(['+', '.', '&', '~'])
            && between
                .chars()
                .all(|c| c.is_whitespace() || matches!(c, '+' | '.' | '&' | '~' | '\\' | '(' | ')'))
    };
    let mut at = 0;
    while at + 1 < literals.len() && found.len() < PARTS {
        let start = at;
        while at + 1 < literals.len() && added(&literals[at..at + 2]) {
            at += 1;
        }
        if at > start {
            let said = literals[start..=at]
                .iter()
                .map(|literal| &text[literal.start + 1..literal.end - 1])
                .collect();
            let span = literals[start].start..literals[at].end;
            found.push(Decoded { technique: "concatenation", span, text: said });
        }
        at += 1;
    }
}

/// Variables that strings were given to, where they are added up.
fn variables(text: &str, literals: &[Range<usize>], found: &mut Vec<Decoded>) {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut given: FxHashMap<&str, &Range<usize>> = FxHashMap::default();
    for literal in literals {
        let before = text[..literal.start].trim_end_matches([' ', '(']);
        let Some(before) = before.strip_suffix('=').or_else(|| before.strip_suffix(':')) else {
            continue;
        };
        let before = before.trim_end_matches([' ', ':']);
        let length = before.bytes().rev().take(32).take_while(is_name).count();
        if (1..32).contains(&length) {
            given.insert(&before[before.len() - length..], literal);
        }
    }
    if given.len() < 2 {
        return;
    }
    // Few words of a text begin as one of the names does.
    let mut first = [false; 256];
    given
        .keys()
        .filter_map(|name| name.bytes().next())
        .for_each(|it| first[usize::from(it)] = true);
    // Sums of names and literals.
    let bytes = text.as_bytes();
    let mut literals = literals.iter().peekable();
    let (mut at, mut sum): (usize, Vec<Range<usize>>) = (0, Vec::new());
    // Where the sum stands.
    let mut place = 0..0;
    let (mut open, mut added) = (false, 0);
    while at < bytes.len() && found.len() < PARTS {
        while literals.next_if(|literal| literal.start < at).is_some() {}
        let length = bytes[at..].iter().take(33).take_while(|byte| is_name(byte)).count();
        let literal = literals.peek().filter(|literal| literal.start == at);
        let item = match literal {
            Some(literal) => Some((*literal, literal.end)),
            None if length > 0 && first[usize::from(bytes[at])] => {
                given.get(&text[at..at + length]).map(|literal| (*literal, at + length))
            }
            None => None,
        };
        match item {
            Some((literal, end)) => {
                if !open {
                    add_up(text, &place, &sum, found);
                    sum.clear();
                    place.start = at;
                }
                let length: usize = if sum.is_empty() { 0 } else { added };
                if length + literal.len() <= SUM {
                    added = length + literal.len();
                    sum.push(literal.clone());
                    place.end = end;
                }
                (at, open) = (end, false);
            }
            None if length > 0 => {
                at += length;
                open = false;
            }
            None => {
                // `{a}{b}` of a template adds up as well.
                open |= !sum.is_empty() && matches!(bytes[at], b'+' | b'{');
                open &= matches!(bytes[at], b'+' | b' ' | b'{' | b'}' | b'$');
                at += 1;
            }
        }
    }
    add_up(text, &place, &sum, found);
}

fn add_up(text: &str, place: &Range<usize>, sum: &[Range<usize>], found: &mut Vec<Decoded>) {
    let (Some(first), true) = (sum.iter().map(|part| part.start).min(), sum.len() >= 2) else {
        return;
    };
    let last = sum.iter().map(|part| part.end).max().unwrap_or(first);
    let said = sum.iter().map(|part| &text[part.start + 1..part.end - 1]).collect();
    let span = first.min(place.start)..last.max(place.end);
    found.push(Decoded { technique: "concatenation", span, text: said });
}
