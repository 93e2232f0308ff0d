use std::ops::Range;

use super::rewrite::{Rewriter, Rewritten};
use crate::bits::Bits;
use crate::words::{LONGEST, WORDS};

/// Signs of one word that may be either of two letters.
const DOUBTS: u32 = 4;

/// The letter that a digit or sign stands for, and another that it may.
pub(super) fn letter(byte: u8) -> Option<(u8, u8)> {
    Some(match byte {
        b'0' => (b'o', b'o'),
        b'1' | b'!' | b'|' => (b'i', b'l'),
        b'2' => (b'z', b'z'),
        b'3' => (b'e', b'e'),
        b'4' | b'@' => (b'a', b'a'),
        b'5' | b'$' => (b's', b's'),
        b'6' => (b'g', b'b'),
        b'7' | b'+' => (b't', b't'),
        b'8' => (b'b', b'b'),
        b'9' => (b'g', b'g'),
        b'(' => (b'c', b'c'),
        _ => return None,
    })
}

/// The word with letters for signs, and whether it is a common one.
pub(super) fn lettered(word: &[u8]) -> (Vec<u8>, bool) {
    let doubts =
        word.iter().filter(|byte| letter(**byte).is_some_and(|(one, other)| one != other)).count();
    let read = |choice: u32| {
        let mut doubt = 0;
        word.iter().map(move |&byte| match letter(byte) {
            Some((one, other)) if one != other => {
                doubt += 1;
                // Only the first few doubts have a choice.
                if choice.checked_shr(doubt - 1).unwrap_or(0) & 1 == 0 { one } else { other }
            }
            Some((one, _)) => one,
            None => byte,
        })
    };
    let mut choices = 0..1 << (doubts as u32).min(DOUBTS);
    let known = choices.find(|&choice| word.len() <= LONGEST && WORDS.has_letters(read(choice)));
    (read(known.unwrap_or(0)).collect(), known.is_some())
}

/// What a word that has letters of its own says, and whether that is a word.
type Meant = (Vec<u8>, bool);

/// Digits and signs for letters, where enough words are written so.
pub(super) fn leet(text: &str) -> Option<Rewritten> {
    let bytes = text.as_bytes();
    let is_part = |byte: u8| byte.is_ascii_lowercase() || letter(byte).is_some();
    let mut words: Vec<(Range<usize>, Option<Meant>)> = Vec::new();
    let signs = Bits::of(bytes, |byte| letter(byte).is_some());
    let (mut known, mut at) = (0, 0);
    loop {
        let sign = signs.next(at);
        if sign == bytes.len() {
            break;
        }
        let letters = bytes[at..sign].iter().rev().take_while(|byte| byte.is_ascii_lowercase());
        let start = sign - letters.count();
        at = sign + bytes[sign..].iter().take_while(|byte| is_part(**byte)).count();
        let mut word = start..at;
        while word.len() > 1 && matches!(bytes[word.end - 1], b'!' | b'(' | b'|' | b'+') {
            word.end -= 1;
        }
        let here = &bytes[word.clone()];
        let signs = here.iter().filter(|byte| !byte.is_ascii_lowercase()).count();
        // What is longer than a word is data.
        if signs == 0 || here.len() > 24 || bytes.get(at).is_some_and(|byte| !byte.is_ascii()) {
            continue;
        }
        let meant = Some(here).filter(|here| here.len() > signs).map(lettered);
        if here.len() >= 3 && meant.as_ref().is_some_and(|(_, is_known)| *is_known) {
            known += 1;
        }
        words.push((word, meant));
    }
    if known < 2 {
        return None;
    }
    let is_unknown = |meant: &Option<(Vec<u8>, bool)>| meant.as_ref().is_some_and(|(_, it)| !it);
    let unknown = words.iter().filter(|(_, meant)| is_unknown(meant)).count();
    let mut rewriter = Rewriter::new(text);
    for (word, meant) in words {
        // Bare numbers are letters where nearly everything is written so; other unknown words where most are known.
        let meant = match meant {
            Some((meant, is_known)) => Some(meant).filter(|_| is_known || unknown <= known * 2),
            None if known >= 4 => {
                Some(lettered(&bytes[word.clone()])).filter(|(_, it)| *it).map(|(meant, _)| meant)
            }
            None => None,
        };
        if let Some(Ok(meant)) = meant.map(String::from_utf8) {
            rewriter.replace(word, &meant);
        }
    }
    rewriter.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_signs_is_read() {
        assert_eq!(lettered(b"d1srega7d"), (b"disregatd".to_vec(), false));
        assert_eq!(lettered(b"1gn0r3"), (b"ignore".to_vec(), true));
        for count in [4, 5, 31, 32, 33, 64, 4096] {
            let word = "1".repeat(count);
            assert_eq!(lettered(word.as_bytes()), ("i".repeat(count).into_bytes(), false));
        }
    }
}
