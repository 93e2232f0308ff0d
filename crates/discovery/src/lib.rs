//! Finds AI assets in files (code, manifests, configuration, infrastructure as code, model files) and in clouds.
//!
//! [`scan_path`] reads folders and files. Each file is analysed on its own and in parallel by the [`files::Analyser`]s that want it;
//! then [`files::Resolver`]s join what the files say about each other over the whole repository.
//!
//! What cannot be read becomes a [`picket_model::Diagnostic`] and never stops a discovery. Nothing that is scanned is ever executed.

pub mod aws;
pub mod azure;
mod catalogue;
pub mod cloud;
pub mod code;
pub mod collector;
pub mod files;
mod image;
mod infra;
mod secret;
mod verbs;
mod walk;

pub use collector::Collector;
pub use files::{FileLimits, PathOptions, scan_path};
pub use infra::scan_terraform;
