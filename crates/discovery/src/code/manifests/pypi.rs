//! Manifests and locks of Python.

use serde_json::Value;

use super::parse::{Lines, Parsed, json_entries, read_toml, toml_packages};
use super::{Dependency, normalise_python};
use crate::code::mcp_config::line_of;
use crate::code::module::Value as Code;

/// `requirements.txt`: one PEP 508 requirement a line.
pub(super) fn requirements(text: &str) -> Result<Vec<Dependency>, String> {
    let lines = text.lines().enumerate();
    Ok(lines
        .filter(|(_, line)| !line.trim_start().starts_with(['-', '#']))
        .filter_map(|(number, line)| requirement(line, u32::try_from(number + 1).unwrap_or(0)))
        .collect())
}

/// `name[extra] >=1,<2 ; marker  # comment`, or `name @ address`.
fn requirement(text: &str, line: u32) -> Option<Dependency> {
    let text = text.split(" #").next()?.split(';').next()?.trim();
    let text = text.split(" --hash").next()?.trim_end_matches('\\').trim();
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))
        .unwrap_or(text.len());
    let name = &text[..end];
    let shaped = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !shaped || text.contains("://") && !text.contains('@') {
        return None;
    }
    let rest = text[end..].trim();
    let rest = match (rest.strip_prefix('['), rest.find(']')) {
        (Some(_), Some(close)) => rest[close + 1..].trim(),
        _ => rest,
    };
    let constraint = rest.trim_start_matches('(').trim_end_matches(')').trim();
    (constraint.is_empty() || constraint.starts_with(['=', '<', '>', '~', '!', '@'])).then(|| {
        Dependency {
            name: normalise_python(name),
            constraint: Some(constraint.to_owned()),
            line,
            ..Dependency::default()
        }
    })
}

/// Files that `-r` and `-c` lines name.
pub(super) fn includes(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| {
        let line = line.split(" #").next()?.trim();
        let flags = ["-r", "--requirement", "-c", "--constraint"];
        let name = flags.iter().find_map(|flag| line.strip_prefix(flag))?;
        let name = name.trim_start_matches(['=', ' ', '\t']).trim_matches(['"', '\'']);
        (!name.is_empty() && !name.contains("://")).then(|| name.to_owned())
    })
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// `pyproject.toml`: PEP 621, dependency groups, Poetry, uv.
pub(super) fn pyproject(text: &str) -> Result<Vec<Dependency>, String> {
    let document = read_toml(text)?;
    let mut found = Vec::new();
    let mut add = |requirements: Vec<&str>, development: bool| {
        for written in requirements {
            let line = line_of(text, written).unwrap_or(0);
            found.extend(
                requirement(written, line)
                    .map(|dependency| Dependency { development, ..dependency }),
            );
        }
    };
    let project = document.get("project");
    add(strings(project.and_then(|project| project.get("dependencies"))).collect(), false);
    for (_, group) in entries(project.and_then(|project| project.get("optional-dependencies"))) {
        add(strings(Some(group)).collect(), false);
    }
    for (_, group) in entries(document.get("dependency-groups")) {
        add(strings(Some(group)).collect(), true);
    }
    add(strings(document.pointer("/tool/uv/dev-dependencies")).collect(), true);
    for (_, hook) in entries(document.pointer("/tool/hatch/metadata/hooks")) {
        add(strings(hook.get("dependencies")).collect(), false);
    }
    found.extend(poetry(text, document.pointer("/tool/poetry/dependencies"), false));
    found.extend(poetry(text, document.pointer("/tool/poetry/dev-dependencies"), true));
    for (_, group) in entries(document.pointer("/tool/poetry/group")) {
        found.extend(poetry(text, group.get("dependencies"), true));
    }
    Ok(found)
}

/// A table of names and versions, or of names and tables with a version.
fn poetry(text: &str, table: Option<&Value>, development: bool) -> Vec<Dependency> {
    entries(table)
        .filter(|(name, _)| *name != "python")
        .map(|(name, value)| {
            let version = value.as_str().or_else(|| value.get("version").and_then(Value::as_str));
            Dependency {
                name: normalise_python(name),
                constraint: Some(version.unwrap_or_default().to_owned()),
                line: line_of(text, &format!("\n{name} ")).map_or(0, |line| line + 1),
                development,
                ..Dependency::default()
            }
        })
        .collect()
}

/// `poetry.lock`, `uv.lock`, `pdm.lock`: `[[package]]` with name and version.
pub(super) fn lock(text: &str) -> Parsed {
    let mut found = Vec::new();
    let problem = toml_packages(text, &mut |package, line| {
        let field = |name: &str| package.get(name).and_then(Value::as_str);
        // The project itself has no source but its own folder.
        let own = package.pointer("/source/editable").is_some()
            || package.pointer("/source/virtual").is_some();
        if let (Some(name), Some(version), false) = (field("name"), field("version"), own) {
            found.push(Dependency {
                name: normalise_python(name),
                version: Some(version.to_owned()),
                line,
                ..Dependency::default()
            });
        }
    });
    Parsed { found, problem }
}

/// `Pipfile`.
pub(super) fn pipfile(text: &str) -> Result<Vec<Dependency>, String> {
    let document = read_toml(text)?;
    let mut found = poetry(text, document.get("packages"), false);
    found.extend(poetry(text, document.get("dev-packages"), true));
    Ok(found)
}

/// `Pipfile.lock`.
pub(super) fn pipfile_lock(text: &str) -> Parsed {
    let mut lines = Lines::new(text);
    let mut found = Vec::new();
    let problem = json_entries(text, &[("default", 1), ("develop", 1)], &mut |path, package| {
        let [section, name] = path else { return };
        let version = package.get("version").and_then(Value::as_str);
        found.push(Dependency {
            name: normalise_python(name),
            version: version.map(|version| version.trim_start_matches('=').to_owned()),
            line: lines.of(&format!("\"{name}\"")),
            development: section == "develop",
            ..Dependency::default()
        });
    });
    Parsed { found, problem }
}

/// `setup.cfg`: the lines of `install_requires` and of the extras.
pub(super) fn setup_cfg(text: &str) -> Result<Vec<Dependency>, String> {
    let (mut found, mut section, mut listing) = (Vec::new(), "", false);
    for (number, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            section = line.trim();
            listing = false;
        } else if line.starts_with(char::is_whitespace) {
            if listing {
                found.extend(requirement(line, u32::try_from(number + 1).unwrap_or(0)));
            }
        } else {
            let key = line.split('=').next().unwrap_or_default().trim();
            listing = section == "[options.extras_require]"
                || (section == "[options]" && key == "install_requires");
        }
    }
    Ok(found)
}

/// `setup.py`: the literal lists of its `setup(…)` call.
pub(super) fn setup_py(text: &str) -> Result<Vec<Dependency>, String> {
    let Some(module) = crate::code::python::read(text) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for call in module.calls.iter().filter(|call| call.last() == "setup") {
        for name in ["install_requires", "extras_require"] {
            let Some(value) = call.named(name) else { continue };
            let mut lists = Vec::new();
            module.follow(value, call.scope, 6, &mut |value, scope| match value {
                Code::List(_) => lists.push((value.clone(), scope)),
                Code::Map(entries) => {
                    lists.extend(entries.iter().map(|(.., list)| (list.clone(), scope)));
                }
                _ => {}
            });
            for (list, scope) in lists {
                let Code::List(items) = list else { continue };
                for text in items.iter().flat_map(|item| module.texts(item, scope)) {
                    found.extend(requirement(&text.text, text.position.line));
                }
            }
        }
    }
    Ok(found)
}

/// `environment.yml` of conda: `name=version` strings and a `pip` list.
pub(super) fn conda(text: &str) -> Result<Vec<Dependency>, String> {
    let document: Value = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    for item in document.get("dependencies").and_then(Value::as_array).into_iter().flatten() {
        if let Some(written) = item.as_str() {
            let (name, version) = written.split_once('=').unwrap_or((written, ""));
            let name = name.rsplit("::").next().unwrap_or(name);
            let line = line_of(text, written).unwrap_or(0);
            let constraint = if version.is_empty() { String::new() } else { format!("={version}") };
            let name = normalise_python(name.split(['<', '>', '!', ' ']).next().unwrap_or(name));
            found.push(Dependency {
                name,
                constraint: Some(constraint),
                line,
                ..Dependency::default()
            });
        }
        for written in strings(item.get("pip")) {
            found.extend(requirement(written, line_of(text, written).unwrap_or(0)));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    #[test]
    fn requirements_are_read() {
        let text = "# tools\nopenai==1.2.3  # pinned\nLangChain_OpenAI[extra]>=0.1,<1 ; python_version > '3.9'\n-r more.txt\nfoo @ https://example.com/foo.whl\nchromadb\n--hash=x\n";
        assert_eq!(
            brief(&requirements(text).unwrap()),
            [
                "openai|==1.2.3|2",
                "langchain-openai|>=0.1,<1|3",
                "foo|@ https://example.com/foo.whl|5",
                "chromadb||6"
            ]
        );
    }

    #[test]
    fn pyproject_is_read_in_all_its_dialects() {
        let text = "[project]\ndependencies = [\n  \"openai>=1\",\n]\n[project.optional-dependencies]\nrag = [\"chromadb==0.5.0\"]\n[dependency-groups]\ndev = [\"ragas\"]\n[tool.poetry.dependencies]\npython = \"^3.11\"\nanthropic = \"^0.30\"\nlitellm = { version = \"1.2.3\", extras = [\"proxy\"] }\n";
        assert_eq!(
            brief(&pyproject(text).unwrap()),
            [
                "openai|>=1|3",
                "chromadb|==0.5.0|6",
                "ragas||8",
                "anthropic|^0.30|11",
                "litellm|1.2.3|12"
            ]
        );
        assert!(pyproject("[project\n").is_err());
    }

    #[test]
    fn locks_are_read() {
        let text = "version = 1\n[[package]]\nname = \"openai\"\nversion = \"1.40.0\"\n[[package]]\nname = \"app\"\nversion = \"0\"\nsource = { editable = \".\" }\n";
        assert_eq!(brief(&lock(text).found), ["openai|1.40.0|2"]);
        let text = r#"{"default": {"openai": {"version": "==1.40.0"}}, "develop": {}}"#;
        assert_eq!(brief(&pipfile_lock(text).found), ["openai|1.40.0|1"]);
    }

    #[test]
    fn a_broken_lock_keeps_what_can_be_read() {
        let text = "{\"default\": {\"openai\": {\"version\": \"==1.40.0\"}, \"x\": {\"ver";
        let read = pipfile_lock(text);
        assert_eq!(brief(&read.found), ["openai|1.40.0|1"]);
        assert!(read.problem.is_some());
    }

    #[test]
    fn included_files_are_named() {
        let text = "-r base.in\n--requirement=more.txt\n-c https://example.com/c.txt\nopenai\n";
        assert_eq!(includes(text).collect::<Vec<_>>(), ["base.in", "more.txt"]);
    }

    #[test]
    fn setup_files_and_conda_are_read() {
        let cfg = "[options]\nname = x\ninstall_requires =\n    openai>=1\n    faiss-cpu\npackages = find:\n";
        assert_eq!(brief(&setup_cfg(cfg).unwrap()), ["openai|>=1|4", "faiss-cpu||5"]);
        let py = "from setuptools import setup\nREQ = ['openai==1.0.0']\nsetup(install_requires=REQ, extras_require={'a': ['vllm>=0.5']})\n";
        assert_eq!(brief(&setup_py(py).unwrap()), ["openai|==1.0.0|2", "vllm|>=0.5|3"]);
        let conda_text =
            "dependencies:\n  - python=3.11\n  - pytorch::torch=2.1\n  - pip:\n    - openai==1.0\n";
        assert_eq!(
            brief(&conda(conda_text).unwrap()),
            ["python|=3.11|2", "torch|=2.1|3", "openai|==1.0|5"]
        );
    }
}
