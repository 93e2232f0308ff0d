//! Incidents that turn out to be one.

use picket_model::{Incident, IncidentStatus, Time};
use uuid::Uuid;

use super::{Correlator, story};

/// The most incidents one merge takes in.
const MOST_MERGED: usize = 16;

/// Why incidents cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// No such incident is held.
    #[error("incident {0} is not known, or too old to be merged")]
    Unknown(Uuid),
    /// One of them is closed.
    #[error("incident {0} is {1}; only open incidents can be merged")]
    Closed(Uuid, IncidentStatus),
    /// They are in different hands or were judged differently.
    #[error("incidents {0} and {1} differ in {2}; make them equal first")]
    Differ(Uuid, Uuid, &'static str),
    /// Too many at once.
    #[error("{0} incidents at once; merge at most {MOST_MERGED}")]
    TooMany(usize),
}

impl Correlator {
    /// Merges incidents by hand: everything moves to `target`. Returns all of them as they are now.
    ///
    /// # Errors
    /// When one is not known, closed, in other hands or judged differently, or there are too many.
    pub fn merge(
        &mut self,
        target: Uuid,
        sources: &[Uuid],
        now: Time,
    ) -> Result<Vec<Incident>, MergeError> {
        if sources.len() > MOST_MERGED {
            return Err(MergeError::TooMany(sources.len()));
        }
        for source in sources.iter().filter(|source| **source != target) {
            self.may_merge(target, *source)?;
        }
        let mut merged = Vec::new();
        for source in sources.iter().filter(|source| **source != target) {
            merged.extend(self.redirect(target, *source, now));
        }
        if let Some(held) = self.incidents.get_mut(&target) {
            held.incident.last_update_date_time = now;
            story::tell(held);
            merged.insert(0, held.incident.clone());
        }
        Ok(merged)
    }

    pub(super) fn may_merge(&self, target: Uuid, source: Uuid) -> Result<(), MergeError> {
        let find = |id| self.incident(id).ok_or(MergeError::Unknown(id));
        let (ours, theirs) = (find(target)?, find(source)?);
        for incident in [ours, theirs] {
            if !self.is_open(incident.id) {
                return Err(MergeError::Closed(incident.id, incident.status));
            }
        }
        let differ = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
        for (a, b, what) in [
            (&ours.assigned_to, &theirs.assigned_to, "assignment"),
            (&ours.classification, &theirs.classification, "classification"),
            (&ours.determination, &theirs.determination, "determination"),
        ] {
            if differ(a, b) {
                return Err(MergeError::Differ(target, source, what));
            }
        }
        Ok(())
    }

    /// Moves everything of `source` to `target`; returns what is left of `source`.
    pub(super) fn redirect(&mut self, target: Uuid, source: Uuid, now: Time) -> Option<Incident> {
        let mut gone = self.incidents.remove(&source)?;
        let held = self.incidents.get_mut(&target)?;
        for alert in gone.alerts.keys() {
            self.by_alert.insert(*alert, target);
        }
        self.by_interaction.retain(|_, home| {
            if *home == source {
                *home = target;
            }
            true
        });
        for entity in &gone.incident.entities {
            if let Some(incidents) = self.by_entity.get_mut(entity) {
                incidents.retain(|id| *id != source);
                if !incidents.contains(&target) {
                    incidents.push(target);
                }
            }
        }
        let ours = &mut held.incident;
        let left = &mut gone.incident;
        ours.created_date_time = ours.created_date_time.min(left.created_date_time);
        ours.alerts.append(&mut left.alerts);
        ours.story.append(&mut left.story);
        for entity in left.entities.drain(..) {
            if !ours.entities.contains(&entity) {
                ours.entities.push(entity);
            }
        }
        for tag in &left.custom_tags {
            if !ours.custom_tags.contains(tag) {
                ours.custom_tags.push(tag.clone());
            }
        }
        ours.comments.extend(left.comments.iter().cloned());
        ours.assigned_to = ours.assigned_to.take().or_else(|| left.assigned_to.clone());
        ours.classification = ours.classification.take().or_else(|| left.classification.clone());
        ours.determination = ours.determination.take().or_else(|| left.determination.clone());
        held.alerts.extend(gone.alerts);
        held.facts.absorb(gone.facts);
        left.status = IncidentStatus::Redirected;
        left.redirect_incident_id = Some(target);
        left.last_update_date_time = now;
        Some(gone.incident)
    }
}
