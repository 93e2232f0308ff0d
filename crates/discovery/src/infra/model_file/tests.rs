use std::io::Cursor;

use proptest::prelude::*;

use super::*;

fn described(path: &str, bytes: &[u8]) -> Option<Described> {
    describe(&mut Cursor::new(bytes), bytes.len() as u64, path)
}

fn property(described: &Described, key: &str) -> Value {
    described
        .properties
        .iter()
        .find(|(name, _)| *name == key)
        .map_or(Value::Null, |it| it.1.clone())
}

pub(super) fn safetensors(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(vec![0; data]);
    bytes
}

fn gguf_text(text: &str) -> Vec<u8> {
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

fn gguf(keys: &[(&str, u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(3_u32.to_le_bytes());
    bytes.extend(1_u64.to_le_bytes());
    bytes.extend((keys.len() as u64).to_le_bytes());
    for (key, kind, value) in keys {
        bytes.extend(gguf_text(key));
        bytes.extend(kind.to_le_bytes());
        bytes.extend(value);
    }
    bytes.extend(gguf_text("blk.0.weight"));
    bytes.extend(2_u32.to_le_bytes());
    bytes.extend(4_u64.to_le_bytes());
    bytes.extend(8_u64.to_le_bytes());
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(0_u64.to_le_bytes());
    bytes
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let offset = u32::try_from(bytes.len()).unwrap();
        let sizes = [content.len(), content.len()].map(|it| u32::try_from(it).unwrap());
        let mut common = Vec::new();
        common.extend([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        common.extend([0; 4]);
        common.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
        common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        common.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.as_bytes());
        bytes.extend(*content);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let offset = u32::try_from(bytes.len()).unwrap();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\x00\x00\x00\x00");
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    bytes.extend([count, count].concat());
    bytes.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// `posix.system('true')`, protocol 4, with its texts memoised.
const SYSTEM: &[u8] =
    b"\x80\x04\x95\x1e\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x04true\x94\x85\x94R\x94.";

#[test]
fn safetensors_headers_give_parameters_and_metadata() {
    let header = r#"{"__metadata__":{"modelspec.license":"apache-2.0"},"a":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}"#;
    let read = described("m/model.safetensors", &safetensors(header, 16)).unwrap();
    assert_eq!(read.format, "safetensors");
    assert_eq!(property(&read, "parameters"), 7);
    assert_eq!(property(&read, "tensors"), 2);
    assert_eq!(property(&read, "dtype"), "BF16");
    assert_eq!(property(&read, "license"), "apache-2.0");
    assert_eq!(read.problem, None);
    let cut = described("model.safetensors", &safetensors(header, 3)).unwrap();
    assert!(matches!(cut.problem, Some(ReadError::Malformed(_))), "{:?}", cut.problem);
}

#[test]
fn deep_json_in_a_header_is_refused() {
    let header = format!("{{\"a\":{}", "[".repeat(500_000));
    let read = described("model.safetensors", &safetensors(&header, 0)).unwrap();
    assert!(matches!(read.problem, Some(ReadError::Malformed(_))));
}

#[test]
fn gguf_keys_name_the_model() {
    let keys = [
        ("general.architecture", 8, gguf_text("llama")),
        ("general.name", 8, gguf_text("Contoso tiny")),
        ("general.file_type", 4, 15_u32.to_le_bytes().to_vec()),
        ("llama.context_length", 4, 4096_u32.to_le_bytes().to_vec()),
        (
            "tokenizer.ggml.scores",
            9,
            [6_u32.to_le_bytes().to_vec(), 2_u64.to_le_bytes().to_vec(), vec![0; 8]].concat(),
        ),
        ("tokenizer.chat_template", 8, gguf_text("{{ x.__class__.__globals__ }}")),
    ];
    let read = described("tiny.gguf", &gguf(&keys)).unwrap();
    assert_eq!(read.problem, None);
    assert_eq!(property(&read, "architecture"), "llama");
    assert_eq!(property(&read, "quantisation"), "Q4_K_M");
    assert_eq!(property(&read, "context_length"), 4096);
    assert_eq!(property(&read, "parameters"), 32);
    assert_eq!(read.findings[0].id, "unsafe_content:chat_template");
}

#[test]
fn gguf_lengths_that_overflow_are_refused() {
    let huge = [9_u32.to_le_bytes().to_vec(), u64::MAX.to_le_bytes().to_vec()].concat();
    for (kind, value) in [(8, u64::MAX.to_le_bytes().to_vec()), (9, huge)] {
        let read = described("a.gguf", &gguf(&[("k", kind, value)])).unwrap();
        assert!(read.problem.is_some());
    }
}

#[test]
fn dangerous_pickles_are_named_and_never_loaded() {
    for (path, bytes) in [
        ("a.pkl", SYSTEM.to_vec()),
        ("old.pkl", b"cposix\nsystem\n(S'true'\ntR.".to_vec()),
        ("model.pt", zip(&[("archive/data.pkl", SYSTEM), ("archive/data/0", &[0; 64])])),
        ("broken.pkl", [SYSTEM, b"\xff\xff"].concat()),
    ] {
        let read = described(path, &bytes).unwrap();
        let finding = read.findings.iter().find(|it| it.kind == FindingKind::MaliciousContent);
        let evidence = &finding.unwrap_or_else(|| panic!("{path}: {read:?}")).evidence;
        assert_eq!(evidence["globals"], json!(["posix.system"]), "{path}");
    }
}

#[test]
fn plain_weights_in_a_pickle_are_not_malicious() {
    let state = b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01.";
    let read = described("pytorch_model.bin", state).unwrap();
    assert_eq!(read.format, "pickle");
    assert_eq!(read.findings.len(), 1);
    assert_eq!(read.findings[0].id, "unsafe_content:pickle_format");
}

#[test]
fn onnx_fields_are_read_and_climbing_paths_found() {
    let tagged = |number: u8, content: &[u8]| {
        [&[number << 3 | 2, u8::try_from(content.len()).unwrap()], content].concat()
    };
    let entry = [tagged(1, b"location"), tagged(2, b"../../etc/x")].concat();
    let tensor = tagged(13, &entry);
    let graph = [tagged(2, b"net"), tagged(5, &tensor)].concat();
    let opset = [tagged(1, b""), vec![2 << 3, 17]].concat();
    let model =
        [vec![1 << 3, 9], tagged(2, b"pytorch"), tagged(7, &graph), tagged(8, &opset)].concat();
    let read = described("net.onnx", &model).unwrap();
    assert_eq!(read.problem, None);
    assert_eq!(property(&read, "producer"), "pytorch");
    assert_eq!(property(&read, "opset"), 17);
    assert_eq!(property(&read, "model_name"), "net");
    assert_eq!(read.findings[0].id, "unsafe_content:external_data");
}

#[test]
fn formats_are_told_by_content() {
    for (path, bytes, format) in [
        ("m.h5", b"\x89HDF\r\n\x1a\n{\"class_name\": \"Lambda\"}".to_vec(), Some("hdf5")),
        ("m.tflite", b"\x1c\x00\x00\x00TFL3........".to_vec(), Some("tflite")),
        (
            "x.npy",
            b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False}".to_vec(),
            Some("numpy"),
        ),
        ("saved_model.pb", b"\x08\x01 PyFunc ".to_vec(), Some("tf-savedmodel")),
        ("weights.bin", b"7z\xbc\xaf\x27\x1c....".to_vec(), Some("sevenzip")),
        ("firmware.bin", b"\x7fELF not a model".to_vec(), None),
        ("empty.pt", Vec::new(), None),
    ] {
        assert_eq!(described(path, &bytes).map(|it| it.format), format, "{path}");
    }
}

proptest! {
    #[test]
    fn no_content_makes_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..2048), which in 0..8_usize) {
        let heads: [&[u8]; 8] = [b"GGUF\x03\0\0\0", b"PK\x03\x04", b"\x80\x04", b"", b"\x08\x09", b"\x93NUMPY", b"\x10\0\0\0\0\0\0\0{", b"c"];
        let names = ["a.gguf", "a.pt", "a.pkl", "a.bin", "a.onnx", "a.npy", "a.safetensors", "a.pkl"];
        let content = [heads[which], &bytes].concat();
        let _ = described(names[which], &content);
    }
}
