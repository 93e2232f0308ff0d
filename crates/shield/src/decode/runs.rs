use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};

use super::{Decoded, PARTS, readable};
use crate::bits::Bits;

/// Shortest run that is tried.
const SHORTEST: usize = 16;
/// Lines of one wrapped run.
const LINES: usize = 4096;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);

/// Whether a byte stands in a run of base64, base32 or hexadecimal.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'_' | b'-')
}

/// Unbroken runs: base64, hexadecimal, base32, base85.
pub(super) fn runs(text: &str) -> Vec<Decoded> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let printed = Bits::of(bytes, |byte| byte.is_ascii_graphic());
    let mut at = 0;
    // Text without white space: runs of base85, and what runs of the others stand in.
    while at < bytes.len() && found.len() < PARTS {
        let start = printed.next(at);
        at = start + printed.run(start);
        if at - start < SHORTEST {
            continue;
        }
        let (before, end) = (found.len(), at);
        let mut run = start;
        while run < end && found.len() < PARTS {
            let length = bytes[run..end].iter().take_while(|byte| is_word(**byte)).count();
            if length >= SHORTEST {
                let (span, decoded) = wrapped(text, run..run + length);
                run = span.end;
                found.extend(decoded.map(|(technique, text)| Decoded { technique, span, text }));
            } else {
                run += length + 1;
            }
        }
        // A wrapped run goes on after the white space.
        at = end.max(run.min(bytes.len()));
        if found.len() == before {
            found.extend(base85(text, start..end));
        }
    }
    found
}

/// What the run at `span` says, with the lines that go on with it; returns how far it goes.
fn wrapped(text: &str, span: Range<usize>) -> (Range<usize>, Option<(&'static str, String)>) {
    let bytes = text.as_bytes();
    let mut end = span.end;
    let mut lines = vec![span.clone()];
    // Full lines have one length; only the last is shorter.
    while span.len() >= 40 && lines.len() < LINES {
        let gap = bytes[end..]
            .iter()
            .take(8)
            .take_while(|byte| matches!(byte, b'\r' | b'\n' | b' ' | b'>' | b'='))
            .count();
        let start = end + gap;
        let length = bytes[start..].iter().take_while(|byte| is_word(**byte)).count();
        if !bytes[end..start].contains(&b'\n') || length == 0 || length > span.len() {
            break;
        }
        end = start + length;
        lines.push(start..end);
        if length < span.len() {
            break;
        }
    }
    if lines.len() > 1 {
        let whole: String = lines.iter().map(|line| &text[line.clone()]).collect();
        // Together, or the first that says something: lines are not looked at again.
        let decoded =
            run(&whole).or_else(|| lines.iter().find_map(|line| run(&text[line.clone()])));
        return (span.start..end, decoded);
    }
    let here = &text[span.clone()];
    let decoded = run(here).or_else(|| {
        // From back to front, its padding comes first.
        let padded = bytes[..span.start].ends_with(b"=");
        padded.then(|| run(&here.chars().rev().collect::<String>())).flatten()
    });
    (span, decoded)
}

/// What one run says, and in which encoding.
fn run(run: &str) -> Option<(&'static str, String)> {
    let all = |is: &dyn Fn(u8) -> bool| run.bytes().all(is);
    if all(&|byte| byte.is_ascii_hexdigit())
        && let Some(text) = readable(hexadecimal(run), 5)
    {
        return Some(("hexadecimal", text));
    }
    let is_base32 = all(&|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
        || all(&|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
    if is_base32 && let Some(text) = base32(run).and_then(|bytes| readable(bytes, 5)) {
        return Some(("base32", text));
    }
    let decode = STANDARD.decode(run).or_else(|_| URL_SAFE.decode(run));
    Some(("base64", readable(decode.ok()?, 5)?))
}

/// Pairs of hexadecimal digits as bytes.
pub(super) fn hexadecimal(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn base32(run: &str) -> Option<Vec<u8>> {
    let (mut bits, mut count, mut bytes) = (0u32, 0, Vec::new());
    for byte in run.bytes() {
        let value = match byte.to_ascii_uppercase() {
            upper @ b'A'..=b'Z' => upper - b'A',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5 | u32::from(value)) & 0xfff;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

/// The digits of base85 in the order of RFC 1924, as Git and Python write it.
const RFC1924: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

/// Text in base85 of either alphabet.
fn base85(text: &str, span: Range<usize>) -> Option<Decoded> {
    const VALUES: [u8; 256] = {
        let mut values = [u8::MAX; 256];
        let mut at = 0;
        while at < RFC1924.len() {
            values[RFC1924[at] as usize] = at as u8;
            at += 1;
        }
        values
    };
    let run = &text[span.clone()];
    let adobe = run.strip_prefix("<~").unwrap_or(run);
    let adobe = adobe.split_once("~>").map_or(adobe, |(inside, _)| inside);
    let ascii = |byte: u8| byte.checked_sub(b'!').filter(|value| *value < 85);
    let rfc = |byte: u8| Some(VALUES[usize::from(byte)]).filter(|value| *value < 85);
    // A quote or full stop after the run is no part of it.
    let bare = run.trim_matches(['"', '\'', '.', ',', ':']);
    let bytes = fives(bare, rfc).or_else(|| fives(adobe, ascii)).or_else(|| fives(bare, ascii));
    let text = readable(bytes?, 7)?;
    Some(Decoded { technique: "base85", span, text })
}

/// Five digits as four bytes; nothing where a byte is no part of a text.
fn fives(run: &str, value: impl Fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for group in run.as_bytes().chunks(5) {
        let mut sum = 0u64;
        for at in 0..5 {
            let digit = match group.get(at) {
                Some(&byte) => value(byte)?,
                None => 84,
            };
            sum = sum * 85 + u64::from(digit);
        }
        let four = u32::try_from(sum).ok()?.to_be_bytes();
        let four = &four[..group.len() - 1];
        if four.iter().any(|byte| *byte < b' ' && !matches!(byte, b'\n' | b'\r' | b'\t')) {
            return None;
        }
        bytes.extend_from_slice(four);
    }
    Some(bytes)
}
