//! Infrastructure as code and model files: Terraform, Kubernetes, Docker, compose, and weights on disk.
//!
//! What the types, images and formats mean stands in `rules/signals/*.yaml`; the code here reads the files.

mod compose;
mod docker;
mod kubernetes;
mod launch;
mod model_file;
mod path;
mod terraform;
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
pub(crate) const GROUPS: &[Group] = &[
    Group { name: "terraform", wants: wants_terraform, analyse: analyse_terraform },
    Group { name: "kubernetes", wants: kubernetes::wants, analyse: kubernetes::analyse },
];

fn wants_terraform(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    terraform::is_configuration(path)
        || name.ends_with(".tfstate")
        || (name.ends_with(".json") && (name.starts_with("tfplan") || name.starts_with("tfstate")))
}

fn analyse_terraform(scope: &Scope, files: &[SourceFile<'_>], out: &mut Collector) {
    let texts: Vec<(&str, &str)> =
        files.iter().filter_map(|file| Some((file.path, file.text()?))).collect();
    terraform::analyse(scope, &texts, out);
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
            terraform::analyse(&scope, &[(source.path, text)], out);
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
