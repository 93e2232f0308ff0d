use std::ops::Range;

use super::glance::LONG;
use super::leet::{letter, lettered};
use super::rewrite::{Rewriter, Rewritten};
use crate::bits::Bits;
use crate::letters::is_alphanumeric;
use crate::words::WORDS;

/// Letters set apart from which on they are taken for a text.
const RUN: usize = 6;
/// Bytes between two letters of a run.
const GAP: usize = 8;
/// Words that hang together from which on they are taken apart.
const HANGING: usize = 4;
/// Letters that are parted at once: their words take time.
const PIECE: usize = 4096;

/// Whether a character stands between letters that are set apart.
fn is_gap(c: char) -> bool {
    !is_alphanumeric(c) && !matches!(c, '@' | '$')
}

/// Where from `at` on the first character stands that is or is not a gap.
fn next(text: &str, mut at: usize, gap: bool) -> usize {
    while let Some(&byte) = text.as_bytes().get(at) {
        if byte.is_ascii() {
            if is_gap(char::from(byte)) == gap {
                break;
            }
            at += 1;
            continue;
        }
        match text[at..].chars().next() {
            Some(c) if is_gap(c) != gap => at += c.len_utf8(),
            _ => break,
        }
    }
    at
}

/// Letters set apart (`i g n o r e`), where enough follow each other: joined, with the words that they make.
pub(super) fn spaced(text: &str) -> Option<Rewritten> {
    let mut rewriter = Rewriter::new(text);
    let mut run: Vec<Range<usize>> = Vec::new();
    let mut rest = 0;
    loop {
        let start = next(text, rest, false);
        let mut word = text[start..].chars();
        let first = word.next().map_or(0, char::len_utf8);
        let single = word.next().is_none_or(is_gap);
        let far = run.last().is_some_and(|last| start - last.end > GAP);
        if !single || far || start == text.len() {
            join(text, &run, &mut rewriter);
            run.clear();
        }
        if start == text.len() {
            break;
        }
        if single {
            run.push(start..start + first);
            rest = start + first;
        } else {
            rest = next(text, start, true);
        }
    }
    rewriter.finish()
}

/// The gap that most letters of a run have between them.
fn common_gap<'a>(text: &'a str, run: &[Range<usize>]) -> &'a str {
    let mut gaps: Vec<(&str, usize)> = Vec::new();
    for pair in run.windows(2) {
        let gap = &text[pair[0].end..pair[1].start];
        if let Some((_, count)) = gaps.iter_mut().find(|(known, _)| *known == gap) {
            *count += 1;
        } else if gaps.len() < 8 {
            gaps.push((gap, 1));
        }
    }
    gaps.into_iter().max_by_key(|(_, count)| *count).map_or("", |(gap, _)| gap)
}

/// What a gap other than the common one says.
fn between(gap: &str, common: &str) -> String {
    let inner = gap.strip_prefix(common).and_then(|gap| gap.strip_suffix(common));
    match inner {
        Some(inner) if !inner.is_empty() => inner.replace(common, " "),
        _ => {
            let signs = gap
                .chars()
                .filter(|c| matches!(c, '.' | ',' | '!' | '?' | ':' | ';') && !common.contains(*c));
            signs.chain([' ']).collect()
        }
    }
}

/// A word that letters of a run make.
struct Joined {
    /// Its first letter, by its place in the run.
    at: usize,
    /// Its bytes in what the run says.
    said: Range<usize>,
}

/// Joins one run of letters, if it says anything.
fn join(text: &str, run: &[Range<usize>], rewriter: &mut Rewriter<'_>) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    if run.len() < RUN
        || run
            .iter()
            .filter(|place| text[(*place).clone()].chars().all(char::is_alphabetic))
            .count()
            < RUN
    {
        return;
    }
    let common = common_gap(text, run);
    let gap = |at: usize| match at.checked_sub(1) {
        Some(before) => &text[run[before].end..run[at].start],
        None => common,
    };
    // Pieces without another gap inside.
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for at in 0..run.len() {
        match pieces.last_mut() {
            Some(piece) if piece.len() < PIECE && gap(at) == common => piece.end = at + 1,
            _ => pieces.push(at..at + 1),
        }
    }
    let parted = run.len() > pieces.len() * 12;
    let (mut known, mut all) = (0, 0);
    let mut said = Vec::with_capacity(run.len());
    let mut words: Vec<Joined> = Vec::new();
    let mut letters = Vec::new();
    for piece in &pieces {
        letters.clear();
        for place in &run[piece.clone()] {
            letters.extend_from_slice(&text.as_bytes()[place.clone()]);
        }
        let begin = said.len();
        if !letters.is_ascii() {
            // No word list tells the words of other alphabets; their gaps must.
            all += piece.len();
            known += if parted { 0 } else { piece.len() };
            said.extend_from_slice(&letters);
            words.push(Joined { at: piece.start, said: begin..said.len() });
            continue;
        }
        let mut add = |from: usize, to: usize| {
            let (written, begin) = (&letters[from..to], said.len());
            let is_known = if written.iter().all(|byte| letter(*byte).is_none()) {
                said.extend_from_slice(written);
                WORDS.has(written)
            } else if written.iter().any(u8::is_ascii_alphabetic) {
                let (word, is_known) = lettered(written);
                said.extend_from_slice(&word);
                is_known
            } else {
                said.extend_from_slice(written);
                false
            };
            all += written.len();
            known += if is_known && written.len() >= 2 { written.len() } else { 0 };
            words.push(Joined { at: piece.start + from, said: begin..said.len() });
        };
        if parted && letters.len() >= RUN {
            let read = letters.iter().map(|&byte| letter(byte).map_or(byte, |(one, _)| one));
            let begins = WORDS.parted(&read.collect::<Vec<_>>());
            let ends = begins.iter().skip(1).copied().chain([letters.len()]);
            begins.iter().zip(ends).for_each(|(&from, to)| add(from, to));
        } else {
            add(0, letters.len());
        }
    }
    if known * 2 < all {
        return;
    }
    rewriter.begin(first.start..last.end);
    let mut pieces = pieces.iter().map(|piece| piece.start).peekable();
    for Joined { at, said: bytes } in words {
        let opens = pieces.next_if_eq(&at).is_some();
        if let Some(before) = at.checked_sub(1) {
            let before = run[before].end;
            match gap(at) {
                _ if !opens => rewriter.push(' ', before),
                same if same == common => {}
                other => between(other, common).chars().for_each(|c| rewriter.push(c, before)),
            }
        }
        for (offset, c) in String::from_utf8_lossy(&said[bytes]).chars().enumerate() {
            rewriter.push(c, run[(at + offset).min(run.len() - 1)].start);
        }
    }
}

/// Words that hang together by one sign (`ignore_all_rules`), or by nothing.
pub(super) fn joined(text: &str) -> Option<Rewritten> {
    let solid = Bits::of(text.as_bytes(), |byte| !byte.is_ascii_whitespace());
    let mut rewriter = Rewriter::new(text);
    let mut start = solid.next(0);
    while start < text.len() {
        let end = start + solid.run(start);
        if end - start >= LONG {
            take_apart(text, start..end, &mut rewriter);
        }
        start = solid.next(end);
    }
    rewriter.finish()
}

/// Takes apart what stands between two spaces, if it is made of words.
fn take_apart(text: &str, whole: Range<usize>, rewriter: &mut Rewriter<'_>) {
    const SIGNS: &[u8; 14] = b"_-./+*~|,=:#%^";
    let bytes = text.as_bytes();
    let mut counts = [0usize; SIGNS.len()];
    let (mut words, mut known) = (0, 0);
    let mut at = whole.start;
    while at < whole.end {
        let letters =
            bytes[at..whole.end].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        if letters > 0 {
            words += 1;
            known += usize::from(letters < LONG && WORDS.has(&bytes[at..at + letters]));
        }
        if let Some(sign) = bytes[at..whole.end].get(letters)
            && let Some(sign) = SIGNS.iter().position(|known| known == sign)
        {
            counts[sign] += 1;
        }
        at += letters.max(1);
    }
    let sign = (0..SIGNS.len()).max_by_key(|&sign| counts[sign]).map_or(b' ', |sign| SIGNS[sign]);
    let hang = counts.iter().any(|count| *count + 1 >= HANGING)
        && words >= HANGING
        && known * 3 >= words * 2;
    let mut at = whole.start;
    while at < whole.end {
        let letters =
            bytes[at..whole.end].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        if (LONG..=PIECE).contains(&letters) {
            part(text, at..at + letters, rewriter);
        }
        at += letters;
        let signs = bytes[at..whole.end].iter().take_while(|byte| **byte == sign).count();
        if hang && signs > 0 {
            rewriter.begin(at..at + signs);
            rewriter.push(' ', at);
        }
        at += signs.max(usize::from(letters == 0));
    }
}

/// Parts one long word, if nearly all of it is common words.
fn part(text: &str, place: Range<usize>, rewriter: &mut Rewriter<'_>) {
    let letters = &text.as_bytes()[place.clone()];
    if WORDS.has(letters) {
        return;
    }
    let begins = WORDS.parted(letters);
    let ends = begins.iter().skip(1).copied().chain([letters.len()]);
    let known: usize = begins
        .iter()
        .zip(ends)
        .map(|(&begin, end)| &letters[begin..end])
        .filter(|word| word.len() >= 2 && WORDS.has(word))
        .map(<[u8]>::len)
        .sum();
    if begins.len() >= HANGING && known * 5 >= letters.len() * 4 {
        rewriter.begin(place.clone());
        for (at, &letter) in letters.iter().enumerate() {
            if at > 0 && begins.binary_search(&at).is_ok() {
                rewriter.push(' ', place.start + at);
            }
            rewriter.push(char::from(letter), place.start + at);
        }
    }
}

/// Markup between the letters of words (`ig<b></b>nore`) goes, and what of it stands at their ends.
pub(super) fn untagged(text: &str) -> Option<Rewritten> {
    const LONGEST: usize = 64;
    const ENOUGH: usize = 2;
    let bytes = text.as_bytes();
    let letter =
        |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_lowercase);
    let (mut places, mut inside) = (Vec::new(), 0);
    let mut at = 0;
    while let Some(open) = text[at..].find('<').map(|open| at + open) {
        let mut end = open;
        while bytes.get(end) == Some(&b'<')
            && let Some(length) = bytes[end..].iter().take(LONGEST).position(|&byte| byte == b'>')
        {
            end += length + 1;
        }
        if end > open && letter(open.checked_sub(1)) {
            inside += usize::from(letter(Some(end)));
            places.push(open..end);
        }
        at = end.max(open + 1);
    }
    if inside < ENOUGH {
        return None;
    }
    let mut rewriter = Rewriter::new(text);
    places.into_iter().for_each(|place| rewriter.begin(place));
    rewriter.finish()
}
