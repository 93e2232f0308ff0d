use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use clap::Args;
use include_dir::{Dir, include_dir};
use picket_gateway::{GatewayConfig, RecordError, Recorder, Upstream};
use picket_model::{Extension, Interaction, Plan, PlanState};
use picket_server::scanning::{self, ScanOptions, Source};
use picket_store::StoredPlan;
use serde::Deserialize;
use tokio::sync::watch;

use crate::Context;
use crate::commands::{replay, serve};
use crate::config::{Config, IndicatorFile};
use crate::exit::{Exit, Failure};
use crate::output::eprint;
use crate::progress::Bar;
use crate::runtime::{self, Parts, Recording};

/// The sample estate and its traffic.
static CONTOSO: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../examples/contoso");

/// Show the product with a sample estate and replayed sample traffic
///
/// Everything runs on this machine: a store of its own, the real scan, gateway and detectors, and an upstream that
/// echoes. Nothing is sent anywhere, and your own store is not touched.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Address and port of API and web
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Address and port of the gateway
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS")]
    gateway: SocketAddr,
}

/// The part of the sample's picket.toml that the demo takes.
#[derive(Debug, Deserialize)]
struct Sample {
    gateway: GatewayConfig,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    if !arguments.listen.ip().is_loopback() || !arguments.gateway.ip().is_loopback() {
        return Err(Failure::usage(anyhow::anyhow!(
            "the demo asks nobody for a token and so listens on loopback addresses only; use `picket serve` for others"
        )));
    }
    let listener = serve::bind(arguments.listen).await?;
    let gateway_listener = serve::bind(arguments.gateway).await?;
    let folder = Folder::make()?;
    let estate = folder.0.join("contoso");
    std::fs::create_dir(&estate)
        .and_then(|()| CONTOSO.extract(&estate))
        .with_context(|| format!("the sample cannot be written to `{}`", estate.display()))?;

    let mut config = context.config.clone();
    config.store.url = format!("sqlite:{}", folder.0.join("demo.db").display());
    config.gateway = gateway(&estate, arguments.gateway).await?;
    say(context, "Scanning the sample estate …");
    prepare(&config, &estate).await?;
    let indicators = [IndicatorFile::List(estate.join("indicators.json"))];
    let parts = runtime::parts(&config, true, true, &indicators).await?;

    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        runtime::asked_to_stop().await;
        stop.send_replace(true);
    });
    let clock = Arc::new(replay::Clock::default());
    let dependencies = picket_gateway::Deps {
        recorder: Arc::new(Replayed {
            inner: Recording(Arc::clone(&parts.pipeline)),
            clock: Arc::clone(&clock),
        }),
        ..serve::dependencies(&parts)?
    };
    let gateway = tokio::spawn(picket_gateway::serve(
        config.gateway.clone(),
        dependencies,
        gateway_listener,
        serve::until(stopped.clone()),
    ));
    let address = listener.local_addr()?;
    let api = tokio::spawn(picket_server::serve(
        parts.app.clone(),
        listener,
        serve::until(stopped.clone()),
    ));
    say(context, "Replaying two days of sample traffic through the gateway …");
    let traffic =
        replay::run(&estate.join("traffic.jsonl"), arguments.gateway, &config.gateway, &clock)
            .await?;
    refresh(&parts).await;
    say(
        context,
        &format!("{} requests replayed, {} refused by the gateway", traffic.sent, traffic.refused),
    );
    introduce(context, address, &config.gateway);
    serve::until(stopped).await;
    gateway.abort();
    api.abort();
    Ok(Exit::Done)
}

/// Says where it is, what it is, and how to go on.
fn introduce(context: &Context, address: SocketAddr, gateway: &GatewayConfig) {
    let upstream = gateway.upstreams.first().map_or("NAME", |upstream| upstream.name.as_str());
    let text = format!(
        "
  Picket is at     http://{address}
  Its gateway at   http://{}/{upstream}   (answers come from a built-in echo, not from a model)

  This is SAMPLE DATA: an invented insurance company, its code, Terraform state and traffic.
  To look at your own:
    picket scan PATH            code, infrastructure and model files
    picket scan aws | azure     with your usual read-only credentials
    picket serve                the same pages over what you scanned

  Ctrl-C ends the demo and removes its files.
",
        gateway.listen
    );
    say(context, &text);
}

fn say(context: &Context, text: &str) {
    if !context.quiet {
        eprint(text);
    }
}

/// The sample's upstreams, each leading to the built-in echo.
async fn gateway(estate: &Path, listen: SocketAddr) -> Result<GatewayConfig, Failure> {
    let path = estate.join("picket.toml");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("`{}` cannot be read", path.display()))?;
    let sample: Sample =
        toml::from_str(&text).with_context(|| format!("`{}` is wrong", path.display()))?;
    let mut gateway = sample.gateway;
    gateway.listen = listen;
    // The replay says on whose behalf it calls, as an application's own proxy would.
    gateway.trusted_proxies.push(ipnet::IpNet::from(std::net::IpAddr::from([127, 0, 0, 1])));
    serve::echo(&mut gateway).await?;
    Ok(gateway)
}

/// Scans the sample and switches the plans on.
async fn prepare(config: &Config, estate: &Path) -> Result<(), Failure> {
    let store = runtime::store(config).await?;
    let source = Source::Path(estate.to_owned());
    let options = ScanOptions {
        environment: Some("contoso".to_owned()),
        azure: config.discovery.azure.clone(),
        ..ScanOptions::default()
    };
    let bar = Bar::new(false);
    let scan = scanning::run(&store, &source, options, Arc::<Bar>::clone(&bar)).await;
    bar.finish();
    let scan = scan?;
    if let Some(error) = scan.error {
        return Err(Failure::nothing(anyhow::anyhow!("the sample could not be scanned: {error}")));
    }
    let everything_on = |plan: Plan| StoredPlan {
        plan,
        state: PlanState::On,
        extensions: plan
            .extensions()
            .iter()
            .map(|extension: &Extension| (*extension, true))
            .collect(),
    };
    for environment in store.estate().await?.environments {
        for plan in Plan::ALL {
            store.set_plan(&environment.id, &everything_on(*plan)).await?;
        }
    }
    store.close().await;
    Ok(())
}

async fn refresh(parts: &Parts) {
    if let Err(error) = parts.app.refresh().await {
        tracing::warn!(%error, "the view is as before the replay");
    }
}

/// Gives replayed interactions the time at which they are said to have happened.
struct Replayed {
    inner: Recording,
    clock: Arc<replay::Clock>,
}

#[async_trait]
impl Recorder for Replayed {
    async fn record(&self, mut interaction: Interaction) -> Result<(), RecordError> {
        if let Some(time) = self.clock.now() {
            interaction.time = time;
            interaction.id = id_at(time);
        }
        self.inner.record(interaction).await
    }

    async fn settings(&self, upstream: &Upstream) -> picket_gateway::TrafficSettings {
        self.inner.settings(upstream).await
    }
}

/// An id that sorts by this time.
fn id_at(time: DateTime<Utc>) -> uuid::Uuid {
    let since = time - DateTime::<Utc>::UNIX_EPOCH;
    let seconds = u64::try_from(since.num_seconds()).unwrap_or_default();
    let nanos = u32::try_from(
        (since - Duration::seconds(since.num_seconds())).num_nanoseconds().unwrap_or_default(),
    );
    uuid::Uuid::new_v7(uuid::Timestamp::from_unix(
        uuid::NoContext,
        seconds,
        nanos.unwrap_or_default(),
    ))
}

/// A folder that is gone when the demo is.
struct Folder(std::path::PathBuf);

impl Folder {
    fn make() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("picket-demo-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&path)
            .with_context(|| format!("`{}` cannot be made", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "the demo's files are left");
        }
    }
}
