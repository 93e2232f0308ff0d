//! CycloneDX 1.6 and 1.7.

mod component;
mod document;
mod formulation;
mod service;

use std::collections::{BTreeMap, BTreeSet};

use chrono::SecondsFormat;
use picket_model::{AssetKind, RelationKind};
use serde_json::Value;

use crate::estate::Estate;
use crate::{BomOptions, Spec, serial};
use document::{Citation, Composition, Dependency, Document, Lifecycle, Metadata, Property, Tools};

/// Reference of the tool that wrote the document.
const TOOL: &str = "picket:tool";

/// Writes the document.
pub(crate) fn document(estate: &Estate<'_>, options: &BomOptions) -> Value {
    let version = options.spec.version();
    let timestamp = options.timestamp.to_rfc3339_opts(SecondsFormat::Secs, true);
    let components =
        estate.parts().filter_map(|part| component::of(part, estate, options.spec)).collect();
    let services = estate.parts().filter_map(|part| service::of(part, estate)).collect();
    let citation = Citation {
        bom_ref: "picket:citation",
        pointers: vec!["/components", "/services", "/dependencies"],
        timestamp: timestamp.clone(),
        attributed_to: TOOL,
        note: "found by static analysis of files and by reading the providers' own interfaces",
    };
    let mut document = Document {
        schema: format!("http://cyclonedx.org/schema/bom-{version}.schema.json"),
        bom_format: "CycloneDX",
        spec_version: version,
        serial_number: String::new(),
        version: 1,
        metadata: Metadata {
            timestamp,
            lifecycles: vec![Lifecycle { phase: "discovery" }],
            tools: Tools { components: vec![component::picket()] },
            component: component::subject(estate, options),
        },
        components,
        services,
        dependencies: dependencies(estate),
        compositions: vec![Composition {
            aggregate: if options.partial { "incomplete" } else { "unknown" },
            assemblies: vec![estate.subject.clone()],
            dependencies: vec![estate.subject.clone()],
        }],
        formulation: formulation::of(estate),
        citations: (options.spec == Spec::CycloneDx17).then_some(citation).into_iter().collect(),
    };
    document.serial_number = serial(&document).urn().to_string();
    serde_json::to_value(document).unwrap_or_default()
}

/// One entry for every declared reference. A service provides the deployments it holds, a Model Context Protocol server
/// its tools; everything else depends.
fn dependencies(estate: &Estate<'_>) -> Vec<Dependency> {
    let servers: BTreeSet<&str> = estate
        .parts()
        .filter(|(asset, _)| asset.kind == AssetKind::McpServer)
        .map(|(asset, _)| asset.id.as_str())
        .collect();
    let mut graph: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = estate
        .parts()
        .map(|(asset, _)| (asset.id.to_string(), Default::default()))
        .chain([(estate.subject.clone(), Default::default())])
        .collect();
    for (source, kind, target) in estate.edges() {
        let provides = kind == RelationKind::Contains
            || kind == RelationKind::HasTool && servers.contains(source.as_str());
        let (depends_on, provided) = graph.entry(source).or_default();
        if provides {
            provided.insert(target);
        } else {
            depends_on.insert(target);
        }
    }
    graph
        .into_iter()
        .map(|(reference, (depends_on, provides))| Dependency {
            reference,
            depends_on: depends_on.into_iter().collect(),
            provides: provides.into_iter().collect(),
        })
        .collect()
}

fn properties(listed: Vec<(String, String)>) -> Vec<Property> {
    listed.into_iter().map(|(name, value)| Property { name, value }).collect()
}
