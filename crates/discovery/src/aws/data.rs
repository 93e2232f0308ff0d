//! Databases, keys and secrets: RDS, DynamoDB, KMS, Secrets Manager.

use futures::future::join_all;
use picket_model::{AssetKind, Finding, FindingKind, RelationKind, Severity};
use serde_json::json;

use super::{
    network::Network,
    scope::Scope,
    service::{DYNAMODB, KMS, Operation, RDS, SECRETS_MANAGER},
    shape::{End, Shape},
    value::{flag, pick, text, texts},
};

const INSTANCES: Operation = RDS.list("DescribeDBInstances", "", "/DBInstances/DBInstance");
const CLUSTERS: Operation = RDS.list("DescribeDBClusters", "", "/DBClusters/DBCluster");
const TABLES: Operation = DYNAMODB.list("ListTables", "", "/TableNames");
const TABLE: Operation = DYNAMODB.get("DescribeTable", "");
const KEYS: Operation = KMS.list("ListKeys", "", "/Keys");
const KEY: Operation = KMS.get("DescribeKey", "");
const ALIASES: Operation = KMS.list("ListAliases", "", "/Aliases");
const SECRETS: Operation = SECRETS_MANAGER.list("ListSecrets", "", "/SecretList");

const INSTANCE_SHAPE: Shape = Shape {
    kind: AssetKind::Database,
    native_type: "AWS::RDS::DBInstance",
    arn: "/DBInstanceArn",
    name: "/DBInstanceIdentifier",
    properties: &[
        ("engine", "/Engine"),
        ("engine_version", "/EngineVersion"),
        ("status", "/DBInstanceStatus"),
        ("publicly_accessible", "/PubliclyAccessible"),
        ("storage_encrypted", "/StorageEncrypted"),
        ("kms_key", "/KmsKeyId"),
        ("endpoint", "/Endpoint/Address"),
        ("iam_authentication", "/IAMDatabaseAuthenticationEnabled"),
    ],
    relations: &[
        (RelationKind::EncryptedWith, "/KmsKeyId", End::Key),
        (
            RelationKind::AttachedTo,
            "/VpcSecurityGroups/VpcSecurityGroupMembership/*/VpcSecurityGroupId",
            End::Here("ec2", "security-group/"),
        ),
        (RelationKind::HasSecret, "/MasterUserSecret/SecretArn", End::Arn),
    ],
};

const CLUSTER_SHAPE: Shape = Shape {
    kind: AssetKind::Database,
    native_type: "AWS::RDS::DBCluster",
    arn: "/DBClusterArn",
    name: "/DBClusterIdentifier",
    properties: &[
        ("engine", "/Engine"),
        ("engine_version", "/EngineVersion"),
        ("status", "/Status"),
        ("publicly_accessible", "/PubliclyAccessible"),
        ("storage_encrypted", "/StorageEncrypted"),
        ("kms_key", "/KmsKeyId"),
        ("endpoint", "/Endpoint"),
    ],
    relations: &[(RelationKind::EncryptedWith, "/KmsKeyId", End::Key)],
};

const TABLE_SHAPE: Shape = Shape {
    kind: AssetKind::Table,
    native_type: "AWS::DynamoDB::Table",
    arn: "/TableArn",
    name: "/TableName",
    properties: &[
        ("status", "/TableStatus"),
        ("kms_key", "/SSEDescription/KMSMasterKeyArn"),
        ("items", "/ItemCount"),
        ("deletion_protection", "/DeletionProtectionEnabled"),
    ],
    relations: &[(RelationKind::EncryptedWith, "/SSEDescription/KMSMasterKeyArn", End::Key)],
};

const SECRET_SHAPE: Shape = Shape {
    kind: AssetKind::Secret,
    native_type: "AWS::SecretsManager::Secret",
    arn: "/ARN",
    name: "/Name",
    properties: &[("rotation", "/RotationEnabled"), ("kms_key", "/KmsKeyId")],
    relations: &[(RelationKind::EncryptedWith, "/KmsKeyId", End::Key)],
};

/// Reads databases, keys and secrets of one region.
pub(super) async fn scan(scope: &Scope<'_>, network: &Network) {
    futures::join!(databases(scope, network), tables(scope), keys(scope), secrets(scope));
}

async fn databases(scope: &Scope<'_>, network: &Network) {
    let (instances, clusters) =
        futures::join!(scope.list(&INSTANCES, json!({})), scope.list(&CLUSTERS, json!({})));
    for instance in &instances {
        let Some(mut asset) = scope.shape(&INSTANCE_SHAPE, instance) else { continue };
        let port =
            text(instance, "/Endpoint/Port").and_then(|port| port.parse::<u16>().ok()).unwrap_or(0);
        let groups =
            texts(instance, "/VpcSecurityGroups/VpcSecurityGroupMembership/*/VpcSecurityGroupId");
        let open =
            network.open_ports(groups).iter().any(|range| (range.from..=range.to).contains(&port));
        if flag(instance, "/PubliclyAccessible") && open {
            let reason = "it has a public address and a security group opens its port to everybody";
            scope.exposed(asset.id.as_str(), vec![port.into()], "security group", reason);
            asset.findings.push(Finding::new(
                FindingKind::ExposedToInternet,
                "security_group",
                Severity::High,
                "The internet reaches the database",
                reason,
                json!({"port": port}),
            ));
        }
        scope.gather().asset(asset);
    }
    for cluster in &clusters {
        scope.add(&CLUSTER_SHAPE, cluster);
    }
}

async fn tables(scope: &Scope<'_>) {
    let names = scope.list(&TABLES, json!({})).await;
    join_all(names.iter().map(async |name| {
        let answer = scope.get(&TABLE, json!({"TableName": name})).await;
        if let Some(answer) = answer {
            scope.add(&TABLE_SHAPE, &pick(&answer, "/Table"));
        }
    }))
    .await;
}

/// The customer's own keys; those that AWS manages for its services tell nothing.
async fn keys(scope: &Scope<'_>) {
    let (keys, aliases) =
        futures::join!(scope.list(&KEYS, json!({})), scope.list(&ALIASES, json!({})));
    join_all(keys.iter().map(async |key| {
        let Some(id) = text(key, "/KeyId") else { return };
        let answer = scope.get(&KEY, json!({"KeyId": id})).await.unwrap_or_default();
        if text(&answer, "/KeyMetadata/KeyManager") == Some("AWS") {
            return;
        }
        let names: Vec<&str> = aliases
            .iter()
            .filter(|alias| text(alias, "/TargetKeyId") == Some(id))
            .filter_map(|alias| text(alias, "/AliasName"))
            .collect();
        let arn = text(key, "/KeyArn")
            .map_or_else(|| scope.arn("kms", &format!("key/{id}")), str::to_owned);
        let name = names.first().map_or(id, |name| name.trim_start_matches("alias/"));
        let asset = scope
            .asset(&arn, AssetKind::Key, "AWS::KMS::Key", name)
            .with("state", pick(&answer, "/KeyMetadata/KeyState"))
            .with("usage", pick(&answer, "/KeyMetadata/KeyUsage"))
            .with("aliases", names.clone());
        scope.gather().asset(asset);
    }))
    .await;
}

async fn secrets(scope: &Scope<'_>) {
    for secret in scope.list(&SECRETS, json!({})).await {
        scope.add(&SECRET_SHAPE, &secret);
    }
}
