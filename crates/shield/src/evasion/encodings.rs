//! Text in other codes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{Dressed, carried, letters, words};
use crate::classifier::train::Random;

/// Each byte in its own code, with `gap` between.
fn bytes(text: &str, gap: &str, code: impl Fn(u8) -> String) -> String {
    text.bytes().map(code).collect::<Vec<_>>().join(gap)
}

/// Each character in its own code.
fn chars(text: &str, code: impl Fn(char) -> String) -> String {
    text.chars().map(code).collect()
}

fn turned(text: &str, letter: impl Fn(u8) -> u8) -> String {
    chars(text, |c| {
        match c {
            'a'..='z' => char::from(letter(c as u8 - b'a') + b'a'),
            'A'..='Z' => char::from(letter(c as u8 - b'A') + b'A'),
            c => c,
        }
        .to_string()
    })
}

pub(super) fn base64(text: &str, random: &mut Random) -> Dressed {
    carried(&STANDARD.encode(text), random)
}

pub(super) fn base64_url(text: &str, random: &mut Random) -> Dressed {
    carried(&URL_SAFE_NO_PAD.encode(text), random)
}

pub(super) fn base64_wrapped(text: &str, random: &mut Random) -> Dressed {
    let encoded: Vec<char> = STANDARD.encode(text).chars().collect();
    let lines: Vec<String> =
        encoded.chunks(*random.pick(&[64, 76])).map(|line| line.iter().collect()).collect();
    carried(&lines.join("\n"), random)
}

pub(super) fn base64_twice(text: &str, random: &mut Random) -> Dressed {
    carried(&STANDARD.encode(STANDARD.encode(text)), random)
}

pub(super) fn base64_thrice(text: &str, random: &mut Random) -> Dressed {
    carried(&STANDARD.encode(STANDARD.encode(STANDARD.encode(text))), random)
}

pub(super) fn hex(text: &str, random: &mut Random) -> Dressed {
    carried(&bytes(text, "", |byte| format!("{byte:02x}")), random)
}

pub(super) fn hex_spaced(text: &str, random: &mut Random) -> Dressed {
    carried(
        &bytes(text, random.pick::<&str>(&[" ", ":", ", "]), |byte| format!("{byte:02X}")),
        random,
    )
}

pub(super) fn hex_escaped(text: &str, random: &mut Random) -> Dressed {
    carried(&bytes(text, "", |byte| format!("\\x{byte:02x}")), random)
}

pub(super) fn percent(text: &str, random: &mut Random) -> Dressed {
    carried(&bytes(text, "", |byte| format!("%{byte:02X}")), random)
}

/// Only what links do not take as it is.
pub(super) fn percent_signs(text: &str, random: &mut Random) -> Dressed {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let code =
        |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    carried(&bytes(text, "", code), random)
}

pub(super) fn entities(text: &str, random: &mut Random) -> Dressed {
    carried(&chars(text, |c| format!("&#{};", c as u32)), random)
}

pub(super) fn entities_hex(text: &str, random: &mut Random) -> Dressed {
    carried(&chars(text, |c| format!("&#x{:x};", c as u32)), random)
}

pub(super) fn json(text: &str, random: &mut Random) -> Dressed {
    let code = |c: char| {
        let mut units = [0; 2];
        c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
    };
    carried(&chars(text, code), random)
}

pub(super) fn rot13(text: &str, random: &mut Random) -> Dressed {
    carried(&turned(text, |letter| (letter + 13) % 26), random)
}

pub(super) fn caesar(text: &str, random: &mut Random) -> Dressed {
    let by = *random.pick(&[1, 3, 5, 7, 11, 19, 23, 25]);
    carried(&turned(text, |letter| (letter + by) % 26), random)
}

pub(super) fn atbash(text: &str, random: &mut Random) -> Dressed {
    carried(&turned(text, |letter| 25 - letter), random)
}

pub(super) fn base32(text: &str, random: &mut Random) -> Dressed {
    let mut encoded = String::new();
    for group in text.as_bytes().chunks(5) {
        let sum =
            (0..5).fold(0u64, |sum, at| sum << 8 | u64::from(group.get(at).copied().unwrap_or(0)));
        for at in 0..8 {
            let used = at * 5 < group.len() * 8;
            let digit = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(sum >> (35 - at * 5) & 31) as usize];
            encoded.push(if used { char::from(digit) } else { '=' });
        }
    }
    carried(&encoded, random)
}

/// Four bytes as five digits of base85.
fn fives(text: &str, digit: impl Fn(u8) -> char) -> String {
    let mut encoded = String::new();
    for group in text.as_bytes().chunks(4) {
        let mut sum =
            (0..4).fold(0u32, |sum, at| sum << 8 | u32::from(group.get(at).copied().unwrap_or(0)));
        let mut digits = [0u8; 5];
        for place in digits.iter_mut().rev() {
            *place = (sum % 85) as u8;
            sum /= 85;
        }
        encoded.extend(digits[..=group.len()].iter().map(|&value| digit(value)));
    }
    encoded
}

pub(super) fn ascii85(text: &str, random: &mut Random) -> Dressed {
    let encoded = fives(text, |value| char::from(value + b'!'));
    if random.below(2) == 0 {
        carried(&format!("<~{encoded}~>"), random)
    } else {
        carried(&encoded, random)
    }
}

pub(super) fn base85(text: &str, random: &mut Random) -> Dressed {
    const DIGITS: &[u8; 85] =
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    carried(&fives(text, |value| char::from(DIGITS[usize::from(value)])), random)
}

pub(super) fn binary(text: &str, random: &mut Random) -> Dressed {
    carried(&bytes(text, random.pick::<&str>(&[" ", ""]), |byte| format!("{byte:08b}")), random)
}

pub(super) fn decimal(text: &str, random: &mut Random) -> Dressed {
    carried(&bytes(text, random.pick::<&str>(&[" ", ", ", ","]), |byte| byte.to_string()), random)
}

pub(super) fn octal(text: &str, random: &mut Random) -> Dressed {
    carried(&bytes(text, "", |byte| format!("\\{byte:03o}")), random)
}

pub(super) fn morse(text: &str, random: &mut Random) -> Dressed {
    const CODES: [&str; 26] = [
        ".-", "-...", "-.-.", "-..", ".", "..-.", "--.", "....", "..", ".---", "-.-", ".-..", "--",
        "-.", "---", ".--.", "--.-", ".-.", "...", "-", "..-", "...-", ".--", "-..-", "-.--",
        "--..",
    ];
    let code = |c: char| {
        c.is_ascii_alphabetic().then(|| CODES[usize::from(c.to_ascii_lowercase() as u8 - b'a')])
    };
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.chars().filter_map(code).collect::<Vec<_>>().join(" "))
        .collect();
    carried(&words.join(" / "), random)
}

pub(super) fn three_deep(text: &str, random: &mut Random) -> Dressed {
    let turned = turned(text, |letter| (letter + 13) % 26);
    carried(&STANDARD.encode(bytes(&turned, "", |byte| format!("{byte:02x}"))), random)
}

pub(super) fn three_mixed(text: &str, random: &mut Random) -> Dressed {
    let reversed: String = text.chars().rev().collect();
    let encoded = STANDARD.encode(STANDARD.encode(reversed));
    carried(&letters::zero_width(&encoded, random).text, random)
}

pub(super) fn leet_in_base64(text: &str, random: &mut Random) -> Dressed {
    carried(&STANDARD.encode(letters::leet_light(text, random).text), random)
}

pub(super) fn spaced_in_base64(text: &str, random: &mut Random) -> Dressed {
    carried(&STANDARD.encode(words::spaced_wide(text, random).text), random)
}
