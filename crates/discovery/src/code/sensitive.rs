//! Secrets and sensitive information in files, by samples of bounded size. What is found is kept masked.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use picket_model::{AssetKind, DiagnosticStatus, Finding, FindingKind, Severity};
use picket_sensitive::{InfoCategory, Match, Scanner};
use serde_json::json;

use super::recognise::is_test_or_document;
use crate::Collector;
use crate::files::SourceFile;

/// Most findings of secrets for one file.
const MAX_SECRETS: usize = 20;
/// Most lines named for one information type.
const MAX_LINES: usize = 5;

/// Data files: sensitive information in them is theirs, not an example's.
const DATA: &[&str] = &[
    "csv",
    "tsv",
    "json",
    "jsonl",
    "ndjson",
    "txt",
    "sql",
    "md",
    "xml",
    "log",
    "parquet.txt",
    "html",
    "eml",
];
/// Files in which secrets are looked for besides.
const TEXT: &[&str] = &[
    "py",
    "ipynb",
    "ts",
    "tsx",
    "js",
    "jsx",
    "mjs",
    "cjs",
    "env",
    "yaml",
    "yml",
    "toml",
    "ini",
    "cfg",
    "conf",
    "properties",
    "sh",
    "bash",
    "tf",
    "tfvars",
    "tfstate",
    "pem",
    "key",
    "rb",
    "go",
    "java",
    "cs",
    "php",
    "rs",
    "kt",
    "scala",
    "ps1",
    "dockerfile",
    "bicep",
    "r",
    "rst",
];

/// Whether a file is sampled, by its name.
pub(crate) fn wants(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let ending = name.rsplit('.').next().unwrap_or_default();
    let lock = name.ends_with("-lock.json")
        || name.ends_with("-lock.yaml")
        || name.ends_with(".lock")
        || name.ends_with(".min.js");
    !lock
        && (DATA.contains(&ending)
            || TEXT.contains(&ending)
            || name.starts_with(".env")
            || name == "dockerfile")
}

/// Adds a finding for each secret, and one for all sensitive information of a data file.
pub(crate) fn analyse(file: &SourceFile<'_>, out: &mut Collector) {
    let options = &file.scope.options;
    if !options.sensitive {
        return;
    }
    let text = match file.sample(options.limits.max_sample_bytes) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("file cannot be read: {error}");
            out.diagnostic(DiagnosticStatus::Unreadable, file.path, message);
            return;
        }
    };
    let ending = file.path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let data = DATA.contains(&ending.as_str()) && !is_test_or_document(file.path);
    let found = if data { Scanner::embedded() } else { secrets_alone() }.scan(&text);
    if found.is_empty() {
        return;
    }
    let (secrets, information): (Vec<Match>, Vec<Match>) =
        found.into_iter().partition(|found| found.category == InfoCategory::Credentials);
    add_secrets(file, &text, &secrets, out);
    if data {
        add_information(file, &text, &information, text.len(), out);
    }
}

/// Finds secrets and nothing else: of most files nothing else is told, and numbers are the dear part of a search.
fn secrets_alone() -> &'static Scanner {
    static SECRETS: LazyLock<Scanner> = LazyLock::new(|| {
        let all = Scanner::embedded();
        let others = all.types().filter(|it| it.category != InfoCategory::Credentials);
        let others: Vec<&str> = others.map(|it| &*it.id).collect();
        all.clone().with_types(&[], &others).unwrap_or_else(|_| all.clone())
    });
    &SECRETS
}

fn add_secrets(file: &SourceFile<'_>, text: &str, secrets: &[Match], out: &mut Collector) {
    for secret in secrets.iter().filter(|secret| secret.confidence >= 0.5).take(MAX_SECRETS) {
        ensure_file(file, out);
        let line = line_at(text, secret.span.start);
        let fingerprint = secret.fingerprint(text);
        let mut alone = secret.clone();
        alone.span = 0..secret.span.len();
        let masked = picket_sensitive::redact(&text[secret.span.clone()], &[alone]);
        let severity = if is_test_or_document(file.path) { Severity::Low } else { secret.severity };
        let evidence = json!({
            "path": file.path, "line": line, "type": &*secret.info_type, "fingerprint": fingerprint, "masked": masked.text,
        });
        let finding = Finding::new(
            FindingKind::Secret,
            &format!("{}:{fingerprint}", secret.info_type),
            severity,
            format!("Secret in clear: {}", secret.info_type.replace('_', " ")),
            format!(
                "{} in line {line}; revoke it and take it from a secret store or the environment",
                file.path
            ),
            evidence,
        );
        out.finding(&file.id(), finding);
    }
}

fn add_information(
    file: &SourceFile<'_>,
    text: &str,
    information: &[Match],
    sampled: usize,
    out: &mut Collector,
) {
    let mut types: BTreeMap<&str, (u64, Vec<u32>, Severity)> = BTreeMap::new();
    for found in information.iter().filter(|found| found.confidence >= 0.5) {
        let entry = types.entry(&found.info_type).or_insert((0, Vec::new(), found.severity));
        entry.0 += 1;
        if entry.1.len() < MAX_LINES {
            entry.1.push(line_at(text, found.span.start));
        }
    }
    let Some(severity) = types.values().map(|(.., severity)| *severity).max() else { return };
    ensure_file(file, out);
    let counts: serde_json::Map<_, _> =
        types.iter().map(|(name, (count, ..))| ((*name).to_owned(), json!(count))).collect();
    let lines: serde_json::Map<_, _> =
        types.iter().map(|(name, (_, lines, _))| ((*name).to_owned(), json!(lines))).collect();
    let names = types.keys().map(|name| name.replace('_', " ")).collect::<Vec<_>>().join(", ");
    let evidence = json!({"types": counts, "path": file.path, "lines": lines, "sampled_bytes": sampled, "size": file.size});
    let finding = Finding::new(
        FindingKind::SensitiveData,
        "content",
        severity,
        format!("Sensitive information: {names}"),
        format!(
            "{} holds {names}; whoever reads the repository, or a model that is given the file, can reveal it",
            file.path
        ),
        evidence,
    );
    out.finding(&file.id(), finding);
}

fn ensure_file(file: &SourceFile<'_>, out: &mut Collector) {
    if out.get(&file.id()).is_none() {
        file.add_to(AssetKind::SourceFile, out);
    }
}

fn line_at(text: &str, byte: usize) -> u32 {
    let head = text.get(..byte).unwrap_or_default();
    u32::try_from(head.matches('\n').count() + 1).unwrap_or(u32::MAX)
}
