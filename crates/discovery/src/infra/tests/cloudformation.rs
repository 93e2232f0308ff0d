use picket_model::{AssetKind, RelationKind};

use super::{read, show};

#[test]
fn a_bedrock_stack_is_read_with_its_tools_data_and_rights() {
    let out = read(
        r#"//- infra/template.yaml
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: { Type: String, Default: prod }
  Model: { Type: String, Default: anthropic.claude-3-5-sonnet-20240620-v1:0 }
Mappings:
  Vectors: { prod: { dims: 1024 } }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Docs:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub "docs-${Stage}"
      PublicAccessBlockConfiguration: { BlockPublicPolicy: true, RestrictPublicBuckets: true }
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: { SSEAlgorithm: aws:kms, KMSMasterKeyID: !GetAtt Key.Arn }
      Tags: [{ Key: team, Value: search }]
  Key: { Type: AWS::KMS::Key, Properties: { Description: docs, EnableKeyRotation: true } }
  Vectors:
    Type: AWS::OpenSearchServerless::Collection
    Properties: { Name: vectors, Type: VECTORSEARCH }
  VectorsNetwork:
    Type: AWS::OpenSearchServerless::SecurityPolicy
    Properties:
      Type: network
      Policy: '[{"Rules":[{"ResourceType":"collection","Resource":["collection/vectors"]}],"AllowFromPublic":true}]'
  Guard:
    Type: AWS::Bedrock::Guardrail
    Properties:
      Name: guard
      ContentPolicyConfig: { FiltersConfig: [{ Type: PROMPT_ATTACK, InputStrength: HIGH, OutputStrength: NONE }] }
  AgentRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: agent
      Policies:
        - PolicyName: docs
          PolicyDocument:
            Statement: [{ Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${Docs.Arn}/*" }]
  Agent:
    Type: AWS::Bedrock::Agent
    Properties:
      AgentName: support
      FoundationModel: !Ref Model
      Instruction: Help customers with their orders, politely.
      AgentResourceRoleArn: !GetAtt AgentRole.Arn
      GuardrailConfiguration: { GuardrailIdentifier: !GetAtt Guard.GuardrailId }
      KnowledgeBases: [{ KnowledgeBaseId: !Ref Knowledge, Description: docs }]
      ActionGroups:
        - ActionGroupName: orders
          ActionGroupExecutor: { Lambda: !GetAtt Orders.Arn }
          FunctionSchema: { Functions: [{ Name: delete_order }, { Name: get_order }] }
  Knowledge:
    Type: AWS::Bedrock::KnowledgeBase
    Properties:
      Name: docs
      RoleArn: !GetAtt AgentRole.Arn
      KnowledgeBaseConfiguration:
        Type: VECTOR
        VectorKnowledgeBaseConfiguration:
          EmbeddingModelArn: !Sub "arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/amazon.titan-embed-text-v2:0"
      StorageConfiguration:
        Type: OPENSEARCH_SERVERLESS
        OpensearchServerlessConfiguration: { CollectionArn: !GetAtt Vectors.Arn }
  Source:
    Type: AWS::Bedrock::DataSource
    Properties:
      KnowledgeBaseId: !Ref Knowledge
      DataSourceConfiguration: { Type: S3, S3Configuration: { BucketArn: !GetAtt Docs.Arn } }
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: orders
      Role: !GetAtt AgentRole.Arn
      Environment:
        Variables: { BUCKET: !Ref Docs, AGENT_ID: !Ref Agent, OPENAI_API_KEY: sk-notarealkeynotarealkey00, OPENAI_MODEL: gpt-4o-mini }
  OrdersUrl:
    Type: AWS::Lambda::Url
    Properties: { AuthType: NONE, TargetFunctionArn: !Ref Orders }
"#,
    );
    assert!(!format!("{out:?}").contains("notarealkey"));
    insta::assert_snapshot!(show(&out));
}

#[test]
fn sam_and_json_templates_are_read() {
    let out = read(
        r#"//- template.yml
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { Environment: { Variables: { TABLE_NAME: !Ref Chats } } }
Resources:
  Chats: { Type: AWS::Serverless::SimpleTable, Properties: { TableName: chats } }
  Chat:
    Type: AWS::Serverless::Function
    Properties:
      ImageUri: public.ecr.aws/contoso/chat:1
      Policies:
        - AmazonBedrockFullAccess
        - DynamoDBCrudPolicy: { TableName: chats }
      Events:
        Ask: { Type: HttpApi, Properties: { Path: /ask, Method: post } }
//- serving.json
{ "AWSTemplateFormatVersion": "2010-09-09", "Resources": {
  "Weights": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "weights" } },
  "Model": { "Type": "AWS::SageMaker::Model", "Properties": { "ModelName": "llama",
    "EnableNetworkIsolation": true,
    "PrimaryContainer": { "Image": "763104351884.dkr.ecr.eu-west-1.amazonaws.com/huggingface-pytorch-tgi-inference:2.3",
      "ModelDataUrl": { "Fn::Sub": "s3://${Weights}/llama.tar.gz" },
      "Environment": { "HF_TOKEN": "hf_notarealtokenbutlongenough0000" } } } },
  "Config": { "Type": "AWS::SageMaker::EndpointConfig", "Properties": { "ProductionVariants": [
    { "ModelName": { "Fn::GetAtt": ["Model", "ModelName"] }, "InstanceType": "ml.g5.xlarge" }] } },
  "Endpoint": { "Type": "AWS::SageMaker::Endpoint", "Properties": { "EndpointName": "chat",
    "EndpointConfigName": { "Ref": "Config" } } },
  "Task": { "Type": "AWS::ECS::TaskDefinition", "Properties": { "Family": "vllm", "ContainerDefinitions": [
    { "Name": "vllm", "Image": "vllm/vllm-openai:v0.6.3", "Command": ["--model", "Qwen/Qwen2.5-7B-Instruct"],
      "Environment": [{ "Name": "HF_TOKEN", "Value": "hf_notarealtokenbutlongenough0001" }] }] } }
} }
"#,
    );
    insta::assert_snapshot!(show(&out));
}

#[test]
fn every_type_of_a_template_is_of_its_kind() {
    for (native, kind) in [
        ("AWS::Bedrock::Agent", AssetKind::Agent),
        ("AWS::Bedrock::KnowledgeBase", AssetKind::KnowledgeBase),
        ("AWS::Bedrock::Guardrail", AssetKind::Guardrail),
        ("AWS::Bedrock::Flow", AssetKind::Pipeline),
        ("AWS::Bedrock::Prompt", AssetKind::Prompt),
        ("AWS::Bedrock::ApplicationInferenceProfile", AssetKind::ModelDeployment),
        ("AWS::Bedrock::DataAutomationProject", AssetKind::Pipeline),
        ("AWS::BedrockAgentCore::Runtime", AssetKind::Agent),
        ("AWS::BedrockAgentCore::Gateway", AssetKind::McpServer),
        ("AWS::BedrockAgentCore::GatewayTarget", AssetKind::Tool),
        ("AWS::BedrockAgentCore::Memory", AssetKind::Database),
        ("AWS::BedrockAgentCore::CodeInterpreterCustom", AssetKind::Tool),
        ("AWS::BedrockAgentCore::BrowserCustom", AssetKind::Tool),
        ("AWS::SageMaker::Model", AssetKind::Model),
        ("AWS::SageMaker::Endpoint", AssetKind::ModelDeployment),
        ("AWS::SageMaker::NotebookInstance", AssetKind::Notebook),
        ("AWS::SageMaker::Domain", AssetKind::AiProject),
        ("AWS::SageMaker::ModelPackage", AssetKind::Model),
        ("AWS::SageMaker::Pipeline", AssetKind::Pipeline),
        ("AWS::QBusiness::Application", AssetKind::AiService),
        ("AWS::Kendra::Index", AssetKind::SearchIndex),
        ("AWS::OpenSearchServerless::Collection", AssetKind::VectorIndex),
        ("AWS::S3Vectors::Index", AssetKind::VectorIndex),
        ("AWS::Lex::Bot", AssetKind::Agent),
        ("AWS::StepFunctions::StateMachine", AssetKind::Pipeline),
        ("AWS::RDS::DBInstance", AssetKind::Database),
        ("AWS::DynamoDB::Table", AssetKind::Table),
        ("AWS::SecretsManager::Secret", AssetKind::Secret),
        ("AWS::ECS::TaskDefinition", AssetKind::Workload),
    ] {
        let out = read(&format!(
            "//- t.yaml\nResources:\n  One:\n    Type: {native}\n    Properties: {{}}\n"
        ));
        let found = out.assets().iter().find(|asset| asset.native_type == native);
        assert_eq!(found.map(|asset| asset.kind), Some(kind), "{native}");
        let defined = out.relations().iter().find(|it| it.kind == RelationKind::DefinedIn).unwrap();
        assert_eq!(defined.properties["line"], 2, "{native}");
    }
}

#[test]
fn broken_templates_are_named_and_the_rest_is_kept() {
    let deep = "[".repeat(10_000);
    let maps: String =
        (0..10_000).map(|level| format!("{}a:\n", " ".repeat(level.min(400)))).collect();
    let fixture = format!(
        "//- good.yaml\nResources:\n  B: {{ Type: AWS::S3::Bucket }}\n\
         //- cut.json\n{{ \"AWSTemplateFormatVersion\": \"2010-09-09\", \"Resources\": {{ \"A\": {{\n\
         //- deep.json\n{{ \"AWSTemplateFormatVersion\": {deep}\n\
         //- deep.yaml\nAWSTemplateFormatVersion: 1\nResources:\n  A: {{ Type: AWS::S3::Bucket, Properties: {deep}\n\
         //- maps.yaml\nAWSTemplateFormatVersion: 1\n{maps}\n\
         //- odd.yaml\nAWSTemplateFormatVersion: 1\nResources: [1, {{}}]\n\
         //- cycle.yaml\nResources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties: {{ BucketName: !Sub '${{A}}' }}\n"
    );
    let out = read(&fixture);
    assert_eq!(out.of_kind(AssetKind::ObjectStore).count(), 2);
    let mut named: Vec<String> =
        out.into_inventory().diagnostics.into_iter().map(|it| it.subject).collect();
    named.sort();
    assert_eq!(named, ["cut.json", "deep.json", "deep.yaml", "maps.yaml"]);
}
