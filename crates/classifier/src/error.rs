use std::path::PathBuf;

/// A classifier that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A setting that cannot work.
    #[error("shield.onnx.{setting}: {problem}")]
    Setting {
        /// Name of the setting.
        setting: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A file that is not there or cannot be read.
    #[error("the classifier's {what} `{path}` cannot be read: {source}")]
    File {
        /// `model` or `tokenizer`.
        what: &'static str,
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file that is larger than is allowed.
    #[error("the classifier's {what} `{path}` is larger than {limit} bytes{advice}")]
    TooLarge {
        /// `model` or `tokenizer`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Most bytes that it may have.
        limit: u64,
        /// What to do.
        advice: &'static str,
    },
    /// A tokenizer that is none.
    #[error(
        "the classifier's tokenizer `{path}` is not a tokenizer.json of Hugging Face that can be used: {problem}"
    )]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A model that is none, or one that cannot be run.
    #[error("the classifier's model `{path}` cannot be used: {problem}")]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Threads that cannot be started.
    #[error("the classifier's threads cannot be started: {0}; lower shield.onnx.workers")]
    Threads(#[source] std::io::Error),
}
