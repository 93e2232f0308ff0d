use picket_model::{AssetKind, RelationKind};
use proptest::prelude::*;

use super::*;
use crate::files::PathOptions;

mod azure;
mod charts;
mod cloudformation;

fn scope() -> Scope {
    Scope::new("shop", PathOptions::default())
}

/// Reads a fixture of several files, each begun by a line `//- path`.
fn read(fixture: &str) -> Collector {
    let scope = scope();
    let files: Vec<(&str, &str)> = fixture
        .split("//- ")
        .skip(1)
        .map(|part| part.split_once('\n').unwrap())
        .map(|(path, text)| (path.trim(), text))
        .collect();
    let mut out = Collector::new();
    for group in GROUPS {
        let wanted: Vec<SourceFile<'_>> = files
            .iter()
            .filter(|(path, _)| (group.wants)(path))
            .map(|(path, text)| SourceFile::in_memory(path, text, &scope))
            .collect();
        (group.analyse)(&scope, &wanted, &mut out);
    }
    out
}

/// Assets with their properties and findings, and edges, one a line.
fn show(out: &Collector) -> String {
    let mut lines = Vec::new();
    for asset in out.assets().iter().filter(|asset| asset.kind != AssetKind::SourceFile) {
        let hidden = ["declared_as", "occurrences"];
        let properties: Vec<String> = asset
            .properties
            .iter()
            .filter(|(key, _)| !hidden.contains(&key.as_str()))
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let findings: Vec<&str> =
            asset.findings.iter().map(|finding| finding.id.as_str()).collect();
        lines.push(format!(
            "{} `{}` {} in {} [{}] {findings:?}",
            asset.kind,
            asset.name,
            asset.id,
            asset.environment,
            properties.join(" ")
        ));
    }
    for relation in out.relations() {
        let line =
            relation.properties.get("line").map(|line| format!(":{line}")).unwrap_or_default();
        let defined = relation.kind == RelationKind::DefinedIn;
        let place = if defined { line } else { String::new() };
        lines.push(format!("{} {} {}{place}", relation.source, relation.kind, relation.target));
    }
    lines.join("\n")
}

#[test]
fn configuration_alone_gives_assets_by_their_place() {
    let out = read(
        r#"//- azure/main.tf
variable "prefix" { default = "shop" }
locals { name = "${var.prefix}-ai" }
resource "azurerm_cognitive_account" "ai" {
  name               = local.name
  location           = "West Europe"
  kind               = "OpenAI"
  sku_name           = "S0"
  local_auth_enabled = false
}
module "models" {
  source  = "./models"
  account = azurerm_cognitive_account.ai.id
}
//- azure/models/main.tf
variable "account" {}
resource "azurerm_cognitive_deployment" "chat" {
  for_each             = toset(["chat"])
  name                 = each.key
  cognitive_account_id = var.account
  model {
    format  = "OpenAI"
    name    = "gpt-4o"
    version = "2024-11-20"
  }
}
"#,
    );
    insta::assert_snapshot!(show(&out));
}

#[test]
fn a_state_gives_the_real_ids_of_what_configuration_declares() {
    let state = serde_json::json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 1,
        "resources": [
            { "mode": "managed", "type": "aws_s3_bucket", "name": "docs", "instances": [{ "attributes": {
                "id": "shop-docs", "arn": "arn:aws:s3:::shop-docs", "bucket": "shop-docs" } }] },
            { "mode": "managed", "type": "aws_iam_role", "name": "app", "instances": [{ "attributes": {
                "id": "app", "arn": "arn:aws:iam::111122223333:role/app", "name": "app" } }] },
            { "mode": "managed", "type": "aws_db_instance", "name": "db", "instances": [{ "attributes": {
                "arn": "arn:aws:rds:eu-west-1:111122223333:db:db", "identifier": "db", "password": "not-a-real-password", "engine": "not-a-real-password",
                "publicly_accessible": true },
                "sensitive_attributes": [[{ "type": "get_attr", "value": "engine" }]] }] }
        ]
    });
    let fixture = format!(
        r#"//- aws/main.tf
resource "aws_s3_bucket" "docs" {{
  bucket = "shop-docs"
}}
resource "aws_iam_role" "app" {{
  name = "app"
}}
data "aws_iam_policy_document" "read" {{
  statement {{
    actions   = ["s3:GetObject"]
    resources = ["${{aws_s3_bucket.docs.arn}}/*"]
  }}
}}
resource "aws_iam_role_policy" "read" {{
  name   = "read"
  role   = aws_iam_role.app.id
  policy = data.aws_iam_policy_document.read.json
}}
//- aws/terraform.tfstate
{state}
"#
    );
    let out = read(&fixture);
    assert!(!format!("{out:?}").contains("not-a-real-password"), "sensitive values are redacted");
    insta::assert_snapshot!(show(&out));
}

#[test]
fn a_plan_names_references_that_are_not_known_yet() {
    let plan = serde_json::json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "planned_values": { "root_module": { "resources": [
            { "address": "aws_lambda_function.tool", "mode": "managed", "type": "aws_lambda_function", "name": "tool",
              "values": { "function_name": "tool", "environment": [{ "variables": { "OPENAI_API_KEY": "notarealkey0123456789" } }] } },
            { "address": "aws_iam_role.tool", "mode": "managed", "type": "aws_iam_role", "name": "tool", "values": { "name": "tool" } },
            { "address": "aws_lambda_function_url.tool", "mode": "managed", "type": "aws_lambda_function_url", "name": "tool",
              "values": { "authorization_type": "NONE", "function_name": "tool" } }
        ] } },
        "configuration": { "root_module": { "resources": [
            { "address": "aws_lambda_function.tool", "expressions": { "role": { "references": ["aws_iam_role.tool.arn", "aws_iam_role.tool"] } } }
        ] } }
    });
    let out = read(&format!("//- tfplan.json\n{plan}"));
    let function = out.of_kind(AssetKind::Function).next().unwrap();
    let findings: Vec<&str> = function.findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(
        findings,
        ["secret:OPENAI_API_KEY", "exposed_to_internet:network", "public_access:function_url"]
    );
    let acts = out.relations().iter().find(|it| it.kind == RelationKind::RunsAs).unwrap();
    assert_eq!(acts.target, out.of_kind(AssetKind::Role).next().unwrap().id);
    assert!(!format!("{out:?}").contains("notarealkey"));
}

#[test]
fn the_way_from_the_internet_to_a_bucket_is_drawn() {
    let out = read(
        r##"//- main.tf
resource "aws_security_group" "open" {
  ingress {
    from_port   = 8000
    to_port     = 8000
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_instance" "llm" {
  associate_public_ip_address = true
  vpc_security_group_ids      = [aws_security_group.open.id]
  iam_instance_profile        = aws_iam_instance_profile.llm.name
  user_data                   = base64encode("#!/bin/bash\ndocker run -p 8000:8000 vllm/vllm-openai:v0.6.3 --model Qwen/Qwen2.5-7B-Instruct\n")
}
resource "aws_iam_instance_profile" "llm" {
  name = "llm"
  role = aws_iam_role.llm.name
}
resource "aws_iam_role" "llm" { name = "llm" }
resource "aws_s3_bucket" "docs" { bucket = "docs" }
resource "aws_iam_role_policy_attachment" "llm" {
  role       = aws_iam_role.llm.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
}
"##,
    );
    insta::assert_snapshot!(show(&out));
}

#[test]
fn manifests_of_several_files_are_joined() {
    let out = read(
        r#"//- k8s/vllm.yaml
# serving
apiVersion: apps/v1
kind: Deployment
metadata: { name: vllm, namespace: ml }
spec:
  template:
    metadata: { labels: { app: vllm } }
    spec:
      serviceAccountName: vllm
      containers:
        - name: vllm
          image: vllm/vllm-openai:v0.6.3
          args: ["--model", "Qwen/Qwen2.5-7B-Instruct"]
          env: [{ name: HF_TOKEN, value: hf_notarealtoken0123 }]
          resources: { limits: { nvidia.com/gpu: "2" } }
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: vllm
  namespace: ml
  annotations: { eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/vllm" }
//- k8s/service.yaml
apiVersion: v1
kind: Service
metadata: { name: vllm, namespace: ml }
spec: { type: LoadBalancer, selector: { app: vllm }, ports: [{ port: 8000 }] }
//- k8s/inner.yaml
apiVersion: v1
kind: Service
metadata:
  name: inner
  namespace: ml
  annotations: { service.beta.kubernetes.io/azure-load-balancer-internal: "true" }
spec: { type: LoadBalancer, selector: { app: vllm }, ports: [{ port: 8000 }] }
//- k8s/kserve.yaml
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: { name: churn }
spec: { predictor: { model: { modelFormat: { name: sklearn }, storageUri: "s3://models/churn" } } }
//- chart/values.yaml
image: { repository: qdrant/qdrant, tag: v1.12.4 }
//- chart/templates/a.yaml
apiVersion: v1
kind: Pod
metadata: { name: {{ .Values.name }} }
"#,
    );
    insta::assert_snapshot!(show(&out));
}

#[test]
fn loops_over_known_values_make_each_of_theirs() {
    let out = read(
        r#"//- main.tf
variable "deployments" {
  default = [{ name = "chat", model = "gpt-4o" }, { name = "embed", model = "text-embedding-3-large" }]
}
locals { by_name = { for item in var.deployments : item.name => item if item.name != "none" } }
resource "azurerm_cognitive_account" "ai" {
  name = "ai"
  kind = "OpenAI"
}
resource "azurerm_cognitive_deployment" "each" {
  for_each             = local.by_name
  name                 = each.key
  cognitive_account_id = azurerm_cognitive_account.ai.id
  model {
    format = "OpenAI"
    name   = each.value.model
  }
}
resource "aws_s3_bucket" "parts" {
  count  = 2
  bucket = "part-${count.index}"
}
resource "azapi_resource" "policy" {
  type      = "Microsoft.CognitiveServices/accounts/raiPolicies@2024-10-01"
  name      = "strict"
  parent_id = azurerm_cognitive_account.ai.id
  body      = jsonencode({ properties = { mode = "Blocking" } })
}
"#,
    );
    let names = |kind: AssetKind| -> Vec<String> {
        out.of_kind(kind).map(|asset| asset.name.clone()).collect()
    };
    assert_eq!(names(AssetKind::ModelDeployment), ["chat", "embed"]);
    assert_eq!(names(AssetKind::ObjectStore), ["part-0", "part-1"]);
    let deploys: Vec<&str> = out
        .relations()
        .iter()
        .filter(|it| it.kind == RelationKind::Deploys)
        .map(|it| it.target.as_str())
        .collect();
    assert_eq!(deploys, ["model://openai/gpt-4o", "model://openai/text-embedding-3-large"]);
    let policy = out.of_kind(AssetKind::Guardrail).next().unwrap();
    assert_eq!(policy.properties["mode"], "Blocking");
}

#[test]
fn every_terraform_type_of_ai_is_of_its_kind() {
    for (native, kind) in [
        ("aws_bedrockagent_agent", AssetKind::Agent),
        ("aws_bedrockagentcore_browser", AssetKind::Tool),
        ("aws_bedrockagentcore_code_interpreter", AssetKind::Tool),
        ("aws_bedrockagentcore_gateway", AssetKind::McpServer),
        ("aws_bedrock_custom_model", AssetKind::Model),
        ("aws_sagemaker_endpoint", AssetKind::ModelDeployment),
        ("aws_kendra_index", AssetKind::SearchIndex),
        ("aws_qbusiness_application", AssetKind::AiService),
        ("azurerm_cognitive_account", AssetKind::AiService),
        ("azurerm_ai_foundry", AssetKind::AiProject),
        ("azurerm_machine_learning_compute_cluster", AssetKind::Cluster),
        ("azurerm_search_service", AssetKind::SearchIndex),
        ("google_vertex_ai_endpoint", AssetKind::ModelDeployment),
        ("google_vertex_ai_reasoning_engine", AssetKind::Agent),
        ("google_discovery_engine_data_store", AssetKind::KnowledgeBase),
        ("google_model_armor_floorsetting", AssetKind::Guardrail),
        ("google_workbench_instance", AssetKind::Notebook),
        ("databricks_model_serving", AssetKind::ModelDeployment),
        ("databricks_vector_search_index", AssetKind::VectorIndex),
        ("databricks_mlflow_model", AssetKind::Model),
        ("snowflake_cortex_search_service", AssetKind::SearchIndex),
        ("pinecone_index", AssetKind::VectorIndex),
    ] {
        let out = read(&format!("//- main.tf\nresource \"{native}\" \"one\" {{}}\n"));
        let found = out.assets().iter().find(|asset| asset.name == "one");
        assert_eq!(found.map(|asset| asset.kind), Some(kind), "{native}");
    }
}

#[test]
fn bad_files_are_named_and_the_rest_is_kept() {
    let deep = "[".repeat(200_000);
    let nested = format!("resource \"a\" \"b\" {{ x = {} }}", "(".repeat(100_000));
    let fixture = format!(
        "//- good.tf\nresource \"aws_s3_bucket\" \"b\" {{ bucket = \"b\" }}\n//- broken.tf\nresource \"x\" {{\n//- nested.tf\n{nested}\n\
         //- terraform.tfstate\n{deep}\n//- k.yaml\napiVersion: v1\nkind: Pod\nx: {deep}\n"
    );
    let out = read(&fixture);
    assert_eq!(out.of_kind(AssetKind::ObjectStore).count(), 1);
    let mut named: Vec<String> =
        out.into_inventory().diagnostics.into_iter().map(|it| it.subject).collect();
    named.sort();
    assert_eq!(named, ["broken.tf", "k.yaml", "nested.tf", "terraform.tfstate"]);
}

#[test]
fn expressions_that_double_or_circle_end() {
    let mut text = String::from("locals {\n a0 = \"x\"\n loop = local.loop\n");
    for level in 1..30 {
        let before = level - 1;
        text.push_str(&format!(" a{level} = \"${{local.a{before}}}${{local.a{before}}}\"\n"));
    }
    text.push_str("}\nresource \"aws_s3_bucket\" \"b\" {\n bucket = local.a29\n tags = { a = local.loop }\n}\n");
    let out = read(&format!("//- main.tf\n{text}"));
    assert_eq!(out.of_kind(AssetKind::ObjectStore).count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_a_reader_panic(
        text in r#"([a-z"{}\[\]()=:$.,#<\n -]|\$\{|resource "aws_instance" "a"|apiVersion: v1\n|kind: Service\n|FROM |version|Resources:\n|Type: AWS::|!Sub |!If \[|resource a 'B.C/d@1' = |module m 'a.bicep' = |var a = |param a |\[for a in b: ){0,60}"#
    ) {
        let scope = scope();
        for path in ["a.tf", "terraform.tfstate", "a.yaml", "values.yaml", "Chart.yaml", "a.bicep"] {
            read(&format!("//- {path}\n{text}"));
        }
        for (path, analyse) in [
            ("Dockerfile", docker::analyse as fn(&SourceFile<'_>, &mut Collector)),
            ("compose.yaml", compose::analyse),
        ] {
            analyse(&SourceFile::in_memory(path, &text, &scope), &mut Collector::new());
        }
    }

    #[test]
    fn no_json_makes_the_state_reader_panic(
        address in "[a-z.\\[\\]\"]{0,20}", kind in "aws_(instance|lambda_function|iam_role|s3_bucket)", value in "[a-z$:{}./*\\[\\]\"]{0,30}"
    ) {
        let state = serde_json::json!({ "version": 4, "resources": [{ "type": kind, "name": address, "module": value, "instances": [
            { "attributes": { "id": value, "arn": value, "role": [value], "policy": value, "security_groups": { "a": value } },
              "sensitive_attributes": [[{ "value": address }], address] }] }, 7] });
        read(&format!("//- x.tfstate\n{state}"));
    }
}
