use picket_model::{
    Asset, AssetKind, Finding, FindingKind, Provider, Relation, RelationKind, Severity,
};
use serde_json::{Value, json};

use super::*;

fn options(spec: Spec) -> BomOptions {
    BomOptions {
        spec,
        name: "app".to_owned(),
        version: Some("1.2.0".to_owned()),
        serial: uuid::Uuid::from_u128(7),
        timestamp: DateTime::UNIX_EPOCH,
    }
}

fn estate() -> (Vec<Asset>, Vec<Relation>) {
    let asset =
        |id: &str, kind, name: &str, provider| Asset::new(id, kind, name, provider, "repo://app");
    let places = json!([
        {"path": "app.py", "line": 3, "column": 5, "symbol": "ChatOpenAI(model=)", "standing": "used"},
        {"path": "README.md", "line": 9, "column": 1, "symbol": "literal", "standing": "mentioned"},
    ]);
    let assets = vec![
        asset("repo://app", AssetKind::Repository, "app", Provider::Code),
        asset("model://openai/gpt-4.1", AssetKind::Model, "gpt-4.1", Provider::Saas)
            .with("publisher", "openai")
            .with("standing", "used")
            .with("occurrences", places),
        asset("model://qwen/Qwen2.5-7B", AssetKind::Model, "Qwen/Qwen2.5-7B", Provider::Saas)
            .with("publisher", "qwen")
            .with("standing", "mentioned")
            .with("trust_remote_code", true),
        asset("model://contoso/tickets", AssetKind::Model, "contoso/tickets", Provider::Saas),
        asset("repo://app#w.safetensors", AssetKind::ModelFile, "w.safetensors", Provider::Code)
            .with("sha256", "ab".repeat(32))
            .with("license", "apache-2.0")
            .with("architecture", "llama"),
        asset("dataset://datasets/imdb", AssetKind::Dataset, "imdb", Provider::Saas).finding(
            Finding::new(
                FindingKind::SensitiveData,
                "content",
                Severity::High,
                "t",
                "d",
                json!({"types": {"credit_card": 3}}),
            ),
        ),
        asset("repo://app#app.py:prompt/1", AssetKind::Prompt, "SYSTEM", Provider::Code)
            .with("preview", "You help.")
            .with("sha256", "00"),
        asset("repo://app#vector/chroma", AssetKind::VectorIndex, "docs", Provider::Code)
            .with("engine", "chroma"),
        asset("repo://app#app.py:agent", AssetKind::Agent, "agent", Provider::Code)
            .with("framework", "langchain"),
        asset("repo://app#app.py:search", AssetKind::Tool, "search", Provider::Code),
        asset("pkg:npm/@ai-sdk/openai", AssetKind::Library, "@ai-sdk/openai", Provider::Code)
            .with("ecosystem", "npm")
            .with("version", "1.0.0+x"),
        asset("endpoint://api.openai.com", AssetKind::AiService, "OpenAI API", Provider::Saas)
            .with("endpoint", "api.openai.com")
            .with("service", "openai"),
        asset("endpoint://x", AssetKind::AiService, "templated", Provider::Azure)
            .with("endpoint", "https://{name}.openai.azure.com/"),
        asset("repo://app#.mcp.json:files", AssetKind::McpServer, "files", Provider::Code)
            .with("url", "http://mcp.example.com/a b"),
        asset("repo://app#app.py", AssetKind::SourceFile, "app.py", Provider::Code),
    ];
    let relation = Relation::new;
    let relations = vec![
        relation("repo://app", RelationKind::Uses, "model://openai/gpt-4.1"),
        relation("repo://app", RelationKind::DependsOn, "pkg:npm/@ai-sdk/openai"),
        relation("repo://app#app.py:agent", RelationKind::Uses, "model://openai/gpt-4.1"),
        relation("repo://app#app.py:agent", RelationKind::HasTool, "repo://app#app.py:search"),
        relation("repo://app#app.py:agent", RelationKind::GroundedOn, "repo://app#vector/chroma"),
        relation("repo://app#app.py:agent", RelationKind::Uses, "nowhere"),
        relation("model://contoso/tickets", RelationKind::DerivedFrom, "model://qwen/Qwen2.5-7B"),
        relation("model://contoso/tickets", RelationKind::TrainedOn, "dataset://datasets/imdb"),
        relation("repo://app#app.py:agent", RelationKind::DefinedIn, "repo://app#app.py"),
    ];
    (assets, relations)
}

#[test]
fn a_whole_bill() {
    let (assets, relations) = estate();
    insta::assert_json_snapshot!(
        "cyclonedx_1_6",
        generate(&assets, &relations, &options(Spec::CycloneDx16))
    );
    insta::assert_json_snapshot!(
        "cyclonedx_1_7",
        generate(&assets, &relations, &options(Spec::CycloneDx17))
    );
}

#[test]
fn every_reference_is_declared_once() {
    let (assets, relations) = estate();
    let bom = generate(&assets, &relations, &options(Spec::CycloneDx17));
    let mut declared: Vec<&str> = vec![bom["metadata"]["component"]["bom-ref"].as_str().unwrap()];
    for list in ["components", "services"] {
        declared.extend(
            bom[list].as_array().unwrap().iter().map(|item| item["bom-ref"].as_str().unwrap()),
        );
    }
    let distinct: BTreeSet<&str> = declared.iter().copied().collect();
    assert_eq!(distinct.len(), declared.len());
    for entry in bom["dependencies"].as_array().unwrap() {
        assert!(distinct.contains(entry["ref"].as_str().unwrap()));
        for needed in entry["dependsOn"].as_array().into_iter().flatten() {
            assert!(distinct.contains(needed.as_str().unwrap()), "{needed}");
        }
    }
    assert!(!distinct.contains("repo://app#app.py"));
}

#[test]
fn the_order_of_assets_does_not_matter() {
    let (mut assets, mut relations) = estate();
    let before = generate(&assets, &relations, &options(Spec::CycloneDx16));
    assets.reverse();
    relations.reverse();
    assert_eq!(generate(&assets, &relations, &options(Spec::CycloneDx16)), before);
}

#[test]
fn an_empty_estate_gives_an_empty_bill() {
    let bom = generate(&[], &[], &options(Spec::CycloneDx16));
    assert_eq!(bom["components"], Value::Array(Vec::new()));
    assert_eq!(bom["specVersion"], "1.6");
}
