//! The listener.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use picket_shield::Shield;
use rustc_hash::FxHashMap;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::config::millis;
use crate::forward::{self, HttpClient, Target};
use crate::{ConfigError, GatewayConfig, Metrics, Recorder, inspect, proxy};

/// What the gateway is given.
#[derive(Clone)]
pub struct Deps {
    /// The shield, shared with the rest of the process.
    pub shield: Arc<ArcSwap<Shield>>,
    /// Where interactions go.
    pub recorder: Arc<dyn Recorder>,
    /// Where the gateway counts.
    pub metrics: Metrics,
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deps").field("metrics", &self.metrics).finish_non_exhaustive()
    }
}

/// A gateway that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A setting that cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No certificates to check upstreams with.
    #[error("the system's certificates could not be read: {0}; install ca-certificates")]
    Certificates(std::io::Error),
}

/// Everything that requests share.
pub(crate) struct Gateway {
    pub(crate) config: GatewayConfig,
    pub(crate) deps: Deps,
    pub(crate) targets: FxHashMap<String, Target>,
    pub(crate) client: HttpClient,
    pub(crate) permits: Arc<Semaphore>,
    guard: ArcSwapOption<Guard>,
}

/// What guards streams, and the shield it was made from.
struct Guard {
    of: Arc<Shield>,
    shield: Shield,
}

impl Gateway {
    fn new(config: GatewayConfig, deps: Deps) -> Result<Self, GatewayError> {
        config.check()?;
        let mut targets = FxHashMap::default();
        // Tokens last as long as the process: an answer comes to the gateway that planted them.
        let secret = Uuid::new_v4();
        for upstream in &config.upstreams {
            targets
                .insert(upstream.name.clone(), Target::new(upstream.clone(), secret.as_bytes())?);
        }
        Ok(Self {
            client: forward::client(&config.limits)?,
            permits: Arc::new(Semaphore::new(config.limits.max_concurrent)),
            guard: ArcSwapOption::empty(),
            targets,
            config,
            deps,
        })
    }

    /// What guards streams; made anew when the shield has changed.
    pub(crate) fn stream_guard(&self) -> Shield {
        let of = self.deps.shield.load_full();
        if let Some(guard) = self.guard.load().as_ref().filter(|guard| Arc::ptr_eq(&guard.of, &of))
        {
            return guard.shield.clone();
        }
        let shield = inspect::stream_guard(&of).unwrap_or_else(|error| {
            tracing::error!("streams are guarded more strictly than other answers: {error}");
            Shield::clone(&of)
        });
        self.guard.store(Some(Arc::new(Guard { of, shield: shield.clone() })));
        shield
    }
}

/// The gateway as a router, for a listener of one's own. The caller's address is taken from [`ConnectInfo`].
///
/// # Errors
/// When a setting cannot work, or the system has no certificates.
pub fn router(config: GatewayConfig, deps: Deps) -> Result<Router, GatewayError> {
    let gateway = Arc::new(Gateway::new(config, deps)?);
    Ok(Router::new().fallback(proxy::handle).with_state(gateway))
}

/// Serves HTTP/1.1 and HTTP/2 without TLS (h2c) until `shutdown` completes, then lets running requests end for the
/// time that the limits give.
///
/// # Errors
/// When the gateway cannot start. Errors of single connections end those only.
pub async fn serve(
    config: GatewayConfig,
    deps: Deps,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), GatewayError> {
    let limits = config.limits.clone();
    let router = router(config, deps)?;
    let connections = Arc::new(Semaphore::new(limits.max_connections));
    let graceful = GracefulShutdown::new();
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(millis(limits.header_timeout_ms));
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(30));

    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = async {
                let permit = Arc::clone(&connections).acquire_owned().await;
                (listener.accept().await, permit)
            } => accepted,
        };
        let (Ok((socket, peer)), Ok(permit)) = accepted else {
            // Out of descriptors, most often: pause rather than spin.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%peer, "{error}");
        }
        let router = router.clone();
        let service = hyper::service::service_fn(move |mut request: hyper::Request<_>| {
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
            router.clone().oneshot(request)
        });
        let connection = builder.serve_connection(TokioIo::new(socket), service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, "connection ended: {error}");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(millis(limits.shutdown_timeout_ms), graceful.shutdown()).await.is_err()
    {
        tracing::warn!("some requests were still running when the gateway stopped");
    }
    Ok(())
}
