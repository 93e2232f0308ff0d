use picket_model::{Entity, EntityKind, Severity, ThreatCategory};

use super::{Signal, by_confidence, list};
use crate::engine::{Context, Seen, Side, State, name};

/// Tool calls that would do harm, declarations that give orders, and calls of tools the request does not declare.
pub(super) fn detect<'a>(context: &Context<'a>, _: &mut State, signals: &mut Vec<Signal<'a>>) {
    let calls = &context.interaction.tool_calls;
    let seen: Vec<_> = context
        .of(ThreatCategory::ToolAbuse)
        .filter(|seen| seen.side == Side::Response && !seen.in_content())
        // That has an alert of its own, below.
        .filter(|seen| seen.detection.rule != "tool_abuse.undeclared_tool")
        .copied()
        .collect();
    if !seen.is_empty() {
        let mut signal = Signal::new("AI.ToolAbuse", context.actor.clone());
        let names: Vec<_> = seen
            .iter()
            .filter_map(|seen| context.tool_call(seen))
            .filter_map(|call| name(&call.name))
            .collect();
        signal.what = if names.is_empty() {
            "in the text of the response".to_owned()
        } else {
            list(names.iter().map(String::as_str))
        };
        signal.entities = tools(names);
        signal.severity = by_confidence(Severity::High, &seen);
        signal.seen = seen;
        signals.push(signal);
    }
    poisoned(context, signals);
    let declared = &context.interaction.tools;
    let unknown: Vec<_> = calls
        .iter()
        .filter(|call| !declared.is_empty() && !declared.contains(&call.name))
        .filter_map(|call| name(&call.name))
        .collect();
    if !unknown.is_empty() {
        let mut signal = Signal::new("AI.AnomalousToolInvocation", context.actor.clone());
        signal.what = list(unknown.iter().map(String::as_str));
        signal.entities = tools(unknown);
        signals.push(signal);
    }
}

/// Declarations that speak to the model; hidden text in them has an alert of its own as well.
fn poisoned<'a>(context: &Context<'a>, signals: &mut Vec<Signal<'a>>) {
    let declared = |seen: &&Seen<'_>| {
        seen.side == Side::Prompt
            && seen.detection.tool.as_ref().is_some_and(|tool| tool.call.is_none())
    };
    let seen: Vec<_> = context.seen.iter().filter(declared).copied().collect();
    if seen.is_empty() {
        return;
    }
    let tool = |seen: &Seen<'_>| name(&seen.detection.tool.as_ref()?.name);
    let mut names: Vec<_> = seen.iter().filter_map(tool).collect();
    names.dedup();
    // Who declares a tool is the application, whoever asks.
    let mut signal = Signal::new("AI.ToolPoisoning", names.join(","));
    signal.what = list(names.iter().map(String::as_str));
    signal.entities = tools(names);
    signal.severity = by_confidence(Severity::High, &seen);
    signal.seen = seen;
    signals.push(signal);
}

fn tools(names: Vec<String>) -> Vec<Entity> {
    names.into_iter().map(|value| Entity { kind: EntityKind::Tool, value }).collect()
}
