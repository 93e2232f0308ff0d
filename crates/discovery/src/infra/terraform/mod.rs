//! Terraform: configuration (HCL), state and plans.
//!
//! [`analyse`] takes all files of a scan at once, since a folder is one module, a module may be called from another
//! folder, and a state gives the real ids of what the configuration beside it declares. What each resource type is
//! stands in `rules/signals/terraform.yaml`.

mod access;
mod assemble;
mod derive;
mod exposure;
mod expression;
mod identity;
mod module;
mod policy;
mod state;
mod table;

use std::collections::BTreeMap;

use picket_model::DiagnosticStatus;
use serde_json::Value;

use crate::Collector;
use crate::files::Scope;

/// One file: path relative to the scanned root, with `/`, and its text.
pub(crate) type Text<'a> = (&'a str, &'a str);

/// A resource as configuration, state or plan has it.
#[derive(Debug, Clone, Default)]
struct Resource {
    /// Folder of the root module; addresses are unique within it.
    root: String,
    /// `module.a.aws_s3_bucket.docs`, without the keys of `count` and `for_each`.
    address: String,
    /// `aws_s3_bucket`.
    kind: String,
    /// `docs`.
    label: String,
    /// Attributes; references to other resources may stand in it as `${address.attribute}`.
    values: Value,
    /// The file that declares it, and the line where it is known.
    path: Option<(String, Option<u32>)>,
    /// It exists: it comes from a state, or a plan only changes it.
    applied: bool,
    /// A data source: read, not managed.
    data: bool,
}

/// Reads all Terraform files of a scan.
pub(crate) fn analyse(scope: &Scope, files: &[Text<'_>], out: &mut Collector) {
    let mut folders = BTreeMap::new();
    let mut resources = Vec::new();
    for &(path, text) in files {
        let outcome = if is_configuration(path) {
            module::read(&mut folders, path, text)
        } else {
            state::read(path, parent(path), text).map(|read| resources.extend(read))
        };
        if let Err(problem) = outcome {
            out.diagnostic(problem.status, problem.subject, problem.message);
        }
    }
    declared(&folders, &mut resources, out);
    assemble::assemble(scope, &resources, out);
}

/// True for `.tf` and `.tfvars` files.
pub(crate) fn is_configuration(path: &str) -> bool {
    path.ends_with(".tf") || path.ends_with(".tfvars")
}

/// Evaluates what the folders declare. What the state of the same root already has only gains its place and references.
fn declared(
    folders: &BTreeMap<String, module::Folder>,
    resources: &mut Vec<Resource>,
    out: &mut Collector,
) {
    let tree = module::Tree::new(folders);
    let evaluator = expression::Evaluator::new(&tree);
    let mut known: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (index, resource) in resources.iter().enumerate() {
        let key = (resource.root.clone(), resource.address.clone());
        known.entry(key).or_default().push(index);
    }
    for instance in &tree.instances {
        for declared in &instance.folder.resources {
            let address = format!("{}{}.{}", instance.prefix, declared.kind, declared.name);
            let values = evaluator.body(instance.index, &declared.body);
            let place = Some((declared.path.clone(), Some(declared.line)));
            if let Some(existing) = known.get(&(instance.root.to_owned(), address.clone())) {
                for &index in existing {
                    resources[index].path.clone_from(&place);
                    keep_references(&mut resources[index].values, &values);
                }
                continue;
            }
            resources.push(Resource {
                root: instance.root.to_owned(),
                address,
                kind: declared.kind.clone(),
                label: declared.name.clone(),
                values,
                path: place,
                ..Resource::default()
            });
        }
    }
    if evaluator.exhausted() {
        out.diagnostic(
            DiagnosticStatus::TooLarge,
            "terraform",
            "expressions take more than two million steps; values after that are left out",
        );
    }
}

/// An applied resource keeps its real values; what is absent there is taken from the configuration.
fn keep_references(applied: &mut Value, declared: &Value) {
    if let (Value::Object(applied), Value::Object(declared)) = (applied, declared) {
        for (key, value) in declared {
            let entry = applied.entry(key.clone()).or_insert(Value::Null);
            if entry.is_null() {
                entry.clone_from(value);
            }
        }
    }
}

/// The folder of a path.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
