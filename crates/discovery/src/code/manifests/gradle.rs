//! Manifests and locks of Gradle: the coordinates that are written out.

use serde_json::Value;

use super::Dependency;
use super::parse::{Lines, read_toml};

/// `build.gradle` and `build.gradle.kts`: texts such as `"group:artifact:version"` behind the name of a configuration,
/// and `group: 'g', name: 'a', version: 'v'`.
pub(super) fn build(text: &str) -> Result<Vec<Dependency>, String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.trim_start();
        if code.starts_with("//") || code.starts_with('*') || line.len() > 2000 {
            continue;
        }
        let development = code.starts_with("test") || code.starts_with("androidTest");
        let line = u32::try_from(number + 1).unwrap_or(0);
        let add = |(name, version): (String, String)| Dependency {
            name,
            constraint: Some(if version.contains('$') { String::new() } else { version }),
            line,
            development,
            ..Dependency::default()
        };
        let quoted: Vec<&str> = code.split(['"', '\'']).skip(1).step_by(2).collect();
        found.extend(quoted.iter().filter_map(|text| coordinates(text)).map(add));
        if let [group, name, rest @ ..] = quoted.as_slice()
            && code.contains("group")
            && code.contains("name")
            && is_part(group)
            && is_part(name)
            && !name.contains(':')
        {
            let version = rest.first().copied().unwrap_or_default().to_owned();
            found.push(add((format!("{group}:{name}"), version)));
        }
    }
    Ok(found)
}

/// Group and artifact with the version, if the text has one: `g:a`, `g:a:v`, `g:a:v:classifier@aar`.
fn coordinates(text: &str) -> Option<(String, String)> {
    let mut parts = text.split(':');
    let (group, artifact) = (parts.next()?, parts.next()?);
    let version = parts.next().unwrap_or_default();
    let shaped = is_part(group) && is_part(artifact) && group.contains('.');
    let version_shaped =
        version.chars().all(|c| c.is_ascii_alphanumeric() || "._-+$[](),{}".contains(c));
    (shaped && version_shaped && parts.count() <= 1).then(|| {
        (format!("{group}:{artifact}"), version.split('@').next().unwrap_or_default().to_owned())
    })
}

fn is_part(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// `gradle/libs.versions.toml`.
pub(super) fn catalogue(text: &str) -> Result<Vec<Dependency>, String> {
    let document = read_toml(text)?;
    let mut found = Vec::new();
    for (alias, library) in
        document.get("libraries").and_then(Value::as_object).into_iter().flatten()
    {
        let field = |name: &str| library.get(name).and_then(Value::as_str);
        let (name, version) = match (
            library.as_str().and_then(coordinates),
            field("module"),
            field("group"),
            field("name"),
        ) {
            (Some((name, version)), ..) => (name, Some(version)),
            (None, Some(module), ..) => (module.to_owned(), None),
            (None, None, Some(group), Some(name)) => (format!("{group}:{name}"), None),
            _ => continue,
        };
        let reference = library.pointer("/version/ref").and_then(Value::as_str);
        let version = version
            .or_else(|| field("version").map(str::to_owned))
            .or_else(|| document.get("versions")?.get(reference?)?.as_str().map(str::to_owned));
        found.push(Dependency {
            name,
            constraint: Some(version.unwrap_or_default()),
            line: Lines::new(text).of(&format!("\n{alias} ")),
            ..Dependency::default()
        });
    }
    Ok(found)
}

/// `gradle.lockfile`: `group:artifact:version=configurations`.
pub(super) fn lock(text: &str) -> Result<Vec<Dependency>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    Ok(lines
        .filter_map(|(number, line)| {
            let (name, version) = coordinates(line.split_once('=')?.0)?;
            let line = u32::try_from(number + 1).unwrap_or(0);
            Some(Dependency { name, version: Some(version), line, ..Dependency::default() })
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    #[test]
    fn literal_coordinates_are_read() {
        let text = "plugins { id(\"java\") }\ndependencies {\n  implementation(\"dev.langchain4j:langchain4j:1.0.0\")\n  testImplementation 'com.openai:openai-java:0.8.0'\n  implementation group: 'io.qdrant', name: 'client', version: '1.9.0'\n  implementation \"com.x:y:$v\"\n  // implementation 'no.no:no:1'\n  maven { url 'https://example.com:80/x' }\n}\n";
        assert_eq!(
            brief(&build(text).unwrap()),
            [
                "dev.langchain4j:langchain4j|1.0.0|3",
                "com.openai:openai-java|0.8.0|4",
                "io.qdrant:client|1.9.0|5",
                "com.x:y||6"
            ]
        );
    }

    #[test]
    fn catalogues_and_locks_are_read() {
        let text = "[versions]\nlc = \"1.0.0\"\n[libraries]\nchain = { module = \"dev.langchain4j:langchain4j\", version.ref = \"lc\" }\noa = \"com.openai:openai-java:0.8.0\"\nqd = { group = \"io.qdrant\", name = \"client\", version = \"1.9.0\" }\n";
        assert_eq!(
            brief(&catalogue(text).unwrap()),
            [
                "dev.langchain4j:langchain4j|1.0.0|4",
                "com.openai:openai-java|0.8.0|5",
                "io.qdrant:client|1.9.0|6"
            ]
        );
        assert_eq!(
            brief(&lock("# x\nio.qdrant:client:1.9.0=a,b\nempty=\n").unwrap()),
            ["io.qdrant:client|1.9.0|2"]
        );
    }
}
