//! Puts the parts of a running Picket together, the same for every command.

use std::ops::Range;
use std::sync::Arc;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use async_trait::async_trait;
use picket_classifier::OnnxClassifier;
use picket_gateway::{RecordError, Recorder, Upstream};
use picket_model::Interaction;
use picket_posture::{Context as PostureContext, RuleSet};
use picket_sensitive::Scanner;
use picket_server::scanning::ScanOptions;
use picket_server::{App, AppOptions, EstateView, Pipeline, PipelineOptions, Registry};
use picket_shield::{Shield, ShieldConfig};
use picket_store::Store;
use picket_threat::{IndicatorKind, Indicators, Redacted, Redactor, ThreatConfig};

use crate::config::{Config, IndicatorFile};
use crate::exit::Failure;

/// Opens the store of the configuration.
pub(crate) async fn store(config: &Config) -> Result<Store, Failure> {
    let opened = Store::open(&config.store.url).await;
    let kept = opened.map(|store| store.with_history_days(config.store.history_days));
    kept.map_err(|error| match error {
        picket_store::StoreError::Url(_) => Failure::usage(error),
        error => Failure::nothing(error.into()),
    })
}

/// Reads the estate and what posture says of it.
pub(crate) async fn view(store: &Store) -> Result<EstateView, Failure> {
    let rules = Arc::new(RuleSet::embedded());
    Ok(EstateView::load(store, rules, PostureContext::default()).await?)
}

/// The shield of the settings, with the classifier that they name.
pub(crate) fn shield(
    config: ShieldConfig,
) -> Result<(Shield, Option<Arc<OnnxClassifier>>), Failure> {
    let classifier = OnnxClassifier::load(&config.onnx)
        .context("the classifier of [shield.onnx] cannot be loaded")
        .map_err(Failure::usage)?
        .map(Arc::new);
    let shield = Shield::new(config)
        .context("the shield cannot be made from its settings")
        .map_err(Failure::usage)?;
    Ok(match classifier {
        None => (shield, None),
        Some(classifier) => (shield.with_classifier(classifier.clone()), Some(classifier)),
    })
}

/// Everything a server or gateway process shares.
pub(crate) struct Parts {
    pub(crate) app: App,
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) shield: Arc<ArcSwap<Shield>>,
    pub(crate) registry: Registry,
}

/// Puts a server together.
pub(crate) async fn parts(
    config: &Config,
    open_on_loopback: bool,
    sample: bool,
    more_indicators: &[IndicatorFile],
) -> Result<Parts, Failure> {
    let store = store(config).await?;
    let mut indicators = Indicators::embedded().clone();
    for file in config.threat.indicators.iter().chain(more_indicators) {
        indicators.merge(read_indicators(file).map_err(Failure::usage)?);
    }
    let mut shield_config = config.shield.clone();
    for indicator in indicators.list() {
        match indicator.kind {
            IndicatorKind::Domain => shield_config.links.domains.push(indicator.value.clone()),
            IndicatorKind::Url => shield_config.links.urls.push(indicator.value.clone()),
            IndicatorKind::Ip | IndicatorKind::Cidr | IndicatorKind::UserAgent => {}
        }
    }
    let (shield, classifier) = tokio::task::block_in_place(|| shield(shield_config))?;
    let shield = Arc::new(ArcSwap::from_pointee(shield));
    let registry = Registry::default();
    if let Some(classifier) = &classifier {
        registry.register(|registry| classifier.metrics().register(registry));
    }
    let pipeline = Pipeline::start(
        store.clone(),
        PipelineOptions {
            threat: ThreatConfig {
                windows: config.threat.windows,
                thresholds: config.threat.thresholds.clone(),
                limits: config.threat.limits,
                indicators: Arc::new(indicators),
                redactor: Arc::new(Masking(Scanner::embedded())),
            },
            webhooks: config.automation.webhook.clone(),
            registry: registry.clone(),
        },
    )
    .await?;
    let app = App::new(AppOptions {
        store,
        shield: Arc::clone(&shield),
        pipeline: Arc::clone(&pipeline),
        registry: registry.clone(),
        open_on_loopback,
        sample,
        scan_options: ScanOptions {
            azure: config.discovery.azure.clone(),
            ..ScanOptions::default()
        },
    })
    .await?;
    Ok(Parts { app, pipeline, shield, registry })
}

/// Reads a file with indicators; entries that cannot be used are named and left out.
fn read_indicators(file: &IndicatorFile) -> anyhow::Result<Indicators> {
    let (IndicatorFile::List(path) | IndicatorFile::Plain { path, .. }) = file;
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the indicator file `{}` cannot be read", path.display()))?;
    let (indicators, errors) = match file {
        IndicatorFile::Plain { label, .. } => {
            Indicators::from_lines(&text, *label, &path.display().to_string(), None)
        }
        IndicatorFile::List(_) => {
            Indicators::new(serde_json::from_str(&text).with_context(|| {
                format!("the indicator file `{}` is no JSON list of indicators", path.display())
            })?)
        }
    };
    for error in errors {
        tracing::warn!(file = %path.display(), %error);
    }
    Ok(indicators)
}

/// Masks evidence with the sensitive information types.
#[derive(Debug)]
struct Masking(&'static Scanner);

impl Redactor for Masking {
    fn redact(&self, text: &str, highlight: Range<usize>) -> Redacted {
        let redacted = picket_sensitive::redact(text, &self.0.scan(text));
        let masked = redacted.masked.iter().map(ToString::to_string).collect();
        let start = redacted.position(highlight.start);
        let end = redacted.position(highlight.end).max(start);
        Redacted { highlight: start..end, masked, text: redacted.text }
    }
}

/// Lets the gateway record into the pipeline.
pub(crate) struct Recording(pub(crate) Arc<Pipeline>);

#[async_trait]
impl Recorder for Recording {
    async fn record(&self, interaction: Interaction) -> Result<(), RecordError> {
        self.0.record(interaction).await.map_err(|error| RecordError(error.to_string()))
    }

    async fn settings(&self, upstream: &Upstream) -> picket_gateway::TrafficSettings {
        let settings = self.0.settings(upstream.asset.as_ref());
        picket_gateway::TrafficSettings {
            plan_on: settings.plan_on,
            data_security: settings.data_security,
        }
    }
}

/// Ends when the process is asked to: Ctrl-C or, on Unix, SIGTERM.
pub(crate) async fn asked_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
