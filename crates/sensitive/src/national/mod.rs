//! Check digits of national ids. Every function takes the id as it stands in the text, separators included, and is
//! only given what the id's pattern matched, so lengths are known.

mod americas;
mod asia;
mod europe;

use crate::checksum::Check;

/// The check that tables call `name`.
pub(crate) fn by_name(name: &str) -> Option<Check> {
    Some(match name {
        "ssn" => americas::ssn,
        "cpf" => americas::cpf,
        "cnpj" => americas::cnpj,
        "cl_rut" => americas::cl_rut,
        "ar_cuit" => americas::ar_cuit,
        "mx_curp" => americas::mx_curp,
        "cn_resident" => asia::cn_resident,
        "tfn" => asia::tfn,
        "my_number" => asia::my_number,
        "jp_corporate" => asia::jp_corporate,
        "jp_licence" => asia::jp_licence,
        "au_acn" => asia::au_acn,
        "au_abn" => asia::au_abn,
        "au_medicare" => asia::au_medicare,
        "nz_ird" => asia::nz_ird,
        "nz_nhi" => asia::nz_nhi,
        "hk_id" => asia::hk_id,
        "id_nik" => asia::id_nik,
        "kr_rrn" => asia::kr_rrn,
        "my_mykad" => asia::my_mykad,
        "sg_nric" => asia::sg_nric,
        "za_id" => asia::za_id,
        "tw_id" => asia::tw_id,
        "th_id" => asia::th_id,
        "nino" => europe::nino,
        "nhs" => europe::nhs,
        "utr" => europe::utr,
        "de_tax_id" => europe::de_tax_id,
        "de_id_card" => europe::de_id_card,
        "insee" => europe::insee,
        "fr_tax_id" => europe::fr_tax_id,
        "dni" => europe::dni,
        "es_ssn" => europe::es_ssn,
        "codice_fiscale" => europe::codice_fiscale,
        "bsn" => europe::bsn,
        "pesel" => europe::pesel,
        "nip" => europe::nip,
        "svnr" => europe::svnr,
        "be_national" => europe::be_national,
        "egn" => europe::egn,
        "baltic" => europe::baltic,
        "hetu" => europe::hetu,
        "pps" => europe::pps,
        "pt_nif" => europe::pt_nif,
        "cnp" => europe::cnp,
        "personnummer" => europe::personnummer,
        "taj" => europe::taj,
        "emso" => europe::emso,
        "at_vat" => europe::at_vat,
        "cy_tin" => europe::cy_tin,
        "lv_code" => europe::lv_code,
        "lu_matricule" => europe::lu_matricule,
        "hu_personal" => europe::hu_personal,
        "hu_tax_id" => europe::hu_tax_id,
        "hu_vat" => europe::hu_vat,
        "nl_vat" => europe::nl_vat,
        "pt_citizen_card" => europe::pt_citizen_card,
        "si_tax_id" => europe::si_tax_id,
        "es_cif" => europe::es_cif,
        "dk_cpr" => europe::dk_cpr,
        "be_vat" => europe::be_vat,
        "fr_vat" => europe::fr_vat,
        "gr_amka" => europe::gr_amka,
        "gr_afm" => europe::gr_afm,
        "no_fnr" => europe::no_fnr,
        "pl_id_card" => europe::pl_id_card,
        "pl_regon" => europe::pl_regon,
        "tr_kimlik" => europe::tr_kimlik,
        "rodne_cislo" => europe::rodne_cislo,
        _ => return None,
    })
}

/// Whether there is such a month and day.
fn born(month: u32, day: u32) -> bool {
    matches!(month, 1..=12) && matches!(day, 1..=31)
}

/// What makes a sum a multiple of `modulus`.
fn complement(sum: u32, modulus: u32) -> u32 {
    (modulus - sum % modulus) % modulus
}
