//! What the SPDX bindings do not check: the restrictions that the AI and dataset profiles put on other profiles' properties.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{list, options, written};
use crate::{Spec, generate};

fn elements(document: &Value) -> BTreeMap<&str, &Value> {
    list(&document["@graph"])
        .filter_map(|element| Some((element["spdxId"].as_str()?, element)))
        .collect()
}

fn of_type<'a>(document: &'a Value, kind: &str) -> Vec<&'a Value> {
    list(&document["@graph"]).filter(|element| element["type"] == kind).collect()
}

/// Targets of the relationships of one type from an element.
fn related<'a>(document: &'a Value, from: &str, kind: &str) -> Vec<&'a str> {
    of_type(document, "Relationship")
        .into_iter()
        .filter(|it| it["from"] == from && it["relationshipType"] == kind)
        .flat_map(|it| list(&it["to"]))
        .filter_map(Value::as_str)
        .collect()
}

#[test]
fn a_whole_bill() {
    insta::assert_json_snapshot!("spdx_3_0", written(Spec::Spdx30));
}

#[test]
fn every_reference_resolves_and_every_id_is_there_once() {
    let document = written(Spec::Spdx30);
    let elements = elements(&document);
    let ids = list(&document["@graph"]).filter(|element| element.get("spdxId").is_some()).count();
    assert_eq!(ids, elements.len());
    let known = |reference: &Value| {
        let text = reference.as_str().unwrap_or_default();
        elements.contains_key(text) || text.starts_with("https://spdx.org/rdf/3.0.1/terms/")
    };
    for element in list(&document["@graph"]) {
        for name in [
            "to",
            "from",
            "rootElement",
            "element",
            "suppliedBy",
            "originatedBy",
            "createdBy",
            "createdUsing",
            "software_snippetFromFile",
        ] {
            let value = &element[name];
            let ends = if value.is_array() { list(value).collect() } else { vec![value] };
            for end in ends.into_iter().filter(|end| !end.is_null()) {
                assert!(known(end), "{name} of {element}");
            }
        }
        for entry in list(&element["simplelicensing_customIdToUri"]) {
            assert!(known(&entry["value"]), "{element}");
        }
        if element["type"] != "CreationInfo" {
            assert_eq!(element["creationInfo"], "_:creation", "{element}");
        }
    }
    let bom = of_type(&document, "software_Sbom")[0];
    let listed: BTreeSet<&str> = list(&bom["element"]).filter_map(Value::as_str).collect();
    assert_eq!(listed.len(), elements.len() - 2, "all but the document and the bill itself");
}

#[test]
fn packages_have_what_their_profiles_ask_for() {
    let document = written(Spec::Spdx30);
    let elements = elements(&document);
    let agent = |id: &Value| {
        let kind = elements.get(id.as_str().unwrap_or_default()).map(|it| it["type"].clone());
        matches!(
            kind.unwrap_or_default().as_str(),
            Some("Agent" | "Organization" | "Person" | "SoftwareAgent")
        )
    };
    let packages = of_type(&document, "ai_AIPackage");
    assert_eq!(packages.len(), 6);
    for package in &packages {
        for name in ["name", "releaseTime", "software_packageVersion", "software_downloadLocation"]
        {
            assert!(package[name].as_str().is_some_and(|it| !it.is_empty()), "{name}: {package}");
        }
        assert_eq!(package["software_primaryPurpose"], "model");
        assert!(agent(&package["suppliedBy"]), "{package}");
    }
    let datasets = of_type(&document, "dataset_DatasetPackage");
    assert_eq!(datasets.len(), 3);
    for package in &datasets {
        for name in ["name", "releaseTime", "builtTime", "software_downloadLocation"] {
            assert!(package[name].as_str().is_some_and(|it| !it.is_empty()), "{name}: {package}");
        }
        assert_eq!(package["software_primaryPurpose"], "data");
        assert_eq!(package["dataset_datasetType"].as_array().map_or(0, Vec::len), 1);
        let origins: Vec<&Value> = list(&package["originatedBy"]).collect();
        assert!(origins.len() == 1 && agent(origins[0]), "{package}");
    }
    for package in packages.iter().chain(&datasets) {
        let id = package["spdxId"].as_str().unwrap_or_default();
        for kind in ["hasDeclaredLicense", "hasConcludedLicense"] {
            let licenses = related(&document, id, kind);
            assert_eq!(licenses.len(), 1, "{kind} of {id}");
            let expression = elements
                .get(licenses[0])
                .is_none_or(|it| it["type"] == "simplelicensing_LicenseExpression");
            assert!(
                expression
                    && (elements.contains_key(licenses[0])
                        || licenses[0].ends_with("/NoAssertionLicense"))
            );
        }
    }
}

#[test]
fn relations_have_the_words_of_the_standard() {
    let document = written(Spec::Spdx30);
    let related = |from: &str, kind: &str| related(&document, &format!("picket:{from}"), kind);
    assert_eq!(
        related("arn:aws:m", "trainedOn"),
        ["picket:arn:aws:s3:::tickets", "picket:dataset://datasets/stanfordnlp/imdb"]
    );
    assert_eq!(related("arn:aws:m", "descendantOf"), ["picket:model://qwen/Qwen2.5-7B"]);
    assert_eq!(related("repo://app%23train.py:job", "generates"), ["picket:arn:aws:m"]);
    assert_eq!(related("repo://app%23train.py:job", "hasInput"), ["picket:arn:aws:s3:::tickets"]);
    assert_eq!(
        related("repo://app%23app.py:agent", "usesTool"),
        ["picket:repo://app%23.mcp.json:files", "picket:repo://app%23app.py:search"]
    );
    assert_eq!(
        related("repo://app%23.mcp.json:files", "contains"),
        ["picket:repo://app%23.mcp.json:files/read"]
    );
    assert_eq!(
        related("repo://app%23data/t.csv", "hasDataFile"),
        ["picket:file/repo://app%23data/t.csv"]
    );
    assert_eq!(related("repo://app%23w.gguf", "contains"), ["picket:repo://app%23w.gguf%23file"]);
    assert_eq!(related("repo://app%23app.py:agent", "dependsOn").len(), 2);
}

#[test]
fn evidence_is_lines_of_files() {
    let document = written(Spec::Spdx30);
    let elements = elements(&document);
    let evidence = related(&document, "picket:repo://app%23app.py:agent", "hasEvidence");
    assert_eq!(evidence, ["picket:file/repo://app%23app.py:12"]);
    let snippet = elements[evidence[0]];
    assert_eq!(snippet["software_lineRange"]["beginIntegerRange"], 12);
    assert_eq!(elements["picket:file/repo://app%23app.py"]["name"], "app.py");
    assert_eq!(
        related(&document, "picket:pkg:pypi/langgraph", "hasEvidence"),
        ["picket:repo://app%23n%20b.ipynb:2"],
        "a notebook is a file by itself"
    );
    assert_eq!(
        related(&document, "picket:pkg:npm/@ai-sdk/openai", "hasEvidence"),
        ["picket:file/repo://app%23package-lock.json"],
        "a lock file as a whole"
    );
    let weights = elements["picket:repo://app%23w.gguf%23file"];
    assert_eq!(weights["verifiedUsing"][0]["hashValue"], "ab".repeat(32));
}

#[test]
fn nothing_is_invented() {
    let document = written(Spec::Spdx30);
    let elements = elements(&document);
    let gpt = elements["picket:model://openai/gpt-4.1"];
    assert_eq!(gpt["releaseTime"], "2025-04-14T00:00:00Z", "the day of its deployed version");
    let file = elements["picket:repo://app%23p.safetensors"];
    assert_eq!(file["software_packageVersion"], "NOASSERTION");
    assert_eq!(file["suppliedBy"], "picket:agent/NOASSERTION");
    assert_eq!(file["releaseTime"], "1970-01-01T00:00:00Z");
    assert!(file["comment"].as_str().is_some_and(|it| it.contains("NOASSERTION")), "{file}");
    assert_eq!(file["ai_useSensitivePersonalInformation"], "noAssertion");
    assert_eq!(elements["picket:arn:aws:m"]["ai_useSensitivePersonalInformation"], "yes");
    let settings = &elements["picket:arn:aws:m"]["ai_hyperparameter"];
    assert_eq!(settings[1], json!({"type": "DictionaryEntry", "key": "rate", "value": "0.1"}));
    let llama = elements["picket:license/LicenseRef-llama3.1"];
    assert_eq!(llama["simplelicensing_customIdToUri"][0]["value"], "picket:license-text/llama3.1");
}

#[test]
fn an_empty_estate_gives_an_empty_bill() {
    let document = generate(&[], &[], &options(Spec::Spdx30));
    assert_eq!(of_type(&document, "software_Package").len(), 1, "what it is about");
    assert_eq!(
        of_type(&document, "software_Sbom")[0]["rootElement"],
        json!(["picket:subject/app"])
    );
}
