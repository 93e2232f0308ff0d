//! Terraform state (format 4) and the JSON of `terraform show -json` for a state or a plan.

use std::collections::BTreeMap;

use picket_model::{Diagnostic, DiagnosticStatus};
use serde_json::Value;

use crate::infra::declared::{REDACTED, Resource, plain};

/// Modules of a plan or state nested deeper than this are not read.
const MAX_MODULE_DEPTH: usize = 32;

/// Reads the resources of one file; `root` is the folder whose configuration it belongs to.
pub(super) fn read(path: &str, root: &str, text: &str) -> Result<Vec<Resource>, Diagnostic> {
    let malformed = |message: String| Diagnostic::new(DiagnosticStatus::Malformed, path, message);
    let document: Value = serde_json::from_str(text).map_err(|error| {
        malformed(format!("not valid JSON ({error}); write it again with `terraform show -json`"))
    })?;
    let mut resources = Vec::new();
    if document.get("version").and_then(Value::as_u64) == Some(4) {
        raw(&document, &mut resources);
    } else if let Some(root) = document.pointer("/planned_values/root_module") {
        let mut references = BTreeMap::new();
        if let Some(configuration) = document.pointer("/configuration/root_module") {
            collect_references(configuration, "", &mut references, 0);
        }
        shown(root, &references, &mut resources, 0);
        known_before(&document, &mut resources);
    } else if let Some(root) = document.pointer("/values/root_module") {
        shown(root, &BTreeMap::new(), &mut resources, 0);
    } else {
        return Err(malformed(
            "neither a version 4 state nor the output of `terraform show -json`; run `terraform show -json FILE`"
                .to_owned(),
        ));
    }
    for resource in &mut resources {
        root.clone_into(&mut resource.root);
        resource.path = Some((path.to_owned(), None));
    }
    Ok(resources)
}

/// A state file as Terraform keeps it.
fn raw(document: &Value, resources: &mut Vec<Resource>) {
    for resource in list(document, "resources") {
        let text = |key: &str| resource.get(key).and_then(Value::as_str).unwrap_or_default();
        let module = text("module");
        let prefix = if module.is_empty() { String::new() } else { format!("{module}.") };
        let data = text("mode") == "data";
        for instance in list(resource, "instances") {
            let mut values = instance.get("attributes").cloned().unwrap_or(Value::Null);
            for path in list(instance, "sensitive_attributes") {
                redact_path(&mut values, path);
            }
            resources.push(Resource {
                address: plain(&format!("{prefix}{}.{}", text("type"), text("name"))),
                kind: text("type").to_owned(),
                label: text("name").to_owned(),
                values,
                applied: true,
                data,
                ..Resource::default()
            });
        }
    }
}

/// A module as `terraform show -json` prints it.
fn shown(
    module: &Value,
    references: &BTreeMap<String, Vec<(Vec<String>, String)>>,
    resources: &mut Vec<Resource>,
    depth: usize,
) {
    for resource in list(module, "resources") {
        let text = |key: &str| resource.get(key).and_then(Value::as_str).unwrap_or_default();
        let mut values = resource.get("values").cloned().unwrap_or(Value::Null);
        if let Some(sensitive) = resource.get("sensitive_values") {
            redact_shape(&mut values, sensitive);
        }
        let address = plain(text("address"));
        for (path, target) in references.get(&address).into_iter().flatten() {
            fill(&mut values, path, target);
        }
        resources.push(Resource {
            address,
            kind: text("type").to_owned(),
            label: text("name").to_owned(),
            values,
            applied: true,
            data: text("mode") == "data",
            ..Resource::default()
        });
    }
    if depth < MAX_MODULE_DEPTH {
        for child in list(module, "child_modules") {
            shown(child, references, resources, depth + 1);
        }
    }
}

/// A plan's configuration is the only place that says which resource an unknown value will come from.
fn collect_references(
    module: &Value,
    prefix: &str,
    references: &mut BTreeMap<String, Vec<(Vec<String>, String)>>,
    depth: usize,
) {
    for resource in list(module, "resources") {
        let address = resource.get("address").and_then(Value::as_str).unwrap_or_default();
        let mut found = Vec::new();
        if let Some(expressions) = resource.get("expressions") {
            expression_references(expressions, prefix, &mut Vec::new(), &mut found);
        }
        references.insert(plain(&format!("{prefix}{address}")), found);
    }
    let calls = module.get("module_calls").and_then(Value::as_object);
    if depth < MAX_MODULE_DEPTH {
        for (name, call) in calls.into_iter().flatten() {
            if let Some(child) = call.get("module") {
                let prefix = format!("{prefix}module.{name}.");
                collect_references(child, &prefix, references, depth + 1);
            }
        }
    }
}

fn expression_references(
    value: &Value,
    prefix: &str,
    path: &mut Vec<String>,
    found: &mut Vec<(Vec<String>, String)>,
) {
    match value {
        Value::Object(object) => {
            if let Some(Value::Array(targets)) = object.get("references") {
                // Terraform lists `a.b.c` before `a.b`: the first is the most exact.
                if let Some(target) = targets.first().and_then(Value::as_str) {
                    found.push((path.clone(), format!("${{{prefix}{target}}}")));
                }
                return;
            }
            for (key, value) in object {
                path.push(key.clone());
                expression_references(value, prefix, path, found);
                path.pop();
            }
        }
        Value::Array(items) => {
            for item in items {
                expression_references(item, prefix, path, found);
            }
        }
        _ => {}
    }
}

/// Puts a reference where the plan does not know the value yet.
fn fill(values: &mut Value, path: &[String], target: &str) {
    let Some((first, rest)) = path.split_first() else { return };
    match values {
        Value::Object(object) => {
            let entry = object.entry(first.clone()).or_insert(Value::Null);
            if !rest.is_empty() {
                if entry.is_null() {
                    *entry = Value::Object(serde_json::Map::new());
                }
                fill(entry, rest, target);
            } else if entry.is_null() {
                *entry = Value::String(target.to_owned());
            }
        }
        Value::Array(list) => {
            for item in list {
                fill(item, path, target);
            }
        }
        _ => {}
    }
}

/// In a plan, what already exists carries its id only under `change.before`.
fn known_before(document: &Value, resources: &mut [Resource]) {
    let mut before = BTreeMap::new();
    for change in list(document, "resource_changes") {
        let address = change.get("address").and_then(Value::as_str).unwrap_or_default();
        if let Some(values) = change.pointer("/change/before").filter(|values| values.is_object()) {
            before.insert(plain(address), values);
        }
    }
    for resource in resources {
        let Some(known) = before.get(&resource.address) else {
            resource.applied = false;
            continue;
        };
        for key in ["id", "arn"] {
            if let (Value::Object(values), Some(id)) = (&mut resource.values, known.get(key)) {
                values.entry(key).or_insert_with(|| id.clone());
            }
        }
    }
}

/// `[{"type":"get_attr","value":"key"},{"type":"index","value":{"value":0}}]`.
fn redact_path(values: &mut Value, path: &Value) {
    let mut current = values;
    for step in path.as_array().into_iter().flatten() {
        let key = step.get("value").unwrap_or(&Value::Null);
        let key = key.get("value").unwrap_or(key);
        let next = match (key.as_str(), key.as_u64()) {
            (Some(name), _) => current.get_mut(name),
            (_, Some(index)) => usize::try_from(index).ok().and_then(|at| current.get_mut(at)),
            _ => None,
        };
        match next {
            Some(value) => current = value,
            None => return,
        }
    }
    if !current.is_null() {
        *current = Value::String(REDACTED.to_owned());
    }
}

/// `true` in the shape of the values stands for a sensitive one.
fn redact_shape(values: &mut Value, shape: &Value) {
    match (values, shape) {
        (value, Value::Bool(true)) => *value = Value::String(REDACTED.to_owned()),
        (Value::Object(values), Value::Object(shape)) => {
            for (key, shape) in shape {
                if let Some(value) = values.get_mut(key) {
                    redact_shape(value, shape);
                }
            }
        }
        (Value::Array(values), Value::Array(shape)) => {
            for (value, shape) in values.iter_mut().zip(shape) {
                redact_shape(value, shape);
            }
        }
        _ => {}
    }
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}
