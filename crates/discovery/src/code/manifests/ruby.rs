//! Manifests and locks of Ruby.

use super::Dependency;

/// `Gemfile` and gem specifications: `gem "name", "~> 1.0"`, `spec.add_dependency "name", ">= 1"`.
pub(super) fn manifest(text: &str) -> Result<Vec<Dependency>, String> {
    let mut found = Vec::new();
    let mut development = false;
    for (number, line) in text.lines().enumerate() {
        let code = line.split(" #").next().unwrap_or(line).trim();
        if code.starts_with("group ") {
            development = code.contains(":development") || code.contains(":test");
        } else if code == "end" {
            development = false;
        }
        let call = ["gem ", "gem("].iter().any(|call| code.starts_with(call));
        let in_specification =
            [".add_dependency", ".add_runtime_dependency", ".add_development_dependency"]
                .iter()
                .any(|call| code.contains(call));
        if !call && !in_specification || code.len() > 2000 {
            continue;
        }
        let mut quoted = code.split(['"', '\'']).skip(1).step_by(2);
        let Some(name) = quoted.next() else { continue };
        let versions: Vec<&str> = quoted
            .take_while(|text| {
                text.starts_with(|c: char| c.is_ascii_digit() || "~<>=!".contains(c))
            })
            .collect();
        found.push(Dependency {
            name: name.to_owned(),
            constraint: Some(versions.join(", ")),
            line: u32::try_from(number + 1).unwrap_or(0),
            development: development || code.contains("add_development_dependency"),
            ..Dependency::default()
        });
    }
    Ok(found)
}

/// `Gemfile.lock`: the `name (version)` lines below `specs:`.
pub(super) fn lock(text: &str) -> Result<Vec<Dependency>, String> {
    let (mut found, mut inside) = (Vec::new(), false);
    for (number, line) in text.lines().enumerate() {
        if line == "  specs:" {
            inside = true;
        } else if !line.starts_with("    ") {
            inside = false;
        } else if inside
            && !line.starts_with("     ")
            && let Some((name, version)) = line.trim().split_once(" (")
        {
            found.push(Dependency {
                name: name.to_owned(),
                version: Some(version.trim_end_matches(')').to_owned()),
                line: u32::try_from(number + 1).unwrap_or(0),
                ..Dependency::default()
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    #[test]
    fn manifests_and_locks_are_read() {
        let text = "source \"https://example.com\"\ngem \"ruby-openai\", \"~> 7.0\", require: \"openai\"\n# gem \"no\"\ngroup :test do\n  gem 'langchainrb'\nend\n  spec.add_dependency \"mcp\", \">= 0.1\", \"< 1\"\n";
        let found = manifest(text).unwrap();
        assert_eq!(brief(&found), ["ruby-openai|~> 7.0|2", "langchainrb||5", "mcp|>= 0.1, < 1|7"]);
        assert_eq!(
            found.iter().map(|found| found.development).collect::<Vec<_>>(),
            [false, true, false]
        );
        let text = "GEM\n  remote: x\n  specs:\n    ruby-openai (7.0.1)\n      faraday (>= 1)\n    faraday (2.0)\n\nDEPENDENCIES\n  ruby-openai\n";
        assert_eq!(brief(&lock(text).unwrap()), ["ruby-openai|7.0.1|4", "faraday|2.0|6"]);
    }
}
