//! Helm charts: what `Chart.yaml` depends on, and what `values.yaml` sets. Templates are no YAML before they are
//! rendered: they are passed over.

use picket_model::{AssetId, AssetKind, DiagnosticStatus};
use serde_json::Value;

use super::folder::parent;
use super::tree::{self, Tree};
use super::{declared, launch};
use crate::Collector;
use crate::files::{Scope, SourceFile};
use crate::image;

/// Images of one values file.
const MAX_IMAGES: usize = 200;

/// YAML files; those that hold neither a chart nor manifests are passed over by their content.
pub(super) fn wants(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

/// `Chart.yaml`, `values.yaml`, `values-prod.yaml`.
pub(super) fn is_chart(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "Chart.yaml" || name.starts_with("values")
}

/// Reads charts and values.
pub(super) fn analyse(scope: &Scope, files: &[&SourceFile<'_>], out: &mut Collector) {
    let (charts, values): (Vec<_>, Vec<_>) =
        files.iter().partition(|file| file.name() == "Chart.yaml");
    for file in charts {
        let Some(tree) = read(file, out) else { continue };
        chart(scope, file, &tree, out);
    }
    for file in values {
        let Some(tree) = read(file, out) else { continue };
        let mut found = Vec::new();
        images(&tree, "", &mut found, 0);
        for found in found {
            run(scope, file, &found, out);
        }
    }
}

fn read(file: &SourceFile<'_>, out: &mut Collector) -> Option<Tree> {
    let text = file.text()?;
    // Values of a chart's template, or a file of comments alone.
    if text.contains("{{")
        || text.lines().all(|line| line.trim_start().starts_with('#') || line.trim().is_empty())
    {
        return None;
    }
    match tree::yaml(text) {
        Ok(tree) => Some(tree),
        Err(message) => {
            let message = format!("not valid YAML: {message}");
            out.diagnostic(DiagnosticStatus::Malformed, file.path, message);
            None
        }
    }
}

/// A chart that runs, or brings with it, software that is known.
fn chart(scope: &Scope, file: &SourceFile<'_>, tree: &Tree, out: &mut Collector) {
    let text = |tree: &Tree, key: &str| tree.get(key).and_then(Tree::text).map(str::to_owned);
    let dependencies = tree.get("dependencies").map(Tree::items).unwrap_or_default();
    for dependency in dependencies {
        let Some(name) = text(dependency, "name") else { continue };
        let Some(family) = image::software(&name) else { continue };
        let symbol = format!("dependencies.{name}");
        let mut asset = file
            .asset(AssetKind::Workload, &symbol, &name)
            .native_type("Helm chart")
            .with("software", &*family.software)
            .with("ai_role", &*family.role);
        if let Some(version) = text(dependency, "version") {
            asset.set("version", version);
        }
        let id = asset.id.clone();
        out.asset(asset);
        file.defines(&id, dependency.line, out);
        launch::brings(scope, &id, family, Some((file.path, dependency.line)), out);
    }
}

/// An image that values set, with what stands beside it.
struct Found<'t> {
    line: u32,
    /// Dotted path of the part that has the image; empty at the top.
    path: String,
    image: String,
    part: &'t Tree,
}

/// `image: {registry, repository, tag}` and `image: name:tag`, wherever they stand.
fn images<'t>(part: &'t Tree, path: &str, found: &mut Vec<Found<'t>>, depth: u32) {
    if depth > 32 || found.len() >= MAX_IMAGES {
        return;
    }
    if let Some(given) = part.get("image").or_else(|| part.get("repository").map(|_| part)) {
        let text = |key: &str| {
            given.get(key).and_then(|it| match it.value() {
                Value::String(text) => Some(text),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
        };
        let image = match (given.text(), text("repository")) {
            (Some(image), _) => Some(image.to_owned()),
            (None, Some(repository)) => {
                let registry = text("registry").filter(|it| !it.is_empty());
                let registry = registry.map(|it| format!("{it}/")).unwrap_or_default();
                let tag = text("tag").filter(|it| !it.is_empty());
                let tag = tag.map(|it| format!(":{it}")).unwrap_or_default();
                Some(format!("{registry}{repository}{tag}"))
            }
            _ => None,
        };
        found.extend(image.map(|image| Found {
            line: given.line,
            path: path.to_owned(),
            image,
            part,
        }));
    }
    for (key, value) in part.entries().iter().filter(|(key, _)| key != "image") {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        images(value, &path, found, depth + 1);
    }
    for item in part.items() {
        images(item, path, found, depth + 1);
    }
}

/// What the chart runs by this image; images that mark no AI workload are left to the cluster's scan.
fn run(scope: &Scope, file: &SourceFile<'_>, found: &Found<'_>, out: &mut Collector) {
    let part = found.part.value();
    let given = ["env", "extraEnv", "extraEnvVars", "environment"]
        .into_iter()
        .find_map(|key| part.get(key));
    let variables: Vec<(String, String)> = given
        .map(declared::pairs)
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let known = image::known(&found.image).is_some();
    if !known && variables.is_empty() {
        return;
    }
    let chart =
        parent(file.path).rsplit('/').next().filter(|it| !it.is_empty()).unwrap_or(&scope.name);
    let name = if found.path.is_empty() { chart } else { &found.path };
    let symbol =
        if found.path.is_empty() { "values".to_owned() } else { format!("values.{}", found.path) };
    let mut asset = file.asset(AssetKind::Workload, &symbol, name).native_type("Helm values");
    if let Some(replicas) = part.get("replicaCount").and_then(Value::as_u64) {
        asset.set("replicas", replicas);
    }
    let accelerators = super::kubernetes::accelerators(part.pointer("/resources/limits"));
    if accelerators > 0 {
        asset.set("accelerators", accelerators);
    }
    for (name, value) in &variables {
        crate::secret::variable(&mut asset, name, value, Some((file.path, Some(found.line))));
    }
    let id = asset.id.clone();
    out.asset(asset);
    file.defines(&id, found.line, out);
    let place = Some((file.path, found.line));
    let words = ["command", "args", "extraArgs"]
        .into_iter()
        .flat_map(|key| launch::words(part.get(key)))
        .collect();
    let launch = launch::Launch { image: &found.image, words, variables: variables.clone(), place };
    launch::runs(scope, &id, &launch, out);
    for (name, value) in &variables {
        declared::uses(scope, &id, name, value, place, out);
    }
    if known {
        models(scope, &id, &part, place, out);
    }
}

/// The models that values beside an inference server's image name.
fn models(
    scope: &Scope,
    workload: &AssetId,
    part: &Value,
    place: Option<(&str, u32)>,
    out: &mut Collector,
) {
    let Some(software) = out
        .get(workload)
        .and_then(|asset| asset.properties.get("inference_server")?.as_str().map(str::to_owned))
    else {
        return;
    };
    for key in ["model", "modelName", "modelId", "modelURL", "modelUrl"] {
        let name = match part.get(key) {
            Some(Value::String(name)) => Some(name.as_str()),
            Some(value) => {
                ["name", "id", "repository"].into_iter().find_map(|key| value.get(key)?.as_str())
            }
            None => None,
        };
        if let Some(name) =
            name.filter(|name| !name.is_empty() && !name.contains(char::is_whitespace))
        {
            launch::deploys(scope, workload, &software, name, place, out);
        }
    }
    // `ollama.models.pull: [llama3.1]` and the like.
    for list in ["/models", "/models/pull", "/models/run"]
        .into_iter()
        .filter_map(|it| part.pointer(it)?.as_array())
    {
        for name in list.iter().filter_map(Value::as_str).take(50) {
            launch::deploys(scope, workload, &software, name, place, out);
        }
    }
}
