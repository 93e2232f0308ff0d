use picket_model::{Asset, FieldChange, Finding, Properties};
use picket_sensitive::{InfoCategory, Scanner};
use serde_json::{Value, json};

use crate::estate::RelationKey;

/// Longest value that is kept, as JSON, bytes.
const VALUE: usize = 4096;

/// What is no longer the same about an asset.
pub(crate) fn between(before: &Asset, after: &Asset) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    let mut compare = |field: &str, before: Value, after: Value| {
        if before != after {
            fields.push(change(field, before, after));
        }
    };
    compare("name", json!(before.name), json!(after.name));
    compare("kind", json!(before.kind), json!(after.kind));
    compare("environment", json!(before.environment), json!(after.environment));
    compare("region", json!(before.region), json!(after.region));
    compare("native_type", json!(before.native_type), json!(after.native_type));
    keys("tags", &before.tags, &after.tags, &mut fields);
    keys("properties", &before.properties, &after.properties, &mut fields);
    let has = |findings: &[Finding], id: &str| findings.iter().any(|finding| finding.id == id);
    for gone in before.findings.iter().filter(|held| !has(&after.findings, &held.id)) {
        fields.push(change("findings", finding(gone), Value::Null));
    }
    for new in after.findings.iter().filter(|found| !has(&before.findings, &found.id)) {
        fields.push(change("findings", Value::Null, finding(new)));
    }
    fields
}

/// A relation that is new, or that is no more.
pub(crate) fn relation((_, kind, target): &RelationKey, added: bool) -> FieldChange {
    let value = json!({ "kind": kind, "target": target });
    if added {
        change("relations", Value::Null, value)
    } else {
        change("relations", value, Value::Null)
    }
}

fn keys(prefix: &str, before: &Properties, after: &Properties, fields: &mut Vec<FieldChange>) {
    let removed = before.keys().filter(|key| !after.contains_key(*key));
    for key in removed.chain(after.keys()) {
        let value = |of: &Properties| of.get(key).cloned().unwrap_or(Value::Null);
        let (before, after) = (value(before), value(after));
        if before != after {
            fields.push(change(&format!("{prefix}.{key}"), before, after));
        }
    }
}

/// A finding without its evidence.
fn finding(finding: &Finding) -> Value {
    json!({ "id": finding.id, "kind": finding.kind, "severity": finding.severity, "title": finding.title })
}

fn change(field: &str, before: Value, after: Value) -> FieldChange {
    let (before, before_omitted) = kept(field, before);
    let (after, after_omitted) = kept(field, after);
    FieldChange { field: field.to_owned(), before, after, omitted: before_omitted || after_omitted }
}

/// A value as it is kept: nothing where it is too long, credentials masked.
fn kept(field: &str, mut value: Value) -> (Value, bool) {
    if value.to_string().len() > VALUE {
        return (Value::Null, true);
    }
    mask(field, &mut value);
    (value, false)
}

/// Puts the fingerprint of a text in its place where the text, or its name with it, gives a credential away.
fn mask(name: &str, value: &mut Value) {
    match value {
        Value::String(text) => {
            let scanner = Scanner::embedded();
            let secret = |text: &str| {
                scanner.scan(text).iter().any(|found| found.category == InfoCategory::Credentials)
            };
            if secret(text) || secret(&format!("{name} = \"{text}\"")) {
                *text = format!("masked:{}", picket_sensitive::fingerprint(text));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask(name, item)),
        Value::Object(entries) => entries.iter_mut().for_each(|(key, entry)| mask(key, entry)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use picket_model::{AssetKind, FindingKind, Provider, RelationKind, Severity};

    use super::*;

    fn asset() -> Asset {
        Asset::new("m", AssetKind::Model, "m", Provider::Code, "repo://x")
    }

    #[test]
    fn what_is_the_same_is_no_change() {
        assert_eq!(between(&asset().with("a", 1), &asset().with("a", 1)), []);
    }

    #[test]
    fn properties_tags_and_findings_are_told_apart() {
        let mut before = asset().with("version", "1").with("gone", true);
        before.tags.insert("env".to_owned(), json!("dev"));
        let mut after = asset().with("version", "2");
        after.region = Some("westeurope".to_owned());
        after.findings.push(Finding::new(
            FindingKind::Secret,
            "x",
            Severity::High,
            "a key",
            "detail",
            json!({ "line": "the text around it" }),
        ));
        let fields = between(&before, &after);
        let names: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(
            names,
            ["region", "tags.env", "properties.gone", "properties.version", "findings"]
        );
        assert_eq!((&fields[3].before, &fields[3].after), (&json!("1"), &json!("2")));
        let text = serde_json::to_string(&fields).unwrap();
        assert!(!text.contains("the text around it"), "evidence is kept: {text}");
    }

    #[test]
    fn credentials_are_masked_and_long_values_left_out() {
        let key = format!("sk-{}", "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA".repeat(2).get(..48).unwrap());
        let after = asset()
            .with("api", json!({ "nested": [key.clone()] }))
            .with("prompt", "x".repeat(VALUE + 1));
        let fields = between(&asset(), &after);
        let text = serde_json::to_string(&fields).unwrap();
        assert!(!text.contains(&key) && text.contains("masked:"), "{text}");
        assert!(fields.iter().any(|field| field.omitted && field.after.is_null()));
    }

    #[test]
    fn a_relation_says_what_it_leads_to() {
        let added = relation(&("a".into(), RelationKind::Uses, "b".into()), true);
        assert_eq!(added.after, json!({ "kind": "USES", "target": "b" }));
        assert!(added.before.is_null());
    }
}
