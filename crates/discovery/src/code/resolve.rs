//! What several files of a repository say together.

use picket_model::{AssetId, AssetKind, Relation, RelationKind, Standing};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use crate::Collector;
use crate::files::Scope;

/// Constants that other files read are used, not only mentioned.
pub(crate) fn raise_shared_constants(scope: &Scope, out: &mut Collector) {
    let names = std::mem::take(&mut out.notes.outside_names);
    let mut raised: Vec<(AssetId, String, u64)> = Vec::new();
    let candidates: Vec<AssetId> = out
        .of_kind(AssetKind::Model)
        .chain(out.of_kind(AssetKind::ModelDeployment))
        .map(|asset| asset.id.clone())
        .collect();
    for id in candidates {
        let Some(asset) = out.get_mut(&id) else { continue };
        let Some(Value::Array(places)) = asset.properties.get_mut("occurrences") else { continue };
        let mut used = false;
        for place in places {
            let symbol = place["symbol"].as_str().unwrap_or_default();
            let shared = place["standing"] == "mentioned" && names.contains(symbol);
            let path = place["path"].as_str().unwrap_or_default().to_owned();
            if shared && !super::recognise::is_test_or_document(&path) {
                place["standing"] = json!(Standing::Used.as_str());
                raised.push((id.clone(), path, place["line"].as_u64().unwrap_or(1)));
                used = true;
            }
        }
        if used {
            asset.set("standing", Standing::Used.as_str());
        }
    }
    for (id, path, line) in raised {
        let uses = Relation::new(scope.repository(), RelationKind::Uses, id.clone());
        out.relation(uses.with("path", path.as_str()).with("line", line));
        if out.get(&scope.file_id(&path)).is_some() {
            let defined = Relation::new(id, RelationKind::DefinedIn, scope.file_id(&path));
            out.relation(defined.with("path", path).with("line", line));
        }
    }
}

/// A deployment that code names is the one that infrastructure as code defines, where exactly one has its name.
pub(crate) fn join_deployments(_: &Scope, out: &mut Collector) {
    let mut defined: FxHashMap<String, Vec<AssetId>> = FxHashMap::default();
    let mut named = Vec::new();
    for asset in out.of_kind(AssetKind::ModelDeployment) {
        let name = asset.name.to_ascii_lowercase();
        if asset.id.as_str().contains("#deployment/") {
            named.push((name, asset.id.clone()));
        } else {
            defined.entry(name).or_default().push(asset.id.clone());
        }
    }
    out.unify(&pairs(named, &defined));
}

/// An endpoint that code calls is the account that infrastructure as code defines with that endpoint.
pub(crate) fn join_endpoints(_: &Scope, out: &mut Collector) {
    let endpoints: Vec<(AssetId, String)> = out
        .of_kind(AssetKind::AiService)
        .filter_map(|asset| {
            Some((asset.id.clone(), asset.id.as_str().strip_prefix("endpoint://")?.to_owned()))
        })
        .collect();
    let mut same = FxHashMap::default();
    for (id, host) in endpoints {
        let account = host.split('.').next().unwrap_or_default();
        let found: Vec<AssetId> = out
            .assets()
            .iter()
            .filter(|asset| {
                asset.id != id
                    && matches!(asset.kind, AssetKind::AiService | AssetKind::SearchIndex)
            })
            .filter(|asset| {
                let property = |name: &str| asset.properties.get(name).and_then(Value::as_str);
                let endpoint = property("endpoint").and_then(super::recognise::host_of);
                let subdomain = property("custom_sub_domain_name");
                endpoint.as_deref() == Some(host.as_str())
                    || host.contains(".azure.")
                        && subdomain.is_some_and(|name| name.eq_ignore_ascii_case(account))
            })
            .map(|asset| asset.id.clone())
            .collect();
        if let [only] = found.as_slice() {
            same.insert(id, only.clone());
        }
    }
    out.unify(&same);
}

/// Each of `named` with the one definition of its name.
fn pairs(
    named: Vec<(String, AssetId)>,
    defined: &FxHashMap<String, Vec<AssetId>>,
) -> FxHashMap<AssetId, AssetId> {
    named
        .into_iter()
        .filter_map(|(name, id)| match defined.get(&name).map(Vec::as_slice) {
            Some([only]) => Some((id, only.clone())),
            _ => None,
        })
        .collect()
}

/// A tool that one file imports is the tool that another file defines, where exactly one has its name.
pub(crate) fn join_tools(_: &Scope, out: &mut Collector) {
    let mut defined: FxHashMap<String, Vec<AssetId>> = FxHashMap::default();
    let mut imported = Vec::new();
    for asset in out.of_kind(AssetKind::Tool) {
        if asset.properties.contains_key("imported_from") {
            imported.push((asset.name.clone(), asset.id.clone()));
        } else {
            defined.entry(asset.name.clone()).or_default().push(asset.id.clone());
        }
    }
    out.unify(&pairs(imported, &defined));
}

/// What an agent can do, on the agent itself.
pub(crate) fn rate_agents(_: &Scope, out: &mut Collector) {
    let risky: FxHashMap<AssetId, (String, bool)> = out
        .of_kind(AssetKind::Tool)
        .filter_map(|tool| {
            let risk = tool.properties.get("risk")?.as_str()?.to_owned();
            let approval =
                tool.properties.get("approval").and_then(Value::as_bool).unwrap_or(false);
            Some((tool.id.clone(), (risk, approval)))
        })
        .collect();
    let mut risks: FxHashMap<AssetId, Vec<(String, bool)>> = FxHashMap::default();
    for relation in out.relations().iter().filter(|relation| relation.kind == RelationKind::HasTool)
    {
        if let Some(risk) = risky.get(&relation.target) {
            risks.entry(relation.source.clone()).or_default().push(risk.clone());
        }
    }
    for (agent, risks) in risks {
        let Some(asset) = out.get_mut(&agent) else { continue };
        let mut names: Vec<&String> = risks.iter().map(|(risk, _)| risk).collect();
        names.sort_unstable();
        names.dedup();
        asset.set("tool_risks", json!(names));
        let approved = asset.properties.get("approval").and_then(Value::as_bool).unwrap_or(false);
        let unapproved = !approved
            && risks.iter().any(|(risk, approval)| {
                !approval && matches!(risk.as_str(), "shell" | "code_execution" | "computer_use")
            });
        asset.set("runs_code_unapproved", unapproved);
    }
}
