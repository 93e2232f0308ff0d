//! Reference pages follow from the code; `UPDATE_DOCS=1` writes them anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests")]

mod common;

use std::fmt::Write;
use std::path::Path;

use picket_posture::RuleSet;
use serde_json::Value;

use common::Place;

/// Compares a page of `docs/reference` with what the code says, or writes it.
fn check(name: &str, rendered: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, rendered).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == rendered,
        "docs/reference/{name} is stale; run the tests with UPDATE_DOCS=1"
    );
}

#[test]
fn the_command_line_reference_is_up_to_date() {
    let place = Place::new();
    let mut page = String::from(
        "# Command line\n\nWritten from `picket --help` by `crates/picket/tests/docs.rs`; do not edit by hand.\n\n\
         Data goes to stdout, progress and logs to stderr. Without `--format` a terminal gets a table, anything else JSON.\n\
         The options of `picket` itself work with every command and are shown once.\n",
    );
    describe(&place, &[], &mut page);
    check("cli.md", &page);
}

/// Writes a command's help, and that of the commands below it.
fn describe(place: &Place, command: &[&str], page: &mut String) {
    let mut arguments = command.to_vec();
    arguments.push("-h");
    let help = place.run(&arguments).stdout;
    let name =
        std::iter::once("picket").chain(command.iter().copied()).collect::<Vec<_>>().join(" ");
    let help = if command.is_empty() { help } else { own_options(&help) };
    let _ = write!(page, "\n## `{name}`\n\n```text\n{}\n```\n", help.trim_end());
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in commands.take_while(|line| !line.is_empty()) {
        let below = line.split_whitespace().next().unwrap_or_default();
        // Deeper lines go on with the text of the line before.
        if below != "help" && line.starts_with("  ") && !line.starts_with("   ") {
            describe(place, &[command, &[below]].concat(), page);
        }
    }
}

/// Help without the options that every command has.
fn own_options(help: &str) -> String {
    const EVERYWHERE: &[&str] = &["--config", "--store", "-v,", "-q,", "--color", "-h,", "-V,"];
    let mut kept = String::new();
    let mut left_out = false;
    for line in help.lines() {
        let first = line.split_whitespace().next().unwrap_or_default();
        if first.starts_with('-') && line.starts_with(' ') {
            left_out = EVERYWHERE.contains(&first);
        } else if !line.starts_with("   ") {
            left_out = false;
        }
        if !left_out {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept.replace("Options:\n\n", "")
        .replace("\n\n\n", "\n\n")
        .trim_end_matches("Options:\n")
        .to_owned()
}

#[test]
fn the_recommendations_reference_is_up_to_date() {
    let rules = RuleSet::embedded();
    let mut page = String::from(
        "# Recommendations and attack paths\n\n\
         Written from `rules/` by `crates/picket/tests/docs.rs`; do not edit by hand. [Rule files](rules.md) says how to\n\
         add your own, and how context makes risk of severity.\n\n\
         ## Recommendations\n\n| rule | what should be so | severity | frameworks |\n|---|---|---|---|\n",
    );
    for rule in rules.recommendations() {
        let frameworks: Vec<String> = rule
            .frameworks
            .iter()
            .map(|(framework, controls)| format!("{framework}: {}", controls.join(", ")))
            .collect();
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            rule.id,
            rule.title,
            rule.severity,
            frameworks.join("; ")
        );
    }
    page.push_str(
        "\n## Attack paths\n\n| rule | what an attacker may do | risk |\n|---|---|---|\n",
    );
    for rule in rules.attack_paths() {
        let _ = writeln!(page, "| `{}` | {} | {} |", rule.id, rule.title, rule.severity);
    }
    page.push_str("\n## Query templates\n\n| template | what it shows |\n|---|---|\n");
    for template in rules.templates() {
        let _ = writeln!(page, "| `@{}` | {} |", template.id, template.title);
    }
    check("recommendations.md", &page);
}

#[test]
fn the_api_reference_is_up_to_date() {
    let document = serde_json::to_value(picket_server::openapi()).unwrap();
    let mut page = String::from(
        "# HTTP API\n\nWritten from the OpenAPI document by `crates/picket/tests/docs.rs`; do not edit by hand.\n\n\
         A running server describes every field at `/docs` and `/openapi.json`. Errors are `application/problem+json`\n\
         (RFC 9457); those of queries carry `line` and `column`. Lists are `{\"items\": […], \"next\": CURSOR or null, \"total\": N}`\n\
         with `?limit=` and `?after=`. An id in a path is percent-encoded. `/healthz`, `/readyz` and `/metrics` need no token.\n",
    );
    let mut by_tag: Vec<(String, Vec<String>)> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| (tag["name"].as_str().unwrap().to_owned(), Vec::new()))
        .collect();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let tag = operation["tags"][0].as_str().unwrap();
            let text = |value: &Value| value.as_str().unwrap_or_default().replace('\n', " ");
            let row = format!(
                "| `{} {path}` | {} | `{}` |",
                method.to_uppercase(),
                text(&operation["summary"]).trim_end_matches('.'),
                text(&operation["security"][0]["token"][0]),
            );
            by_tag.iter_mut().find(|(name, _)| name == tag).unwrap().1.push(row);
        }
    }
    for (tag, rows) in by_tag {
        let _ = write!(
            page,
            "\n## {tag}\n\n| operation | does | action |\n|---|---|---|\n{}\n",
            rows.join("\n")
        );
    }
    check("api.md", &page);
}

/// Every page is in the summary, and what the summary and the pages link to is there.
#[test]
fn links_between_pages_hold() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let summary = std::fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let mut pages = vec![docs.clone()];
    while let Some(path) = pages.pop() {
        if path.is_dir() {
            pages.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let name = path.strip_prefix(&docs).unwrap().display().to_string();
        assert!(
            name == "SUMMARY.md" || summary.contains(&format!("({name})")),
            "{name} is not in the summary"
        );
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                assert!(
                    path.parent().unwrap().join(target).exists(),
                    "{name} links to {link}, which is not there"
                );
            }
        }
    }
}
