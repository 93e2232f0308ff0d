//! From interactions to stored alerts and incidents: [`Pipeline`] is the handle, `writer` the one task behind it.

mod changes;
mod people;
mod writer;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use picket_model::{
    Alert, AlertStatus, AssetId, Extension, Incident, IncidentStatus, Interaction, Plan,
    PlanSetting, PlanState,
};
use picket_store::{Store, StoreError};
use picket_threat::{ThreatConfig, TrafficSettings};
use tokio::sync::{broadcast, mpsc, oneshot};
use uuid::Uuid;

use crate::estate_view::EstateView;
use crate::metrics::Registry;
use crate::webhook::Webhook;
use writer::Writer;

/// Interactions that may wait for the store; the gateway waits with them, so that load is felt where it arises.
const QUEUE: usize = 4096;

/// Notices kept for a slow reader of the alert stream.
const NOTICES: usize = 1024;

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
