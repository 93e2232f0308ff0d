//! Vector stores: OpenSearch Serverless collections with their policies, S3 vector indexes, Kendra indexes.

use futures::future::join_all;
use picket_model::{AssetKind, Finding, FindingKind, RelationKind, Severity};
use serde_json::{Value, json};

use super::{
    policy::covers,
    scope::Scope,
    service::{KENDRA, OPENSEARCH_SERVERLESS, Operation, S3_VECTORS},
    shape::{End, Shape},
    value::{all, flag, pick, text, texts},
};

const COLLECTIONS: Operation =
    OPENSEARCH_SERVERLESS.list("ListCollections", "", "/collectionSummaries");
const COLLECTION: Operation = OPENSEARCH_SERVERLESS.get("BatchGetCollection", "");
const SECURITY_POLICIES: Operation =
    OPENSEARCH_SERVERLESS.list("ListSecurityPolicies", "", "/securityPolicySummaries");
const SECURITY_POLICY: Operation = OPENSEARCH_SERVERLESS.get("GetSecurityPolicy", "");
const ACCESS_POLICIES: Operation =
    OPENSEARCH_SERVERLESS.list("ListAccessPolicies", "", "/accessPolicySummaries");
const ACCESS_POLICY: Operation = OPENSEARCH_SERVERLESS.get("GetAccessPolicy", "");
const VECTOR_BUCKETS: Operation =
    S3_VECTORS.list("ListVectorBuckets", "POST /ListVectorBuckets", "/vectorBuckets");
const VECTOR_INDEXES: Operation = S3_VECTORS.list("ListIndexes", "POST /ListIndexes", "/indexes");
const INDICES: Operation = KENDRA.list("ListIndices", "", "/IndexConfigurationSummaryItems");
const INDEX: Operation = KENDRA.get("DescribeIndex", "");

const COLLECTION_SHAPE: Shape = Shape {
    kind: AssetKind::VectorIndex,
    native_type: "AWS::OpenSearchServerless::Collection",
    arn: "/arn",
    name: "/name",
    properties: &[
        ("status", "/status"),
        ("type", "/type"),
        ("kms_key", "/kmsKeyArn"),
        ("endpoint", "/collectionEndpoint"),
    ],
    relations: &[(RelationKind::EncryptedWith, "/kmsKeyArn", End::Key)],
};

const VECTOR_BUCKET_SHAPE: Shape = Shape {
    kind: AssetKind::ObjectStore,
    native_type: "AWS::S3Vectors::VectorBucket",
    arn: "/vectorBucketArn",
    name: "/vectorBucketName",
    properties: &[],
    relations: &[],
};

const VECTOR_INDEX_SHAPE: Shape = Shape {
    kind: AssetKind::VectorIndex,
    native_type: "AWS::S3Vectors::Index",
    arn: "/indexArn",
    name: "/indexName",
    properties: &[("vector_bucket", "/vectorBucketName")],
    relations: &[],
};

const INDEX_SHAPE: Shape = Shape {
    kind: AssetKind::SearchIndex,
    native_type: "AWS::Kendra::Index",
    arn: "/arn",
    name: "/Name",
    properties: &[
        ("status", "/Status"),
        ("edition", "/Edition"),
        ("kms_key", "/ServerSideEncryptionConfiguration/KmsKeyId"),
    ],
    relations: &[
        (RelationKind::RunsAs, "/RoleArn", End::Arn),
        (RelationKind::EncryptedWith, "/ServerSideEncryptionConfiguration/KmsKeyId", End::Key),
    ],
};

/// Reads the vector stores and search indexes of one region.
pub(super) async fn scan(scope: &Scope<'_>) {
    futures::join!(collections(scope), vector_buckets(scope), indices(scope));
}

async fn collections(scope: &Scope<'_>) {
    let found = scope.list(&COLLECTIONS, json!({})).await;
    if found.is_empty() {
        return;
    }
    let details = found.into_iter().map(async |mut item| {
        let answer = scope.get(&COLLECTION, json!({"ids": [text(&item, "/id")]})).await;
        if let (Some(Value::Object(detail)), Value::Object(known)) = (
            answer
                .map(|answer| pick(&answer, "/collectionDetails/*"))
                .and_then(|list| list.get(0).cloned()),
            &mut item,
        ) {
            known.extend(detail);
        }
        item
    });
    let (details, network, access) = futures::join!(
        join_all(details),
        policies(
            scope,
            &SECURITY_POLICIES,
            &SECURITY_POLICY,
            "network",
            "/securityPolicyDetail/policy"
        ),
        policies(scope, &ACCESS_POLICIES, &ACCESS_POLICY, "data", "/accessPolicyDetail/policy"),
    );
    for detail in details {
        let Some(mut asset) = scope.shape(&COLLECTION_SHAPE, &detail) else { continue };
        let resource = format!("collection/{}", asset.name);
        let public =
            network.iter().any(|rule| flag(rule, "/AllowFromPublic") && applies(rule, &resource));
        asset.set("public_network", public);
        let readers: Vec<&str> = access
            .iter()
            .filter(|rule| applies(rule, &resource))
            .flat_map(|rule| texts(rule, "/Principal/*"))
            .collect();
        for reader in readers.iter().filter(|reader| reader.starts_with("arn:")) {
            scope.gather().relation(
                picket_model::Relation::new(*reader, RelationKind::CanAccess, asset.id.clone())
                    .with("actions", vec!["aoss:ReadDocument"])
                    .with("via", "data access policy"),
            );
        }
        if public {
            let reason = "a network policy allows access from public networks";
            scope.exposed(asset.id.as_str(), vec![443.into()], "network policy", reason);
            asset.findings.push(Finding::new(
                FindingKind::ExposedToInternet,
                "network_policy",
                Severity::High,
                "The internet reaches the vector store",
                reason,
                json!({"allow_from_public": true}),
            ));
        }
        scope.gather().asset(asset);
    }
}

/// All rules of all policies of a type. A policy is a list of rules; an encryption policy is one rule.
async fn policies(
    scope: &Scope<'_>,
    list: &Operation,
    detail: &Operation,
    kind: &str,
    pointer: &str,
) -> Vec<Value> {
    let found = scope.list(list, json!({"type": kind})).await;
    let details = found
        .iter()
        .map(|item| scope.get(detail, json!({"type": kind, "name": text(item, "/name")})));
    let answers = join_all(details).await;
    answers
        .iter()
        .flatten()
        .flat_map(|answer| all(answer, &format!("{pointer}/*")))
        .cloned()
        .collect()
}

/// Whether a rule names a collection, by name or pattern.
fn applies(rule: &Value, resource: &str) -> bool {
    texts(rule, "/Rules/*/Resource/*").iter().any(|pattern| covers(pattern, resource))
}

async fn vector_buckets(scope: &Scope<'_>) {
    let buckets = scope.list(&VECTOR_BUCKETS, json!({})).await;
    join_all(buckets.iter().map(async |bucket| {
        scope.add(&VECTOR_BUCKET_SHAPE, bucket);
        let Some(arn) = text(bucket, "/vectorBucketArn") else { return };
        for index in scope.list(&VECTOR_INDEXES, json!({"vectorBucketArn": arn})).await {
            scope.add(&VECTOR_INDEX_SHAPE, &index);
            if let Some(index) = text(&index, "/indexArn") {
                scope.relate(arn, RelationKind::Contains, index);
            }
        }
    }))
    .await;
}

async fn indices(scope: &Scope<'_>) {
    let arguments = |item: &Value| json!({"Id": text(item, "/Id")});
    for mut index in scope.list_details(&INDICES, &INDEX, arguments).await {
        if let Some(id) = text(&index, "/Id") {
            index["arn"] = scope.arn("kendra", &format!("index/{id}")).into();
            scope.add(&INDEX_SHAPE, &index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_name_collections_by_pattern() {
        let rule = json!({"Rules": [{"ResourceType": "collection", "Resource": ["collection/vec-*"]}], "AllowFromPublic": true});
        assert!(applies(&rule, "collection/vec-1"));
        assert!(!applies(&rule, "collection/other"));
    }
}
