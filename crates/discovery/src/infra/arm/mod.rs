//! Azure Resource Manager: ARM templates (JSON) and Bicep.
//!
//! Both are read into one [`Template`] and evaluated by one evaluator. Bicep modules of the tree are followed; those of
//! the public registry that `rules/signals/arm.yaml` names declare the type that stands there.

mod bicep;
mod evaluate;
mod expression;
mod functions;
mod json;
mod lexer;
mod resource;

use std::collections::{BTreeMap, BTreeSet};

use picket_model::DiagnosticStatus;
use serde_json::Value;

use super::declared::Resource;
use super::folder::{join, parent};
use super::tree;
use crate::Collector;
use crate::files::SourceFile;
use expression::Expression;

/// Bytes looked at to tell whether a JSON file is a template.
const HEAD: usize = 4 * 1024;

/// What one file declares.
#[derive(Debug, Default)]
struct Template {
    path: String,
    /// Parameters with their defaults.
    parameters: BTreeMap<String, Option<Expression>>,
    variables: BTreeMap<String, Expression>,
    resources: Vec<Declared>,
    modules: Vec<Module>,
    outputs: BTreeMap<String, Expression>,
    /// The template that a parameter file is for.
    using: Option<String>,
}

/// A resource, a loop of them, or one under a condition.
#[derive(Debug)]
struct Declared {
    symbol: String,
    /// Type without API version.
    kind: String,
    existing: bool,
    body: Expression,
    line: u32,
    /// Symbol of the resource that it is written in.
    within: Option<String>,
}

/// A module, or a deployment within a template.
#[derive(Debug)]
struct Module {
    symbol: String,
    source: Source,
    body: Expression,
    line: u32,
}

#[derive(Debug)]
enum Source {
    File(String),
    Registry(String),
    Inline(Box<Template>),
}

/// Files that may be templates or their parameters, by name.
pub(super) fn wants(path: &str) -> bool {
    path.ends_with(".bicep") || path.ends_with(".bicepparam") || path.ends_with(".json")
}

/// A template by its content.
pub(super) fn is_template(file: &SourceFile<'_>) -> bool {
    if !file.path.ends_with(".json") {
        return wants(file.path);
    }
    let head = file.head(HEAD).unwrap_or_default();
    let has = |mark: &str| memchr::memmem::find(&head, mark.as_bytes()).is_some();
    ["deploymentTemplate.json", "DeploymentTemplate.json"].iter().any(|mark| has(mark))
        && has("\"$schema\"")
}

/// Reads templates; `all` are the files that they may load.
pub(super) fn read(
    files: &[&SourceFile<'_>],
    all: &[SourceFile<'_>],
    out: &mut Collector,
) -> Vec<Resource> {
    let sources: BTreeSet<&str> = files.iter().map(|file| file.path).collect();
    let mut templates = BTreeMap::new();
    for file in files {
        // What Bicep compiled to says the same again.
        let compiled = file.path.strip_suffix(".json").map(|stem| format!("{stem}.bicep"));
        if compiled.is_some_and(|source| sources.contains(source.as_str())) {
            continue;
        }
        let Some(text) = file.text() else { continue };
        let read = if file.path.ends_with(".json") {
            tree::json(text).map(|tree| json::template(file.path, &tree))
        } else {
            bicep::template(file.path, text)
        };
        match read {
            Ok((template, problems)) => {
                for problem in problems {
                    out.diagnostic(DiagnosticStatus::Malformed, file.path, problem);
                }
                templates.insert(file.path.to_owned(), template);
            }
            Err(message) => {
                let message = format!("not a valid template: {message}; the file is left out");
                out.diagnostic(DiagnosticStatus::Malformed, file.path, message);
            }
        }
    }
    let load = |path: &str| -> Option<Value> {
        let file = all.iter().find(|file| file.path == path)?;
        Some(tree::json(file.text()?).ok()?.value())
    };
    let world = evaluate::World::new(&templates, &load);
    let mut resources = Vec::new();
    for (path, template) in roots(&templates) {
        world.root(path, template, given(path, &templates, &world, &load), &mut resources);
    }
    if world.exhausted() {
        out.diagnostic(
            DiagnosticStatus::TooLarge,
            "templates",
            "expressions take more than two million steps; values after that are left out",
        );
    }
    resources
}

/// Templates that no other one uses as a module.
fn roots(templates: &BTreeMap<String, Template>) -> Vec<(&String, &Template)> {
    let used: BTreeSet<String> = templates
        .iter()
        .flat_map(|(path, template)| template.modules.iter().map(move |module| (path, module)))
        .filter_map(|(path, module)| match &module.source {
            Source::File(source) => module_path(path, source),
            _ => None,
        })
        .collect();
    templates
        .iter()
        .filter(|(path, template)| {
            !used.contains(*path) && !path.ends_with(".bicepparam") && template.using.is_none()
        })
        .collect()
}

/// The path of a module that a template names by a relative one, with or without `./`.
fn module_path(path: &str, source: &str) -> Option<String> {
    let source = if source.starts_with('.') { source.to_owned() } else { format!("./{source}") };
    join(parent(path), &source)
}

/// What the parameter files beside a template give it.
fn given(
    path: &str,
    templates: &BTreeMap<String, Template>,
    world: &evaluate::World<'_>,
    load: &dyn Fn(&str) -> Option<Value>,
) -> BTreeMap<String, Value> {
    let mut given = BTreeMap::new();
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let file = load(&format!("{stem}.parameters.json"));
    let values = file.as_ref().and_then(|file| file.get("parameters")?.as_object());
    for (name, parameter) in values.into_iter().flatten() {
        let value = parameter.get("value").filter(|value| !value.to_string().contains("${"));
        given.extend(value.map(|value| (name.clone(), value.clone())));
    }
    for (file, template) in templates.iter().filter(|(file, _)| file.ends_with(".bicepparam")) {
        let target = template.using.as_ref().and_then(|using| module_path(file, using));
        if target.as_deref() == Some(path) {
            for (name, value) in world.values(template) {
                given.entry(name).or_insert(value);
            }
        }
    }
    given
}
