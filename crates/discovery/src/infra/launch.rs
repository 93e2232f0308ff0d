//! What workloads run: their images, and the models and stores that those and their arguments name.

use picket_model::{
    Asset, AssetId, AssetKind, Occurrence, Provider, Relation, RelationKind, Standing,
};
use serde_json::Value;

use crate::files::Scope;
use crate::image::{self, Image};
use crate::{Collector, catalogue, secret};

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
    let image = image::asset(launch.image, Provider::Code, &scope.environment);
    let image_id = image.id.clone();
    out.asset(image);
    out.relation(Relation::new(workload.clone(), RelationKind::Runs, image_id));
    let Some(family) = image::known(launch.image) else { return };
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
    brings(scope, workload, family, launch.place, out);
    for model in family.models(launch.image, &launch.words, &launch.variables) {
        deploys(scope, workload, &family.software, &model, launch.place, out);
    }
}

/// Adds what comes with a family of software by itself: a vector database is an index.
pub(super) fn brings(
    scope: &Scope,
    workload: &AssetId,
    family: &Image,
    place: Option<(&str, u32)>,
    out: &mut Collector,
) {
    if family.role == "vector-database" {
        vector_index(scope, workload, family, place, out);
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
    let model = catalogue::named(name, None).asset(&scope.environment).native_type("model");
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

/// Draws that a deployment, agent or service itself deploys or uses a model.
pub(super) fn names_model(
    scope: &Scope,
    subject: &AssetId,
    kind: RelationKind,
    name: &str,
    (path, line): (&str, u32),
    out: &mut Collector,
) {
    let model = catalogue::named(name, None).asset(&scope.environment).native_type("model");
    let (id, given) = (model.id.clone(), model.name.clone());
    let (path, symbol) = (path.to_owned(), "model".to_owned());
    let standing = Standing::Configured;
    out.occurrence(model, &Occurrence { path, line, column: 1, symbol, standing });
    out.relation(Relation::new(subject.clone(), kind, id));
    if let Some(asset) = out.get_mut(subject) {
        asset.set("model", given);
    }
}

fn define(scope: &Scope, id: &AssetId, place: Option<(&str, u32)>, out: &mut Collector) {
    if let Some((path, line)) = place {
        let relation = Relation::new(id.clone(), RelationKind::DefinedIn, scope.file_id(path));
        out.relation(relation.with("path", path).with("line", line));
    }
}

/// Images in texts of a resource: image attributes, ECS container definitions, start scripts that run containers.
pub(super) fn of_texts(
    scope: &Scope,
    texts: Vec<&str>,
    subject: &AssetId,
    place: Option<(&str, Option<u32>)>,
    out: &mut Collector,
) {
    for text in texts {
        let decoded = decode_script(text);
        let text = decoded.as_deref().unwrap_or(text);
        if let Ok(Value::Array(containers)) = serde_json::from_str::<Value>(text) {
            for container in &containers {
                self::container(scope, container, subject, place, out);
            }
            continue;
        }
        let place = place.map(|(path, line)| (path, line.unwrap_or(1)));
        if text.contains(char::is_whitespace) {
            for run in image::container_runs(text) {
                let image::ContainerRun { image, words, variables, .. } = run;
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
    parts.into_iter().flat_map(image::words).collect()
}

/// A container described as an object, as ECS, container apps and Cloud Run have it.
pub(super) fn container(
    scope: &Scope,
    container: &Value,
    subject: &AssetId,
    place: Option<(&str, Option<u32>)>,
    out: &mut Collector,
) {
    let Some(image) = container.get("image").and_then(Value::as_str) else { return };
    let variables: Vec<(String, String)> = environment(container)
        .map(super::declared::pairs)
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    if let Some(asset) = out.get_mut(subject) {
        for (name, value) in &variables {
            secret::variable(asset, name, value, place);
        }
    }
    let words = ["entryPoint", "entry_point", "command", "args"]
        .into_iter()
        .flat_map(|key| words(container.get(key)))
        .collect();
    let place = place.map(|(path, line)| (path, line.unwrap_or(1)));
    runs(scope, subject, &Launch { image, words, variables, place }, out);
}

/// The environment variables of a container.
pub(super) fn environment(container: &Value) -> Option<&Value> {
    ["environment", "env", "environmentVariables", "environment_variables"]
        .into_iter()
        .find_map(|key| container.get(key))
}
