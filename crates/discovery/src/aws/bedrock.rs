//! Amazon Bedrock: the service in a region with its invocation logging, models, guardrails, throughput.

use futures::future::join;
use picket_model::{Asset, AssetKind, Finding, FindingKind, RelationKind, Severity};
use serde_json::{Value, json};

use super::{
    scope::Scope,
    service::{BEDROCK, Operation},
    shape::{End, Shape},
    value::{all, flag, pick, text, texts},
};
use crate::cloud::CallError;

const FOUNDATION_MODELS: Operation =
    BEDROCK.list("ListFoundationModels", "GET /foundation-models", "/modelSummaries");
const LOGGING: Operation =
    BEDROCK.get("GetModelInvocationLoggingConfiguration", "GET /logging/modelinvocations");
const CUSTOM_MODELS: Operation =
    BEDROCK.list("ListCustomModels", "GET /custom-models", "/modelSummaries");
const CUSTOM_MODEL: Operation =
    BEDROCK.get("GetCustomModel", "GET /custom-models/{modelIdentifier}");
const JOBS: Operation = BEDROCK.list(
    "ListModelCustomizationJobs",
    "GET /model-customization-jobs",
    "/modelCustomizationJobSummaries",
);
const JOB: Operation =
    BEDROCK.get("GetModelCustomizationJob", "GET /model-customization-jobs/{jobIdentifier}");
const GUARDRAILS: Operation = BEDROCK.list("ListGuardrails", "GET /guardrails", "/guardrails");
const GUARDRAIL: Operation = BEDROCK.get("GetGuardrail", "GET /guardrails/{guardrailIdentifier}");
const PROFILES: Operation =
    BEDROCK.list("ListInferenceProfiles", "GET /inference-profiles", "/inferenceProfileSummaries");
const THROUGHPUTS: Operation = BEDROCK.list(
    "ListProvisionedModelThroughputs",
    "GET /provisioned-model-throughputs",
    "/provisionedModelSummaries",
);
const IMPORTED_MODELS: Operation =
    BEDROCK.list("ListImportedModels", "GET /imported-models", "/modelSummaries");
const IMPORTED_MODEL: Operation =
    BEDROCK.get("GetImportedModel", "GET /imported-models/{modelIdentifier}");

const CUSTOM_MODEL_SHAPE: Shape = Shape {
    kind: AssetKind::Model,
    native_type: "AWS::Bedrock::CustomModel",
    arn: "/modelArn",
    name: "/modelName",
    properties: &[
        ("customization_type", "/customizationType"),
        ("kms_key", "/modelKmsKeyArn"),
        ("training_data", "/trainingDataConfig/s3Uri"),
        ("base_model", "/baseModelArn"),
        ("status", "/modelStatus"),
    ],
    relations: &[
        (RelationKind::DerivedFrom, "/baseModelArn", End::Model),
        (RelationKind::DerivedFrom, "/jobArn", End::Arn),
        (RelationKind::TrainedOn, "/trainingDataConfig/s3Uri", End::S3Uri),
        (RelationKind::TrainedOn, "/validationDataConfig/validators/*/s3Uri", End::S3Uri),
        (RelationKind::Stores, "/outputDataConfig/s3Uri", End::S3Uri),
        (RelationKind::EncryptedWith, "/modelKmsKeyArn", End::Key),
    ],
};

const JOB_SHAPE: Shape = Shape {
    kind: AssetKind::TrainingJob,
    native_type: "AWS::Bedrock::ModelCustomizationJob",
    arn: "/jobArn",
    name: "/jobName",
    properties: &[
        ("status", "/status"),
        ("customization_type", "/customizationType"),
        ("kms_key", "/outputModelKmsKeyArn"),
        ("subnets", "/vpcConfig/subnetIds"),
        ("training_data", "/trainingDataConfig/s3Uri"),
    ],
    relations: &[
        (RelationKind::RunsAs, "/roleArn", End::Arn),
        (RelationKind::Uses, "/baseModelArn", End::Model),
        (RelationKind::TrainedOn, "/trainingDataConfig/s3Uri", End::S3Uri),
        (RelationKind::TrainedOn, "/validationDataConfig/validators/*/s3Uri", End::S3Uri),
        (RelationKind::Stores, "/outputDataConfig/s3Uri", End::S3Uri),
        (RelationKind::EncryptedWith, "/outputModelKmsKeyArn", End::Key),
    ],
};

const GUARDRAIL_SHAPE: Shape = Shape {
    kind: AssetKind::Guardrail,
    native_type: "AWS::Bedrock::Guardrail",
    arn: "/guardrailArn",
    name: "/name",
    properties: &[
        ("guardrail_id", "/guardrailId"),
        ("status", "/status"),
        ("version", "/version"),
        ("kms_key", "/kmsKeyArn"),
        ("pii_entities", "/sensitiveInformationPolicy/piiEntities/*/type"),
        ("denied_topics", "/topicPolicy/topics/*/name"),
        ("grounding_filters", "/contextualGroundingPolicy/filters/*/type"),
    ],
    relations: &[(RelationKind::EncryptedWith, "/kmsKeyArn", End::Key)],
};

const PROFILE_SHAPE: Shape = Shape {
    kind: AssetKind::ModelDeployment,
    native_type: "AWS::Bedrock::ApplicationInferenceProfile",
    arn: "/inferenceProfileArn",
    name: "/inferenceProfileName",
    properties: &[("status", "/status"), ("type", "/type"), ("models", "/models/*/modelArn")],
    relations: &[(RelationKind::Deploys, "/models/*/modelArn", End::Model)],
};

const THROUGHPUT_SHAPE: Shape = Shape {
    kind: AssetKind::ModelDeployment,
    native_type: "AWS::Bedrock::ProvisionedModelThroughput",
    arn: "/provisionedModelArn",
    name: "/provisionedModelName",
    properties: &[
        ("status", "/status"),
        ("model_units", "/modelUnits"),
        ("commitment", "/commitmentDuration"),
    ],
    relations: &[(RelationKind::Deploys, "/modelArn", End::Model)],
};

const IMPORTED_MODEL_SHAPE: Shape = Shape {
    kind: AssetKind::Model,
    native_type: "AWS::Bedrock::ImportedModel",
    arn: "/modelArn",
    name: "/modelName",
    properties: &[("architecture", "/modelArchitecture"), ("kms_key", "/modelKmsKeyArn")],
    relations: &[
        (RelationKind::DerivedFrom, "/jobArn", End::Arn),
        (RelationKind::Stores, "/modelDataSource/s3DataSource/s3Uri", End::S3Uri),
        (RelationKind::EncryptedWith, "/modelKmsKeyArn", End::Key),
    ],
};

/// The id of Bedrock itself in an account and region; AWS has no ARN for it, so it is the pattern of all its resources.
pub(super) fn service_id(scope: &Scope<'_>) -> String {
    scope.arn("bedrock", "*")
}

/// Reads Bedrock in one region; false where it is not offered.
pub(super) async fn scan(scope: &Scope<'_>) -> bool {
    let models = match scope.call(&FOUNDATION_MODELS, json!({})).await {
        Ok(answer) => texts(&answer, "/modelSummaries/*/modelId").len(),
        Err(
            CallError::Unsupported { .. }
            | CallError::NotFound { .. }
            | CallError::Unreachable { .. },
        ) => 0,
        Err(error) => {
            scope.failed(&FOUNDATION_MODELS, &error);
            1
        }
    };
    if models > 0 {
        join(service(scope), resources(scope)).await;
    }
    models > 0
}

async fn service(scope: &Scope<'_>) {
    let id = service_id(scope);
    let name = format!("Bedrock in {}", scope.region);
    let mut asset = scope
        .asset(&id, AssetKind::AiService, "AWS::Bedrock::Service", &name)
        .with("in_use", false);
    match scope.call(&LOGGING, json!({})).await {
        Ok(answer) => log_targets(scope, &id, &mut asset, &answer),
        Err(error) if error.is_not_found() => asset.set("invocation_logging", false),
        Err(error) => scope.failed(&LOGGING, &error),
    }
    scope.gather().asset(asset);
}

fn log_targets(scope: &Scope<'_>, id: &str, asset: &mut Asset, answer: &Value) {
    let bucket = text(answer, "/loggingConfig/s3Config/bucketName");
    let group = text(answer, "/loggingConfig/cloudWatchConfig/logGroupName");
    asset.set("invocation_logging", bucket.is_some() || group.is_some());
    asset.set("logs_text", pick(answer, "/loggingConfig/textDataDeliveryEnabled"));
    let group = group.map(|name| scope.arn("logs", &format!("log-group:{name}")));
    for target in bucket.map(|name| scope.bucket(name)).into_iter().chain(group) {
        scope.relate(id, RelationKind::LogsTo, &target);
    }
}

async fn resources(scope: &Scope<'_>) {
    let of = |argument: &'static str, pointer: &'static str| move |item: &Value| json!({ argument: text(item, pointer) });
    let models = async {
        let arguments = of("modelIdentifier", "/modelArn");
        for model in scope.list_details(&CUSTOM_MODELS, &CUSTOM_MODEL, arguments).await {
            if let Some(mut asset) = scope.shape(&CUSTOM_MODEL_SHAPE, &model) {
                asset.findings.push(model_metadata(&model));
                scope.gather().asset(asset);
            }
        }
        for model in scope.list_details(&IMPORTED_MODELS, &IMPORTED_MODEL, arguments).await {
            scope.add(&IMPORTED_MODEL_SHAPE, &model);
        }
    };
    let jobs = async {
        for job in scope.list_details(&JOBS, &JOB, of("jobIdentifier", "/jobArn")).await {
            scope.add(&JOB_SHAPE, &job);
        }
    };
    let guardrails = async {
        let arguments = of("guardrailIdentifier", "/id");
        for guardrail in scope.list_details(&GUARDRAILS, &GUARDRAIL, arguments).await {
            if let Some(asset) = scope.shape(&GUARDRAIL_SHAPE, &guardrail) {
                scope.gather().asset(with_filters(asset, &guardrail));
            }
        }
    };
    let deployments = async {
        for profile in scope.list(&PROFILES, json!({"type": "APPLICATION"})).await {
            scope.add(&PROFILE_SHAPE, &profile);
        }
        for throughput in scope.list(&THROUGHPUTS, json!({})).await {
            scope.add(&THROUGHPUT_SHAPE, &throughput);
        }
    };
    futures::join!(models, jobs, guardrails, deployments);
}

fn model_metadata(model: &Value) -> Finding {
    let field = |pointer: &str| text(model, pointer).unwrap_or("unknown").to_owned();
    Finding::new(
        FindingKind::ModelMetadata,
        "custom_model",
        Severity::Informational,
        format!("Customised from {}", field("/baseModelArn")),
        format!(
            "Job {} made it of data in {}",
            field("/jobName"),
            field("/trainingDataConfig/s3Uri")
        ),
        json!({"base_model": pick(model, "/baseModelArn"), "hyperparameters": pick(model, "/hyperParameters")}),
    )
}

/// What each content filter does, and whether prompt attacks and personal information are filtered at all.
fn with_filters(mut asset: Asset, guardrail: &Value) -> Asset {
    let filters = all(guardrail, "/contentPolicy/filters/*");
    let strength = |kind: &str| {
        let filter = filters.iter().find(|filter| text(filter, "/type") == Some(kind))?;
        // A filter may be switched off apart from its strength.
        let off = filter.get("inputEnabled").is_some() && !flag(filter, "/inputEnabled");
        text(filter, "/inputStrength").filter(|_| !off).map(str::to_owned)
    };
    let prompt_attack = strength("PROMPT_ATTACK").unwrap_or_else(|| "NONE".to_owned());
    asset.set("prompt_attack_filter", prompt_attack != "NONE");
    asset.set("prompt_attack_strength", prompt_attack);
    let personal = !all(guardrail, "/sensitiveInformationPolicy/piiEntities/*").is_empty()
        || !all(guardrail, "/sensitiveInformationPolicy/regexes/*").is_empty();
    asset.set("pii_filter", personal);
    asset.set("content_filters", pick(guardrail, "/contentPolicy/filters/*/type"));
    asset
}
