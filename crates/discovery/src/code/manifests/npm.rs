//! Manifests and locks of npm, Yarn and pnpm.

use serde_json::Value;

use super::Dependency;
use super::parse::{Lines, Parsed, json_entries};
use crate::code::mcp_config::line_of;

/// `package.json`.
pub(super) fn manifest(text: &str) -> Result<Vec<Dependency>, String> {
    let document = read(text)?;
    let mut found = Vec::new();
    for (section, development) in [
        ("dependencies", false),
        ("peerDependencies", false),
        ("optionalDependencies", false),
        ("devDependencies", true),
    ] {
        for (name, version) in
            document.get(section).and_then(Value::as_object).into_iter().flatten()
        {
            found.push(Dependency {
                name: name.clone(),
                constraint: Some(version.as_str().unwrap_or_default().to_owned()),
                line: line_of(text, &format!("\"{name}\"")).unwrap_or(0),
                development,
                ..Dependency::default()
            });
        }
    }
    Ok(found)
}

/// `package-lock.json`: `packages` (lock version 2 and 3) or nested `dependencies` (1).
pub(super) fn lock(text: &str) -> Parsed {
    let mut lines = Lines::new(text);
    let (mut found, mut nested) = (Vec::new(), Vec::new());
    let members = [("packages", 1), ("dependencies", 1)];
    let problem = json_entries(text, &members, &mut |path, package| {
        let [section, key] = path else { return };
        if section == "dependencies" {
            if found.is_empty() {
                dependencies(key, &package, &mut nested);
            }
            return;
        }
        if let (Some((_, name)), Some(version)) =
            (key.rsplit_once("node_modules/"), package.get("version").and_then(Value::as_str))
        {
            let name = package.get("name").and_then(Value::as_str).unwrap_or(name);
            let line = lines.of(&format!("\"{key}\""));
            let development = package.get("dev").and_then(Value::as_bool).unwrap_or(false);
            found.push(Dependency { line, development, ..locked(name, version) });
        }
    });
    if found.is_empty() {
        found = nested;
    }
    Parsed { found, problem }
}

/// A package of lock version 1 and those that only it has; the reader has bounded how deep they are nested.
fn dependencies(name: &str, package: &Value, found: &mut Vec<Dependency>) {
    if let Some(version) = package.get("version").and_then(Value::as_str) {
        found.push(locked(name, version));
    }
    for (name, package) in
        package.get("dependencies").and_then(Value::as_object).into_iter().flatten()
    {
        dependencies(name, package, found);
    }
}

/// `yarn.lock` of Yarn 1 and later: a line of patterns, then `version "…"` or `version: …`.
pub(super) fn yarn_lock(text: &str) -> Result<Vec<Dependency>, String> {
    let (mut found, mut name) = (Vec::new(), None);
    for (number, line) in text.lines().enumerate() {
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        if !line.starts_with(' ') {
            let pattern = line.trim_start_matches('"').split([',', '"']).next().unwrap_or_default();
            let at = pattern.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1);
            name = at.map(|at| (pattern[..at].to_owned(), number + 1));
        } else if let Some(version) = line.trim().strip_prefix("version")
            && let Some((name, line)) = name.take()
        {
            let line = u32::try_from(line).unwrap_or(0);
            found.push(Dependency { line, ..locked(&name, version.trim_matches([':', ' ', '"'])) });
        }
    }
    Ok(found)
}

/// `pnpm-lock.yaml`: the keys below `packages:`, `name@version`, `/name@version` or `/name/version`.
pub(super) fn pnpm_lock(text: &str) -> Result<Vec<Dependency>, String> {
    let (mut found, mut inside) = (Vec::new(), false);
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        if !line.starts_with(' ') {
            inside = line.trim_end() == "packages:";
        } else if inside
            && line.starts_with("  ")
            && !line.starts_with("   ")
            && line.trim_end().ends_with(':')
        {
            let key =
                line.trim().trim_end_matches(':').trim_matches(['\'', '"']).trim_start_matches('/');
            let key = key.split('(').next().unwrap_or(key);
            let at = key
                .get(1..)
                .and_then(|rest| rest.rfind('@'))
                .map(|at| at + 1)
                .or_else(|| key.rfind('/'));
            if let Some(at) = at {
                let line = u32::try_from(number + 1).unwrap_or(0);
                found.push(Dependency { line, ..locked(&key[..at], &key[at + 1..]) });
            }
        }
    }
    Ok(found)
}

fn locked(name: &str, version: &str) -> Dependency {
    Dependency { name: name.to_owned(), version: Some(version.to_owned()), ..Dependency::default() }
}

fn read(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brief(found: &[Dependency]) -> Vec<String> {
        let wanted =
            |dependency: &Dependency| dependency.version.clone().or(dependency.constraint.clone());
        found
            .iter()
            .map(|dependency| {
                format!("{}@{}", dependency.name, wanted(dependency).unwrap_or_default())
            })
            .collect()
    }

    #[test]
    fn manifests_and_locks_are_read() {
        let text =
            r#"{"dependencies": {"ai": "^4.0.0"}, "devDependencies": {"promptfoo": "1.0.0"}}"#;
        assert_eq!(brief(&manifest(text).unwrap()), ["ai@^4.0.0", "promptfoo@1.0.0"]);
        let text = r#"{"packages": {"": {}, "node_modules/@ai-sdk/openai": {"version": "1.2.3"}, "node_modules/a/node_modules/b": {"version": "2.0.0"}}}"#;
        assert_eq!(brief(&lock(text).found), ["@ai-sdk/openai@1.2.3", "b@2.0.0"]);
        let text = r#"{"dependencies": {"openai": {"version": "4.0.0", "dependencies": {"zod": {"version": "3.0.0"}}}}}"#;
        assert_eq!(brief(&lock(text).found), ["openai@4.0.0", "zod@3.0.0"]);
        let half = r#"{"packages": {"": {}, "node_modules/ai": {"version": "1.2.3"}, "node_modules/b": {"ver"#;
        let read = lock(half);
        assert_eq!(brief(&read.found), ["ai@1.2.3"]);
        assert!(read.problem.is_some());
    }

    #[test]
    fn yarn_and_pnpm_locks_are_read() {
        let yarn = "# yarn lockfile v1\n\n\"@ai-sdk/openai@^1.0.0\", \"@ai-sdk/openai@^1.1.0\":\n  version \"1.2.3\"\n  resolved \"x\"\n\nopenai@^4:\n  version \"4.0.0\"\n";
        assert_eq!(brief(&yarn_lock(yarn).unwrap()), ["@ai-sdk/openai@1.2.3", "openai@4.0.0"]);
        let pnpm = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\npackages:\n\n  '@ai-sdk/openai@1.2.3(zod@3.0.0)':\n    resolution: {integrity: x}\n  openai@4.0.0:\n    engines: {}\n  /ai/3.0.0:\n    dev: false\n";
        assert_eq!(
            brief(&pnpm_lock(pnpm).unwrap()),
            ["@ai-sdk/openai@1.2.3", "openai@4.0.0", "ai@3.0.0"]
        );
    }
}
