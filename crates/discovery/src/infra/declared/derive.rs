//! Properties that take more than copying: what filters do, what functions change, what stands in companion resources.

use picket_model::{AssetId, AssetKind, Finding, FindingKind, Relation, RelationKind, Severity};
use serde_json::{Value, json};

use super::Resource;
use super::index::Index;
use crate::Collector;
use crate::files::Scope;
use crate::infra::path::{all, single};

/// Adds them for every resource.
pub(super) fn add(index: &Index<'_>, scope: &Scope, out: &mut Collector) {
    for (position, resource) in index.resources.iter().enumerate() {
        match (resource.kind.as_str(), index.asset(position).cloned()) {
            ("aws_bedrockagent_agent_action_group", Some(id)) => {
                functions(index, resource, &id, out);
            }
            ("aws_bedrockagent_agent", Some(id)) => {
                let length = text(&resource.values, "instruction").chars().count();
                set(&id, "instruction_length", json!(length), out);
            }
            ("azurerm_machine_learning_compute_instance", Some(id)) => {
                let ssh = !all(&resource.values, "ssh").is_empty();
                set(&id, "ssh_public_access", json!(if ssh { "Enabled" } else { "Disabled" }), out);
            }
            ("aws_bedrock_guardrail", Some(id)) => guardrail(resource, &id, out),
            ("azurerm_cognitive_account_rai_policy", Some(id)) => {
                content_filters(resource, &id, out);
            }
            ("aws_sagemaker_endpoint", Some(id)) => endpoint(index, resource, &id, out),
            ("aws_sagemaker_model", Some(id)) => {
                let subnets = !all(&resource.values, "vpc_config.subnets").is_empty();
                set(&id, "in_vpc", json!(subnets), out);
            }
            ("aws_bedrockagentcore_gateway", Some(id)) => gateway(resource, &id, out),
            ("aws_s3_bucket_public_access_block", _) => block(index, resource, out),
            ("aws_opensearchserverless_security_policy", _) => network_policy(resource, out),
            (
                "aws_s3_object"
                | "aws_s3_bucket_object"
                | "azurerm_storage_blob"
                | "google_storage_bucket_object",
                _,
            ) => object(index, scope, resource, out),
            ("azurerm_monitor_diagnostic_setting", _) => diagnostics(index, resource, out),
            (
                "azurerm_machine_learning_datastore_blobstorage"
                | "microsoft.machinelearningservices/workspaces/datastores",
                _,
            ) => datastore(index, resource, out),
            (kind, Some(id)) if kind.ends_with("/connections") => {
                connection(index, resource, &id, out);
            }
            ("aws_sfn_state_machine", Some(id)) => state_machine(scope, resource, &id, out),
            (
                "azurerm_cognitive_account"
                | "azurerm_ai_services"
                | "azurerm_search_service"
                | "azurerm_machine_learning_workspace"
                | "azurerm_ai_foundry"
                | "microsoft.cognitiveservices/accounts"
                | "microsoft.search/searchservices"
                | "microsoft.machinelearningservices/workspaces",
                Some(id),
            ) => {
                let known = out.get(&id).is_some_and(|it| it.properties.contains_key(DIAGNOSTICS));
                if !known {
                    set(&id, DIAGNOSTICS, json!(0), out);
                }
                address(resource, &id, out);
            }
            _ => {}
        }
    }
}

const DIAGNOSTICS: &str = "diagnostic_settings";

fn set(id: &AssetId, key: &str, value: Value, out: &mut Collector) {
    if let Some(asset) = out.get_mut(id) {
        asset.set(key, value);
    }
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    single(value, path).and_then(Value::as_str).unwrap_or_default()
}

/// What an agent's tool can do, and what of it changes something without asking.
fn functions(index: &Index<'_>, resource: &Resource, id: &AssetId, out: &mut Collector) {
    let functions = all(&resource.values, "function_schema.member_functions.functions");
    let names: Vec<&str> = functions.iter().map(|function| text(function, "name")).collect();
    let writes: Vec<&str> = functions
        .iter()
        .filter(|function| text(function, "require_confirmation") != "ENABLED")
        .map(|function| text(function, "name"))
        .filter(|name| crate::verbs::writes(name))
        .collect();
    set(id, "functions", json!(names), out);
    set(id, "unconfirmed_writes", json!(writes), out);
    if !writes.is_empty() {
        let finding = Finding::new(
            FindingKind::AgentRisk,
            "unconfirmed_writes",
            Severity::High,
            format!("Changes something without asking: {}", writes.join(", ")),
            "The agent calls these functions on its own; instructions hidden in a document can make it do so",
            json!({ "functions": writes }),
        );
        out.finding(id, finding);
    }
    let types = ["aws_bedrockagent_agent", "aws_lambda_function"].map(ToOwned::to_owned);
    let of = |path: &str| -> Vec<AssetId> {
        all(&resource.values, path)
            .into_iter()
            .flat_map(|value| index.resolve(&resource.root, value, &types))
            .collect()
    };
    for agent in of("agent_id") {
        for function in of("action_group_executor.lambda") {
            out.relation(Relation::new(agent.clone(), RelationKind::Calls, function));
        }
        if let Some(asset) = out.get_mut(&agent)
            && !writes.is_empty()
        {
            asset.set("unconfirmed_writes", json!(writes));
        }
    }
}

fn guardrail(resource: &Resource, id: &AssetId, out: &mut Collector) {
    let filters = all(&resource.values, "content_policy_config.filters_config");
    let kinds: Vec<&str> = filters.iter().map(|filter| text(filter, "type")).collect();
    let strength = filters
        .iter()
        .find(|filter| text(filter, "type") == "PROMPT_ATTACK")
        .map_or("NONE", |filter| text(filter, "input_strength"));
    let personal: Vec<&str> =
        all(&resource.values, "sensitive_information_policy_config.pii_entities_config")
            .into_iter()
            .map(|entity| text(entity, "type"))
            .collect();
    let topics: Vec<&str> = all(&resource.values, "topic_policy_config.topics_config")
        .into_iter()
        .map(|topic| text(topic, "name"))
        .collect();
    let patterns = all(&resource.values, "sensitive_information_policy_config.regexes_config");
    set(id, "prompt_attack_filter", json!(strength != "NONE"), out);
    set(id, "prompt_attack_strength", json!(strength), out);
    set(id, "pii_filter", json!(!personal.is_empty() || !patterns.is_empty()), out);
    set(id, "pii_entities", json!(personal), out);
    set(id, "denied_topics", json!(topics), out);
    set(id, "content_filters", json!(kinds), out);
}

/// Azure's content filters in the shape of its own API.
fn content_filters(resource: &Resource, id: &AssetId, out: &mut Collector) {
    let filters: Vec<Value> = all(&resource.values, "content_filter")
        .into_iter()
        .map(|filter| {
            json!({
                "name": text(filter, "name"),
                "enabled": single(filter, "filter_enabled"),
                "blocking": single(filter, "block_enabled"),
                "severityThreshold": text(filter, "severity_threshold"),
                "source": text(filter, "source"),
            })
        })
        .collect();
    set(id, "content_filters", json!(filters), out);
}

/// An endpoint deploys the models of its configuration.
fn endpoint(index: &Index<'_>, resource: &Resource, id: &AssetId, out: &mut Collector) {
    let name = text(&resource.values, "endpoint_config_name");
    let named = index.text(&resource.root, name);
    let configuration = index.resources.iter().find(|other| {
        other.kind == "aws_sagemaker_endpoint_configuration"
            && other.root == resource.root
            && (index.names(&resource.root, name, other) || text(&other.values, "name") == named)
    });
    let Some(configuration) = configuration else { return };
    let values = &configuration.values;
    let types = ["aws_sagemaker_model".to_owned()];
    for model in all(values, "production_variants.model_name") {
        for target in index.resolve(&configuration.root, model, &types) {
            out.relation(Relation::new(id.clone(), RelationKind::Deploys, target));
        }
    }
    let capture =
        single(values, "data_capture_config.enable_capture").is_some_and(|it| *it == json!(true));
    set(id, "instance_types", json!(all(values, "production_variants.instance_type")), out);
    set(id, "data_capture", json!(capture), out);
    let key = text(values, "kms_key_arn");
    if !key.is_empty() {
        set(id, "kms_key", json!(key), out);
    }
}

fn gateway(resource: &Resource, id: &AssetId, out: &mut Collector) {
    if text(&resource.values, "authorizer_type") == "NONE" {
        let finding = Finding::new(
            FindingKind::PublicAccess,
            "authorizer",
            Severity::Critical,
            "Anyone may call this gateway",
            "Its authorizer type is NONE: whoever knows the address lists and calls its tools",
            json!({ "authorizer": "NONE" }),
        );
        out.finding(id, finding);
    }
}

/// Both settings together keep a bucket policy from opening the bucket.
fn block(index: &Index<'_>, resource: &Resource, out: &mut Collector) {
    let on = |key: &str| single(&resource.values, key).is_some_and(|it| *it == json!(true));
    let types = ["aws_s3_bucket".to_owned()];
    for value in all(&resource.values, "bucket") {
        for bucket in index.resolve(&resource.root, value, &types) {
            let blocked = on("block_public_policy") && on("restrict_public_buckets");
            set(&bucket, "block_public_access", json!(blocked), out);
        }
    }
}

/// A network policy of OpenSearch Serverless names its collections by pattern.
fn network_policy(resource: &Resource, out: &mut Collector) {
    if text(&resource.values, "type") != "network" {
        return;
    }
    let Ok(policy) = serde_json::from_str::<Value>(text(&resource.values, "policy")) else {
        return;
    };
    let blocks: Vec<&Value> =
        policy.as_array().map_or_else(|| vec![&policy], |it| it.iter().collect());
    for block in blocks {
        let public = block.get("AllowFromPublic") == Some(&json!(true));
        let patterns: Vec<&str> =
            all(block, "Rules.Resource").into_iter().filter_map(Value::as_str).collect();
        let collections: Vec<AssetId> = out
            .of_kind(AssetKind::VectorIndex)
            .filter(|asset| {
                let name = format!("collection/{}", asset.name);
                patterns.iter().any(|pattern| super::policy::glob(pattern, &name))
            })
            .map(|asset| asset.id.clone())
            .collect();
        for id in collections {
            set(&id, "public_network", json!(public), out);
        }
    }
}

fn diagnostics(index: &Index<'_>, resource: &Resource, out: &mut Collector) {
    for value in all(&resource.values, "target_resource_id") {
        for id in index.resolve(&resource.root, value, &[]) {
            let count = out
                .get(&id)
                .and_then(|asset| asset.properties.get(DIAGNOSTICS)?.as_u64())
                .unwrap_or(0);
            set(&id, DIAGNOSTICS, json!(count + 1), out);
        }
    }
}

/// What a workspace registers as a datastore, its jobs train on.
fn datastore(index: &Index<'_>, resource: &Resource, out: &mut Collector) {
    let of = |path: &str| -> Vec<AssetId> {
        all(&resource.values, path)
            .into_iter()
            .flat_map(|value| index.resolve(&resource.root, value, &[]))
            .collect()
    };
    let accounts = ["microsoft.storage/storageaccounts".to_owned()];
    let account = text(&resource.values, "body.properties.accountName");
    let accounts = index.resolve_text(&resource.root, account, &accounts);
    for workspace in of("workspace_id").into_iter().chain(of("parent_id")) {
        for container in of("storage_container_id").into_iter().chain(accounts.clone()) {
            let account = out
                .relations()
                .iter()
                .find(|it| it.kind == RelationKind::Contains && it.target == container)
                .map(|it| it.source.clone());
            let name = text(&resource.values, "name");
            for store in [Some(container), account].into_iter().flatten() {
                let relation = Relation::new(workspace.clone(), RelationKind::TrainedOn, store);
                out.relation(relation.with("via", format!("datastore {name}")));
            }
        }
    }
}

/// The address at which a service of this name answers, unless it is given.
fn address(resource: &Resource, id: &AssetId, out: &mut Collector) {
    let Some(asset) = out.get(id).filter(|it| !it.properties.contains_key("endpoint")) else {
        return;
    };
    let subdomain = asset.properties.get("custom_sub_domain_name").and_then(Value::as_str);
    let openai = asset.properties.get("account_kind").and_then(Value::as_str) == Some("OpenAI");
    let endpoint = match (resource.kind.as_str(), subdomain) {
        ("azurerm_search_service" | "microsoft.search/searchservices", _) => {
            format!("https://{}.search.windows.net", asset.name)
        }
        (_, Some(name)) if openai => format!("https://{name}.openai.azure.com/"),
        _ => return,
    };
    set(id, "endpoint", json!(endpoint), out);
}

/// What a connection leads to: data its project answers from, or a service it calls.
fn connection(index: &Index<'_>, resource: &Resource, id: &AssetId, out: &mut Collector) {
    let grounds = matches!(
        text(&resource.values, "body.properties.category"),
        "CognitiveSearch"
            | "AzureBlob"
            | "AzureStorageAccount"
            | "AzureOneLake"
            | "CosmosDB"
            | "AzureSqlDb"
    );
    let kind = if grounds { RelationKind::GroundedOn } else { RelationKind::Uses };
    let of = |path: &str| -> Vec<AssetId> {
        let found = all(&resource.values, path).into_iter();
        found.flat_map(|value| index.resolve(&resource.root, value, &[])).collect()
    };
    let name = text(&resource.values, "name");
    let targets = ["metadata.ResourceId", "metadata.resourceId", "target"]
        .map(|key| of(&format!("body.properties.{key}")))
        .concat();
    for owner in of("parent_id") {
        for target in targets.iter().filter(|target| **target != *id) {
            let relation = Relation::new(owner.clone(), kind, target.clone());
            out.relation(relation.with("via", format!("connection {name}")));
        }
    }
}

/// The models that the steps of a state machine call.
fn state_machine(scope: &Scope, resource: &Resource, id: &AssetId, out: &mut Collector) {
    let definition = match single(&resource.values, "definition") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(definition) => definition.clone(),
        None => return,
    };
    let mut models = Vec::new();
    for states in [&definition["States"], &definition["states"]] {
        for step in states.as_object().into_iter().flatten().map(|(_, step)| step) {
            let parameters =
                ["Parameters", "Arguments"].into_iter().filter_map(|key| step.get(key));
            models
                .extend(parameters.filter_map(|it| it.get("ModelId")?.as_str()).map(str::to_owned));
        }
    }
    for name in models.iter().filter(|name| !name.contains("${")) {
        let model =
            crate::catalogue::named(name, None).asset(&scope.environment).native_type("model");
        let relation = Relation::new(id.clone(), RelationKind::Uses, model.id.clone());
        out.asset(model.with("standing", "configured"));
        out.relation(relation);
    }
}

/// An object uploaded from a file of the repository: what the file holds, the store holds.
fn object(index: &Index<'_>, scope: &Scope, resource: &Resource, out: &mut Collector) {
    let source = text(&resource.values, "source").replace("${path.module}", ".");
    let folder = resource.path.as_ref().map_or("", |(path, _)| crate::infra::folder::parent(path));
    let Some(path) = crate::infra::folder::join(folder, &source) else { return };
    let Some(file) = out.get(&scope.file_id(&path)).cloned() else { return };
    let types = [
        "aws_s3_bucket",
        "azurerm_storage_container",
        "azurerm_storage_account",
        "google_storage_bucket",
    ]
    .map(ToOwned::to_owned);
    let keys = ["bucket", "storage_container_id", "storage_container_name", "storage_account_name"];
    let stores: Vec<AssetId> = keys
        .into_iter()
        .flat_map(|key| all(&resource.values, key))
        .flat_map(|value| index.resolve(&resource.root, value, &types))
        .collect();
    for store in stores {
        out.relation(Relation::new(store.clone(), RelationKind::Contains, file.id.clone()));
        for finding in file.findings.iter().filter(|it| it.kind == FindingKind::SensitiveData) {
            out.finding(&store, finding.clone());
        }
    }
}
