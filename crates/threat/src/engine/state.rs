use std::collections::VecDeque;
use std::net::IpAddr;

use picket_model::{Alert, Time};
use serde::{Deserialize, Serialize};

use super::Limits;
use crate::lru::Lru;

/// Everything the engine remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// Alerts that can still grow, by type, asset and subject.
    pub(crate) open: Lru<Alert>,
    /// When a message with a detection was first judged, by actor and content.
    pub(crate) judged: Lru<Time>,
    /// Times of probing prompts, by asset and actor.
    pub(crate) probes: Lru<VecDeque<Time>>,
    /// Equal requests, by asset, actor and content.
    pub(crate) requests: Lru<Repeats>,
    /// Token history, by asset.
    pub(crate) volumes: Lru<Volume>,
    /// How an asset is usually called, by asset.
    pub(crate) access: Lru<AccessHistory>,
    /// Who met a bad document, by content.
    pub(crate) documents: Lru<Vec<String>>,
    /// Addresses a credential was used from, by fingerprint.
    pub(crate) uses: Lru<Vec<IpAddr>>,
    /// Credentials that stood in a response, by fingerprint.
    pub(crate) leaks: Lru<Leak>,
}

/// Requests that are equal.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Repeats {
    pub(crate) since: Time,
    pub(crate) count: u32,
}

/// Tokens of one asset, step by step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Volume {
    /// Start of the current step, seconds since the epoch.
    pub(crate) step: i64,
    pub(crate) tokens: u64,
    /// Totals of earlier steps with traffic, oldest first.
    pub(crate) history: VecDeque<u64>,
}

/// How one asset was called so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct AccessHistory {
    pub(crate) calls: u64,
    /// User agent products, networks and ways of authentication.
    pub(crate) known: Vec<String>,
}

/// A credential that stood in a response.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Leak {
    pub(crate) at: Time,
    /// The fingerprint alerts name it by: that of the longest part of the leaked text.
    pub(crate) entity: String,
    /// Addresses it was used from before it leaked: its owner's.
    pub(crate) owners: Vec<IpAddr>,
}

impl State {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            open: Lru::new(limits.open_alerts),
            judged: Lru::new(limits.actors),
            probes: Lru::new(limits.actors),
            requests: Lru::new(limits.actors),
            volumes: Lru::new(limits.assets),
            access: Lru::new(limits.assets),
            documents: Lru::new(limits.actors),
            uses: Lru::new(limits.credentials),
            leaks: Lru::new(limits.credentials),
        }
    }

    /// Applies limits to a state that was read back.
    pub(crate) fn limit(&mut self, limits: &Limits) {
        self.open.limit(limits.open_alerts);
        self.judged.limit(limits.actors);
        self.probes.limit(limits.actors);
        self.requests.limit(limits.actors);
        self.volumes.limit(limits.assets);
        self.access.limit(limits.assets);
        self.documents.limit(limits.actors);
        self.uses.limit(limits.credentials);
        self.leaks.limit(limits.credentials);
    }
}
