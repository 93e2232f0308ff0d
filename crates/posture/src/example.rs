//! The graphs that rules carry to prove that they can fire and can stay silent.

use picket_graph::{Limits, Params, Snapshot};
use picket_model::{
    Asset, AssetId, Finding, FindingKind, Provider, Relation, RelationKind, Severity,
};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::{
    assess::first_column,
    rule::{AttackPathRule, ExampleGraph, RecommendationRule, Template},
};

/// One example of a rule and how it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleTest {
    /// Rule id.
    pub rule: String,
    /// Which example, such as `unhealthy[0]`.
    pub example: String,
    /// What went wrong, if anything.
    pub failure: Option<String>,
}

pub(crate) fn recommendation(rule: &RecommendationRule) -> Vec<RuleTest> {
    let unhealthy = rule.examples.unhealthy.iter().enumerate().map(|(index, graph)| RuleTest {
        rule: rule.id.clone(),
        example: format!("unhealthy[{index}]"),
        failure: try_recommendation(rule, graph, true).err(),
    });
    let healthy = rule.examples.healthy.iter().enumerate().map(|(index, graph)| RuleTest {
        rule: rule.id.clone(),
        example: format!("healthy[{index}]"),
        failure: try_recommendation(rule, graph, false).err(),
    });
    unhealthy.chain(healthy).collect()
}

fn try_recommendation(
    rule: &RecommendationRule,
    graph: &ExampleGraph,
    fires: bool,
) -> Result<(), String> {
    let snapshot = snapshot(graph)?;
    let ids = |query: &str| -> Result<FxHashSet<AssetId>, String> {
        let result = snapshot.query(query, &Params::new(), &Limits::default());
        let result = result.map_err(|error| error.to_string())?;
        Ok(first_column(&result).map(|(id, _)| id).collect())
    };
    let (applies_to, unhealthy) = (ids(&rule.applies_to)?, ids(&rule.unhealthy)?);
    if applies_to.is_empty() {
        return Err("`applies_to` finds no asset".to_owned());
    }
    if let Some(outside) = unhealthy.iter().find(|id| !applies_to.contains(*id)) {
        return Err(format!("`{outside}` is unhealthy and not in `applies_to`"));
    }
    match (fires, unhealthy.iter().next()) {
        (true, None) => Err("`unhealthy` finds no asset".to_owned()),
        (false, Some(found)) => Err(format!("`{found}` is unhealthy and should not be")),
        _ => Ok(()),
    }
}

pub(crate) fn attack_path(rule: &AttackPathRule) -> Vec<RuleTest> {
    let examples =
        [("fires", rule.examples.fires.as_slice(), true), ("silent", &rule.examples.silent, false)];
    tried(&rule.id, &rule.query, &Params::new(), examples, "paths")
}

pub(crate) fn template(template: &Template) -> Vec<RuleTest> {
    let examples = [
        ("answers", template.examples.answers.as_slice(), true),
        ("silent", &template.examples.silent, false),
    ];
    tried(&template.id, &template.query, &template.params, examples, "rows")
}

/// Asks a query of graphs that it must find something in, and of those that it must not.
fn tried(
    id: &str,
    query: &str,
    params: &Params,
    examples: [(&str, &[ExampleGraph], bool); 2],
    what: &str,
) -> Vec<RuleTest> {
    let graphs = examples.into_iter().flat_map(|(name, graphs, fires)| {
        graphs
            .iter()
            .enumerate()
            .map(move |(index, graph)| (format!("{name}[{index}]"), graph, fires))
    });
    let tests = graphs.map(|(example, graph, fires)| {
        let found = snapshot(graph).and_then(|snapshot| {
            let result = snapshot.query(query, params, &Limits::default());
            result.map(|result| result.rows.len()).map_err(|error| error.to_string())
        });
        let failure = match found {
            Err(error) => Some(error),
            Ok(0) if fires => Some(format!("no {what} are found")),
            Ok(count) if !fires && count > 0 => Some(format!("{count} {what} are found")),
            Ok(_) => None,
        };
        RuleTest { rule: id.to_owned(), example, failure }
    });
    tests.collect()
}

/// The graph of an example.
pub(crate) fn snapshot(graph: &ExampleGraph) -> Result<Snapshot, String> {
    let mut assets = Vec::new();
    for node in &graph.nodes {
        let name = node.name.as_deref().unwrap_or(&node.id);
        let provider = node.provider.or(graph.provider).unwrap_or(Provider::Code);
        let environment = node.environment.as_ref().or(graph.environment.as_ref());
        let environment = environment.map_or("example", String::as_str);
        let mut asset = Asset::new(node.id.as_str(), node.kind, name, provider, environment)
            .native_type(&*node.native_type);
        asset.region.clone_from(&node.region);
        asset.tags.clone_from(&node.tags);
        asset.properties.clone_from(&node.properties);
        for found in &node.findings {
            asset.findings.push(finding(found)?);
        }
        assets.push(asset);
    }
    let relations: Result<Vec<Relation>, String> =
        graph.relations.iter().map(|r| relation(r)).collect();
    let snapshot = Snapshot::build(&assets, &relations?);
    if snapshot.dropped_relations() > 0 {
        return Err("a relation of the example names a node that is not there".to_owned());
    }
    Ok(snapshot)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleFinding {
    kind: FindingKind,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    severity: Option<Severity>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    evidence: Json,
}

fn finding(value: &Json) -> Result<Finding, String> {
    let given: ExampleFinding = match value {
        Json::String(kind) => serde_json::from_value(serde_json::json!({ "kind": kind })),
        other => serde_json::from_value(other.clone()),
    }
    .map_err(|error| format!("a finding of the example: {error}"))?;
    let severity = given.severity.unwrap_or(Severity::Medium);
    let mut finding =
        Finding::new(given.kind, "", severity, given.title, given.detail, given.evidence);
    finding.id = given.id.unwrap_or_else(|| given.kind.to_string());
    Ok(finding)
}

fn relation(parts: &[Json]) -> Result<Relation, String> {
    let (ends, properties) = match parts {
        [source, kind, target] => ([source, kind, target], None),
        [source, kind, target, Json::Object(properties)] => {
            ([source, kind, target], Some(properties))
        }
        _ => return Err("a relation of the example is not [source, KIND, target, {…}]".to_owned()),
    };
    let [Some(source), Some(kind), Some(target)] = ends.map(Json::as_str) else {
        return Err("a relation of the example names its ends and kind as text".to_owned());
    };
    let kind: RelationKind =
        kind.parse().map_err(|error: picket_model::UnknownName| error.to_string())?;
    let mut relation = Relation::new(source, kind, target);
    relation.properties = properties.cloned().unwrap_or_default();
    Ok(relation)
}
