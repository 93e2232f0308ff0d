//! TensorFlow's SavedModel (`saved_model.proto`, `graph.proto`), TensorFlow Lite (a FlatBuffer, `schema.fbs`) and
//! Core ML (`Model.proto`): graphs of operations, of which those that leave the graph are named.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use serde_json::json;

use super::Described;
use super::protobuf::{Field, Fields, text};
use super::source::{ReadError, Source};

/// Operations that run Python, or touch files, when the graph runs.
const RISKY: &[&str] = &[
    "PyFunc",
    "PyFuncStateless",
    "EagerPyFunc",
    "ReadFile",
    "WriteFile",
    "MatchingFiles",
    "LoadLibrary",
    "LoadDataset",
    "Save",
    "SaveV2",
    "PrintV2",
];
/// Of these, the ones that a model saves and restores its own weights by.
const USUAL: &[&str] = &["Save", "SaveV2", "PrintV2"];
/// Entries of one vector of a FlatBuffer.
const MAX_ENTRIES: u32 = 10_000;

#[derive(Default)]
struct Graph {
    fields: Fields,
    nodes: u64,
    functions: u64,
    risky: BTreeSet<String>,
    version: Option<String>,
    tags: BTreeSet<String>,
}

pub(super) fn saved_model<S: Read + Seek>(source: &mut Source<'_, S>) -> Described {
    let mut described = Described::new("tf-savedmodel");
    let mut graph = Graph::default();
    source.seek(0);
    let end = source.size;
    described.problem = graph.saved_model(source, end, &mut described).err();
    described.set("nodes", graph.nodes);
    described.set("functions", graph.functions);
    described.set("tensorflow_version", graph.version.clone());
    described.set("tags", json!(graph.tags));
    let risky: Vec<&String> =
        graph.risky.iter().filter(|it| !USUAL.contains(&it.as_str())).collect();
    if !risky.is_empty() {
        let names: Vec<&str> = risky.iter().map(|it| it.as_str()).collect();
        described.unsafe_content(
            "operations",
            format!("Its graph uses {}", names.join(", ")),
            "These operations run Python code or touch files when the graph runs",
            json!({ "operations": names }),
        );
    }
    described
}

impl Graph {
    fn saved_model<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        end: u64,
        described: &mut Described,
    ) -> Result<(), ReadError> {
        let mut graphs = 0;
        while source.position() < end {
            match self.fields.next(source, end)? {
                Field::Number(1, version) => described.set("schema_version", version),
                Field::Bytes(2, stop) => {
                    graphs += 1;
                    self.meta_graph(source, stop)?;
                }
                Field::Bytes(_, stop) => source.seek(stop),
                Field::Number(..) | Field::Other => {}
            }
        }
        if graphs == 0 { Err(ReadError::Malformed("no graph in it".to_owned())) } else { Ok(()) }
    }

    fn meta_graph<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        end: u64,
    ) -> Result<(), ReadError> {
        while source.position() < end {
            match self.fields.next(source, end)? {
                Field::Bytes(1, stop) => self.meta_info(source, stop)?,
                Field::Bytes(2, stop) => self.graph(source, stop)?,
                Field::Bytes(_, stop) => source.seek(stop),
                Field::Number(..) | Field::Other => {}
            }
        }
        Ok(())
    }

    fn meta_info<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        end: u64,
    ) -> Result<(), ReadError> {
        while source.position() < end {
            match self.fields.next(source, end)? {
                Field::Bytes(4, stop) => {
                    let tag = text(source, stop)?;
                    if self.tags.len() < 20 {
                        self.tags.insert(tag);
                    }
                }
                Field::Bytes(5, stop) => self.version = Some(text(source, stop)?),
                Field::Bytes(_, stop) => source.seek(stop),
                Field::Number(..) | Field::Other => {}
            }
        }
        Ok(())
    }

    fn graph<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        end: u64,
    ) -> Result<(), ReadError> {
        while source.position() < end {
            match self.fields.next(source, end)? {
                Field::Bytes(1, stop) => self.node(source, stop)?,
                Field::Bytes(2, stop) => self.library(source, stop)?,
                Field::Bytes(_, stop) => source.seek(stop),
                Field::Number(..) | Field::Other => {}
            }
        }
        Ok(())
    }

    /// Functions hold nodes of their own.
    fn library<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        end: u64,
    ) -> Result<(), ReadError> {
        while source.position() < end {
            match self.fields.next(source, end)? {
                Field::Bytes(1, function) => {
                    self.functions += 1;
                    while source.position() < function {
                        match self.fields.next(source, function)? {
                            Field::Bytes(3, stop) => self.node(source, stop)?,
                            Field::Bytes(_, stop) => source.seek(stop),
                            Field::Number(..) | Field::Other => {}
                        }
                    }
                }
                Field::Bytes(_, stop) => source.seek(stop),
                Field::Number(..) | Field::Other => {}
            }
        }
        Ok(())
    }

    fn node<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        end: u64,
    ) -> Result<(), ReadError> {
        self.nodes += 1;
        while source.position() < end {
            match self.fields.next(source, end)? {
                Field::Bytes(2, stop) => {
                    let operation = text(source, stop)?;
                    if RISKY.contains(&operation.as_str()) {
                        self.risky.insert(operation);
                    }
                    // What the operation is given is of no matter here.
                    source.seek(end);
                }
                Field::Bytes(_, stop) => source.seek(stop),
                Field::Number(..) | Field::Other => {}
            }
        }
        Ok(())
    }
}

pub(super) fn core_ml<S: Read + Seek>(source: &mut Source<'_, S>) -> Described {
    let mut described = Described::new("coreml");
    source.seek(0);
    described.problem = core_ml_model(source, &mut described).err();
    described
}

fn core_ml_model<S: Read + Seek>(
    source: &mut Source<'_, S>,
    described: &mut Described,
) -> Result<(), ReadError> {
    let (mut fields, end, mut seen) = (Fields::default(), source.size, false);
    while source.position() < end {
        match fields.next(source, end)? {
            Field::Number(1, version) => {
                seen = true;
                described.set("specification_version", version);
            }
            Field::Bytes(2, stop) => {
                while source.position() < stop {
                    match fields.next(source, stop)? {
                        Field::Bytes(100, stop) => metadata(source, stop, &mut fields, described)?,
                        Field::Bytes(_, stop) => source.seek(stop),
                        Field::Number(..) | Field::Other => {}
                    }
                }
            }
            Field::Bytes(_, stop) => source.seek(stop),
            Field::Number(..) | Field::Other => {}
        }
    }
    if seen { Ok(()) } else { Err(ReadError::Malformed("no specification version".to_owned())) }
}

fn metadata<S: Read + Seek>(
    source: &mut Source<'_, S>,
    end: u64,
    fields: &mut Fields,
    described: &mut Described,
) -> Result<(), ReadError> {
    while source.position() < end {
        match fields.next(source, end)? {
            Field::Bytes(number @ 1..=4, stop) => {
                let key = ["description", "version", "author", "license"]
                    [usize::try_from(number - 1).unwrap_or(0)];
                let value = text(source, stop)?;
                described.set(key, value);
            }
            Field::Bytes(_, stop) => source.seek(stop),
            Field::Number(..) | Field::Other => {}
        }
    }
    Ok(())
}

pub(super) fn lite<S: Read + Seek>(source: &mut Source<'_, S>) -> Described {
    let mut described = Described::new("tflite");
    described.problem = lite_model(source, &mut described).err();
    described
}

fn lite_model<S: Read + Seek>(
    source: &mut Source<'_, S>,
    described: &mut Described,
) -> Result<(), ReadError> {
    let model = u64::from(u32_at(source, 0)?);
    if let Some(version) = slot(source, model, 0)? {
        described.set("version", u32_at(source, version)?);
    }
    if let Some(at) = slot(source, model, 3)? {
        let description = string(source, at)?;
        described.set("description", Some(description).filter(|it| !it.is_empty()));
    }
    if let Some(at) = slot(source, model, 2)? {
        let (_, subgraphs) = vector(source, at)?;
        described.set("subgraphs", subgraphs);
    }
    let mut custom = Vec::new();
    let mut operations = 0;
    if let Some(at) = slot(source, model, 1)? {
        let (first, count) = vector(source, at)?;
        operations = count;
        for index in 0..count.min(MAX_ENTRIES) {
            let at = first + u64::from(index) * 4;
            let code = at.saturating_add(u64::from(u32_at(source, at)?));
            if let Some(name) = slot(source, code, 1)? {
                let name = string(source, name)?;
                if !name.is_empty() && custom.len() < 50 && !custom.contains(&name) {
                    custom.push(name);
                }
            }
        }
    }
    described.set("operators", operations);
    if !custom.is_empty() {
        described.unsafe_content(
            "custom_operations",
            format!("Needs operations of its own: {}", custom.join(", ")),
            "A runtime must load native code, or the whole of TensorFlow, for them",
            json!({ "operations": custom }),
        );
    }
    Ok(())
}

fn u32_at<S: Read + Seek>(source: &mut Source<'_, S>, at: u64) -> Result<u32, ReadError> {
    source.seek(at);
    source.u32()
}

/// Where the value of a table's field stands; `None` where it has its default.
fn slot<S: Read + Seek>(
    source: &mut Source<'_, S>,
    table: u64,
    field: u64,
) -> Result<Option<u64>, ReadError> {
    source.seek(table);
    let back = i64::from(i32::from_le_bytes(source.array()?));
    let names = table.checked_add_signed(back.saturating_neg()).ok_or(ReadError::Truncated)?;
    source.seek(names);
    let size = u64::from(u16::from_le_bytes(source.array()?));
    let entry = 4 + field * 2;
    if entry + 2 > size {
        return Ok(None);
    }
    source.seek(names.saturating_add(entry));
    let offset = u64::from(u16::from_le_bytes(source.array()?));
    Ok((offset > 0).then(|| table.saturating_add(offset)))
}

/// The first entry and the number of entries of a vector.
fn vector<S: Read + Seek>(source: &mut Source<'_, S>, at: u64) -> Result<(u64, u32), ReadError> {
    let vector = at.saturating_add(u64::from(u32_at(source, at)?));
    let count = u32_at(source, vector)?;
    if u64::from(count) > source.size {
        return Err(ReadError::Truncated);
    }
    Ok((vector.saturating_add(4), count))
}

fn string<S: Read + Seek>(source: &mut Source<'_, S>, at: u64) -> Result<String, ReadError> {
    let (first, length) = vector(source, at)?;
    source.seek(first);
    let bytes = source.bytes(u64::from(length), 4096)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
