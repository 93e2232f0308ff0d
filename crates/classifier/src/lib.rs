//! Runs a text classifier of the user's own beside the shield.
//!
//! A sequence classifier exported to ONNX and its `tokenizer.json` are loaded, checked and run by [`OnnxClassifier`]: texts
//! become overlapping windows of tokens, windows go through the model in batches on threads of its own, and the worst
//! window speaks for its text. Who asks waits for a bounded time; what is not judged by then is counted, and the
//! shield's own verdict stands.
//!
//! Model and tokenizer are read, never executed as code, and bounded in size. A graph can still ask for more memory and
//! time than its file is long, so load only models whose origin you know.

mod error;
mod graph;
mod labels;
mod metrics;
mod pool;
mod tokens;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use picket_shield::{Classifier, Judgement, OnnxConfig};

pub use error::LoadError;
pub use metrics::Metrics;

use graph::Graph;
use labels::Labels;
use pool::{Model, Pool};
use tokens::Tokens;

/// Stack of the thread that loads; graphs are walked by recursion.
const STACK: usize = 16 << 20;

/// Longest `budget_ms`: ten minutes.
const LONGEST_MS: u64 = 600_000;

/// A classifier in ONNX with the threads that run it, which end with it.
#[derive(Debug)]
pub struct OnnxClassifier {
    pool: Pool,
    threshold: f32,
    budget: Duration,
    metrics: Metrics,
}

impl OnnxClassifier {
    /// Loads what the settings name; nothing where they name no model. Takes seconds for a model of usual size, since it
    /// is optimised and tried.
    ///
    /// # Errors
    /// When a setting is wrong, a file cannot be used, or they do not fit together.
    pub fn load(config: &OnnxConfig) -> Result<Option<Self>, LoadError> {
        let Some(path) = &config.model else {
            if config.tokenizer.is_some() || !config.labels.is_empty() {
                let problem = "it must be given too, where tokenizer or labels are".to_owned();
                return Err(LoadError::Setting { setting: "model", problem });
            }
            return Ok(None);
        };
        check(config)?;
        let labels = Labels::new(config)?;
        let tokenizer =
            config.tokenizer.clone().unwrap_or_else(|| path.with_file_name("tokenizer.json"));
        let model = on_large_stack(path, || {
            let tokens = Tokens::read(&tokenizer, config.max_tokens)?;
            let graph = Graph::read(path, config.max_model_bytes, &labels, &tokens)?;
            Ok(Model { tokens, graph, labels, batch: config.batch, windows: config.max_windows })
        })?;
        let metrics = Metrics::default();
        Ok(Some(Self {
            pool: Pool::start(&Arc::new(model), config.workers, config.queue)?,
            threshold: config.threshold,
            budget: Duration::from_millis(config.budget_ms),
            metrics,
        }))
    }

    /// What was judged and what was not; shared with the classifier.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}

impl Classifier for OnnxClassifier {
    fn judge(&self, texts: &[&str]) -> Vec<Judgement> {
        let (mut judgements, skip) = self.metrics.timed(|| self.pool.judge(texts, self.budget));
        if let Some(skip) = skip {
            self.metrics.skipped(skip);
        }
        judgements.retain(|judgement| judgement.score >= self.threshold);
        judgements
    }
}

/// Whether the settings are within what makes sense.
fn check(config: &OnnxConfig) -> Result<(), LoadError> {
    let bounds = [
        ("workers", config.workers, 1, 64),
        ("queue", config.queue, 0, 4096),
        ("batch", config.batch, 1, 256),
        ("max_tokens", config.max_tokens, 8, 8192),
        ("max_windows", config.max_windows, 1, 4096),
    ];
    for (setting, value, least, most) in bounds {
        if !(least..=most).contains(&value) {
            let problem = format!("it is {value} and must be from {least} to {most}");
            return Err(LoadError::Setting { setting, problem });
        }
    }
    if config.budget_ms > LONGEST_MS {
        let problem = format!("it is {} and must be at most {LONGEST_MS}", config.budget_ms);
        return Err(LoadError::Setting { setting: "budget_ms", problem });
    }
    if !(0.0..=1.0).contains(&config.threshold) {
        let problem = format!("it is {} and must be from 0 to 1", config.threshold);
        return Err(LoadError::Setting { setting: "threshold", problem });
    }
    Ok(())
}

/// Runs what reads untrusted files on a thread with a large stack, and turns its panic into an error.
fn on_large_stack<T: Send>(
    path: &Path,
    work: impl FnOnce() -> Result<T, LoadError> + Send,
) -> Result<T, LoadError> {
    let broken = |problem: String| LoadError::Model { path: path.to_owned(), problem };
    std::thread::scope(|scope| {
        let caught = || catch_unwind(AssertUnwindSafe(work));
        std::thread::Builder::new()
            .name("classifier-load".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, caught)
            .map_err(|error| broken(format!("no thread could be started to load it: {error}")))?
            .join()
            .and_then(|caught| caught)
            .unwrap_or_else(|_| Err(broken("loading it broke off; the file is damaged".to_owned())))
    })
}
