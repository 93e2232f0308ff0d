//! Kubernetes manifests: workloads that serve or use models, and who reaches them.
//!
//! All manifests of a scan are read together, since a service finds its workloads by labels that stand in other files.
//! A manifest does not say which cluster it is for: ids are `k8s://REPOSITORY/NAMESPACE/KIND/NAME`.

mod access;
mod network;
mod object;
mod workload;

use picket_model::{DiagnosticStatus, Provider};
use serde_json::Value;

use super::yaml;
use crate::files::{Scope, SourceFile};
use crate::{Collector, image};
use object::Object;

/// Reads all manifests and Helm values of a scan.
pub(super) fn analyse(scope: &Scope, files: &[&SourceFile<'_>], out: &mut Collector) {
    let mut objects = Vec::new();
    for file in files {
        let Some(text) = file.text() else { continue };
        if file.name().starts_with("values") {
            values(scope, file, text, out);
        } else if is_manifest(text) {
            read(file, text, &mut objects, out);
        }
    }
    for object in &objects {
        workload::add(scope, object, out);
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

/// Chart values: images that mark AI workloads.
fn values(scope: &Scope, file: &SourceFile<'_>, text: &str, out: &mut Collector) {
    for document in yaml::documents(text) {
        let Ok(value) = document.value else { continue };
        let mut images = Vec::new();
        image_values(&value, &mut images, 0);
        for reference in images.iter().filter(|reference| image::known(reference).is_some()) {
            let asset = image::asset(reference, Provider::Code, &scope.environment);
            let id = asset.id.clone();
            out.asset(asset);
            file.defines(&id, document.line, out);
        }
    }
}

/// `image: {registry, repository, tag}` and `image: name:tag`, wherever they stand.
fn image_values(value: &Value, images: &mut Vec<String>, depth: u32) {
    if depth > 32 {
        return;
    }
    match value {
        Value::Object(object) => {
            let text = |key: &str| object.get(key).and_then(Value::as_str);
            if let Some(repository) = text("repository") {
                let registry = text("registry").map(|it| format!("{it}/")).unwrap_or_default();
                let tag = text("tag").filter(|it| !it.is_empty());
                let tag = tag.map(|it| format!(":{it}")).unwrap_or_default();
                images.push(format!("{registry}{repository}{tag}"));
            }
            images.extend(text("image").map(ToOwned::to_owned));
            object.values().for_each(|value| image_values(value, images, depth + 1));
        }
        Value::Array(list) => list.iter().for_each(|value| image_values(value, images, depth + 1)),
        _ => {}
    }
}
