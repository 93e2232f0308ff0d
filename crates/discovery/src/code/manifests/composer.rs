//! Manifests and locks of PHP.

use serde_json::Value;

use super::Dependency;
use super::parse::{Lines, Parsed, json_entries};

/// `composer.json`. PHP itself and its extensions are no packages.
pub(super) fn manifest(text: &str) -> Result<Vec<Dependency>, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    for (section, development) in [("require", false), ("require-dev", true)] {
        for (name, version) in
            document.get(section).and_then(Value::as_object).into_iter().flatten()
        {
            if name.contains('/') {
                found.push(Dependency {
                    name: name.clone(),
                    constraint: Some(version.as_str().unwrap_or_default().to_owned()),
                    line: Lines::new(text).of(&format!("\"{name}\"")),
                    development,
                    ..Dependency::default()
                });
            }
        }
    }
    Ok(found)
}

/// `composer.lock`.
pub(super) fn lock(text: &str) -> Parsed {
    let mut lines = Lines::new(text);
    let mut found = Vec::new();
    let problem =
        json_entries(text, &[("packages", 1), ("packages-dev", 1)], &mut |path, package| {
            let field = |name: &str| package.get(name).and_then(Value::as_str);
            if let (Some(name), Some(version)) = (field("name"), field("version")) {
                found.push(Dependency {
                    name: name.to_owned(),
                    version: Some(version.to_owned()),
                    line: lines.of(&format!("\"{name}\"")),
                    development: path.first().is_some_and(|section| section == "packages-dev"),
                    ..Dependency::default()
                });
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
        let text = "{\n\"require\": {\"php\": \">=8\",\n\"openai-php/client\": \"^0.10\"},\n\"require-dev\": {\"mcp/sdk\": \"*\"}}";
        assert_eq!(brief(&manifest(text).unwrap()), ["openai-php/client|^0.10|3", "mcp/sdk|*|4"]);
        let text = "{\"packages\": [\n{\"name\": \"openai-php/client\", \"version\": \"v0.10.1\"},\n{\"name\": \"x/y\", \"ver";
        let read = lock(text);
        assert_eq!(brief(&read.found), ["openai-php/client|v0.10.1|2"]);
        assert!(read.problem.is_some());
    }
}
