use picket_model::{Alert, Incident};

/// What one batch changes; the last state of each wins.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) alerts: Vec<Alert>,
    pub(super) incidents: Vec<Incident>,
}

impl Changes {
    pub(super) fn alert(&mut self, alert: Alert) {
        match self.alerts.iter_mut().find(|held| held.id == alert.id) {
            Some(held) => *held = alert,
            None => self.alerts.push(alert),
        }
    }

    pub(super) fn incident(&mut self, incident: Incident) {
        match self.incidents.iter_mut().find(|held| held.id == incident.id) {
            Some(held) => *held = incident,
            None => self.incidents.push(incident),
        }
    }
}
