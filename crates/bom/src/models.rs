//! What is known of a model: who made it, which one it is, what it does, where it comes from.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use picket_model::{Asset, AssetKind, FindingKind, RelationKind};
use serde_json::Value;

use crate::address::{HUB, encode};
use crate::estate::{Estate, Part};
use crate::facts::text;
use crate::license::License;

/// A model's card as far as a scan or its name tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    /// Organisation that its name starts with, or who makes it.
    pub(crate) group: Option<String>,
    /// Name without the organisation.
    pub(crate) name: String,
    /// Who makes it.
    pub(crate) publisher: Option<String>,
    /// Revision, version of the deployments of it, or the date in its name.
    pub(crate) version: Option<String>,
    /// The day that its version names.
    pub(crate) released: Option<NaiveDate>,
    /// Its name on the hub.
    pub(crate) hub: Option<String>,
    /// Its commit on the hub, where one is pinned.
    pub(crate) revision: Option<String>,
    /// What it does.
    pub(crate) task: Option<String>,
    /// What says what it does where no property does: its `name`, or its `base`.
    pub(crate) task_source: Option<&'static str>,
    /// Such as `transformer`.
    pub(crate) family: Option<&'static str>,
    /// Such as `llama`.
    pub(crate) architecture: Option<String>,
    /// Its licence.
    pub(crate) license: Option<License>,
}

/// A model that another was made from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Base {
    pub(crate) name: String,
    pub(crate) group: Option<String>,
    pub(crate) purl: Option<String>,
    /// The part it is, where it is listed.
    pub(crate) id: Option<String>,
}

impl Model {
    /// Reads an asset that is listed as a model, or a deployment of one.
    pub(crate) fn read(asset: &Asset, estate: &Estate<'_>) -> Self {
        let file = asset.kind == AssetKind::ModelFile;
        let publisher = text(asset, "publisher").filter(|it| it != "unknown");
        let plain = asset.name.strip_prefix("models/").unwrap_or(&asset.name);
        let (organisation, name) = match plain.split_once('/') {
            Some((organisation, name)) if !file && !name.contains('/') => {
                (Some(organisation), name)
            }
            _ => (None, plain),
        };
        let on_hub = asset.kind == AssetKind::Model
            && (organisation.is_some_and(|it| is_on_hub(it, name))
                || organisation.is_none() && publisher.as_deref() == Some("huggingface"));
        let (version, released) = if file { (None, None) } else { version(asset, name, estate) };
        let (task, task_source) = task(asset, estate);
        let architecture = text(asset, "architecture");
        let transformer = task.as_deref().is_some_and(is_transformer)
            || architecture.as_deref().is_some_and(|it| task_of(&it.to_lowercase()).is_some());
        Self {
            group: organisation
                .map(str::to_owned)
                .or_else(|| publisher.clone().filter(|it| it != "huggingface")),
            name: name.to_owned(),
            publisher: publisher
                .filter(|it| it != "huggingface")
                .or(organisation.map(str::to_owned)),
            version,
            released,
            hub: on_hub.then(|| plain.to_owned()),
            revision: text(asset, "revision"),
            task,
            task_source,
            family: transformer.then_some("transformer"),
            architecture,
            license: text(asset, "license").and_then(|text| License::read(&text)),
        }
    }

    /// Package URL, for a model on the hub.
    pub(crate) fn purl(&self) -> Option<String> {
        let revision = self.revision.as_ref();
        let revision = revision.map_or_else(String::new, |it| format!("@{}", encode(it)));
        Some(format!("pkg:huggingface/{}{revision}", encode(self.hub.as_ref()?)))
    }

    /// Its page on the hub.
    pub(crate) fn page(&self) -> Option<String> {
        Some(format!("{HUB}/{}", encode(self.hub.as_ref()?)))
    }

    /// What goes in and what comes out.
    pub(crate) fn formats(&self) -> Option<(&'static str, &'static str)> {
        Some(match self.task.as_deref()? {
            "text-generation" => ("text", "text"),
            "feature-extraction" => ("text", "vector"),
            "text-ranking" => ("text", "score"),
            "text-classification" => ("text", "label"),
            "automatic-speech-recognition" => ("audio", "text"),
            "text-to-speech" => ("text", "audio"),
            "text-to-image" => ("text", "image"),
            _ => return None,
        })
    }
}

/// What a model does, and what says so unless it is a property: its name, else that of a model it was made from.
fn task(asset: &Asset, estate: &Estate<'_>) -> (Option<String>, Option<&'static str>) {
    let by_name = |asset: &Asset| task_of(&asset.name.to_lowercase()).map(str::to_owned);
    if let Some(said) = text(asset, "task") {
        return (Some(said), None);
    }
    let named = (asset.kind != AssetKind::ModelFile).then(|| by_name(asset)).flatten();
    if named.is_some() {
        return (named, Some("name"));
    }
    let bases = estate.targets(asset, RelationKind::DerivedFrom);
    let based =
        bases.iter().find_map(|(base, part)| by_name(base).filter(|_| *part == Part::Model));
    let source = based.is_some().then_some("base");
    (based, source)
}

/// The models that a model was made from, by name.
pub(crate) fn bases(asset: &Asset, estate: &Estate<'_>) -> Vec<Base> {
    let listed = estate.targets(asset, RelationKind::DerivedFrom);
    let mut bases: Vec<Base> = listed
        .into_iter()
        .filter(|(_, part)| *part == Part::Model)
        .map(|(base, _)| {
            let model = Model::read(base, estate);
            let purl = model.purl();
            Base { name: model.name, group: model.group, purl, id: Some(base.id.to_string()) }
        })
        .collect();
    if bases.is_empty()
        && let Some(given) = text(asset, "base_model")
    {
        let plain = given.trim_end_matches('/');
        let hub = plain.split_once("huggingface.co/").map(|(_, name)| name);
        let name = hub.unwrap_or_else(|| plain.rsplit("foundation-model/").next().unwrap_or(plain));
        let (group, last) = match name.split_once('/') {
            Some((group, last)) if !last.contains('/') => (Some(group.to_owned()), last),
            _ => (None, name),
        };
        let purl = hub.map(|name| format!("pkg:huggingface/{}", encode(name)));
        bases.push(Base { name: last.to_owned(), group, purl, id: None });
    }
    bases.sort();
    bases
}

/// The settings that a model was trained with, as its provider tells them, by name.
pub(crate) fn hyperparameters(asset: &Asset) -> Vec<(String, String)> {
    let metadata = asset.findings.iter().filter(|it| it.kind == FindingKind::ModelMetadata);
    let given = metadata.filter_map(|it| it.evidence.get("hyperparameters")?.as_object());
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let named: BTreeMap<String, String> =
        given.flatten().take(64).map(|(name, value)| (name.clone(), text(value))).collect();
    named.into_iter().collect()
}

/// The version that the model, all deployments of it, or its name give, with its day.
fn version(asset: &Asset, name: &str, estate: &Estate<'_>) -> (Option<String>, Option<NaiveDate>) {
    let mut deployed: Vec<String> = estate
        .sources(asset, RelationKind::Deploys)
        .into_iter()
        .filter_map(|(deployment, _)| text(deployment, "model_version"))
        .collect();
    deployed.sort();
    deployed.dedup();
    let given = ["version", "model_version", "revision"].iter().find_map(|it| text(asset, it));
    let of_deployments = match deployed.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    let version = given.or_else(|| dated(name).map(|(text, _)| text)).or(of_deployments);
    let day = version.as_deref().and_then(dated).or_else(|| dated(name));
    (version, day.map(|(_, day)| day))
}

/// The date that a name or version holds, with all that follows it: `2024-07-18`, `20241022-v2:0`.
fn dated(name: &str) -> Option<(String, NaiveDate)> {
    let parts: Vec<&str> = name.split('-').collect();
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|it| it.is_ascii_digit());
    (0..parts.len()).find_map(|start| {
        let rest = parts.get(start..)?;
        let date = match rest {
            [year, month, day, ..] if digits(year, 4) && digits(month, 2) && digits(day, 2) => {
                format!("{year}{month}{day}")
            }
            [date, ..] if digits(date, 8) => (*date).to_owned(),
            _ => return None,
        };
        let day = NaiveDate::parse_from_str(&date, "%Y%m%d").ok()?;
        let plausible = date.as_str() > "20150101" && date.as_str() < "21000101";
        plausible.then(|| (rest.join("-"), day))
    })
}

/// Publishers and families that are called at a service under such names, and are on no hub.
const NOT_ON_HUB: &[&str] = &[
    "anthropic",
    "cohere",
    "deepseek",
    "mistral",
    "perplexity",
    "x-ai",
    "xai",
    "azure",
    "bedrock",
];
const CLOSED: &[&str] = &[
    "gpt-3",
    "gpt-4",
    "gpt-5",
    "chatgpt",
    "o1",
    "o3",
    "o4",
    "claude",
    "gemini",
    "text-embedding-",
    "nova-",
    "grok",
    "dall-e",
    "tts-",
    "sonar",
];

fn is_on_hub(organisation: &str, name: &str) -> bool {
    let (organisation, name) = (organisation.to_lowercase(), name.to_lowercase());
    !NOT_ON_HUB.contains(&organisation.as_str())
        && !CLOSED.iter().any(|family| name.starts_with(family))
        && !name.contains(':')
}

fn is_transformer(task: &str) -> bool {
    matches!(
        task,
        "text-generation"
            | "feature-extraction"
            | "text-ranking"
            | "fill-mask"
            | "automatic-speech-recognition"
    )
}

/// What a model does, as far as its name or architecture (in lower case) says it; the first match counts.
fn task_of(name: &str) -> Option<&'static str> {
    TASKS
        .iter()
        .find(|(words, _)| words.iter().any(|word| name.contains(word)))
        .map(|(_, task)| *task)
}

const TASKS: &[(&[&str], &str)] = &[
    (&["rerank"], "text-ranking"),
    (&["embed", "minilm", "mpnet", "bge-", "e5-", "gte-", "nomic-bert"], "feature-extraction"),
    (&["whisper", "transcribe"], "automatic-speech-recognition"),
    (
        &[
            "dall-e",
            "gpt-image",
            "-image",
            "imagen",
            "stable-diffusion",
            "flux",
            "sdxl",
            "titan-image",
        ],
        "text-to-image",
    ),
    (&["tts"], "text-to-speech"),
    (&["moderation", "guard"], "text-classification"),
    (&["bert-base", "bert-large"], "fill-mask"),
    (
        &[
            "gpt", "claude", "gemini", "llama", "mistral", "mixtral", "qwen", "deepseek",
            "command-", "grok", "gemma", "phi-", "phi3", "nova-", "granite", "nemotron", "jamba",
            "falcon", "o1-", "o3-", "o4-",
        ],
        "text-generation",
    ),
];

#[cfg(test)]
mod tests {
    use picket_model::Provider;

    use super::*;
    use crate::{BomOptions, Spec};

    fn model(name: &str, publisher: &str) -> Model {
        let asset = Asset::new("m", AssetKind::Model, name, Provider::Saas, "e");
        let options = BomOptions::new(Spec::CycloneDx16, "x", chrono::DateTime::UNIX_EPOCH);
        Model::read(&asset.with("publisher", publisher), &Estate::new(&[], &[], &options))
    }

    #[test]
    fn the_organisation_is_no_part_of_the_name() {
        let phi = model("microsoft/Phi-3-mini-4k-instruct", "microsoft");
        assert_eq!(
            (phi.group.as_deref(), phi.name.as_str()),
            (Some("microsoft"), "Phi-3-mini-4k-instruct")
        );
        assert_eq!(phi.purl().as_deref(), Some("pkg:huggingface/microsoft/Phi-3-mini-4k-instruct"));
        let mistral = model("mistralai/Mistral-7B-Instruct-v0.3", "mistral");
        assert_eq!(mistral.group.as_deref(), Some("mistralai"));
        assert_eq!(mistral.publisher.as_deref(), Some("mistral"));
        let hosted = model("gpt-4o", "openai");
        assert_eq!((hosted.group.as_deref(), hosted.purl()), (Some("openai"), None));
        assert_eq!(model("openai/gpt-4o", "openai").purl(), None);
        assert_eq!(model("models/gemini-2.5-flash", "google").name, "gemini-2.5-flash");
        assert_eq!(model("distilbert-base-uncased", "huggingface").group, None);
    }

    #[test]
    fn versions_are_the_dates_in_names() {
        let dated = |name: &str| model(name, "p").version.unwrap_or_default();
        assert_eq!(dated("gpt-4o-mini-2024-07-18"), "2024-07-18");
        assert_eq!(dated("anthropic.claude-3-5-sonnet-20241022-v2:0"), "20241022-v2:0");
        for none in ["gpt-4.1", "text-embedding-3-small", "m-99999999", "m-2024-13-40"] {
            assert_eq!(dated(none), "", "{none}");
        }
    }
}
