//! Check digits of national ids. Every function takes the id as it stands in the text, separators included, and is
//! only given what the id's pattern matched, so lengths are known.

use crate::checksum::{digits, luhn, mod11_10, number, weighted};

/// US Social Security Administration: areas 000, 666 and 900-999, group 00 and serial 0000 are never given.
pub(crate) fn ssn(text: &str) -> bool {
    let digits = digits(text);
    let (area, group, serial) = (number(&digits[..3]), number(&digits[3..5]), number(&digits[5..]));
    area != 0 && area != 666 && area < 900 && group != 0 && serial != 0
}

/// UK: prefixes never given.
pub(crate) fn nino(text: &str) -> bool {
    !["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].iter().any(|prefix| text.starts_with(prefix))
}

/// UK NHS: modulus 11 with weights 10 to 2.
pub(crate) fn nhs(text: &str) -> bool {
    let digits = digits(text);
    let check = (11 - weighted(&digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    check == digits[9]
}

/// UK unique taxpayer reference: the first digit checks the others, modulus 11.
pub(crate) fn utr(text: &str) -> bool {
    let digits = digits(text);
    let rest = weighted(&digits[1..], &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
    digits[0] == [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1][rest as usize]
}

/// German tax id: ISO 7064 MOD 11,10, and one digit of the first ten stands two or three times.
pub(crate) fn de_tax_id(text: &str) -> bool {
    let digits = digits(text);
    let mut counts = [0u8; 10];
    for &digit in &digits[..10] {
        counts[digit as usize] += 1;
    }
    counts.iter().filter(|&&count| count > 1).count() == 1
        && counts.iter().all(|&count| count < 4)
        && mod11_10(&digits)
}

/// ICAO 9303: weights 7, 3, 1.
pub(crate) fn de_id_card(text: &str) -> bool {
    let values: Vec<u32> = text.chars().filter_map(|c| c.to_digit(36)).collect();
    let sum: u32 = values[..9]
        .iter()
        .zip([7, 3, 1].iter().cycle())
        .map(|(value, weight)| value * weight)
        .sum();
    sum % 10 == values[9]
}

/// France: 97 minus the number modulo 97; Corsican departments 2A and 2B count as 19 and 18.
pub(crate) fn insee(text: &str) -> bool {
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = compact.replace("2A", "19").replace("2B", "18");
    let digits = digits(&plain);
    digits.len() == 15 && 97 - number(&digits[..13]) % 97 == number(&digits[13..])
}

/// French tax id: the first ten digits modulo 511.
pub(crate) fn fr_tax_id(text: &str) -> bool {
    let digits = digits(text);
    digits.len() == 13 && number(&digits[..10]) % 511 == number(&digits[10..])
}

/// Spanish DNI and NIE: the letter of the number modulo 23.
pub(crate) fn dni(text: &str) -> bool {
    let compact: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .enumerate()
        .map(|(i, c)| match (i, c) {
            (0, 'X') => '0',
            (0, 'Y') => '1',
            (0, 'Z') => '2',
            (_, c) => c,
        })
        .collect();
    let digits = digits(&compact);
    let letter = "TRWAGMYFPDXBNJZSQVHLCKE".as_bytes()[(number(&digits) % 23) as usize];
    compact.as_bytes().last() == Some(&letter)
}

/// Spanish social security: modulus 97.
pub(crate) fn es_ssn(text: &str) -> bool {
    let digits = digits(text);
    number(&digits[..10]) % 97 == number(&digits[10..])
}

/// Italy: odd and even positions have tables of their own; the last letter is their sum modulo 26.
pub(crate) fn codice_fiscale(text: &str) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let bytes = text.as_bytes();
    let sum: u32 = bytes[..15]
        .iter()
        .enumerate()
        .map(|(i, byte)| {
            let value = if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' };
            if i % 2 == 0 { ODD[usize::from(value)] } else { u32::from(value) }
        })
        .sum();
    u32::from(bytes[15] - b'A') == sum % 26
}

/// Netherlands: the eleven test.
pub(crate) fn bsn(text: &str) -> bool {
    let digits = digits(text);
    let sum = weighted(&digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
    sum > 0 && sum % 11 == digits[8]
}

/// Poland: weights 1, 3, 7, 9.
pub(crate) fn pesel(text: &str) -> bool {
    let digits = digits(text);
    (10 - weighted(&digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10 == digits[10]
}

/// Polish tax id: modulus 11.
pub(crate) fn nip(text: &str) -> bool {
    let digits = digits(text);
    weighted(&digits, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == digits[9]
}

/// Austria: the fourth digit checks the others, modulus 11.
pub(crate) fn svnr(text: &str) -> bool {
    let digits = digits(text);
    weighted(&digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == digits[3]
}

/// Belgium: 97 minus the number modulo 97, with 2 before it for births from 2000.
pub(crate) fn be_national(text: &str) -> bool {
    let digits = digits(text);
    let (body, check) = (number(&digits[..9]), number(&digits[9..]));
    [body, 2_000_000_000 + body].iter().any(|body| 97 - body % 97 == check)
}

/// Bulgaria: weights are powers of two modulo 11.
pub(crate) fn egn(text: &str) -> bool {
    let digits = digits(text);
    weighted(&digits, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == digits[9]
}

/// Estonia and Lithuania: two rounds of modulus 11.
pub(crate) fn baltic(text: &str) -> bool {
    let digits = digits(text);
    let check = match weighted(&digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11 {
        10 => weighted(&digits, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10,
        check => check,
    };
    check == digits[10]
}

/// Finland: the sign of the number modulo 31.
pub(crate) fn hetu(text: &str) -> bool {
    let body: Vec<u32> = digits(&text[..6]).into_iter().chain(digits(&text[7..10])).collect();
    let sign = "0123456789ABCDEFHJKLMNPRSTUVWXY".as_bytes()[(number(&body) % 31) as usize];
    text.as_bytes()[10] == sign
}

/// Ireland: weights 8 to 2, a second letter counts nine times; the letter is the sum modulo 23.
pub(crate) fn pps(text: &str) -> bool {
    let bytes = text.as_bytes();
    let second = bytes.get(8).map_or(0, |&letter| u32::from(letter - b'A') + 1);
    let sum = weighted(&digits(&text[..7]), &[8, 7, 6, 5, 4, 3, 2]) + second * 9;
    b"WABCDEFGHIJKLMNOPQRSTUV"[(sum % 23) as usize] == bytes[7]
}

/// Portugal: modulus 11 with weights 9 to 2.
pub(crate) fn pt_nif(text: &str) -> bool {
    let digits = digits(text);
    let check = match weighted(&digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    check == digits[8]
}

/// Romania: weights 279146358279, modulus 11.
pub(crate) fn cnp(text: &str) -> bool {
    let digits = digits(text);
    weighted(&digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 % 10 == digits[12]
}

/// Sweden: Luhn over the last ten digits.
pub(crate) fn personnummer(text: &str) -> bool {
    let digits = digits(text);
    luhn(&digits[digits.len() - 10..])
}

/// Hungary: weights 3 and 7.
pub(crate) fn taj(text: &str) -> bool {
    let digits = digits(text);
    weighted(&digits, &[3, 7, 3, 7, 3, 7, 3, 7]) % 10 == digits[8]
}

/// Slovenia: weights 7 to 2 twice, modulus 11.
pub(crate) fn emso(text: &str) -> bool {
    let digits = digits(text);
    let check = match weighted(&digits, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11 {
        0 => 0,
        rest => 11 - rest,
    };
    check == digits[12]
}

/// Brazil: two digits of modulus 11; ten equal digits are never given.
pub(crate) fn cpf(text: &str) -> bool {
    let digits = digits(text);
    let check = |weights: &[u32]| weighted(&digits, weights) * 10 % 11 % 10;
    digits.iter().any(|&digit| digit != digits[0])
        && check(&[10, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[9]
        && check(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) == digits[10]
}

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
