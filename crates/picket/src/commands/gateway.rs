use std::net::SocketAddr;

use clap::Args;
use tokio::sync::watch;

use crate::Context;
use crate::commands::serve;
use crate::exit::{Exit, Failure};
use crate::output::eprint;
use crate::runtime;

/// Run the gateway alone
///
/// Its upstreams stand in picket.toml under [[gateway.upstream]]. A client changes its base URL to
/// http://LISTEN/NAME and nothing else.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Address and port [default: 127.0.0.1:8090]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Let a built-in echo answer in place of the upstreams, to try the gateway without a model
    #[arg(long)]
    echo: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let mut config = context.config.gateway.clone();
    if config.upstreams.is_empty() {
        return Err(Failure::usage(anyhow::anyhow!(
            "no upstream is configured; add a [[gateway.upstream]] with name, protocol and url to picket.toml \
             (`picket config init` writes an example)"
        )));
    }
    if arguments.echo {
        serve::echo(&mut config).await?;
    }
    let listener = serve::bind(arguments.listen.unwrap_or(config.listen)).await?;
    let parts = runtime::parts(&context.config, false, false, &[]).await?;
    if !context.quiet {
        for upstream in &config.upstreams {
            eprint(&format!(
                "http://{}/{} → {}",
                listener.local_addr()?,
                upstream.name,
                upstream.url
            ));
        }
    }
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        runtime::asked_to_stop().await;
        stop.send_replace(true);
    });
    let dependencies = serve::dependencies(&parts)?;
    picket_gateway::serve(config, dependencies, listener, serve::until(stopped)).await?;
    Ok(Exit::Done)
}
