//! Packages and files for the parts of an estate.

use chrono::NaiveDate;
use picket_model::{Asset, AssetKind};
use serde_json::{Value, json};

use super::element::{Element, Graph, id};
use super::{NO_ASSERTION, UNKNOWN_TIME, evidence};
use crate::address::{data_location, endpoint, purl};
use crate::estate::{Estate, Part};
use crate::facts::{file_path, properties, provider, sensitive_types, text, version};
use crate::license::License;
use crate::models::{self, Model};

/// The individual that stands for a licence nobody has said.
const NO_LICENSE: &str = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense";

/// Adds the element for an asset, with its licences, files and evidence.
pub(super) fn add((asset, part): (&Asset, Part), estate: &Estate<'_>, graph: &mut Graph) {
    let element = id(asset.id.as_str());
    match (part, asset.kind) {
        (Part::Model, _) | (_, AssetKind::ModelDeployment) => {
            ai(asset, &element, estate, graph);
        }
        (Part::Dataset, _) => dataset(asset, &element, estate, graph),
        (Part::Notebook, _) => {
            graph.add(
                described(Element::new("software_File", &element), asset, &asset.name)
                    .set("software_fileKind", "file")
                    .set("software_primaryPurpose", "source"),
            );
        }
        _ => software(asset, part, &element, graph),
    }
    evidence::add(asset, &element, estate, graph);
}

fn ai(asset: &Asset, element: &str, estate: &Estate<'_>, graph: &mut Graph) {
    let file = asset.kind == AssetKind::ModelFile;
    let model = Model::read(asset, estate);
    let deployment = asset.kind == AssetKind::ModelDeployment;
    let version = if deployment { version(asset) } else { model.version.clone() };
    let supplier = if deployment { provider(asset) } else { model.publisher.clone() };
    let supplier = graph.agent(supplier.as_deref());
    let data = estate.training_data(asset);
    let sensitive = data.iter().any(|data| !sensitive_types(data).is_empty());
    let trained = (!data.is_empty()).then(|| {
        let names: Vec<&str> = data.iter().map(|data| data.name.as_str()).collect();
        format!("Trained on {}", names.join(", "))
    });
    let location =
        model.page().or_else(|| endpoint(asset)).or_else(|| file.then(|| element.to_owned()));
    let kinds: Vec<&str> = model.family.into_iter().chain(model.architecture.as_deref()).collect();
    let package = described(Element::new("ai_AIPackage", element), asset, &asset.name);
    let package = times(package, &["releaseTime"], model.released)
        .set("suppliedBy", supplier)
        .set("software_packageVersion", version.as_deref().unwrap_or(NO_ASSERTION))
        .set("software_downloadLocation", location.as_deref().unwrap_or(NO_ASSERTION))
        .set("software_packageUrl", model.purl())
        .set("software_primaryPurpose", "model")
        .set("ai_typeOfModel", json!(kinds))
        .set("ai_domain", json!(model.task.iter().collect::<Vec<_>>()))
        .set("ai_hyperparameter", json!(hyperparameters(asset)))
        .set("ai_informationAboutTraining", trained)
        .set("ai_autonomyType", "noAssertion")
        .set("ai_useSensitivePersonalInformation", if sensitive { "yes" } else { "noAssertion" });
    graph.add(package);
    licenses(element, model.license, graph);
    if file {
        let weights = format!("{element}%23file");
        let name = file_path(asset).unwrap_or_else(|| asset.name.clone());
        graph.add(
            Element::new("software_File", &weights)
                .set("name", name)
                .set("software_fileKind", "file")
                .set("software_primaryPurpose", "model")
                .set("contentType", "application/octet-stream")
                .set("verifiedUsing", hashes(asset)),
        );
        graph.relate(element, "contains", &[weights], None);
    }
}

/// What a model file's header, or the job that made the model, says of its numbers.
fn hyperparameters(asset: &Asset) -> Vec<Value> {
    let of_header =
        ["parameters", "context_length", "embedding_length", "layers", "quantisation", "dtype"];
    let of_header =
        of_header.iter().filter_map(|name| Some(((*name).to_owned(), text(asset, name)?)));
    let entries = of_header.chain(models::hyperparameters(asset));
    entries
        .map(|(key, value)| json!({"type": "DictionaryEntry", "key": key, "value": value}))
        .collect()
}

fn dataset(asset: &Asset, element: &str, estate: &Estate<'_>, graph: &mut Graph) {
    let origin = asset.name.split_once('/').map(|(organisation, _)| organisation);
    let origin =
        origin.filter(|it| asset.id.as_str().starts_with("dataset://") && !it.contains(':'));
    let originator = origin.map(str::to_owned).or_else(|| provider(asset));
    let originator = graph.agent(originator.as_deref());
    let kind = match text(asset, "format").as_deref() {
        Some("json" | "csv" | "parquet" | "arrow") => "structured",
        Some("text") => "text",
        Some("imagefolder") => "image",
        Some("audiofolder") => "audio",
        _ => "noAssertion",
    };
    let sensitive = !sensitive_types(asset).is_empty();
    let location = data_location(asset);
    let public = location.as_deref().is_some_and(|it| it.starts_with(crate::address::HUB));
    let package = described(Element::new("dataset_DatasetPackage", element), asset, &asset.name);
    let package = times(package, &["releaseTime", "builtTime"], None)
        .set("originatedBy", json!([originator]))
        .set("software_packageVersion", version(asset))
        .set("software_downloadLocation", location.as_deref().unwrap_or(NO_ASSERTION))
        .set("software_primaryPurpose", "data")
        .set("dataset_datasetType", json!([kind]))
        .set("dataset_datasetAvailability", public.then_some("directDownload"))
        .set(
            "dataset_hasSensitivePersonalInformation",
            if sensitive { "yes" } else { "noAssertion" },
        );
    graph.add(package);
    licenses(element, text(asset, "license").and_then(|it| License::read(&it)), graph);
    let path = text(asset, "path").filter(|path| !path.contains("://") && !path.contains('{'));
    if let Some(path) = path {
        let file = evidence::file(asset, &path, estate, graph);
        graph.relate(element, "hasDataFile", &[file], None);
    }
}

fn software(asset: &Asset, part: Part, element: &str, graph: &mut Graph) {
    let role = text(asset, "role").unwrap_or_default();
    let purpose = match part {
        Part::Library if role == "agent-framework" || role == "orchestration" => "framework",
        Part::Library => "library",
        Part::Image => "container",
        Part::Data if asset.kind == AssetKind::Prompt => "configuration",
        Part::Data => "data",
        Part::Platform => "platform",
        _ => "application",
    };
    let supplier = provider(asset).map(|name| graph.agent(Some(&name)));
    graph.add(
        described(Element::new("software_Package", element), asset, &asset.name)
            .set("software_packageVersion", version(asset))
            .set("software_packageUrl", purl(asset))
            .set("software_downloadLocation", endpoint(asset))
            .set("software_primaryPurpose", purpose)
            .set("suppliedBy", supplier)
            .set("verifiedUsing", hashes(asset)),
    );
}

/// Name, what it is said to be, its id in the inventory, and the properties that CycloneDX has too.
fn described(element: Element, asset: &Asset, name: &str) -> Element {
    let entries: Vec<Value> = properties(asset)
        .into_iter()
        .map(|(name, value)| {
            json!({
                "type": "extension_CdxPropertyEntry",
                "extension_cdxPropName": name, "extension_cdxPropValue": value,
            })
        })
        .collect();
    element
        .set("name", name)
        .set("description", text(asset, "description"))
        .set(
            "externalIdentifier",
            json!([{
                "type": "ExternalIdentifier", "externalIdentifierType": "other",
                "identifier": asset.id.as_str(), "comment": "id in the inventory of Picket",
            }]),
        )
        .set(
            "extension",
            json!([{"type": "extension_CdxPropertiesExtension", "extension_cdxProperty": entries}]),
        )
}

/// Sets the times: the day a version names, else [`UNKNOWN_TIME`], and which of them it is.
fn times(element: Element, names: &[&str], day: Option<NaiveDate>) -> Element {
    let time = day.map_or_else(|| UNKNOWN_TIME.to_owned(), |day| format!("{day}T00:00:00Z"));
    let comment = match day {
        Some(_) => format!("{} is the day that the version names", names.join(", ")),
        None => format!("{}: {NO_ASSERTION}, written as {UNKNOWN_TIME}", names.join(", ")),
    };
    names
        .iter()
        .fold(element, |element, name| element.set(name, time.as_str()))
        .set("comment", comment)
}

fn hashes(asset: &Asset) -> Value {
    let hex = |it: &String| it.len() == 64 && it.bytes().all(|byte| byte.is_ascii_hexdigit());
    text(asset, "sha256").filter(hex).map_or(
        Value::Null,
        |digest| json!([{"type": "Hash", "algorithm": "sha256", "hashValue": digest}]),
    )
}

/// What the licence is said to be; more than that only its owner can conclude.
fn licenses(element: &str, license: Option<License>, graph: &mut Graph) {
    let declared = match license {
        None => NO_LICENSE.to_owned(),
        Some(License::Id(words)) => expression(words, None, graph),
        Some(License::Expression(words)) => expression(&words, None, graph),
        Some(License::Name(name)) => {
            let text = id(&format!("license-text/{name}"));
            graph.add(
                Element::new("simplelicensing_SimpleLicensingText", &text)
                    .set("name", name.as_str())
                    .set("simplelicensing_licenseText", name.as_str()),
            );
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
            let reference = name.replace(|c| !plain(c), "-");
            expression(&format!("LicenseRef-{reference}"), Some(text), graph)
        }
    };
    graph.relate(element, "hasDeclaredLicense", &[declared], None);
    graph.relate(element, "hasConcludedLicense", &[NO_LICENSE.to_owned()], None);
}

/// Adds a licence expression; one that SPDX does not know leads to its words.
fn expression(words: &str, text: Option<String>, graph: &mut Graph) -> String {
    let expression = id(&format!("license/{words}"));
    let custom = text.map(|text| json!([{"type": "DictionaryEntry", "key": words, "value": text}]));
    graph.add(
        Element::new("simplelicensing_LicenseExpression", &expression)
            .set("simplelicensing_licenseExpression", words)
            .set("simplelicensing_customIdToUri", custom),
    );
    expression
}
