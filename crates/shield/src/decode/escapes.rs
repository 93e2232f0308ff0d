use std::ops::Range;

use super::{Decoded, PARTS};

/// Escapes that make a part worth reading.
const ENOUGH: usize = 3;
/// Bytes between two escapes of one part.
const APART: usize = 160;
/// Bytes before and after the escapes that belong to the part, up to white space.
const AROUND: usize = 160;

/// One escape: how long it is, which of [`NAMES`], and the byte or character it stands for.
struct Escape {
    length: usize,
    kind: usize,
    code: Code,
}

enum Code {
    Byte(u8),
    Character(u32),
}

const NAMES: [&str; 3] = ["percent", "character_reference", "unicode_escape"];

/// Parts with percent escapes, character references, `\u`, `\x` or octal escapes, unescaped.
pub(super) fn escapes(text: &str) -> Vec<Decoded> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    // The part that is read: where its escapes stand, what it says, how many of each kind it has.
    let mut part: Option<(Range<usize>, Vec<u8>, [usize; 3])> = None;
    let mut at = 0;
    while let Some(next) =
        bytes[at..].iter().position(|byte| matches!(byte, b'%' | b'&' | b'\\' | b'U'))
    {
        at += next;
        let Some(escape) = escape(bytes, at) else {
            at += 1;
            continue;
        };
        if part.as_ref().is_some_and(|(span, ..)| at - span.end > APART) {
            found.extend(part.take().and_then(|part| finish(text, part)));
        }
        let (span, said, kinds) = part.get_or_insert_with(|| (at..at, Vec::new(), [0; 3]));
        said.extend_from_slice(&bytes[span.end..at]);
        kinds[escape.kind] += 1;
        span.end = at + escape.length;
        match escape.code {
            Code::Byte(byte) => said.push(byte),
            Code::Character(code) => {
                let c = char::from_u32(code).unwrap_or(' ');
                said.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        at = span.end;
        if found.len() >= PARTS {
            break;
        }
    }
    found.extend(part.and_then(|part| finish(text, part)));
    found
}

fn finish(text: &str, (span, said, kinds): (Range<usize>, Vec<u8>, [usize; 3])) -> Option<Decoded> {
    if kinds.iter().sum::<usize>() < ENOUGH {
        return None;
    }
    // What the escapes stand in, as in `Ignore%20all%20rules`.
    let before: usize = text[..span.start]
        .chars()
        .rev()
        .take(AROUND)
        .take_while(|c| c.is_alphanumeric() || matches!(c, '+' | '\''))
        .map(char::len_utf8)
        .sum();
    let after: usize = text[span.end..]
        .chars()
        .take(AROUND)
        .take_while(|c| c.is_alphanumeric() || matches!(c, '+' | '\'' | '.' | '!'))
        .map(char::len_utf8)
        .sum();
    let most = (0..NAMES.len()).max_by_key(|&kind| kinds[kind]).unwrap_or(0);
    let whole = span.start - before..span.end + after;
    let said = String::from_utf8_lossy(&said);
    let mut said =
        format!("{}{said}{}", &text[whole.start..span.start], &text[span.end..whole.end]);
    if most == 0 && !said.contains(' ') {
        said = said.replace('+', " ");
    }
    Some(Decoded { technique: NAMES[most], span: whole, text: said })
}

/// The escape at `at`.
fn escape(bytes: &[u8], at: usize) -> Option<Escape> {
    let rest = &bytes[at..];
    let byte = |(length, code), kind| Escape { length, kind, code: Code::Byte(code as u8) };
    let character = |(length, code), kind| Escape { length, kind, code: Code::Character(code) };
    match rest {
        [b'%', ..] => digits(rest, 1, 2, 2, 16).map(|found| byte(found, 0)),
        [b'&', b'#', second, ..] => {
            let hexadecimal = matches!(second, b'x' | b'X');
            let (from, radix) = if hexadecimal { (3, 16) } else { (2, 10) };
            let (length, code) = digits(rest, from, 1, 7, radix)?;
            let end = usize::from(rest.get(length) == Some(&b';'));
            Some(character((length + end, code), 1))
        }
        [b'\\', b'u', b'{', ..] => {
            let (length, code) = digits(rest, 3, 1, 6, 16)?;
            (rest.get(length) == Some(&b'}')).then(|| character((length + 1, code), 2))
        }
        [b'\\', b'u', ..] => {
            let (length, code) = digits(rest, 2, 4, 4, 16)?;
            // What does not fit into four digits is written as two escapes.
            if (0xd800..0xdc00).contains(&code)
                && rest.get(length..length + 2) == Some(b"\\u")
                && let Some((both, low @ 0xdc00..0xe000)) = digits(rest, length + 2, 4, 4, 16)
            {
                return Some(character(
                    (both, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)),
                    2,
                ));
            }
            Some(character((length, code), 2))
        }
        [b'\\', b'U', ..] => digits(rest, 2, 8, 8, 16).map(|found| character(found, 2)),
        [b'\\', b'x', ..] => digits(rest, 2, 2, 2, 16).map(|found| byte(found, 2)),
        [b'\\', b'0'..=b'3', ..] => digits(rest, 1, 3, 3, 8).map(|found| byte(found, 2)),
        // `U+0069 U+0067`: the space between two belongs to them.
        [b'U', b'+', ..] => {
            let (length, code) = digits(rest, 2, 4, 6, 16)?;
            let space =
                usize::from(rest.get(length) == Some(&b' ') && rest.get(length + 1) == Some(&b'U'));
            Some(character((length + space, code), 2))
        }
        _ => None,
    }
}

/// The number of `least` to `most` digits at `from`, and where it ends.
fn digits(rest: &[u8], from: usize, least: usize, most: usize, radix: u32) -> Option<(usize, u32)> {
    let (mut code, mut count) = (0, 0);
    while count < most
        && let Some(digit) =
            rest.get(from + count).and_then(|byte| char::from(*byte).to_digit(radix))
    {
        code = code * radix + digit;
        count += 1;
    }
    (count >= least).then_some((from + count, code))
}
