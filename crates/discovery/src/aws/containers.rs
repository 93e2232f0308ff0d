//! Containers: ECS task definitions and services, EKS clusters, ECR repositories.

use futures::future::join_all;
use picket_model::{AssetKind, RelationKind};
use serde_json::{Map, Value, json};

use super::{
    inference,
    scope::Scope,
    service::{ECR, ECS, EKS, Operation},
    shape::{End, Shape},
    value::{all, pick, text, texts},
};
use crate::secret;

const TASK_DEFINITIONS: Operation = ECS.list("ListTaskDefinitions", "", "/taskDefinitionArns");
const TASK_DEFINITION: Operation = ECS.get("DescribeTaskDefinition", "");
const ECS_CLUSTERS: Operation = ECS.list("ListClusters", "", "/clusterArns");
const SERVICES: Operation = ECS.list("ListServices", "", "/serviceArns");
const SERVICE: Operation = ECS.get("DescribeServices", "");
const EKS_CLUSTERS: Operation = EKS.list("ListClusters", "GET /clusters", "/clusters");
const EKS_CLUSTER: Operation = EKS.get("DescribeCluster", "GET /clusters/{name}");
const REPOSITORIES: Operation = ECR.list("DescribeRepositories", "", "/repositories");

const TASK_SHAPE: Shape = Shape {
    kind: AssetKind::Workload,
    native_type: "AWS::ECS::TaskDefinition",
    arn: "/taskDefinitionArn",
    name: "/family",
    properties: &[
        ("revision", "/revision"),
        ("images", "/containerDefinitions/*/image"),
        ("network_mode", "/networkMode"),
        ("ports", "/containerDefinitions/*/portMappings/*/containerPort"),
    ],
    relations: &[
        (RelationKind::RunsAs, "/taskRoleArn", End::Arn),
        (RelationKind::Runs, "/containerDefinitions/*/image", End::Image),
        (RelationKind::HasSecret, "/containerDefinitions/*/secrets/*/valueFrom", End::Arn),
    ],
};

const SERVICE_SHAPE: Shape = Shape {
    kind: AssetKind::Workload,
    native_type: "AWS::ECS::Service",
    arn: "/serviceArn",
    name: "/serviceName",
    properties: &[
        ("status", "/status"),
        ("desired_count", "/desiredCount"),
        ("assigns_public_ip", "/networkConfiguration/awsvpcConfiguration/assignPublicIp"),
    ],
    relations: &[
        (RelationKind::Runs, "/taskDefinition", End::Arn),
        (
            RelationKind::AttachedTo,
            "/networkConfiguration/awsvpcConfiguration/subnets/*",
            End::Here("ec2", "subnet/"),
        ),
        (
            RelationKind::AttachedTo,
            "/networkConfiguration/awsvpcConfiguration/securityGroups/*",
            End::Here("ec2", "security-group/"),
        ),
    ],
};

const EKS_SHAPE: Shape = Shape {
    kind: AssetKind::Cluster,
    native_type: "AWS::EKS::Cluster",
    arn: "/arn",
    name: "/name",
    properties: &[
        ("status", "/status"),
        ("version", "/version"),
        ("public_endpoint", "/resourcesVpcConfig/endpointPublicAccess"),
        ("endpoint", "/endpoint"),
        ("kms_key", "/encryptionConfig/*/provider/keyArn"),
    ],
    relations: &[
        (RelationKind::RunsAs, "/roleArn", End::Arn),
        (RelationKind::AttachedTo, "/resourcesVpcConfig/subnetIds/*", End::Here("ec2", "subnet/")),
        (RelationKind::EncryptedWith, "/encryptionConfig/*/provider/keyArn", End::Key),
    ],
};

const REPOSITORY_SHAPE: Shape = Shape {
    kind: AssetKind::Repository,
    native_type: "AWS::ECR::Repository",
    arn: "/repositoryArn",
    name: "/repositoryName",
    properties: &[
        ("uri", "/repositoryUri"),
        ("scan_on_push", "/imageScanningConfiguration/scanOnPush"),
        ("tag_mutability", "/imageTagMutability"),
        ("kms_key", "/encryptionConfiguration/kmsKey"),
    ],
    relations: &[(RelationKind::EncryptedWith, "/encryptionConfiguration/kmsKey", End::Key)],
};

/// Reads what runs in containers in one region.
pub(super) async fn scan(scope: &Scope<'_>) {
    let tasks = async {
        let arns = scope.list(&TASK_DEFINITIONS, json!({"status": "ACTIVE"})).await;
        join_all(arns.iter().map(|arn| task_definition(scope, arn))).await;
    };
    let clusters = async {
        let names = scope.list(&EKS_CLUSTERS, json!({})).await;
        join_all(names.iter().map(async |name| {
            if let Some(answer) = scope.get(&EKS_CLUSTER, json!({"name": name})).await {
                scope.add(&EKS_SHAPE, &pick(&answer, "/cluster"));
            }
        }))
        .await;
    };
    let repositories = async {
        for repository in scope.list(&REPOSITORIES, json!({})).await {
            scope.add(&REPOSITORY_SHAPE, &repository);
        }
    };
    futures::join!(tasks, services(scope), clusters, repositories);
}

async fn task_definition(scope: &Scope<'_>, arn: &Value) {
    let Some(answer) = scope.get(&TASK_DEFINITION, json!({"taskDefinition": arn})).await else {
        return;
    };
    let detail = pick(&answer, "/taskDefinition");
    let Some(mut asset) = scope.shape(&TASK_SHAPE, &detail) else { return };
    let mut variables = Map::new();
    let mut server = None;
    for container in all(&detail, "/containerDefinitions/*") {
        for pair in all(container, "/environment/*") {
            if let (Some(name), Some(value)) = (text(pair, "/name"), pair.get("value")) {
                variables.insert(name.to_owned(), value.clone());
            }
        }
        let image = text(container, "/image").unwrap_or_default();
        let command = texts(container, "/command/*").join(" ");
        server = server.or_else(|| inference::of_container(image, &command));
    }
    let gpus = texts(&detail, "/containerDefinitions/*/resourceRequirements/*/type");
    asset.set(
        "accelerated",
        gpus.iter().any(|kind| matches!(*kind, "GPU" | "InferenceAccelerator")),
    );
    if let Some(server) = server {
        asset.set("inference_server", server.name);
        asset.set("inference_port", server.port);
        asset.set("model", server.model);
    }
    let variables = Value::Object(variables);
    secret::variables(&mut asset, &variables, None);
    scope.remember(asset.id.as_str(), &variables);
    scope.gather().asset(asset);
}

async fn services(scope: &Scope<'_>) {
    let clusters = scope.list(&ECS_CLUSTERS, json!({})).await;
    join_all(clusters.iter().filter_map(Value::as_str).map(async |cluster| {
        let name = cluster.rsplit('/').next().unwrap_or(cluster);
        scope.gather().asset(scope.asset(cluster, AssetKind::Cluster, "AWS::ECS::Cluster", name));
        let arns = scope.list(&SERVICES, json!({"cluster": cluster})).await;
        // The description takes ten at a time.
        for ten in arns.chunks(10) {
            let Some(answer) =
                scope.get(&SERVICE, json!({"cluster": cluster, "services": ten})).await
            else {
                continue;
            };
            for mut service in all(&answer, "/services/*").into_iter().cloned() {
                let public = "/networkConfiguration/awsvpcConfiguration/assignPublicIp";
                if let Some(state) = service.pointer_mut(public) {
                    *state = (state.as_str() == Some("ENABLED")).into();
                }
                scope.add(&SERVICE_SHAPE, &service);
                if let Some(arn) = text(&service, "/serviceArn") {
                    scope.relate(cluster, RelationKind::Contains, arn);
                }
            }
        }
    }))
    .await;
}
