//! Amazon SageMaker AI: models, endpoints, training, notebooks, domains, pipelines, registry, features.

use futures::future::join_all;
use picket_model::{Asset, AssetKind, Finding, FindingKind, RelationKind, Severity};
use serde_json::{Value, json};

use super::{
    scope::Scope,
    service::{Operation, SAGEMAKER},
    shape::{End, Shape},
    value::{all, pick, text, texts},
};
use crate::secret;

const ROLE: (RelationKind, &str, End) = (RelationKind::RunsAs, "/RoleArn", End::Arn);

/// A resource type that a list and a description tell everything of.
struct Simple {
    list: Operation,
    detail: Operation,
    /// The argument of the description, and where the list has it.
    by: &'static [&'static str],
    shape: Shape,
}

const SIMPLE: &[Simple] = &[
    Simple {
        list: SAGEMAKER.list("ListTrainingJobs", "", "/TrainingJobSummaries"),
        detail: SAGEMAKER.get("DescribeTrainingJob", ""),
        by: &["TrainingJobName"],
        shape: Shape {
            kind: AssetKind::TrainingJob,
            native_type: "AWS::SageMaker::TrainingJob",
            arn: "/TrainingJobArn",
            name: "/TrainingJobName",
            properties: &[
                ("status", "/TrainingJobStatus"),
                ("image", "/AlgorithmSpecification/TrainingImage"),
                ("instance_type", "/ResourceConfig/InstanceType"),
                ("instance_count", "/ResourceConfig/InstanceCount"),
                ("volume_kms_key", "/ResourceConfig/VolumeKmsKeyId"),
                ("output_kms_key", "/OutputDataConfig/KmsKeyId"),
                ("network_isolation", "/EnableNetworkIsolation"),
                ("inter_container_encryption", "/EnableInterContainerTrafficEncryption"),
                ("subnets", "/VpcConfig/Subnets"),
                ("artifact", "/ModelArtifacts/S3ModelArtifacts"),
                ("output", "/OutputDataConfig/S3OutputPath"),
            ],
            relations: &[
                ROLE,
                (
                    RelationKind::TrainedOn,
                    "/InputDataConfig/*/DataSource/S3DataSource/S3Uri",
                    End::S3Uri,
                ),
                (RelationKind::Stores, "/OutputDataConfig/S3OutputPath", End::S3Uri),
                (RelationKind::Runs, "/AlgorithmSpecification/TrainingImage", End::Image),
                (RelationKind::EncryptedWith, "/ResourceConfig/VolumeKmsKeyId", End::Key),
                (RelationKind::EncryptedWith, "/OutputDataConfig/KmsKeyId", End::Key),
            ],
        },
    },
    Simple {
        list: SAGEMAKER.list("ListNotebookInstances", "", "/NotebookInstances"),
        detail: SAGEMAKER.get("DescribeNotebookInstance", ""),
        by: &["NotebookInstanceName"],
        shape: Shape {
            kind: AssetKind::Notebook,
            native_type: "AWS::SageMaker::NotebookInstance",
            arn: "/NotebookInstanceArn",
            name: "/NotebookInstanceName",
            properties: &[
                ("status", "/NotebookInstanceStatus"),
                ("instance_type", "/InstanceType"),
                ("kms_key", "/KmsKeyId"),
                ("subnet", "/SubnetId"),
                ("lifecycle_config", "/NotebookInstanceLifecycleConfigName"),
                ("url", "/Url"),
                ("root_access", "/RootAccess"),
                ("direct_internet_access", "/DirectInternetAccess"),
            ],
            relations: &[
                ROLE,
                (RelationKind::EncryptedWith, "/KmsKeyId", End::Key),
                (RelationKind::AttachedTo, "/SubnetId", End::Here("ec2", "subnet/")),
                (
                    RelationKind::AttachedTo,
                    "/SecurityGroups/*",
                    End::Here("ec2", "security-group/"),
                ),
            ],
        },
    },
    Simple {
        list: SAGEMAKER.list("ListDomains", "", "/Domains"),
        detail: SAGEMAKER.get("DescribeDomain", ""),
        by: &["DomainId"],
        shape: Shape {
            kind: AssetKind::AiProject,
            native_type: "AWS::SageMaker::Domain",
            arn: "/DomainArn",
            name: "/DomainName",
            properties: &[
                ("domain_id", "/DomainId"),
                ("status", "/Status"),
                ("auth_mode", "/AuthMode"),
                ("network_access", "/AppNetworkAccessType"),
                ("kms_key", "/KmsKeyId"),
                ("url", "/Url"),
            ],
            relations: &[
                (RelationKind::RunsAs, "/DefaultUserSettings/ExecutionRole", End::Arn),
                (RelationKind::EncryptedWith, "/KmsKeyId", End::Key),
                (RelationKind::AttachedTo, "/VpcId", End::Here("ec2", "vpc/")),
                (RelationKind::AttachedTo, "/SubnetIds/*", End::Here("ec2", "subnet/")),
            ],
        },
    },
    Simple {
        list: SAGEMAKER.list("ListFeatureGroups", "", "/FeatureGroupSummaries"),
        detail: SAGEMAKER.get("DescribeFeatureGroup", ""),
        by: &["FeatureGroupName"],
        shape: Shape {
            kind: AssetKind::Dataset,
            native_type: "AWS::SageMaker::FeatureGroup",
            arn: "/FeatureGroupArn",
            name: "/FeatureGroupName",
            properties: &[
                ("status", "/FeatureGroupStatus"),
                ("online_store", "/OnlineStoreConfig/EnableOnlineStore"),
                ("kms_key", "/OfflineStoreConfig/S3StorageConfig/KmsKeyId"),
            ],
            relations: &[
                ROLE,
                (RelationKind::Stores, "/OfflineStoreConfig/S3StorageConfig/S3Uri", End::S3Uri),
                (
                    RelationKind::EncryptedWith,
                    "/OfflineStoreConfig/S3StorageConfig/KmsKeyId",
                    End::Key,
                ),
            ],
        },
    },
    Simple {
        list: SAGEMAKER.list("ListModelPackageGroups", "", "/ModelPackageGroupSummaryList"),
        detail: SAGEMAKER.get("DescribeModelPackageGroup", ""),
        by: &["ModelPackageGroupName"],
        shape: Shape {
            kind: AssetKind::Model,
            native_type: "AWS::SageMaker::ModelPackageGroup",
            arn: "/ModelPackageGroupArn",
            name: "/ModelPackageGroupName",
            properties: &[("status", "/ModelPackageGroupStatus")],
            relations: &[],
        },
    },
    Simple {
        list: SAGEMAKER.list("ListPipelines", "", "/PipelineSummaries"),
        detail: SAGEMAKER.get("DescribePipeline", ""),
        by: &["PipelineName"],
        shape: Shape {
            kind: AssetKind::Pipeline,
            native_type: "AWS::SageMaker::Pipeline",
            arn: "/PipelineArn",
            name: "/PipelineName",
            properties: &[("status", "/PipelineStatus")],
            relations: &[ROLE],
        },
    },
    Simple {
        list: SAGEMAKER.list("ListUserProfiles", "", "/UserProfiles"),
        detail: SAGEMAKER.get("DescribeUserProfile", ""),
        by: &["DomainId", "UserProfileName"],
        shape: Shape {
            kind: AssetKind::User,
            native_type: "AWS::SageMaker::UserProfile",
            arn: "/UserProfileArn",
            name: "/UserProfileName",
            properties: &[("status", "/Status"), ("domain_id", "/DomainId")],
            relations: &[(RelationKind::RunsAs, "/UserSettings/ExecutionRole", End::Arn)],
        },
    },
    Simple {
        list: SAGEMAKER.list("ListInferenceComponents", "", "/InferenceComponents"),
        detail: SAGEMAKER.get("DescribeInferenceComponent", ""),
        by: &["InferenceComponentName"],
        shape: Shape {
            kind: AssetKind::ModelDeployment,
            native_type: "AWS::SageMaker::InferenceComponent",
            arn: "/InferenceComponentArn",
            name: "/InferenceComponentName",
            properties: &[("status", "/InferenceComponentStatus"), ("endpoint", "/EndpointName")],
            relations: &[(
                RelationKind::Deploys,
                "/Specification/ModelName",
                End::Here("sagemaker", "model/"),
            )],
        },
    },
];

const APPS: Operation = SAGEMAKER.list("ListApps", "", "/Apps");
const MODELS: Operation = SAGEMAKER.list("ListModels", "", "/Models");
const MODEL: Operation = SAGEMAKER.get("DescribeModel", "");
const ENDPOINTS: Operation = SAGEMAKER.list("ListEndpoints", "", "/Endpoints");
const ENDPOINT: Operation = SAGEMAKER.get("DescribeEndpoint", "");
const ENDPOINT_CONFIG: Operation = SAGEMAKER.get("DescribeEndpointConfig", "");

const MODEL_SHAPE: Shape = Shape {
    kind: AssetKind::Model,
    native_type: "AWS::SageMaker::Model",
    arn: "/ModelArn",
    name: "/ModelName",
    properties: &[
        ("network_isolation", "/EnableNetworkIsolation"),
        ("subnets", "/VpcConfig/Subnets"),
        ("image", "/containers/*/Image"),
        ("model_data", "/containers/*/ModelDataUrl"),
        ("source_model", "/containers/*/Environment/HF_MODEL_ID"),
    ],
    relations: &[
        (RelationKind::RunsAs, "/ExecutionRoleArn", End::Arn),
        (RelationKind::Runs, "/containers/*/Image", End::Image),
        (RelationKind::Stores, "/containers/*/ModelDataUrl", End::S3Uri),
        (RelationKind::Stores, "/containers/*/ModelDataSource/S3DataSource/S3Uri", End::S3Uri),
        (
            RelationKind::DerivedFrom,
            "/containers/*/ModelPackageName",
            End::Here("sagemaker", "model-package/"),
        ),
    ],
};

const ENDPOINT_SHAPE: Shape = Shape {
    kind: AssetKind::ModelDeployment,
    native_type: "AWS::SageMaker::Endpoint",
    arn: "/EndpointArn",
    name: "/EndpointName",
    properties: &[
        ("status", "/EndpointStatus"),
        ("config", "/EndpointConfigName"),
        ("kms_key", "/config/KmsKeyId"),
        ("instance_types", "/config/ProductionVariants/*/InstanceType"),
        ("data_capture", "/config/DataCaptureConfig/EnableCapture"),
    ],
    relations: &[
        (
            RelationKind::Deploys,
            "/config/ProductionVariants/*/ModelName",
            End::Here("sagemaker", "model/"),
        ),
        (
            RelationKind::Deploys,
            "/config/ShadowProductionVariants/*/ModelName",
            End::Here("sagemaker", "model/"),
        ),
        (RelationKind::EncryptedWith, "/config/KmsKeyId", End::Key),
        (RelationKind::LogsTo, "/config/DataCaptureConfig/DestinationS3Uri", End::S3Uri),
    ],
};

/// Reads SageMaker in one region.
pub(super) async fn scan(scope: &Scope<'_>) {
    let simple = join_all(SIMPLE.iter().map(|simple| simple_type(scope, simple)));
    futures::join!(simple, models(scope), endpoints(scope), apps(scope));
}

async fn simple_type(scope: &Scope<'_>, simple: &Simple) {
    let arguments = |item: &Value| -> Value {
        simple
            .by
            .iter()
            .map(|key| (*key, item.get(*key).cloned()))
            .map(|(key, value)| (key.to_owned(), value.unwrap_or_default()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let items = scope.list(&simple.list, json!({})).await;
    let details = items.into_iter().map(async |mut item| {
        // A description may leave out what the list says, such as the ARN.
        if let (Some(Value::Object(detail)), Value::Object(known)) =
            (scope.get(&simple.detail, arguments(&item)).await, &mut item)
        {
            known.extend(detail);
        }
        item
    });
    for detail in join_all(details).await {
        if let Some(mut asset) = scope.shape(&simple.shape, &detail) {
            secret::variables(&mut asset, &pick(&detail, "/Environment"), None);
            scope.gather().asset(normalised(asset));
        }
    }
}

/// `Enabled` and `Disabled` as booleans, and what stands in for an absent switch: SageMaker leaves out what is off.
fn normalised(mut asset: Asset) -> Asset {
    for key in ["root_access", "direct_internet_access"] {
        if let Some(state) = asset.properties.get(key).and_then(Value::as_str) {
            let enabled = state == "Enabled";
            asset.set(key, enabled);
        }
    }
    asset
}

async fn models(scope: &Scope<'_>) {
    let arguments = |item: &Value| json!({"ModelName": text(item, "/ModelName")});
    for mut model in scope.list_details(&MODELS, &MODEL, arguments).await {
        // A model has one container, or a pipeline of them.
        let containers: Vec<Value> = all(&model, "/PrimaryContainer")
            .into_iter()
            .chain(all(&model, "/Containers/*"))
            .cloned()
            .collect();
        let mut variables = serde_json::Map::new();
        for container in &containers {
            variables
                .extend(pick(container, "/Environment").as_object().cloned().unwrap_or_default());
        }
        model["containers"] = containers.into();
        let Some(mut asset) = scope.shape(&MODEL_SHAPE, &model) else { continue };
        secret::variables(&mut asset, &Value::Object(variables), None);
        scope.gather().asset(asset);
    }
}

async fn endpoints(scope: &Scope<'_>) {
    let arguments = |item: &Value| json!({"EndpointName": text(item, "/EndpointName")});
    let found = scope.list_details(&ENDPOINTS, &ENDPOINT, arguments).await;
    let configured = found.into_iter().map(async |mut endpoint| {
        if let Some(name) = text(&endpoint, "/EndpointConfigName") {
            let answer = scope.get(&ENDPOINT_CONFIG, json!({"EndpointConfigName": name})).await;
            endpoint["config"] = answer.unwrap_or_default();
        }
        endpoint
    });
    for endpoint in join_all(configured).await {
        if let Some(mut asset) = scope.shape(&ENDPOINT_SHAPE, &endpoint) {
            asset.findings.push(model_metadata(&endpoint));
            scope.gather().asset(asset);
        }
    }
}

fn model_metadata(endpoint: &Value) -> Finding {
    let models = texts(endpoint, "/config/ProductionVariants/*/ModelName");
    let instances = texts(endpoint, "/config/ProductionVariants/*/InstanceType");
    Finding::new(
        FindingKind::ModelMetadata,
        "endpoint",
        Severity::Informational,
        format!("Serves {}", models.join(", ")),
        format!("On {}", instances.join(", ")),
        json!({"models": models, "instance_types": instances, "status": text(endpoint, "/EndpointStatus")}),
    )
}

/// Apps have no ARN in the list; they are what a user runs in a domain.
async fn apps(scope: &Scope<'_>) {
    for app in scope.list(&APPS, json!({})).await {
        let part = |pointer: &str| text(&app, pointer).unwrap_or_default();
        let (domain, name) = (part("/DomainId"), part("/AppName"));
        let owner = if part("/UserProfileName").is_empty() {
            part("/SpaceName")
        } else {
            part("/UserProfileName")
        };
        let arn = scope.arn(
            "sagemaker",
            &format!("app/{domain}/{owner}/{}/{name}", part("/AppType").to_lowercase()),
        );
        let asset = scope
            .asset(&arn, AssetKind::Notebook, "AWS::SageMaker::App", name)
            .with("status", pick(&app, "/Status"))
            .with("type", pick(&app, "/AppType"));
        scope.gather().asset(asset);
        scope.relate(
            &scope.arn("sagemaker", &format!("domain/{domain}")),
            RelationKind::Contains,
            &arn,
        );
    }
}
