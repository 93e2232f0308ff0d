use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{Duration, Utc};
use picket_model::{Alert, AlertStatus, AssetId, EntityKind, Incident, Interaction};
use picket_store::{Collection, Store, StoreError};
use picket_threat::{
    BlastLimits, CorrelationConfig, Correlator, EngineSnapshot, Indicator, Indicators, Record,
    SuppressionRule, ThreatConfig, ThreatEngine, TrafficSettings, blast_radius,
};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::changes::Changes;
use super::{Done, Notice, Pipeline, PipelineError, PipelineOptions, Task};
use crate::metrics::Registry;
use crate::webhook::{Webhook, WebhookFormat};

/// Interactions written in one transaction.
const BATCH: usize = 256;

/// How far back alerts and incidents are taken up again after a start.
const MEMORY: Duration = Duration::days(7);

/// The one task that observes, correlates and commits in batches.
pub(super) struct Writer {
    pub(super) store: Store,
    pub(super) engine: ThreatEngine,
    pub(super) correlator: Correlator,
    suppression: Vec<SuppressionRule>,
    /// As configured; the indicators of the store come on top.
    config: ThreatConfig,
    webhooks: Vec<Webhook>,
    client: reqwest::Client,
    registry: Registry,
    pub(super) pipeline: Arc<Pipeline>,
    unsaved: u32,
}

impl Writer {
    pub(super) async fn restore(
        store: Store,
        options: PipelineOptions,
        pipeline: Arc<Pipeline>,
    ) -> Result<Self, StoreError> {
        let saved = store.documents::<EngineSnapshot>(Collection::State).await;
        let engine = match saved.map(|mut saved| saved.pop()) {
            Ok(Some((_, snapshot))) => ThreatEngine::restore(options.threat.clone(), snapshot)
                .unwrap_or_else(|error| {
                    tracing::warn!(%error, "baselines of before could not be taken up");
                    ThreatEngine::new(options.threat.clone())
                }),
            Ok(None) => ThreatEngine::new(options.threat.clone()),
            Err(error) => {
                tracing::warn!(%error, "baselines of before could not be read; they are learnt anew");
                ThreatEngine::new(options.threat.clone())
            }
        };
        let alerts = store.alerts(Some(Utc::now() - MEMORY)).await?;
        let incidents = store.incidents().await?;
        let mut writer = Self {
            store,
            engine,
            correlator: Correlator::restore(CorrelationConfig::default(), incidents, &alerts),
            suppression: Vec::new(),
            config: options.threat,
            webhooks: options.webhooks,
            client: reqwest::Client::new(),
            registry: options.registry,
            pipeline,
            unsaved: 0,
        };
        writer.reload().await?;
        Ok(writer)
    }

    pub(super) async fn run(mut self, mut tasks: mpsc::Receiver<Task>) {
        let mut waiting = Vec::with_capacity(BATCH);
        while tasks.recv_many(&mut waiting, BATCH).await > 0 {
            let mut interactions = Vec::new();
            for task in waiting.drain(..) {
                match task {
                    Task::Record(interaction, settings, done) => {
                        interactions.push((*interaction, settings, done));
                    }
                    // What people do stands after the traffic that came before it.
                    other => {
                        self.record(std::mem::take(&mut interactions)).await;
                        self.act(other).await;
                    }
                }
            }
            self.record(interactions).await;
        }
        self.save_state().await;
    }

    async fn record(&mut self, batch: Vec<(Interaction, TrafficSettings, Done<()>)>) {
        if batch.is_empty() {
            return;
        }
        let mut changes = Changes::default();
        let (mut interactions, mut waiting) = (Vec::new(), Vec::new());
        for (mut interaction, settings, done) in batch {
            if interaction.environment.is_none() {
                interaction.environment =
                    interaction.asset.as_ref().and_then(|asset| self.pipeline.environment(asset));
            }
            let decision = interaction.outcome.decision.as_str();
            self.registry.interactions.get_or_create(&[("decision", decision)]).inc();
            let alerts = self.engine.observe(&interaction, &settings);
            if !alerts.is_empty() {
                self.correlate(alerts, &mut changes).await;
            }
            interactions.push(interaction.without_text());
            waiting.push(done);
        }
        let result = self.commit(&interactions, changes).await;
        for done in waiting {
            // A caller that gave up waiting is no error.
            drop(done.send(result.clone()));
        }
        self.unsaved += u32::try_from(interactions.len()).unwrap_or(u32::MAX);
        if self.unsaved >= 200 {
            self.save_state().await;
        }
    }

    /// Suppresses, joins to incidents, and gathers what has to be written.
    async fn correlate(&mut self, mut alerts: Vec<Alert>, changes: &mut Changes) {
        let now = alerts.iter().map(|alert| alert.end_time_utc).max().unwrap_or_else(Utc::now);
        for alert in &mut alerts {
            self.keep_what_people_set(alert, changes).await;
            for rule in &self.suppression {
                rule.apply(alert, now);
            }
        }
        let (mut open, dismissed): (Vec<Alert>, Vec<Alert>) =
            alerts.into_iter().partition(|alert| alert.status != AlertStatus::Dismissed);
        let changed = self.correlator.assign(&mut open, now);
        for alert in open.into_iter().chain(dismissed) {
            changes.alert(alert);
        }
        for mut incident in changed {
            if let Some(target) = incident.redirect_incident_id {
                self.follow_redirect(incident.id, target, changes).await;
            } else {
                self.draw_blast_radius(&mut incident);
            }
            changes.incident(incident);
        }
    }

    /// The alerts of an incident that ended in another one say so.
    async fn follow_redirect(&self, from: Uuid, target: Uuid, changes: &mut Changes) {
        let Some(survivor) = self.correlator.incident(target) else { return };
        for id in &survivor.alerts {
            let held = match changes.alerts.iter().find(|held| held.id == *id) {
                Some(held) => Some(held.clone()),
                None => self.store.alert(*id).await.ok(),
            };
            if let Some(mut alert) = held.filter(|alert| alert.incident_id == Some(from)) {
                alert.incident_id = Some(target);
                changes.alert(alert);
            }
        }
    }

    /// A grown alert comes as if new; what people made of it stays.
    async fn keep_what_people_set(&self, alert: &mut Alert, changes: &Changes) {
        if alert.count <= 1 {
            return;
        }
        let held = match changes.alerts.iter().find(|held| held.id == alert.id) {
            Some(held) => Some(held.clone()),
            None => self.store.alert(alert.id).await.ok(),
        };
        if let Some(held) = held {
            alert.status = held.status;
            alert.assigned_to = held.assigned_to;
            alert.incident_id = held.incident_id;
        }
    }

    fn draw_blast_radius(&mut self, incident: &mut Incident) {
        let view = self.pipeline.view.load_full();
        let Some(view) = (*view).as_ref() else { return };
        let attacked: Vec<AssetId> = incident
            .entities
            .iter()
            .filter(|entity| entity.kind == EntityKind::Asset)
            .map(|entity| AssetId::from(entity.value.as_str()))
            .collect();
        incident.blast_radius = blast_radius(&view.snapshot, &attacked, &BlastLimits::default());
        self.correlator.update(incident);
    }

    pub(super) async fn commit(
        &mut self,
        interactions: &[Interaction],
        changes: Changes,
    ) -> Result<(), PipelineError> {
        let Changes { alerts, incidents } = changes;
        if let Err(error) = self.store.record(interactions, &alerts, &incidents).await {
            tracing::error!(%error, interactions = interactions.len(), "traffic could not be recorded");
            return Err(PipelineError::Store(error.to_string()));
        }
        if !alerts.is_empty() {
            self.pipeline.open_alerts.fetch_add(1, Ordering::Relaxed);
        }
        for alert in alerts {
            if alert.count <= 1 {
                self.registry.alerts.get_or_create(&[("severity", alert.severity.as_str())]).inc();
                self.send(Record::Alert(&alert));
            }
            self.pipeline.tell(Notice::Alert(Box::new(alert)));
        }
        for incident in incidents {
            self.send(Record::Incident(&incident));
            self.pipeline.tell(Notice::Incident(Box::new(incident)));
        }
        Ok(())
    }

    fn send(&self, record: Record<'_>) {
        for webhook in &self.webhooks {
            let payload = match (webhook.format, &record) {
                (WebhookFormat::Picket, record) => picket_threat::webhook(*record),
                (WebhookFormat::Ocsf, Record::Alert(alert)) => picket_threat::ocsf(alert),
                (WebhookFormat::Ocsf, Record::Incident(incident)) => {
                    picket_threat::ocsf_incident(incident)
                }
            };
            let (webhook, client) = (webhook.clone(), self.client.clone());
            tokio::spawn(async move { webhook.deliver(&client, &payload).await });
        }
    }

    pub(super) async fn reload(&mut self) -> Result<(), StoreError> {
        self.suppression = self
            .store
            .documents::<SuppressionRule>(Collection::SuppressionRules)
            .await?
            .into_iter()
            .map(|(_, rule)| rule)
            .collect();
        let mut indicators = Indicators::clone(&self.config.indicators);
        for (name, list) in self.store.documents::<Vec<Indicator>>(Collection::Indicators).await? {
            let (more, errors) = Indicators::new(list);
            for error in errors {
                tracing::warn!(list = name, %error);
            }
            indicators.merge(more);
        }
        let config = ThreatConfig { indicators: Arc::new(indicators), ..self.config.clone() };
        self.engine.configure(config);
        Ok(())
    }

    async fn save_state(&mut self) {
        self.unsaved = 0;
        if let Err(error) =
            self.store.put_document(Collection::State, "engine", &self.engine.snapshot()).await
        {
            tracing::warn!(%error, "baselines could not be kept");
        }
    }
}
