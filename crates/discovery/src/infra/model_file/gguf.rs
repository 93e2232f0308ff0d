//! GGUF versions 2 and 3: key-value metadata, then tensor descriptions.
//! <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use serde_json::{Value, json};

use super::Described;
use super::source::{ReadError, Source};

const MAX_KEYS: u64 = 100_000;
const MAX_TENSORS: u64 = 500_000;
/// Longest text kept, such as a chat template.
const MAX_TEXT: u64 = 1 << 20;
/// Elements of all arrays together that are stepped over one by one.
const MAX_ELEMENTS: u64 = 4_000_000;
/// Jinja that reaches from a chat template to Python.
const TEMPLATE_ESCAPES: &[&str] = &[
    "__class__",
    "__globals__",
    "__subclasses__",
    "__import__",
    "__builtins__",
    "__init__",
    "popen",
    "os.system",
];

pub(super) fn describe<S: Read + Seek>(source: &mut Source<'_, S>) -> Described {
    let mut described = Described::new("gguf");
    described.problem = read(source, &mut described).err();
    described
}

fn read<S: Read + Seek>(
    source: &mut Source<'_, S>,
    described: &mut Described,
) -> Result<(), ReadError> {
    source.seek(4);
    let version = source.u32()?;
    described.set("version", version);
    if !(2..=3).contains(&version) {
        return Err(ReadError::Malformed(format!("version {version} is not known")));
    }
    let tensors = source.u64()?;
    let keys = source.u64()?;
    if keys > MAX_KEYS || tensors > MAX_TENSORS {
        let message = format!("{keys} keys and {tensors} tensors are over the limit");
        return Err(ReadError::TooLarge(message));
    }
    described.set("tensors", tensors);
    let mut values = BTreeMap::new();
    let mut elements = 0;
    let outcome = (|| {
        for _ in 0..keys {
            let key = text(source)?.unwrap_or_default();
            let kind = source.u32()?;
            if let Some(value) = value(source, kind, &mut elements, 0)? {
                values.insert(key, value);
            }
        }
        Ok(())
    })();
    keep(&values, described);
    outcome?;
    let mut parameters = 0_u64;
    for _ in 0..tensors {
        text(source)?;
        let dimensions = source.u32()?;
        if dimensions > 8 {
            return Err(ReadError::Malformed(format!("a tensor of {dimensions} dimensions")));
        }
        let mut count = 1_u64;
        for _ in 0..dimensions {
            count = count.saturating_mul(source.u64()?);
        }
        parameters = parameters.saturating_add(count);
        source.skip(12)?;
    }
    described.set("parameters", parameters);
    Ok(())
}

fn keep(values: &BTreeMap<String, Value>, described: &mut Described) {
    let value = |key: &str| values.get(key).cloned().unwrap_or(Value::Null);
    let architecture = value("general.architecture");
    described.set("model_name", value("general.name"));
    described.set("license", value("general.license"));
    described.set("size_label", value("general.size_label"));
    described.set("base_model", value("general.base_model.0.repo_url"));
    if let Some(file_type) = value("general.file_type").as_u64() {
        described.set("quantisation", quantisation(file_type));
    }
    if let Some(name) = architecture.as_str() {
        described.set("context_length", value(&format!("{name}.context_length")));
        described.set("embedding_length", value(&format!("{name}.embedding_length")));
        described.set("layers", value(&format!("{name}.block_count")));
    }
    described.set("architecture", architecture);
    let template = value("tokenizer.chat_template");
    let found: Vec<&str> = TEMPLATE_ESCAPES
        .iter()
        .copied()
        .filter(|mark| template.as_str().is_some_and(|text| text.contains(mark)))
        .collect();
    if !found.is_empty() {
        described.unsafe_content(
            "chat_template",
            "Its chat template reaches for Python".to_owned(),
            "A loader that renders the template without a sandbox runs it (as in CVE-2024-34359)",
            json!({ "marks": found }),
        );
    }
}

/// A string; `None` for one that is too long to keep.
fn text<S: Read + Seek>(source: &mut Source<'_, S>) -> Result<Option<String>, ReadError> {
    let length = source.u64()?;
    if length > MAX_TEXT {
        source.skip(length)?;
        return Ok(None);
    }
    let bytes = source.bytes(length, MAX_TEXT)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// A value by its type; arrays are passed over.
fn value<S: Read + Seek>(
    source: &mut Source<'_, S>,
    kind: u32,
    elements: &mut u64,
    depth: u32,
) -> Result<Option<Value>, ReadError> {
    Ok(match kind {
        0 => Some(json!(source.byte()?)),
        1 => Some(json!(i8::from_le_bytes(source.array()?))),
        2 => Some(json!(u16::from_le_bytes(source.array()?))),
        3 => Some(json!(i16::from_le_bytes(source.array()?))),
        4 => Some(json!(source.u32()?)),
        5 => Some(json!(i32::from_le_bytes(source.array()?))),
        6 => Some(json!(f32::from_le_bytes(source.array()?))),
        7 => Some(json!(source.byte()? != 0)),
        8 => text(source)?.map(Value::String),
        10 => Some(json!(source.u64()?)),
        11 => Some(json!(i64::from_le_bytes(source.array()?))),
        12 => Some(json!(f64::from_le_bytes(source.array()?))),
        9 if depth < 4 => {
            let kind = source.u32()?;
            let count = source.u64()?;
            if let Some(width) = width(kind) {
                source.skip(count.checked_mul(width).ok_or(ReadError::Truncated)?)?;
                return Ok(None);
            }
            for _ in 0..count {
                *elements += 1;
                if *elements > MAX_ELEMENTS {
                    return Err(ReadError::TooLarge("arrays are over the limit".to_owned()));
                }
                if kind == 8 {
                    let length = source.u64()?;
                    source.skip(length)?;
                } else {
                    value(source, kind, elements, depth + 1)?;
                }
            }
            None
        }
        _ => return Err(ReadError::Malformed(format!("value type {kind} is not known"))),
    })
}

const fn width(kind: u32) -> Option<u64> {
    Some(match kind {
        0 | 1 | 7 => 1,
        2 | 3 => 2,
        4..=6 => 4,
        10..=12 => 8,
        _ => return None,
    })
}

/// Names of `general.file_type`, as llama.cpp's `llama_ftype` has them.
const fn quantisation(file_type: u64) -> &'static str {
    match file_type {
        0 => "F32",
        1 => "F16",
        2 => "Q4_0",
        3 => "Q4_1",
        7 => "Q8_0",
        8 => "Q5_0",
        9 => "Q5_1",
        10 => "Q2_K",
        11 => "Q3_K_S",
        12 => "Q3_K_M",
        13 => "Q3_K_L",
        14 => "Q4_K_S",
        15 => "Q4_K_M",
        16 => "Q5_K_S",
        17 => "Q5_K_M",
        18 => "Q6_K",
        19 => "IQ2_XXS",
        20 => "IQ2_XS",
        24 => "IQ1_S",
        25 => "IQ4_NL",
        30 => "IQ4_XS",
        32 => "BF16",
        _ => "other",
    }
}
