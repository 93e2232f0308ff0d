//! Zip archives that are models: PyTorch, TorchScript, Keras, NumPy, skops.
//!
//! Only the central directory and the members that say what the model is are read, inflated within a bound.

use std::io::{Cursor, Read, Seek};

use serde_json::{Value, json};

use super::source::{ReadError, Source};
use super::{Described, keras, pickle};

const MAX_MEMBERS: usize = 20_000;
const MAX_DIRECTORY: u64 = 16 << 20;
/// Bytes inflated of one member, and of all pickles together.
const MAX_INFLATED: u64 = 64 << 20;
/// A member that grows more than this when inflated is made to fill memory.
const MAX_RATIO: u64 = 1_000;

struct Member {
    name: String,
    method: u16,
    compressed: u64,
    size: u64,
    offset: u64,
    encrypted: bool,
}

/// What a zip archive is as a model; `None` for one that is none.
pub(super) fn describe<S: Read + Seek>(
    source: &mut Source<'_, S>,
    extension: &str,
) -> Option<Described> {
    let members = match directory(source) {
        Ok(members) => members,
        Err(problem) => {
            let mut described = Described::new("zip");
            described.problem = Some(problem);
            return matches!(extension, "pt" | "pth" | "ckpt" | "keras" | "npz" | "mar" | "nemo")
                .then_some(described);
        }
    };
    let has = |end: &str| members.iter().any(|member| member.name.ends_with(end));
    let format = if has("MAR-INF/MANIFEST.json") {
        "torch-model-archive"
    } else if has("data.pkl") && members.iter().any(|member| member.name.contains("/code/")) {
        "torchscript"
    } else if has("data.pkl") {
        "pytorch-zip"
    } else if has("config.json") && has("metadata.json") {
        "keras-zip"
    } else if has("schema.json") && extension == "skops" {
        "skops"
    } else if members.iter().any(|member| member.name.ends_with(".npy")) {
        "numpy-zip"
    } else if members.iter().any(|member| member.name.ends_with(".pkl")) {
        "zip-with-pickle"
    } else {
        return None;
    };
    let mut described = Described::new(format);
    described.set("members", members.len());
    bombs(&members, &mut described);
    if format == "keras-zip" {
        if let Some(member) = members.iter().find(|member| member.name == "config.json") {
            let read =
                inflate(source, member).and_then(|bytes| keras::config(&bytes, &mut described));
            described.problem = read.err();
        }
        let metadata = members.iter().find(|member| member.name == "metadata.json");
        if let Some(Ok(bytes)) = metadata.map(|member| inflate(source, member)) {
            let metadata: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            described.set("keras_version", metadata["keras_version"].clone());
        }
    } else {
        if format == "torch-model-archive" {
            manifest(source, &members, &mut described);
        }
        pickles(source, &members, &mut described);
    }
    Some(described)
}

/// What TorchServe's archive says of itself. Its handler is Python that the server runs.
fn manifest<S: Read + Seek>(
    source: &mut Source<'_, S>,
    members: &[Member],
    described: &mut Described,
) {
    let member = members.iter().find(|member| member.name.ends_with("MAR-INF/MANIFEST.json"));
    let Some(Ok(bytes)) = member.map(|member| inflate(source, member)) else { return };
    let manifest: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let model = &manifest["model"];
    described.set("model_name", model["modelName"].clone());
    described.set("version", model["modelVersion"].clone());
    described.set("handler", model["handler"].clone());
    let handler = model["handler"].as_str().unwrap_or_default();
    if handler.ends_with(".py") {
        described.unsafe_content(
            "handler",
            format!("Brings its own handler, {handler}"),
            "A server that loads the archive runs this Python file",
            json!({ "handler": handler }),
        );
    }
}

fn pickles<S: Read + Seek>(
    source: &mut Source<'_, S>,
    members: &[Member],
    described: &mut Described,
) {
    let mut imports = pickle::Imports::default();
    let mut seen = false;
    for member in members {
        let object_array = member.name.ends_with(".npy");
        if !member.name.ends_with(".pkl") && !object_array {
            continue;
        }
        if member.encrypted {
            described.problem =
                Some(ReadError::Malformed(format!("member `{}` is encrypted", member.name)));
            continue;
        }
        if object_array {
            continue;
        }
        match inflate(source, member) {
            Ok(bytes) => {
                seen = true;
                let size = bytes.len() as u64;
                let mut cursor = Cursor::new(bytes);
                // A pickle broken after its payload still runs the payload.
                if let Err(problem) =
                    pickle::walk(&mut Source::new(&mut cursor, size), &mut imports)
                {
                    described.problem = Some(problem);
                }
            }
            Err(problem) => described.problem = Some(problem),
        }
    }
    if seen {
        pickle::judge(&imports, described);
    }
}

fn bombs(members: &[Member], described: &mut Described) {
    let bomb = members.iter().find(|member| {
        member.size > MAX_INFLATED && member.size / member.compressed.max(1) > MAX_RATIO
    });
    if let Some(member) = bomb {
        described.unsafe_content(
            "expansion",
            "Expands beyond reason".to_owned(),
            "A member is made to fill the memory or disk of whoever opens the file",
            json!({ "member": member.name, "compressed": member.compressed, "size": member.size }),
        );
    }
}

/// The central directory, found by the record at the end of the file.
fn directory<S: Read + Seek>(source: &mut Source<'_, S>) -> Result<Vec<Member>, ReadError> {
    let tail_length = source.size.min(22 + 65_535);
    let tail_start = source.size - tail_length;
    source.seek(tail_start);
    let tail = source.bytes(tail_length, tail_length)?;
    let end = memchr::memmem::rfind(&tail, b"PK\x05\x06")
        .ok_or_else(|| ReadError::Malformed("no end of central directory".to_owned()))?;
    let record = tail.get(end..end + 22).ok_or(ReadError::Truncated)?;
    let (mut size, mut offset) = (u64::from(le32(record, 12)), u64::from(le32(record, 16)));
    if offset == u64::from(u32::MAX) || size == u64::from(u32::MAX) {
        (size, offset) = zip64(source, tail_start + end as u64)?;
    }
    source.seek(offset);
    let bytes = source.bytes(size, MAX_DIRECTORY)?;
    let mut members = Vec::new();
    let mut at = 0;
    while let Some(header) = bytes.get(at..at + 46).filter(|it| it.starts_with(b"PK\x01\x02")) {
        let lengths = [28, 30, 32].map(|field| usize::from(le16(header, field)));
        let name_end = at + 46 + lengths[0];
        let name = bytes.get(at + 46..name_end).ok_or(ReadError::Truncated)?;
        let mut member = Member {
            name: String::from_utf8_lossy(name).into_owned(),
            method: le16(header, 10),
            compressed: u64::from(le32(header, 20)),
            size: u64::from(le32(header, 24)),
            offset: u64::from(le32(header, 42)),
            encrypted: le16(header, 8) & 1 == 1,
        };
        let extra = bytes.get(name_end..name_end + lengths[1]).ok_or(ReadError::Truncated)?;
        widen(&mut member, extra);
        members.push(member);
        if members.len() >= MAX_MEMBERS {
            return Err(ReadError::TooLarge(format!("more than {MAX_MEMBERS} members")));
        }
        at = name_end + lengths[1] + lengths[2];
    }
    Ok(members)
}

/// Size and offset of the central directory of a large archive.
fn zip64<S: Read + Seek>(source: &mut Source<'_, S>, end: u64) -> Result<(u64, u64), ReadError> {
    source.seek(end.checked_sub(20).ok_or(ReadError::Truncated)?);
    let locator = source.bytes(20, 20)?;
    source.seek(le64(&locator, 8));
    let record = source.bytes(56, 56)?;
    if !record.starts_with(b"PK\x06\x06") {
        return Err(ReadError::Malformed("no zip64 end of central directory".to_owned()));
    }
    Ok((le64(&record, 40), le64(&record, 48)))
}

/// Sizes over 4 GiB stand in an extra field, in this order, only where the short one is full.
fn widen(member: &mut Member, mut extra: &[u8]) {
    while let Some((header, rest)) = extra.split_at_checked(4) {
        let length = usize::from(le16(header, 2));
        let Some((mut field, after)) = rest.split_at_checked(length) else { return };
        if le16(header, 0) == 1 {
            for value in [&mut member.size, &mut member.compressed, &mut member.offset] {
                if *value == u64::from(u32::MAX)
                    && let Some((eight, tail)) = field.split_at_checked(8)
                {
                    *value = le64(eight, 0);
                    field = tail;
                }
            }
        }
        extra = after;
    }
}

/// A member's bytes, at most [`MAX_INFLATED`].
fn inflate<S: Read + Seek>(
    source: &mut Source<'_, S>,
    member: &Member,
) -> Result<Vec<u8>, ReadError> {
    source.seek(member.offset);
    let header = source.bytes(30, 30)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(ReadError::Malformed(format!("no local header for `{}`", member.name)));
    }
    source.skip(u64::from(le16(&header, 26)) + u64::from(le16(&header, 28)))?;
    let stored = source.bytes(member.compressed, MAX_INFLATED)?;
    match member.method {
        0 => Ok(stored),
        8 => {
            let mut bytes = Vec::new();
            flate2::read::DeflateDecoder::new(stored.as_slice())
                .take(MAX_INFLATED + 1)
                .read_to_end(&mut bytes)
                .map_err(|_| ReadError::Malformed(format!("`{}` does not inflate", member.name)))?;
            if bytes.len() as u64 > MAX_INFLATED {
                let message =
                    format!("`{}` inflates to more than {MAX_INFLATED} bytes", member.name);
                return Err(ReadError::TooLarge(message));
            }
            Ok(bytes)
        }
        method => {
            Err(ReadError::Malformed(format!("`{}` uses compression method {method}", member.name)))
        }
    }
}

fn le16(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|it| it.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn le32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|it| it.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn le64(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|it| it.try_into().ok()).map_or(0, u64::from_le_bytes)
}
