//! Agents of Amazon Bedrock with their tools, knowledge bases with their sources, flows and prompts.

use futures::future::join_all;
use picket_model::{Asset, AssetKind, Finding, FindingKind, RelationKind, Severity};
use serde_json::{Value, json};

use super::{
    functions::unconfirmed_writes,
    scope::Scope,
    service::{BEDROCK_AGENT, Operation},
    shape::{End, Shape},
    value::{pick, text},
};

const AGENTS: Operation = BEDROCK_AGENT.list("ListAgents", "POST /agents/", "/agentSummaries");
const AGENT: Operation = BEDROCK_AGENT.get("GetAgent", "GET /agents/{agentId}/");
const ACTION_GROUPS: Operation = BEDROCK_AGENT.list(
    "ListAgentActionGroups",
    "POST /agents/{agentId}/agentversions/DRAFT/actiongroups/",
    "/actionGroupSummaries",
);
const ACTION_GROUP: Operation = BEDROCK_AGENT.get(
    "GetAgentActionGroup",
    "GET /agents/{agentId}/agentversions/DRAFT/actiongroups/{actionGroupId}/",
);
const AGENT_KNOWLEDGE_BASES: Operation = BEDROCK_AGENT.list(
    "ListAgentKnowledgeBases",
    "POST /agents/{agentId}/agentversions/DRAFT/knowledgebases/",
    "/agentKnowledgeBaseSummaries",
);
const ALIASES: Operation = BEDROCK_AGENT.list(
    "ListAgentAliases",
    "POST /agents/{agentId}/agentaliases/",
    "/agentAliasSummaries",
);
const COLLABORATORS: Operation = BEDROCK_AGENT.list(
    "ListAgentCollaborators",
    "POST /agents/{agentId}/agentversions/DRAFT/agentcollaborators/",
    "/agentCollaboratorSummaries",
);
const KNOWLEDGE_BASES: Operation =
    BEDROCK_AGENT.list("ListKnowledgeBases", "POST /knowledgebases/", "/knowledgeBaseSummaries");
const KNOWLEDGE_BASE: Operation =
    BEDROCK_AGENT.get("GetKnowledgeBase", "GET /knowledgebases/{knowledgeBaseId}");
const DATA_SOURCES: Operation = BEDROCK_AGENT.list(
    "ListDataSources",
    "POST /knowledgebases/{knowledgeBaseId}/datasources/",
    "/dataSourceSummaries",
);
const DATA_SOURCE: Operation = BEDROCK_AGENT
    .get("GetDataSource", "GET /knowledgebases/{knowledgeBaseId}/datasources/{dataSourceId}");
const FLOWS: Operation = BEDROCK_AGENT.list("ListFlows", "GET /flows/", "/flowSummaries");
const FLOW: Operation = BEDROCK_AGENT.get("GetFlow", "GET /flows/{flowIdentifier}/");
const PROMPTS: Operation = BEDROCK_AGENT.list("ListPrompts", "GET /prompts/", "/promptSummaries");
const PROMPT: Operation = BEDROCK_AGENT.get("GetPrompt", "GET /prompts/{promptIdentifier}/");

const AGENT_SHAPE: Shape = Shape {
    kind: AssetKind::Agent,
    native_type: "AWS::Bedrock::Agent",
    arn: "/agentArn",
    name: "/agentName",
    properties: &[
        ("agent_id", "/agentId"),
        ("status", "/agentStatus"),
        ("version", "/agentVersion"),
        ("model", "/foundationModel"),
        ("kms_key", "/customerEncryptionKeyArn"),
        ("idle_session_ttl_seconds", "/idleSessionTTLInSeconds"),
        ("collaboration", "/agentCollaboration"),
        ("memory", "/memoryConfiguration/enabledMemoryTypes"),
        ("guardrail", "/guardrailConfiguration/guardrailIdentifier"),
    ],
    relations: &[
        (RelationKind::Uses, "/foundationModel", End::Model),
        (RelationKind::RunsAs, "/agentResourceRoleArn", End::Arn),
        (RelationKind::EncryptedWith, "/customerEncryptionKeyArn", End::Key),
        (
            RelationKind::ProtectedBy,
            "/guardrailConfiguration/guardrailIdentifier",
            End::Here("bedrock", "guardrail/"),
        ),
    ],
};

const KNOWLEDGE_BASE_SHAPE: Shape = Shape {
    kind: AssetKind::KnowledgeBase,
    native_type: "AWS::Bedrock::KnowledgeBase",
    arn: "/knowledgeBaseArn",
    name: "/name",
    properties: &[
        ("knowledge_base_id", "/knowledgeBaseId"),
        ("status", "/status"),
        ("type", "/knowledgeBaseConfiguration/type"),
        ("storage_type", "/storageConfiguration/type"),
    ],
    relations: &[
        (RelationKind::RunsAs, "/roleArn", End::Arn),
        (
            RelationKind::Uses,
            "/knowledgeBaseConfiguration/vectorKnowledgeBaseConfiguration/embeddingModelArn",
            End::Model,
        ),
        (
            RelationKind::GroundedOn,
            "/knowledgeBaseConfiguration/kendraKnowledgeBaseConfiguration/kendraIndexArn",
            End::Arn,
        ),
        (
            RelationKind::Stores,
            "/storageConfiguration/opensearchServerlessConfiguration/collectionArn",
            End::Arn,
        ),
        (
            RelationKind::Stores,
            "/storageConfiguration/opensearchManagedClusterConfiguration/domainArn",
            End::Arn,
        ),
        (RelationKind::Stores, "/storageConfiguration/rdsConfiguration/resourceArn", End::Arn),
        (
            RelationKind::Stores,
            "/storageConfiguration/neptuneAnalyticsConfiguration/graphArn",
            End::Arn,
        ),
        (RelationKind::Stores, "/storageConfiguration/s3VectorsConfiguration/indexArn", End::Arn),
        (
            RelationKind::Stores,
            "/storageConfiguration/s3VectorsConfiguration/vectorBucketArn",
            End::Arn,
        ),
    ],
};

const FLOW_SHAPE: Shape = Shape {
    kind: AssetKind::Pipeline,
    native_type: "AWS::Bedrock::Flow",
    arn: "/arn",
    name: "/name",
    properties: &[("status", "/status"), ("kms_key", "/customerEncryptionKeyArn")],
    relations: &[
        (RelationKind::RunsAs, "/executionRoleArn", End::Arn),
        (RelationKind::EncryptedWith, "/customerEncryptionKeyArn", End::Key),
        (
            RelationKind::Calls,
            "/definition/nodes/*/configuration/lambdaFunction/lambdaArn",
            End::Arn,
        ),
        (
            RelationKind::Uses,
            "/definition/nodes/*/configuration/prompt/sourceConfiguration/inline/modelId",
            End::Model,
        ),
        (
            RelationKind::GroundedOn,
            "/definition/nodes/*/configuration/knowledgeBase/knowledgeBaseId",
            End::Here("bedrock", "knowledge-base/"),
        ),
    ],
};

const PROMPT_SHAPE: Shape = Shape {
    kind: AssetKind::Prompt,
    native_type: "AWS::Bedrock::Prompt",
    arn: "/arn",
    name: "/name",
    properties: &[("version", "/version"), ("kms_key", "/customerEncryptionKeyArn")],
    relations: &[
        (RelationKind::Uses, "/variants/*/modelId", End::Model),
        (RelationKind::EncryptedWith, "/customerEncryptionKeyArn", End::Key),
    ],
};

/// Reads agents, knowledge bases, flows and prompts of one region.
pub(super) async fn scan(scope: &Scope<'_>) {
    let agents = async {
        let found = scope.list(&AGENTS, json!({})).await;
        join_all(found.iter().map(|item| agent(scope, item))).await;
    };
    let knowledge_bases = async {
        let found = scope.list(&KNOWLEDGE_BASES, json!({})).await;
        join_all(found.iter().map(|item| knowledge_base(scope, item))).await;
    };
    let flows = async {
        let arguments = |item: &Value| json!({"flowIdentifier": text(item, "/id")});
        for flow in scope.list_details(&FLOWS, &FLOW, arguments).await {
            scope.add(&FLOW_SHAPE, &flow);
        }
        let arguments = |item: &Value| json!({"promptIdentifier": text(item, "/id")});
        for prompt in scope.list_details(&PROMPTS, &PROMPT, arguments).await {
            scope.add(&PROMPT_SHAPE, &prompt);
        }
    };
    futures::join!(agents, knowledge_bases, flows);
}

async fn agent(scope: &Scope<'_>, item: &Value) {
    let Some(id) = text(item, "/agentId") else { return };
    let detail =
        scope.get(&AGENT, json!({"agentId": id})).await.map(|answer| pick(&answer, "/agent"));
    let mut detail = detail.unwrap_or_else(|| item.clone());
    if text(&detail, "/agentArn").is_none() {
        detail["agentArn"] = scope.arn("bedrock", &format!("agent/{id}")).into();
    }
    let Some(mut asset) = scope.shape(&AGENT_SHAPE, &detail) else { return };
    // The instructions themselves may be confidential; how long they are is what posture asks.
    asset.set(
        "instruction_length",
        text(&detail, "/instruction").map_or(0, |text| text.chars().count()),
    );

    let arguments = json!({"agentId": id});
    let (groups, bases, aliases, others) = futures::join!(
        scope.list(&ACTION_GROUPS, arguments.clone()),
        scope.list(&AGENT_KNOWLEDGE_BASES, arguments.clone()),
        scope.list(&ALIASES, arguments.clone()),
        scope.list(&COLLABORATORS, arguments),
    );
    asset.set("aliases", pick(&json!({"a": aliases}), "/a/*/agentAliasName"));
    for base in &bases {
        if let Some(base) = text(base, "/knowledgeBaseId") {
            let target = scope.arn("bedrock", &format!("knowledge-base/{base}"));
            scope.relate(asset.id.as_str(), RelationKind::GroundedOn, &target);
        }
    }
    for other in &others {
        let alias = text(other, "/agentDescriptor/aliasArn")
            .and_then(|arn| arn.split("agent-alias/").nth(1));
        if let Some(other) = alias.and_then(|path| path.split('/').next()) {
            let target = scope.arn("bedrock", &format!("agent/{other}"));
            scope.relate(asset.id.as_str(), RelationKind::Calls, &target);
        }
    }
    let tools =
        join_all(groups.iter().map(|group| tool(scope, id, asset.id.as_str(), group))).await;
    scope.gather().asset(with_risk(asset, tools.into_iter().flatten().collect()));
}

/// An action group: what an agent can do. Returns the functions that change something without asking the user.
async fn tool(scope: &Scope<'_>, agent: &str, agent_arn: &str, item: &Value) -> Vec<String> {
    let Some(id) = text(item, "/actionGroupId") else { return Vec::new() };
    let arguments = json!({"agentId": agent, "actionGroupId": id});
    let answer =
        scope.get(&ACTION_GROUP, arguments).await.map(|answer| pick(&answer, "/agentActionGroup"));
    let group = answer.unwrap_or_else(|| item.clone());
    let name = text(&group, "/actionGroupName").unwrap_or(id);
    let arn = format!("{agent_arn}/actiongroup/{id}");
    let writes = unconfirmed_writes(&group);
    let asset = scope
        .asset(&arn, AssetKind::Tool, "AWS::Bedrock::Agent.AgentActionGroup", name)
        .with("state", pick(&group, "/actionGroupState"))
        .with("functions", pick(&group, "/functionSchema/functions/*/name"))
        .with("unconfirmed_writes", writes.clone())
        .with("signature", pick(&group, "/parentActionSignature"));
    scope.gather().asset(asset);
    scope.relate(agent_arn, RelationKind::HasTool, &arn);
    if let Some(function) = text(&group, "/actionGroupExecutor/lambda") {
        // A version or alias of a function is the function.
        let function = function.split(':').take(7).collect::<Vec<_>>().join(":");
        scope.relate(&arn, RelationKind::Calls, &function);
        scope.relate(agent_arn, RelationKind::Calls, &function);
    }
    if text(&group, "/actionGroupState") == Some("DISABLED") { Vec::new() } else { writes }
}

fn with_risk(asset: Asset, writes: Vec<String>) -> Asset {
    if writes.is_empty() {
        return asset;
    }
    let finding = Finding::new(
        FindingKind::AgentRisk,
        "unconfirmed_write",
        Severity::High,
        "Tools change data without the user's confirmation",
        format!("A prompt injection can make the agent call {} unseen", writes.join(", ")),
        json!({"functions": writes}),
    );
    asset.with("unconfirmed_writes", writes).finding(finding)
}

async fn knowledge_base(scope: &Scope<'_>, item: &Value) {
    let Some(id) = text(item, "/knowledgeBaseId") else { return };
    let arguments = json!({"knowledgeBaseId": id});
    let (answer, sources) = futures::join!(
        scope.get(&KNOWLEDGE_BASE, arguments.clone()),
        scope.list(&DATA_SOURCES, arguments),
    );
    let mut detail = answer.map_or_else(|| item.clone(), |answer| pick(&answer, "/knowledgeBase"));
    let arn = scope.arn("bedrock", &format!("knowledge-base/{id}"));
    if text(&detail, "/knowledgeBaseArn").is_none() {
        detail["knowledgeBaseArn"] = arn.clone().into();
    }
    let Some(mut asset) = scope.shape(&KNOWLEDGE_BASE_SHAPE, &detail) else { return };
    let mut types = Vec::new();
    for source in join_all(sources.iter().map(|item| data_source(scope, id, item))).await {
        types.extend(text(&source, "/dataSourceConfiguration/type").map(str::to_owned));
        if let Some(bucket) = text(&source, "/dataSourceConfiguration/s3Configuration/bucketArn") {
            scope.relate(&arn, RelationKind::GroundedOn, bucket);
        }
        if let Some(key) = text(&source, "/serverSideEncryptionConfiguration/kmsKeyArn") {
            asset.set("kms_key", key);
            scope.relate(&arn, RelationKind::EncryptedWith, key);
        }
        // A web crawler takes in whatever others write: the way of indirect prompt injection.
        if let Some(scope) =
            text(&source, "/dataSourceConfiguration/webConfiguration/crawlerConfiguration/scope")
        {
            asset.set("crawler_scope", scope);
        }
    }
    types.sort();
    types.dedup();
    scope.gather().asset(asset.with("data_sources", types));
}

async fn data_source(scope: &Scope<'_>, base: &str, item: &Value) -> Value {
    let arguments = json!({"knowledgeBaseId": base, "dataSourceId": text(item, "/dataSourceId")});
    scope
        .get(&DATA_SOURCE, arguments)
        .await
        .map_or(Value::Null, |answer| pick(&answer, "/dataSource"))
}
