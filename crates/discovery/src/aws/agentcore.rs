//! Amazon Bedrock AgentCore: agent runtimes, MCP gateways with their targets, memories.

use futures::future::join_all;
use picket_model::{AssetKind, Finding, FindingKind, RelationKind, Severity};
use serde_json::{Value, json};

use super::{
    scope::Scope,
    service::{AGENTCORE, Operation},
    shape::{End, Shape},
    value::{pick, text, texts},
};
use crate::secret;

const RUNTIMES: Operation =
    AGENTCORE.list("ListAgentRuntimes", "POST /runtimes/", "/agentRuntimes");
const RUNTIME: Operation = AGENTCORE.get("GetAgentRuntime", "GET /runtimes/{agentRuntimeId}/");
const GATEWAYS: Operation = AGENTCORE.list("ListGateways", "GET /gateways/", "/items");
const GATEWAY: Operation = AGENTCORE.get("GetGateway", "GET /gateways/{gatewayIdentifier}/");
const TARGETS: Operation =
    AGENTCORE.list("ListGatewayTargets", "GET /gateways/{gatewayIdentifier}/targets/", "/items");
const TARGET: Operation =
    AGENTCORE.get("GetGatewayTarget", "GET /gateways/{gatewayIdentifier}/targets/{targetId}/");
const MEMORIES: Operation = AGENTCORE.list("ListMemories", "POST /memories/", "/memories");
const MEMORY: Operation = AGENTCORE.get("GetMemory", "GET /memories/{memoryId}/details");

const RUNTIME_SHAPE: Shape = Shape {
    kind: AssetKind::Agent,
    native_type: "AWS::BedrockAgentCore::Runtime",
    arn: "/agentRuntimeArn",
    name: "/agentRuntimeName",
    properties: &[
        ("status", "/status"),
        ("version", "/agentRuntimeVersion"),
        ("network_mode", "/networkConfiguration/networkMode"),
        ("protocol", "/protocolConfiguration/serverProtocol"),
        ("image", "/agentRuntimeArtifact/containerConfiguration/containerUri"),
    ],
    relations: &[
        (RelationKind::RunsAs, "/roleArn", End::Arn),
        (
            RelationKind::Runs,
            "/agentRuntimeArtifact/containerConfiguration/containerUri",
            End::Image,
        ),
    ],
};

const GATEWAY_SHAPE: Shape = Shape {
    kind: AssetKind::McpServer,
    native_type: "AWS::BedrockAgentCore::Gateway",
    arn: "/gatewayArn",
    name: "/name",
    properties: &[
        ("status", "/status"),
        ("gateway_id", "/gatewayId"),
        ("authorizer", "/authorizerType"),
        ("protocol", "/protocolType"),
        ("url", "/gatewayUrl"),
        ("kms_key", "/kmsKeyArn"),
    ],
    relations: &[
        (RelationKind::RunsAs, "/roleArn", End::Arn),
        (RelationKind::EncryptedWith, "/kmsKeyArn", End::Key),
    ],
};

const MEMORY_SHAPE: Shape = Shape {
    kind: AssetKind::Database,
    native_type: "AWS::BedrockAgentCore::Memory",
    arn: "/arn",
    name: "/name",
    properties: &[
        ("status", "/status"),
        ("kms_key", "/encryptionKeyArn"),
        ("event_expiry_days", "/eventExpiryDuration"),
    ],
    relations: &[
        (RelationKind::RunsAs, "/memoryExecutionRoleArn", End::Arn),
        (RelationKind::EncryptedWith, "/encryptionKeyArn", End::Key),
    ],
};

/// Reads AgentCore in one region.
pub(super) async fn scan(scope: &Scope<'_>) {
    let runtimes = async {
        let arguments = |item: &Value| json!({"agentRuntimeId": text(item, "/agentRuntimeId")});
        for runtime in scope.list_details(&RUNTIMES, &RUNTIME, arguments).await {
            if let Some(mut asset) = scope.shape(&RUNTIME_SHAPE, &runtime) {
                secret::variables(&mut asset, &pick(&runtime, "/environmentVariables"), None);
                scope.gather().asset(asset);
            }
        }
    };
    let gateways = async {
        let found = scope.list(&GATEWAYS, json!({})).await;
        join_all(found.iter().map(|item| gateway(scope, item))).await;
    };
    let memories = async {
        let arguments = |item: &Value| json!({"memoryId": text(item, "/id")});
        for answer in scope.list_details(&MEMORIES, &MEMORY, arguments).await {
            let memory =
                if answer.get("memory").is_some() { pick(&answer, "/memory") } else { answer };
            scope.add(&MEMORY_SHAPE, &memory);
        }
    };
    futures::join!(runtimes, gateways, memories);
}

async fn gateway(scope: &Scope<'_>, item: &Value) {
    let Some(id) = text(item, "/gatewayId") else { return };
    let arguments = json!({"gatewayIdentifier": id});
    let (answer, targets) =
        futures::join!(scope.get(&GATEWAY, arguments.clone()), scope.list(&TARGETS, arguments));
    let mut detail = answer.unwrap_or_else(|| item.clone());
    if text(&detail, "/gatewayArn").is_none() {
        detail["gatewayArn"] = scope.arn("bedrock-agentcore", &format!("gateway/{id}")).into();
    }
    let Some(mut asset) = scope.shape(&GATEWAY_SHAPE, &detail) else { return };
    let arn = asset.id.to_string();
    if text(&detail, "/authorizerType") == Some("NONE") {
        // A gateway's URL is public; its authorizer is all that stands in between.
        let reason = "the gateway's URL is public and its authorizer is NONE";
        scope.exposed(&arn, vec![443.into()], "gateway URL", reason);
        asset.findings.push(Finding::new(
            FindingKind::PublicAccess,
            "authorizer",
            Severity::Critical,
            "Anyone can call the MCP gateway",
            "Its authorizer is NONE: whoever knows the URL can list and call every tool behind it",
            json!({"authorizer": "NONE", "url": text(&detail, "/gatewayUrl")}),
        ));
    }
    scope.gather().asset(asset);
    join_all(targets.iter().map(|item| target(scope, id, &arn, item))).await;
}

async fn target(scope: &Scope<'_>, gateway: &str, gateway_arn: &str, item: &Value) {
    let Some(id) = text(item, "/targetId") else { return };
    let arguments = json!({"gatewayIdentifier": gateway, "targetId": id});
    let detail = scope.get(&TARGET, arguments).await.unwrap_or_else(|| item.clone());
    let arn = format!("{gateway_arn}/target/{id}");
    let name = text(&detail, "/name").unwrap_or(id);
    let configuration = pick(&detail, "/targetConfiguration/mcp");
    let kind = configuration.as_object().and_then(|map| map.keys().next()).cloned();
    let asset = scope
        .asset(&arn, AssetKind::Tool, "AWS::BedrockAgentCore::GatewayTarget", name)
        .with("type", kind)
        .with("endpoint", pick(&configuration, "/mcpServer/endpoint"))
        .with(
            "credentials",
            pick(&detail, "/credentialProviderConfigurations/*/credentialProviderType"),
        )
        .with("functions", pick(&configuration, "/lambda/toolSchema/inlinePayload/*/name"));
    scope.gather().asset(asset);
    scope.relate(gateway_arn, RelationKind::HasTool, &arn);
    for function in texts(&configuration, "/lambda/lambdaArn") {
        scope.relate(&arn, RelationKind::Calls, function);
    }
}
