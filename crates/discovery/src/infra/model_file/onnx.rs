//! ONNX: the protobuf message ModelProto, read field by field. <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>

use std::io::{Read, Seek};

use serde_json::{Value, json};

use super::Described;
use super::protobuf::{Field, Fields, text};
use super::source::{ReadError, Source};

/// Domains whose operations every runtime brings.
const STANDARD_DOMAINS: &[&str] =
    &["", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft"];

pub(super) fn describe<S: Read + Seek>(source: &mut Source<'_, S>) -> Described {
    let mut described = Described::new("onnx");
    source.seek(0);
    let mut found = Found::default();
    let end = source.size;
    described.problem = model(source, end, &mut found, &mut described).err();
    described.set("opset", found.opset);
    described.set("nodes", found.nodes);
    described.set("initializers", found.initializers);
    if !found.domains.is_empty() {
        described.unsafe_content(
            "custom_operations",
            format!("Needs operations of {}", found.domains.join(", ")),
            "A runtime must load native code for them",
            json!({ "domains": found.domains }),
        );
    }
    if !found.locations.is_empty() {
        let outside = found.locations.iter().any(|path| {
            path.starts_with('/')
                || path.contains("..")
                || path.contains(':')
                || path.contains('\\')
        });
        described.set("external_data", found.locations.clone());
        if outside {
            described.unsafe_content(
                "external_data",
                "Reads weights from outside its folder".to_owned(),
                "Loading the model opens files that it names by an absolute or climbing path",
                json!({ "locations": found.locations }),
            );
        }
    }
    described
}

#[derive(Default)]
struct Found {
    fields: Fields,
    nodes: u64,
    initializers: u64,
    opset: Option<u64>,
    domains: Vec<String>,
    locations: Vec<String>,
}

fn model<S: Read + Seek>(
    source: &mut Source<'_, S>,
    end: u64,
    found: &mut Found,
    described: &mut Described,
) -> Result<(), ReadError> {
    let mut seen = false;
    while source.position() < end {
        match found.fields.next(source, end)? {
            Field::Number(1, version) => {
                seen = true;
                described.set("ir_version", version);
            }
            Field::Bytes(number @ 2..=4, stop) => {
                let key = match number {
                    2 => "producer",
                    3 => "producer_version",
                    _ => "domain",
                };
                let value = text(source, stop)?;
                described.set(key, Some(value).filter(|it| !it.is_empty()).map(Value::String));
            }
            Field::Bytes(7, stop) => graph(source, stop, found, described)?,
            Field::Bytes(8, stop) => {
                opset(source, stop, found)?;
                source.seek(stop);
            }
            Field::Bytes(_, stop) => source.seek(stop),
            Field::Number(..) | Field::Other => {}
        }
    }
    if seen {
        Ok(())
    } else {
        Err(ReadError::Malformed("no ir_version: not an ONNX model".to_owned()))
    }
}

fn opset<S: Read + Seek>(
    source: &mut Source<'_, S>,
    end: u64,
    found: &mut Found,
) -> Result<(), ReadError> {
    let (mut domain, mut version) = (String::new(), None);
    while source.position() < end {
        match found.fields.next(source, end)? {
            Field::Bytes(1, stop) => domain = text(source, stop)?,
            Field::Bytes(_, stop) => source.seek(stop),
            Field::Number(2, number) => version = Some(number),
            Field::Number(..) | Field::Other => {}
        }
    }
    if matches!(domain.as_str(), "" | "ai.onnx") {
        found.opset = version;
    } else if !STANDARD_DOMAINS.contains(&domain.as_str()) && found.domains.len() < 20 {
        found.domains.push(domain);
    }
    Ok(())
}

fn graph<S: Read + Seek>(
    source: &mut Source<'_, S>,
    end: u64,
    found: &mut Found,
    described: &mut Described,
) -> Result<(), ReadError> {
    while source.position() < end {
        match found.fields.next(source, end)? {
            Field::Bytes(1, stop) => {
                found.nodes += 1;
                source.seek(stop);
            }
            Field::Bytes(2, stop) => {
                let name = text(source, stop)?;
                described.set("model_name", name);
            }
            Field::Bytes(5, stop) => {
                found.initializers += 1;
                tensor(source, stop, found)?;
            }
            Field::Bytes(_, stop) => source.seek(stop),
            Field::Number(..) | Field::Other => {}
        }
    }
    Ok(())
}

/// A tensor whose data lies in another file names it in `external_data`.
fn tensor<S: Read + Seek>(
    source: &mut Source<'_, S>,
    end: u64,
    found: &mut Found,
) -> Result<(), ReadError> {
    while source.position() < end {
        match found.fields.next(source, end)? {
            Field::Bytes(13, stop) => {
                let (mut key, mut value) = (String::new(), String::new());
                while source.position() < stop {
                    match found.fields.next(source, stop)? {
                        Field::Bytes(1, stop) => key = text(source, stop)?,
                        Field::Bytes(2, stop) => value = text(source, stop)?,
                        Field::Bytes(_, stop) => source.seek(stop),
                        Field::Number(..) | Field::Other => {}
                    }
                }
                let new = key == "location" && !found.locations.contains(&value);
                if new && found.locations.len() < 20 {
                    found.locations.push(value);
                }
            }
            Field::Bytes(_, stop) => source.seek(stop),
            Field::Number(..) | Field::Other => {}
        }
    }
    Ok(())
}
