//! How much two sets of alerts have in common.

use std::net::IpAddr;

use chrono::TimeDelta;
use picket_model::{Alert, Entity, EntityKind, Intent, Time};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::engine::values;

/// So many users of one session are a crowd.
const CROWD: usize = 3;

/// When alerts are joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorrelationConfig {
    /// Sum of the weights of what is shared from which on alerts are joined.
    pub threshold: f64,
    /// How long after an incident's last event another may join it, seconds.
    pub window: u32,
    /// The same where a credential is shared: stolen keys are used later.
    pub credential_window: u32,
    /// An entity in more incidents than this, such as the address of a proxy, joins nothing.
    pub fan_out: usize,
    /// Alerts one incident takes in.
    pub most_alerts: usize,
    /// Entities one incident lists.
    pub most_entities: usize,
    /// Incidents that alerts can join; of more, those longest without an event are left as they are.
    pub most_incidents: usize,
}

impl Default for CorrelationConfig {
    fn default() -> Self {
        const DAY: u32 = 86_400;
        Self {
            threshold: 0.6,
            window: DAY,
            credential_window: 14 * DAY,
            fan_out: 8,
            most_alerts: 500,
            most_entities: 200,
            most_incidents: 10_000,
        }
    }
}

impl CorrelationConfig {
    pub(super) fn longest_window(&self) -> u32 {
        self.window.max(self.credential_window)
    }
}

/// What alerts are compared by.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) entities: FxHashSet<Entity>,
    pub(super) start: Time,
    pub(super) end: Time,
    /// The furthest stage reached.
    stage: Option<Intent>,
    tor: FxHashSet<String>,
}

impl Facts {
    pub(super) fn of(alerts: &[&Alert]) -> Self {
        let mut facts = Self::default();
        for alert in alerts {
            let mut tor = FxHashSet::default();
            if alert.alert_type == "AI.AccessFromAnonymizedIP" {
                tor.extend(values(&alert.entities, EntityKind::Ip).map(str::to_owned));
            }
            facts.absorb(Self {
                entities: alert.entities.iter().cloned().collect(),
                start: alert.start_time_utc,
                end: alert.end_time_utc,
                stage: Some(alert.intent),
                tor,
            });
        }
        facts
    }

    pub(super) fn absorb(&mut self, other: Self) {
        if self.stage.is_none() {
            *self = other;
            return;
        }
        self.entities.extend(other.entities);
        self.start = self.start.min(other.start);
        self.end = self.end.max(other.end);
        self.stage = self.stage.max(other.stage);
        self.tor.extend(other.tor);
    }

    fn users(&self) -> usize {
        self.entities.iter().filter(|entity| entity.kind == EntityKind::User).count()
    }

    fn has(&self, kind: EntityKind) -> bool {
        self.entities.iter().any(|entity| entity.kind == kind)
    }
}

/// How much it says that two alerts share an entity of this kind: 1 means that they surely belong together.
pub(super) const fn weight(kind: EntityKind) -> f64 {
    match kind {
        EntityKind::Credential | EntityKind::Session => 0.9,
        EntityKind::User => 0.8,
        EntityKind::Document => 0.6,
        EntityKind::Ip => 0.5,
        EntityKind::Url => 0.4,
        EntityKind::UserAgent => 0.15,
        EntityKind::Asset => 0.15,
        // Every user of an application shares these.
        EntityKind::Application | EntityKind::Tool => 0.0,
    }
}

/// What an alert shares with an incident, weighted. `spread` tells in how many incidents an entity stands.
pub(super) fn score(
    incident: &Facts,
    alert: &Facts,
    config: &CorrelationConfig,
    spread: impl Fn(&Entity) -> usize,
) -> f64 {
    let shared: Vec<&Entity> = alert
        .entities
        .intersection(&incident.entities)
        .filter(|entity| spread(entity) <= config.fan_out || entity.kind == EntityKind::Asset)
        .collect();
    let shares = |kind| shared.iter().any(|entity| entity.kind == kind);
    let window =
        if shares(EntityKind::Credential) { config.credential_window } else { config.window };
    let window = TimeDelta::seconds(window.into());
    if alert.start - incident.end > window || incident.start - alert.end > window {
        return 0.0;
    }
    // A session id that several users have is a default value.
    let crowded = incident.users() >= CROWD && !shares(EntityKind::User);
    let shares_person = shares(EntityKind::User)
        || shares(EntityKind::Credential)
        || (shares(EntityKind::Session) && !crowded);
    // Different people behind one address: a proxy, a mobile network, an office.
    let different_people = !shares_person
        && [EntityKind::User, EntityKind::Session]
            .into_iter()
            .any(|kind| alert.has(kind) && incident.has(kind));
    let mut kinds = FxHashSet::default();
    let mut score = 0.0;
    for entity in &shared {
        // Two shared addresses or hosts say hardly more than one.
        if !kinds.insert(entity.kind) {
            continue;
        }
        let factor = match entity.kind {
            EntityKind::Session if crowded => 0.2,
            EntityKind::Ip if different_people => 0.0,
            EntityKind::Ip if incident.tor.contains(&entity.value) => 0.4,
            EntityKind::Ip if alert.tor.contains(&entity.value) => 0.4,
            EntityKind::Ip if !says_something(&entity.value) => 0.0,
            _ => 1.0,
        };
        score += weight(entity.kind) * factor;
    }
    let goes_on = alert.stage >= incident.stage && alert.start >= incident.start;
    if score > 0.0 && goes_on { score + 0.1 } else { score }
}

/// Whether an address tells one caller from another: loopback and unspecified ones do not.
fn says_something(ip: &str) -> bool {
    ip.parse::<IpAddr>().is_ok_and(|ip| !ip.is_loopback() && !ip.is_unspecified())
}
