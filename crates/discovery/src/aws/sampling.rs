//! Looks into a bounded sample of a bucket's objects for sensitive data.

use futures::future::join_all;
use picket_model::Asset;
use serde_json::{Value, json};

use super::{
    scope::Scope,
    service::{Operation, S3},
    value::{all, text},
};
use crate::cloud::sample;

const OBJECTS: Operation = S3.get("ListObjectsV2", "GET /{Bucket}?list-type=2");
const OBJECT: Operation = S3.get("GetObject", "GET /{Bucket}/{Key+}");

/// Reads a sample of the bucket that `asset` is and, where it holds sensitive data, says so in a finding.
pub(super) async fn sample(scope: &Scope<'_>, asset: &mut Asset) {
    let limits = scope.client.http.limits();
    let arguments = json!({"Bucket": asset.name, "max-keys": 1000});
    let Some(listing) = scope.get(&OBJECTS, arguments).await else { return };
    let listed = all(&listing, "/Contents/*");
    let keys =
        sample::choose(listed.iter().filter_map(|object| sized(object)), limits.sampled_objects);
    let read = keys.iter().map(|key| object(scope, &asset.name, key, limits.sampled_bytes));
    let found: Vec<_> = join_all(read).await.into_iter().flatten().collect();
    asset.set("sampled_objects", keys.len());
    asset.findings.extend(sample::finding(&asset.name, &found, keys.len(), listed.len()));
}

/// Key and size of a listed object; XML has no numbers.
fn sized(object: &Value) -> Option<(&str, Option<u64>)> {
    Some((text(object, "/Key")?, text(object, "/Size").and_then(|size| size.parse().ok())))
}

async fn object(
    scope: &Scope<'_>,
    bucket: &str,
    key: &str,
    most: usize,
) -> Option<sample::Sensitive> {
    let arguments = json!({"Bucket": bucket, "Key": key, "range": sample::range(most)});
    let reply = scope.client.send(&scope.session, &scope.region, &OBJECT, &arguments).await;
    match reply {
        Ok(reply) => sample::inspect(key, &reply.body, most),
        Err(error) => {
            scope.failed(&OBJECT, &error);
            None
        }
    }
}
