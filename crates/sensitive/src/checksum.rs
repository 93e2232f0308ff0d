//! Checks that tell a real number from a look-alike. National ids stand in [`crate::national`].

use crate::national as id;

/// Whether a candidate, as it stands in the text, can be what its pattern says.
pub(crate) type Check = fn(&str) -> bool;

/// The check that tables call `name`.
pub(crate) fn by_name(name: &str) -> Option<Check> {
    Some(match name {
        "luhn" => |text| luhn(&digits(text)),
        "card" => card,
        "iban" => iban,
        "aba" => aba,
        "ean13" => |text| {
            weighted(&digits(text), &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_multiple_of(10)
        },
        "verhoeff" => |text| verhoeff(&digits(text)),
        "iso7064_mod11_10" => |text| mod11_10(&digits(text)),
        "mod11" => |text| number(&digits(text)).is_multiple_of(11),
        "not_placeholder" => not_placeholder,
        "password" => password,
        "random" => random,
        "ssn" => id::ssn,
        "nino" => id::nino,
        "nhs" => id::nhs,
        "utr" => id::utr,
        "de_tax_id" => id::de_tax_id,
        "de_id_card" => id::de_id_card,
        "insee" => id::insee,
        "fr_tax_id" => id::fr_tax_id,
        "dni" => id::dni,
        "es_ssn" => id::es_ssn,
        "codice_fiscale" => id::codice_fiscale,
        "bsn" => id::bsn,
        "pesel" => id::pesel,
        "nip" => id::nip,
        "svnr" => id::svnr,
        "be_national" => id::be_national,
        "egn" => id::egn,
        "baltic" => id::baltic,
        "hetu" => id::hetu,
        "pps" => id::pps,
        "pt_nif" => id::pt_nif,
        "cnp" => id::cnp,
        "personnummer" => id::personnummer,
        "taj" => id::taj,
        "emso" => id::emso,
        "cpf" => id::cpf,
        "cn_resident" => id::cn_resident,
        "tfn" => id::tfn,
        "my_number" => id::my_number,
        _ => return None,
    })
}

/// The decimal digits of `text`.
pub(crate) fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// The sum of digits times weights, position by position.
pub(crate) fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// Up to 18 digits as a number.
pub(crate) fn number(digits: &[u32]) -> u64 {
    digits.iter().take(18).fold(0, |sum, &digit| sum * 10 + u64::from(digit))
}

/// ISO/IEC 7812-1.
pub(crate) fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &digit)| match (i % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|&digit| digit != 0)
}

/// An issuer's range and length, and Luhn.
fn card(text: &str) -> bool {
    let digits = digits(text);
    let head = |n: usize| number(&digits[..n.min(digits.len())]);
    let issued = match digits.len() {
        14 => matches!(head(3), 300..=305) || matches!(head(2), 36 | 38),
        15 => matches!(head(2), 34 | 37),
        13 => head(1) == 4,
        16 => {
            head(1) == 4
                || matches!(head(2), 51..=55 | 62 | 65)
                || matches!(head(4), 2221..=2720 | 3528..=3589 | 6011)
                || matches!(head(3), 644..=649)
        }
        17..=19 => matches!(head(2), 62 | 65) || head(4) == 6011,
        _ => false,
    };
    issued && luhn(&digits)
}

/// Lengths by country (SWIFT IBAN registry).
const IBAN_LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 \
    DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 \
    JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 \
    PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 \
    XK20 YE30";

/// ISO 13616: the country's length, and modulus 97.
fn iban(text: &str) -> bool {
    let compact: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let length = IBAN_LENGTHS
        .split(' ')
        .find(|entry| compact.starts_with(&entry.as_bytes()[..2]))
        .and_then(|entry| entry[2..].parse::<usize>().ok());
    if length != Some(compact.len()) {
        return false;
    }
    let remainder = compact[4..].iter().chain(&compact[..4]).fold(0u32, |rest, &byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    remainder == 1
}

/// The Federal Reserve ranges and the 3-7-1 sum.
fn aba(text: &str) -> bool {
    let digits = digits(text);
    let district = number(&digits[..2]);
    matches!(district, 1..=12 | 21..=32 | 61..=72 | 80)
        && weighted(&digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}

/// ISO/IEC 7064, MOD 11,10.
pub(crate) fn mod11_10(digits: &[u32]) -> bool {
    let Some((&check, body)) = digits.split_last() else { return false };
    let product = body.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == check
}

/// Verhoeff's dihedral check.
fn verhoeff(digits: &[u32]) -> bool {
    const PERMUTATION: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    fn multiply(a: usize, b: usize) -> usize {
        match (a < 5, b < 5) {
            (true, true) => (a + b) % 5,
            (true, false) => 5 + (a + b - 5) % 5,
            (false, true) => 5 + (a - 5 + 5 - b) % 5,
            (false, false) => (a + 5 - b) % 5,
        }
    }
    let check = digits.iter().rev().enumerate().fold(0, |check, (i, &digit)| {
        let permuted = (0..i % 8).fold(digit as usize, |value, _| PERMUTATION[value]);
        multiply(check, permuted)
    });
    check == 0
}

/// Not a word that stands for a secret in documentation or templates.
fn not_placeholder(text: &str) -> bool {
    const WORDS: [&str; 17] = [
        "your",
        "example_",
        "placeholder",
        "changeme",
        "change_me",
        "password",
        "passwd",
        "secret",
        "token",
        "xxxx",
        "****",
        "....",
        "insert",
        "replace",
        "dummy",
        "redacted",
        "sample",
    ];
    let lower = text.to_ascii_lowercase();
    !(text.starts_with(['$', '%', '{', '<', '['])
        || matches!(
            lower.as_str(),
            "pass" | "pwd" | "user" | "none" | "null" | "true" | "false" | "test"
        )
        || WORDS.iter().any(|word| lower.contains(word)))
}

/// Letters with a digit or sign, as passwords are made; neither code nor prose.
fn password(text: &str) -> bool {
    const SIGNS: &[char] = &['!', '@', '#', '$', '%', '^', '&', '*', '?', '~', '+'];
    let text = text.trim_end_matches([',', '.', ')', '?']);
    let has = |class: fn(&char) -> bool| text.chars().filter(class).count();
    let letters = has(char::is_ascii_alphabetic);
    let digits = has(char::is_ascii_digit);
    let signs = text.contains(SIGNS);
    let code = text.contains(['(', ')'])
        || text.starts_with(['/', '.', '-'])
        || text.split('.').count() > 2
        || text.contains(".p") && text.contains("form");
    text.len() >= 6 && letters >= 2 && (digits > 0 || signs) && !code && not_placeholder(text)
}

/// Random-looking: letters and digits mixed, no word or identifier, no UUID.
fn random(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let uuid = text.len() == 36 && text.bytes().filter(|&byte| byte == b'-').count() == 4;
    // An identifier has few digits among long runs of letters of one case.
    let runs = text
        .as_bytes()
        .windows(2)
        .filter(|pair| {
            let class = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
            class(pair[0]) != class(pair[1])
        })
        .count();
    digits >= 2
        && letters >= 2
        && !uuid
        && runs * 4 >= text.len()
        && !text.contains('.')
        && not_placeholder(text)
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
    fn one_changed_digit_is_seen() {
        for (check, good) in [
            ("luhn", "79927398713"),
            ("iban", "DE89370400440532013000"),
            ("verhoeff", "234567890124"),
            ("iso7064_mod11_10", "33392005961"),
            ("aba", "021000021"),
        ] {
            let check = by_name(check).unwrap();
            assert!(check(good), "{good}");
            let last = good.as_bytes()[good.len() - 1];
            let bad = format!("{}{}", &good[..good.len() - 1], (last - b'0' + 1) % 10);
            assert!(!check(&bad), "{bad}");
        }
    }

    #[test]
    fn entropy_tells_random_from_repeated() {
        assert!(entropy("aaaaaaaa") < 0.1);
        assert!((entropy("abcdefgh") - 3.0).abs() < 1e-6);
    }
}
