//! One estate with a bit of everything, written in every specification.

mod cyclonedx;
mod diff;
mod spdx;

use picket_model::{
    Asset, AssetKind, Finding, FindingKind, Provider, Relation, RelationKind, Severity,
};
use serde_json::{Value, json};

use crate::{BomOptions, Spec, generate};

fn options(spec: Spec) -> BomOptions {
    let mut options = BomOptions::new(spec, "app", chrono::DateTime::UNIX_EPOCH);
    options.version = Some("1.2.0".to_owned());
    options
}

fn written(spec: Spec) -> Value {
    let (assets, relations) = estate();
    generate(&assets, &relations, &options(spec))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn asset(id: &str, kind: AssetKind, name: &str, provider: Provider) -> Asset {
    Asset::new(id, kind, name, provider, "repo://app")
}

fn sensitive(types: &Value) -> Finding {
    let kind = FindingKind::SensitiveData;
    Finding::new(kind, "content", Severity::High, "t", "d", json!({ "types": types }))
}

fn models() -> Vec<Asset> {
    let places = json!([
        {"path": "app.py", "line": 3, "column": 5, "symbol": "ChatOpenAI(model=)", "standing": "used"},
        {"path": "README.md", "line": 9, "column": 1, "symbol": "literal", "standing": "mentioned"},
    ]);
    vec![
        asset("model://openai/gpt-4.1", AssetKind::Model, "gpt-4.1", Provider::Saas)
            .with("publisher", "openai")
            .with("standing", "used")
            .with("occurrences", places),
        asset("model://qwen/Qwen2.5-7B", AssetKind::Model, "Qwen/Qwen2.5-7B", Provider::Saas)
            .with("publisher", "qwen")
            .with("standing", "mentioned")
            .with("revision", "abc123")
            .with("trust_remote_code", true),
        asset("arn:aws:m", AssetKind::Model, "tickets", Provider::Aws)
            .native_type("AWS::SageMaker::Model")
            .with("model_data", json!(["s3://weights/tickets.tar.gz"]))
            .finding(Finding::new(
                FindingKind::ModelMetadata,
                "m",
                Severity::Informational,
                "t",
                "d",
                json!({"hyperparameters": {"epochCount": "2", "rate": 0.1}}),
            )),
        asset("repo://app#w.gguf", AssetKind::ModelFile, "w.gguf", Provider::Code)
            .native_type("gguf")
            .with("path", "models/w.gguf")
            .with("sha256", "ab".repeat(32))
            .with("license", "llama3.1")
            .with("version", 3)
            .with("base_model", "https://huggingface.co/meta-llama/Llama-3.1-8B")
            .with("context_length", 8192)
            .with("architecture", "llama"),
        asset("repo://app#p.safetensors", AssetKind::ModelFile, "p.safetensors", Provider::Code)
            .with("license", "MIT OR apache-2.0"),
        asset("azure/gpt", AssetKind::ModelDeployment, "chat", Provider::Azure)
            .native_type("Microsoft.CognitiveServices/accounts/deployments")
            .with("model_version", "2025-04-14"),
    ]
}

fn data() -> Vec<Asset> {
    let mut store = asset("arn:aws:s3:::tickets", AssetKind::ObjectStore, "tickets", Provider::Aws)
        .finding(sensitive(&json!({"email": 2})));
    store.tags.insert("Owner".to_owned(), json!("support"));
    store.tags.insert("sensitivity".to_owned(), json!("restricted"));
    vec![
        store,
        asset("arn:aws:s3:::logs", AssetKind::ObjectStore, "logs", Provider::Aws),
        asset(
            "dataset://datasets/stanfordnlp/imdb",
            AssetKind::Dataset,
            "stanfordnlp/imdb",
            Provider::Saas,
        )
        .with("framework", "datasets")
        .with("license", "cc-by-4.0")
        .finding(sensitive(&json!({"credit_card": 3}))),
        asset("repo://app#data/t.csv", AssetKind::Dataset, "data/t.csv", Provider::Code)
            .with("path", "data/t.csv")
            .with("format", "csv"),
        asset("repo://app#app.py:prompt/1", AssetKind::Prompt, "SYSTEM", Provider::Code)
            .with("preview", "You help.")
            .with("sha256", "00".repeat(32)),
        asset("repo://app#vector/chroma", AssetKind::VectorIndex, "docs", Provider::Code)
            .with("engine", "chroma"),
    ]
}

fn software() -> Vec<Asset> {
    vec![
        asset("repo://app", AssetKind::Repository, "app", Provider::Code),
        asset("repo://app#app.py:agent", AssetKind::Agent, "agent", Provider::Code)
            .with("framework", "langchain"),
        asset("repo://app#app.py:search", AssetKind::Tool, "search", Provider::Code),
        asset("repo://app#train.py:job", AssetKind::TrainingJob, "Trainer", Provider::Code)
            .with("training_file", "file-1"),
        asset("pkg:npm/@ai-sdk/openai", AssetKind::Library, "@ai-sdk/openai", Provider::Code)
            .with("ecosystem", "npm")
            .with("role", "model-sdk")
            .with("version", "1.0.0+x"),
        asset("pkg:pypi/langgraph", AssetKind::Library, "langgraph", Provider::Code)
            .with("ecosystem", "pypi")
            .with("role", "agent-framework"),
        asset("oci://vllm", AssetKind::ContainerImage, "vllm/vllm-openai:v0.6.3", Provider::Code)
            .with("repository", "vllm/vllm-openai")
            .with("tag", "v0.6.3"),
        asset("endpoint://api.openai.com", AssetKind::AiService, "OpenAI API", Provider::Saas)
            .with("endpoint", "api.openai.com")
            .with("service", "openai"),
        asset("endpoint://x", AssetKind::AiService, "templated", Provider::Azure)
            .with("endpoint", "https://{name}.openai.azure.com/"),
        asset("repo://app#.mcp.json:files", AssetKind::McpServer, "files", Provider::Code)
            .with("url", "http://mcp.example.com/a"),
        asset("repo://app#.mcp.json:files/read", AssetKind::Tool, "read", Provider::Code),
        asset("web", AssetKind::WebApp, "web", Provider::Azure),
        asset("idle", AssetKind::WebApp, "idle", Provider::Azure),
        asset("repo://app#app.py", AssetKind::SourceFile, "app.py", Provider::Code),
        asset("repo://app#n b.ipynb", AssetKind::Notebook, "n b.ipynb", Provider::Code)
            .native_type("file")
            .with("path", "n b.ipynb"),
    ]
}

fn estate() -> (Vec<Asset>, Vec<Relation>) {
    use RelationKind as R;
    let relation = Relation::new;
    let agent = "repo://app#app.py:agent";
    let relations = vec![
        relation("repo://app", R::Uses, "model://openai/gpt-4.1"),
        relation("repo://app", R::DependsOn, "pkg:npm/@ai-sdk/openai")
            .with("path", "package-lock.json"),
        relation(agent, R::Uses, "model://openai/gpt-4.1"),
        relation(agent, R::HasTool, "repo://app#app.py:search"),
        relation(agent, R::Calls, "repo://app#.mcp.json:files"),
        relation(agent, R::GroundedOn, "repo://app#vector/chroma"),
        relation(agent, R::Uses, "nowhere"),
        relation(agent, R::DefinedIn, "repo://app#app.py").with("path", "app.py").with("line", 12),
        relation("repo://app#.mcp.json:files", R::HasTool, "repo://app#.mcp.json:files/read"),
        relation("arn:aws:m", R::DerivedFrom, "model://qwen/Qwen2.5-7B"),
        relation("arn:aws:m", R::DerivedFrom, "repo://app#train.py:job"),
        relation("arn:aws:m", R::TrainedOn, "dataset://datasets/stanfordnlp/imdb"),
        relation("repo://app#train.py:job", R::TrainedOn, "arn:aws:s3:::tickets"),
        relation("repo://app#train.py:job", R::Uses, "model://qwen/Qwen2.5-7B"),
        relation("azure/gpt", R::Deploys, "model://openai/gpt-4.1"),
        relation("endpoint://x", R::Contains, "azure/gpt"),
        relation("web", R::Uses, "azure/gpt"),
        relation("pkg:pypi/langgraph", R::DefinedIn, "repo://app#n b.ipynb")
            .with("path", "n b.ipynb")
            .with("line", 2),
    ];
    ([models(), data(), software()].concat(), relations)
}

#[test]
fn the_order_of_assets_does_not_matter() {
    let (mut assets, mut relations) = estate();
    for spec in Spec::ALL {
        let before = generate(&assets, &relations, &options(spec)).to_string();
        for shift in [1, 7, 11] {
            assets.rotate_left(shift);
            relations.rotate_right(shift);
            assets.swap(0, shift);
            assert_eq!(generate(&assets, &relations, &options(spec)).to_string(), before);
        }
        assets.reverse();
        relations.reverse();
        assert_eq!(generate(&assets, &relations, &options(spec)).to_string(), before);
    }
}

#[test]
fn only_time_and_serial_number_differ_between_runs() {
    let (assets, relations) = estate();
    for spec in Spec::ALL {
        let first = options(spec);
        let mut later = first.clone();
        later.timestamp += chrono::TimeDelta::days(3);
        let [first, later] = [first, later].map(|it| {
            let document = generate(&assets, &relations, &it);
            let serial = list(&document["@graph"])
                .find(|element| element["type"] == "SpdxDocument")
                .map_or(&document["serialNumber"], |element| &element["spdxId"]);
            let serial = serial.as_str().unwrap_or_default().to_owned();
            let time = it.timestamp.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            assert!(serial.starts_with("urn:uuid:"), "{serial}");
            (document.to_string().replace(&serial, "SERIAL").replace(&time, "TIME"), serial)
        });
        assert_eq!(
            first.0.replace("1970-01-01T00:00:00Z", "TIME"),
            later.0.replace("1970-01-01T00:00:00Z", "TIME")
        );
        assert_ne!(first.1, later.1);
    }
}

#[test]
fn specifications_are_asked_for_by_name() {
    for spec in Spec::ALL {
        assert_eq!(spec.name().parse(), Ok(spec));
    }
    let error = "spdx-2.3".parse::<Spec>().map_err(|error| error.to_string());
    assert_eq!(
        error,
        Err("`spdx-2.3` is not written; use `cyclonedx-1.6`, `cyclonedx-1.7` or `spdx-3.0`"
            .to_owned())
    );
}
