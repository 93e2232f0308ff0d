//! Pickles: which globals they import, by walking their opcodes. Nothing is unpickled.
//!
//! Opcodes are those of Python's `pickletools`. What loading would call is told by the table `rules/signals/pickle.yaml`.

use std::collections::{BTreeSet, HashMap};
use std::io::{Read, Seek};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::json;

use super::Described;
use super::source::{ReadError, Source};

/// Opcodes walked over all pickles of one file.
const MAX_OPCODES: u64 = 5_000_000;
/// Pickles that may follow one another in one file.
const MAX_PICKLES: usize = 64;
/// Longest text that is kept as a possible name.
const MAX_NAME: u64 = 1024;
const MAX_GLOBALS: usize = 500;
/// PyTorch's files of before 1.6 begin with this number.
const TORCH_LEGACY: &[u8] = &[0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20];

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    allowed: Vec<String>,
    dangerous: Vec<String>,
}

fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        let text = include_str!("../../../../../rules/signals/pickle.yaml");
        serde_saphyr::from_str(text).unwrap_or_default()
    });
    &TABLE
}

/// What loading a pickle would import and do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Imports {
    pub(super) protocol: u8,
    pub(super) globals: BTreeSet<String>,
    /// It calls something, not only names it.
    pub(super) calls: bool,
    pub(super) pickles: usize,
}

/// A protocol mark, or a name that says pickle with an opcode that may begin one.
pub(super) fn looks_like(head: &[u8], extension: &str) -> bool {
    match head {
        [0x80, 0..=5, ..] => true,
        [first, ..] => {
            matches!(extension, "pkl" | "pickle" | "joblib" | "dill")
                && b"(cilIFSVd}])\x8c".contains(first)
        }
        [] => false,
    }
}

pub(super) fn describe<S: Read + Seek>(source: &mut Source<'_, S>) -> Described {
    let legacy = source.head(TORCH_LEGACY.len()) == TORCH_LEGACY;
    let mut described = Described::new(if legacy { "pytorch-legacy" } else { "pickle" });
    source.seek(0);
    let mut imports = Imports::default();
    let outcome = walk(source, &mut imports);
    // Data may follow the last pickle, and a pickle broken after its payload still runs the payload.
    if imports.pickles == 0 {
        described.problem = outcome.err();
    }
    judge(&imports, &mut described);
    described
}

/// Whether a name is of those that no model needs.
pub(super) fn is_dangerous(name: &str) -> bool {
    table().dangerous.iter().any(|it| pattern(it, name))
}

/// Adds properties and findings.
pub(super) fn judge(imports: &Imports, described: &mut Described) {
    described.set("pickle_protocol", imports.protocol);
    let matches = |patterns: &[String], name: &str| patterns.iter().any(|it| pattern(it, name));
    let (mut dangerous, mut unknown) = (Vec::new(), Vec::new());
    for name in &imports.globals {
        if matches(&table().dangerous, name) {
            dangerous.push(name.as_str());
        } else if !matches(&table().allowed, name) {
            unknown.push(name.as_str());
        }
    }
    let all: Vec<&str> = imports.globals.iter().take(50).map(String::as_str).collect();
    described.set("globals", all);
    if !dangerous.is_empty() {
        described.malicious_content(
            "pickle",
            format!("Imports {}", dangerous.join(", ")),
            "No model needs these: loading the file can run code on the machine that loads it",
            json!({ "globals": dangerous, "calls": imports.calls }),
        );
    }
    if !unknown.is_empty() {
        described.unsafe_content(
            "pickle",
            format!("Imports {} unknown global(s)", unknown.len()),
            "Loading the file runs code of modules that weights do not need; convert it to safetensors",
            json!({ "globals": unknown.iter().take(50).collect::<Vec<_>>(), "calls": imports.calls }),
        );
    }
    if dangerous.is_empty() && unknown.is_empty() {
        described.unsafe_content(
            "pickle_format",
            "Weights in a pickle".to_owned(),
            "Its imports are those of weights, but the format can carry code; convert it to safetensors",
            json!({ "globals": imports.globals.len() }),
        );
    }
}

/// `*` stands for any text, at the end or inside.
fn pattern(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((head, tail)) => {
            name.strip_prefix(head).is_some_and(|rest| rest.contains(tail) || tail.is_empty())
        }
        None => pattern == name,
    }
}

/// Walks the opcodes of one pickle after another.
pub(super) fn walk<S: Read + Seek>(
    source: &mut Source<'_, S>,
    imports: &mut Imports,
) -> Result<(), ReadError> {
    let mut budget = MAX_OPCODES;
    loop {
        one(source, imports, &mut budget)?;
        imports.pickles += 1;
        let next = source.position();
        let more = imports.pickles < MAX_PICKLES
            && next < source.size
            && matches!(source.byte(), Ok(0x80 | b'(' | b'c' | b'}' | b']'));
        source.seek(next);
        if !more {
            return Ok(());
        }
    }
}

/// The texts that a `STACK_GLOBAL` may take: the last ones pushed, and those memoised.
#[derive(Default)]
struct Texts {
    last: Vec<String>,
    memo: HashMap<u64, String>,
    next: u64,
}

impl Texts {
    fn push(&mut self, text: String) {
        if self.last.len() >= 64 {
            self.last.remove(0);
        }
        self.last.push(text);
    }

    fn memoise(&mut self, key: u64) {
        if let Some(text) = self.last.last()
            && self.memo.len() < 100_000
        {
            self.memo.insert(key, text.clone());
        }
    }

    fn recall(&mut self, key: u64) {
        if let Some(text) = self.memo.get(&key).cloned() {
            self.push(text);
        }
    }
}

fn one<S: Read + Seek>(
    source: &mut Source<'_, S>,
    imports: &mut Imports,
    budget: &mut u64,
) -> Result<(), ReadError> {
    let mut texts = Texts::default();
    loop {
        *budget = budget
            .checked_sub(1)
            .ok_or_else(|| ReadError::TooLarge(format!("more than {MAX_OPCODES} opcodes")))?;
        match source.byte()? {
            b'.' => return Ok(()),
            0x80 => imports.protocol = imports.protocol.max(source.byte()?),
            b'c' | b'i' => {
                let (module, name) = (line(source)?, line(source)?);
                imports.calls = true;
                add(imports, &module, &name);
            }
            0x93 => {
                let name = texts.last.pop().unwrap_or_default();
                let module = texts.last.pop().unwrap_or_default();
                add(imports, &module, &name);
                texts.push(name);
            }
            b'R' | b'o' | b'b' | 0x81 | 0x92 => imports.calls = true,
            0x82 => extension(imports, u32::from(source.byte()?)),
            0x83 => extension(imports, u32::from(u16::from_le_bytes(source.array()?))),
            0x84 => {
                let code = source.u32()?;
                extension(imports, code);
            }
            b'S' | b'V' => {
                let text = line(source)?;
                texts.push(text.trim_matches(['\'', '"']).to_owned());
            }
            b'F' | b'I' | b'L' | b'P' => {
                line(source)?;
            }
            b'p' => {
                let key = line(source)?.parse().unwrap_or(u64::MAX);
                texts.memoise(key);
            }
            b'g' => {
                let key = line(source)?.parse().unwrap_or(u64::MAX);
                texts.recall(key);
            }
            b'q' => {
                let key = u64::from(source.byte()?);
                texts.memoise(key);
            }
            b'r' => {
                let key = u64::from(source.u32()?);
                texts.memoise(key);
            }
            0x94 => {
                texts.memoise(texts.next);
                texts.next += 1;
            }
            b'h' => {
                let key = u64::from(source.byte()?);
                texts.recall(key);
            }
            b'j' => {
                let key = u64::from(source.u32()?);
                texts.recall(key);
            }
            b'U' | 0x8c => {
                let length = u64::from(source.byte()?);
                text(source, length, &mut texts)?;
            }
            b'T' | b'X' => {
                let length = u64::from(source.u32()?);
                text(source, length, &mut texts)?;
            }
            0x8d => {
                let length = source.u64()?;
                text(source, length, &mut texts)?;
            }
            b'C' | 0x8a => {
                let length = u64::from(source.byte()?);
                source.skip(length)?;
            }
            b'B' | 0x8b => {
                let length = u64::from(source.u32()?);
                source.skip(length)?;
            }
            0x8e | 0x96 => {
                let length = source.u64()?;
                source.skip(length)?;
            }
            b'K' => source.skip(1)?,
            b'M' => source.skip(2)?,
            b'J' => source.skip(4)?,
            // A frame's length is not trusted: what it holds is walked like all else.
            b'G' | 0x95 => source.skip(8)?,
            b'('
            | b'0'
            | b'1'
            | b'2'
            | b'N'
            | b'a'
            | b'd'
            | b'}'
            | b'e'
            | b'l'
            | b']'
            | b's'
            | b't'
            | b')'
            | b'u'
            | b'Q'
            | 0x85..=0x89
            | 0x8f..=0x91
            | 0x97
            | 0x98 => {}
            unknown => {
                let position = source.position().saturating_sub(1);
                return Err(ReadError::Malformed(format!(
                    "0x{unknown:02x} at byte {position} is no opcode"
                )));
            }
        }
    }
}

fn text<S: Read + Seek>(
    source: &mut Source<'_, S>,
    length: u64,
    texts: &mut Texts,
) -> Result<(), ReadError> {
    if length > MAX_NAME {
        texts.push(String::new());
        return source.skip(length);
    }
    let bytes = source.bytes(length, MAX_NAME)?;
    texts.push(String::from_utf8_lossy(&bytes).into_owned());
    Ok(())
}

fn line<S: Read + Seek>(source: &mut Source<'_, S>) -> Result<String, ReadError> {
    let mut bytes = Vec::new();
    loop {
        match source.byte()? {
            b'\n' => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
            byte if bytes.len() < 65_536 => bytes.push(byte),
            _ => return Err(ReadError::Malformed("a line of more than 64 KiB".to_owned())),
        }
    }
}

fn add(imports: &mut Imports, module: &str, name: &str) {
    if imports.globals.len() < MAX_GLOBALS {
        imports.globals.insert(format!("{module}.{name}"));
    }
}

fn extension(imports: &mut Imports, code: u32) {
    add(imports, "copyreg.extension", &code.to_string());
}
