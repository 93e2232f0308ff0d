//! The embedded tables prove themselves: every type is found where its row says so, and nowhere else.

use picket_sensitive::{InfoCategory, Scanner, TableError, fingerprint};
use proptest::prelude::*;

fn types_in(text: &str) -> Vec<String> {
    Scanner::embedded().scan(text).iter().map(|found| found.info_type.to_string()).collect()
}

#[test]
fn credentials_are_found_in_their_surroundings() {
    let text = "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPL3\n\
                export AWS_SECRET_ACCESS_KEY=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\n";
    assert_eq!(types_in(text), ["aws_access_key_id", "aws_secret_access_key"]);
}

#[test]
fn code_is_quiet() {
    let code = r#"
        import { v4 } from "uuid"; // 123e4567-e89b-12d3-a456-426614174000
        sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        "integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
        version = "1.22.333-rc.4444"; at = 1731312000123; id = 9007199254740993
        token = tokenizer.encode(text, max_length=4096); secret = get_secret("name")
        password = os.environ["DB_PASSWORD"]; api_key = settings.api_key
        data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
        commit 4a1f2e9c0b7d8e6f5a4b3c2d1e0f9a8b7c6d5e4f
    "#;
    assert_eq!(types_in(code), Vec::<String>::new());
}

#[test]
fn types_can_be_switched() {
    let text = "192.0.2.44 and jane@contoso.example";
    let scanner = Scanner::default().with_types(&["ip_address"], &["email"]).unwrap();
    let found = scanner.scan(text);
    assert_eq!(found.len(), 1);
    assert_eq!((&*found[0].info_type, found[0].category), ("ip_address", InfoCategory::Pii));
    assert!(matches!(
        Scanner::default().with_types(&["no_such"], &[]),
        Err(TableError::Unknown(_))
    ));
}

#[test]
fn fingerprints_tell_secrets_apart() {
    assert_eq!(fingerprint("a").len(), 16);
    assert_ne!(fingerprint("a"), fingerprint("b"));
}

#[test]
fn hostile_texts_are_bounded() {
    for unit in [
        "AKIA",
        "password: ",
        "sk-",
        "://",
        "4111 ",
        "-----BEGIN PRIVATE KEY-----",
        "@",
        "eyJ",
        "12-",
        "token=",
    ] {
        let text = unit.repeat((1 << 18) / unit.len());
        assert!(Scanner::embedded().scan(&text).len() <= 20_000);
    }
}

proptest! {
    #[test]
    fn spans_are_ordered_disjoint_and_on_character_boundaries(text in "(\\PC|[0-9 ]{4,19}|[A-Z]{2}[0-9]{20}|passwort: |@|sk-|é){0,40}") {
        let found = Scanner::embedded().scan(&text);
        for pair in found.windows(2) {
            prop_assert!(pair[0].span.end <= pair[1].span.start);
        }
        for found in found {
            prop_assert!(text.get(found.span.clone()).is_some_and(|value| !value.is_empty()));
            prop_assert!((0.0..=1.0).contains(&found.confidence));
        }
    }

    #[test]
    fn cards_are_found_wherever_they_stand(before in "[a-z ,:]{0,20}", after in "[a-z ,;]{0,20}", body in proptest::array::uniform14(0u32..10)) {
        let mut digits = vec![4];
        digits.extend(body);
        let sum: u32 = digits.iter().rev().enumerate().map(|(i, &d)| if i % 2 == 0 { if d > 4 { d * 2 - 9 } else { d * 2 } } else { d }).sum();
        digits.push((10 - sum % 10) % 10);
        let card: String = digits.iter().map(|d| char::from_digit(*d, 10).unwrap()).collect();
        let text = format!("{before} {card} {after}");
        let found = Scanner::embedded().scan(&text);
        prop_assert!(found.iter().any(|found| &*found.info_type == "credit_card" && text[found.span.clone()] == card), "{text}: {found:?}");
    }
}
