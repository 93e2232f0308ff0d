//! Where and how surely something was found, and what it holds.

use picket_model::{Asset, FindingKind, Occurrence, Standing};
use serde_json::Value;

use crate::document::{Evidence, Identity, Method, Place, Property};

/// Most places that are listed for one asset.
const MAX_PLACES: usize = 50;

/// Properties that are written out, as `picket:NAME`; the rest of an asset stays in the inventory.
const LISTED: &[&str] = &[
    "standing",
    "role",
    "direct",
    "pinned",
    "framework",
    "engine",
    "collection",
    "transport",
    "package",
    "format",
    "size",
    "quantisation",
    "parameters",
    "dtype",
    "tool_risks",
    "approval",
    "risk",
    "trust_remote_code",
    "sha256",
    "length",
    "constraint",
    "sku",
    "capacity",
    "content_filter",
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

/// Kind, origin and the listed properties.
pub(crate) fn properties(asset: &Asset) -> Vec<Property> {
    let property = |name: &str, value: String| Property { name: format!("picket:{name}"), value };
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
    properties.extend(
        asset
            .findings
            .iter()
            .map(|finding| property(&format!("finding:{}", finding.kind), finding.title.clone())),
    );
    properties
}

/// How far references to it reach.
pub(crate) fn standing(asset: &Asset) -> Option<Standing> {
    asset.properties.get("standing")?.as_str()?.parse().ok()
}

/// CycloneDX scope: what is only mentioned is no part of the running system.
pub(crate) fn scope(asset: &Asset) -> Option<&'static str> {
    standing(asset).map(|standing| match standing {
        Standing::Used => "required",
        Standing::Configured => "optional",
        Standing::Mentioned => "excluded",
    })
}

/// The places where an asset was found, if it says any.
pub(crate) fn evidence(asset: &Asset) -> Option<Evidence> {
    let places: Vec<Occurrence> = asset
        .properties
        .get("occurrences")?
        .as_array()?
        .iter()
        .take(MAX_PLACES)
        .filter_map(|place| serde_json::from_value(place.clone()).ok())
        .collect();
    let confidence = match standing(asset)? {
        Standing::Used => 0.95,
        Standing::Configured => 0.8,
        Standing::Mentioned => 0.4,
    };
    let best = places.iter().max_by_key(|place| place.standing)?;
    let method =
        Method { technique: technique(&best.path), confidence, value: best.symbol.clone() };
    let occurrences = places
        .iter()
        .map(|place| Place {
            location: place.path.clone(),
            line: u64::from(place.line),
            symbol: place.symbol.clone(),
            additional_context: place.standing.to_string(),
        })
        .collect();
    Some(Evidence {
        identity: vec![Identity { field: "name", confidence, methods: vec![method] }],
        occurrences,
    })
}

fn technique(path: &str) -> &'static str {
    let ending = path.rsplit('.').next().unwrap_or_default();
    match ending {
        "py" | "ipynb" | "ts" | "tsx" | "js" | "jsx" | "mjs" | "cjs" => "source-code-analysis",
        "toml" | "lock" | "txt" | "cfg" => "manifest-analysis",
        _ => "other",
    }
}

/// Sensitive information types that were found in an asset.
pub(crate) fn sensitive_types(asset: &Asset) -> Vec<String> {
    let mut types: Vec<String> = asset
        .findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::SensitiveData)
        .filter_map(|finding| finding.evidence.get("types")?.as_object())
        .flat_map(|types| types.keys().cloned())
        .collect();
    types.sort();
    types.dedup();
    types
}
