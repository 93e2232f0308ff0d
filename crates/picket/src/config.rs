//! Settings: `picket.toml`, then `PICKET_SECTION__KEY` from the environment, then flags.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use picket_discovery::azure::Endpoints;
use picket_gateway::GatewayConfig;
use picket_server::Webhook;
use picket_shield::ShieldConfig;
use picket_threat::{IndicatorLabel, Limits, Thresholds, Windows};
use serde::{Deserialize, Serialize};

/// Every setting.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Where everything is kept.
    pub(crate) store: StoreConfig,
    /// API and web.
    pub(crate) server: ServerConfig,
    /// The inline proxy.
    pub(crate) gateway: GatewayConfig,
    /// Inspection of text.
    pub(crate) shield: ShieldConfig,
    /// Detection over time.
    pub(crate) threat: ThreatSettings,
    /// What is told to other systems.
    pub(crate) automation: AutomationConfig,
    /// Discovery.
    pub(crate) discovery: DiscoveryConfig,
    /// What it was read from; not a setting.
    #[serde(skip)]
    pub(crate) figment: Figment,
}

/// Where everything is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StoreConfig {
    /// `sqlite:PATH` or `postgres://…`.
    pub(crate) url: String,
    /// How long changes of assets are kept, days; 0 keeps none.
    pub(crate) history_days: u32,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { url: "sqlite:picket.db".to_owned(), history_days: picket_store::HISTORY_DAYS }
    }
}

/// API and web.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServerConfig {
    /// Address and port.
    pub(crate) listen: SocketAddr,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8080)) }
    }
}

/// Detection over time.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ThreatSettings {
    /// Files with indicators: Tor exits, suspicious addresses, domains, user agents.
    pub(crate) indicators: Vec<IndicatorFile>,
    /// How far back detectors look.
    pub(crate) windows: Windows,
    /// From where on something counts.
    pub(crate) thresholds: Thresholds,
    /// How much is remembered.
    pub(crate) limits: Limits,
}

/// A file with indicators.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum IndicatorFile {
    /// A JSON list of indicators with their labels.
    List(PathBuf),
    /// A plain list, one value a line, such as the Tor project's exit list, with what it means.
    Plain {
        /// The file.
        path: PathBuf,
        /// What every line is known for.
        label: IndicatorLabel,
    },
}

/// What is told to other systems.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AutomationConfig {
    /// Where alerts and incidents are posted.
    pub(crate) webhook: Vec<Webhook>,
}

/// Discovery.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DiscoveryConfig {
    /// Endpoints of Azure, for sovereign clouds, private endpoints and emulators.
    pub(crate) azure: Endpoints,
}

impl Config {
    /// Reads the settings; `path` must be there when it is given, `picket.toml` may be.
    pub(crate) fn load(path: Option<&Path>, store: Option<&str>) -> anyhow::Result<Self> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        figment = match path {
            Some(path) => {
                anyhow::ensure!(
                    path.is_file(),
                    "the configuration file `{}` is not there",
                    path.display()
                );
                figment.merge(Toml::file_exact(path))
            }
            None => figment.merge(Toml::file("picket.toml")),
        };
        figment = figment
            .merge(Env::prefixed("PICKET_").filter(|key| key.as_str().contains("__")).split("__"));
        if let Some(store) = store {
            figment = figment.merge(("store.url", store));
        }
        let mut config: Self = figment
            .extract()
            .context("the configuration is wrong; `picket config show` names every setting")?;
        config.figment = figment;
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_setting_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picket.toml");
        std::fs::write(&path, "[server]\nlistn = \"127.0.0.1:1\"\n").unwrap();
        let error = format!("{:#}", Config::load(Some(&path), None).unwrap_err());
        assert!(error.contains("listn"), "{error}");
    }

    #[test]
    fn flags_win_over_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picket.toml");
        std::fs::write(&path, "[store]\nurl = \"sqlite:a.db\"\n").unwrap();
        assert_eq!(Config::load(Some(&path), None).unwrap().store.url, "sqlite:a.db");
        assert_eq!(
            Config::load(Some(&path), Some("sqlite:b.db")).unwrap().store.url,
            "sqlite:b.db"
        );
    }
}
