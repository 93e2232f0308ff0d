//! Terraform: configuration (HCL), state and plans.
//!
//! [`read`] takes all files of a scan at once, since a folder is one module, a module may be called from another
//! folder, and a state gives the real ids of what the configuration beside it declares.

mod expression;
mod module;
mod state;

use std::collections::BTreeMap;

use picket_model::DiagnosticStatus;
use serde_json::{Map, Value, json};

use super::declared::Resource;
use super::folder::parent;
use crate::Collector;

/// Instances that one `count` or `for_each` makes.
const MAX_INSTANCES: usize = 64;

/// One file: path relative to the scanned root, with `/`, and its text.
pub(super) type Text<'a> = (&'a str, &'a str);

/// Configuration, state and plan files, by name.
pub(super) fn wants(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    is_configuration(path)
        || name.ends_with(".tfstate")
        || (name.ends_with(".json") && (name.starts_with("tfplan") || name.starts_with("tfstate")))
}

/// Reads all Terraform files of a scan.
pub(super) fn read(files: &[Text<'_>], out: &mut Collector) -> Vec<Resource> {
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
    resources
}

/// True for `.tf` and `.tfvars` files.
fn is_configuration(path: &str) -> bool {
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
            let place = Some((declared.path.clone(), Some(declared.line)));
            if let Some(existing) = known.get(&(instance.root.to_owned(), address.clone())) {
                let values = evaluator.body(instance.index, &declared.body);
                for &index in existing {
                    resources[index].path.clone_from(&place);
                    keep_references(&mut resources[index].values, &values);
                }
                continue;
            }
            for (key, bindings) in instances(&evaluator, instance.index, &declared.body) {
                let mut values =
                    evaluator.with(bindings, || evaluator.body(instance.index, &declared.body));
                if declared.kind.starts_with("azapi_")
                    && let Some(Value::String(body)) = values.get("body")
                    && let Ok(body) = serde_json::from_str::<Value>(body)
                {
                    values["body"] = body;
                }
                resources.push(Resource {
                    root: instance.root.to_owned(),
                    address: address.clone(),
                    key,
                    kind: declared.kind.clone(),
                    label: declared.name.clone(),
                    values,
                    path: place.clone(),
                    ..Resource::default()
                });
            }
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

/// What `each` and `count` are in the instances of a resource. One whose number cannot be known is a single instance.
fn instances(
    evaluator: &expression::Evaluator<'_>,
    at: usize,
    body: &hcl_edit::structure::Body,
) -> Vec<(String, Vec<(String, Value)>)> {
    let attribute = |name: &str| {
        body.get_attribute(name).map(|attribute| evaluator.expression(at, &attribute.value, 0))
    };
    let each = |key: &str, value: &Value| {
        let bindings = vec![("each".to_owned(), json!({ "key": key, "value": value }))];
        (key.to_owned(), bindings)
    };
    let made: Vec<_> = match (attribute("for_each"), attribute("count")) {
        (Some(Value::Object(map)), _) => {
            map.iter().take(MAX_INSTANCES).map(|(key, value)| each(key, value)).collect()
        }
        (Some(Value::Array(set)), _) => set
            .iter()
            .take(MAX_INSTANCES)
            .filter_map(Value::as_str)
            .map(|key| each(key, &Value::from(key)))
            .collect(),
        (None, Some(Value::Number(count))) => {
            let count = count.as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or(1);
            let index = |index: usize| {
                let key = if count > 1 { index.to_string() } else { String::new() };
                (key, vec![("count".to_owned(), json!({ "index": index }))])
            };
            (0..count.min(MAX_INSTANCES)).map(index).collect()
        }
        _ => Vec::new(),
    };
    if made.is_empty() { vec![(String::new(), Vec::new())] } else { made }
}

/// An applied resource keeps its real values; what is absent there is taken from the configuration.
fn keep_references(applied: &mut Value, declared: &Value) {
    if let (Value::Object(applied), Value::Object(declared)) = (applied, declared) {
        for (key, value) in declared {
            let entry = Map::entry(applied, key.clone()).or_insert(Value::Null);
            if entry.is_null() {
                entry.clone_from(value);
            }
        }
    }
}
