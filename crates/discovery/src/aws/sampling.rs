//! Looks into a bounded sample of a bucket's objects for sensitive data. What is kept is how many of which type stand where.

use std::{collections::BTreeMap, io::Read};

use flate2::read::GzDecoder;
use futures::future::join_all;
use picket_model::{Asset, Finding, FindingKind, Severity};
use picket_sensitive::Scanner;
use serde_json::{Value, json};

use super::{
    scope::Scope,
    service::{Operation, S3},
    value::text,
};

const OBJECTS: Operation = S3.get("ListObjectsV2", "GET /{Bucket}?list-type=2");
const OBJECT: Operation = S3.get("GetObject", "GET /{Bucket}/{Key+}");

/// Endings of names whose content is no text.
const BINARY: &[&str] = &[
    "7z",
    "avi",
    "avro",
    "bin",
    "bmp",
    "bz2",
    "ckpt",
    "dll",
    "exe",
    "gguf",
    "gif",
    "h5",
    "ico",
    "jar",
    "jpeg",
    "jpg",
    "mov",
    "mp3",
    "mp4",
    "npy",
    "npz",
    "onnx",
    "orc",
    "parquet",
    "pb",
    "pkl",
    "png",
    "pt",
    "pth",
    "safetensors",
    "so",
    "tar",
    "tgz",
    "tif",
    "tiff",
    "wav",
    "webp",
    "whl",
    "woff",
    "woff2",
    "xz",
    "zip",
    "zst",
];

/// Sensitive types and their counts.
type Counts = BTreeMap<String, u64>;

/// Reads a sample of the bucket that `asset` is and, where it holds sensitive data, says so in a finding.
pub(super) async fn sample(scope: &Scope<'_>, asset: &mut Asset) {
    let limits = scope.client.http.limits().clone();
    let arguments = json!({"Bucket": asset.name, "max-keys": 1000});
    let Some(listing) = scope.get(&OBJECTS, arguments).await else { return };
    let listed = super::value::all(&listing, "/Contents/*");
    let keys = spread(
        listed.iter().filter_map(|object| readable(object)).collect(),
        limits.sampled_objects,
    );
    let read = keys.iter().map(|key| object(scope, &asset.name, key, limits.sampled_bytes));
    let found: Vec<(&&str, Counts, Severity)> = join_all(read)
        .await
        .into_iter()
        .zip(&keys)
        .filter_map(|(found, key)| found.map(|(counts, worst)| (key, counts, worst)))
        .collect();
    asset.set("sampled_objects", keys.len());
    let Some(worst) = found.iter().map(|(_, _, worst)| *worst).max() else { return };
    let mut total = Counts::new();
    for (kind, count) in found.iter().flat_map(|(_, counts, _)| counts) {
        *total.entry(kind.clone()).or_default() += count;
    }
    let objects: Vec<Value> =
        found.iter().map(|(key, counts, _)| json!({"key": key, "types": counts})).collect();
    let types: Vec<&str> = total.keys().map(String::as_str).collect();
    asset.findings.push(Finding::new(
        FindingKind::SensitiveData,
        "objects",
        worst,
        format!("Holds {}", types.join(", ")),
        format!(
            "Found in {} of {} sampled objects ({} listed)",
            found.len(),
            keys.len(),
            listed.len()
        ),
        json!({"types": total, "objects": objects, "sampled": keys.len()}),
    ));
}

/// The key of an object that may be text and is not empty.
fn readable(object: &Value) -> Option<&str> {
    let key = text(object, "/Key")?;
    let name = key.to_ascii_lowercase();
    let ending = name.rsplit(['.', '/']).next().unwrap_or_default();
    let binary = BINARY.contains(&ending) || name.ends_with(".tar.gz");
    (text(object, "/Size") != Some("0") && !key.ends_with('/') && !binary).then_some(key)
}

/// At most `count` keys, the first of every folder before the second of any, so that each folder is looked into.
fn spread(mut keys: Vec<&str>, count: usize) -> Vec<&str> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, &str)> = Vec::with_capacity(keys.len());
    keys.sort_unstable();
    for key in keys {
        let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
        let rank = seen.entry(folder).or_default();
        ranked.push((*rank, key));
        *rank += 1;
    }
    ranked.sort_unstable();
    ranked.into_iter().take(count).map(|(_, key)| key).collect()
}

async fn object(
    scope: &Scope<'_>,
    bucket: &str,
    key: &str,
    most: usize,
) -> Option<(Counts, Severity)> {
    let arguments = json!({"Bucket": bucket, "Key": key, "range": format!("bytes=0-{}", most.saturating_sub(1))});
    let reply = scope.client.send(&scope.session, &scope.region, &OBJECT, &arguments).await;
    match reply {
        Ok(reply) => inspect(&reply.body, most),
        Err(error) => {
            scope.failed(&OBJECT, &error);
            None
        }
    }
}

fn inspect(body: &[u8], most: usize) -> Option<(Counts, Severity)> {
    let mut unpacked = Vec::new();
    let body = if body.starts_with(&[0x1f, 0x8b]) {
        // A truncated stream ends in an error; what came before it is read.
        let _ = GzDecoder::new(body).take(most as u64).read_to_end(&mut unpacked);
        &unpacked[..]
    } else {
        body
    };
    // Text holds no NUL.
    if body.iter().take(8192).any(|byte| *byte == 0) {
        return None;
    }
    let mut counts = Counts::new();
    let mut worst = None;
    for found in Scanner::embedded().scan(&String::from_utf8_lossy(body)) {
        *counts.entry(found.info_type.to_string()).or_default() += 1;
        worst = worst.max(Some(found.severity));
    }
    worst.map(|worst| (counts, worst))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn every_folder_is_looked_into() {
        assert_eq!(spread(vec!["a/1", "a/2", "a/3", "b/1", "top"], 3), ["a/1", "b/1", "top"]);
    }

    #[test]
    fn binaries_and_empty_objects_are_passed_over() {
        let key = |key: &str, size: &str| readable(&json!({"Key": key, "Size": size})).is_some();
        assert!(key("a.csv", "5") && key("a/env", "5") && key("a.jsonl.gz", "5"));
        assert!(
            !key("m.tar.gz", "5")
                && !key("m.safetensors", "5")
                && !key("a.csv", "0")
                && !key("a/", "5")
        );
    }

    #[test]
    fn cards_are_found_in_text_and_in_gzip_and_never_kept() {
        let text = b"name,card\nAna,4111111111111111\nBruno,4111111111111111\n";
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(text).unwrap();
        for body in [text.to_vec(), packed.finish().unwrap()] {
            let (counts, _) = inspect(&body, 1 << 16).unwrap();
            assert_eq!(counts.get("credit_card"), Some(&2));
        }
        assert_eq!(inspect(b"nothing here", 1 << 16), None);
        assert_eq!(inspect(b"4111111111111111\0", 1 << 16), None);
    }
}
