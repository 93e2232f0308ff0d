//! Europe.

use super::{born, complement};
use crate::checksum::{digits, luhn, mod11_10, number, values, verhoeff, weighted};

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
    let values = values(text);
    weighted(&values[..9], &[7, 3, 1, 7, 3, 1, 7, 3, 1]) % 10 == values[9]
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
    let body = number(&digits(&text[..6])) * 1000 + number(&digits(&text[7..10]));
    let sign = "0123456789ABCDEFHJKLMNPRSTUVWXY".as_bytes()[(body % 31) as usize];
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

/// Romania: weights 279146358279, modulus 11; ten becomes one.
pub(crate) fn cnp(text: &str) -> bool {
    let digits = digits(text);
    let check = weighted(&digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    (if check == 10 { 1 } else { check }) == digits[12]
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

/// Austrian VAT: Luhn over seven digits with four added (BMF, construction of the UID).
pub(crate) fn at_vat(text: &str) -> bool {
    let digits = digits(text);
    let sum: u32 = digits[..7]
        .iter()
        .enumerate()
        .map(|(i, &digit)| if i % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    (10 - (sum + 4) % 10) % 10 == digits[7]
}

/// Cyprus: odd positions have a table of their own; the letter is the sum modulo 26 (TIN rules of the EU Commission).
pub(crate) fn cy_tin(text: &str) -> bool {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let sum: u32 = digits(&text[..8])
        .iter()
        .enumerate()
        .map(|(i, &digit)| if i % 2 == 0 { ODD[digit as usize] } else { digit })
        .sum();
    u32::from(text.as_bytes()[8] - b'A') == sum % 26
}

/// Latvia: weights 1 6 3 7 9 10 5 8 4 2, modulus 11; codes from 2017 begin with 32 and say no date.
pub(crate) fn lv_code(text: &str) -> bool {
    let digits = digits(text);
    let sum = weighted(&digits, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9]);
    number(&digits[..2]) == 32
        || born(digits[2] * 10 + digits[3], digits[0] * 10 + digits[1])
            && (1 + sum) % 11 % 10 == digits[10]
}

/// Luxembourg: eleven digits checked by Luhn, then by Verhoeff (CTIE, matricule of 13 digits).
pub(crate) fn lu_matricule(text: &str) -> bool {
    let digits = digits(text);
    let mut second = [0; 12];
    second[..11].copy_from_slice(&digits[..11]);
    second[11] = digits[12];
    born(digits[4] * 10 + digits[5], digits[6] * 10 + digits[7])
        && luhn(&digits[..12])
        && verhoeff(&second)
}

/// Hungarian personal id: the sum of digits times position, modulus 11; counted backwards before 1997.
pub(crate) fn hu_personal(text: &str) -> bool {
    let digits = digits(text);
    born(digits[3] * 10 + digits[4], digits[5] * 10 + digits[6])
        && (weighted(&digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) % 11 == digits[10]
            || weighted(&digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 == digits[10])
}

/// Hungarian tax id of persons: digits times position, modulus 11.
pub(crate) fn hu_tax_id(text: &str) -> bool {
    let digits = digits(text);
    weighted(&digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 == digits[9]
}

/// Hungarian VAT: weights 9 7 3 1, modulus 10.
pub(crate) fn hu_vat(text: &str) -> bool {
    weighted(&digits(text), &[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10)
}

/// Dutch VAT: the eleven test of older ones, ISO 7064 MOD 97,10 over all of it since 2020.
pub(crate) fn nl_vat(text: &str) -> bool {
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let remainder = compact.chars().filter_map(|c| c.to_digit(36)).fold(0, |rest, value| {
        (if value > 9 { rest * 100 + value } else { rest * 10 + value }) % 97
    });
    remainder == 1 || bsn(&compact[2..11])
}

/// Portuguese citizen card: Luhn over letters and digits, letters from ten (Cartão de Cidadão, número de documento).
pub(crate) fn pt_citizen_card(text: &str) -> bool {
    let sum: u32 = values(text)
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &value)| match (i % 2, value * 2) {
            (0, _) => value,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Slovenian tax id: weights 8 to 2, modulus 11.
pub(crate) fn si_tax_id(text: &str) -> bool {
    let digits = digits(text);
    complement(weighted(&digits, &[8, 7, 6, 5, 4, 3, 2]), 11) % 10 == digits[7]
}

/// Spanish CIF: digits at odd positions doubled; a digit or a letter checks them, by the kind of company.
pub(crate) fn es_cif(text: &str) -> bool {
    let compact: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let sum: u32 = digits(&compact[1..8])
        .iter()
        .enumerate()
        .map(|(i, &digit)| if i % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit })
        .sum();
    let check = (10 - sum % 10) % 10;
    match (compact.as_bytes()[0], compact.as_bytes()[8]) {
        (b'A' | b'B' | b'E' | b'H', sign @ b'0'..=b'9') => u32::from(sign - b'0') == check,
        (b'A' | b'B' | b'E' | b'H', _) => false,
        (b'K' | b'P' | b'Q' | b'S' | b'N' | b'W', b'0'..=b'9') => false,
        (_, sign @ b'0'..=b'9') => u32::from(sign - b'0') == check,
        (_, sign) => b"JABCDEFGHI"[check as usize] == sign,
    }
}

/// Denmark: a date of birth; the modulus 11 no longer holds for all (CPR-kontoret, 2007).
pub(crate) fn dk_cpr(text: &str) -> bool {
    let digits = digits(text);
    born(digits[2] * 10 + digits[3], digits[0] * 10 + digits[1])
}

/// Belgian VAT: 97 minus the first eight digits modulo 97.
pub(crate) fn be_vat(text: &str) -> bool {
    let digits = digits(text);
    97 - number(&digits[..8]) % 97 == number(&digits[8..])
}

/// French VAT: 12 plus three times the SIREN modulo 97, and the SIREN's Luhn.
pub(crate) fn fr_vat(text: &str) -> bool {
    let digits = digits(text);
    let siren = number(&digits[2..]);
    (12 + 3 * (siren % 97)) % 97 == number(&digits[..2]) && luhn(&digits[2..])
}

/// Greek AMKA: a date of birth, and Luhn.
pub(crate) fn gr_amka(text: &str) -> bool {
    let digits = digits(text);
    born(digits[2] * 10 + digits[3], digits[0] * 10 + digits[1]) && luhn(&digits)
}

/// Greek tax id: powers of two, modulus 11.
pub(crate) fn gr_afm(text: &str) -> bool {
    let digits = digits(text);
    weighted(&digits, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == digits[8]
        && digits.iter().any(|&digit| digit != 0)
}

/// Norway: two digits of modulus 11 (Skatteetaten, fødselsnummer and D-number).
pub(crate) fn no_fnr(text: &str) -> bool {
    let digits = digits(text);
    let check = |weights: &[u32]| complement(weighted(&digits, weights), 11);
    born(digits[2] * 10 + digits[3], (digits[0] * 10 + digits[1]) % 40)
        && check(&[3, 7, 6, 1, 8, 9, 4, 5, 2]) == digits[9]
        && check(&[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) == digits[10]
}

/// Polish identity card: weights 7 3 1 with letters from ten; the fourth sign checks the others.
pub(crate) fn pl_id_card(text: &str) -> bool {
    let values = values(text);
    weighted(&values, &[7, 3, 1, 0, 7, 3, 1, 7, 3]) % 10 == values[3]
}

/// Polish REGON: weights 8 9 2 3 4 5 6 7, modulus 11.
pub(crate) fn pl_regon(text: &str) -> bool {
    let digits = digits(text);
    weighted(&digits, &[8, 9, 2, 3, 4, 5, 6, 7]) % 11 % 10 == digits[8]
}

/// Turkey: two digits over odd and even places (NVI, T.C. kimlik no).
pub(crate) fn tr_kimlik(text: &str) -> bool {
    let digits = digits(text);
    let odd: u32 = digits[..9].iter().step_by(2).sum();
    let even: u32 = digits[1..8].iter().step_by(2).sum();
    (odd * 7 + 10 * 9 - even) % 10 == digits[9]
        && digits[..10].iter().sum::<u32>() % 10 == digits[10]
}

/// Czechia and Slovakia: a date of birth, modulus 11; some of before 1985 leave ten and end in zero.
pub(crate) fn rodne_cislo(text: &str) -> bool {
    let digits = digits(text);
    let month = (digits[2] * 10 + digits[3]) % 50;
    born(if month > 20 { month - 20 } else { month }, digits[4] * 10 + digits[5])
        && (digits.len() == 9
            || number(&digits).is_multiple_of(11)
            || number(&digits[..9]) % 11 == 10 && digits[9] == 0)
}
