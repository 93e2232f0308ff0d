//! Interactions over time to alerts and incidents.
