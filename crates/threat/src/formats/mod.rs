//! Alerts and incidents as other systems want them.

mod csv;
mod ocsf;
mod webhook;

pub use csv::csv;
pub use ocsf::{ocsf, ocsf_incident};
pub use webhook::{Record, webhook};
