//! A gateway alone, before an upstream that is given or the built-in echo.
//!
//! `cargo run -p picket-gateway --example gateway -- 127.0.0.1:8090 [block|detect|off] [http://UPSTREAM]`
//!
//! Its upstreams are called `openai`, `azure-openai`, `azure-ai-inference` and `anthropic`, after their protocols; what is
//! recorded goes to standard output, one interaction a line, without its texts.

use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use picket_gateway::{
    Deps, GatewayConfig, Metrics, Mode, OnError, RecordError, Recorder, TrafficSettings, Upstream,
};
use picket_model::Interaction;
use picket_protocols::Protocol;
use picket_shield::{Shield, ShieldConfig};
use tokio::net::TcpListener;

struct Lines;

#[async_trait::async_trait]
impl Recorder for Lines {
    async fn record(&self, interaction: Interaction) -> Result<(), RecordError> {
        let error = |error: &dyn Error| RecordError(error.to_string());
        let line = serde_json::to_string(&interaction.without_text()).map_err(|it| error(&it))?;
        writeln!(std::io::stdout(), "{line}").map_err(|it| error(&it))
    }

    async fn settings(&self, _upstream: &Upstream) -> TrafficSettings {
        TrafficSettings { plan_on: true, data_security: true }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let listen: SocketAddr = arguments.next().as_deref().unwrap_or("127.0.0.1:8090").parse()?;
    let mode = match arguments.next().as_deref() {
        Some("detect") => Mode::Detect,
        Some("off") => Mode::Off,
        _ => Mode::Block,
    };
    let url = match arguments.next() {
        Some(url) => url,
        None => {
            let echo = TcpListener::bind("127.0.0.1:0").await?;
            let url = format!("http://{}", echo.local_addr()?);
            tokio::spawn(async move { axum::serve(echo, picket_gateway::echo::router()).await });
            url
        }
    };
    let mut config = GatewayConfig { listen, ..GatewayConfig::default() };
    for protocol in Protocol::ALL {
        config.upstreams.push(Upstream {
            name: protocol.to_string(),
            protocol,
            url: url.parse()?,
            asset: None,
            mode,
            on_error: OnError::Closed,
            credentials: picket_gateway::Credentials::PassThrough,
            canary: false,
        });
    }
    let deps = Deps {
        shield: Arc::new(ArcSwap::from_pointee(Shield::new(ShieldConfig::default())?)),
        recorder: Arc::new(Lines),
        metrics: Metrics::default(),
    };
    let listener = TcpListener::bind(listen).await?;
    writeln!(std::io::stderr(), "gateway at http://{}, upstream {url}", listener.local_addr()?)?;
    let stopped = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    picket_gateway::serve(config, deps, listener, stopped).await?;
    Ok(())
}
