//! Checks that tell a real number from a look-alike. National ids stand in [`crate::national`], secrets in
//! [`crate::secret`].

use std::ops::Deref;

use crate::{national, secret};

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
        "password" => secret::password,
        "random" => secret::random,
        "mixed" => secret::mixed,
        "varied" => secret::varied,
        "jwt" => secret::jwt,
        "entra_token" => secret::entra_token,
        "aws_key_id" => secret::aws_key_id,
        "email" => email,
        "github" => secret::github,
        "not_word" => secret::not_word,
        "debit_card" => debit_card,
        "phone" => phone,
        "public_ip" => public_ip,
        "ipv6" => |text| public_ip(text) && digits(text).len() > 2,
        _ => return national::by_name(name),
    })
}

/// The values of a number's digits, or of its digits and letters; what is beyond the longest number is left out.
#[derive(Debug)]
pub(crate) struct Values {
    values: [u32; 40],
    length: usize,
}

impl Deref for Values {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        &self.values[..self.length]
    }
}

impl Values {
    fn of(text: &str, radix: u32) -> Self {
        let mut values = Self { values: [0; 40], length: 0 };
        let found = text.bytes().filter_map(|byte| char::from(byte).to_digit(radix));
        for (slot, value) in values.values.iter_mut().zip(found) {
            *slot = value;
            values.length += 1;
        }
        values
    }
}

/// The decimal digits of `text`.
pub(crate) fn digits(text: &str) -> Values {
    Values::of(text, 10)
}

/// The digits and letters of `text`, letters from ten.
pub(crate) fn values(text: &str) -> Values {
    Values::of(text, 36)
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

/// Maestro and other debit ranges of Europe, and Luhn.
fn debit_card(text: &str) -> bool {
    let digits = digits(text);
    let head = number(&digits[..4]);
    matches!(head, 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763) && luhn(&digits)
}

/// Country calling codes of two digits and one (ITU-T E.164); all others have three.
const CALLING_CODES: [u64; 46] = [
    1, 7, 20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54,
    55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];

/// E.164: at most 15 digits, at least three different ones, and a country calling code that is given. Numbers without
/// a plus are of a national form.
fn phone(text: &str) -> bool {
    let digits = digits(text);
    let varied = (0..10).filter(|digit| digits.contains(digit)).count() > 2;
    if !text.starts_with('+') {
        return varied && (7..=15).contains(&digits.len());
    }
    let assigned = CALLING_CODES.contains(&number(&digits[..1]))
        || CALLING_CODES.contains(&number(&digits[..2]))
        || matches!(number(&digits[..3]), 211..=299 | 350..=389 | 420..=423 | 500..=509 | 590..=599 | 670..=692 | 800..=888 | 960..=998);
    varied && (8..=15).contains(&digits.len()) && assigned
}

/// Not a name of software (`logo@2x.png`, `app@v1.2.service`), nor the user of a version
/// control host or the password of a URL.
fn email(text: &str) -> bool {
    const FILES: [&str; 14] = [
        "png", "jpg", "jpeg", "gif", "svg", "webp", "js", "ts", "css", "service", "socket",
        "timer", "html", "json",
    ];
    let (local, host) = text.split_once('@').unwrap_or_default();
    let ending = host.rsplit('.').next().unwrap_or_default();
    let label = |label: &str| !label.starts_with('-') && !label.ends_with('-');
    !text.contains("://")
        && !local.starts_with('.')
        && !local.ends_with('.')
        && local != "git"
        && host.split('.').all(label)
        && !FILES.contains(&ending)
}

/// Not a loopback, unspecified or broadcast address, nor a netmask.
fn public_ip(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok_and(|address| match address {
        std::net::IpAddr::V4(address) => {
            let [first, .., last] = address.octets();
            !address.is_loopback()
                && first != 0
                && first != 255
                && !(last == 0 && address.octets()[1..] == [0, 0, 0])
        }
        std::net::IpAddr::V6(address) => !address.is_loopback() && !address.is_unspecified(),
    })
}

/// Lengths by country (SWIFT IBAN registry).
const IBAN_LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 \
    DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 \
    JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 \
    PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 \
    XK20 YE30";

/// ISO 13616: the country's length, and modulus 97.
fn iban(text: &str) -> bool {
    let compact: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).take(40).collect();
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
pub(crate) fn verhoeff(digits: &[u32]) -> bool {
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
}
