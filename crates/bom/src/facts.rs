//! What an asset says of itself, for whatever document it is written into.

use std::collections::BTreeSet;

use picket_model::{Asset, AssetKind, FindingKind, Occurrence, Provider, Standing};
use serde_json::Value;

use crate::estate::Estate;

/// Most places that are listed for one asset.
const MAX_PLACES: usize = 50;

/// Properties that are written out, as `picket:NAME`; the rest of an asset stays in the inventory.
const LISTED: &[&str] = &[
    "standing",
    "role",
    "direct",
    "pinned",
    "constraint",
    "framework",
    "engine",
    "collection",
    "transport",
    "package",
    "command",
    "format",
    "size",
    "quantisation",
    "parameters",
    "dtype",
    "tensors",
    "context_length",
    "embedding_length",
    "layers",
    "size_label",
    "opset",
    "title",
    "model_name",
    "customization_type",
    "training_file",
    "tool_risks",
    "functions",
    "unconfirmed_writes",
    "approval",
    "risk",
    "trust_remote_code",
    "sha256",
    "length",
    "sku",
    "capacity",
    "content_filter",
    "inference_server",
    "api_key_required",
];

/// A text property of an asset.
pub(crate) fn text(asset: &Asset, name: &str) -> Option<String> {
    match asset.properties.get(name)? {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            (!items.is_empty()).then(|| items.join(", "))
        }
        _ => None,
    }
}

/// The version of what an asset is; for a model see [`crate::models`].
pub(crate) fn version(asset: &Asset) -> Option<String> {
    let name = if asset.kind == AssetKind::ContainerImage { "tag" } else { "version" };
    text(asset, name).or_else(|| text(asset, "model_version"))
}

/// Kind, origin and the listed properties, as `picket:NAME` and value.
pub(crate) fn properties(asset: &Asset) -> Vec<(String, String)> {
    let property = |name: &str, value: String| (format!("picket:{name}"), value);
    let mut properties = vec![
        property("kind", asset.kind.to_string()),
        property("environment", asset.environment.clone()),
        property("provider", asset.provider.to_string()),
    ];
    if !asset.native_type.is_empty() {
        properties.push(property("native_type", asset.native_type.clone()));
    }
    properties.extend(asset.region.iter().map(|region| property("region", region.clone())));
    properties.extend(LISTED.iter().filter_map(|name| Some(property(name, text(asset, name)?))));
    let mut findings: Vec<_> = asset
        .findings
        .iter()
        .map(|finding| property(&format!("finding:{}", finding.kind), finding.title.clone()))
        .collect();
    findings.sort();
    properties.extend(findings);
    properties
}

/// How far references to it reach.
pub(crate) fn standing(asset: &Asset) -> Option<Standing> {
    asset.properties.get("standing")?.as_str()?.parse().ok()
}

/// A place in a file where an asset was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Path relative to what was scanned.
    pub(crate) path: String,
    /// Line, from 1; absent where it is the whole file.
    pub(crate) line: Option<u32>,
    /// Call, variable or key it stands in, where known.
    pub(crate) symbol: Option<String>,
    /// How far the reference reaches; `declared` where infrastructure declares it.
    pub(crate) context: String,
}

impl Place {
    /// `PATH:LINE`.
    pub(crate) fn at(&self) -> String {
        let line = self.line.map_or_else(String::new, |line| format!(":{line}"));
        format!("{}{line}", self.path)
    }
}

/// The places where an asset was found, the strongest ones if there are too many.
pub(crate) fn places(asset: &Asset, estate: &Estate<'_>) -> Vec<Place> {
    let mut found = occurrences(asset);
    found.sort_by(|a, b| {
        b.standing.cmp(&a.standing).then_with(|| (&a.path, a.line).cmp(&(&b.path, b.line)))
    });
    let mut places: Vec<Place> = found
        .into_iter()
        .map(|place| Place {
            path: place.path,
            line: Some(place.line.max(1)),
            symbol: (!place.symbol.is_empty()).then_some(place.symbol),
            context: place.standing.to_string(),
        })
        .collect();
    for (path, line) in estate.declared_at(asset) {
        if !places.iter().any(|place| place.path == path && place.line == line) {
            let context = "declared".to_owned();
            places.push(Place { path: path.to_owned(), line, symbol: None, context });
        }
    }
    if places.is_empty()
        && let Some(path) = file_path(asset)
    {
        places.push(Place { path, line: None, symbol: None, context: "file".to_owned() });
    }
    places.truncate(MAX_PLACES);
    places.sort();
    places
}

/// The path of what is itself a file.
pub(crate) fn file_path(asset: &Asset) -> Option<String> {
    let file = matches!(asset.kind, AssetKind::ModelFile | AssetKind::Notebook);
    text(asset, "path").filter(|path| file && !path.contains("://"))
}

fn occurrences(asset: &Asset) -> Vec<Occurrence> {
    let places = asset.properties.get("occurrences").and_then(Value::as_array);
    let places = places.into_iter().flatten();
    places.filter_map(|place| serde_json::from_value(place.clone()).ok()).collect()
}

/// How an asset was told to be what it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Identification {
    /// From 0 to 1.
    pub(crate) confidence: f64,
    /// CycloneDX's word for the technique.
    pub(crate) technique: &'static str,
    /// What was looked at.
    pub(crate) value: String,
}

/// How surely an asset is known, and by what.
pub(crate) fn identification(asset: &Asset, estate: &Estate<'_>) -> Identification {
    let best = occurrences(asset).into_iter().max_by(|a, b| {
        let key = |it: &Occurrence| (it.standing, it.path.clone(), it.line);
        key(a).cmp(&key(b))
    });
    let (technique, value) = if asset.kind == AssetKind::ModelFile {
        ("binary-analysis", format!("{} content", asset.native_type))
    } else if let Some(place) = &best {
        (technique(&place.path), place.symbol.clone())
    } else if asset.kind == AssetKind::Library {
        ("manifest-analysis", text(asset, "ecosystem").unwrap_or_default())
    } else if let Some(address) = text(asset, "terraform_address") {
        ("manifest-analysis", address)
    } else if let Some((path, _)) = estate.declared_at(asset).first() {
        (technique(path), asset.native_type.clone())
    } else if asset.kind == AssetKind::Notebook {
        ("filename", asset.name.clone())
    } else {
        ("other", asset.native_type.clone())
    };
    let confidence = match (standing(asset), &best) {
        (Some(Standing::Mentioned), _) => 0.4,
        (Some(Standing::Configured), Some(_)) => 0.8,
        (Some(Standing::Used), Some(_)) => 0.95,
        // Read from the provider, a manifest or the file itself.
        _ => 1.0,
    };
    Identification { confidence, technique, value }
}

fn technique(path: &str) -> &'static str {
    let ending = path.rsplit('.').next().unwrap_or_default();
    match ending {
        "py" | "ipynb" | "ts" | "tsx" | "js" | "jsx" | "mjs" | "cjs" | "go" | "java" | "kt"
        | "cs" | "rs" => "source-code-analysis",
        "toml" | "lock" | "txt" | "cfg" | "json" | "yaml" | "yml" | "tf" | "tfstate" | "bicep"
        | "xml" | "gradle" | "csproj" | "mod" => "manifest-analysis",
        _ => "other",
    }
}

/// Sensitive information types that were found in an asset.
pub(crate) fn sensitive_types(asset: &Asset) -> Vec<String> {
    let types: BTreeSet<String> = asset
        .findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::SensitiveData)
        .filter_map(|finding| finding.evidence.get("types")?.as_object())
        .flat_map(|types| types.keys().cloned())
        .collect();
    types.into_iter().collect()
}

/// What the owner's tag says; else `confidential` where sensitive information was found, else nobody has said.
pub(crate) fn classification(asset: &Asset, sensitive_types: &[String]) -> String {
    let tagged = tag(asset, &["sensitivity", "classification", "data-classification"]);
    let word = if sensitive_types.is_empty() { "unclassified" } else { "confidential" };
    tagged.unwrap_or_else(|| word.to_owned())
}

/// Who owns an asset, as its tags say.
pub(crate) fn owner(asset: &Asset) -> Option<String> {
    tag(asset, &["owner", "team", "data-owner"])
}

fn tag(asset: &Asset, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let (_, value) = asset.tags.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(name))?;
        value.as_str().filter(|value| !value.is_empty()).map(str::to_owned)
    })
}

/// Whose platform an asset lives on; for a public API the service it is.
pub(crate) fn provider(asset: &Asset) -> Option<String> {
    match asset.provider {
        Provider::Azure => Some("Microsoft Azure".to_owned()),
        Provider::Aws => Some("Amazon Web Services".to_owned()),
        Provider::Gcp => Some("Google Cloud".to_owned()),
        Provider::Saas => text(asset, "service"),
        Provider::Kubernetes | Provider::Code => None,
    }
}
