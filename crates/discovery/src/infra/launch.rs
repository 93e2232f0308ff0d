//! Container images that mark AI workloads, by the table `rules/signals/images.yaml`.

use std::sync::LazyLock;

use picket_model::{
    Asset, AssetId, AssetKind, Occurrence, Provider, Relation, RelationKind, Standing,
};
use serde::Deserialize;
use serde_json::Value;

use super::model_name;
use crate::Collector;
use crate::files::Scope;
use crate::secret;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    images: Vec<Image>,
}

/// What one family of images is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Image {
    pub(super) software: String,
    /// `inference-server`, `vector-database`, `model-gateway`, `mcp-server`, `chat-application`, …
    pub(super) role: String,
    names: Vec<String>,
    /// Port it listens on unless told otherwise.
    pub(super) port: Option<u16>,
    /// Arguments that a model's name follows.
    #[serde(default)]
    model_args: Vec<String>,
    /// Environment variables that hold a model's name.
    #[serde(default)]
    model_env: Vec<String>,
    /// The image's own name says the model.
    #[serde(default)]
    model_in_name: bool,
    /// Environment variables that switch authentication on.
    #[serde(default)]
    pub(super) key_env: Vec<String>,
}

fn table() -> &'static [Image] {
    static TABLE: LazyLock<Vec<Image>> = LazyLock::new(|| {
        let text = include_str!("../../../../rules/signals/images.yaml");
        serde_saphyr::from_str::<Table>(text).map(|table| table.images).unwrap_or_default()
    });
    &TABLE
}

/// The family that an image reference belongs to.
pub(super) fn known(reference: &str) -> Option<&'static Image> {
    let name = name_of(reference).to_lowercase();
    table().iter().find(|image| image.names.iter().any(|pattern| matches(pattern, &name)))
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(head) => name.starts_with(head) || name.contains(&format!("/{head}")),
        None => name == pattern || name.ends_with(&format!("/{pattern}")),
    }
}

/// An image reference without tag and digest.
fn name_of(reference: &str) -> &str {
    let name = reference.split('@').next().unwrap_or(reference);
    match name.rsplit_once(':') {
        Some((head, tag)) if !tag.contains('/') => head,
        _ => name,
    }
}

/// The asset of an image: `oci://name:tag`.
pub(super) fn asset(scope: &Scope, reference: &str) -> Asset {
    let name = name_of(reference);
    let rest = &reference[name.len()..];
    let mut asset = Asset::new(
        format!("oci://{reference}"),
        AssetKind::ContainerImage,
        reference,
        Provider::Code,
        &*scope.environment,
    )
    .native_type("container image")
    .with("repository", name);
    if let Some(digest) = rest.split('@').nth(1) {
        asset.set("digest", digest);
    }
    let tag = rest.split('@').next().unwrap_or_default().trim_start_matches(':');
    if !tag.is_empty() {
        asset.set("tag", tag);
    }
    if let Some(image) = known(reference) {
        asset.set("software", &*image.software);
        asset.set("role", &*image.role);
    }
    asset
}

/// What runs where: an image with the words of its command and its environment.
pub(super) struct Launch<'a> {
    pub(super) image: &'a str,
    /// Command and arguments, split into words.
    pub(super) words: Vec<String>,
    pub(super) variables: Vec<(String, String)>,
    /// File and line that say so.
    pub(super) place: Option<(&'a str, u32)>,
}

/// Adds that `workload` runs an image, and what the image and its arguments say of models and stores.
pub(super) fn runs(scope: &Scope, workload: &AssetId, launch: &Launch<'_>, out: &mut Collector) {
    if launch.image.is_empty() || launch.image.contains("${") || launch.image.contains("{{") {
        return;
    }
    let image = asset(scope, launch.image);
    let image_id = image.id.clone();
    out.asset(image);
    out.relation(Relation::new(workload.clone(), RelationKind::Runs, image_id));
    let Some(family) = known(launch.image) else { return };
    if let Some(asset) = out.get_mut(workload) {
        asset.set("software", &*family.software);
        asset.set("ai_role", &*family.role);
        if family.role == "inference-server" {
            asset.set("inference_server", &*family.software);
            asset.set("inference_port", family.port);
        }
        let authenticated = launch.variables.iter().any(|(name, _)| family.key_env.contains(name))
            || launch.words.iter().any(|word| word.starts_with("--api-key"));
        if matches!(family.role.as_str(), "inference-server" | "vector-database" | "model-gateway")
        {
            asset.set("api_key_required", authenticated);
        }
    }
    if family.role == "vector-database" {
        vector_index(scope, workload, family, launch.place, out);
    }
    for model in model_names(family, launch) {
        deploys(scope, workload, &family.software, &model, launch.place, out);
    }
}

fn vector_index(
    scope: &Scope,
    workload: &AssetId,
    family: &Image,
    place: Option<(&str, u32)>,
    out: &mut Collector,
) {
    let Some(owner) = out.get(workload) else { return };
    let index = Asset::new(
        format!("{workload}/{}", family.software),
        AssetKind::VectorIndex,
        format!("{} ({})", owner.name, family.software),
        owner.provider,
        owner.environment.clone(),
    )
    .native_type(&*family.software);
    let id = index.id.clone();
    out.asset(index);
    out.relation(Relation::new(workload.clone(), RelationKind::Stores, id.clone()));
    define(scope, &id, place, out);
}

fn model_names(family: &Image, launch: &Launch<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let mut words = launch.words.iter().peekable();
    while let Some(word) = words.next() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with('-') => (flag, Some(value.to_owned())),
            _ => (word.as_str(), None),
        };
        if family.model_args.iter().any(|known| known == flag) {
            let value = value.or_else(|| words.peek().map(|next| (*next).clone()));
            names.extend(value.filter(|it| !it.starts_with('-')).map(|it| (flag.to_owned(), it)));
        }
    }
    // A served name is only an alias where the model itself is given.
    let has_model = names.iter().any(|(flag, _)| flag != "--served-model-name");
    let mut models: Vec<String> = names
        .into_iter()
        .filter(|(flag, _)| !has_model || flag != "--served-model-name")
        .map(|(_, name)| name)
        .collect();
    for (name, value) in &launch.variables {
        if family.model_env.contains(name) {
            models.push(value.clone());
        }
    }
    if family.model_in_name && models.is_empty() {
        let name = name_of(launch.image);
        models.extend(name.split_once("nim/").map(|(_, model)| model.to_owned()));
    }
    models.retain(|name| !name.is_empty() && !name.contains('$') && !name.contains("{{"));
    models.dedup();
    models
}

/// Adds a served model: the workload CONTAINS a deployment that DEPLOYS the model.
pub(super) fn deploys(
    scope: &Scope,
    workload: &AssetId,
    software: &str,
    name: &str,
    place: Option<(&str, u32)>,
    out: &mut Collector,
) {
    let Some(owner) = out.get(workload) else { return };
    let model = model_name::asset(name, None, &scope.environment);
    let deployment = Asset::new(
        format!("{workload}/{}", model.name),
        AssetKind::ModelDeployment,
        model.name.clone(),
        owner.provider,
        owner.environment.clone(),
    )
    .native_type(software)
    .with("model", model.name.clone())
    .with("software", software);
    let (deployment_id, model_id) = (deployment.id.clone(), model.id.clone());
    out.asset(deployment);
    match place {
        Some((path, line)) => {
            let (path, symbol) = (path.to_owned(), format!("{software} model"));
            let standing = Standing::Configured;
            out.occurrence(model, &Occurrence { path, line, column: 1, symbol, standing });
        }
        None => out.asset(model),
    }
    out.relation(Relation::new(workload.clone(), RelationKind::Contains, deployment_id.clone()));
    out.relation(Relation::new(deployment_id.clone(), RelationKind::Deploys, model_id));
    define(scope, &deployment_id, place, out);
}

fn define(scope: &Scope, id: &AssetId, place: Option<(&str, u32)>, out: &mut Collector) {
    if let Some((path, line)) = place {
        let relation = Relation::new(id.clone(), RelationKind::DefinedIn, scope.file_id(path));
        out.relation(relation.with("path", path).with("line", line));
    }
}

/// Images in a Terraform resource: image attributes, ECS container definitions, start scripts that run containers.
pub(super) fn of_terraform(
    scope: &Scope,
    texts: Vec<&str>,
    subject: &AssetId,
    place: Option<(&str, Option<u32>)>,
    out: &mut Collector,
) {
    let place = place.map(|(path, line)| (path, line.unwrap_or(1)));
    for text in texts {
        let decoded = decode_script(text);
        let text = decoded.as_deref().unwrap_or(text);
        if let Ok(Value::Array(containers)) = serde_json::from_str::<Value>(text) {
            for container in &containers {
                ecs_container(scope, container, subject, place, out);
            }
        } else if text.contains(char::is_whitespace) {
            for (image, words) in container_runs(text) {
                let variables = run_variables(&words);
                runs(scope, subject, &Launch { image: &image, words, variables, place }, out);
            }
        } else {
            let launch = Launch { image: text, words: Vec::new(), variables: Vec::new(), place };
            runs(scope, subject, &launch, out);
        }
    }
}

/// Start scripts stand in a state in base64.
fn decode_script(text: &str) -> Option<String> {
    base64_text(text).filter(|text| text.starts_with('#'))
}

/// The text that base64 stands for.
pub(super) fn base64_text(text: &str) -> Option<String> {
    use base64::Engine as _;
    if text.len() < 12 || text.contains(char::is_whitespace) {
        return None;
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    String::from_utf8(bytes).ok()
}

/// The words of a command: a list of words, of which those of a shell script are split, or one line.
pub(super) fn words(command: Option<&Value>) -> Vec<String> {
    let parts: Vec<&str> = match command {
        Some(Value::String(line)) => vec![line.as_str()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    parts
        .into_iter()
        .flat_map(str::split_whitespace)
        .map(|word| word.trim_matches(['"', '\'']).to_owned())
        .collect()
}

fn ecs_container(
    scope: &Scope,
    container: &Value,
    subject: &AssetId,
    place: Option<(&str, u32)>,
    out: &mut Collector,
) {
    let Some(image) = container.get("image").and_then(Value::as_str) else { return };
    let strings = |key: &str| -> Vec<String> {
        let list = container.get(key).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    };
    let pairs = container.get("environment").and_then(Value::as_array).into_iter().flatten();
    let variables: Vec<(String, String)> = pairs
        .filter_map(|pair| {
            let text = |key: &str| Some(pair.get(key)?.as_str()?.to_owned());
            Some((text("name")?, text("value")?))
        })
        .collect();
    if let Some(asset) = out.get_mut(subject) {
        let place = place.map(|(path, line)| (path, Some(line)));
        for (name, value) in &variables {
            secret::variable(asset, name, value, place);
        }
    }
    let words = [strings("entryPoint"), strings("command")].concat();
    runs(scope, subject, &Launch { image, words, variables, place }, out);
}

/// The images that `docker run` lines of a script start, with the words after each.
fn container_runs(script: &str) -> Vec<(String, Vec<String>)> {
    let joined = script.replace("\\\n", " ");
    joined
        .lines()
        .filter(|line| {
            ["docker run", "podman run", "nerdctl run"].iter().any(|run| line.contains(run))
        })
        .filter_map(|line| {
            let words: Vec<String> = line
                .split_whitespace()
                .map(|word| word.trim_matches(['"', '\'']).to_owned())
                .collect();
            let at = words.iter().position(|word| known(word).is_some())?;
            Some((words[at].clone(), words))
        })
        .collect()
}

/// `-e NAME=VALUE` of a command line.
fn run_variables(words: &[String]) -> Vec<(String, String)> {
    words
        .windows(2)
        .filter(|pair| matches!(pair[0].as_str(), "-e" | "--env"))
        .filter_map(|pair| pair[1].split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_any_registry_tag_and_digest() {
        for (reference, software) in [
            ("vllm/vllm-openai:v0.6.3", "vllm"),
            ("registry.example.com:5000/vllm/vllm-openai", "vllm"),
            ("ghcr.io/huggingface/text-generation-inference:2.3.1", "text-generation-inference"),
            ("nvcr.io/nim/meta/llama-3.1-8b-instruct:1.3", "nim"),
            ("qdrant/qdrant@sha256:00", "qdrant"),
            ("cr.weaviate.io/semitechnologies/weaviate:1.27.0", "weaviate"),
            ("mcp/postgres", "mcp"),
        ] {
            assert_eq!(known(reference).unwrap().software, software, "{reference}");
        }
        assert!(known("nginx:1.27").is_none());
        assert!(known("notvllm/vllm-openai-ish").is_none());
    }

    #[test]
    fn models_are_read_from_arguments_environment_and_names() {
        let launch = |image: &'static str, words: &[&str], variables: &[(&str, &str)]| Launch {
            image,
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            variables: variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            place: None,
        };
        let names = |launch: Launch<'_>| model_names(known(launch.image).unwrap(), &launch);
        assert_eq!(
            names(launch(
                "vllm/vllm-openai",
                &["--model", "Qwen/Qwen2.5-7B-Instruct", "--served-model-name", "chat"],
                &[]
            )),
            ["Qwen/Qwen2.5-7B-Instruct"]
        );
        assert_eq!(names(launch("vllm/vllm-openai", &["--model=a/b"], &[])), ["a/b"]);
        assert_eq!(
            names(launch("text-embeddings-inference", &[], &[("MODEL_ID", "BAAI/bge-m3")])),
            ["BAAI/bge-m3"]
        );
        assert_eq!(names(launch("nvcr.io/nim/meta/llama3-8b:1", &[], &[])), ["meta/llama3-8b"]);
        assert!(names(launch("vllm/vllm-openai", &["--model", "$MODEL"], &[])).is_empty());
    }
}
