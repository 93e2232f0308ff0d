//! Amazon S3: buckets, who may read them, how they are encrypted and, when asked for, what sensitive data they hold.

use futures::future::join_all;
use picket_model::{Asset, AssetKind, Finding, FindingKind, RelationKind, Severity};
use serde_json::{Value, json};

use super::{
    policy::Document,
    sampling,
    scope::Scope,
    service::{Operation, Protocol, S3, Service},
    shape::{End, Shape},
    value::{all, flag, tags, text},
};

const BUCKETS: Operation = S3
    .list("ListBuckets", "GET /", "/Buckets/Bucket")
    .paged_by("continuation-token", "/ContinuationToken");
const LOCATION: Operation = S3.get("GetBucketLocation", "GET /{Bucket}?location");
const POLICY_STATUS: Operation = S3.get("GetBucketPolicyStatus", "GET /{Bucket}?policyStatus");
const POLICY: Operation = S3.get("GetBucketPolicy", "GET /{Bucket}?policy");
const ACCESS_BLOCK: Operation = S3.get("GetPublicAccessBlock", "GET /{Bucket}?publicAccessBlock");
const ACL: Operation = S3.get("GetBucketAcl", "GET /{Bucket}?acl");
const ENCRYPTION: Operation = S3.get("GetBucketEncryption", "GET /{Bucket}?encryption");
const TAGGING: Operation = S3.get("GetBucketTagging", "GET /{Bucket}?tagging");
const VERSIONING: Operation = S3.get("GetBucketVersioning", "GET /{Bucket}?versioning");

const CONTROL: Service = Service {
    name: "s3control",
    host: "{account}.s3-control.{region}",
    signing: "s3",
    protocol: Protocol::RestXml,
    token: ("", ""),
};
const ACCOUNT_ACCESS_BLOCK: Operation =
    CONTROL.get("GetPublicAccessBlock", "GET /v20180820/configuration/publicAccessBlock");

const SHAPE: Shape = Shape {
    kind: AssetKind::ObjectStore,
    native_type: "AWS::S3::Bucket",
    arn: "/arn",
    name: "/Name",
    properties: &[
        ("public", "/public"),
        ("public_write", "/public_write"),
        ("block_public_access", "/blocked"),
        ("encryption", "/encryption/SSEAlgorithm"),
        ("kms_key", "/encryption/KMSMasterKeyID"),
        ("versioning", "/versioned"),
    ],
    relations: &[(RelationKind::EncryptedWith, "/encryption/KMSMasterKeyID", End::Key)],
};

/// Groups of an ACL that mean everybody.
const EVERYBODY: &[&str] = &[
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
];

/// Reads the buckets of an account, in all `regions` that are scanned.
pub(super) async fn scan(scope: &Scope<'_>, regions: &[String], sensitive_sampling: bool) {
    let account = scope.get(&ACCOUNT_ACCESS_BLOCK, json!({"x-amz-account-id": scope.account}));
    let (account, buckets) = futures::join!(account, scope.list(&BUCKETS, json!({})));
    let block = account.unwrap_or_default();
    join_all(
        buckets.into_iter().map(|item| bucket(scope, regions, &block, sensitive_sampling, item)),
    )
    .await;
}

async fn bucket(
    scope: &Scope<'_>,
    regions: &[String],
    account_block: &Value,
    sensitive_sampling: bool,
    mut item: Value,
) {
    let Some(name) = text(&item, "/Name").map(str::to_owned) else { return };
    let arguments = json!({"Bucket": name});
    let region = match text(&item, "/BucketRegion") {
        Some(region) => region.to_owned(),
        None => match scope.get(&LOCATION, arguments.clone()).await {
            // The answer is the region itself; nothing means the oldest one.
            Some(answer) => match answer.as_str() {
                None => "us-east-1".to_owned(),
                Some("EU") => "eu-west-1".to_owned(),
                Some(region) => region.to_owned(),
            },
            None => scope.region.clone(),
        },
    };
    if !regions.contains(&region) {
        return;
    }
    let scope = Scope { region, ..scope.clone() };
    let (status, policy, block, acl, encryption, tagging, versioning) = futures::join!(
        scope.get(&POLICY_STATUS, arguments.clone()),
        raw_policy(&scope, &arguments),
        scope.get(&ACCESS_BLOCK, arguments.clone()),
        scope.get(&ACL, arguments.clone()),
        scope.get(&ENCRYPTION, arguments.clone()),
        scope.get(&TAGGING, arguments.clone()),
        scope.get(&VERSIONING, arguments.clone()),
    );
    let blocked = |setting: &str| {
        [account_block, block.as_ref().unwrap_or(&Value::Null)]
            .iter()
            .any(|block| flag(block, setting))
    };
    let by_policy = status.is_some_and(|answer| flag(&answer, "/IsPublic"))
        && !blocked("/RestrictPublicBuckets");
    let acl = if blocked("/IgnorePublicAcls") { Value::Null } else { acl.unwrap_or_default() };
    let by_acl = !public_grants(&acl).is_empty();
    item["public"] = (by_policy || by_acl).into();
    item["public_write"] = (by_policy
        && policy.is_some_and(|policy| policy.lets_everybody("s3:PutObject"))
        || public_grants(&acl).iter().any(|grant| matches!(*grant, "WRITE" | "FULL_CONTROL")))
    .into();
    item["blocked"] = (blocked("/RestrictPublicBuckets") && blocked("/BlockPublicPolicy")).into();
    item["encryption"] = encryption.map_or(Value::Null, |answer| default_encryption(&answer));
    item["versioned"] =
        versioning.is_some_and(|answer| text(&answer, "/Status") == Some("Enabled")).into();
    item["arn"] = scope.bucket(&name).into();
    let Some(mut asset) = scope.shape(&SHAPE, &item) else { return };
    // S3 encrypts with a key of its own where nothing is set; what counts is whether the key is the customer's.
    asset.set(
        "kms_encrypted",
        text(&item, "/encryption/SSEAlgorithm").is_some_and(|by| by.starts_with("aws:kms")),
    );
    asset.tags =
        tagging.map(|answer| tags(&json!(all(&answer, "/TagSet/Tag/*")))).unwrap_or_default();
    if by_policy || by_acl {
        let via = if by_policy { "bucket policy" } else { "ACL" };
        say_public(&scope, &mut asset, via);
    }
    if sensitive_sampling {
        sampling::sample(&scope, &mut asset).await;
    }
    scope.gather().asset(asset);
}

/// The policy itself comes as JSON where everything else of S3 is XML.
async fn raw_policy(scope: &Scope<'_>, arguments: &Value) -> Option<Document> {
    let reply = scope.client.send(&scope.session, &scope.region, &POLICY, arguments).await;
    match reply {
        Ok(reply) => Document::parse(&String::from_utf8_lossy(&reply.body)),
        Err(error) => {
            if !error.is_not_found() {
                scope.failed(&POLICY, &error);
            }
            None
        }
    }
}

/// What an ACL permits everybody.
fn public_grants(acl: &Value) -> Vec<&str> {
    let grants = all(acl, "/AccessControlList/Grant/*").into_iter();
    let public = grants.filter(|grant| {
        text(grant, "/Grantee/URI").is_some_and(|group| EVERYBODY.contains(&group))
    });
    public.filter_map(|grant| text(grant, "/Permission")).collect()
}

fn default_encryption(answer: &Value) -> Value {
    let rules = all(answer, "/Rule/*/ApplyServerSideEncryptionByDefault");
    rules.first().map_or(Value::Null, |rule| (*rule).clone())
}

fn say_public(scope: &Scope<'_>, asset: &mut Asset, via: &str) {
    let reason = format!("the {via} lets everybody in and public access is not blocked");
    scope.exposed(asset.id.as_str(), vec![443.into()], via, &reason);
    asset.findings.push(Finding::new(
        FindingKind::PublicAccess,
        "bucket",
        Severity::High,
        "Everybody can read the bucket",
        reason,
        json!({"via": via}),
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::xml;

    #[test]
    fn acls_and_encryption_are_read_from_xml() {
        let acl = |uri: &str| {
            let text = format!(
                "<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi=\"x\" xsi:type=\"Group\">\
                 <URI>{uri}</URI></Grantee><Permission>READ</Permission></Grant><Grant><Grantee><ID>1</ID></Grantee>\
                 </Grant></AccessControlList></AccessControlPolicy>"
            );
            public_grants(&xml::to_value(&text).unwrap()).len()
        };
        assert_eq!(acl(EVERYBODY[0]), 1);
        assert_eq!(acl("http://acs.amazonaws.com/groups/s3/LogDelivery"), 0);
        let text = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
                    <SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>";
        assert_eq!(
            default_encryption(&xml::to_value(text).unwrap()),
            json!({"SSEAlgorithm": "aws:kms"})
        );
    }
}
