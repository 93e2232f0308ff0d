//! Attack paths: the rows of a rule, with a reason for every step.

use picket_graph::Snapshot;
use picket_model::{AssetId, AssetKind, AttackPath, GraphPath, PathRemediation, RelationKind};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::{
    assess::{Context, run},
    rule::AttackPathRule,
    text::render,
};

/// Paths that one rule may give.
const MAX_PATHS: usize = 1_000;

/// The paths of a rule whose every asset lies where posture looks.
pub(crate) fn find(
    snapshot: &Snapshot,
    rule: &AttackPathRule,
    context: &Context,
) -> Result<Vec<AttackPath>, String> {
    let result = run(snapshot, &rule.query, MAX_PATHS)?;
    let Some(path_column) = result.columns.iter().position(|column| column == "p") else {
        return Err("the query does not return the path as `p`".to_owned());
    };
    let mut ids = FxHashSet::default();
    let mut paths = Vec::new();
    for row in &result.rows {
        let Ok(path) = serde_json::from_value::<GraphPath>(row[path_column].clone()) else {
            continue;
        };
        let (Some(first), Some(last)) = (path.nodes.first(), path.nodes.last()) else { continue };
        let covered = path.nodes.iter().all(|node| {
            let environment = node.properties.get("environment").and_then(Json::as_str);
            environment.is_none_or(|environment| context.covers(environment))
        });
        let id = digest(&rule.id, &path);
        if !covered || !ids.insert(id.clone()) {
            continue;
        }
        let (entry, target) = (AssetId::new(&*first.id), AssetId::new(&*last.id));
        let nodes = row[path_column].get("nodes").and_then(Json::as_array);
        let ends = nodes.and_then(|nodes| Some((nodes.first()?, nodes.last()?)));
        let column = |name: &str| {
            let returned = result.columns.iter().position(|column| column == name);
            match (returned, name, ends) {
                (Some(index), ..) => row.get(index),
                (None, "entry", Some((entry, _))) => Some(entry),
                (None, "target", Some((_, target))) => Some(target),
                _ => None,
            }
        };
        let filled = |texts: &[String]| texts.iter().map(|text| render(text, &column)).collect();
        let attacked = path
            .nodes
            .iter()
            .any(|node| context.assets_with_open_alerts.contains(&AssetId::new(&*node.id)));
        paths.push(AttackPath {
            id,
            rule: rule.id.clone(),
            title: render(&rule.title, &column),
            risk_level: if attacked { rule.severity.raised() } else { rule.severity },
            entry,
            target,
            choke_points: Vec::new(),
            mitre: rule.mitre.clone(),
            remediation: PathRemediation {
                breaks: filled(&rule.remediation.breaks),
                reduces: filled(&rule.remediation.reduces),
            },
            path: explained(path, rule),
        });
    }
    Ok(paths)
}

/// The path with a `reason` on every relation: what discovery saw, else what the rule says, else the kind in words.
fn explained(mut path: GraphPath, rule: &AttackPathRule) -> GraphPath {
    let nodes: FxHashMap<String, Json> = path
        .nodes
        .iter()
        .filter_map(|node| Some((node.id.clone(), serde_json::to_value(node).ok()?)))
        .collect();
    for relation in &mut path.relations {
        let known = relation.properties.get("reason").and_then(Json::as_str);
        if known.is_some_and(|reason| !reason.is_empty()) {
            continue;
        }
        let this = serde_json::to_value(&*relation).unwrap_or_default();
        let column = |name: &str| match name {
            "relation" => Some(&this),
            "source" => nodes.get(&relation.source),
            "target" => nodes.get(&relation.target),
            _ => None,
        };
        let template = rule.reasons.get(&relation.relation_type);
        let reason = match template.map(|template| render(template, &column)) {
            Some(reason) if !reason.is_empty() => reason,
            _ => format!(
                "{} {} {}",
                render("{{source}}", &column),
                in_words(&relation.relation_type),
                render("{{target}}", &column)
            ),
        };
        relation.properties.insert("reason".to_owned(), reason.into());
    }
    path
}

fn in_words(relation: &str) -> &'static str {
    let Ok(kind) = relation.parse::<RelationKind>() else { return "leads to" };
    match kind {
        RelationKind::Contains => "contains",
        RelationKind::Deploys => "deploys",
        RelationKind::Uses => "uses",
        RelationKind::GroundedOn => "answers from",
        RelationKind::TrainedOn => "is trained on",
        RelationKind::Stores => "stores data in",
        RelationKind::DerivedFrom => "is derived from",
        RelationKind::RunsAs => "runs as",
        RelationKind::CanAccess => "can access",
        RelationKind::MemberOf => "is a member of",
        RelationKind::RoutesTo => "routes to",
        RelationKind::ProtectedBy => "is protected by",
        RelationKind::HasTool => "has the tool",
        RelationKind::Calls => "calls",
        RelationKind::BuiltFrom => "is built from",
        RelationKind::DependsOn => "depends on",
        RelationKind::Runs => "runs",
        RelationKind::HasSecret => "holds the secret",
        RelationKind::LogsTo => "logs to",
        RelationKind::EncryptedWith => "is encrypted with",
        RelationKind::DefinedIn => "is defined in",
        RelationKind::AttachedTo => "is attached to",
    }
}

/// The same for the same rule and nodes, whatever else changes.
fn digest(rule: &str, path: &GraphPath) -> String {
    let mut hash = Sha256::new();
    hash.update(rule);
    for node in &path.nodes {
        hash.update([0]);
        hash.update(&node.id);
    }
    hex::encode(&hash.finalize()[..16])
}

/// Tells each path which of its nodes other paths go through, too; the internet is on most of them and no choice.
pub(crate) fn mark_choke_points(paths: &mut [AttackPath]) {
    let counts = count_by_asset(paths);
    for path in paths {
        path.choke_points = path
            .path
            .nodes
            .iter()
            .filter(|node| node.labels.iter().all(|label| label != AssetKind::Internet.as_str()))
            .map(|node| AssetId::new(&*node.id))
            .filter(|id| counts.get(id).is_some_and(|count| *count > 1))
            .collect();
    }
}

/// How many paths go through each asset.
pub(crate) fn count_by_asset(paths: &[AttackPath]) -> FxHashMap<AssetId, usize> {
    let mut counts = FxHashMap::default();
    for path in paths {
        let nodes: FxHashSet<&str> = path.path.nodes.iter().map(|node| node.id.as_str()).collect();
        for node in nodes {
            *counts.entry(AssetId::new(node)).or_insert(0) += 1;
        }
    }
    counts
}
