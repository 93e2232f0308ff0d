use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Document, Grant, Permissions, covers, overlaps};

fn permissions(statements: &Value) -> Permissions {
    let document = Document::read(&json!({ "Statement": statements }));
    Permissions { policies: vec![("inline".to_owned(), Arc::new(document))], boundary: None }
}

#[expect(clippy::needless_pass_by_value, reason = "called with literals")]
fn allows(statements: Value, action: &str, resource: &str) -> bool {
    permissions(&statements).allows(action, resource).is_some()
}

const OBJECTS: &str = "arn:aws:s3:::data/*";

#[test]
fn wildcards_match_actions_without_case_and_resources_with_it() {
    let all = json!([{"Effect": "Allow", "Action": "S3:get*", "Resource": "arn:aws:s3:::data/*"}]);
    assert!(allows(all.clone(), "s3:GetObject", OBJECTS));
    assert!(!allows(all.clone(), "s3:PutObject", OBJECTS));
    assert!(!allows(all, "s3:GetObject", "arn:aws:s3:::DATA/*"));
    assert!(allows(
        json!({"Effect": "Allow", "Action": "*", "Resource": "*"}),
        "s3:GetObject",
        OBJECTS
    ));
}

#[test]
fn an_allow_of_part_counts_and_a_deny_of_part_does_not() {
    let part = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/train/*"});
    assert!(allows(json!([part]), "s3:GetObject", OBJECTS));
    let all = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
    let deny =
        |resource: &str| json!({"Effect": "Deny", "Action": "s3:GetObject", "Resource": resource});
    assert!(allows(json!([all, deny("arn:aws:s3:::data/secret/*")]), "s3:GetObject", OBJECTS));
    assert!(!allows(json!([all, deny("arn:aws:s3:::data*")]), "s3:GetObject", OBJECTS));
}

#[test]
fn not_action_and_not_resource_are_the_rest() {
    let but =
        json!([{"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::data/*"}]);
    assert!(allows(but.clone(), "bedrock:InvokeModel", "arn:aws:bedrock:x"));
    assert!(!allows(but.clone(), "iam:PassRole", "arn:aws:iam::1:role/r"));
    assert!(!allows(but, "s3:GetObject", OBJECTS));
    let fence = json!([
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::data/*"},
    ]);
    assert!(allows(fence.clone(), "s3:GetObject", OBJECTS));
    assert!(!allows(fence, "s3:GetObject", "arn:aws:s3:::other/*"));
}

#[test]
fn conditions_are_named_and_do_not_deny() {
    let bound = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}});
    let free = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
    let granted = permissions(&json!([bound]));
    let key = ["aws:sourcevpc".to_owned()];
    let expected = Grant { via: "inline statement 1".to_owned(), conditions: &key };
    assert_eq!(granted.allows("s3:GetObject", OBJECTS), Some(expected));
    let granted = permissions(&json!([bound, free]));
    assert_eq!(granted.allows("s3:GetObject", OBJECTS).unwrap().via, "inline statement 2");
    let denied = json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"a": "b"}}});
    assert!(allows(json!([free, denied]), "s3:GetObject", OBJECTS));
}

#[test]
fn a_boundary_bounds_and_variables_stand_for_anything() {
    let mut granted = permissions(
        &json!({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:username}/*"}),
    );
    assert!(granted.allows("s3:GetObject", OBJECTS).is_some());
    let boundary =
        json!({"Statement": {"Effect": "Allow", "Action": "bedrock:*", "Resource": "*"}});
    granted.boundary = Some(Arc::new(Document::read(&boundary)));
    assert!(granted.allows("s3:GetObject", OBJECTS).is_none());
}

#[test]
fn documents_are_read_encoded_or_not_and_bad_ones_are_none() {
    let text = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"*","Service":"s3.amazonaws.com"},"Action":"a:b","Resource":"*"}}"#;
    let encoded = text.replace('"', "%22").replace('{', "%7B");
    let document = Document::parse(text).unwrap();
    assert_eq!(Document::parse(&encoded), Some(document.clone()));
    assert!(document.is_public());
    assert!(document.lets_everybody("A:B") && !document.lets_everybody("a:c"));
    assert_eq!(document.statements[0].services, ["s3.amazonaws.com"]);
    assert_eq!(Document::parse("no policy"), None);
    assert_eq!(
        Document::parse(r#"{"Statement":[{"Effect":"Maybe"},7]}"#),
        Some(Document::default())
    );
}

#[test]
fn a_public_statement_that_is_narrowed_is_not_public() {
    let with = |condition: Value| {
        let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition});
        Document::read(&json!({"Statement": [statement]})).is_public()
    };
    assert!(!with(json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})));
    assert!(with(json!({"Bool": {"aws:SecureTransport": "true"}})));
}

proptest! {
    #[test]
    fn overlap_is_symmetric_and_follows_from_cover(a in "[ab*?]{0,8}", b in "[ab*?]{0,8}") {
        prop_assert_eq!(overlaps(&a, &b), overlaps(&b, &a));
        if covers(&a, &b) {
            prop_assert!(overlaps(&a, &b), "{} covers {}", a, b);
        }
    }

    #[test]
    fn on_plain_text_both_are_matching(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
        let regex = pattern.replace('*', ".*").replace('?', ".");
        let expected = regex::Regex::new(&format!("^{regex}$")).unwrap().is_match(&text);
        prop_assert_eq!(covers(&pattern, &text), expected);
        prop_assert_eq!(overlaps(&pattern, &text), expected);
    }
}
