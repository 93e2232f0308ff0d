//! Cards, accounts, national numbers and personal data, with check digits reckoned here, apart from what is tested.

use super::{Random, Sample, place};

const CONTEXTS: [&str; 20] = [
    "{h}: {v}",
    "My {h} is {v}.",
    "Please change the {h} ({v}) in my file, thanks!",
    "{\"{h}\": \"{v}\"}",
    "kyc: checked {h}={v} ok in 12ms",
    "File: 2025/17\n{h}: {v}\nCity: Graz\n",
    "id;{h};city\n17;{v};Lyon\n",
    "hi there, {h} {v} - can you confirm it?",
    "- **{h}** {v}",
    "customer called about {h} no. {v} again",
    "{h} {v}",
    "It says {h} {v} on the letter, is that right?",
    "<field name=\"{h}\">{v}</field>",
    "UPDATE people SET note = '{h} {v}' WHERE id = 7;",
    "{h} = \"{v}\"",
    "Summarise this: the applicant ({h} {v}) moved in 2019.",
    "| {h} | {v} |",
    "the {h} you need for the form is {v}, ask me if it fails",
    "[2025-03-02 10:11:12] updated {h}: {v}",
    "{h}\t{v}",
];

/// The value of a digit or letter, letters from ten.
fn value(c: char) -> u32 {
    c.to_digit(36).unwrap_or(0)
}

fn weigh(text: &str, weights: &[u32]) -> u32 {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(value)
        .zip(weights)
        .map(|(v, w)| v * w)
        .sum()
}

/// What ISO 7812 adds to `body`.
fn luhn(body: &str) -> u32 {
    let sum: u32 = body
        .chars()
        .filter_map(|c| c.to_digit(10))
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .enumerate()
        .map(|(i, d)| if i % 2 == 0 { [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][d as usize] } else { d })
        .sum();
    (10 - sum % 10) % 10
}

fn modulo(text: &str, modulus: u64) -> u64 {
    text.chars()
        .filter_map(|c| c.to_digit(10))
        .fold(0, |rest, d| (rest * 10 + u64::from(d)) % modulus)
}

/// Tries bodies until `finish` completes one.
fn until(random: &mut Random, form: &str, finish: impl Fn(String) -> Option<String>) -> String {
    loop {
        let body = birth(random, form);
        if let Some(done) = finish(body) {
            return done;
        }
    }
}

/// `YYMMDD` and `DDMMYY` in forms become a date.
fn birth(random: &mut Random, form: &str) -> String {
    let year = format!("{:02}", 45 + random.below(50));
    let month = format!("{:02}", 1 + random.below(12));
    let day = format!("{:02}", 1 + random.below(28));
    let form = form.replace("YYMMDD", &format!("{year}{month}{day}"));
    let form = form.replace("DDMMYY", &format!("{day}{month}{year}"));
    let form = form.replace("YY.MM.DD", &format!("{year}.{month}.{day}"));
    random.fill(&form)
}

fn eleven(sum: u32) -> Option<u32> {
    let check = (11 - sum % 11) % 11;
    (check < 10).then_some(check)
}

fn iban(random: &mut Random) -> String {
    let (country, form) = [
        ("DE", "{d:18}"),
        ("FR", "{d:10}{U:11}{d:2}"),
        ("GB", "{u:4}{d:14}"),
        ("ES", "{d:20}"),
        ("NL", "{u:4}{d:10}"),
        ("IT", "{u:1}{d:10}{d:12}"),
        ("AT", "{d:16}"),
        ("PL", "{d:24}"),
        ("CH", "{d:5}{d:12}"),
        ("BE", "{d:12}"),
        ("SE", "{d:20}"),
        ("PT", "{d:21}"),
        ("IE", "{u:4}{d:14}"),
        ("MT", "{u:4}{d:5}{d:18}"),
    ][random.below(14)];
    let body = random.fill(form);
    let rest = format!("{body}{country}00")
        .chars()
        .map(value)
        .fold(0u64, |rest, v| (if v > 9 { rest * 100 } else { rest * 10 } + u64::from(v)) % 97);
    let whole = format!("{country}{:02}{body}", 98 - rest);
    if random.below(2) == 0 {
        return whole;
    }
    let groups: Vec<String> =
        whole.as_bytes().chunks(4).map(|c| String::from_utf8(c.to_vec()).unwrap()).collect();
    groups.join(" ")
}

fn card(random: &mut Random) -> String {
    let form = [
        "4{d:14}",
        "51{d:13}",
        "2221{d:11}",
        "34{d:12}",
        "37{d:12}",
        "6011{d:11}",
        "36{d:11}",
        "3530{d:11}",
    ][random.below(8)];
    let body = random.fill(form);
    let whole = format!("{body}{}", luhn(&body));
    let separator = ["", " ", "-", ""][random.below(4)];
    if whole.len() != 16 || separator.is_empty() {
        return whole;
    }
    whole
        .as_bytes()
        .chunks(4)
        .map(|c| String::from_utf8(c.to_vec()).unwrap())
        .collect::<Vec<_>>()
        .join(separator)
}

fn verhoeff(body: &str) -> u32 {
    // Multiplication in the dihedral group D5, and the powers of the permutation, written out by rule.
    let multiply = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a + 5 - b) % 5,
        (false, false) => (5 + a - b) % 5,
    };
    let permute = |mut digit: u32, times: usize| {
        for _ in 0..times % 8 {
            digit = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4][digit as usize];
        }
        digit
    };
    let sum = body
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .fold(0, |sum, (i, digit)| multiply(sum, permute(digit, i + 1)));
    (0..10).find(|&check| multiply(sum, check) == 0).unwrap()
}

fn mod11_10(body: &str) -> u32 {
    let product = body.chars().filter_map(|c| c.to_digit(10)).fold(10, |p, d| {
        let sum = if (p + d) % 10 == 0 { 10 } else { (p + d) % 10 };
        sum * 2 % 11
    });
    (11 - product) % 10
}

type Make = fn(&mut Random) -> String;

/// Type, family, how people call it (several of them), a value.
#[rustfmt::skip]
const NUMBERS: &[(&str, &str, &[&str], Make)] = &[
    ("credit_card", "cards and accounts", &["card number", "Visa", "Kreditkarte", "payment", "carte bancaire", "number"], card),
    ("eu_debit_card", "cards and accounts", &["Maestro card", "debit card"], |r| { let b = r.fill("6761{d:11}"); format!("{b}{}", luhn(&b)) }),
    ("iban", "cards and accounts", &["IBAN", "account", "Konto", "please pay to"], iban),
    ("iban", "cards and accounts", &["IBAN", "bank details"], iban),
    ("swift", "cards and accounts", &["BIC", "SWIFT code", "BIC/SWIFT"], |r| { let bank = r.fill("{u:4}"); let place = r.fill("{U:2}"); let country = r.pick(&["DE", "FR", "GB", "US", "NL", "ES", "IT"]); format!("{bank}{country}{place}") }),
    ("aba_routing", "cards and accounts", &["routing number", "ABA", "ABA routing number"], |r| until(r, "0{n:1}{d:6}", |b| { let c = (10 - weigh(&b, &[3, 7, 1, 3, 7, 1, 3, 7]) % 10) % 10; Some(format!("{b}{c}")) })),
    ("us_ssn", "national: Americas", &["SSN", "social security number", "Social Security", "my social"], |r| until(r, "{n:1}{d:2}-{n:2}-{n:4}", |b| (!b.starts_with("666") && !b.starts_with('9')).then_some(b))),
    ("us_ssn_plain", "national: Americas", &["SSN", "social security number"], |r| until(r, "{n:9}", |b| (!b.starts_with("666") && !b.starts_with('9')).then_some(b))),
    ("us_itin", "national: Americas", &["ITIN", "taxpayer id"], |r| r.fill("9{d:2}-7{n:1}-{d:4}")),
    ("us_passport", "national: Americas", &["US passport", "passport number"], |r| r.fill("{n:9}")),
    ("us_drivers_license", "national: Americas", &["driver's license", "drivers license number"], |r| r.fill("{u:1}{d:7}")),
    ("ca_sin", "national: Americas", &["SIN", "social insurance number"], |r| { let b = r.fill("{n:1}{d:7}").replace('8', "7"); let w = format!("{b}{}", luhn(&b)); format!("{} {} {}", &w[..3], &w[3..6], &w[6..]) }),
    ("br_cpf", "national: Americas", &["CPF", "CPF do titular"], |r| { let b = r.digits(9); let c1 = weigh(&b, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11; let b = format!("{b}{}", if c1 < 2 { 0 } else { 11 - c1 }); let c2 = weigh(&b, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11; let w = format!("{b}{}", if c2 < 2 { 0 } else { 11 - c2 }); format!("{}.{}.{}-{}", &w[..3], &w[3..6], &w[6..9], &w[9..]) }),
    ("br_cnpj", "national: Americas", &["CNPJ", "CNPJ da empresa"], |r| { let b = r.fill("{d:8}0001"); let c1 = weigh(&b, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11; let b = format!("{b}{}", if c1 < 2 { 0 } else { 11 - c1 }); let c2 = weigh(&b, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11; let w = format!("{b}{}", if c2 < 2 { 0 } else { 11 - c2 }); format!("{}.{}.{}/{}-{}", &w[..2], &w[2..5], &w[5..8], &w[8..12], &w[12..]) }),
    ("cl_rut", "national: Americas", &["RUT", "RUT del cliente"], |r| { let b = r.fill("1{d:7}"); let reversed: String = b.chars().rev().collect(); let c = (11 - weigh(&reversed, &[2, 3, 4, 5, 6, 7, 2, 3]) % 11) % 11; format!("{}.{}.{}-{}", &b[..2], &b[2..5], &b[5..], if c == 10 { "K".to_owned() } else { c.to_string() }) }),
    ("ar_cuit", "national: Americas", &["CUIT", "CUIL"], |r| until(r, "20{d:8}", |b| eleven(weigh(&b, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2])).map(|c| format!("{}-{}-{c}", &b[..2], &b[2..])))),
    ("mx_curp", "national: Americas", &["CURP", "clave única"], |r| until(r, "{u:1}A{u:2}YYMMDDHDF{u:3}0", |b| { let sum: u32 = b.chars().enumerate().map(|(i, c)| (value(c) + u32::from(c > 'N')) * (18 - i as u32)).sum(); Some(format!("{b}{}", (10 - sum % 10) % 10)) })),
    ("uk_nino", "national: Europe", &["National Insurance number", "NINO", "NI number"], |r| r.fill("AB {d:2} {d:2} {d:2} C")),
    ("uk_nhs_number", "national: Europe", &["NHS number", "patient NHS no"], |r| until(r, "4{d:8}", |b| eleven(weigh(&b, &[10, 9, 8, 7, 6, 5, 4, 3, 2])).map(|c| format!("{} {} {}{c}", &b[..3], &b[3..6], &b[6..])))),
    ("uk_utr", "national: Europe", &["UTR", "Unique Taxpayer Reference"], |r| { let b = r.digits(9); let rest = weigh(&b, &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11; format!("{}{b}", [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1][rest as usize]) }),
    ("uk_passport", "national: Europe", &["UK passport", "British passport"], |r| r.fill("{n:9}")),
    ("de_tax_id", "national: Europe", &["Steuer-ID", "Steueridentifikationsnummer", "German tax id"], |r| until(r, "8609574{d:2}1", |b| { let mut counts = [0; 10]; b.chars().for_each(|c| counts[value(c) as usize] += 1); (counts.iter().filter(|&&c| c > 1).count() == 1 && counts.iter().all(|&c| c < 4)).then(|| format!("{b}{}", mod11_10(&b))) })),
    ("de_id_card", "national: Europe", &["Personalausweis", "Ausweisnummer"], |r| { let b = r.fill("T{d:8}"); format!("{b}{}", weigh(&b, &[7, 3, 1, 7, 3, 1, 7, 3, 1]) % 10) }),
    ("fr_insee", "national: Europe", &["numéro de sécurité sociale", "INSEE", "NIR"], |r| { let b = birth(r, "1YYMMDD"); let b = format!("{}75{}", &b[..5], r.digits(6)); let c = 97 - modulo(&b, 97); format!("{b}{c:02}") }),
    ("fr_tax_id", "national: Europe", &["numéro fiscal", "identifiant fiscal"], |r| { let b = r.fill("1{d:9}"); format!("{b}{:03}", modulo(&b, 511)) }),
    ("es_dni", "national: Europe", &["DNI", "NIF", "documento nacional de identidad"], |r| { let b = r.digits(8); let c = char::from(b"TRWAGMYFPDXBNJZSQVHLCKE"[modulo(&b, 23) as usize]); format!("{b}{c}") }),
    ("es_ssn", "national: Europe", &["número de la seguridad social", "NUSS"], |r| { let b = r.fill("28{n:1}{d:7}"); format!("{}/{}/{:02}", &b[..2], &b[2..], modulo(&b, 97)) }),
    ("es_tax_id", "national: Europe", &["CIF", "NIF de la empresa"], |r| { let b = r.digits(7); let sum: u32 = b.chars().enumerate().map(|(i, c)| { let d = value(c); if i % 2 == 0 { d * 2 % 10 + d * 2 / 10 } else { d } }).sum(); format!("B{b}{}", (10 - sum % 10) % 10) }),
    ("it_fiscal_code", "national: Europe", &["codice fiscale", "C.F."], |r| { let m = r.of("ABCDEHLMPRST", 1); let b = r.fill("{u:6}8{d:1}") + &m + &r.fill("1{d:1}{u:1}{d:3}"); let odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]; let sum: u32 = b.chars().enumerate().map(|(i, c)| { let v = if c.is_ascii_digit() { value(c) } else { value(c) - 10 }; if i % 2 == 0 { odd[v as usize] } else { v } }).sum(); format!("{b}{}", char::from(b'A' + (sum % 26) as u8)) }),
    ("it_vat", "national: Europe", &["partita IVA", "P.IVA"], |r| { let b = r.fill("0{d:9}"); format!("{b}{}", luhn(&b)) }),
    ("nl_bsn", "national: Europe", &["BSN", "burgerservicenummer"], |r| until(r, "1{d:7}", |b| { let c = weigh(&b, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11; (c < 10).then(|| format!("{b}{c}")) })),
    ("nl_vat", "national: Europe", &["btw-nummer", "VAT"], |r| until(r, "1{d:7}", |b| { let c = weigh(&b, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11; (c < 10).then(|| format!("NL{b}{c}B01")) })),
    ("pl_pesel", "national: Europe", &["PESEL", "numer PESEL"], |r| until(r, "YYMMDD{d:4}", |b| Some(format!("{b}{}", (10 - weigh(&b, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10)))),
    ("pl_tax_id", "national: Europe", &["NIP", "NIP firmy"], |r| until(r, "{n:3}{d:6}", |b| { let c = weigh(&b, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11; (c < 10).then(|| format!("{b}{c}")) })),
    ("pl_id_card", "national: Europe", &["dowód osobisty", "numer dowodu osobistego"], |r| { let (a, b) = (r.fill("{u:3}"), r.fill("{d:5}")); let c = weigh(&format!("{a}0{b}"), &[7, 3, 1, 0, 7, 3, 1, 7, 3]) % 10; format!("{a}{c}{b}") }),
    ("pl_regon", "national: Europe", &["REGON"], |r| { let b = r.digits(8); format!("{b}{}", weigh(&b, &[8, 9, 2, 3, 4, 5, 6, 7]) % 11 % 10) }),
    ("at_ssn", "national: Europe", &["Sozialversicherungsnummer", "SV-Nummer", "SVNR"], |r| until(r, "{n:1}{d:2}DDMMYY", |b| { let sum = weigh(&b, &[3, 7, 9, 5, 8, 4, 2, 1, 6]) % 11; (sum < 10).then(|| format!("{}{sum} {}", &b[..3], &b[3..])) })),
    ("at_tax_id", "national: Europe", &["Abgabenkontonummer", "Steuernummer"], |r| { let b = r.fill("59{d:6}"); format!("{}-{}/{}{}", &b[..2], &b[2..5], &b[5..], luhn(&b)) }),
    ("at_vat", "national: Europe", &["UID", "UID-Nummer"], |r| { let b = r.digits(7); let sum: u32 = b.chars().enumerate().map(|(i, c)| if i % 2 == 1 { [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][value(c) as usize] } else { value(c) }).sum(); format!("ATU{b}{}", (96 - sum) % 10) }),
    ("be_national_number", "national: Europe", &["rijksregisternummer", "numéro national", "registre national"], |r| { let b = birth(r, "YY.MM.DD-{d:3}"); let c = 97 - modulo(&b, 97); format!("{b}.{c:02}") }),
    ("bg_egn", "national: Europe", &["EGN", "ЕГН"], |r| until(r, "YYMMDD{d:3}", |b| Some(format!("{b}{}", weigh(&b, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10)))),
    ("hr_oib", "national: Europe", &["OIB", "osobni identifikacijski broj"], |r| { let b = r.digits(10); format!("{b}{}", mod11_10(&b)) }),
    ("cy_tax_id", "national: Europe", &["Cyprus TIC", "Cypriot tax id"], |r| { let b = r.fill("1{d:7}"); let odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21]; let sum: u32 = b.chars().enumerate().map(|(i, c)| if i % 2 == 0 { odd[value(c) as usize] } else { value(c) }).sum(); format!("{b}{}", char::from(b'A' + (sum % 26) as u8)) }),
    ("cz_birth_number", "national: Europe", &["rodné číslo", "Rodné číslo"], |r| until(r, "YYMMDD{d:3}", |b| { let c = modulo(&format!("{b}0"), 11); let c = (11 - c) % 11; (c < 10).then(|| format!("{}/{}{c}", &b[..6], &b[6..])) })),
    ("ee_personal_code", "national: Europe", &["isikukood"], |r| until(r, "3YYMMDD{d:3}", |b| { let one = weigh(&b, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11; let c = if one == 10 { weigh(&b, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10 } else { one }; Some(format!("{b}{c}")) })),
    ("lt_personal_code", "national: Europe", &["asmens kodas"], |r| until(r, "4YYMMDD{d:3}", |b| { let one = weigh(&b, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11; let c = if one == 10 { weigh(&b, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10 } else { one }; Some(format!("{b}{c}")) })),
    ("lv_personal_code", "national: Europe", &["personas kods"], |r| until(r, "DDMMYY1{d:3}", |b| { let c = (1 + weigh(&b, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10; Some(format!("{}-{}{c}", &b[..6], &b[6..])) })),
    ("fi_hetu", "national: Europe", &["henkilötunnus", "HETU"], |r| until(r, "DDMMYY{d:3}", |b| { let c = char::from(b"0123456789ABCDEFHJKLMNPRSTUVWXY"[modulo(&b, 31) as usize]); Some(format!("{}-{}{c}", &b[..6], &b[6..])) })),
    ("ie_pps", "national: Europe", &["PPS number", "PPSN"], |r| { let b = r.digits(7); let c = char::from(b"WABCDEFGHIJKLMNOPQRSTUV"[(weigh(&b, &[8, 7, 6, 5, 4, 3, 2]) % 23) as usize]); format!("{b}{c}") }),
    ("lu_national_id", "national: Europe", &["matricule", "numéro d'identification nationale"], |r| until(r, "19YYMMDD{d:3}", |b| { let one = luhn(&b); let two = verhoeff(&b); Some(format!("{b}{one}{two}")) })),
    ("mt_tax_id", "national: Europe", &["Maltese tax id", "Malta tax id"], |r| r.fill("{d:7}M")),
    ("hu_personal_id", "national: Europe", &["személyi szám", "személyi azonosító"], |r| until(r, "1YYMMDD{d:3}", |b| { let c = weigh(&b, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11; (c < 10).then(|| format!("{}-{}-{}{c}", &b[..1], &b[1..7], &b[7..])) })),
    ("hu_taj", "national: Europe", &["TAJ szám", "TAJ"], |r| { let b = r.digits(8); let c = weigh(&b, &[3, 7, 3, 7, 3, 7, 3, 7]) % 10; format!("{} {} {}{c}", &b[..3], &b[3..6], &b[6..]) }),
    ("hu_tax_id", "national: Europe", &["adóazonosító jel", "adóazonosító"], |r| until(r, "8{d:8}", |b| { let c = weigh(&b, &[1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11; (c < 10).then(|| format!("{b}{c}")) })),
    ("pt_nif", "national: Europe", &["NIF", "número de contribuinte"], |r| until(r, "2{d:7}", |b| { let c = weigh(&b, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11; Some(format!("{b}{}", if c < 2 { 0 } else { 11 - c })) })),
    ("pt_citizen_card", "national: Europe", &["cartão de cidadão", "Cartão do Cidadão"], |r| { let b = r.fill("{d:8}{d:1}Z{U:1}"); let (mut sum, mut double) = (0, true); for c in b.chars().rev() { let v = value(c) * if double { 2 } else { 1 }; sum += if double && v > 9 { v - 9 } else { v }; double = !double; } format!("{} {} {}{}", &b[..8], &b[8..9], &b[9..], (10 - sum % 10) % 10) }),
    ("ro_cnp", "national: Europe", &["CNP", "cod numeric personal"], |r| until(r, "1YYMMDD12{d:3}", |b| { let c = weigh(&b, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11; Some(format!("{b}{}", if c == 10 { 1 } else { c })) })),
    ("si_emso", "national: Europe", &["EMŠO", "emšo"], |r| until(r, "DDMMYY", |b| { let b = format!("{}9{}50{:03}", &b[..4], &b[4..], b.len() * 7); eleven(weigh(&b, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2])).map(|c| format!("{b}{c}")) })),
    ("si_tax_id", "national: Europe", &["davčna številka"], |r| until(r, "{n:1}{d:6}", |b| eleven(weigh(&b, &[8, 7, 6, 5, 4, 3, 2])).map(|c| format!("{b}{c}")))),
    ("se_personnummer", "national: Europe", &["personnummer", "Personnummer"], |r| until(r, "YYMMDD{d:3}", |b| { let c = luhn(&b); Some(format!("{}-{}{c}", &b[..6], &b[6..])) })),
    ("se_tax_id", "national: Europe", &["organisationsnummer", "org.nr"], |r| { let b = r.fill("556{d:6}"); format!("{}-{}{}", &b[..6], &b[6..], luhn(&b)) }),
    ("ch_ahv", "national: Europe", &["AHV-Nummer", "AHV"], |r| { let b = r.fill("756{d:9}"); let c = (10 - weigh(&b, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10) % 10; format!("{}.{}.{}.{}{c}", &b[..3], &b[3..7], &b[7..11], &b[11..]) }),
    ("dk_cpr", "national: Europe", &["CPR-nummer", "CPR"], |r| birth(r, "DDMMYY-{d:4}")),
    ("no_fodselsnummer", "national: Europe", &["fødselsnummer"], |r| until(r, "DDMMYY{d:3}", |b| { let one = eleven(weigh(&b, &[3, 7, 6, 1, 8, 9, 4, 5, 2]))?; let b = format!("{b}{one}"); eleven(weigh(&b, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2])).map(|c| format!("{b}{c}")) })),
    ("gr_amka", "national: Europe", &["AMKA", "ΑΜΚΑ AMKA"], |r| until(r, "DDMMYY{d:4}", |b| { let c = luhn(&b); Some(format!("{b}{c}")) })),
    ("gr_tax_id", "national: Europe", &["AFM", "ΑΦΜ"], |r| { let b = r.fill("0{n:1}{d:6}"); format!("{b}{}", weigh(&b, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10) }),
    ("be_vat", "national: Europe", &["BTW", "TVA"], |r| { let b = r.fill("0{n:1}{d:6}"); format!("BE{b}{:02}", 97 - modulo(&b, 97)) }),
    ("fr_vat", "national: Europe", &["TVA", "numéro de TVA"], |r| { let b = r.digits(8); let siren = format!("{b}{}", luhn(&b)); format!("FR{:02}{siren}", (12 + 3 * modulo(&siren, 97)) % 97) }),
    ("de_vat", "national: Europe", &["USt-IdNr.", "VAT ID"], |r| { let b = r.fill("{n:1}{d:7}"); format!("DE{b}{}", mod11_10(&b)) }),
    ("tr_identity", "national: Europe", &["T.C. Kimlik No", "TC kimlik"], |r| { let b = r.fill("{n:1}{d:8}"); let d: Vec<u32> = b.chars().map(value).collect(); let odd: u32 = d.iter().step_by(2).sum(); let even: u32 = d.iter().skip(1).step_by(2).sum(); let ten = (odd * 7 + 900 - even) % 10; let all: u32 = d.iter().sum::<u32>() + ten; format!("{b}{ten}{}", all % 10) }),
    ("cn_resident_id", "national: Asia-Pacific", &["身份证号", "resident ID", "ID card"], |r| until(r, "110105", |b| { Some(b) }) + "1985" + &{ let d = birth(r, "YYMMDD{d:3}"); d[2..].to_owned() }),
    ("in_aadhaar", "national: Asia-Pacific", &["Aadhaar", "Aadhaar number"], |r| { let b = r.fill("{n:1}{d:10}").replacen('1', "4", 1); let w = format!("{b}{}", verhoeff(&b)); format!("{} {} {}", &w[..4], &w[4..8], &w[8..]) }),
    ("in_pan", "national: Asia-Pacific", &["PAN", "permanent account number"], |r| r.fill("{u:3}P{u:1}{d:4}{u:1}")),
    ("au_tfn", "national: Asia-Pacific", &["TFN", "tax file number"], |r| until(r, "{n:3}{d:5}", |b| { let sum = weigh(&b, &[1, 4, 3, 7, 5, 8, 6, 9]); (0..10).find(|c| (sum + c * 10).is_multiple_of(11)).map(|c| format!("{} {} {}{c}", &b[..3], &b[3..6], &b[6..])) })),
    ("au_abn", "national: Asia-Pacific", &["ABN"], |r| until(r, "{n:2}{d:9}", |b| { let less = format!("{}{}", value(b.chars().next()?) - 1, &b[1..]); weigh(&less, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]).is_multiple_of(89).then(|| format!("{} {} {} {}", &b[..2], &b[2..5], &b[5..8], &b[8..])) })),
    ("au_acn", "national: Asia-Pacific", &["ACN"], |r| { let b = r.digits(8); let c = (10 - weigh(&b, &[8, 7, 6, 5, 4, 3, 2, 1]) % 10) % 10; format!("{} {} {}{c}", &b[..3], &b[3..6], &b[6..]) }),
    ("au_medicare", "national: Asia-Pacific", &["Medicare number", "Medicare"], |r| { let b = r.fill("2{d:7}"); let c = weigh(&b, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10; format!("{} {}{c} 1", &b[..4], &b[4..]) }),
    ("nz_ird", "national: Asia-Pacific", &["IRD number", "IRD"], |r| until(r, "4{d:6}", |b| eleven(weigh(&b, &[2, 7, 6, 5, 4, 3, 2])).map(|c| format!("{}-{}-{}{c}", &b[..2], &b[2..5], &b[5..])))),
    ("hk_id", "national: Asia-Pacific", &["HKID", "Hong Kong ID"], |r| until(r, "{u:1}{d:6}", |b| { let sum = 36 * 9 + weigh(&b, &[8, 7, 6, 5, 4, 3, 2]); let c = (11 - sum % 11) % 11; Some(format!("{b}({})", if c == 10 { "A".to_owned() } else { c.to_string() })) })),
    ("id_nik", "national: Asia-Pacific", &["NIK", "KTP"], |r| birth(r, "317101DDMMYY{d:4}")),
    ("il_id", "national: Asia-Pacific", &["teudat zehut", "Israeli ID"], |r| { let b = r.fill("0{n:1}{d:6}"); format!("{b}{}", luhn(&b)) }),
    ("jp_my_number", "national: Asia-Pacific", &["マイナンバー", "個人番号", "My Number"], |r| until(r, "{n:11}", |b| { let s = weigh(&b, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11; Some(format!("{b}{}", if s < 2 { 0 } else { 11 - s })) })),
    ("jp_corporate_number", "national: Asia-Pacific", &["法人番号"], |r| { let b = r.digits(12); format!("{}{b}", 9 - weigh(&b, &[2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]) % 9) }),
    ("kr_rrn", "national: Asia-Pacific", &["주민등록번호", "RRN"], |r| until(r, "YYMMDD1{d:5}", |b| { let c = (11 - weigh(&b, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10; Some(format!("{}-{}{c}", &b[..6], &b[6..])) })),
    ("my_mykad", "national: Asia-Pacific", &["MyKad", "No. KP"], |r| birth(r, "YYMMDD-10-{d:4}")),
    ("sg_nric", "national: Asia-Pacific", &["NRIC", "Singapore NRIC"], |r| { let b = r.digits(7); format!("S{b}{}", char::from(b"JZIHGFEDCBA"[(weigh(&b, &[2, 7, 6, 5, 4, 3, 2]) % 11) as usize])) }),
    ("tw_id", "national: Asia-Pacific", &["身分證字號", "Taiwan ID"], |r| { let b = r.fill("1{d:7}"); let sum = 1 + weigh(&b, &[8, 7, 6, 5, 4, 3, 2, 1]); format!("A{b}{}", (10 - sum % 10) % 10) }),
    ("th_id", "national: Asia-Pacific", &["Thai ID", "Thai national ID"], |r| { let b = r.fill("3{d:11}"); format!("{b}{}", (11 - weigh(&b, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 10) }),
    ("za_id", "national: Asia-Pacific", &["South African ID", "SA ID number"], |r| until(r, "YYMMDD{d:4}08", |b| { let c = luhn(&b); Some(format!("{b}{c}")) })),
    ("sa_national_id", "national: Asia-Pacific", &["Saudi national ID", "Iqama"], |r| { let b = r.fill("1{d:8}"); format!("{b}{}", luhn(&b)) }),
    ("de_passport", "documents", &["Reisepassnummer", "German passport"], |r| r.fill("C01X{d:5}")),
    ("fr_passport", "documents", &["numéro de passeport", "French passport"], |r| r.fill("{n:2}AB{d:5}")),
    ("it_passport", "documents", &["passaporto", "Italian passport"], |r| r.fill("YA{d:7}")),
    ("es_passport", "documents", &["pasaporte", "Spanish passport"], |r| r.fill("PA{u:1}{d:6}")),
    ("pl_passport", "documents", &["paszport", "numer paszportu"], |r| r.fill("AM{d:7}")),
    ("ca_passport", "documents", &["Canadian passport"], |r| r.fill("GA{d:6}")),
    ("au_passport", "documents", &["Australian passport"], |r| r.fill("N{d:7}")),
    ("jp_residence_card", "documents", &["在留カード番号"], |r| r.fill("AB{d:8}CD")),
    ("ru_passport", "documents", &["паспорт", "Russian passport"], |r| r.fill("45 04 {d:6}")),
    ("de_drivers_licence", "documents", &["Führerscheinnummer", "Führerschein"], |r| r.fill("B{d:2}2RRE{n:1}I{d:1}5")),
    ("fr_drivers_licence", "documents", &["numéro de permis", "permis de conduire"], |r| r.fill("{n:12}")),
    ("it_drivers_licence", "documents", &["patente di guida"], |r| r.fill("U1{d:7}X")),
    ("uk_drivers_licence", "documents", &["UK driving licence", "driver number"], |r| r.fill("MORGA7531{n:1}6SM9IJ")),
    ("email", "contact", &["e-mail", "contact", "mail"], |r| { let n = r.fill("{l:5}.{l:7}"); let d = r.fill("{l:6}"); format!("{n}@{d}.example") }),
    ("email", "contact", &["email address", "reply to"], |r| r.fill("{l:3}_{a:4}+lists@mail.{l:8}.co.uk")),
    ("phone", "contact", &["phone", "Telefon", "mobile"], |r| r.fill("+49 30 {n:3}{d:4}")),
    ("phone", "contact", &["cell", "call me at", "tel"], |r| r.fill("({n:1}25) 555-01{d:2}").replace("(1", "(4")),
    ("phone", "contact", &["téléphone", "WhatsApp"], |r| r.fill("+33 6 {n:2} {d:2} {d:2} {d:2}")),
    ("phone", "contact", &["mobile", "phone number"], |r| r.fill("+44 7700 900{d:3}")),
    ("postal_address", "contact", &["ship to", "address"], |r| { let s = r.pick(&["Maple Hollow Road", "Harbor Street", "Kestrel Lane", "North Mill Avenue"]); format!("{} {s}, Springfield, OR {}", 1 + r.below(900), r.fill("97{d:3}")) }),
    ("postal_address_european", "contact", &["Adresse", "Anschrift"], |r| { let s = r.pick(&["Lindenstraße", "Gartenweg", "Bahnhofstr.", "Rosenallee"]); format!("{s} {}, {} Berlin", 1 + r.below(90), r.fill("1{d:4}")) }),
    ("ip_address", "network", &["client", "source IP", "from"], |r| format!("{}.{}.{}.{}", 11 + r.below(200), r.below(256), r.below(256), 1 + r.below(254))),
];

fn china(body: &str) -> String {
    let sum = weigh(body, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}

pub(crate) fn add(random: &mut Random, held_out: bool, samples: &mut Vec<Sample>) {
    let middle = CONTEXTS.len() / 2;
    let contexts = if held_out { &CONTEXTS[middle..] } else { &CONTEXTS[..middle] };
    for (i, (id, family, names, make)) in NUMBERS.iter().enumerate() {
        for round in 0..4 {
            let made = make(random);
            let value = if *id == "cn_resident_id" { china(&made) } else { made };
            let context = contexts[(i * 3 + round) % contexts.len()];
            let text = place(context, &value, "id", names[round % names.len()]);
            samples.push(Sample { text, family, expected: Some((id, value)), held_out });
        }
    }
}
