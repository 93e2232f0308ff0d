//! Manifests and locks of NuGet.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use super::Dependency;
use super::parse::{Lines, Parsed, json_entries};

/// Project files, `Directory.Packages.props`, `packages.config`: `PackageReference`, `PackageVersion`, `package`.
pub(super) fn manifest(text: &str) -> Parsed {
    let mut reader = Reader::from_str(text);
    let mut lines = Lines::new(text);
    let (mut found, mut problem): (Vec<Dependency>, _) = (Vec::new(), None);
    let mut version_of = false;
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                problem = Some(error.to_string());
                break;
            }
        };
        match event {
            Event::Start(start) if start.local_name().as_ref() == "Version" => version_of = true,
            Event::Start(start) | Event::Empty(start) => {
                version_of = false;
                if let Some(mut package) = package(&start) {
                    package.line = lines.of(&format!("\"{}\"", package.name));
                    found.push(package);
                }
            }
            // `<PackageReference Include="X"><Version>1.0</Version></PackageReference>`
            Event::Text(content) if version_of => {
                if let Some(package) = found.last_mut()
                    && package.constraint.as_deref() == Some("")
                {
                    package.constraint = Some(content.trim().to_owned());
                }
            }
            Event::End(_) => version_of = false,
            Event::Eof => break,
            _ => {}
        }
    }
    Parsed { found, problem }
}

fn package(start: &BytesStart<'_>) -> Option<Dependency> {
    let attribute = |names: &[&str]| {
        start.attributes().flatten().find_map(|attribute| {
            names.contains(&attribute.key.as_ref()).then(|| attribute.value.into_owned())
        })
    };
    match start.local_name().as_ref() {
        "PackageReference" | "PackageVersion" | "GlobalPackageReference" => {
            let version =
                attribute(&["Version", "VersionOverride"]).filter(|version| !version.contains('$'));
            Some(Dependency {
                name: attribute(&["Include", "Update"])?,
                constraint: Some(version.unwrap_or_default()),
                ..Dependency::default()
            })
        }
        "package" => Some(Dependency {
            name: attribute(&["id"])?,
            version: attribute(&["version"]),
            direct: true,
            development: attribute(&["developmentDependency"]).is_some_and(|value| value == "true"),
            ..Dependency::default()
        }),
        _ => None,
    }
}

/// `packages.lock.json`: below each target framework the packages with what they were resolved to.
pub(super) fn lock(text: &str) -> Parsed {
    let mut lines = Lines::new(text);
    let mut found = Vec::new();
    let problem = json_entries(text, &[("dependencies", 2)], &mut |path, package| {
        let version = package.get("resolved").and_then(Value::as_str);
        if let ([_, _, name], Some(version)) = (path, version) {
            found.push(Dependency {
                name: name.clone(),
                version: Some(version.to_owned()),
                line: lines.of(&format!("\"{name}\"")),
                direct: package.get("type").and_then(Value::as_str) == Some("Direct"),
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
    fn project_files_are_read() {
        let text = "<Project>\n<ItemGroup>\n<PackageReference Include=\"OpenAI\" Version=\"2.1.0\" />\n<PackageReference Include=\"Azure.AI.OpenAI\"><Version>2.0.0</Version></PackageReference>\n<PackageVersion Include=\"Microsoft.SemanticKernel\" Version=\"$(SK)\" />\n</ItemGroup></Project>";
        assert_eq!(
            brief(&manifest(text).found),
            ["OpenAI|2.1.0|3", "Azure.AI.OpenAI|2.0.0|4", "Microsoft.SemanticKernel||5"]
        );
        let text = "<packages>\n<package id=\"OpenAI\" version=\"1.0.0\" />\n";
        assert_eq!(brief(&manifest(text).found), ["OpenAI|1.0.0|2"]);
    }

    #[test]
    fn a_broken_lock_keeps_what_can_be_read() {
        let text = "{\"version\": 1, \"dependencies\": {\n\"net8.0\": {\n\"OpenAI\": {\"type\": \"Direct\", \"resolved\": \"2.1.0\"},\n\"Other\": {\"type\": \"Tra";
        let read = lock(text);
        assert_eq!(brief(&read.found), ["OpenAI|2.1.0|3"]);
        assert!(read.problem.is_some());
    }
}
