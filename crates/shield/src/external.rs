//! What a classifier of the user's own is, to the shield: a trait and its settings. The shield itself loads nothing.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A classifier from outside, asked beside the shield's own detectors: `Shield::with_classifier`.
///
/// It judges what users write, documents and tool results; instructions and responses are not given to it.
pub trait Classifier: fmt::Debug + Send + Sync {
    /// Judges the texts of one call, each at most once. It may block for a time that it bounds itself. What it could not judge in that time
    /// is not in the answer, and the verdict is then that of the shield's own detectors.
    fn judge(&self, texts: &[&str]) -> Vec<Judgement>;
}

/// What a [`Classifier`] thinks of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Index of the text.
    pub text: usize,
    /// The part that looks most like an attack, in bytes.
    pub span: Range<usize>,
    /// Probability that it is an attack, 0 to 1.
    pub score: f32,
}

/// A sequence classifier in ONNX with its tokenizer, as exported from Hugging Face.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OnnxConfig {
    /// The model, `model.onnx`; no classifier is asked where none is given.
    #[schema(value_type = Option<String>)]
    pub model: Option<PathBuf>,
    /// Its `tokenizer.json`; beside the model where none is given.
    #[schema(value_type = Option<String>)]
    pub tokenizer: Option<PathBuf>,
    /// The labels in the order of the model's outputs, as `id2label` of its `config.json` has them.
    pub labels: Vec<String>,
    /// Those of the labels that mean an attack; all but the first where none is given.
    pub attacks: Vec<String>,
    /// Least probability of an attack that is reported, above what `sensitivity` and `thresholds` ask for.
    pub threshold: f32,
    /// Longest time that a verdict waits for the classifier, in milliseconds.
    pub budget_ms: u64,
    /// Threads that run the model.
    pub workers: usize,
    /// Calls that wait for a worker; what comes on top is judged without the classifier.
    pub queue: usize,
    /// Windows that go through the model at once.
    pub batch: usize,
    /// Tokens in a window, the tokenizer's special ones among them; longer texts are cut into overlapping windows.
    pub max_tokens: usize,
    /// Windows of one call; of what is longer, beginning and end are judged.
    pub max_windows: usize,
    /// Largest model, its external data included, in bytes.
    pub max_model_bytes: u64,
}

impl Default for OnnxConfig {
    fn default() -> Self {
        Self {
            model: None,
            tokenizer: None,
            labels: Vec::new(),
            attacks: Vec::new(),
            threshold: 0.5,
            budget_ms: 500,
            workers: 1,
            queue: 32,
            batch: 8,
            max_tokens: 512,
            max_windows: 32,
            max_model_bytes: 2 << 30,
        }
    }
}
