//! What the gateway counts.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Metrics of the gateway; clones share their values.
#[derive(Debug, Clone)]
pub struct Metrics {
    requests: Family<Served, Counter>,
    blocked: Family<Blocked, Counter>,
    inspected: Family<Inspected, Counter>,
    inspection: Family<Inspected, Histogram>,
    held_back: Histogram,
    failures: Family<Failed, Counter>,
    pub(crate) in_flight: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Served {
    upstream: String,
    decision: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Blocked {
    upstream: String,
    category: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Inspected {
    part: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failed {
    reason: &'static str,
}

/// From 10 µs to 10 s.
fn seconds() -> Histogram {
    Histogram::new((0..19).map(|step| 1e-5 * 10_f64.powf(f64::from(step) / 3.0)))
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            blocked: Family::default(),
            inspected: Family::default(),
            inspection: Family::new_with_constructor(seconds),
            held_back: seconds(),
            failures: Family::default(),
            in_flight: Gauge::default(),
        }
    }
}

impl Metrics {
    /// Adds the metrics to a registry, each with the prefix `gateway_`.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("gateway");
        registry.register("requests", "Requests served, by decision", self.requests.clone());
        registry.register("blocked", "Requests and answers blocked", self.blocked.clone());
        registry.register("inspected_bytes", "Bytes inspected", self.inspected.clone());
        registry.register(
            "inspection_seconds",
            "Latency that inspection adds",
            self.inspection.clone(),
        );
        registry.register(
            "held_back_seconds",
            "Time that events of streams were held back",
            self.held_back.clone(),
        );
        registry.register(
            "failures",
            "What could not be inspected or recorded",
            self.failures.clone(),
        );
        registry.register("in_flight", "Requests in flight", self.in_flight.clone());
    }

    pub(crate) fn served(&self, upstream: &str, decision: &'static str) {
        self.requests.get_or_create(&Served { upstream: upstream.to_owned(), decision }).inc();
    }

    pub(crate) fn blocked(&self, upstream: &str, category: &'static str) {
        self.blocked.get_or_create(&Blocked { upstream: upstream.to_owned(), category }).inc();
    }

    pub(crate) fn inspected(&self, part: &'static str, bytes: usize, took: Duration) {
        self.inspected.get_or_create(&Inspected { part }).inc_by(bytes as u64);
        self.inspection.get_or_create(&Inspected { part }).observe(took.as_secs_f64());
    }

    pub(crate) fn held_back(&self, time: Duration) {
        self.held_back.observe(time.as_secs_f64());
    }

    pub(crate) fn failed(&self, reason: &'static str) {
        self.failures.get_or_create(&Failed { reason }).inc();
    }
}
