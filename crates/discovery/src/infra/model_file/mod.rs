//! Model files: what format, which model, how large, and whether loading them may run code.
//!
//! Formats are told by content, not by name alone. Headers are read within bounds; nothing is ever loaded or unpickled.

mod archive;
mod gguf;
mod keras;
mod onnx;
mod pickle;
mod protobuf;
mod safetensors;
mod source;
mod tar;
mod tensorflow;

use std::io::{Read, Seek, SeekFrom};

use picket_model::{
    AssetKind, DiagnosticStatus, Finding, FindingKind, Relation, RelationKind, Severity,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Collector;
use crate::files::SourceFile;
use source::{ReadError, Source};

/// Extensions of model files; `.bin` and `.model` count only where the content is one.
const EXTENSIONS: &[&str] = &[
    "safetensors",
    "gguf",
    "ggml",
    "onnx",
    "ort",
    "pt",
    "pth",
    "pt2",
    "ptl",
    "ckpt",
    "bin",
    "pkl",
    "pickle",
    "joblib",
    "dill",
    "sav",
    "keras",
    "h5",
    "hdf5",
    "tflite",
    "lite",
    "nemo",
    "mar",
    "xml",
    "npy",
    "npz",
    "mlmodel",
    "engine",
    "plan",
    "trt",
    "pdparams",
    "pdmodel",
    "pte",
    "llamafile",
    "skops",
    "model",
    "cbm",
    "ubj",
];
/// Bytes looked at to tell the format.
const HEAD: usize = 512;
/// Bytes of a file searched for its configuration.
const SEARCHED: u64 = 16 << 20;

/// What a model file is.
#[derive(Debug, Default, PartialEq)]
struct Described {
    format: &'static str,
    properties: Vec<(&'static str, Value)>,
    findings: Vec<Finding>,
    /// Why the header could not be read to its end.
    problem: Option<ReadError>,
}

impl Described {
    fn new(format: &'static str) -> Self {
        Self { format, ..Self::default() }
    }

    fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        let value = value.into();
        if !value.is_null() {
            self.properties.push((key, value));
        }
    }

    fn unsafe_content(&mut self, what: &str, title: String, detail: &str, evidence: Value) {
        let kind = FindingKind::UnsafeContent;
        self.findings.push(Finding::new(kind, what, Severity::Medium, title, detail, evidence));
    }

    fn malicious_content(&mut self, what: &str, title: String, detail: &str, evidence: Value) {
        let kind = FindingKind::MaliciousContent;
        self.findings.push(Finding::new(kind, what, Severity::Critical, title, detail, evidence));
    }
}

/// Files that may hold weights, by name.
pub(super) fn wants(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    name == "saved_model.pb" || EXTENSIONS.contains(&extension)
}

/// Reads one file.
pub(super) fn analyse(file: &SourceFile<'_>, out: &mut Collector) {
    let mut source = match file.open() {
        Ok(source) => source,
        Err(error) => {
            let message = format!("model file cannot be opened: {error}; check its permissions");
            out.diagnostic(DiagnosticStatus::Unreadable, file.path, message);
            return;
        }
    };
    let Some(described) = describe(&mut source, file.size, file.path) else { return };
    if let Some(problem) = &described.problem {
        let message = format!("{} header: {problem}", described.format);
        out.diagnostic(problem.status(), file.path, message);
    }
    let mut asset = file
        .asset(AssetKind::ModelFile, "weights", file.name())
        .native_type(described.format)
        .with("path", file.path)
        .with("format", described.format)
        .with("size", file.size);
    asset.id = file.id();
    if let Ok(digest) = sha256(&mut source) {
        asset.set("sha256", digest);
    }
    for (key, value) in described.properties {
        asset.set(key, value);
    }
    asset.findings = described.findings;
    out.relation(Relation::new(file.scope.repository(), RelationKind::Contains, file.id()));
    out.asset(asset);
}

/// Tells the format by content and reads its header; `None` if it is no model file.
fn describe<S: Read + Seek>(input: &mut S, size: u64, path: &str) -> Option<Described> {
    let mut source = Source::new(input, size);
    let head = source.head(HEAD);
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let at = |offset: usize, magic: &[u8]| head.get(offset..offset + magic.len()) == Some(magic);
    let described = if at(0, b"GGUF") {
        gguf::describe(&mut source)
    } else if at(0, b"PK\x03\x04") || at(0, b"PK\x05\x06") {
        return archive::describe(&mut source, extension);
    } else if at(0, b"\x89HDF\r\n\x1a\n") {
        keras::hdf5(&mut source)
    } else if at(4, b"TFL3") {
        tensorflow::lite(&mut source)
    } else if at(4, b"ORTM") {
        Described::new("ort")
    } else if at(4, b"ET12") {
        Described::new("executorch")
    } else if at(0, b"\x93NUMPY") {
        numpy(&head)
    } else if at(0, b"ptrt") {
        Described::new("tensorrt")
    } else if at(0, b"MZqFpD") {
        Described::new("llamafile")
    } else if [b"lmgg", b"fmgg", b"tjgg"].iter().any(|magic| at(0, *magic)) {
        Described::new("ggml-legacy")
    } else if at(0, b"CBM1") {
        Described::new("catboost")
    } else if at(0, b"7z\xbc\xaf\x27\x1c") {
        seven_zip()
    } else if at(257, b"ustar") {
        return tar::describe(&mut source, extension);
    } else if name == "saved_model.pb" {
        tensorflow::saved_model(&mut source)
    } else if at(8, b"{") && safetensors::length_fits(&head, size) {
        safetensors::describe(&mut source)
    } else if pickle::looks_like(&head, extension) {
        pickle::describe(&mut source)
    } else if extension == "onnx" {
        onnx::describe(&mut source)
    } else if extension == "mlmodel" {
        tensorflow::core_ml(&mut source)
    } else if extension == "xml" {
        return openvino(&head);
    } else if matches!(extension, "bin" | "model" | "ubj" | "plan" | "engine" | "sav") || size == 0
    {
        return None;
    } else {
        let mut unknown = Described::new("unknown");
        unknown.problem =
            Some(ReadError::Malformed("its content is of no known model format".to_owned()));
        unknown
    };
    Some(described)
}

fn numpy(head: &[u8]) -> Described {
    let mut described = Described::new("numpy");
    let text = String::from_utf8_lossy(head);
    if let Some(descr) = text.split("'descr':").nth(1).and_then(|rest| rest.split('\'').nth(1)) {
        described.set("dtype", descr.to_owned());
        if descr.contains('O') {
            described.unsafe_content(
                "object_array",
                "Holds an object array".to_owned(),
                "An object array is a pickle: loading it with allow_pickle runs what it names",
                json!({ "dtype": descr }),
            );
        }
    }
    described
}

/// OpenVINO's description of a network, which a `.bin` file with its weights stands beside.
fn openvino(head: &[u8]) -> Option<Described> {
    let text = String::from_utf8_lossy(head);
    let (_, rest) = text.split_once("<net ")?;
    let mut described = Described::new("openvino");
    for (key, attribute) in [("model_name", "name=\""), ("version", "version=\"")] {
        let value = rest.split_once(attribute).and_then(|(_, rest)| rest.split('"').next());
        described.set(key, value.map(str::to_owned));
    }
    Some(described)
}

fn seven_zip() -> Described {
    let mut described = Described::new("sevenzip");
    described.unsafe_content(
        "sevenzip",
        "A 7z archive under the name of a model".to_owned(),
        "Scanners that expect a zip archive do not see the pickle inside",
        json!({ "magic": "377abcaf271c" }),
    );
    described
}

fn sha256<S: Read + Seek>(input: &mut S) -> std::io::Result<String> {
    input.seek(SeekFrom::Start(0))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match input.read(&mut buffer)? {
            0 => return Ok(hex::encode(hasher.finalize())),
            read => hasher.update(&buffer[..read]),
        }
    }
}

#[cfg(test)]
mod tests;
