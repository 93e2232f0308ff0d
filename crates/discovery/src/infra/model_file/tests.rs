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

fn ids(described: &Described) -> Vec<&str> {
    described.findings.iter().map(|finding| finding.id.as_str()).collect()
}

#[test]
fn keras_configurations_name_what_loading_runs() {
    let config = |layer: &str| {
        format!(
            r#"{{"module": "keras", "class_name": "Sequential", "config": {{"name": "churn", "layers": [
            {{"module": "keras.layers", "class_name": "Dense", "config": {{"units": 4, "kernel_initializer":
                {{"module": "keras.initializers", "class_name": "GlorotUniform", "config": null}}}}}}, {layer}]}}}}"#
        )
    };
    let metadata = br#"{"keras_version": "3.3.3", "date_saved": "2025-01-01"}"#;
    for (layer, finding) in [
        (r#"{"module": "keras.layers", "class_name": "Dropout", "config": {}}"#, None),
        (
            r#"{"module": "keras.layers", "class_name": "Lambda", "config": {"function": {"class_name": "__lambda__", "config": {"code": "4wEA"}}}}"#,
            Some("unsafe_content:lambda_layer"),
        ),
        (
            r#"{"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}"#,
            Some("malicious_content:keras_config"),
        ),
        (
            r#"{"module": "keras.utils", "class_name": "function", "config": "get_file"}"#,
            Some("malicious_content:keras_config"),
        ),
        (
            r#"{"module": "keras.layers", "class_name": "TorchModuleWrapper", "config": {"module": "gASV"}}"#,
            Some("unsafe_content:custom_objects"),
        ),
        (
            r#"{"module": "contoso.layers", "class_name": "Gate", "config": {}}"#,
            Some("unsafe_content:custom_objects"),
        ),
    ] {
        let config = config(layer);
        let archive = zip(&[
            ("metadata.json", metadata),
            ("config.json", config.as_bytes()),
            ("model.weights.h5", b""),
        ]);
        let read = described("churn.keras", &archive).unwrap();
        assert_eq!((read.format, read.problem.as_ref()), ("keras-zip", None));
        assert_eq!(ids(&read), finding.into_iter().collect::<Vec<_>>(), "{layer}");
        assert_eq!(property(&read, "keras_version"), "3.3.3");
        assert_eq!(property(&read, "architecture"), "Sequential");
        assert_eq!(property(&read, "model_name"), "churn");
        let h5 = [
            b"\x89HDF\r\n\x1a\n\x00\x00keras_version\x00\x00\x082.15.0\x00model_config\x00",
            config.as_bytes(),
            b"\x00\x00",
        ]
        .concat();
        let read = described("churn.h5", &h5).unwrap();
        assert_eq!(ids(&read), finding.into_iter().collect::<Vec<_>>(), "{layer}");
        assert_eq!(property(&read, "keras_version"), "2.15.0");
        assert_eq!(property(&read, "model_name"), "churn");
    }
    let cut = zip(&[("metadata.json", metadata), ("config.json", b"{\"class_name\": ")]);
    assert!(described("cut.keras", &cut).unwrap().problem.is_some());
    let deep = format!("{{\"a\": {}", "[".repeat(100_000));
    let deep = zip(&[("metadata.json", metadata), ("config.json", deep.as_bytes())]);
    assert!(described("deep.keras", &deep).unwrap().problem.is_some());
}

/// A field of bytes.
fn tagged(number: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap_or(127);
    [&[number << 3 | 2, length], content].concat()
}

#[test]
fn saved_model_graphs_are_walked() {
    let node = |operation: &str| {
        tagged(
            1,
            &[tagged(1, b"n"), tagged(2, operation.as_bytes()), tagged(3, b"PyFunc")].concat(),
        )
    };
    let function = tagged(2, &tagged(1, &tagged(3, &tagged(2, b"ReadFile"))));
    let graph = |own: &str| tagged(2, &[node("MatMul"), node(own), function.clone()].concat());
    let info = tagged(1, &[tagged(4, b"serve"), tagged(5, b"2.15.0")].concat());
    let model =
        |own: &str| [vec![1 << 3, 1], tagged(2, &[info.clone(), graph(own)].concat())].concat();
    let read = described("m/saved_model.pb", &model("PyFunc")).unwrap();
    assert_eq!(read.problem, None);
    assert_eq!(property(&read, "nodes"), 3);
    assert_eq!(property(&read, "tensorflow_version"), "2.15.0");
    assert_eq!(read.findings[0].evidence["operations"], json!(["PyFunc", "ReadFile"]));
    // A name that only stands in an operation's input is none of its operations.
    let read = described("saved_model.pb", &model("SaveV2")).unwrap();
    assert_eq!(read.findings[0].evidence["operations"], json!(["ReadFile"]));
    assert!(described("saved_model.pb", b"\x08\x01").unwrap().problem.is_some());
}

#[test]
fn core_ml_says_its_author_and_licence() {
    let metadata = [tagged(3, b"Contoso"), tagged(4, b"MIT")].concat();
    let field = [vec![0xa2, 0x06, u8::try_from(metadata.len()).unwrap()], metadata].concat();
    let read = described("m.mlmodel", &[vec![1 << 3, 7], tagged(2, &field)].concat()).unwrap();
    assert_eq!(read.problem, None);
    assert_eq!(property(&read, "license"), "MIT");
    assert_eq!(property(&read, "specification_version"), 7);
}

/// A TensorFlow Lite model with one operation of its own: vtables, tables, and what they point to.
fn tflite() -> Vec<u8> {
    let mut bytes = Vec::new();
    let words = |bytes: &mut Vec<u8>, words: &[u32]| {
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    };
    let halves = |bytes: &mut Vec<u8>, halves: &[u16]| {
        bytes.extend(halves.iter().flat_map(|half| half.to_le_bytes()));
    };
    words(&mut bytes, &[24]);
    bytes.extend(b"TFL3");
    // At 8 the model's vtable: its size, the table's, version, codes, no subgraphs, description.
    halves(&mut bytes, &[12, 20, 4, 8, 0, 12, 0, 0]);
    // At 24 the model: back to its vtable, version 3, codes at 44, description at 96.
    words(&mut bytes, &[16, 3, 12, 60, 0]);
    // At 44 one code, which stands at 60; at 52 its vtable: no number, a name.
    words(&mut bytes, &[1, 12]);
    halves(&mut bytes, &[8, 8, 0, 4]);
    words(&mut bytes, &[8, 16]);
    bytes.resize(80, 0);
    words(&mut bytes, &[8]);
    bytes.extend(b"FlexRoll");
    bytes.resize(96, 0);
    words(&mut bytes, &[4]);
    bytes.extend(b"tiny");
    bytes
}

#[test]
fn tflite_operations_of_its_own_are_named() {
    let bytes = tflite();
    let read = described("tiny.tflite", &bytes).unwrap();
    assert_eq!(read.problem, None);
    assert_eq!(property(&read, "version"), 3);
    assert_eq!(property(&read, "description"), "tiny");
    assert_eq!(property(&read, "operators"), 1);
    assert_eq!(read.findings[0].evidence["operations"], json!(["FlexRoll"]));
    assert!(
        (12..bytes.len())
            .all(|end| described("tiny.tflite", &bytes[..end]).unwrap().problem.is_some())
    );
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in members {
        let mut header = vec![0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[257..262].copy_from_slice(b"ustar");
        bytes.extend(header);
        bytes.extend(*content);
        bytes.resize(bytes.len().div_ceil(512) * 512, 0);
    }
    bytes.extend(vec![0; 1024]);
    bytes
}

#[test]
fn tar_archives_are_looked_into() {
    let read =
        described("old.pt", &tar(&[("storages", b"\x80\x02K\x00."), ("pickle", SYSTEM)])).unwrap();
    assert_eq!((read.format, ids(&read)), ("pytorch-tar", vec!["malicious_content:pickle"]));
    let weights = zip(&[("archive/data.pkl", SYSTEM)]);
    let config = b"target: nemo.collections.asr.models.EncDecCTCModel\nloss:\n  _target_: subprocess.Popen\n";
    let nemo = tar(&[("./model_config.yaml", config), ("./model_weights.ckpt", &weights)]);
    let read = described("asr.nemo", &nemo).unwrap();
    assert_eq!(read.format, "nemo");
    assert_eq!(property(&read, "architecture"), "nemo.collections.asr.models.EncDecCTCModel");
    let mut found = ids(&read);
    found.sort_unstable();
    assert_eq!(found, ["malicious_content:hydra_target", "malicious_content:pickle"]);
    assert!(described("cut.nemo", &nemo[..700]).unwrap().problem.is_some());
    assert_eq!(described("notes.bin", &tar(&[("notes.txt", b"x")])), None);
}

#[test]
fn a_model_archive_says_its_handler() {
    let manifest =
        br#"{"model": {"modelName": "chat", "modelVersion": "1.0", "handler": "serve.py"}}"#;
    let read =
        described("chat.mar", &zip(&[("MAR-INF/MANIFEST.json", manifest), ("model.pkl", SYSTEM)]))
            .unwrap();
    assert_eq!(read.format, "torch-model-archive");
    assert_eq!(property(&read, "model_name"), "chat");
    assert_eq!(ids(&read), ["unsafe_content:handler", "malicious_content:pickle"]);
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
        (
            "net.xml",
            b"<?xml version=\"1.0\"?>\n<net name=\"ssd\" version=\"11\">".to_vec(),
            Some("openvino"),
        ),
        ("pom.xml", b"<project></project>".to_vec(), None),
        ("firmware.bin", b"\x7fELF not a model".to_vec(), None),
        ("empty.pt", Vec::new(), None),
    ] {
        assert_eq!(described(path, &bytes).map(|it| it.format), format, "{path}");
    }
}

proptest! {
    #[test]
    fn no_content_makes_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..2048), which in 0..12_usize) {
        let heads: [&[u8]; 12] = [b"GGUF\x03\0\0\0", b"PK\x03\x04", b"\x80\x04", b"", b"\x08\x09", b"\x93NUMPY", b"\x10\0\0\0\0\0\0\0{", b"c",
            b"\x20\0\0\0TFL3", b"\x89HDF\r\n\x1a\n\0{\"class_name\": \"", b"\x08\x01\x12", b"\x08\x01\x12"];
        let names = ["a.gguf", "a.pt", "a.pkl", "a.bin", "a.onnx", "a.npy", "a.safetensors", "a.pkl", "a.tflite", "a.h5", "saved_model.pb", "a.mlmodel"];
        let content = [heads[which], &bytes].concat();
        let _ = described(names[which], &content);
    }
}
