//! From interactions to alerts and incidents, by the crate's public surface.

mod attack;
mod correlation;
mod detectors;
mod docs;
mod formats;
mod privacy;
mod state;
mod support;
mod suppression;
mod with_shield;
