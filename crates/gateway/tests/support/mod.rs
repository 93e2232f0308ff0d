//! A gateway before an upstream, both in this process.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::{Body, Bytes};
use futures::StreamExt as _;
use http::header::{CONTENT_TYPE, HeaderValue};
use parking_lot::Mutex;
use picket_gateway::{
    Deps, GatewayConfig, Metrics, RecordError, Recorder, TrafficSettings, Upstream,
};
use picket_model::Interaction;
use picket_shield::{Shield, ShieldConfig};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Keeps interactions in memory.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) kept: Mutex<Vec<Interaction>>,
    /// Nothing is kept while this is locked.
    pub(crate) gate: Arc<tokio::sync::Mutex<()>>,
    pub(crate) settings: Mutex<Option<TrafficSettings>>,
}

#[async_trait::async_trait]
impl Recorder for Memory {
    async fn record(&self, interaction: Interaction) -> Result<(), RecordError> {
        let _open = self.gate.lock().await;
        self.kept.lock().push(interaction);
        Ok(())
    }

    async fn settings(&self, _upstream: &Upstream) -> TrafficSettings {
        self.settings.lock().unwrap_or(TrafficSettings { plan_on: true, data_security: true })
    }
}

/// A running gateway.
pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) memory: Arc<Memory>,
    pub(crate) metrics: Metrics,
    _stop: oneshot::Sender<()>,
}

impl Running {
    /// Waits until as many interactions were recorded, and gives them.
    pub(crate) async fn recorded(&self, count: usize) -> Vec<Interaction> {
        for _ in 0..500 {
            let kept = self.memory.kept.lock().clone();
            if kept.len() >= count {
                return kept;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} of {count} interactions were recorded", self.memory.kept.lock().len());
    }

    /// What is recorded at this moment.
    pub(crate) fn now(&self) -> Vec<Interaction> {
        self.memory.kept.lock().clone()
    }
}

/// Serves a router on a free port of loopback.
pub(crate) async fn upstream(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// An upstream that answers everything with the same bytes.
pub(crate) fn fixed(kind: &'static str, pieces: &[&str]) -> Router {
    let pieces: Vec<Bytes> = pieces.iter().map(|piece| Bytes::from(piece.to_string())).collect();
    Router::new().fallback(async move || {
        let stream = futures::stream::iter(pieces).then(|piece| async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok::<_, Infallible>(piece)
        });
        let mut response = http::Response::new(Body::from_stream(stream));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    })
}

/// A gateway with one upstream per protocol at `address`, each with the settings in `more`.
pub(crate) fn config(address: SocketAddr, more: &str) -> GatewayConfig {
    let mut text = String::new();
    for (name, protocol) in [
        ("oai", "openai"),
        ("azure", "azure-openai"),
        ("infer", "azure-ai-inference"),
        ("claude", "anthropic"),
    ] {
        text.push_str(&format!(
            "[[upstream]]\nname = \"{name}\"\nprotocol = \"{protocol}\"\nurl = \"http://{address}\"\n{more}\n"
        ));
    }
    toml::from_str(&text).unwrap()
}

/// Starts a gateway.
pub(crate) async fn gateway(config: GatewayConfig) -> Running {
    let shield = Shield::new(ShieldConfig::default()).unwrap();
    let memory = Arc::new(Memory::default());
    let metrics = Metrics::default();
    let deps = Deps {
        shield: Arc::new(ArcSwap::from_pointee(shield)),
        recorder: Arc::clone(&memory) as Arc<dyn Recorder>,
        metrics: metrics.clone(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(picket_gateway::serve(config, deps, listener, async move {
        let _ = stopped.await;
    }));
    Running { url, memory, metrics, _stop: stop }
}
