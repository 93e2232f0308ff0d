use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use picket_gateway::GatewayConfig;
use picket_server::App;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::eprint;
use crate::runtime::{self, Parts, Recording};

/// Serve API and web, and the gateway where upstreams are configured
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  picket serve
  picket serve --listen 0.0.0.0:8080          A token is then needed: picket tokens create NAME")]
pub(crate) struct Arguments {
    /// Address and port of API and web [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Let a built-in echo answer in place of the gateway's upstreams, to try it without a model
    #[arg(long)]
    echo: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let listen = arguments.listen.unwrap_or(context.config.server.listen);
    let listener = bind(listen).await?;
    let parts = runtime::parts(&context.config, listen.ip().is_loopback(), false, &[]).await?;
    let mut config = context.config.gateway.clone();
    if arguments.echo {
        echo(&mut config).await?;
    }
    let gateway = match config.upstreams.is_empty() {
        true => None,
        false => Some(bind(config.listen).await?),
    };
    if !context.quiet {
        eprint(&format!(
            "Picket: http://{}  API: /docs  Store: {}",
            listener.local_addr()?,
            context.config.store.url.split('@').next_back().unwrap_or_default()
        ));
        if let Some(gateway) = &gateway {
            for upstream in &config.upstreams {
                eprint(&format!(
                    "Gateway: http://{}/{} → {}",
                    gateway.local_addr()?,
                    upstream.name,
                    upstream.url
                ));
            }
        }
        if !listen.ip().is_loopback() {
            eprint("every request needs a token: `picket tokens create NAME` makes one");
        }
    }
    serve(parts, listener, gateway.map(|listener| (listener, config))).await?;
    Ok(Exit::Done)
}

/// Starts the built-in echo and lets every upstream lead to it.
pub(super) async fn echo(config: &mut GatewayConfig) -> Result<(), Failure> {
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let url: url::Url = format!("http://{}", listener.local_addr()?).parse()?;
    for upstream in &mut config.upstreams {
        upstream.url.clone_from(&url);
    }
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, picket_gateway::echo::router()).await {
            tracing::error!(%error, "the echo ended");
        }
    });
    Ok(())
}

/// Binds, or says why not.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .with_context(|| {
            format!("cannot listen on {address}; is something else there? Choose another address")
        })
        .map_err(Failure::nothing)
}

/// Serves until the process is asked to stop.
async fn serve(
    parts: Parts,
    listener: TcpListener,
    gateway: Option<(TcpListener, GatewayConfig)>,
) -> Result<(), Failure> {
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        runtime::asked_to_stop().await;
        stop.send_replace(true);
    });
    let app: App = parts.app.clone();
    let api = picket_server::serve(app, listener, until(stopped.clone()));
    match gateway {
        None => api.await?,
        Some((listener, config)) => {
            let dependencies = dependencies(&parts)?;
            let gateway = picket_gateway::serve(config, dependencies, listener, until(stopped));
            let (api, gateway) = tokio::join!(api, gateway);
            api?;
            gateway?;
        }
    }
    Ok(())
}

/// What the gateway needs of the process it runs in.
pub(super) fn dependencies(parts: &Parts) -> Result<picket_gateway::Deps, Failure> {
    let metrics = picket_gateway::Metrics::default();
    parts.registry.register(|registry| metrics.register(registry));
    Ok(picket_gateway::Deps {
        shield: Arc::clone(&parts.shield),
        recorder: Arc::new(Recording(Arc::clone(&parts.pipeline))),
        metrics,
    })
}

/// Ends when the process is to stop.
pub(super) async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    drop(stopped.wait_for(|stop| *stop).await);
}
