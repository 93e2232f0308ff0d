//! Assets that are part of what is built: models, data, libraries, agents, tools.

use picket_model::{Asset, AssetKind, RelationKind};

use crate::document::{
    Ancestor, Approach, Component, ComponentData, Considerations, DataReference, ExternalReference,
    Format, Hash, License, LicenseChoice, ModelCard, ModelParameters, Pedigree,
};
use crate::evidence::{evidence, properties, scope, sensitive_types, text};
use crate::{BomOptions, Estate, Spec};

/// The component for an asset; `None` where it is a service or no part of a bill of materials.
pub(crate) fn of(asset: &Asset, estate: &Estate<'_>, spec: Spec) -> Option<Component> {
    let kind = component_type(asset.kind)?;
    let mut component = Component {
        kind,
        bom_ref: asset.id.to_string(),
        name: asset.name.clone(),
        version: text(asset, "version"),
        description: text(asset, "description"),
        scope: scope(asset),
        properties: properties(asset),
        evidence: evidence(asset),
        ..Component::default()
    };
    match asset.kind {
        AssetKind::Model => model(asset, estate, spec, &mut component),
        AssetKind::ModelFile => model_file(asset, estate, &mut component),
        AssetKind::Library => library(asset, &mut component),
        _ if kind == "data" => component.data = vec![data(asset)],
        _ => {}
    }
    Some(component)
}

fn component_type(kind: AssetKind) -> Option<&'static str> {
    Some(match kind {
        AssetKind::Model | AssetKind::ModelFile => "machine-learning-model",
        AssetKind::Dataset
        | AssetKind::Prompt
        | AssetKind::KnowledgeBase
        | AssetKind::VectorIndex => "data",
        AssetKind::Library => "library",
        AssetKind::Agent
        | AssetKind::Tool
        | AssetKind::Guardrail
        | AssetKind::Pipeline
        | AssetKind::TrainingJob => "application",
        AssetKind::Notebook => "file",
        AssetKind::ContainerImage => "container",
        _ => return None,
    })
}

fn model(asset: &Asset, estate: &Estate<'_>, spec: Spec, component: &mut Component) {
    component.group = text(asset, "publisher").filter(|publisher| publisher != "unknown");
    let on_hub = asset.name.matches('/').count() == 1 && !asset.name.starts_with("models/");
    if on_hub {
        let name = encode(&asset.name);
        let revision = text(asset, "revision")
            .map_or_else(String::new, |revision| format!("@{}", encode(&revision)));
        component.purl = Some(format!("pkg:huggingface/{name}{revision}"));
        let url = format!("https://huggingface.co/{name}");
        component.external_references = vec![ExternalReference { kind: "model-card", url }];
    }
    if spec == Spec::CycloneDx17 {
        // The model itself is not shipped: it is called at, or fetched from, its provider.
        component.is_external = Some(true);
    }
    component.model_card = Some(card(asset, estate));
    component.pedigree = pedigree(asset, estate);
}

fn model_file(asset: &Asset, estate: &Estate<'_>, component: &mut Component) {
    component.hashes = text(asset, "sha256")
        .filter(|digest| digest.len() == 64)
        .map(|content| Hash { alg: "SHA-256", content })
        .into_iter()
        .collect();
    component.licenses = text(asset, "license")
        .map(|name| LicenseChoice { license: License { name } })
        .into_iter()
        .collect();
    component.model_card = Some(card(asset, estate));
    component.pedigree = pedigree(asset, estate);
}

fn card(asset: &Asset, estate: &Estate<'_>) -> ModelCard {
    let name = asset.name.to_lowercase();
    let task = text(asset, "task").or_else(|| task_of(&name).map(str::to_owned));
    let of_text = matches!(task.as_deref(), Some("text-generation" | "feature-extraction"));
    let datasets = estate
        .targets(asset, RelationKind::TrainedOn)
        .into_iter()
        .filter(|target| component_type(target.kind) == Some("data"))
        .map(|target| DataReference { reference: target.id.to_string() })
        .collect();
    let formats = |name| if of_text { vec![Format { format: name }] } else { Vec::new() };
    let limitations: Vec<String> =
        asset.findings.iter().map(|finding| finding.title.clone()).collect();
    let vector = task.as_deref() == Some("feature-extraction");
    ModelCard {
        model_parameters: ModelParameters {
            approach: task
                .as_deref()
                .filter(|task| *task == "text-generation")
                .map(|_| Approach { kind: "self-supervised" }),
            architecture_family: (task.as_deref() == Some("text-generation"))
                .then_some("transformer"),
            model_architecture: text(asset, "architecture"),
            task,
            datasets,
            inputs: formats("text"),
            outputs: formats(if vector { "vector" } else { "text" }),
        },
        considerations: (!limitations.is_empty())
            .then_some(Considerations { technical_limitations: limitations }),
    }
}

/// What a model does, as far as its name says it.
fn task_of(name: &str) -> Option<&'static str> {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(&["embed", "minilm", "mpnet", "bge-", "e5-", "gte-"]) {
        Some("feature-extraction")
    } else if has(&["rerank"]) {
        Some("text-ranking")
    } else if has(&["whisper", "transcribe"]) {
        Some("automatic-speech-recognition")
    } else if has(&["dall-e", "image", "stable-diffusion", "flux", "sdxl"]) {
        Some("text-to-image")
    } else if has(&["tts"]) {
        Some("text-to-speech")
    } else if has(&["moderation", "guard"]) {
        Some("text-classification")
    } else if has(&[
        "gpt-", "claude", "gemini", "llama", "mistral", "mixtral", "qwen", "deepseek", "command-",
        "grok", "gemma", "phi-", "nova-",
    ]) {
        Some("text-generation")
    } else {
        None
    }
}

fn pedigree(asset: &Asset, estate: &Estate<'_>) -> Option<Pedigree> {
    let ancestors: Vec<Ancestor> = estate
        .targets(asset, RelationKind::DerivedFrom)
        .into_iter()
        .filter(|target| component_type(target.kind) == Some("machine-learning-model"))
        .map(|target| Ancestor { kind: "machine-learning-model", name: target.name.clone() })
        .collect();
    (!ancestors.is_empty()).then_some(Pedigree { ancestors })
}

fn library(asset: &Asset, component: &mut Component) {
    component.purl = text(asset, "purl");
    if component.purl.is_some() {
        return;
    }
    let ecosystem = text(asset, "ecosystem").unwrap_or_else(|| "generic".to_owned());
    let version = component
        .version
        .as_ref()
        .map_or_else(String::new, |version| format!("@{}", encode(version)));
    component.purl =
        Some(format!("pkg:{ecosystem}/{}{version}", encode(&asset.name).replace('@', "%40")));
}

fn data(asset: &Asset) -> ComponentData {
    let sensitive_data = sensitive_types(asset);
    ComponentData {
        kind: match asset.kind {
            AssetKind::Dataset => "dataset",
            AssetKind::Prompt => "definition",
            _ => "other",
        },
        name: asset.name.clone(),
        classification: Some(classification(&sensitive_data)),
        sensitive_data,
        description: text(asset, "preview").or_else(|| text(asset, "description")),
    }
}

/// `confidential` where sensitive information was found; otherwise nobody has said.
pub(crate) fn classification(sensitive_types: &[String]) -> String {
    let word = if sensitive_types.is_empty() { "unclassified" } else { "confidential" };
    word.to_owned()
}

/// What the bill is about: the one repository, or the environment by name.
pub(crate) fn subject(options: &BomOptions, repositories: &[&Asset]) -> Component {
    let bom_ref = match repositories {
        [only] => only.id.to_string(),
        _ => format!("picket:subject/{}", options.name),
    };
    Component {
        kind: "application",
        bom_ref,
        name: options.name.clone(),
        version: options.version.clone(),
        ..Component::default()
    }
}

/// The tool that wrote the document.
pub(crate) fn picket() -> Component {
    Component {
        kind: "application",
        bom_ref: "picket:tool".to_owned(),
        name: "picket".to_owned(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        ..Component::default()
    }
}

/// Percent-encodes what may not stand in a package URL or address; `/`, `:` and `@` stay.
pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b':'
            | b'@' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
