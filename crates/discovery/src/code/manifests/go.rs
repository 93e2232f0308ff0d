//! Manifests of Go.

use super::Dependency;

/// `go.mod`: what `require` names, each with its exact version. What is marked `// indirect` others ask for.
pub(super) fn manifest(text: &str) -> Result<Vec<Dependency>, String> {
    let (mut found, mut inside) = (Vec::new(), false);
    for (number, line) in text.lines().enumerate() {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let code = code.trim();
        let item = if code == ")" {
            inside = false;
            continue;
        } else if let Some(rest) = code.strip_prefix("require") {
            let rest = rest.trim();
            if rest.starts_with('(') {
                inside = true;
                continue;
            }
            rest
        } else if inside {
            code
        } else {
            continue;
        };
        let mut words = item.split_whitespace();
        if let (Some(name), Some(version), None) = (words.next(), words.next(), words.next())
            && version.starts_with('v')
        {
            found.push(Dependency {
                name: name.trim_matches('"').to_owned(),
                version: Some(version.to_owned()),
                line: u32::try_from(number + 1).unwrap_or(0),
                direct: !comment.contains("indirect"),
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
    fn modules_are_read() {
        let text = "module example.com/app\n\ngo 1.24\n\nrequire github.com/openai/openai-go/v2 v2.1.0\nrequire (\n\tgithub.com/mark3labs/mcp-go v0.30.0\n\tgolang.org/x/net v0.1.0 // indirect\n)\nreplace a => b v1.0.0\n";
        let found = manifest(text).unwrap();
        assert_eq!(
            brief(&found),
            [
                "github.com/openai/openai-go/v2|v2.1.0|5",
                "github.com/mark3labs/mcp-go|v0.30.0|7",
                "golang.org/x/net|v0.1.0|8"
            ]
        );
        assert_eq!(found.iter().map(|found| found.direct).collect::<Vec<_>>(), [true, true, false]);
    }
}
