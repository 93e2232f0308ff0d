//! Secrets in clear in environment variables. What is kept of one is where it stands, what it is and a fingerprint.

use picket_model::{Asset, Finding, FindingKind, Severity};
use picket_sensitive::{InfoCategory, Scanner, fingerprint};
use serde_json::{Value, json};

use super::value::text;

/// Words in a variable's name that say that its value is a secret whatever it looks like.
const NAMES: &[&str] = &[
    "API_KEY",
    "APIKEY",
    "ACCESS_KEY",
    "SECRET",
    "TOKEN",
    "PASSWORD",
    "PASSWD",
    "PRIVATE_KEY",
    "CREDENTIAL",
];

/// Endings of names that speak of a secret without holding it: where it lies, how long it lasts.
const NO_SECRET: &[&str] = &[
    "_ARN",
    "_NAME",
    "_ID",
    "_URL",
    "_PATH",
    "_FILE",
    "_LIMIT",
    "_COUNT",
    "_TTL",
    "_REGION",
    "MAX_TOKENS",
    "_TOKENS",
];

/// Looks for secrets in environment variables, given as a map or as a list of `name` and `value`; adds a finding for each
/// and the property `secret_env` with their names.
pub(super) fn environment_secrets(asset: &mut Asset, variables: &Value) {
    let pairs: Vec<(&str, &str)> = match variables {
        Value::Object(map) => {
            map.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect()
        }
        Value::Array(list) => list
            .iter()
            .filter_map(|pair| Some((text(pair, "/name")?, text(pair, "/value")?)))
            .collect(),
        _ => return,
    };
    let mut names = Vec::new();
    for (name, value) in pairs {
        if let Some((what, severity)) = secret(name, value) {
            names.push(name.to_owned());
            asset.findings.push(Finding::new(
                FindingKind::Secret,
                name,
                severity,
                format!("Secret in environment variable {name}"),
                "Whoever may read the configuration reads the secret; it also ends up in logs and backups",
                json!({"variable": name, "info_type": what, "fingerprint": fingerprint(value)}),
            ));
        }
    }
    if !names.is_empty() {
        asset.set("secret_env", names);
    }
}

/// What secret a variable holds and how bad that is: by the shape of the value, or else by the name.
fn secret(name: &str, value: &str) -> Option<(String, Severity)> {
    // A reference is where a secret should be.
    let reference = ["arn:", "{{resolve:", "ssm:", "secretsmanager:", "/"]
        .iter()
        .any(|start| value.starts_with(start));
    if value.len() < 8 || reference {
        return None;
    }
    let line = format!("{name}={value}");
    let seen = Scanner::embedded()
        .scan(&line)
        .into_iter()
        .find(|found| found.category == InfoCategory::Credentials);
    if let Some(found) = seen {
        return Some((found.info_type.to_string(), found.severity));
    }
    let name = name.to_ascii_uppercase();
    let named = NAMES.iter().any(|word| name.contains(word))
        && !NO_SECRET.iter().any(|end| name.ends_with(end));
    let dense = !value.contains(char::is_whitespace) && value.chars().any(char::is_alphanumeric);
    (named && dense).then(|| ("named_as_secret".to_owned(), Severity::High))
}

#[cfg(test)]
mod tests {
    use picket_model::{AssetKind, Provider};
    use serde_json::json;

    use super::*;

    fn found(variables: &Value) -> Asset {
        let mut asset = Asset::new("f", AssetKind::Function, "f", Provider::Aws, "1");
        environment_secrets(&mut asset, variables);
        asset
    }

    #[test]
    fn a_secret_is_found_by_shape_or_name_and_never_kept() {
        let asset = found(
            &json!({"X": "AKIAIOSFODNN7EXAMPLE", "DB_PASSWORD": "hunter2hunter2", "MODE": "production"}),
        );
        assert_eq!(asset.properties["secret_env"], json!(["X", "DB_PASSWORD"]));
        let kept = serde_json::to_string(&asset).unwrap();
        assert!(!kept.contains("AKIAIOSFODNN7EXAMPLE") && !kept.contains("hunter2"), "{kept}");
    }

    #[test]
    fn references_and_harmless_values_are_no_secrets() {
        let asset = found(&json!([
            {"name": "API_KEY", "value": "arn:aws:secretsmanager:eu-west-1:1:secret:k"},
            {"name": "SECRET_NAME", "value": "openai-production"},
            {"name": "MAX_TOKENS", "value": "100000000"},
            {"name": "LOG_LEVEL", "value": "information"},
        ]));
        assert_eq!(asset.findings, []);
        assert!(!asset.properties.contains_key("secret_env"));
    }
}
