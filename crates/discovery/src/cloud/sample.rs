//! Sensitive data in object stores, by a bounded sample: which objects are looked into, and what is said of them.
//! What is kept is how many of which type stand where.

use std::{collections::BTreeMap, io::Read};

use flate2::read::GzDecoder;
use picket_model::{Finding, FindingKind, Severity};
use picket_sensitive::Scanner;
use serde_json::{Value, json};

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

/// The keys to look into, of an object store's keys with their sizes: at most `count` that may be text and are not empty,
/// the first of every folder before the second of any, so that each folder is looked into.
pub(crate) fn choose<'a>(
    listed: impl IntoIterator<Item = (&'a str, Option<u64>)>,
    count: usize,
) -> Vec<&'a str> {
    let mut keys: Vec<&str> = listed
        .into_iter()
        .filter(|(key, size)| *size != Some(0) && may_be_text(key))
        .map(|(key, _)| key)
        .collect();
    keys.sort_unstable();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, &str)> = Vec::with_capacity(keys.len());
    for key in keys {
        let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
        let rank = seen.entry(folder).or_default();
        ranked.push((*rank, key));
        *rank += 1;
    }
    ranked.sort_unstable();
    ranked.into_iter().take(count).map(|(_, key)| key).collect()
}

fn may_be_text(key: &str) -> bool {
    let name = key.to_ascii_lowercase();
    let ending = name.rsplit(['.', '/']).next().unwrap_or_default();
    !ending.is_empty() && !BINARY.contains(&ending) && !name.ends_with(".tar.gz")
}

/// The value of a `Range` header for the first `most` bytes.
pub(crate) fn range(most: usize) -> String {
    format!("bytes=0-{}", most.saturating_sub(1))
}

/// Sensitive data in one object.
#[derive(Debug, PartialEq)]
pub(crate) struct Sensitive {
    key: String,
    types: Counts,
    worst: Severity,
}

/// Looks through the start of an object, of which `most` bytes were asked for; gzip is unpacked to as many.
pub(crate) fn inspect(key: &str, body: &[u8], most: usize) -> Option<Sensitive> {
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
    let mut types = Counts::new();
    let mut worst = None;
    for found in Scanner::embedded().scan(&String::from_utf8_lossy(body)) {
        *types.entry(found.info_type.to_string()).or_default() += 1;
        worst = worst.max(Some(found.severity));
    }
    worst.map(|worst| Sensitive { key: key.to_owned(), types, worst })
}

/// What a sample of `sampled` among `listed` objects says of their store `name`, where anything sensitive was found.
pub(crate) fn finding(
    name: &str,
    found: &[Sensitive],
    sampled: usize,
    listed: usize,
) -> Option<Finding> {
    let worst = found.iter().map(|object| object.worst).max()?;
    let mut total = Counts::new();
    for (kind, count) in found.iter().flat_map(|object| &object.types) {
        *total.entry(kind.clone()).or_default() += count;
    }
    let objects: Vec<Value> =
        found.iter().map(|object| json!({"key": object.key, "types": object.types})).collect();
    let types: Vec<&str> = total.keys().map(String::as_str).collect();
    Some(Finding::new(
        FindingKind::SensitiveData,
        name,
        worst,
        format!("Holds {}", types.join(", ")),
        format!("Found in {} of {sampled} sampled objects ({listed} listed)", found.len()),
        json!({"types": total, "store": name, "objects": objects, "sampled": sampled}),
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn every_folder_is_looked_into() {
        let listed = ["a/1", "a/2", "a/3", "b/1", "top"].map(|key| (key, None));
        assert_eq!(choose(listed, 3), ["a/1", "b/1", "top"]);
    }

    #[test]
    fn binaries_and_empty_objects_are_passed_over() {
        let chosen = |key: &str, size: u64| !choose([(key, Some(size))], 9).is_empty();
        assert!(chosen("a.csv", 5) && chosen("a/env", 5) && chosen("a.jsonl.gz", 5));
        assert!(
            !chosen("m.tar.gz", 5)
                && !chosen("m.safetensors", 5)
                && !chosen("a.csv", 0)
                && !chosen("a/", 5)
        );
    }

    #[test]
    fn cards_are_found_in_text_and_in_gzip_and_never_kept() {
        let text = b"name,card\nAna,4111111111111111\nBruno,4111111111111111\n";
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(text).unwrap();
        let found: Vec<Sensitive> = [text.to_vec(), packed.finish().unwrap()]
            .iter()
            .filter_map(|body| inspect("a.csv", body, 1 << 16))
            .collect();
        let finding = finding("docs", &found, 3, 7).unwrap();
        assert_eq!(finding.evidence["types"]["credit_card"], 4);
        assert_eq!(finding.evidence["objects"][1]["types"]["credit_card"], 2);
        assert_eq!(finding.detail, "Found in 2 of 3 sampled objects (7 listed)");
        assert!(!serde_json::to_string(&finding).unwrap().contains("4111111111111111"));
        assert_eq!(inspect("b", b"nothing here", 1 << 16), None);
        assert_eq!(inspect("c", b"4111111111111111\0", 1 << 16), None);
        assert_eq!(super::finding("docs", &[], 3, 7), None);
    }
}
