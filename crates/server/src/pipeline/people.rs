//! What people do: sample alerts, changes of alerts and incidents, merges.

use std::sync::atomic::Ordering;

use chrono::Utc;
use picket_model::{Alert, AlertStatus, Incident};
use picket_store::StoreError;
use picket_threat::MergeError;
use uuid::Uuid;

use super::changes::Changes;
use super::writer::Writer;
use super::{AlertChange, IncidentChange, Notice, PipelineError, Task};

impl Writer {
    pub(super) async fn act(&mut self, task: Task) {
        match task {
            Task::Record(..) => {}
            Task::Samples(environment, asset, done) => {
                let alerts = picket_threat::sample_alerts(
                    environment.as_deref().unwrap_or("sample"),
                    asset.as_ref(),
                    Utc::now(),
                );
                let mut changes = Changes::default();
                for alert in &alerts {
                    changes.alert(alert.clone());
                }
                let result = self.commit(&[], changes).await;
                drop(done.send(result.map(|()| alerts)));
            }
            Task::Update(change, done) => drop(done.send(self.update_alert(*change).await)),
            Task::Incident(change, done) => drop(done.send(self.update_incident(*change).await)),
            Task::Merge(target, sources, done) => {
                drop(done.send(self.merge(target, &sources).await));
            }
            Task::Reload(done) => {
                let result =
                    self.reload().await.map_err(|error| PipelineError::Store(error.to_string()));
                drop(done.send(result));
            }
        }
    }

    async fn update_alert(&mut self, change: AlertChange) -> Result<Alert, PipelineError> {
        let mut alert = self.store.alert(change.id).await.map_err(|error| kept(&error))?;
        if let Some(status) = change.status {
            alert.status = status;
        }
        if let Some(assigned_to) = change.assigned_to {
            alert.assigned_to = assigned_to;
        }
        if matches!(alert.status, AlertStatus::Resolved | AlertStatus::Dismissed) {
            self.engine.close(alert.id);
        }
        self.store
            .record(&[], std::slice::from_ref(&alert), &[])
            .await
            .map_err(|error| kept(&error))?;
        self.pipeline.open_alerts.fetch_add(1, Ordering::Relaxed);
        self.pipeline.tell(Notice::Alert(Box::new(alert.clone())));
        Ok(alert)
    }

    async fn update_incident(&mut self, change: IncidentChange) -> Result<Incident, PipelineError> {
        let mut incident = self.store.incident(change.id).await.map_err(|error| kept(&error))?;
        if let Some(status) = change.status {
            incident.status = status;
        }
        if let Some(assigned_to) = change.assigned_to {
            incident.assigned_to = assigned_to;
        }
        if let Some(classification) = change.classification {
            incident.classification = classification;
        }
        if let Some(determination) = change.determination {
            incident.determination = determination;
        }
        incident.comments.extend(change.comment);
        incident.last_update_date_time = Utc::now();
        self.correlator.update(&incident);
        self.store
            .record(&[], &[], std::slice::from_ref(&incident))
            .await
            .map_err(|error| kept(&error))?;
        self.pipeline.tell(Notice::Incident(Box::new(incident.clone())));
        Ok(incident)
    }

    async fn merge(&mut self, target: Uuid, sources: &[Uuid]) -> Result<Incident, PipelineError> {
        let changed =
            self.correlator.merge(target, sources, Utc::now()).map_err(|error| match error {
                MergeError::Unknown(_) => PipelineError::Missing(error.to_string()),
                error => PipelineError::Refused(error.to_string()),
            })?;
        let mut alerts = Vec::new();
        for incident in changed.iter().filter(|incident| incident.id == target) {
            for id in &incident.alerts {
                let mut alert = self.store.alert(*id).await.map_err(|error| kept(&error))?;
                alert.incident_id = Some(target);
                alerts.push(alert);
            }
        }
        self.commit(&[], Changes { alerts, incidents: changed }).await?;
        self.store.incident(target).await.map_err(|error| kept(&error))
    }
}

fn kept(error: &StoreError) -> PipelineError {
    match error {
        StoreError::Missing { .. } => PipelineError::Missing(error.to_string()),
        error => PipelineError::Store(error.to_string()),
    }
}
