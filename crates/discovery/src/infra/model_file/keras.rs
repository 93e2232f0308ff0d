//! Keras models: the configuration that a `.keras` archive and an HDF5 file carry as JSON, and what loading it would run.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use serde_json::{Value, json};

use super::source::{ReadError, Source};
use super::{Described, SEARCHED, pickle};

/// Modules whose classes Keras itself and its companions bring.
const OWN_MODULES: &[&str] = &[
    "keras",
    "tensorflow",
    "tf_keras",
    "keras_hub",
    "keras_nlp",
    "keras_cv",
    "builtins.dict",
    "numpy.float",
    "tf",
];
/// Functions of Keras that fetch, load or switch off its own safeguards.
const OWN_DANGERS: &[&str] =
    &["get_file", "enable_unsafe_deserialization", "load_model", "load_weights", "_get_file"];
/// Layers kept as the model's architecture.
const MAX_LAYERS: u64 = 1_000_000;

#[derive(Default)]
struct Found {
    layers: u64,
    lambdas: u64,
    wrappers: BTreeSet<String>,
    foreign: BTreeSet<String>,
    dangerous: BTreeSet<String>,
}

/// Reads a model's configuration.
pub(super) fn config(bytes: &[u8], described: &mut Described) -> Result<(), ReadError> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let config = match values.next() {
        Some(Ok(config)) => config,
        Some(Err(error)) => {
            return Err(ReadError::Malformed(format!(
                "the configuration is not valid JSON ({error})"
            )));
        }
        None => return Err(ReadError::Malformed("the configuration is empty".to_owned())),
    };
    let mut found = Found::default();
    found.read(&config, 0);
    let text = |pointer: &str| config.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    described.set("architecture", text("/class_name"));
    described.set("model_name", text("/config/name"));
    // The model itself is written as a layer is.
    described.set("layers", found.layers.saturating_sub(1));
    found.judge(described);
    Ok(())
}

impl Found {
    fn read(&mut self, value: &Value, depth: u32) {
        if depth > 128 || self.layers > MAX_LAYERS {
            return;
        }
        match value {
            Value::Object(object) => {
                if let Some(class) = object.get("class_name").and_then(Value::as_str) {
                    self.class(class, object);
                }
                object.values().for_each(|value| self.read(value, depth + 1));
            }
            Value::Array(list) => list.iter().for_each(|value| self.read(value, depth + 1)),
            _ => {}
        }
    }

    fn class(&mut self, class: &str, object: &serde_json::Map<String, Value>) {
        let module = object.get("module").and_then(Value::as_str).unwrap_or_default();
        let function = object.get("config").and_then(Value::as_str).unwrap_or_default();
        match class {
            "__lambda__" => {}
            "Lambda" => {
                self.layers += 1;
                self.lambdas += 1;
            }
            "TorchModuleWrapper" => {
                self.layers += 1;
                self.wrappers.insert(class.to_owned());
            }
            "function" | "builtin_function_or_method" => {
                let name = format!("{module}.{function}");
                if pickle::is_dangerous(&name) || OWN_DANGERS.contains(&function) {
                    self.dangerous.insert(name);
                } else if !is_own(module) {
                    self.foreign.insert(name);
                }
            }
            _ => {
                self.layers += u64::from(object.contains_key("config"));
                let name = format!("{module}.{class}");
                if pickle::is_dangerous(&name) {
                    self.dangerous.insert(name);
                } else if !is_own(module) {
                    self.foreign.insert(name);
                }
            }
        }
    }

    fn judge(&self, described: &mut Described) {
        if self.lambdas > 0 {
            lambda_layer(described);
        }
        if !self.dangerous.is_empty() {
            described.malicious_content(
                "keras_config",
                format!("Names {}", self.dangerous.iter().cloned().collect::<Vec<_>>().join(", ")),
                "No layer needs these: a loader that trusts the configuration runs them (as in CVE-2025-1550)",
                json!({ "names": self.dangerous }),
            );
        }
        if !self.foreign.is_empty() || !self.wrappers.is_empty() {
            let names: Vec<&String> = self.foreign.iter().chain(&self.wrappers).take(50).collect();
            described.unsafe_content(
                "custom_objects",
                format!("Needs {} object(s) that are not of Keras", names.len()),
                "Loading the model imports code that is not in it",
                json!({ "names": names }),
            );
        }
    }
}

fn is_own(module: &str) -> bool {
    module.is_empty()
        || OWN_MODULES.iter().any(|own| {
            module == *own || module.strip_prefix(own).is_some_and(|rest| rest.starts_with('.'))
        })
}

/// A Keras Lambda layer carries code that loading the model runs.
pub(super) fn lambda_layer(described: &mut Described) {
    described.unsafe_content(
        "lambda_layer",
        "Contains a Lambda layer".to_owned(),
        "Loading the model runs the code in the layer, unless safe mode is on",
        json!({ "class_name": "Lambda" }),
    );
}

/// An HDF5 file: its superblock, and the attribute `model_config` wherever it stands in the file's first part.
/// <https://docs.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html>
pub(super) fn hdf5<S: Read + Seek>(source: &mut Source<'_, S>) -> Described {
    let mut described = Described::new("hdf5");
    source.seek(8);
    match source.byte() {
        Ok(version @ 0..=3) => described.set("superblock_version", version),
        Ok(version) => {
            described.problem =
                Some(ReadError::Malformed(format!("superblock version {version} is not known")));
            return described;
        }
        Err(problem) => {
            described.problem = Some(problem);
            return described;
        }
    }
    source.seek(0);
    let length = source.size.min(SEARCHED);
    let Ok(bytes) = source.bytes(length, SEARCHED) else { return described };
    let starts = ["{\"class_name\": \"", "{\"class_name\":\"", "{\"module\": \"keras"];
    let start =
        starts.iter().filter_map(|mark| memchr::memmem::find(&bytes, mark.as_bytes())).min();
    if let Some(version) = text_after(&bytes, b"keras_version") {
        described.set("keras_version", version);
    }
    let read = start
        .and_then(|start| bytes.get(start..))
        .is_some_and(|rest| config(rest, &mut described).is_ok());
    // A configuration of more than 64 KiB is written in pieces.
    let marks: [&[u8]; 2] = [b"\"class_name\": \"Lambda\"", b"\"class_name\":\"Lambda\""];
    if !read && marks.iter().any(|mark| memchr::memmem::find(&bytes, mark).is_some()) {
        lambda_layer(&mut described);
    }
    described
}

/// A version such as `2.15.0` within the bytes after a name.
fn text_after(bytes: &[u8], name: &[u8]) -> Option<String> {
    let at = memchr::memmem::find(bytes, name)? + name.len();
    let window = bytes.get(at..(at + 128).min(bytes.len()))?;
    let start = window.windows(2).position(|pair| pair[0].is_ascii_digit() && pair[1] == b'.')?;
    let version: String = window[start..]
        .iter()
        .map(|byte| char::from(*byte))
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '.')
        .collect();
    (version.matches('.').count() >= 2).then_some(version)
}
