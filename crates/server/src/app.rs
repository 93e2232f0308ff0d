use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use picket_model::{Alert, AlertStatus, Progress, Scan};
use picket_posture::{Context, RuleSet};
use picket_shield::Shield;
use picket_store::{Store, StoreError};
use tokio::sync::{Mutex, broadcast};

use crate::estate_view::EstateView;
use crate::metrics::Registry;
use crate::pipeline::{Notice, Pipeline};
use crate::scanning::{self, ScanOptions, Source};

/// Progress events kept for a slow reader of a scan's event stream.
const SCAN_EVENTS: usize = 256;

/// What a server is made of; cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The parts of an [`App`].
pub struct Parts {
    pub(crate) store: Store,
    pub(crate) rules: Arc<RuleSet>,
    pub(crate) shield: Arc<ArcSwap<Shield>>,
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) registry: Registry,
    pub(crate) open_on_loopback: bool,
    pub(crate) sample: bool,
    pub(crate) scan_events: broadcast::Sender<ScanEvent>,
    view: ArcSwap<EstateView>,
    version: Mutex<String>,
    scan_options: ScanOptions,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("store", &self.store).finish_non_exhaustive()
    }
}

/// What an [`App`] is made from.
#[derive(Debug)]
pub struct AppOptions {
    /// Where everything is kept.
    pub store: Store,
    /// The shield that the API and the gateway share.
    pub shield: Arc<ArcSwap<Shield>>,
    /// Threat engine, correlation and what comes after.
    pub pipeline: Arc<Pipeline>,
    /// Metrics of the whole process.
    pub registry: Registry,
    /// Whether callers from this machine need no token; only sensible when listening on a loopback address.
    pub open_on_loopback: bool,
    /// Whether the estate shown is the sample.
    pub sample: bool,
    /// Options that every scan started by the API gets.
    pub scan_options: ScanOptions,
}

/// Something that happened to a running scan.
#[derive(Debug, Clone)]
pub(crate) enum ScanEvent {
    /// It got on.
    Progress {
        /// The scan.
        scan: uuid::Uuid,
        /// Steps done.
        done: u64,
        /// Steps in all, as far as known.
        total: u64,
        /// What is read now.
        subject: String,
    },
    /// It ended.
    Finished(Box<Scan>),
}

impl App {
    /// Puts the parts together and reads the estate for the first time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn new(options: AppOptions) -> Result<Self, StoreError> {
        let rules = Arc::new(RuleSet::embedded());
        let store = options.store;
        let version = version(&store, &options.pipeline).await?;
        let context = context(&store).await?;
        let view = EstateView::load(&store, Arc::clone(&rules), context).await?;
        let view = Arc::new(view);
        options.pipeline.estate_changed(&view).await;
        Ok(Self(Arc::new(Parts {
            store,
            rules,
            shield: options.shield,
            pipeline: options.pipeline,
            registry: options.registry,
            open_on_loopback: options.open_on_loopback,
            sample: options.sample,
            scan_events: broadcast::channel(SCAN_EVENTS).0,
            view: ArcSwap::new(view),
            version: Mutex::new(version),
            scan_options: options.scan_options,
        })))
    }

    /// The estate as last read.
    #[must_use]
    pub fn view(&self) -> Arc<EstateView> {
        self.0.view.load_full()
    }

    /// Reads the estate again.
    ///
    /// # Errors
    /// When the store cannot be read; the last view stays.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let mut held = self.version.lock().await;
        let current = version(&self.store, &self.pipeline).await?;
        let view = Arc::new(
            EstateView::load(&self.store, Arc::clone(&self.rules), context(&self.store).await?)
                .await?,
        );
        self.pipeline.estate_changed(&view).await;
        self.record_trends(&view).await;
        self.0.view.store(view);
        *held = current;
        Ok(())
    }

    /// Reads the estate again if a scan of any process changed it, or the assets with open alerts are others.
    pub(crate) async fn refresh_if_changed(&self) {
        let current = match version(&self.store, &self.pipeline).await {
            Ok(current) => current,
            Err(error) => return tracing::warn!(%error, "cannot look for changes"),
        };
        if *self.version.lock().await == current {
            return;
        }
        match self.refresh().await {
            Ok(()) => self.pipeline.tell(Notice::Estate),
            Err(error) => {
                tracing::warn!(%error, "the estate could not be read again; the last view stays");
            }
        }
    }

    /// Keeps today's figures for the trend lines; the product works without them.
    async fn record_trends(&self, view: &EstateView) {
        let day = chrono::Utc::now().format("%Y-%m-%d").to_string();
        for (figure, value) in [
            ("assets", view.snapshot.node_count()),
            ("recommendations", view.unhealthy),
            ("attack_paths", view.assessment.attack_paths.len()),
        ] {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            if let Err(error) = self.store.put_trend(figure, &day, value).await {
                tracing::warn!(%error, figure, "a trend was not kept");
            }
        }
    }

    /// Starts a scan in the background and returns its record as begun.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn start_scan(
        &self,
        source: Source,
        environment: Option<String>,
    ) -> Result<Scan, StoreError> {
        let scan = self.store.begin_scan(&source.key()).await?;
        let options = ScanOptions { environment, ..self.scan_options.clone() };
        let (app, begun) = (self.clone(), scan.clone());
        tokio::spawn(async move {
            let progress = Arc::new(Reporter { scan: begun.id, events: app.scan_events.clone() });
            match scanning::finish(&app.store, begun, &source, options, progress).await {
                Ok(scan) => {
                    if let Err(error) = app.refresh().await {
                        tracing::warn!(%error, "the estate could not be read after a scan");
                    }
                    // Nobody listening is no error.
                    drop(app.scan_events.send(ScanEvent::Finished(Box::new(scan))));
                    app.pipeline.tell(Notice::Estate);
                }
                Err(error) => tracing::error!(%error, "what a scan found could not be kept"),
            }
        });
        Ok(scan)
    }
}

/// Passes progress on to the scan's event stream, a few times a second at most.
struct Reporter {
    scan: uuid::Uuid,
    events: broadcast::Sender<ScanEvent>,
}

impl Progress for Reporter {
    fn advance(&self, done: u64, total: u64, subject: &str) {
        let event =
            ScanEvent::Progress { scan: self.scan, done, total, subject: subject.to_owned() };
        drop(self.events.send(event));
    }
}

/// Changes whenever the view has to be computed again.
async fn version(store: &Store, pipeline: &Pipeline) -> Result<String, StoreError> {
    Ok(format!("{}/{}", store.estate_version().await?, pipeline.open_alerts_version()))
}

/// What posture has to know beside the graph.
async fn context(store: &Store) -> Result<Context, StoreError> {
    let open = store.alerts(None).await?;
    let exemptions = store.documents(picket_store::Collection::Exemptions).await?;
    Ok(Context {
        assets_with_open_alerts: open
            .iter()
            .filter(|alert| is_open(alert) && !alert.is_sample)
            .flat_map(|alert| alert.resource_identifiers.iter().map(|resource| resource.id.clone()))
            .collect(),
        exemptions: exemptions.into_iter().map(|(_, exemption)| exemption).collect(),
        ..Context::default()
    })
}

/// Whether somebody still has to look at it.
pub(crate) fn is_open(alert: &Alert) -> bool {
    matches!(alert.status, AlertStatus::Active | AlertStatus::InProgress)
}
