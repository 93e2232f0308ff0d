//! The inline reverse proxy that inspects model traffic.
//!
//! A client changes its base URL to `http://GATEWAY/UPSTREAM…` and nothing else. Requests are read, inspected and passed
//! on byte for byte; answers are inspected before they are seen, streams while they flow. What passed is handed to a
//! [`Recorder`]; threat detection and the store stand behind it and are not known here.

mod answer;
mod config;
pub mod echo;
mod exchange;
mod forward;
mod identity;
mod inspect;
mod metrics;
mod proxy;
mod recorder;
mod reply;
mod server;
mod stream;

pub use config::{ConfigError, Credentials, GatewayConfig, Limits, Mode, OnError, Upstream};
pub use metrics::Metrics;
pub use recorder::{RecordError, Recorder, TrafficSettings};
pub use server::{Deps, GatewayError, router, serve};
