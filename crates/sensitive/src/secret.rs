//! What tells a secret from a word, a placeholder or an identifier of code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Longest part of a token that is decoded, bytes.
const DECODED: usize = 4096;

/// Whether it stands for a secret in documentation, a template or code.
pub(crate) fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 22] = [
        "your",
        "example",
        "placeholder",
        "changeme",
        "change_me",
        "change-me",
        "change_this",
        "xxxx",
        "****",
        "....",
        "____",
        "insert",
        "replace",
        "dummy",
        "redacted",
        "sample",
        "_here",
        "-here",
        "0123456789",
        "1234567890",
        "abcdefgh",
        "deadbeef",
    ];
    let lower = text.to_ascii_lowercase();
    text.starts_with(['$', '%', '{', '<', '[', '('])
        || text.contains("${")
        || text.contains("{{")
        || WORDS.iter().any(|word| lower.contains(word))
}

/// Not a word that says what a secret is rather than being one.
pub(crate) fn not_word(text: &str) -> bool {
    const WHOLE: [&str; 20] = [
        "pass",
        "pwd",
        "pw",
        "user",
        "none",
        "null",
        "true",
        "false",
        "test",
        "root",
        "admin",
        "postgres",
        "guest",
        "string",
        "default",
        "undefined",
        "hidden",
        "foo",
        "bar",
        "empty",
    ];
    const WITHIN: [&str; 4] = ["password", "passwd", "secret", "token"];
    let lower = text.to_ascii_lowercase();
    !(WHOLE.contains(&lower.as_str())
        || WITHIN.iter().any(|word| lower.contains(word))
        || is_placeholder(text))
}

/// Letters with a digit or sign, as passwords are made; neither code nor prose.
pub(crate) fn password(text: &str) -> bool {
    const SIGNS: &[char] = &['!', '@', '#', '$', '%', '^', '&', '*', '?', '~', '+'];
    let text = text.trim_end_matches([',', '.', ')', '?', ';']);
    let letters = text.chars().filter(char::is_ascii_alphabetic).count();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let code = text.contains(['(', ')', '[', ']', '<', '>'])
        || text.starts_with(['/', '.', '-', '&', '?', '='])
        || text.split('.').count() > 2
        || text.split('.').all(is_identifier) && text.contains('.');
    let length = text.len() >= 6 && text.contains(|c: char| !c.is_ascii_digit());
    length
        && letters >= 2
        && (digits > 0 || text.trim_end_matches(SIGNS).contains(SIGNS) || text.ends_with(SIGNS))
        && !code
        && not_word(text)
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Random-looking: letters and digits mixed, no word or identifier, no UUID.
pub(crate) fn random(text: &str) -> bool {
    mixed(text) && varied(text) && !text.contains('.')
}

/// Changes between capitals, small letters and digits as no identifier does; no UUID, no placeholder.
pub(crate) fn varied(text: &str) -> bool {
    let uuid = text.len() == 36 && text.bytes().filter(|&byte| byte == b'-').count() == 4;
    let class = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
    let changes =
        text.as_bytes().windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    !uuid && changes * 4 >= text.len() && not_word(text)
}

/// Letters and digits, at least two of each.
pub(crate) fn mixed(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 2
        && text.bytes().filter(u8::is_ascii_alphabetic).count() >= 2
}

/// RFC 7519: the first part is a JSON object that names an algorithm.
pub(crate) fn jwt(text: &str) -> bool {
    let header = decoded(text, 0);
    header.first() == Some(&b'{') && contains(&header, b"\"alg\"")
}

/// A token that Microsoft Entra ID issued.
pub(crate) fn entra_token(text: &str) -> bool {
    let claims = decoded(text, 1);
    jwt(text)
        && (contains(&claims, b"sts.windows.net") || contains(&claims, b"login.microsoftonline"))
}

fn decoded(token: &str, part: usize) -> Vec<u8> {
    let part = token.split('.').nth(part).unwrap_or_default();
    let whole = part.len().min(DECODED) / 4 * 4;
    // A rest of two or three characters is a rest of one or two bytes.
    let end = if part.len() <= DECODED { part.len() } else { whole };
    URL_SAFE_NO_PAD.decode(&part.as_bytes()[..end]).unwrap_or_default()
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

/// AWS: sixteen characters of base 32 (RFC 4648) after the prefix.
pub(crate) fn aws_key_id(text: &str) -> bool {
    text.bytes().skip(4).all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
}

/// GitHub's format of 2021, which npm took over: the last six characters are the CRC-32 of the thirty before, base 62
/// (github.blog, "Behind GitHub's new authentication token formats"). Fine-grained tokens do not tell theirs.
pub(crate) fn github(text: &str) -> bool {
    const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some((_, body)) = text.split_once('_') else { return false };
    if text.starts_with("github_pat_") {
        return true;
    }
    let (Some(random), Some(check)) = (body.get(..30), body.get(30..36)) else { return false };
    let mut rest = crc32(random.as_bytes()) as usize;
    check.bytes().rev().all(|byte| {
        let digit = BASE62[rest % 62];
        rest /= 62;
        digit == byte
    })
}

/// IEEE 802.3, reflected.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    })
}

/// Shannon entropy in bits a character.
pub(crate) fn entropy(text: &str) -> f32 {
    let mut counts = [0u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = text.len() as f32;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = count as f32 / length;
            -share * share.log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_tells_random_from_repeated() {
        assert!(entropy("aaaaaaaa") < 0.1);
        assert!((entropy("abcdefgh") - 3.0).abs() < 1e-6);
    }

    #[test]
    fn placeholders_are_no_secrets() {
        for text in ["<your-key>", "sk-xxxxxxxx", "${TOKEN}", "AKIAIOSFODNN7EXAMPLE", "changeme1"] {
            assert!(is_placeholder(text), "{text}");
        }
        assert!(!is_placeholder("Tr0ub4dor&3"));
    }

    #[test]
    fn passwords_are_told_from_code() {
        for text in ["Winter2024!", "hunter2x", "c0rrect-horse"] {
            assert!(password(text), "{text}");
        }
        for text in ["config.db2", "incorrect", "12345678", "get(1)", "os.environ", "test"] {
            assert!(!password(text), "{text}");
        }
    }

    #[test]
    fn the_crc_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
