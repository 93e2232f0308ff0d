//! Secrets written in clear into environment variables of workloads and functions.

use std::sync::LazyLock;

use picket_model::{AssetId, Finding, FindingKind, Severity};
use regex::Regex;
use serde_json::{Value, json};

use crate::Collector;

/// Looks through a map of environment variables.
pub(crate) fn variables(
    subject: &AssetId,
    variables: &Value,
    place: Option<(&str, Option<u32>)>,
    out: &mut Collector,
) {
    for (name, value) in variables.as_object().into_iter().flatten() {
        if let Some(value) = value.as_str() {
            variable(subject, name, value, place, out);
        }
    }
}

/// Looks at one environment variable.
pub(super) fn variable(
    subject: &AssetId,
    name: &str,
    value: &str,
    place: Option<(&str, Option<u32>)>,
    out: &mut Collector,
) {
    if !is_secret(name, value) {
        return;
    }
    let evidence = json!({
        "variable": name,
        "fingerprint": picket_sensitive::fingerprint(value),
        "length": value.len(),
        "path": place.map(|(path, _)| path),
        "line": place.and_then(|(_, line)| line),
    });
    let finding = Finding::new(
        FindingKind::Secret,
        name,
        Severity::High,
        format!("{name} is set in clear"),
        "Whoever may read the configuration, the state or the running workload has this secret; \
         take it from a secret store instead, and rotate it",
        evidence,
    );
    out.finding(subject, finding);
    let Some(asset) = out.get_mut(subject) else { return };
    let names = asset.properties.entry("secret_env").or_insert_with(|| json!([]));
    if let Value::Array(names) = names
        && !names.iter().any(|known| known == name)
    {
        names.push(json!(name));
    }
}

/// True when the name says secret, or the value is one by its form, and the value is not a reference or placeholder.
fn is_secret(name: &str, value: &str) -> bool {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i)(api_?key|access_?key|token|secret|passwd|password|connection_?string|credential)s?(_\d)?$",
        )
        .ok()
    });
    const REFERENCES: &[&str] = &[
        "${",
        "$(",
        "{{",
        "@Microsoft.KeyVault",
        "arn:aws:secretsmanager",
        "secretref:",
        "[redacted]",
    ];
    let value = value.trim();
    if value.len() < 8
        || REFERENCES.iter().any(|mark| value.contains(mark))
        || value.starts_with('$')
    {
        return false;
    }
    let placeholder = value.starts_with('<')
        || ["changeme", "change-me", "your-", "your_", "replace", "placeholder", "example.com"]
            .iter()
            .any(|word| value.to_lowercase().contains(word));
    let named = NAME.as_ref().is_some_and(|regex| regex.is_match(name)) && !value.contains(' ');
    let secret_path = value.starts_with('/') || value.starts_with("http");
    (named && !placeholder && !secret_path)
        || picket_sensitive::Scanner::embedded().scan(value).iter().any(|found| {
            found.category == picket_sensitive::InfoCategory::Credentials && found.confidence >= 0.8
        })
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn literals_are_secrets_and_references_are_not() {
        assert!(is_secret("OPENAI_API_KEY", "sk-not-a-real-key-0123456789"));
        assert!(is_secret("DB_PASSWORD", "correct-horse-battery"));
        for (name, value) in [
            ("OPENAI_API_KEY", "${var.openai_key}"),
            (
                "OPENAI_API_KEY",
                "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/k)",
            ),
            ("OPENAI_API_KEY", "<your key here>"),
            ("OPENAI_API_KEY", ""),
            ("API_KEY_FILE", "/run/secrets/key"),
            ("MODEL", "mistralai/Mistral-7B-Instruct-v0.3"),
            ("DB_PASSWORD", "changeme"),
        ] {
            assert!(!is_secret(name, value), "{name}={value}");
        }
    }
}
