//! One call on its way through the gateway, until it is recorded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use picket_model::{Decision, Interaction, ThreatCategory};
use tokio::sync::OwnedSemaphorePermit;

use crate::{Metrics, Recorder};

/// Status recorded when the client went away before it had an answer (as nginx writes it).
const CLIENT_GONE: u16 = 499;

/// An interaction in the making. It is recorded once: when its answer is complete, or when it is dropped because the
/// client went away.
pub(crate) struct Exchange {
    interaction: Option<Box<Interaction>>,
    recorder: Arc<dyn Recorder>,
    pub(crate) metrics: Metrics,
    started: Instant,
    wait: Duration,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Exchange {
    pub(crate) fn new(
        interaction: Interaction,
        recorder: Arc<dyn Recorder>,
        metrics: Metrics,
        wait: Duration,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Self {
        metrics.in_flight.inc();
        Self {
            interaction: Some(Box::new(interaction)),
            recorder,
            metrics,
            started: Instant::now(),
            wait,
            _permit: permit,
        }
    }

    /// Fills in what has become known; nothing any more once it is recorded.
    pub(crate) fn update(&mut self, fill: impl FnOnce(&mut Interaction)) {
        if let Some(interaction) = &mut self.interaction {
            fill(interaction);
        }
    }

    pub(crate) fn is_recorded(&self) -> bool {
        self.interaction.is_none()
    }

    /// Notes what was decided.
    pub(crate) fn blocked(&mut self, decision: Decision, category: ThreatCategory) {
        self.update(|interaction| interaction.outcome.decision = decision);
        if let Some(interaction) = &self.interaction {
            self.metrics.blocked(&interaction.upstream, category.as_str());
        }
    }

    /// Notes that something passed without inspection, and why.
    pub(crate) fn uninspected(&mut self, reason: &'static str) {
        self.metrics.failed(reason);
        self.update(|interaction| {
            if interaction.outcome.decision == Decision::Allowed {
                interaction.outcome.decision = Decision::Uninspected;
            }
        });
    }

    /// Records the interaction and waits for it, for a bounded time. What takes longer is recorded all the same.
    pub(crate) async fn record(&mut self) {
        let Some(task) = self.recording() else { return };
        match tokio::time::timeout(self.wait, tokio::spawn(task)).await {
            Ok(_) => {}
            Err(_) => {
                self.metrics.failed("record_slow");
                tracing::warn!("recording takes longer than {:?}; the answer goes on", self.wait);
            }
        }
    }

    fn recording(&mut self) -> Option<impl Future<Output = ()> + use<>> {
        let mut interaction = self.interaction.take()?;
        self.metrics.in_flight.dec();
        let latency = self.started.elapsed().as_micros();
        interaction.outcome.latency_us = u64::try_from(latency).unwrap_or(u64::MAX);
        self.metrics.served(&interaction.upstream, interaction.outcome.decision.as_str());
        let (recorder, metrics) = (Arc::clone(&self.recorder), self.metrics.clone());
        Some(async move {
            let id = interaction.id;
            if let Err(error) = recorder.record(*interaction).await {
                metrics.failed("record");
                tracing::error!(%id, "{error}");
            }
        })
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.update(|interaction| {
            if interaction.outcome.status == 0 {
                interaction.outcome.status = CLIENT_GONE;
            }
        });
        if let (Some(task), Ok(runtime)) = (self.recording(), tokio::runtime::Handle::try_current())
        {
            runtime.spawn(task);
        }
    }
}
