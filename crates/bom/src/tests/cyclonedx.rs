use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{list, options, written};
use crate::{BomOptions, Spec, diff, generate};

fn named<'a>(bom: &'a Value, list: &str, reference: &str) -> &'a Value {
    let found = super::list(&bom[list]).find(|item| item["bom-ref"] == reference);
    found.unwrap_or(&Value::Null)
}

fn component<'a>(bom: &'a Value, reference: &str) -> &'a Value {
    named(bom, "components", reference)
}

#[test]
fn a_whole_bill() {
    insta::assert_json_snapshot!("cyclonedx_1_6", written(Spec::CycloneDx16));
    insta::assert_json_snapshot!("cyclonedx_1_7", written(Spec::CycloneDx17));
}

/// Every `bom-ref`, and every place that refers to one.
fn references(value: &Value, declared: &mut Vec<String>, used: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("bom-ref", Value::String(reference)) => declared.push(reference.clone()),
                    ("ref" | "attributedTo", Value::String(reference)) => {
                        used.push(reference.clone());
                    }
                    ("dependsOn" | "provides" | "assemblies", Value::Array(ends)) => {
                        used.extend(ends.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    ("dependencies", Value::Array(ends)) if ends.iter().all(Value::is_string) => {
                        used.extend(ends.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => references(value, declared, used),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, declared, used)),
        _ => {}
    }
}

#[test]
fn every_reference_is_declared_once() {
    for spec in [Spec::CycloneDx16, Spec::CycloneDx17] {
        let bom = written(spec);
        let (mut declared, mut used) = (Vec::new(), Vec::new());
        references(&bom, &mut declared, &mut used);
        let distinct: BTreeSet<&String> = declared.iter().collect();
        assert_eq!(distinct.len(), declared.len());
        assert!(used.len() > 40, "{}", used.len());
        for reference in &used {
            assert!(distinct.contains(reference), "{reference}");
        }
        let listed: BTreeSet<&str> =
            list(&bom["dependencies"]).filter_map(|entry| entry["ref"].as_str()).collect();
        for part in list(&bom["components"]).chain(list(&bom["services"])) {
            assert!(listed.contains(part["bom-ref"].as_str().unwrap_or_default()), "{part}");
        }
        for unlisted in ["repo://app#app.py", "arn:aws:s3:::logs", "idle"] {
            assert!(!distinct.contains(&unlisted.to_owned()), "{unlisted}");
        }
    }
}

#[test]
fn every_component_says_how_it_is_known() {
    let bom = written(Spec::CycloneDx17);
    for component in list(&bom["components"]) {
        let identity = &component["evidence"]["identity"][0];
        assert_eq!(identity["field"], "name", "{component}");
        assert_eq!(identity["concludedValue"], component["name"]);
        let property = |name: &str| list(&component["properties"]).any(|it| it["name"] == name);
        assert!(property("picket:kind") && property("picket:environment"), "{component}");
        if component["type"] == "machine-learning-model" {
            assert!(component["modelCard"]["modelParameters"].is_object(), "{component}");
        }
        if component["type"] == "data" {
            assert!(component["data"][0]["classification"].is_string(), "{component}");
        }
    }
    let gpt = component(&bom, "model://openai/gpt-4.1");
    let places: Vec<String> = list(&gpt["evidence"]["occurrences"])
        .map(|place| {
            format!("{}:{}", place["location"].as_str().unwrap_or_default(), place["line"])
        })
        .collect();
    assert_eq!(places, ["README.md:9", "app.py:3"]);
    let library = component(&bom, "pkg:npm/@ai-sdk/openai");
    let lock = json!([{"location": "package-lock.json", "additionalContext": "declared"}]);
    assert_eq!(library["evidence"]["occurrences"], lock);
    let agent = component(&bom, "repo://app#app.py:agent");
    assert_eq!(agent["evidence"]["occurrences"][0]["line"], 12);
}

#[test]
fn models_are_told_by_organisation_and_name() {
    let bom = written(Spec::CycloneDx17);
    let gpt = component(&bom, "model://openai/gpt-4.1");
    assert_eq!(
        (&gpt["group"], &gpt["publisher"], &gpt["version"]),
        (&json!("openai"), &json!("openai"), &json!("2025-04-14"))
    );
    assert_eq!((&gpt["isExternal"], &gpt["purl"]), (&json!(true), &Value::Null));
    let qwen = component(&bom, "model://qwen/Qwen2.5-7B");
    assert_eq!((&qwen["group"], &qwen["name"]), (&json!("Qwen"), &json!("Qwen2.5-7B")));
    assert_eq!(qwen["purl"], "pkg:huggingface/Qwen/Qwen2.5-7B@abc123");
    assert_eq!(qwen["scope"], "excluded");
    assert!(
        component(&written(Spec::CycloneDx16), "model://openai/gpt-4.1")
            .get("isExternal")
            .is_none()
    );
}

#[test]
fn a_model_tells_what_it_was_made_from() {
    let bom = written(Spec::CycloneDx16);
    let tickets = component(&bom, "arn:aws:m");
    let parameters = &tickets["modelCard"]["modelParameters"];
    assert_eq!(
        parameters["datasets"],
        json!([{"ref": "arn:aws:s3:::tickets"}, {"ref": "dataset://datasets/stanfordnlp/imdb"}])
    );
    assert_eq!(parameters["task"], "text-generation", "as its base");
    assert_eq!(
        tickets["pedigree"]["ancestors"][0]["purl"],
        "pkg:huggingface/Qwen/Qwen2.5-7B@abc123"
    );
    let risks = &tickets["modelCard"]["considerations"]["ethicalConsiderations"];
    assert_eq!(risks[0]["name"], "trained on tickets, which holds email");
    assert_eq!(
        tickets["externalReferences"],
        json!([{"type": "distribution", "url": "s3://weights/tickets.tar.gz"}])
    );
    let settings = json!({"name": "picket:hyperparameter:epochCount", "value": "2"});
    assert!(list(&tickets["properties"]).any(|property| *property == settings));
    let workflows = &bom["formulation"][0]["workflows"];
    assert_eq!(workflows.as_array().map_or(0, Vec::len), 1, "the model's job is listed");
    assert_eq!(
        workflows[0]["outputs"],
        json!([{"type": "artifact", "resource": {"ref": "arn:aws:m"}}])
    );
    assert_eq!(
        workflows[0]["inputs"][3],
        json!({"parameters": [{"name": "training_file", "value": "file-1"}]})
    );
}

#[test]
fn weight_files_have_hashes_and_licences() {
    let bom = written(Spec::CycloneDx16);
    let file = component(&bom, "repo://app#w.gguf");
    assert_eq!(file["components"][0]["name"], "models/w.gguf");
    assert_eq!(file["components"][0]["hashes"][0]["content"], "ab".repeat(32));
    assert_eq!(file["licenses"], json!([{"license": {"name": "llama3.1"}}]));
    assert_eq!(file["version"], Value::Null, "that of the format is none of the model");
    assert_eq!(file["modelCard"]["modelParameters"]["modelArchitecture"], "llama");
    assert_eq!(file["pedigree"]["ancestors"][0]["purl"], "pkg:huggingface/meta-llama/Llama-3.1-8B");
    let either = component(&bom, "repo://app#p.safetensors");
    assert_eq!(either["licenses"], json!([{"expression": "MIT OR Apache-2.0"}]));
    assert!(either.get("hashes").is_none());
    let imdb = component(&bom, "dataset://datasets/stanfordnlp/imdb");
    assert_eq!(imdb["licenses"], json!([{"license": {"id": "CC-BY-4.0"}}]));
    assert_eq!(
        imdb["data"][0]["contents"]["url"],
        "https://huggingface.co/datasets/stanfordnlp/imdb"
    );
}

#[test]
fn data_says_whose_it_is_and_how_secret() {
    let bom = written(Spec::CycloneDx16);
    let data = &component(&bom, "arn:aws:s3:::tickets")["data"][0];
    assert_eq!((&data["type"], &data["classification"]), (&json!("dataset"), &json!("restricted")));
    assert_eq!(data["sensitiveData"], json!(["email"]));
    assert_eq!(data["governance"]["owners"][0]["organization"]["name"], "support");
    assert_eq!(component(&bom, "repo://app#app.py:prompt/1")["data"][0]["type"], "definition");
}

#[test]
fn services_provide_what_they_hold() {
    let bom = written(Spec::CycloneDx16);
    let edges = |reference: &str, relation: &str| {
        let entry = list(&bom["dependencies"]).find(|entry| entry["ref"] == reference);
        entry.map(|entry| entry[relation].clone()).unwrap_or_default()
    };
    assert_eq!(edges("endpoint://x", "provides"), json!(["azure/gpt"]));
    assert_eq!(
        edges("repo://app#.mcp.json:files", "provides"),
        json!(["repo://app#.mcp.json:files/read"])
    );
    assert_eq!(edges("web", "dependsOn"), json!(["azure/gpt"]));
    assert_eq!(
        edges("repo://app#app.py:agent", "dependsOn"),
        json!([
            "model://openai/gpt-4.1",
            "repo://app#.mcp.json:files",
            "repo://app#app.py:search",
            "repo://app#vector/chroma"
        ])
    );
    let openai = named(&bom, "services", "endpoint://api.openai.com");
    assert_eq!(openai["endpoints"], json!(["https://api.openai.com"]));
    assert_eq!(
        (&openai["authenticated"], &openai["x-trust-boundary"]),
        (&json!(true), &json!(true))
    );
    let templated = named(&bom, "services", "endpoint://x");
    assert!(templated.is_object() && templated.get("endpoints").is_none(), "{templated}");
}

#[test]
fn a_partial_scan_makes_an_incomplete_bill() {
    let (assets, relations) = super::estate();
    for (partial, aggregate) in [(false, "unknown"), (true, "incomplete")] {
        let options = BomOptions { partial, ..options(Spec::CycloneDx16) };
        let bom = generate(&assets, &relations, &options);
        assert_eq!(bom["compositions"][0]["aggregate"], aggregate);
    }
}

#[test]
fn several_repositories_stand_side_by_side() {
    let (mut assets, relations) = super::estate();
    let mut other = assets[0].clone();
    other.id = "repo://other".into();
    other.kind = picket_model::AssetKind::Repository;
    assets.push(other);
    let bom = generate(&assets, &relations, &options(Spec::CycloneDx16));
    assert_eq!(bom["metadata"]["component"]["bom-ref"], "picket:subject/app");
    assert_eq!(component(&bom, "repo://app")["type"], "application");
}

#[test]
fn what_changed_between_two_bills_is_found() {
    let (mut assets, relations) = super::estate();
    let old = written(Spec::CycloneDx16);
    assets.retain(|asset| asset.name != "search");
    for asset in &mut assets {
        if asset.name == "chat" {
            asset.set("model_version", "2025-09-01");
        }
    }
    let new = generate(&assets, &relations, &options(Spec::CycloneDx17));
    let Ok(found) = diff(&old, &new) else { panic!("both are bills") };
    assert!(found.components.added.is_empty(), "{found:?}");
    assert_eq!(found.components.removed[0].name, "search");
    let changed = found.components.changed.iter().find(|it| it.item.name == "gpt-4.1");
    let fields: Vec<&str> =
        changed.into_iter().flat_map(|it| &it.fields).map(|it| it.field.as_str()).collect();
    assert_eq!(fields, ["isExternal", "version"]);
    assert_eq!(found.services.changed.len(), 1);
    assert_eq!(found.dependencies.removed.len(), 1);
}

#[test]
fn an_empty_estate_gives_an_empty_bill() {
    let bom = generate(&[], &[], &options(Spec::CycloneDx16));
    assert_eq!(bom["components"], json!([]));
    assert_eq!(bom["specVersion"], "1.6");
}
