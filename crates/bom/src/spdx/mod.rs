//! SPDX 3.0.1 as JSON-LD: core, software, AI, dataset, simple licensing and extension profiles.
//!
//! Where SPDX asks for what no scan can see, the document says so in the way that the standard has for it: the
//! individual `NoAssertionLicense`, an agent named `NOASSERTION`, the value `NOASSERTION` for texts, and, since times have
//! no such value, [`UNKNOWN_TIME`] with a comment.

mod element;
mod evidence;
mod package;
mod relationship;

use chrono::SecondsFormat;
use picket_model::Provider;
use serde_json::{Value, json};

use crate::estate::Estate;
use crate::{BomOptions, serial};
use element::{Element, Graph, id};

/// Stands for a time that nobody has said.
const UNKNOWN_TIME: &str = "1970-01-01T00:00:00Z";
/// Stands for a text that nobody has said.
const NO_ASSERTION: &str = "NOASSERTION";

/// Writes the document.
pub(crate) fn document(estate: &Estate<'_>, options: &BomOptions) -> Value {
    let mut graph = Graph::default();
    let subject = id(&estate.subject);
    graph.add(
        Element::new("software_Package", &subject)
            .set("name", estate.repository.map_or(options.name.as_str(), |it| it.name.as_str()))
            .set("software_primaryPurpose", "application")
            .set("software_packageVersion", options.version.as_deref()),
    );
    for part in estate.parts() {
        package::add(part, estate, &mut graph);
    }
    relationship::add(estate, options.partial, &mut graph);
    let created = options.timestamp.to_rfc3339_opts(SecondsFormat::Secs, true);
    let creator = id("creator");
    let tool = id("tool");
    let info = json!({
        "type": "CreationInfo", "@id": element::CREATION, "specVersion": options.spec.version(),
        "created": created, "createdBy": [creator], "createdUsing": [tool],
    });
    let name = format!("picket {}", env!("CARGO_PKG_VERSION"));
    graph.add(Element::new("SoftwareAgent", &creator).set("name", name.as_str()));
    graph.add(Element::new("Tool", &tool).set("name", name));
    let elements = graph.finish();
    let serial = serial(&json!([info, elements])).urn().to_string();
    let ids: Vec<&Value> = elements.iter().filter_map(|element| element.get("spdxId")).collect();
    let bom = format!("{serial}#bom");
    let sbom = Element::new("software_Sbom", &bom)
        .set("name", options.name.as_str())
        .set("software_sbomType", json!(kinds(estate)))
        .set("rootElement", json!([subject]))
        .set("element", json!(ids));
    let document = Element::new("SpdxDocument", &serial)
        .set("name", options.name.as_str())
        .set(
            "profileConformance",
            json!(["core", "software", "ai", "dataset", "simpleLicensing", "extension"]),
        )
        .set("rootElement", json!([bom]));
    let mut written = vec![info, document.finish(), sbom.finish()];
    written.extend(elements);
    json!({ "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": written })
}

/// What the bill was made from: files, what runs, or both.
fn kinds(estate: &Estate<'_>) -> Vec<&'static str> {
    let of_files = |provider| matches!(provider, Provider::Code | Provider::Saas);
    let files =
        estate.repository.is_some() || estate.parts().any(|(asset, _)| of_files(asset.provider));
    let running = estate.parts().any(|(asset, _)| !of_files(asset.provider));
    let kinds = [("source", files || !running), ("deployed", running)];
    kinds.into_iter().filter(|(_, there)| *there).map(|(kind, _)| kind).collect()
}
