//! Manifests and lock files: which libraries a repository depends on, in which version, and what AI libraries are for.

mod cargo;
mod composer;
mod go;
mod gradle;
mod maven;
mod npm;
mod nuget;
mod parse;
mod pypi;
mod ruby;

use std::path::{Component, Path};

use picket_model::{Asset, AssetId, AssetKind, DiagnosticStatus, Provider, Relation, RelationKind};
use serde_json::{Value, json};

use super::signals::signals;
use crate::Collector;
use crate::files::{Scope, SourceFile};
use parse::Parsed;

/// Most libraries that are taken from one file.
const MAX_LIBRARIES: usize = 50_000;
/// Most files that a requirements file may lead to.
const MAX_INCLUDES: usize = 16;

/// A line of a manifest or lock file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Dependency {
    /// Name as its registry normalises it.
    name: String,
    /// Exact version, from a lock file.
    version: Option<String>,
    /// What the manifest asks for, as it writes it; empty for any version.
    constraint: Option<String>,
    /// Line, from 1; 0 if not known.
    line: u32,
    /// Whether it is for development only.
    development: bool,
    /// Whether it is asked for here, where the version does not tell.
    direct: bool,
}

type Parser = fn(&str) -> Parsed;

/// Ecosystem and parser of a file, by its name.
fn parser(path: &str) -> Option<(&'static str, Parser)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(match name {
        "pyproject.toml" => ("pypi", |text| pypi::pyproject(text).into()),
        "poetry.lock" | "uv.lock" | "pdm.lock" => ("pypi", pypi::lock),
        "Pipfile" => ("pypi", |text| pypi::pipfile(text).into()),
        "Pipfile.lock" => ("pypi", pypi::pipfile_lock),
        "setup.cfg" => ("pypi", |text| pypi::setup_cfg(text).into()),
        "setup.py" => ("pypi", |text| pypi::setup_py(text).into()),
        "environment.yml" | "environment.yaml" | "conda.yaml" | "conda.yml" => {
            ("pypi", |text| pypi::conda(text).into())
        }
        "package.json" => ("npm", |text| npm::manifest(text).into()),
        "package-lock.json" | "npm-shrinkwrap.json" => ("npm", npm::lock),
        "yarn.lock" => ("npm", |text| npm::yarn_lock(text).into()),
        "pnpm-lock.yaml" => ("npm", |text| npm::pnpm_lock(text).into()),
        "Cargo.toml" => ("cargo", |text| cargo::manifest(text).into()),
        "Cargo.lock" => ("cargo", cargo::lock),
        "go.mod" => ("go", |text| go::manifest(text).into()),
        "pom.xml" => ("maven", maven::manifest),
        "build.gradle" | "build.gradle.kts" => ("maven", |text| gradle::build(text).into()),
        "libs.versions.toml" => ("maven", |text| gradle::catalogue(text).into()),
        "gradle.lockfile" => ("maven", |text| gradle::lock(text).into()),
        "packages.config" | "Directory.Packages.props" | "Directory.Build.props" => {
            ("nuget", nuget::manifest)
        }
        "packages.lock.json" => ("nuget", nuget::lock),
        "Gemfile" | "gems.rb" => ("rubygems", |text| ruby::manifest(text).into()),
        "Gemfile.lock" | "gems.locked" => ("rubygems", |text| ruby::lock(text).into()),
        "composer.json" => ("packagist", |text| composer::manifest(text).into()),
        "composer.lock" => ("packagist", composer::lock),
        _ => match name.rsplit_once('.')?.1 {
            "csproj" | "fsproj" | "vbproj" => ("nuget", nuget::manifest),
            "gemspec" => ("rubygems", |text| ruby::manifest(text).into()),
            "txt" | "in"
                if name.contains("requirements")
                    || name == "constraints.txt"
                    || path.contains("requirements/") =>
            {
                ("pypi", |text| pypi::requirements(text).into())
            }
            _ => return None,
        },
    })
}

/// Whether a file is a manifest or lock file.
pub(super) fn wants(path: &str) -> bool {
    parser(path).is_some()
}

/// Adds the libraries of a manifest or lock file. What can be read of a broken one is kept.
pub(super) fn analyse(file: &SourceFile<'_>, out: &mut Collector) {
    let Some((ecosystem, parse)) = parser(file.path) else { return };
    let Some(text) = file.text() else { return };
    let Parsed { mut found, problem } = parse(text);
    if let Some(problem) = problem {
        let message = format!(
            "manifest cannot be read to its end, {} of its libraries were: {problem}",
            found.len()
        );
        out.diagnostic(DiagnosticStatus::Malformed, file.path, message);
    }
    if found.len() > MAX_LIBRARIES {
        let message =
            format!("manifest has {} libraries; the first {MAX_LIBRARIES} were read", found.len());
        out.diagnostic(DiagnosticStatus::TooLarge, file.path, message);
        found.truncate(MAX_LIBRARIES);
    }
    for dependency in found {
        add(file, file.path, ecosystem, dependency, out);
    }
    if ecosystem == "pypi" && file.path.ends_with(['t', 'n']) {
        includes(file, text, out);
    }
}

/// Reads the files that `-r` and `-c` lines of a requirements file name and that are not known by their own name.
fn includes(file: &SourceFile<'_>, text: &str, out: &mut Collector) {
    let mut queue: Vec<(String, String)> =
        pypi::includes(text).map(|name| (file.path.to_owned(), name)).collect();
    let mut read: Vec<String> = Vec::new();
    while let Some((from, name)) = queue.pop() {
        let Some(path) = beside(&from, &name) else { continue };
        if wants(&path) || read.contains(&path) || read.len() >= MAX_INCLUDES {
            continue;
        }
        let depth = file.path.matches('/').count() + 1;
        let root = file.absolute.ancestors().nth(depth).unwrap_or_else(|| Path::new(""));
        let absolute = root.join(&path);
        let plain = std::fs::symlink_metadata(&absolute).is_ok_and(|found| {
            found.is_file() && found.len() <= file.scope.options.limits.max_text_bytes
        });
        let content = if plain { std::fs::read_to_string(&absolute).ok() } else { None };
        let Some(content) = content else {
            let message =
                format!("{path}, which {from} includes, cannot be read; its libraries are missing");
            out.diagnostic(DiagnosticStatus::Unreadable, &*from, message);
            continue;
        };
        for dependency in pypi::requirements(&content).into_iter().flatten().take(MAX_LIBRARIES) {
            add(file, &path, "pypi", dependency, out);
        }
        queue.extend(pypi::includes(&content).map(|name| (path.clone(), name)));
        read.push(path);
    }
}

/// The path of `name` as seen from the file at `from`; `None` if it leads out of the repository.
fn beside(from: &str, name: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in Path::new(name).components() {
        match part {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

fn add(
    file: &SourceFile<'_>,
    path: &str,
    ecosystem: &'static str,
    dependency: Dependency,
    out: &mut Collector,
) {
    if dependency.name.is_empty() || dependency.name.len() > 300 {
        return;
    }
    out.notes.libraries.insert((ecosystem, dependency.name.clone()));
    let id = AssetId::new(package_url(ecosystem, &dependency.name));
    let constraint = dependency.constraint.filter(|_| dependency.version.is_none());
    let direct = dependency.direct || constraint.is_some();
    let role = signals().role(ecosystem, &dependency.name);
    let asset = Asset::new(
        id.clone(),
        AssetKind::Library,
        dependency.name,
        Provider::Code,
        file.scope.environment.clone(),
    )
    .native_type(ecosystem)
    .with("ecosystem", ecosystem)
    .with("role", role)
    .with("version", dependency.version)
    .with("constraint", constraint.clone());
    out.asset(asset);
    if let Some(asset) = out.get_mut(&id)
        && direct
    {
        asset.set("direct", true);
    }
    let depends = Relation::new(file.scope.repository(), RelationKind::DependsOn, id.clone());
    let depends = depends.with("path", path).with("constraint", constraint);
    out.relation(if dependency.development { depends.with("development", true) } else { depends });
    if dependency.line > 0 && path == file.path {
        file.defines(&id, dependency.line, out);
    }
}

/// `pkg:TYPE/NAME` without a version (package URL specification).
fn package_url(ecosystem: &str, name: &str) -> String {
    let kind = match ecosystem {
        "go" => "golang",
        "rubygems" => "gem",
        "packagist" => "composer",
        other => other,
    };
    format!("pkg:{kind}/{}", name.replace(':', "/"))
}

/// Says of each library whether its version is fixed, and of the repository how many libraries it has.
pub(super) fn count(scope: &Scope, out: &mut Collector) {
    let mut counts = serde_json::Map::new();
    for (ecosystem, _) in std::mem::take(&mut out.notes.libraries) {
        let count = counts.get(ecosystem).and_then(Value::as_u64).unwrap_or(0);
        counts.insert(ecosystem.to_owned(), json!(count + 1));
    }
    let libraries: Vec<AssetId> =
        out.of_kind(AssetKind::Library).map(|asset| asset.id.clone()).collect();
    for id in libraries {
        let Some(asset) = out.get_mut(&id) else { continue };
        let locked = asset.properties.contains_key("version");
        let constraint =
            asset.properties.get("constraint").and_then(Value::as_str).unwrap_or_default();
        let exact = is_exact(constraint);
        if exact && !locked {
            let version = constraint.trim_start_matches(['=', ' ', 'v']).to_owned();
            asset.set("version", version);
        }
        asset.set("pinned", exact || locked);
        let version = asset.properties.get("version").and_then(Value::as_str);
        let version = version.map_or_else(String::new, |version| format!("@{version}"));
        let purl = format!("{}{version}", asset.id.as_str().replace("/@", "/%40"));
        asset.set("purl", purl.replace('+', "%2B"));
        if !asset.properties.contains_key("direct") {
            asset.set("direct", false);
        }
    }
    if !counts.is_empty()
        && let Some(repository) = out.get_mut(&scope.repository())
    {
        repository.set("libraries", counts);
    }
}

/// `==1.2.3` of Python, `1.2.3` of npm.
fn is_exact(constraint: &str) -> bool {
    let version = constraint.trim_start_matches(['=', ' ', 'v']);
    version.starts_with(|c: char| c.is_ascii_digit())
        && !version.contains(['*', 'x', ' ', ',', '|', '<', '>'])
        && version.contains('.')
}

/// Lower case, runs of `-`, `_`, `.` as one `-` (PEP 503).
fn normalise_python(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.trim().chars() {
        if "-_.".contains(c) {
            if !normal.ends_with('-') {
                normal.push('-');
            }
        } else {
            normal.push(c.to_ascii_lowercase());
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name|version or constraint|line` of each.
    pub(super) fn brief(found: &[Dependency]) -> Vec<String> {
        found
            .iter()
            .map(|dependency| {
                let wanted = dependency.version.as_deref().or(dependency.constraint.as_deref());
                format!("{}|{}|{}", dependency.name, wanted.unwrap_or_default(), dependency.line)
            })
            .collect()
    }

    #[test]
    fn included_files_stay_in_the_repository() {
        assert_eq!(beside("a/requirements.txt", "../base.in").as_deref(), Some("base.in"));
        assert_eq!(beside("a/requirements.txt", "./b/c.txt").as_deref(), Some("a/b/c.txt"));
        assert_eq!(beside("requirements.txt", "../other/base.in"), None);
        assert_eq!(beside("requirements.txt", "/etc/passwd"), None);
    }

    #[test]
    fn exact_versions_are_told_from_ranges() {
        for exact in ["==1.2.3", "1.2.3", "= 1.0"] {
            assert!(is_exact(exact), "{exact}");
        }
        for range in ["", ">=1.0", "^1.2.3", "~=1.0", "1.x", "*", "==1.*", ">=1,<2", "latest"] {
            assert!(!is_exact(range), "{range}");
        }
    }

    #[test]
    fn python_names_are_normalised() {
        assert_eq!(normalise_python("Llama_Index.Core"), "llama-index-core");
    }
}
