//! The Americas.

use super::complement;
use crate::checksum::{digits, number, weighted};

/// US Social Security Administration: areas 000, 666 and 900-999, group 00 and serial 0000 are never given.
pub(crate) fn ssn(text: &str) -> bool {
    let digits = digits(text);
    let (area, group, serial) = (number(&digits[..3]), number(&digits[3..5]), number(&digits[5..]));
    area != 0 && area != 666 && area < 900 && group != 0 && serial != 0
}

/// Brazil: two digits of modulus 11; ten equal digits are never given.
pub(crate) fn cpf(text: &str) -> bool {
    let digits = digits(text);
    let check = |weights: &[u32]| weighted(&digits, weights) * 10 % 11 % 10;
    digits.iter().any(|&digit| digit != digits[0])
        && check(&[10, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[9]
        && check(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[10]
}

/// Brazilian companies: two digits of modulus 11.
pub(crate) fn cnpj(text: &str) -> bool {
    let digits = digits(text);
    let check = |weights: &[u32]| complement(weighted(&digits, weights), 11) % 10;
    digits.iter().any(|&digit| digit != digits[0])
        && check(&[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[12]
        && check(&[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[13]
}

/// Chile: weights 2 to 7 from the right, modulus 11; ten is written K.
pub(crate) fn cl_rut(text: &str) -> bool {
    let Some((last, body)) = text.as_bytes().split_last() else { return false };
    let sum: u32 = body
        .iter()
        .rev()
        .filter(|byte| byte.is_ascii_digit())
        .zip([2, 3, 4, 5, 6, 7].iter().cycle())
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .sum();
    b"0123456789K"[complement(sum, 11) as usize % 11] == last.to_ascii_uppercase()
}

/// Argentine CUIT and CUIL: weights 5 4 3 2 7 6 5 4 3 2, modulus 11 (AFIP).
pub(crate) fn ar_cuit(text: &str) -> bool {
    let digits = digits(text);
    let check = complement(weighted(&digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]), 11);
    (if check == 10 { 9 } else { check }) == digits[10]
}

/// Mexican CURP: weights 18 to 2 over digits and letters, Ñ between N and O, modulus 10 (RENAPO).
pub(crate) fn mx_curp(text: &str) -> bool {
    let sum: u32 = text
        .bytes()
        .take(17)
        .map(|byte| match byte {
            b'0'..=b'9' => u32::from(byte - b'0'),
            b'A'..=b'N' => u32::from(byte - b'A') + 10,
            _ => u32::from(byte.saturating_sub(b'A')) + 11,
        })
        .zip((2..=18).rev())
        .map(|(value, weight)| value * weight)
        .sum();
    text.bytes().last().is_some_and(|last| u32::from(last - b'0') == (10 - sum % 10) % 10)
}
