//! Any bytes as a model file: no header may cost more than the file is long. The first byte says which format.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../scan.rs"]
mod scan;

const NAMES: &[&str] = &[
    "model.safetensors",
    "model.gguf",
    "model.onnx",
    "model.pkl",
    "model.pt",
    "model.joblib",
    "model.h5",
    "model.keras",
    "model.tflite",
    "model.npy",
    "model.npz",
    "saved_model.pb",
    "model.bin",
    "config.json",
    "model.mlmodel",
    "model.nemo",
    "model.mar",
    "model.xml",
];

fuzz_target!(|bytes: &[u8]| scan::one_of(NAMES, bytes));
