//! Alerts to incidents: every alert belongs to exactly one.

mod blast;
mod link;
mod merge;
mod story;

pub use blast::{BlastLimits, blast_radius};
pub use link::CorrelationConfig;
pub use merge::MergeError;

use chrono::TimeDelta;
use picket_model::{Alert, Entity, EntityKind, Incident, IncidentStatus, Severity, Time};
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use crate::engine::interaction_ids;
use crate::ids;
use crate::lru::Lru;
use link::Facts;

/// Interactions whose incident is remembered.
const MOST_INTERACTIONS: usize = 50_000;

/// An incident and what of its alerts is needed to join more.
#[derive(Debug, Clone)]
struct Held {
    incident: Incident,
    facts: Facts,
    alerts: FxHashMap<Uuid, AlertNote>,
}

/// What an incident keeps of one alert.
#[derive(Debug, Clone)]
struct AlertNote {
    severity: Severity,
    alert_type: String,
    title: String,
    asset: String,
    start: Time,
    end: Time,
}

/// Joins alerts to incidents by what they share, time and the order of an attack.
///
/// What it holds follows from stored incidents and alerts alone, see [`Correlator::restore`].
#[derive(Debug, Clone)]
pub struct Correlator {
    config: CorrelationConfig,
    incidents: FxHashMap<Uuid, Held>,
    by_alert: FxHashMap<Uuid, Uuid>,
    /// Incidents an entity stands in.
    by_entity: FxHashMap<Entity, Vec<Uuid>>,
    by_interaction: Lru<Uuid>,
}

impl Correlator {
    /// A correlator without a past.
    #[must_use]
    pub fn new(config: CorrelationConfig) -> Self {
        Self {
            config,
            incidents: FxHashMap::default(),
            by_alert: FxHashMap::default(),
            by_entity: FxHashMap::default(),
            by_interaction: Lru::new(MOST_INTERACTIONS),
        }
    }

    /// A correlator that goes on with stored incidents and their alerts. Redirected incidents need not be given.
    #[must_use]
    pub fn restore(
        config: CorrelationConfig,
        incidents: impl IntoIterator<Item = Incident>,
        alerts: &[Alert],
    ) -> Self {
        let mut correlator = Self::new(config);
        for incident in incidents {
            correlator.hold(incident);
        }
        let mut alerts: Vec<&Alert> = alerts.iter().collect();
        alerts.sort_by_key(|alert| (alert.time_generated_utc, alert.id));
        for alert in alerts {
            if let Some(id) = alert.incident_id.filter(|id| correlator.incidents.contains_key(id)) {
                correlator.remember(id, alert);
            }
        }
        correlator
    }

    /// An incident as it is now.
    #[must_use]
    pub fn incident(&self, id: Uuid) -> Option<&Incident> {
        self.incidents.get(&id).map(|held| &held.incident)
    }

    /// Takes over what somebody changed by hand: status, assignment, classification, tags, comments.
    pub fn update(&mut self, incident: &Incident) {
        if let Some(held) = self.incidents.get_mut(&incident.id) {
            let ours = &mut held.incident;
            ours.status = incident.status;
            ours.assigned_to.clone_from(&incident.assigned_to);
            ours.classification.clone_from(&incident.classification);
            ours.determination.clone_from(&incident.determination);
            ours.custom_tags.clone_from(&incident.custom_tags);
            ours.comments.clone_from(&incident.comments);
            ours.blast_radius.clone_from(&incident.blast_radius);
            ours.last_update_date_time = incident.last_update_date_time;
        }
    }

    /// Puts new and grown alerts into incidents, setting their `incident_id`. Returns the incidents that changed,
    /// those merged into others (status *redirected*) included; their blast radius is left as it was.
    pub fn assign(&mut self, alerts: &mut [Alert], now: Time) -> Vec<Incident> {
        self.forget(now);
        let mut changed: Vec<Uuid> = Vec::new();
        let mut redirected: Vec<Incident> = Vec::new();
        for group in groups(alerts) {
            let members: Vec<&Alert> = group.iter().map(|&at| &alerts[at]).collect();
            let home = self.home(&members, now, &mut redirected);
            for &at in &group {
                let known = self.by_alert.get(&alerts[at].id).copied();
                let Some(id) = known.or(home) else { continue };
                alerts[at].incident_id = Some(id);
                self.remember(id, &alerts[at]);
                changed.push(id);
            }
        }
        let mut told = FxHashSet::default();
        changed.retain(|id| told.insert(*id));
        let mut incidents = Vec::with_capacity(changed.len() + redirected.len());
        for id in changed {
            if let Some(held) = self.incidents.get_mut(&id) {
                held.incident.last_update_date_time = now;
                story::tell(held);
                incidents.push(held.incident.clone());
            }
        }
        incidents.extend(redirected);
        incidents
    }

    /// The incident the new ones of a group of alerts belong to: a known one, one joined of several, or a new one. None
    /// where all have only grown: those stay where they are, and join nothing, since they carry what they had before.
    fn home(
        &mut self,
        group: &[&Alert],
        now: Time,
        redirected: &mut Vec<Incident>,
    ) -> Option<Uuid> {
        let new: Vec<&Alert> =
            group.iter().copied().filter(|alert| !self.by_alert.contains_key(&alert.id)).collect();
        if new.is_empty() {
            return None;
        }
        let mut found = self.related(&new, &Facts::of(&new));
        found.sort_by_key(|id| {
            self.incidents.get(id).map(|held| (held.incident.created_date_time, *id))
        });
        let Some((&home, others)) = found.split_first() else {
            return Some(self.open(&new, now));
        };
        for other in others {
            if self.may_merge(home, *other).is_ok() {
                redirected.extend(self.redirect(home, *other, now));
            }
        }
        Some(home)
    }

    /// Open incidents that share enough with a group of alerts.
    fn related(&self, group: &[&Alert], facts: &Facts) -> Vec<Uuid> {
        let mut candidates: FxHashSet<Uuid> = group
            .iter()
            .flat_map(|alert| interaction_ids(alert))
            .filter_map(|interaction| self.by_interaction.get(interaction).copied())
            .collect();
        let same_interaction = candidates.clone();
        for entity in &facts.entities {
            let Some(incidents) = self.by_entity.get(entity) else { continue };
            if link::weight(entity.kind) > 0.0 && incidents.len() <= self.config.fan_out {
                candidates.extend(incidents);
            }
        }
        candidates
            .into_iter()
            .filter(|id| self.is_open(*id))
            .filter(|id| {
                same_interaction.contains(id)
                    || self.incidents.get(id).is_some_and(|held| {
                        held.incident.alerts.len() < self.config.most_alerts
                            && link::score(&held.facts, facts, &self.config, |entity| {
                                self.by_entity.get(entity).map_or(0, Vec::len)
                            }) >= self.config.threshold
                    })
            })
            .collect()
    }

    fn is_open(&self, id: Uuid) -> bool {
        self.incidents.get(&id).is_some_and(|held| {
            matches!(held.incident.status, IncidentStatus::Active | IncidentStatus::InProgress)
        })
    }

    fn open(&mut self, group: &[&Alert], now: Time) -> Uuid {
        let start = group.iter().map(|alert| alert.start_time_utc).min().unwrap_or(now);
        let first = group.iter().map(|alert| alert.id.to_string()).min().unwrap_or_default();
        let id = ids::derived(start, 0, &["incident", &first]);
        self.hold(Incident {
            id,
            display_name: String::new(),
            description: String::new(),
            severity: Severity::Informational,
            status: IncidentStatus::Active,
            assigned_to: None,
            classification: None,
            determination: None,
            created_date_time: start,
            last_update_date_time: now,
            redirect_incident_id: None,
            custom_tags: Vec::new(),
            comments: Vec::new(),
            alerts: Vec::new(),
            entities: Vec::new(),
            story: Vec::new(),
            blast_radius: picket_model::BlastRadius::default(),
        });
        id
    }

    fn hold(&mut self, incident: Incident) {
        if incident.status == IncidentStatus::Redirected {
            return;
        }
        let held = Held { facts: Facts::default(), alerts: FxHashMap::default(), incident };
        self.incidents.insert(held.incident.id, held);
    }

    /// Adds an alert to an incident, or takes over how it has grown.
    fn remember(&mut self, id: Uuid, alert: &Alert) {
        let Some(held) = self.incidents.get_mut(&id) else { return };
        self.by_alert.insert(alert.id, id);
        if let Some(interaction) = interaction_ids(alert).last() {
            self.by_interaction.insert(interaction.to_owned(), id);
        }
        let incident = &mut held.incident;
        if !incident.alerts.contains(&alert.id) {
            incident.alerts.push(alert.id);
        }
        incident.created_date_time = incident.created_date_time.min(alert.start_time_utc);
        for entity in &alert.entities {
            if incident.entities.len() < self.config.most_entities
                && !incident.entities.contains(entity)
            {
                incident.entities.push(entity.clone());
            }
            let incidents = self.by_entity.entry(entity.clone()).or_default();
            // One more than the cap tells that the cap is passed.
            if !incidents.contains(&id) && incidents.len() <= self.config.fan_out {
                incidents.push(id);
            }
        }
        let facts = Facts::of(&[alert]);
        held.facts.absorb(facts);
        story::note(held, alert);
    }

    /// Forgets incidents in which nothing happened for so long that nothing can join them.
    fn forget(&mut self, now: Time) {
        let keep = TimeDelta::seconds(self.config.longest_window().into());
        let over = self.incidents.len().saturating_sub(self.config.most_incidents);
        let mut ends: Vec<(Time, Uuid)> = Vec::new();
        if over > 0 {
            ends = self.incidents.iter().map(|(id, held)| (held.facts.end, *id)).collect();
            ends.sort_unstable();
        }
        let oldest: FxHashSet<Uuid> = ends.into_iter().take(over).map(|(_, id)| id).collect();
        let old = |id: &Uuid, held: &Held| now - held.facts.end > keep || oldest.contains(id);
        let gone: FxHashSet<Uuid> =
            self.incidents.iter().filter(|(id, held)| old(id, held)).map(|(id, _)| *id).collect();
        if gone.is_empty() {
            return;
        }
        self.incidents.retain(|id, _| !gone.contains(id));
        self.by_alert.retain(|_, id| !gone.contains(id));
        self.by_interaction.retain(|_, id| !gone.contains(&*id));
        self.by_entity.retain(|_, incidents| {
            incidents.retain(|id| !gone.contains(id));
            !incidents.is_empty()
        });
    }
}

/// Alerts of one interaction belong together; the newest interaction is the one that made or grew them.
fn groups(alerts: &[Alert]) -> Vec<Vec<usize>> {
    let mut groups: Vec<(Option<&str>, Vec<usize>)> = Vec::new();
    for (at, alert) in alerts.iter().enumerate() {
        let newest = interaction_ids(alert).last();
        match groups.iter_mut().find(|(known, _)| known.is_some() && *known == newest) {
            Some((_, members)) => members.push(at),
            None => groups.push((newest, vec![at])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

/// The value of an alert's first entity of a kind.
fn first(alert: &Alert, kind: EntityKind) -> Option<&str> {
    alert.entities.iter().find(|entity| entity.kind == kind).map(|entity| entity.value.as_str())
}
