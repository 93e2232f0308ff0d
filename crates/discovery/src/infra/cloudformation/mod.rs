//! CloudFormation and SAM templates, in YAML and JSON.
//!
//! A template's resources are evaluated as far as they can be without deploying them, and said in the words of Terraform
//! ([`translate`]), so that one table and one assembler serve both.

mod functions;
mod sam;
mod translate;

use picket_model::DiagnosticStatus;
use serde_json::Value;

use super::declared::Resource;
use super::tree::{self, Tree};
use crate::Collector;
use crate::files::SourceFile;

/// Resources read of one template; CloudFormation itself takes 500.
const MAX_RESOURCES: usize = 2_000;
/// Bytes looked at to tell whether a JSON file is a template.
const HEAD: usize = 16 * 1024;

/// Files that may be templates, by name.
pub(super) fn wants(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit('.').next().unwrap_or_default();
    matches!(ending, "yaml" | "yml" | "template") || (ending == "json" && !is_package_file(name))
}

/// JSON that package managers and compilers own.
fn is_package_file(name: &str) -> bool {
    matches!(name, "package.json" | "package-lock.json" | "tsconfig.json" | "composer.lock")
        || name.ends_with(".min.json")
}

/// A template by its content.
pub(super) fn is_template(file: &SourceFile<'_>) -> bool {
    let name = file.name();
    if !wants(file.path) {
        return false;
    }
    if name.ends_with(".json") {
        let head = file.head(HEAD).unwrap_or_default();
        let has = |mark: &str| memchr::memmem::find(&head, mark.as_bytes()).is_some();
        return has("\"AWSTemplateFormatVersion\"") || (has("\"Resources\"") && has("\"AWS::"));
    }
    file.text().is_some_and(|text| {
        let line = |mark: &str| text.lines().any(|line| line.starts_with(mark));
        line("AWSTemplateFormatVersion")
            || line("Transform: AWS::Serverless")
            || (line("Resources:") && text.contains("Type: AWS::"))
            || (text.starts_with('{') && text.contains("\"AWSTemplateFormatVersion\""))
    })
}

/// Reads templates.
pub(super) fn read(files: &[&SourceFile<'_>], out: &mut Collector) -> Vec<Resource> {
    let mut resources = Vec::new();
    for file in files {
        let Some(text) = file.text() else { continue };
        let parsed =
            if text.trim_start().starts_with('{') { tree::json(text) } else { tree::yaml(text) };
        match parsed {
            Ok(tree) => template(file.path, &tree, &mut resources, out),
            Err(message) => {
                let message = format!("not a valid CloudFormation template: {message}");
                out.diagnostic(DiagnosticStatus::Malformed, file.path, message);
            }
        }
    }
    resources
}

fn template(path: &str, tree: &Tree, resources: &mut Vec<Resource>, out: &mut Collector) {
    let declared = tree.get("Resources").map(Tree::entries).unwrap_or_default();
    let evaluator = functions::Evaluator::new(tree);
    if declared.len() > MAX_RESOURCES {
        let message = format!("more than {MAX_RESOURCES} resources; the rest is left out");
        out.diagnostic(DiagnosticStatus::TooLarge, path, message);
    }
    let globals = tree.get("Globals").map(|globals| evaluator.value(&globals.value()));
    for (id, resource) in declared.iter().take(MAX_RESOURCES) {
        let Some(kind) = resource.get("Type").and_then(Tree::text) else { continue };
        let properties = resource.get("Properties").map(Tree::value).unwrap_or_default();
        let mut properties = evaluator.value(&properties);
        let place = Some((path.to_owned(), Some(resource.line)));
        let base = Resource {
            root: path.to_owned(),
            address: id.clone(),
            label: id.clone(),
            path: place,
            ..Resource::default()
        };
        let made = match kind {
            "AWS::Serverless::Function" => sam::function(&base, globals.as_ref(), &mut properties),
            _ => Vec::new(),
        };
        resources.extend(translate::resource(&base, kind, &properties));
        resources.extend(made);
    }
    if evaluator.exhausted() {
        let message = "functions take more than a million steps; values after that are left out";
        out.diagnostic(DiagnosticStatus::TooLarge, path, message);
    }
}

/// The value at a key of an object.
fn key<'v>(value: &'v Value, key: &str) -> &'v Value {
    value.get(key).unwrap_or(&Value::Null)
}
