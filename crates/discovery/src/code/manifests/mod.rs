//! Manifests and lock files: which AI libraries a repository depends on, and how many others.

mod npm;
mod pypi;

use picket_model::{Asset, AssetId, AssetKind, DiagnosticStatus, Provider, Relation, RelationKind};
use serde_json::{Value, json};

use super::signals::signals;
use crate::Collector;
use crate::files::{Scope, SourceFile};

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
}

type Parser = fn(&str) -> Result<Vec<Dependency>, String>;

/// Ecosystem and parser of a file, by its name.
fn parser(path: &str) -> Option<(&'static str, Parser)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(match name {
        "pyproject.toml" => ("pypi", pypi::pyproject),
        "poetry.lock" | "uv.lock" | "pdm.lock" => ("pypi", pypi::toml_lock),
        "Pipfile" => ("pypi", pypi::pipfile),
        "Pipfile.lock" => ("pypi", pypi::pipfile_lock),
        "setup.cfg" => ("pypi", pypi::setup_cfg),
        "setup.py" => ("pypi", pypi::setup_py),
        "environment.yml" | "environment.yaml" | "conda.yaml" | "conda.yml" => {
            ("pypi", pypi::conda)
        }
        "package.json" => ("npm", npm::manifest),
        "package-lock.json" | "npm-shrinkwrap.json" => ("npm", npm::lock),
        "yarn.lock" => ("npm", npm::yarn_lock),
        "pnpm-lock.yaml" => ("npm", npm::pnpm_lock),
        _ => {
            let text = name.ends_with(".txt") || name.ends_with(".in");
            let requirements = name.contains("requirements")
                || name == "constraints.txt"
                || path.contains("requirements/");
            return (text && requirements).then_some(("pypi", pypi::requirements as Parser));
        }
    })
}

/// Whether a file is a manifest or lock file.
pub(super) fn wants(path: &str) -> bool {
    parser(path).is_some()
}

/// Adds the libraries of a manifest or lock file.
pub(super) fn analyse(file: &SourceFile<'_>, out: &mut Collector) {
    let Some((ecosystem, parse)) = parser(file.path) else { return };
    let Some(text) = file.text() else { return };
    let dependencies = match parse(text) {
        Ok(dependencies) => dependencies,
        Err(error) => {
            let message = format!("manifest cannot be read: {error}");
            out.diagnostic(DiagnosticStatus::Malformed, file.path, message);
            return;
        }
    };
    for dependency in dependencies {
        out.notes.libraries.insert((ecosystem, dependency.name.clone()));
        if let Some(role) = signals().role(ecosystem, &dependency.name) {
            add(file, ecosystem, role, dependency, out);
        }
    }
}

fn add(
    file: &SourceFile<'_>,
    ecosystem: &str,
    role: &str,
    dependency: Dependency,
    out: &mut Collector,
) {
    let id = AssetId::new(format!("pkg:{ecosystem}/{}", dependency.name));
    let constraint = dependency.constraint.filter(|_| dependency.version.is_none());
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
    let direct = constraint.is_some();
    out.asset(asset);
    if let Some(asset) = out.get_mut(&id)
        && direct
    {
        asset.set("direct", true);
    }
    let depends = Relation::new(file.scope.repository(), RelationKind::DependsOn, id.clone());
    let depends = depends.with("path", file.path).with("constraint", constraint);
    out.relation(if dependency.development { depends.with("development", true) } else { depends });
    if direct && dependency.line > 0 {
        file.defines(&id, dependency.line, out);
    }
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
