use picket_model::{AssetKind, RelationKind};

use super::{read, show};

#[test]
fn charts_and_values_say_what_they_run() {
    let out = read(
        r#"//- charts/chat/Chart.yaml
apiVersion: v2
name: chat
version: 0.1.0
dependencies:
  - name: qdrant
    version: 0.9.0
    repository: https://qdrant.github.io/qdrant-helm
  - name: postgresql
    version: 15.0.0
//- charts/chat/values.yaml
# serving
replicaCount: 2
image:
  repository: vllm/vllm-openai
  tag: v0.6.3
args: ["--model", "Qwen/Qwen2.5-7B-Instruct"]
resources:
  limits: { nvidia.com/gpu: 1 }
api:
  image: { registry: ghcr.io, repository: contoso/chat, tag: 1.2 }
  env:
    - { name: OPENAI_MODEL, value: gpt-4o-mini }
    - { name: OPENAI_API_KEY, value: sk-notarealkeynotarealkey00 }
embeddings:
  image: ghcr.io/huggingface/text-embeddings-inference:1.5
  model: BAAI/bge-m3
web:
  image: { repository: nginx, tag: "1.27" }
//- charts/chat/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
//- charts/broken/values.yaml
image: [
"#,
    );
    assert!(!format!("{out:?}").contains("notarealkey"));
    insta::assert_snapshot!(show(&out));
    let named: Vec<String> =
        out.into_inventory().diagnostics.into_iter().map(|it| it.subject).collect();
    assert_eq!(named, ["charts/broken/values.yaml"]);
}

#[test]
fn objects_of_other_operators_are_of_their_kind_and_joined() {
    let out = read(
        r#"//- k8s/ai.yaml
apiVersion: serving.kserve.io/v1alpha1
kind: LLMInferenceService
metadata: { name: qwen, namespace: ml, labels: { app: qwen } }
spec: { model: { uri: "hf://Qwen/Qwen2.5-7B-Instruct" } }
---
apiVersion: inference.networking.k8s.io/v1
kind: InferencePool
metadata: { name: pool, namespace: ml }
spec: { selector: { matchLabels: { app: vllm } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: vllm, namespace: ml }
spec:
  template:
    metadata: { labels: { app: vllm } }
    spec:
      containers: [{ name: vllm, image: "vllm/vllm-openai:v0.6.3", env: [{ name: EMBEDDING_MODEL, value: text-embedding-3-small }], resources: { limits: { nvidia.com/gpu: 4 } } }]
---
apiVersion: kagent.dev/v1alpha2
kind: Agent
metadata: { name: helper, namespace: ml }
spec: { declarative: { modelConfig: gpt, tools: [{ type: McpServer, mcpServer: { kind: RemoteMCPServer, name: docs } }] } }
---
apiVersion: kagent.dev/v1alpha2
kind: ModelConfig
metadata: { name: gpt, namespace: ml }
spec: { model: gpt-4.1, provider: OpenAI }
---
apiVersion: kagent.dev/v1alpha2
kind: RemoteMCPServer
metadata: { name: docs, namespace: ml }
spec: { url: "https://mcp.contoso.com/mcp" }
---
apiVersion: kaito.sh/v1beta1
kind: Workspace
metadata: { name: phi, namespace: ml }
inference: { preset: { name: phi-4-mini-instruct } }
"#,
    );
    insta::assert_snapshot!(show(&out));
}

#[test]
fn every_custom_resource_is_of_its_kind() {
    for (api, kind, asset) in [
        ("serving.kserve.io/v1beta1", "InferenceService", AssetKind::Workload),
        ("serving.kserve.io/v1alpha1", "InferenceGraph", AssetKind::Pipeline),
        ("ray.io/v1", "RayCluster", AssetKind::Cluster),
        ("ray.io/v1", "RayService", AssetKind::Workload),
        ("kubeflow.org/v1", "PyTorchJob", AssetKind::TrainingJob),
        ("kubeflow.org/v1beta1", "Experiment", AssetKind::TrainingJob),
        ("kubeflow.org/v1", "Notebook", AssetKind::Notebook),
        ("trainer.kubeflow.org/v1alpha1", "TrainJob", AssetKind::TrainingJob),
        ("apps.nvidia.com/v1alpha1", "NIMService", AssetKind::Workload),
        ("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", AssetKind::Workload),
        ("kaito.sh/v1beta1", "RAGEngine", AssetKind::KnowledgeBase),
        ("aigateway.envoyproxy.io/v1alpha1", "AIGatewayRoute", AssetKind::Gateway),
        ("aigateway.envoyproxy.io/v1alpha1", "MCPRoute", AssetKind::McpServer),
        ("toolhive.stacklok.dev/v1alpha1", "MCPServer", AssetKind::McpServer),
        ("milvus.io/v1beta1", "Milvus", AssetKind::VectorIndex),
        ("bedrockagent.services.k8s.aws/v1alpha1", "Agent", AssetKind::Agent),
        ("vertexai.cnrm.cloud.google.com/v1beta1", "VertexAIEndpoint", AssetKind::ModelDeployment),
        ("agents.x-k8s.io/v1alpha1", "Sandbox", AssetKind::Workload),
        ("trustyai.opendatahub.io/v1alpha1", "GuardrailsOrchestrator", AssetKind::Guardrail),
        ("llamastack.io/v1alpha1", "LlamaStackDistribution", AssetKind::Workload),
    ] {
        let out = read(&format!(
            "//- a.yaml\napiVersion: {api}\nkind: {kind}\nmetadata: {{ name: one }}\n"
        ));
        let found = out.assets().iter().find(|it| it.native_type == format!("{api}/{kind}"));
        assert_eq!(found.map(|it| it.kind), Some(asset), "{kind}");
        assert!(out.relations().iter().any(|it| it.kind == RelationKind::DefinedIn), "{kind}");
    }
}
