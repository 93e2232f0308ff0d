use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use chrono::{Duration, Utc};
use picket_model::{
    Alert, AlertStatus, AssetId, EntityKind, Extension, Incident, IncidentStatus, Interaction,
    Plan, PlanSetting, PlanState,
};
use picket_store::{Collection, Store, StoreError};
use picket_threat::{
    BlastLimits, CorrelationConfig, Correlator, EngineSnapshot, Indicator, Indicators, MergeError,
    Record, SuppressionRule, ThreatConfig, ThreatEngine, TrafficSettings, blast_radius,
};
use tokio::sync::{broadcast, mpsc, oneshot};
use uuid::Uuid;

use crate::estate_view::EstateView;
use crate::metrics::Registry;
use crate::webhook::{Webhook, WebhookFormat};

/// Interactions that may wait for the store; the gateway waits with them, so that load is felt where it arises.
const QUEUE: usize = 4096;

/// Interactions written in one transaction.
const BATCH: usize = 256;

/// Notices kept for a slow reader of the alert stream.
const NOTICES: usize = 1024;

/// How far back alerts and incidents are taken up again after a start.
const MEMORY: Duration = Duration::days(7);

/// Something that people who look at Picket now want to see.
#[derive(Debug, Clone)]
pub enum Notice {
    /// An alert is new or has changed.
    Alert(Box<Alert>),
    /// An incident is new or has changed.
    Incident(Box<Incident>),
    /// The estate was read again.
    Estate,
}

/// Options of a [`Pipeline`].
#[derive(Debug)]
pub struct PipelineOptions {
    /// Windows, thresholds, redactor and the indicators from files; those of the store come on top.
    pub threat: ThreatConfig,
    /// Where alerts and incidents are sent.
    pub webhooks: Vec<Webhook>,
    /// Metrics.
    pub registry: Registry,
}

/// Why something could not be recorded or changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PipelineError {
    /// The store refused.
    #[error("what happened could not be kept: {0}")]
    Store(String),
    /// What should be changed is not there.
    #[error("{0}")]
    Missing(String),
    /// It may not be changed so.
    #[error("{0}")]
    Refused(String),
    /// The pipeline has ended.
    #[error("the pipeline has ended")]
    Ended,
}

/// From an interaction to stored alerts and incidents: one writer that observes, correlates and commits in batches.
pub struct Pipeline {
    queue: mpsc::Sender<Task>,
    notices: broadcast::Sender<Notice>,
    view: ArcSwap<Option<Arc<EstateView>>>,
    open_alerts: AtomicU64,
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pipeline")
    }
}

type Done<T> = oneshot::Sender<Result<T, PipelineError>>;

enum Task {
    Record(Box<Interaction>, TrafficSettings, Done<()>),
    Samples(Option<String>, Option<AssetId>, Done<Vec<Alert>>),
    Update(Box<AlertChange>, Done<Alert>),
    Incident(Box<IncidentChange>, Done<Incident>),
    Merge(Uuid, Vec<Uuid>, Done<Incident>),
    Reload(Done<()>),
}

/// What a person changes of an alert.
#[derive(Debug, Clone)]
pub(crate) struct AlertChange {
    pub(crate) id: Uuid,
    pub(crate) status: Option<AlertStatus>,
    pub(crate) assigned_to: Option<Option<String>>,
}

/// What a person changes of an incident.
#[derive(Debug, Clone, Default)]
pub(crate) struct IncidentChange {
    pub(crate) id: Uuid,
    pub(crate) status: Option<IncidentStatus>,
    pub(crate) assigned_to: Option<Option<String>>,
    pub(crate) classification: Option<Option<String>>,
    pub(crate) determination: Option<Option<String>>,
    pub(crate) comment: Option<String>,
}

impl Pipeline {
    /// Takes up where the store says things stand, and starts the writer.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn start(store: Store, options: PipelineOptions) -> Result<Arc<Self>, StoreError> {
        let (queue, tasks) = mpsc::channel(QUEUE);
        let pipeline = Arc::new(Self {
            queue,
            notices: broadcast::channel(NOTICES).0,
            view: ArcSwap::new(Arc::new(None)),
            open_alerts: AtomicU64::new(0),
        });
        let writer = Writer::restore(store, options, Arc::clone(&pipeline)).await?;
        tokio::spawn(writer.run(tasks));
        Ok(pipeline)
    }

    /// Observes an interaction and keeps it with what came of it; returns when it is on disk.
    ///
    /// # Errors
    /// When it could not be kept.
    pub async fn record(&self, interaction: Interaction) -> Result<(), PipelineError> {
        let settings = self.settings(interaction.asset.as_ref());
        self.ask(|done| Task::Record(Box::new(interaction), settings, done)).await
    }

    /// What the plans in force say about traffic to `asset`.
    ///
    /// Traffic that joins no known environment is protected with everything on except evidence:
    /// an upstream was configured to be watched, and keeping text needs somebody's word.
    #[must_use]
    pub fn settings(&self, asset: Option<&AssetId>) -> TrafficSettings {
        let view = self.view.load_full();
        let plan = (*view).as_ref().and_then(|view| {
            let asset = view.asset(asset?)?;
            view.plans.get(&asset.environment).map(|plans| traffic_settings(plans))
        });
        plan.unwrap_or(TrafficSettings { plan_on: true, evidence: false, data_security: true })
    }

    /// The environment that `asset` was found in.
    #[must_use]
    pub fn environment(&self, asset: &AssetId) -> Option<String> {
        (**self.view.load())
            .as_ref()
            .and_then(|view| view.asset(asset))
            .map(|asset| asset.environment.clone())
    }

    /// Notices from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// Changes when the set of open alerts may have changed.
    #[must_use]
    pub fn open_alerts_version(&self) -> u64 {
        self.open_alerts.load(Ordering::Relaxed)
    }

    pub(crate) fn tell(&self, notice: Notice) {
        // Nobody listening is no error.
        drop(self.notices.send(notice));
    }

    pub(crate) async fn estate_changed(&self, view: &Arc<EstateView>) {
        self.view.store(Arc::new(Some(Arc::clone(view))));
    }

    /// Makes the sample alerts of an environment.
    pub async fn samples(
        &self,
        environment: Option<String>,
        asset: Option<AssetId>,
    ) -> Result<Vec<Alert>, PipelineError> {
        self.ask(|done| Task::Samples(environment, asset, done)).await
    }

    pub(crate) async fn update_alert(&self, change: AlertChange) -> Result<Alert, PipelineError> {
        self.ask(|done| Task::Update(Box::new(change), done)).await
    }

    pub(crate) async fn update_incident(
        &self,
        change: IncidentChange,
    ) -> Result<Incident, PipelineError> {
        self.ask(|done| Task::Incident(Box::new(change), done)).await
    }

    pub(crate) async fn merge_incidents(
        &self,
        target: Uuid,
        sources: Vec<Uuid>,
    ) -> Result<Incident, PipelineError> {
        self.ask(|done| Task::Merge(target, sources, done)).await
    }

    /// Reads suppression rules and indicators again.
    pub(crate) async fn reload(&self) -> Result<(), PipelineError> {
        self.ask(Task::Reload).await
    }

    async fn ask<T>(&self, task: impl FnOnce(Done<T>) -> Task) -> Result<T, PipelineError> {
        let (done, answer) = oneshot::channel();
        self.queue.send(task(done)).await.map_err(|_| PipelineError::Ended)?;
        answer.await.map_err(|_| PipelineError::Ended)?
    }
}

/// What the plans of an environment say about its traffic.
fn traffic_settings(plans: &[PlanSetting]) -> TrafficSettings {
    let plan = plans.iter().find(|plan| plan.plan == Plan::AiWorkloads);
    let on = plan.is_some_and(|plan| plan.state == PlanState::On);
    let extension =
        |extension| on && plan.is_some_and(|plan| plan.extensions.get(&extension) == Some(&true));
    TrafficSettings {
        plan_on: on,
        evidence: extension(Extension::SuspiciousPromptEvidence),
        data_security: extension(Extension::DataSecurityForAiInteractions),
    }
}

struct Writer {
    store: Store,
    engine: ThreatEngine,
    correlator: Correlator,
    suppression: Vec<SuppressionRule>,
    /// As configured; the indicators of the store come on top.
    config: ThreatConfig,
    webhooks: Vec<Webhook>,
    client: reqwest::Client,
    registry: Registry,
    pipeline: Arc<Pipeline>,
    unsaved: u32,
}

impl Writer {
    async fn restore(
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

    async fn run(mut self, mut tasks: mpsc::Receiver<Task>) {
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

    async fn commit(
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

    async fn act(&mut self, task: Task) {
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
                drop(done.send(self.merge(target, &sources).await))
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

    async fn reload(&mut self) -> Result<(), StoreError> {
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

fn kept(error: &StoreError) -> PipelineError {
    match error {
        StoreError::Missing { .. } => PipelineError::Missing(error.to_string()),
        error => PipelineError::Store(error.to_string()),
    }
}

/// What one batch changes; the last state of each wins.
#[derive(Default)]
struct Changes {
    alerts: Vec<Alert>,
    incidents: Vec<Incident>,
}

impl Changes {
    fn alert(&mut self, alert: Alert) {
        match self.alerts.iter_mut().find(|held| held.id == alert.id) {
            Some(held) => *held = alert,
            None => self.alerts.push(alert),
        }
    }

    fn incident(&mut self, incident: Incident) {
        match self.incidents.iter_mut().find(|held| held.id == incident.id) {
            Some(held) => *held = incident,
            None => self.incidents.push(incident),
        }
    }
}
