//! A tiny classifier, written byte by byte: it adds up a weight for each token.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::path::{Path, PathBuf};

use serde_json::json;

/// Words that the tokenizer knows, with what each adds to the logit of an attack.
const WORDS: &[(&str, f32)] =
    &[("[UNK]", 0.0), ("[PAD]", 50.0), ("[CLS]", 0.0), ("blorp", 8.0), ("calm", -0.5)];

/// The logits before any word: fine at 3, attack at 0.
const BASE: [f32; 2] = [3.0, 0.0];

/// Where things are in ONNX's protobuf: <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>.
mod field {
    pub(super) const MODEL_IR: u32 = 1;
    pub(super) const MODEL_GRAPH: u32 = 7;
    pub(super) const MODEL_OPSET: u32 = 8;
    pub(super) const OPSET_VERSION: u32 = 2;
    pub(super) const GRAPH_NODE: u32 = 1;
    pub(super) const GRAPH_NAME: u32 = 2;
    pub(super) const GRAPH_INITIALIZER: u32 = 5;
    pub(super) const GRAPH_INPUT: u32 = 11;
    pub(super) const GRAPH_OUTPUT: u32 = 12;
    pub(super) const NODE_INPUT: u32 = 1;
    pub(super) const NODE_OUTPUT: u32 = 2;
    pub(super) const NODE_OP: u32 = 4;
    pub(super) const NODE_ATTRIBUTE: u32 = 5;
    pub(super) const ATTRIBUTE_NAME: u32 = 1;
    pub(super) const ATTRIBUTE_INT: u32 = 3;
    pub(super) const ATTRIBUTE_TYPE: u32 = 20;
    pub(super) const TENSOR_DIMS: u32 = 1;
    pub(super) const TENSOR_TYPE: u32 = 2;
    pub(super) const TENSOR_NAME: u32 = 8;
    pub(super) const TENSOR_RAW: u32 = 9;
    pub(super) const TENSOR_EXTERNAL: u32 = 13;
    pub(super) const TENSOR_LOCATION: u32 = 14;
    pub(super) const VALUE_NAME: u32 = 1;
    pub(super) const VALUE_TYPE: u32 = 2;
}

const FLOAT: u64 = 1;
const INT64: u64 = 7;

/// A protobuf message in the making.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }

    fn int(mut self, field: u32, value: u64) -> Self {
        self.varint(u64::from(field) << 3);
        self.varint(value);
        self
    }

    fn bytes(mut self, field: u32, value: impl AsRef<[u8]>) -> Self {
        self.varint(u64::from(field) << 3 | 2);
        self.varint(value.as_ref().len() as u64);
        self.0.extend(value.as_ref());
        self
    }

    fn message(self, field: u32, value: Self) -> Self {
        self.bytes(field, value.0)
    }
}

fn node(op: &str, inputs: &[&str], output: &str, attributes: &[(&str, u64)]) -> Message {
    let mut node = Message::default();
    for input in inputs {
        node = node.bytes(field::NODE_INPUT, input);
    }
    node = node.bytes(field::NODE_OUTPUT, output).bytes(field::NODE_OP, op);
    for (name, value) in attributes {
        let attribute = Message::default()
            .bytes(field::ATTRIBUTE_NAME, name)
            .int(field::ATTRIBUTE_INT, *value)
            .int(field::ATTRIBUTE_TYPE, 2);
        node = node.message(field::NODE_ATTRIBUTE, attribute);
    }
    node
}

fn tensor(name: &str, kind: u64, dims: &[usize]) -> Message {
    let mut tensor = Message::default();
    for dim in dims {
        tensor = tensor.int(field::TENSOR_DIMS, *dim as u64);
    }
    tensor.int(field::TENSOR_TYPE, kind).bytes(field::TENSOR_NAME, name)
}

/// A value of rows and columns; their number is open where it is text.
fn value(name: &str, kind: u64, dims: [&str; 2]) -> Message {
    let mut shape = Message::default();
    for dim in dims {
        let dim = match dim.parse() {
            Ok(number) => Message::default().int(1, number),
            Err(_) => Message::default().bytes(2, dim),
        };
        shape = shape.message(1, dim);
    }
    let tensor = Message::default().int(1, kind).message(2, shape);
    Message::default()
        .bytes(field::VALUE_NAME, name)
        .message(field::VALUE_TYPE, Message::default().message(1, tensor))
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// What of the model may be otherwise.
#[derive(Default)]
pub(crate) struct Shape<'a> {
    /// Where the weights are, if not in the model.
    pub(crate) external: Option<&'a str>,
    /// An operator that takes the place of the last one.
    pub(crate) operator: Option<&'a str>,
    /// The name of the first input.
    pub(crate) input: Option<&'a str>,
}

/// The weights as they stand in a file of external data.
pub(crate) fn weights() -> Vec<u8> {
    floats(&WORDS.iter().flat_map(|(_, attack)| [0.0, *attack]).collect::<Vec<_>>())
}

/// Gather the weights of each token, leave out padding, add all up.
pub(crate) fn model(shape: &Shape<'_>) -> Vec<u8> {
    let ids = shape.input.unwrap_or("input_ids");
    let table = tensor("table", FLOAT, &[WORDS.len(), 2]);
    let table = match shape.external {
        None => table.bytes(field::TENSOR_RAW, weights()),
        Some(location) => table
            .message(
                field::TENSOR_EXTERNAL,
                Message::default().bytes(1, "location").bytes(2, location),
            )
            .int(field::TENSOR_LOCATION, 1),
    };
    let int =
        |name, value: i64| tensor(name, INT64, &[1]).bytes(field::TENSOR_RAW, value.to_le_bytes());
    let base = tensor("base", FLOAT, &[2]).bytes(field::TENSOR_RAW, floats(&BASE));
    let nodes = [
        node("Gather", &["table", ids], "each", &[("axis", 0)]),
        node("Cast", &["attention_mask"], "mask", &[("to", FLOAT)]),
        node("Unsqueeze", &["mask", "last"], "column", &[]),
        node("Mul", &["each", "column"], "kept", &[]),
        node("ReduceSum", &["kept", "middle"], "sum", &[("keepdims", 0)]),
        node(shape.operator.unwrap_or("Add"), &["sum", "base"], "logits", &[]),
    ];
    let mut graph = Message::default().bytes(field::GRAPH_NAME, "tiny");
    for node in nodes {
        graph = graph.message(field::GRAPH_NODE, node);
    }
    for initializer in [table, int("last", 2), int("middle", 1), base] {
        graph = graph.message(field::GRAPH_INITIALIZER, initializer);
    }
    for name in [ids, "attention_mask"] {
        graph = graph.message(field::GRAPH_INPUT, value(name, INT64, ["rows", "length"]));
    }
    graph = graph.message(field::GRAPH_OUTPUT, value("logits", FLOAT, ["rows", "2"]));
    Message::default()
        .int(field::MODEL_IR, 8)
        .message(field::MODEL_OPSET, Message::default().int(field::OPSET_VERSION, 17))
        .message(field::MODEL_GRAPH, graph)
        .0
}

/// Words at whitespace, with `[CLS]` before them.
pub(crate) fn tokenizer() -> String {
    let vocabulary: serde_json::Map<String, serde_json::Value> =
        WORDS.iter().enumerate().map(|(id, (word, _))| ((*word).to_owned(), id.into())).collect();
    json!({
        "version": "1.0",
        "truncation": { "direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0 },
        "padding": null,
        "added_tokens": [],
        "normalizer": { "type": "Lowercase" },
        "pre_tokenizer": { "type": "Whitespace" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{ "SpecialToken": { "id": "[CLS]", "type_id": 0 } }, { "Sequence": { "id": "A", "type_id": 0 } }],
            "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 1 } }],
            "special_tokens": { "[CLS]": { "id": "[CLS]", "ids": [2], "tokens": ["[CLS]"] } }
        },
        "decoder": null,
        "model": { "type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]" }
    })
    .to_string()
}

/// Writes model and tokenizer into a folder; gives the model's path.
pub(crate) fn write(folder: &Path) -> PathBuf {
    let path = folder.join("model.onnx");
    std::fs::write(&path, model(&Shape::default())).unwrap();
    std::fs::write(folder.join("tokenizer.json"), tokenizer()).unwrap();
    path
}
