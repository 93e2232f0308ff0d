//! Kubernetes manifests: workloads that serve or use models, and who reaches them.
//!
//! All manifests of a scan are read together, since a service finds its workloads by labels that stand in other files.
//! A manifest does not say which cluster it is for: ids are `k8s://REPOSITORY/NAMESPACE/KIND/NAME`.

mod access;
mod network;
mod object;
mod workload;

use picket_model::DiagnosticStatus;

use super::yaml;
use crate::Collector;
use crate::files::{Scope, SourceFile};
use object::Object;
pub(super) use workload::accelerators;

/// Reads all manifests of a scan.
pub(super) fn analyse(scope: &Scope, files: &[&SourceFile<'_>], out: &mut Collector) {
    let mut objects = Vec::new();
    for file in files {
        let Some(text) = file.text() else { continue };
        if is_manifest(text) {
            read(file, text, &mut objects, out);
        }
    }
    for object in &objects {
        workload::add(scope, object, out);
    }
    for object in &objects {
        workload::refer(scope, object, out);
    }
    access::connect(scope, &objects, out);
    network::connect(scope, &objects, out);
}

/// Has the two keys of every manifest, and no template marks: a Helm template is no YAML yet.
fn is_manifest(text: &str) -> bool {
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    has("apiVersion:") && has("kind:") && !text.contains("{{")
}

fn read(file: &SourceFile<'_>, text: &str, objects: &mut Vec<Object>, out: &mut Collector) {
    for document in yaml::documents(text) {
        match document.value {
            Ok(value) => object::flatten(file.path, document.line, value, objects),
            Err(message) => out.diagnostic(
                DiagnosticStatus::Malformed,
                file.path,
                format!("document at line {} is not valid YAML: {message}", document.line),
            ),
        }
    }
}
