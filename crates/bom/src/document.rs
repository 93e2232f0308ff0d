//! The part of CycloneDX that is written, field by field as in its JSON schema.

use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    #[serde(rename = "$schema")]
    pub(crate) schema: String,
    pub(crate) bom_format: &'static str,
    pub(crate) spec_version: &'static str,
    pub(crate) serial_number: String,
    pub(crate) version: u32,
    pub(crate) metadata: Metadata,
    pub(crate) components: Vec<Component>,
    pub(crate) services: Vec<Service>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) compositions: Vec<Composition>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Metadata {
    pub(crate) timestamp: String,
    pub(crate) lifecycles: Vec<Lifecycle>,
    pub(crate) tools: Tools,
    pub(crate) component: Component,
}

#[derive(Debug, Serialize)]
pub(crate) struct Lifecycle {
    pub(crate) phase: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct Tools {
    pub(crate) components: Vec<Component>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Component {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    #[serde(rename = "bom-ref")]
    pub(crate) bom_ref: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    /// 1.7 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_external: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) licenses: Vec<LicenseChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) purl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pedigree: Option<Pedigree>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) external_references: Vec<ExternalReference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) properties: Vec<Property>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) evidence: Option<Evidence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model_card: Option<ModelCard>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) data: Vec<ComponentData>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Hash {
    pub(crate) alg: &'static str,
    pub(crate) content: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct LicenseChoice {
    pub(crate) license: License,
}

/// A name, since what files say is seldom an SPDX id.
#[derive(Debug, Serialize)]
pub(crate) struct License {
    pub(crate) name: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Pedigree {
    pub(crate) ancestors: Vec<Ancestor>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Ancestor {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) name: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct ExternalReference {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) url: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) value: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Evidence {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) identity: Vec<Identity>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) occurrences: Vec<Place>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Identity {
    pub(crate) field: &'static str,
    pub(crate) confidence: f64,
    pub(crate) methods: Vec<Method>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Method {
    pub(crate) technique: &'static str,
    pub(crate) confidence: f64,
    pub(crate) value: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place {
    pub(crate) location: String,
    pub(crate) line: u64,
    pub(crate) symbol: String,
    pub(crate) additional_context: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelCard {
    pub(crate) model_parameters: ModelParameters,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) considerations: Option<Considerations>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelParameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approach: Option<Approach>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) task: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) architecture_family: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model_architecture: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) datasets: Vec<DataReference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) inputs: Vec<Format>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) outputs: Vec<Format>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Approach {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
}

#[derive(Debug, Serialize)]
pub(crate) struct DataReference {
    #[serde(rename = "ref")]
    pub(crate) reference: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Format {
    pub(crate) format: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Considerations {
    pub(crate) technical_limitations: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComponentData {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) classification: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sensitive_data: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Service {
    #[serde(rename = "bom-ref")]
    pub(crate) bom_ref: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<Organisation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) endpoints: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authenticated: Option<bool>,
    #[serde(rename = "x-trust-boundary")]
    pub(crate) trust_boundary: bool,
    pub(crate) data: Vec<DataFlow>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) properties: Vec<Property>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Organisation {
    pub(crate) name: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct DataFlow {
    pub(crate) flow: &'static str,
    pub(crate) classification: String,
    pub(crate) name: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Dependency {
    #[serde(rename = "ref")]
    pub(crate) reference: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) depends_on: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Composition {
    pub(crate) aggregate: &'static str,
}
