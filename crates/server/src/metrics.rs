use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

/// The metrics of this process, in OpenMetrics text at `/metrics`.
#[derive(Clone)]
pub struct Registry {
    inner: Arc<parking_lot::Mutex<prometheus_client::registry::Registry>>,
    /// Alerts made, by severity.
    pub(crate) alerts: Family<[(&'static str, &'static str); 1], Counter<u64, AtomicU64>>,
    /// Interactions recorded, by decision.
    pub(crate) interactions: Family<[(&'static str, &'static str); 1], Counter<u64, AtomicU64>>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Registry")
    }
}

impl Default for Registry {
    fn default() -> Self {
        let mut inner = prometheus_client::registry::Registry::with_prefix("picket");
        let (alerts, interactions) = (Family::default(), Family::default());
        inner.register("alerts", "Alerts made", Family::clone(&alerts));
        inner.register("interactions", "Interactions recorded", Family::clone(&interactions));
        Self { inner: Arc::new(parking_lot::Mutex::new(inner)), alerts, interactions }
    }
}

impl Registry {
    /// Lets another part of the process add its metrics.
    pub fn register(&self, add: impl FnOnce(&mut prometheus_client::registry::Registry)) {
        add(&mut self.inner.lock());
    }

    /// Every metric as OpenMetrics text.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        match prometheus_client::encoding::text::encode(&mut text, &self.inner.lock()) {
            Ok(()) => text,
            Err(error) => format!("# metrics could not be written: {error}\n"),
        }
    }
}
