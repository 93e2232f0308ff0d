//! Secrets written in clear into the environment variables of workloads, functions and models, wherever they are declared.
//! What is kept of one is where it stands, what it is and a fingerprint.

use std::sync::LazyLock;

use picket_model::{Asset, Finding, FindingKind, Severity};
use picket_sensitive::{InfoCategory, Scanner, fingerprint};
use regex::Regex;
use serde_json::{Value, json};

/// File, and line where it is known, that a variable is declared at.
pub(crate) type Place<'a> = (&'a str, Option<u32>);

/// Looks through environment variables, given as a map or as a list of `name` and `value`.
pub(crate) fn variables(asset: &mut Asset, variables: &Value, place: Option<Place<'_>>) {
    match variables {
        Value::Object(map) => {
            for (name, value) in map {
                variable(asset, name, value.as_str().unwrap_or_default(), place);
            }
        }
        Value::Array(list) => {
            for pair in list {
                if let (Some(name), Some(value)) = (pair["name"].as_str(), pair["value"].as_str()) {
                    variable(asset, name, value, place);
                }
            }
        }
        _ => {}
    }
}

/// Looks at one environment variable: where it holds a secret, the asset gets a finding, and its property `secret_env` the name.
pub(crate) fn variable(asset: &mut Asset, name: &str, value: &str, place: Option<Place<'_>>) {
    let Some((info_type, severity)) = secret(name, value) else { return };
    let names = asset.properties.entry("secret_env").or_insert_with(|| json!([]));
    let Value::Array(names) = names else { return };
    if names.iter().any(|known| known == name) {
        return;
    }
    names.push(json!(name));
    let mut evidence =
        json!({"variable": name, "info_type": info_type, "fingerprint": fingerprint(value)});
    if let Some((path, line)) = place {
        evidence["path"] = json!(path);
        evidence["line"] = json!(line);
    }
    asset.findings.push(Finding::new(
        FindingKind::Secret,
        name,
        severity,
        format!("{name} is set in clear"),
        "Whoever may read the configuration, the state or the running workload has this secret; \
         take it from a secret store instead, and rotate it",
        evidence,
    ));
}

/// What secret a variable holds and how bad that is: by the form of the value, or else by the name.
fn secret(name: &str, value: &str) -> Option<(String, Severity)> {
    const REFERENCES: &[&str] =
        &["${", "$(", "{{", "@Microsoft.KeyVault", "secretref:", "[redacted]"];
    const REFERENCE_STARTS: &[&str] = &["$", "arn:", "ssm:", "secretsmanager:"];
    let value = value.trim();
    if value.len() < 8
        || REFERENCES.iter().any(|mark| value.contains(mark))
        || REFERENCE_STARTS.iter().any(|mark| value.starts_with(mark))
    {
        return None;
    }
    // The name is context: some keys look like any other digits.
    let seen = Scanner::embedded()
        .scan(&format!("{name}={value}"))
        .into_iter()
        .find(|found| found.category == InfoCategory::Credentials && found.confidence >= 0.8);
    if let Some(found) = seen {
        return Some((found.info_type.to_string(), found.severity));
    }
    (says_secret(name) && may_be_secret(value))
        .then(|| ("named_as_secret".to_owned(), Severity::High))
}

/// Whether a variable's name says that its value is a secret, and not where one lies or how long it lasts.
fn says_secret(name: &str) -> bool {
    static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let words = "api_?key|access_?key|secret|token|passw(?:or)?d|private_?key|connection_?string|credential";
        Regex::new(&format!("(?i)(?:{words})s?(?:[_-]|$)")).ok()
    });
    static ABOUT_ONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new("(?i)(?:_(?:arn|name|id|ur[il]|path|file|limit|count|ttl|region)|tokens)$").ok()
    });
    let matches = |regex: &Option<Regex>| regex.as_ref().is_some_and(|it| it.is_match(name));
    matches(&SECRET) && !matches(&ABOUT_ONE)
}

/// Whether a value that a secret's name stands before can be one: no path, address, prose or placeholder.
fn may_be_secret(value: &str) -> bool {
    const PLACEHOLDERS: &[&str] =
        &["changeme", "change-me", "your-", "your_", "replace", "placeholder", "example.com"];
    let lower = value.to_lowercase();
    !value.contains(char::is_whitespace)
        && value.chars().any(char::is_alphanumeric)
        && !value.starts_with(['/', '<'])
        && !lower.starts_with("http")
        && !PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use picket_model::{AssetKind, Provider};

    use super::*;

    fn found(given: &Value) -> Asset {
        let mut asset = Asset::new("f", AssetKind::Function, "f", Provider::Aws, "1");
        variables(&mut asset, given, Some(("main.tf", Some(3))));
        asset
    }

    #[test]
    fn a_secret_is_found_by_form_or_name_and_never_kept() {
        let asset = found(&json!({
            "X": "AKIAIOSFODNN7EXAMPL3", "DB_PASSWORD": "hunter2hunter2", "MODE": "production",
        }));
        assert_eq!(asset.properties["secret_env"], json!(["X", "DB_PASSWORD"]));
        let evidence = &asset.findings[1].evidence;
        assert_eq!(
            (&evidence["info_type"], &evidence["line"]),
            (&json!("named_as_secret"), &json!(3))
        );
        let kept = serde_json::to_string(&asset).unwrap();
        assert!(!kept.contains("AKIAIOSFODNN7EXAMPL3") && !kept.contains("hunter2"), "{kept}");
    }

    #[test]
    fn names_tell_secrets_from_what_is_said_about_them() {
        for name in ["OPENAI_API_KEY", "SECRET_KEY", "API_TOKEN_2", "apiKey", "DB_PASSWORD_PROD"] {
            assert!(says_secret(name), "{name}");
        }
        for name in ["TOKENIZER", "MAX_TOKENS", "SECRET_NAME", "TOKEN_URL", "API_KEY_FILE", "KEY"] {
            assert!(!says_secret(name), "{name}");
        }
    }

    #[test]
    fn references_placeholders_and_harmless_values_are_no_secrets() {
        let pairs = [
            ("API_KEY", "arn:aws:secretsmanager:eu-west-1:1:secret:k"),
            ("OPENAI_API_KEY", "${var.openai_key}"),
            (
                "AZURE_API_KEY",
                "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/k)",
            ),
            ("YOUR_API_KEY", "<your key here>"),
            ("EMPTY_API_KEY", ""),
            ("KEY_TOKEN", "/run/secrets/key"),
            ("SECRET_NAME", "openai-production"),
            ("DB_PASSWORD", "changeme"),
            ("MAX_TOKENS", "100000000"),
            ("LOG_LEVEL", "information"),
            ("MODEL", "mistralai/Mistral-7B-Instruct-v0.3"),
        ];
        let list: Vec<Value> =
            pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let asset = found(&Value::Array(list));
        assert_eq!(asset.findings, []);
        assert!(!asset.properties.contains_key("secret_env"));
    }
}
