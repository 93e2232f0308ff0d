use std::net::IpAddr;

use picket_model::{Entity, EntityKind};

use super::{Signal, list};
use crate::engine::{AccessHistory, Context, State, label};

/// What is known of one asset at most; an asset called from everywhere has no pattern.
const MOST: usize = 128;

/// A call that differs from the asset's history in at least two of client, network and way of authentication.
pub(super) fn detect<'a>(context: &Context<'a>, state: &mut State, signals: &mut Vec<Signal<'a>>) {
    let interaction = context.interaction;
    let agent = interaction.user_agent.as_deref().map(product);
    let network = interaction.client_ip.map(network);
    let traits: Vec<(String, &str)> = [
        agent.map(|agent| (format!("agent:{agent}"), "a new client")),
        network.map(|network| (format!("network:{network}"), "a new network")),
        Some((
            format!("authentication:{}", interaction.authentication),
            "a new way of authentication",
        )),
    ]
    .into_iter()
    .flatten()
    .collect();
    let history = state.access.touch(&context.asset, AccessHistory::default);
    history.calls += 1;
    let warm = history.calls > context.config.thresholds.access_warm_up;
    let new: Vec<_> = traits.iter().filter(|(value, _)| !history.known.contains(value)).collect();
    let settled = history.known.len() < MOST;
    if warm && settled && new.len() >= 2 {
        let mut signal = Signal::new("AI.AccessAnomaly", context.actor.clone());
        signal.what = list(new.iter().map(|(_, words)| *words));
        signal.entities.extend(
            interaction
                .user_agent
                .as_deref()
                .map(|agent| Entity { kind: EntityKind::UserAgent, value: label(agent) }),
        );
        signals.push(signal);
    }
    let new: Vec<String> = new.into_iter().map(|(value, _)| value.clone()).collect();
    history.known.extend(new.into_iter().take(MOST.saturating_sub(history.known.len())));
}

/// The product of a user agent: `OpenAI/Python 1.61.1` → `openai`.
fn product(agent: &str) -> String {
    let end = agent.find(['/', ' ', '(']).unwrap_or(agent.len());
    agent[..end].chars().take(32).collect::<String>().to_lowercase()
}

fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            format!("{a}.{b}.0.0/16")
        }
        IpAddr::V6(ip) => {
            let [a, b, ..] = ip.segments();
            format!("{a:x}:{b:x}::/32")
        }
    }
}
