//! What ARCHITECTURE.md says of the whole house, held by tests.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// The order of design: a crate knows only crates of a lower number.
const ORDER: &[(&str, u8)] = &[
    ("picket-model", 0),
    ("picket-sensitive", 1),
    ("picket-graph", 1),
    ("picket-discovery", 2),
    ("picket-posture", 2),
    ("picket-bom", 2),
    ("picket-protocols", 3),
    ("picket-shield", 3),
    ("picket-threat", 4),
    ("picket-classifier", 4),
    ("picket-store", 5),
    ("picket-gateway", 6),
    ("picket-server", 6),
    ("picket", 7),
];

/// Crates that hand values in and out and touch nothing else.
const PURE: &[&str] = &[
    "picket-model",
    "picket-graph",
    "picket-sensitive",
    "picket-posture",
    "picket-bom",
    "picket-protocols",
    "picket-shield",
    "picket-threat",
];

/// Libraries that do I/O or run tasks.
const IO: &[&str] =
    &["tokio", "reqwest", "hyper", "hyper-util", "axum", "sqlx", "ignore", "aws-config"];

fn metadata() -> Metadata {
    MetadataCommand::new().exec().unwrap()
}

#[test]
fn crates_know_only_what_stands_before_them() {
    let order: BTreeMap<&str, u8> = ORDER.iter().copied().collect();
    for package in metadata().workspace_packages() {
        let own = *order
            .get(package.name.as_str())
            .unwrap_or_else(|| panic!("{} has no place in ORDER", package.name));
        for dependency in &package.dependencies {
            let Some(other) = order.get(dependency.name.as_str()) else { continue };
            assert!(
                *other < own,
                "{} ({own}) may not know {} ({other})",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn pure_crates_do_no_io() {
    for package in metadata().workspace_packages() {
        if !PURE.contains(&package.name.as_str()) {
            continue;
        }
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            assert!(
                !IO.contains(&dependency.name.as_str()),
                "{} uses {}",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn licences_are_permissive() {
    let metadata = metadata();
    let deny: toml::Table = toml::from_str(
        &std::fs::read_to_string(metadata.workspace_root.join("deny.toml")).unwrap(),
    )
    .unwrap();
    let allowed: Vec<&str> = deny["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    let workspace = &metadata.workspace_members;
    let mut refused = Vec::new();
    for package in metadata.packages.iter().filter(|package| !workspace.contains(&package.id)) {
        let text = package.license.clone().unwrap_or_default().replace('/', " OR ");
        if !satisfied(&text, &allowed) {
            refused.push(format!("{} {}: `{text}`", package.name, package.version));
        }
    }
    assert!(refused.is_empty(), "not in deny.toml:\n{}", refused.join("\n"));
}

/// Whether an SPDX expression can be met by the allowed licences: `OR` of `AND`s, with parentheses.
fn satisfied(expression: &str, allowed: &[&str]) -> bool {
    let expression = expression.trim();
    if let Some(parts) = split(expression, " OR ") {
        return parts.iter().any(|part| satisfied(part, allowed));
    }
    if let Some(parts) = split(expression, " AND ") {
        return parts.iter().all(|part| satisfied(part, allowed));
    }
    match expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => satisfied(inner, allowed),
        None => allowed.contains(&expression),
    }
}

/// Splits at an operator that stands outside parentheses.
fn split<'a>(expression: &'a str, operator: &str) -> Option<Vec<&'a str>> {
    let (mut depth, mut start, mut parts) = (0_i32, 0, Vec::new());
    for (at, c) in expression.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && at >= start && expression[at..].starts_with(operator) => {
                parts.push(&expression[start..at]);
                start = at + operator.len();
            }
            _ => {}
        }
    }
    if parts.is_empty() {
        return None;
    }
    parts.push(&expression[start..]);
    Some(parts)
}

#[test]
fn spdx_expressions_are_read() {
    let allowed = ["MIT", "Apache-2.0", "Unicode-3.0"];
    assert!(satisfied("MIT OR GPL-3.0-only", &allowed));
    assert!(satisfied("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
    assert!(!satisfied("MIT AND GPL-3.0-only", &allowed));
    assert!(!satisfied("", &allowed));
}
