//! Files and the lines of them that speak for something.

use std::collections::BTreeSet;

use picket_model::Asset;
use serde_json::json;

use super::element::{Element, Graph, id};
use crate::estate::{Estate, Part};
use crate::facts::{file_path, places};

/// Adds the file at `path`, unless it is a part by itself, and gives its id.
pub(super) fn file(asset: &Asset, path: &str, estate: &Estate<'_>, graph: &mut Graph) -> String {
    let named = estate.file(asset, path);
    if estate.listed_as(&named) == Some(Part::Notebook) {
        return id(&named);
    }
    let file = id(&format!("file/{named}"));
    graph.add(
        Element::new("software_File", &file).set("name", path).set("software_fileKind", "file"),
    );
    file
}

/// Adds a snippet for every line where an asset was found, and that they, or the whole files, are evidence of it.
pub(super) fn add(asset: &Asset, element: &str, estate: &Estate<'_>, graph: &mut Graph) {
    if file_path(asset).is_some() {
        return;
    }
    let mut evidence = BTreeSet::new();
    for place in places(asset, estate) {
        let file = file(asset, &place.path, estate, graph);
        let Some(line) = place.line else {
            evidence.insert(file);
            continue;
        };
        let snippet = format!("{file}:{line}");
        graph.add(
            Element::new("software_Snippet", &snippet)
                .set("name", place.at())
                .set("software_snippetFromFile", file)
                .set(
                    "software_lineRange",
                    json!({
                        "type": "PositiveIntegerRange",
                        "beginIntegerRange": line, "endIntegerRange": line,
                    }),
                ),
        );
        evidence.insert(snippet);
    }
    if !evidence.is_empty() {
        graph.relate(element, "hasEvidence", &Vec::from_iter(evidence), None);
    }
}
