//! What the classifier counts.

use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Why texts were judged without the classifier, wholly or in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Skip {
    /// `budget_ms` was over.
    Timeout,
    /// As many calls as `queue` allows were waiting already.
    QueueFull,
    /// The model broke.
    Error,
    /// There were more windows than `max_windows`.
    TooLong,
}

impl Skip {
    const ALL: [Self; 4] = [Self::Timeout, Self::QueueFull, Self::Error, Self::TooLong];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::QueueFull => "queue_full",
            Self::Error => "error",
            Self::TooLong => "too_long",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

/// Metrics of the classifier; clones share their values.
#[derive(Debug, Clone)]
pub struct Metrics {
    skipped: Family<Reason, Counter>,
    seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        // From 1 ms to 10 s.
        let seconds = Histogram::new((0..13).map(|step| 1e-3 * 10_f64.powf(f64::from(step) / 3.0)));
        Self { skipped: Family::default(), seconds }
    }
}

impl Metrics {
    /// Adds the metrics to a registry, each with the prefix `classifier_`.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("classifier");
        registry.register(
            "skipped",
            "Calls judged without the classifier, wholly or in part, by reason",
            self.skipped.clone(),
        );
        registry.register("seconds", "Time that calls waited for it", self.seconds.clone());
    }

    /// How many calls were judged without the classifier, wholly or in part, by reason; reasons that did not occur are
    /// left out.
    #[must_use]
    pub fn skips(&self) -> Vec<(&'static str, u64)> {
        let count = |skip: Skip| (skip.as_str(), self.counter(skip).get());
        Skip::ALL.into_iter().map(count).filter(|(_, count)| *count > 0).collect()
    }

    /// Counts a skip; the first of its kind is a warning, since more are likely to follow.
    pub(crate) fn skipped(&self, skip: Skip) {
        let reason = skip.as_str();
        if self.counter(skip).inc() == 0 {
            tracing::warn!(
                reason,
                "the classifier was skipped; further skips are counted in picket_classifier_skipped_total"
            );
        } else {
            tracing::debug!(reason, "the classifier was skipped");
        }
    }

    pub(crate) fn timed<T>(&self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = work();
        self.seconds.observe(started.elapsed().as_secs_f64());
        result
    }

    fn counter(&self, skip: Skip) -> Counter {
        self.skipped.get_or_create(&Reason { reason: skip.as_str() }).clone()
    }
}
