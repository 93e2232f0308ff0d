//! Infrastructure as code and model files: Terraform, Kubernetes, Docker, compose, and weights on disk.
//!
//! What the types, images and formats mean stands in `rules/signals/*.yaml`; the code here reads the files.

mod arm;
mod cloudformation;
mod compose;
mod declared;
mod docker;
mod folder;
mod helm;
mod kubernetes;
mod launch;
mod model_file;
mod path;
mod terraform;
mod tree;
mod yaml;

use std::path::Path;

use picket_model::{Asset, AssetId, AssetKind, Inventory, Progress, Provider};

use crate::Collector;
use crate::files::{Analyser, Group, PathOptions, Scope, SourceFile};

/// Analysers of single files.
pub(crate) const ANALYSERS: &[Analyser] = &[
    Analyser { name: "dockerfile", wants: docker::wants, analyse: docker::analyse },
    Analyser { name: "compose", wants: compose::wants, analyse: compose::analyse },
    Analyser { name: "model file", wants: model_file::wants, analyse: model_file::analyse },
];

/// Kinds of files that only make sense together.
pub(crate) const GROUPS: &[Group] =
    &[Group { name: "infrastructure", wants: wants_infrastructure, analyse: infrastructure }];

fn wants_infrastructure(path: &str) -> bool {
    terraform::wants(path) || arm::wants(path) || cloudformation::wants(path) || helm::wants(path)
}

/// Reads all infrastructure as code of a scan: what a file is, its name and content say.
fn infrastructure(scope: &Scope, files: &[SourceFile<'_>], out: &mut Collector) {
    let mut terraform = Vec::new();
    let mut templates = Vec::new();
    let mut stacks = Vec::new();
    let mut manifests = Vec::new();
    for file in files {
        if terraform::wants(file.path) {
            terraform.extend(file.text().map(|text| (file.path, text)));
        } else if arm::is_template(file) {
            templates.push(file);
        } else if cloudformation::is_template(file) {
            stacks.push(file);
        } else if helm::wants(file.path) {
            manifests.push(file);
        }
    }
    let mut resources = terraform::read(&terraform, out);
    resources.extend(cloudformation::read(&stacks, out));
    resources.extend(arm::read(&templates, files, out));
    declared::assemble(scope, &resources, out);
    let (charts, manifests): (Vec<_>, Vec<_>) =
        manifests.into_iter().partition(|file| helm::is_chart(file.path));
    helm::analyse(scope, &charts, out);
    kubernetes::analyse(scope, &manifests, out);
}

/// Scans one Terraform state, or the output of `terraform show -json` for a state or plan.
///
/// Its configuration need not be there. What is wrong with the file is in the diagnostics.
#[must_use]
pub fn scan_terraform(file: &Path, options: &PathOptions, progress: &dyn Progress) -> Inventory {
    let folder = file
        .canonicalize()
        .ok()
        .and_then(|path| Some(path.parent()?.file_name()?.to_string_lossy().into_owned()));
    let name = options.environment.clone().or(folder).unwrap_or_else(|| "terraform".to_owned());
    let scope = Scope::new(&name, options.clone());
    progress.advance(0, 1, &file.to_string_lossy());
    let inventory = crate::files::scan_file(file, &scope, |source, out| {
        if let Some(text) = source.text() {
            let resources = terraform::read(&[(source.path, text)], out);
            declared::assemble(&scope, &resources, out);
        }
    });
    progress.advance(1, 1, &file.to_string_lossy());
    inventory
}

/// Adds a file as an asset, for what it declares.
fn source_file(scope: &Scope, path: &str, out: &mut Collector) {
    let id = scope.file_id(path);
    if out.get(&id).is_none() {
        let file = Asset::new(id, AssetKind::SourceFile, path, Provider::Code, &*scope.environment)
            .native_type("file")
            .with("path", path);
        out.asset(file);
    }
}

/// Adds the one node where outside attackers stand.
fn internet(out: &mut Collector) {
    let id = AssetId::internet();
    out.asset(Asset::new(id, AssetKind::Internet, "Internet", Provider::Code, ""));
}

#[cfg(test)]
mod tests;
