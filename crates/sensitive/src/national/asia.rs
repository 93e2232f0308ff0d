//! Asia, the Pacific and Africa.

use super::{born, complement};
use crate::checksum::{digits, luhn, values, weighted};

/// China: GB 11643, ISO 7064 MOD 11-2.
pub(crate) fn cn_resident(text: &str) -> bool {
    let sum =
        weighted(&digits(&text[..17]), &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    b"10X98765432"[(sum % 11) as usize] == text.as_bytes()[17].to_ascii_uppercase()
}

/// Australian tax file number: modulus 11.
pub(crate) fn tfn(text: &str) -> bool {
    weighted(&digits(text), &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)
}

/// Japan: modulus 11 with weights 6 5 4 3 2 7 6 5 4 3 2.
pub(crate) fn my_number(text: &str) -> bool {
    let digits = digits(text);
    let check = match weighted(&digits, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    check == digits[11]
}

/// Japanese companies: the first digit checks the others, weights 1 and 2 from the right, modulus 9.
pub(crate) fn jp_corporate(text: &str) -> bool {
    let digits = digits(text);
    9 - weighted(&digits[1..], &[2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]) % 9 == digits[0]
}

/// Japanese driver's licences: weights 5 4 3 2 7 6 5 4 3 2, modulus 11; the last digit counts issues.
pub(crate) fn jp_licence(text: &str) -> bool {
    let digits = digits(text);
    complement(weighted(&digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]), 11) % 10 == digits[10]
}

/// Australian companies: weights 8 to 1, modulus 10 (ASIC).
pub(crate) fn au_acn(text: &str) -> bool {
    let digits = digits(text);
    complement(weighted(&digits, &[8, 7, 6, 5, 4, 3, 2, 1]), 10) == digits[8]
}

/// Australian businesses: one off the first digit, modulus 89 (ABR).
pub(crate) fn au_abn(text: &str) -> bool {
    let digits = digits(text);
    let sum = weighted(&digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    digits[0] > 0 && (sum - 10).is_multiple_of(89)
}

/// Australian Medicare: weights 1 3 7 9, modulus 10.
pub(crate) fn au_medicare(text: &str) -> bool {
    let digits = digits(text);
    weighted(&digits, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == digits[8]
}

/// New Zealand IRD: modulus 11, with a second set of weights where ten is left (Inland Revenue).
pub(crate) fn nz_ird(text: &str) -> bool {
    let given = digits(text);
    let mut digits = [0; 9];
    let Some(start) = digits.len().checked_sub(given.len()) else { return false };
    digits[start..].copy_from_slice(&given);
    let check = match complement(weighted(&digits, &[3, 2, 7, 6, 5, 4, 3, 2]), 11) {
        10 => complement(weighted(&digits, &[7, 4, 3, 2, 5, 2, 7, 6]), 11),
        check => check,
    };
    check == digits[8]
}

/// New Zealand NHI: three letters of an alphabet without I and O, weights 7 to 2, modulus 11 (HISO 10046).
pub(crate) fn nz_nhi(text: &str) -> bool {
    let sum: u32 = text
        .bytes()
        .take(6)
        .map(|byte| match byte {
            b'0'..=b'9' => u32::from(byte - b'0'),
            b'A'..=b'H' => u32::from(byte - b'A') + 1,
            b'J'..=b'N' => u32::from(byte - b'A'),
            _ => u32::from(byte.saturating_sub(b'A')).saturating_sub(1),
        })
        .zip((2..=7).rev())
        .map(|(value, weight)| value * weight)
        .sum();
    let last = text.bytes().last().unwrap_or_default();
    !sum.is_multiple_of(11) && (11 - sum % 11) % 10 == u32::from(last.saturating_sub(b'0'))
}

/// Hong Kong: weights 9 to 2, a missing first letter counts as a blank (36), modulus 11; ten is written A.
pub(crate) fn hk_id(text: &str) -> bool {
    let values = values(text);
    let Some((check, body)) = values.split_last() else { return false };
    let blank = if body.len() == 7 { 36 * 9 } else { 0 };
    let sum: u32 =
        blank + body.iter().rev().zip(2..).map(|(value, weight)| value * weight).sum::<u32>();
    complement(sum, 11) == *check
}

/// Indonesia: a date of birth, the day raised by 40 for women.
pub(crate) fn id_nik(text: &str) -> bool {
    let digits = digits(text);
    born(digits[8] * 10 + digits[9], (digits[6] * 10 + digits[7]) % 40)
}

/// South Korea: a date of birth, weights 2 to 9 and 2 to 5, modulus 11; numbers since October 2020 carry no check.
pub(crate) fn kr_rrn(text: &str) -> bool {
    let digits = digits(text);
    let sum = weighted(&digits, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    let recent = matches!(digits[6], 3 | 4 | 7 | 8) && digits[0] * 10 + digits[1] >= 20;
    born(digits[2] * 10 + digits[3], digits[4] * 10 + digits[5])
        && (recent || (11 - sum % 11) % 10 == digits[12])
}

/// Malaysia: a date of birth and a place of birth that exists.
pub(crate) fn my_mykad(text: &str) -> bool {
    let digits = digits(text);
    let place = digits[6] * 10 + digits[7];
    born(digits[2] * 10 + digits[3], digits[4] * 10 + digits[5])
        && !matches!(place, 0 | 17..=20 | 69 | 70 | 73 | 80 | 81 | 94..=97)
}

/// Singapore: weights 2 7 6 5 4 3 2, an offset by series; the letter is the sum modulo 11.
pub(crate) fn sg_nric(text: &str) -> bool {
    let sum = weighted(&digits(text), &[2, 7, 6, 5, 4, 3, 2]);
    let bytes = text.as_bytes();
    let letter = match bytes[0] {
        b'S' => b"JZIHGFEDCBA"[sum as usize % 11],
        b'T' => b"JZIHGFEDCBA"[(sum as usize + 4) % 11],
        b'F' => b"XWUTRQPNMLK"[sum as usize % 11],
        b'G' => b"XWUTRQPNMLK"[(sum as usize + 4) % 11],
        b'M' => b"KLJNPQRTUWX"[10 - (sum as usize + 3) % 11],
        _ => return false,
    };
    bytes[8] == letter
}

/// South Africa: a date of birth, a citizenship, and Luhn.
pub(crate) fn za_id(text: &str) -> bool {
    let digits = digits(text);
    born(digits[2] * 10 + digits[3], digits[4] * 10 + digits[5]) && digits[10] < 3 && luhn(&digits)
}

/// Taiwan, citizens and residents: the letters as two digits, weights 1 9 8 7 6 5 4 3 2 1 1, modulus 10.
pub(crate) fn tw_id(text: &str) -> bool {
    const ORDER: &str = "ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let value = |letter: char| ORDER.find(letter).map_or(0, |place| place as u32 + 10);
    let Some(first) = text.chars().next().map(value) else { return false };
    let rest = text.chars().skip(1).map(|c| c.to_digit(10).unwrap_or_else(|| value(c) % 10));
    let sum: u32 =
        rest.zip([8, 7, 6, 5, 4, 3, 2, 1, 1]).map(|(value, weight)| value * weight).sum();
    (first / 10 + first % 10 * 9 + sum).is_multiple_of(10)
}

/// Thailand: weights 13 to 2, modulus 11.
pub(crate) fn th_id(text: &str) -> bool {
    let digits = digits(text);
    let sum = weighted(&digits, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    (11 - sum % 11) % 10 == digits[12]
}
