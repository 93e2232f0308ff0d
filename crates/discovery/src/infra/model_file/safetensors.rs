//! Safetensors: an 8-byte length, a JSON header, then the tensors. <https://github.com/huggingface/safetensors>

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use serde_json::Value;

use super::Described;
use super::source::{ReadError, Source};

/// The format's own limit is 100 MB; headers of real models stay below a few.
const MAX_HEADER: u64 = 32 << 20;
/// Metadata entries and bytes of each that are kept.
const MAX_METADATA: usize = 50;

/// True when the first eight bytes can be a header's length.
pub(super) fn length_fits(head: &[u8], size: u64) -> bool {
    let length = head.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes));
    length.is_some_and(|length| length > 1 && length <= size.saturating_sub(8))
}

pub(super) fn describe<S: Read + Seek>(source: &mut Source<'_, S>) -> Described {
    let mut described = Described::new("safetensors");
    described.problem = read(source, &mut described).err();
    described
}

fn read<S: Read + Seek>(
    source: &mut Source<'_, S>,
    described: &mut Described,
) -> Result<(), ReadError> {
    source.seek(0);
    let length = source.u64()?;
    let header = source.bytes(length, MAX_HEADER)?;
    let header: Value = serde_json::from_slice(&header)
        .map_err(|error| ReadError::Malformed(format!("the header is not valid JSON ({error})")))?;
    let Value::Object(header) = header else {
        return Err(ReadError::Malformed("the header is not a JSON object".to_owned()));
    };
    let data = source.size.saturating_sub(8).saturating_sub(length);
    let mut types: BTreeMap<String, u64> = BTreeMap::new();
    let mut parameters = 0_u64;
    let mut tensors = 0_u64;
    for (name, tensor) in &header {
        if name == "__metadata__" {
            continue;
        }
        tensors += 1;
        let shape = tensor.get("shape").and_then(Value::as_array).into_iter().flatten();
        let count = shape
            .filter_map(Value::as_u64)
            .try_fold(1_u64, u64::checked_mul)
            .ok_or_else(|| ReadError::Malformed(format!("the shape of `{name}` is impossible")))?;
        parameters = parameters.saturating_add(count);
        let dtype = tensor.get("dtype").and_then(Value::as_str).unwrap_or("unknown");
        *types.entry(dtype.to_owned()).or_default() += count;
        let end = tensor.pointer("/data_offsets/1").and_then(Value::as_u64).unwrap_or(0);
        if end > data {
            return Err(ReadError::Malformed(format!(
                "tensor `{name}` lies beyond the end of the file"
            )));
        }
    }
    described.set("tensors", tensors);
    described.set("parameters", parameters);
    if let Some((dtype, _)) = types.iter().max_by_key(|(_, count)| **count) {
        described.set("dtype", dtype.clone());
    }
    if let Some(Value::Object(metadata)) = header.get("__metadata__") {
        let text = |key: &str| metadata.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        described
            .set("architecture", text("modelspec.architecture").or_else(|| text("architecture")));
        described.set("license", text("modelspec.license").or_else(|| text("license")));
        described.set("title", text("modelspec.title"));
        let kept: serde_json::Map<String, Value> = metadata
            .iter()
            .filter(|(_, value)| value.as_str().is_some_and(|text| text.len() <= 256))
            .take(MAX_METADATA)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        described.set("metadata", Value::Object(kept));
    }
    Ok(())
}
