//! Libraries that code imports, whether or not a manifest declares them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use picket_model::{Asset, AssetId, AssetKind, Provider, Relation, RelationKind, Standing};
use serde::Deserialize;

use super::module::Module;
use super::signals::signals;
use crate::Collector;
use crate::files::{Scope, SourceFile};

/// Most places of one library that are kept.
const MAX_PLACES: usize = 20;

/// A family of `families.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    ecosystem: String,
    prefix: String,
    module: Option<String>,
    role: String,
}

fn families() -> &'static [Family] {
    static FAMILIES: OnceLock<Vec<Family>> = OnceLock::new();
    FAMILIES.get_or_init(|| {
        let text = include_str!("../../../../rules/signals/families.yaml");
        serde_saphyr::from_str(text).unwrap_or_else(|error| {
            tracing::error!(%error, "rules/signals/families.yaml cannot be read");
            Vec::new()
        })
    })
}

/// Role of a library by its family.
pub(crate) fn role(ecosystem: &str, name: &str) -> Option<&'static str> {
    let of = |family: &&Family| family.ecosystem == ecosystem && name.starts_with(&family.prefix);
    families().iter().find(of).map(|family| family.role.as_str())
}

/// The package of a family that a module belongs to: `llama_index.llms.groq` is in `llama-index-llms-groq`,
/// `@llamaindex/readers/directory` in `@llamaindex/readers`.
fn member(ecosystem: &str, module: &str) -> Option<String> {
    let of_ecosystem = families().iter().filter(|family| family.ecosystem == ecosystem);
    for family in of_ecosystem {
        match &family.module {
            None if module.starts_with(&family.prefix) => {
                let rest = module[family.prefix.len()..].split('/').next()?;
                return Some(format!("{}{rest}", family.prefix));
            }
            Some(root) => {
                let Some(rest) = module.strip_prefix(root.as_str()) else { continue };
                let mut parts = rest.split('.');
                let first = parts.next().filter(|part| !part.is_empty())?;
                // A namespace package is one part deeper than its kind: `llms.groq`, `indices.managed.llama_cloud`.
                let mut name = format!("{}{first}", family.prefix);
                if root.ends_with('.') && first != "core" {
                    let deeper = if first == "indices" { 2 } else { 1 };
                    let further: Vec<&str> = parts.take(deeper).collect();
                    if further.len() < deeper {
                        return None;
                    }
                    name = format!("{name}-{}", further.join("-"));
                }
                return Some(name.replace('_', "-"));
            }
            None => {}
        }
    }
    None
}

/// Whether a module belongs to a family.
pub(crate) fn is_member(module: &str) -> bool {
    member("npm", module).is_some() || member("pypi", module).is_some()
}

/// Packages that a module may come from, the likeliest first.
fn packages(ecosystem: &str, module: &str) -> Vec<String> {
    match member(ecosystem, module) {
        Some(member) => vec![member],
        None => signals().packages(ecosystem, module),
    }
}

/// Ecosystem, and the packages that a module may come from.
type Candidates = (&'static str, Vec<String>);

/// Where files import libraries, until the resolver has run.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    /// Path and line of each import.
    places: BTreeMap<Candidates, BTreeSet<(String, u32)>>,
    /// First part of the module, where it could be one of the repository's own.
    roots: BTreeMap<Candidates, BTreeSet<String>>,
    /// Paths of Python modules without their ending.
    own: BTreeSet<String>,
}

impl Imports {
    /// Adds what `other` noted.
    pub(crate) fn merge(&mut self, other: Self) {
        for (key, places) in other.places {
            let kept = self.places.entry(key).or_default();
            let room = MAX_PLACES.saturating_sub(kept.len());
            kept.extend(places.into_iter().take(room));
        }
        for (key, roots) in other.roots {
            self.roots.entry(key).or_default().extend(roots);
        }
        self.own.extend(other.own);
    }
}

/// Notes that the repository has a Python module of its own.
pub(crate) fn note_module(file: &SourceFile<'_>, out: &mut Collector) {
    if let Some(path) = file.path.strip_suffix(".py") {
        out.notes.imports.own.insert(path.trim_end_matches("/__init__").to_owned());
    }
}

/// What the modules of families begin with.
pub(crate) fn prefixes() -> impl Iterator<Item = String> {
    families().iter().map(|family| {
        family.module.as_ref().unwrap_or(&family.prefix).trim_end_matches('.').to_owned()
    })
}

/// Notes the AI libraries that a module imports. `line` gives the line of the file for that of the module.
pub(crate) fn note(
    module: &Module,
    file: &SourceFile<'_>,
    line: impl Fn(u32) -> u32,
    out: &mut Collector,
) {
    let ecosystem = match file.path.rsplit('.').next() {
        Some("py" | "ipynb") => "pypi",
        Some("ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs") => "npm",
        _ => return,
    };
    note_module(file, out);
    for (name, position) in &module.import_places {
        if name.starts_with('.') {
            continue;
        }
        let packages = packages(ecosystem, name);
        if packages.is_empty() {
            continue;
        }
        let key = (ecosystem, packages);
        let root = name.split('.').next().unwrap_or(name).to_owned();
        out.notes.imports.roots.entry(key.clone()).or_default().insert(root);
        let place = (file.path.to_owned(), line(position.line));
        let places = out.notes.imports.places.entry(key).or_default();
        if places.len() < MAX_PLACES {
            places.insert(place);
        }
    }
}

/// Says of each library where it is imported, and adds those that no manifest declares.
pub(crate) fn add_imported(scope: &Scope, out: &mut Collector) {
    let Imports { places, roots, own } = std::mem::take(&mut out.notes.imports);
    for (key, places) in places {
        let roots = roots.get(&key).cloned().unwrap_or_default();
        let (ecosystem, packages) = key;
        let id = |name: &String| AssetId::new(format!("pkg:{ecosystem}/{name}"));
        let declared = packages.iter().find(|name| out.get(&id(name)).is_some()).cloned();
        let Some(name) = declared.clone().or_else(|| packages.into_iter().next()) else { continue };
        for (path, line) in places {
            if ecosystem == "pypi" && roots.iter().any(|root| is_own(root, &path, &own)) {
                continue;
            }
            let mut asset = Asset::new(
                id(&name),
                AssetKind::Library,
                &*name,
                Provider::Code,
                &*scope.environment,
            )
            .native_type(ecosystem)
            .with("ecosystem", ecosystem)
            .with("role", signals().role(ecosystem, &name));
            if declared.is_none() {
                asset.set("declared", false);
            }
            let place = picket_model::Occurrence {
                path: path.clone(),
                line,
                column: 1,
                symbol: "import".to_owned(),
                standing: if super::recognise::is_test_or_document(&path) {
                    Standing::Mentioned
                } else {
                    Standing::Used
                },
            };
            out.occurrence(asset, &place);
            let depends = Relation::new(scope.repository(), RelationKind::DependsOn, id(&name));
            out.relation(depends.with("path", path.as_str()));
        }
    }
}

/// Whether an absolute import can mean a module of the repository: beside the file, at the root or in `src`.
fn is_own(root: &str, path: &str, own: &BTreeSet<String>) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    ["", "src", folder].iter().any(|place| {
        let module = if place.is_empty() { root.to_owned() } else { format!("{place}/{root}") };
        let inside = format!("{module}/");
        own.contains(&module)
            || own.range(inside.clone()..).next().is_some_and(|next| next.starts_with(&inside))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_name_their_members() {
        for (ecosystem, module, package) in [
            ("pypi", "llama_index.llms.openai_like", Some("llama-index-llms-openai-like")),
            ("pypi", "llama_index.core.workflow", Some("llama-index-core")),
            (
                "pypi",
                "llama_index.indices.managed.llama_cloud.base",
                Some("llama-index-indices-managed-llama-cloud"),
            ),
            ("pypi", "langchain_netmind", Some("langchain-netmind")),
            ("pypi", "langchain_gigachat.chat_models", Some("langchain-gigachat")),
            ("npm", "@llamaindex/readers/directory", Some("@llamaindex/readers")),
            ("npm", "@/components/ui", None),
            ("pypi", "llama_index", None),
        ] {
            assert_eq!(member(ecosystem, module).as_deref(), package, "{module}");
        }
    }
}
