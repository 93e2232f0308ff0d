//! Manifests and locks of Rust.

use serde_json::Value;

use super::Dependency;
use super::parse::{Lines, Parsed, read_toml, toml_packages};

/// `Cargo.toml`. Crates of the workspace itself are left out.
pub(super) fn manifest(text: &str) -> Result<Vec<Dependency>, String> {
    let document = read_toml(text)?;
    let mut found = Vec::new();
    let tables = |of: &Value, found: &mut Vec<Dependency>| {
        for (name, development) in
            [("dependencies", false), ("build-dependencies", true), ("dev-dependencies", true)]
        {
            dependencies(text, of.get(name), development, found);
        }
    };
    tables(&document, &mut found);
    for target in document.get("target").and_then(Value::as_object).into_iter().flatten() {
        tables(target.1, &mut found);
    }
    dependencies(text, document.pointer("/workspace/dependencies"), false, &mut found);
    Ok(found)
}

fn dependencies(text: &str, table: Option<&Value>, development: bool, found: &mut Vec<Dependency>) {
    for (key, value) in table.and_then(Value::as_object).into_iter().flatten() {
        let version = value.as_str().or_else(|| value.get("version").and_then(Value::as_str));
        if version.is_none() && value.get("path").is_some() {
            continue;
        }
        let name = value.get("package").and_then(Value::as_str).unwrap_or(key);
        let line = [format!("\n{key} "), format!("\n{key}="), format!("\n{key}.")]
            .iter()
            .map(|needle| Lines::new(text).of(needle))
            .find(|line| *line > 0);
        found.push(Dependency {
            name: name.to_owned(),
            constraint: Some(version.unwrap_or_default().to_owned()),
            line: line.unwrap_or(0),
            development,
            ..Dependency::default()
        });
    }
}

/// `Cargo.lock`: the packages that come from a registry or repository.
pub(super) fn lock(text: &str) -> Parsed {
    let mut found = Vec::new();
    let problem = toml_packages(text, &mut |package, line| {
        let field = |name: &str| package.get(name).and_then(Value::as_str).map(str::to_owned);
        if let (Some(name), Some(version), Some(_)) =
            (field("name"), field("version"), field("source"))
        {
            found.push(Dependency { name, version: Some(version), line, ..Dependency::default() });
        }
    });
    Parsed { found, problem }
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    #[test]
    fn manifests_and_locks_are_read() {
        let text = "[dependencies]\nrig-core = \"0.5\"\nopenai = { package = \"async-openai\", version = \"0.28\" }\nours = { path = \"../ours\" }\nserde.workspace = true\n[target.'cfg(unix)'.dev-dependencies]\nrmcp = \"1\"\n";
        assert_eq!(
            brief(&manifest(text).unwrap()),
            ["async-openai|0.28|3", "rig-core|0.5|2", "serde||5", "rmcp|1|7"]
        );
        let text = "version = 4\n\n[[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"rig-core\"\nversion = \"0.5.0\"\nsource = \"registry\"\n";
        assert_eq!(brief(&lock(text).found), ["rig-core|0.5.0|7"]);
    }

    #[test]
    fn a_broken_lock_keeps_what_can_be_read() {
        let package = |name: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\nsource = \"r\"\n\n")
        };
        let text = format!(
            "{}[[package]]\nname = \"half\nversion = \n{}{}",
            package("a"),
            package("b"),
            "[[package]]\nname = \"c"
        );
        let read = lock(&text);
        assert_eq!(brief(&read.found), ["a|1.0.0|1", "b|1.0.0|9"]);
        assert!(read.problem.is_some());
    }
}
