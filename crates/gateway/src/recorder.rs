//! What the gateway needs of the rest of Picket.

use picket_model::Interaction;

use crate::Upstream;

/// Keeps what passed through the gateway, and knows what is switched on.
#[async_trait::async_trait]
pub trait Recorder: Send + Sync {
    /// Keeps an interaction. The gateway waits for it, for a bounded time, before it sends an answer's last byte, so
    /// that what a client has seen complete is recorded.
    ///
    /// # Errors
    /// When it could not be kept; the gateway logs and counts it.
    async fn record(&self, interaction: Interaction) -> Result<(), RecordError>;

    /// What is switched on for an upstream. Called for every request, so it should answer from memory.
    async fn settings(&self, upstream: &Upstream) -> TrafficSettings;
}

/// What is switched on for an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficSettings {
    /// Plan `ai-workloads`: without it, traffic in mode `detect` passes unread, as in mode `off`. Mode `block` always reads.
    pub plan_on: bool,
    /// Extension *data security for AI interactions*: without it, sensitive data is no finding.
    pub data_security: bool,
}

/// An interaction that could not be kept, and why.
#[derive(Debug, thiserror::Error)]
#[error("interaction could not be recorded: {0}")]
pub struct RecordError(pub String);
