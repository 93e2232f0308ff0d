use std::sync::LazyLock;

use regex::Regex;

use super::runs::hexadecimal;
use super::{Decoded, PARTS, readable};

#[expect(clippy::unwrap_used, reason = "constant expressions; the tests use every one")]
static GROUPS: LazyLock<[(&str, Regex); 4]> = LazyLock::new(|| {
    [
        ("hexadecimal", Regex::new(r"(?:(?:0x|\\x)?[0-9a-fA-F]{2}(?:[ :,-]|\r?\n){1,2}){7,}(?:0x|\\x)?[0-9a-fA-F]{2}|(?:=[0-9a-fA-F]{2}(?:=\r?\n)?){4,}").unwrap()),
        ("binary", Regex::new(r"(?:[01]{7,8}[ ,\n]{0,2}){4,}").unwrap()),
        ("character_codes", Regex::new(r"(?:[0-9]{2,3}(?:, ?|[ ;\n])){7,}[0-9]{2,3}").unwrap()),
        ("morse", Regex::new(r"(?:[.\-•·−–—_]{1,6}[ /|\n]{1,3}){8,}[.\-•·−–—_]{1,6}").unwrap()),
    ]
});

/// Separate groups: hexadecimal and binary bytes, numbers of characters, Morse code.
pub(super) fn groups(text: &str) -> Vec<Decoded> {
    // What the shortest part has stands within two neighbours.
    let (mut digits, mut bits, mut strokes) = (0, 0, 0);
    let mut before = [0; 3];
    for part in text.as_bytes().chunks(128) {
        let here = [
            count(part, |byte| byte.is_ascii_digit()),
            count(part, |byte| byte & 0xfe == b'0'),
            count(part, |byte| matches!(byte, b'.' | b'-' | b'_' | 0xe2 | 0xc2)),
        ];
        digits = digits.max(before[0] + here[0]);
        bits = bits.max(before[1] + here[1]);
        strokes = strokes.max(before[2] + here[2]);
        before = here;
    }
    let mut found = Vec::new();
    for (technique, regex) in GROUPS.iter() {
        let enough = match *technique {
            "hexadecimal" => digits >= 8,
            "binary" => bits >= 28,
            "character_codes" => digits >= 16,
            _ => strokes >= 9,
        };
        if !enough {
            continue;
        }
        for place in regex.find_iter(text).take(PARTS) {
            let groups = place.as_str();
            let read = match *technique {
                "hexadecimal" => {
                    readable(hexadecimal(&groups.replace("0x", "").replace("\\x", "")), 5)
                }
                "binary" => readable(binary(groups), 5),
                "character_codes" => [10, 8]
                    .into_iter()
                    .find_map(|radix| readable(character_codes(groups, radix)?, 7)),
                _ => readable(morse(groups).into_bytes(), 6),
            };
            found.extend(read.map(|text| Decoded { technique, span: place.range(), text }));
        }
    }
    found
}

/// How many of at most 255 bytes are so.
fn count(part: &[u8], is: impl Fn(u8) -> bool) -> usize {
    usize::from(part.iter().map(|byte| u8::from(is(*byte))).sum::<u8>())
}

fn binary(text: &str) -> Vec<u8> {
    let bits = |group: &[u8]| group.iter().fold(0, |sum: u8, bit| sum << 1 | (bit & 1));
    let groups: Vec<&[u8]> = text
        .as_bytes()
        .split(|byte| byte & 0xfe != b'0')
        .filter(|group| !group.is_empty())
        .collect();
    if groups.iter().all(|group| group.len() == 7) {
        return groups.into_iter().map(bits).collect();
    }
    groups.concat().chunks_exact(8).map(bits).collect()
}

/// Numbers as the bytes or characters they are the numbers of.
fn character_codes(text: &str, radix: u32) -> Option<Vec<u8>> {
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty());
    let codes: Vec<u32> =
        numbers.map(|number| u32::from_str_radix(number, radix).ok()).collect::<Option<_>>()?;
    let bytes: Option<Vec<u8>> = codes.iter().map(|code| u8::try_from(*code).ok()).collect();
    bytes.filter(|bytes| std::str::from_utf8(bytes).is_ok()).or_else(|| {
        codes.into_iter().map(char::from_u32).collect::<Option<String>>().map(String::into_bytes)
    })
}

fn morse(text: &str) -> String {
    const CODES: [&str; 36] = [
        ".-", "-...", "-.-.", "-..", ".", "..-.", "--.", "....", "..", ".---", "-.-", ".-..", "--",
        "-.", "---", ".--.", "--.-", ".-.", "...", "-", "..-", "...-", ".--", "-..-", "-.--",
        "--..", "-----", ".----", "..---", "...--", "....-", ".....", "-....", "--...", "---..",
        "----.",
    ];
    let letter = |code: &str| {
        let at = CODES.iter().position(|known| *known == code)?;
        "abcdefghijklmnopqrstuvwxyz0123456789".chars().nth(at)
    };
    let text = text.replace(['•', '·'], ".").replace(['−', '–', '—', '_'], "-");
    let words = text.replace("   ", "/").replace(['|', '\n'], "/");
    // Where no sign parts words, two spaces do.
    let words = if words.contains('/') { words } else { words.replace("  ", "/") };
    let words =
        words.split('/').map(|word| word.split_whitespace().filter_map(letter).collect::<String>());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
