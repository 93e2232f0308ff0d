//! Tar archives that are models: PyTorch's first format, and NeMo's `.nemo`. Members are looked at where they lie.

use std::io::{Cursor, Read, Seek, SeekFrom};

use serde_json::json;

use super::source::{ReadError, Source};
use super::{Described, archive, pickle};

const BLOCK: u64 = 512;
const MAX_MEMBERS: usize = 20_000;
/// Bytes read of one pickle, and of a configuration.
const MAX_PICKLE: u64 = 64 << 20;
const MAX_CONFIG: u64 = 4 << 20;

struct Member {
    name: String,
    start: u64,
    size: u64,
}

/// What a tar archive is as a model; `None` for one that is none.
pub(super) fn describe<S: Read + Seek>(
    source: &mut Source<'_, S>,
    extension: &str,
) -> Option<Described> {
    let mut problem = None;
    let members = members(source, &mut problem);
    let has =
        |name: &str| members.iter().any(|member| member.name.trim_start_matches("./") == name);
    let format = if has("model_config.yaml") {
        "nemo"
    } else if has("pickle") && (has("storages") || has("tensors")) {
        "pytorch-tar"
    } else if matches!(extension, "nemo" | "pt" | "pth") {
        "tar"
    } else {
        return None;
    };
    let mut described = Described::new(format);
    described.problem = problem;
    described.set("members", members.len());
    let mut imports = pickle::Imports::default();
    let mut seen = false;
    for member in &members {
        let name = member.name.rsplit('/').next().unwrap_or_default();
        let inner = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        if matches!(name, "pickle" | "storages" | "tensors") || inner == "pkl" {
            source.seek(member.start);
            match source.bytes(member.size, MAX_PICKLE) {
                Ok(bytes) => {
                    seen = true;
                    let size = bytes.len() as u64;
                    let mut cursor = Cursor::new(bytes);
                    // Raw numbers follow the pickles of tensors and storages.
                    let _ = pickle::walk(&mut Source::new(&mut cursor, size), &mut imports);
                }
                Err(error) => described.problem = Some(error),
            }
        } else if matches!(inner, "ckpt" | "pt" | "pth") {
            let mut window = Window { source, start: member.start, size: member.size, at: 0 };
            let mut nested = Source::new(&mut window, member.size);
            if let Some(inner) = archive::describe(&mut nested, inner) {
                described.findings.extend(inner.findings);
            }
        } else if name == "model_config.yaml" {
            source.seek(member.start);
            match source.bytes(member.size, MAX_CONFIG) {
                Ok(bytes) => configuration(&String::from_utf8_lossy(&bytes), &mut described),
                Err(error) => described.problem = Some(error),
            }
        }
    }
    if seen {
        pickle::judge(&imports, &mut described);
    }
    Some(described)
}

/// `_target_` names what Hydra calls when the configuration is loaded.
fn configuration(text: &str, described: &mut Described) {
    let mut dangerous = Vec::new();
    for line in text.lines().take(200_000) {
        let Some((key, value)) = line.trim().trim_start_matches("- ").split_once(':') else {
            continue;
        };
        let value = value.trim().trim_matches(['"', '\'']);
        match key {
            "_target_" if pickle::is_dangerous(value) && dangerous.len() < 50 => {
                dangerous.push(value.to_owned());
            }
            "target" => described.set("architecture", value),
            "nemo_version" => described.set("nemo_version", value),
            _ => {}
        }
    }
    if !dangerous.is_empty() {
        described.malicious_content(
            "hydra_target",
            format!("Its configuration calls {}", dangerous.join(", ")),
            "Loading the model calls what the configuration names (as in CVE-2025-23304)",
            json!({ "targets": dangerous }),
        );
    }
}

fn members<S: Read + Seek>(
    source: &mut Source<'_, S>,
    problem: &mut Option<ReadError>,
) -> Vec<Member> {
    let mut members = Vec::new();
    let mut at = 0_u64;
    while at + BLOCK <= source.size {
        source.seek(at);
        let Ok(header) = source.bytes(BLOCK, BLOCK) else { break };
        if header.iter().all(|byte| *byte == 0) {
            break;
        }
        let Some(size) = octal(header.get(124..136).unwrap_or_default()) else {
            *problem = Some(ReadError::Malformed(format!("no member's size at byte {at}")));
            break;
        };
        let name = header
            .get(..100)
            .unwrap_or_default()
            .split(|byte| *byte == 0)
            .next()
            .unwrap_or_default();
        let start = at + BLOCK;
        if start.checked_add(size).is_none_or(|end| end > source.size) {
            *problem = Some(ReadError::Truncated);
            break;
        }
        members.push(Member { name: String::from_utf8_lossy(name).into_owned(), start, size });
        if members.len() >= MAX_MEMBERS {
            *problem = Some(ReadError::TooLarge(format!("more than {MAX_MEMBERS} members")));
            break;
        }
        at = start + size.div_ceil(BLOCK) * BLOCK;
    }
    // An archive ends in an empty block.
    if at + BLOCK > source.size && problem.is_none() {
        *problem = Some(ReadError::Truncated);
    }
    members
}

/// A number in octal digits, or, where its first bit is set, in bytes.
fn octal(field: &[u8]) -> Option<u64> {
    if field.first().is_some_and(|first| first & 0x80 != 0) {
        let last: [u8; 8] = field.get(4..12)?.try_into().ok()?;
        return Some(u64::from_be_bytes(last));
    }
    let digits = field.iter().filter(|byte| !matches!(byte, 0 | b' '));
    digits.copied().try_fold(0_u64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// One member as a file of its own.
struct Window<'w, 's, S> {
    source: &'w mut Source<'s, S>,
    start: u64,
    size: u64,
    at: u64,
}

impl<S: Read + Seek> Read for Window<'_, '_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.size.saturating_sub(self.at);
        let wanted = u64::try_from(buffer.len()).unwrap_or(u64::MAX).min(left);
        self.source.seek(self.start.saturating_add(self.at));
        let bytes = self.source.bytes(wanted, wanted).map_err(std::io::Error::other)?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl<S: Read + Seek> Seek for Window<'_, '_, S> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = target.ok_or_else(|| std::io::Error::other("before the beginning"))?;
        Ok(self.at)
    }
}
