//! Gathers assets, relations and diagnostics, each asset id and each edge once.

use picket_model::{
    Asset, AssetId, AssetKind, Diagnostic, DiagnosticStatus, Environment, Finding, Inventory,
    Occurrence, Relation, RelationKind, Standing,
};
use rustc_hash::FxHashMap;
use serde_json::Value;

/// Most occurrences kept for one asset; further ones are only counted in `occurrences_dropped`.
const MAX_OCCURRENCES: usize = 200;

/// Gathers what a discovery finds. Adding an asset or relation that is there already merges the two:
/// see [`Collector::asset`] and [`Collector::relation`].
#[derive(Debug, Default)]
pub struct Collector {
    environments: Vec<Environment>,
    assets: Vec<Asset>,
    asset_index: FxHashMap<AssetId, usize>,
    relations: Vec<Relation>,
    relation_index: FxHashMap<(AssetId, RelationKind, AssetId), usize>,
    diagnostics: Vec<Diagnostic>,
    pub(crate) notes: crate::code::Notes,
}

impl Collector {
    /// An empty collector.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an environment, unless one with its id is there.
    pub fn environment(&mut self, environment: Environment) {
        if !self.environments.iter().any(|known| known.id == environment.id) {
            self.environments.push(environment);
        }
    }

    /// Adds an asset. If its id is there already, the first one's fields stand, missing ones are filled in,
    /// `occurrences` and findings are appended, and the strongest `standing` wins.
    pub fn asset(&mut self, asset: Asset) {
        match self.asset_index.get(&asset.id) {
            Some(&index) => merge_asset(&mut self.assets[index], asset),
            None => {
                self.asset_index.insert(asset.id.clone(), self.assets.len());
                self.assets.push(asset);
            }
        }
    }

    /// Adds an asset together with one place where it is referred to; its `standing` is the strongest of all its occurrences.
    pub fn occurrence(&mut self, asset: Asset, occurrence: &Occurrence) {
        let standing = occurrence.standing.as_str();
        let place = serde_json::to_value(occurrence).unwrap_or_default();
        self.asset(asset.with("standing", standing).with("occurrences", Value::Array(vec![place])));
    }

    /// Adds a relation; if the same edge is there already, properties that it lacks are filled in.
    pub fn relation(&mut self, relation: Relation) {
        let key = (relation.source.clone(), relation.kind, relation.target.clone());
        match self.relation_index.get(&key) {
            Some(&index) => fill(&mut self.relations[index].properties, relation.properties),
            None => {
                self.relation_index.insert(key, self.relations.len());
                self.relations.push(relation);
            }
        }
    }

    /// Adds a finding to an asset that has been added before; without that asset it is dropped.
    pub fn finding(&mut self, asset: &AssetId, finding: Finding) {
        if let Some(asset) = self.get_mut(asset) {
            push_finding(&mut asset.findings, finding);
        }
    }

    /// Notes that something could not be read.
    pub fn diagnostic(
        &mut self,
        status: DiagnosticStatus,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.diagnostics.push(Diagnostic::new(status, subject, message));
    }

    /// The asset with this id.
    #[must_use]
    pub fn get(&self, id: &AssetId) -> Option<&Asset> {
        self.asset_index.get(id).map(|&index| &self.assets[index])
    }

    /// The asset with this id, to change; its `id` must stay.
    pub fn get_mut(&mut self, id: &AssetId) -> Option<&mut Asset> {
        self.asset_index.get(id).map(|&index| &mut self.assets[index])
    }

    /// All assets so far, in the order they were first added.
    #[must_use]
    pub fn assets(&self) -> &[Asset] {
        &self.assets
    }

    /// Assets of one kind.
    pub fn of_kind(&self, kind: AssetKind) -> impl Iterator<Item = &Asset> {
        self.assets.iter().filter(move |asset| asset.kind == kind)
    }

    /// All relations so far, in the order they were first added.
    #[must_use]
    pub fn relations(&self) -> &[Relation] {
        &self.relations
    }

    /// Adds everything of `other`.
    pub fn merge(&mut self, other: Self) {
        for environment in other.environments {
            self.environment(environment);
        }
        for asset in other.assets {
            self.asset(asset);
        }
        for relation in other.relations {
            self.relation(relation);
        }
        self.diagnostics.extend(other.diagnostics);
        self.notes.merge(other.notes);
    }

    /// Says which assets are the same: merges each key into its value and turns the relations over.
    /// Pairs of which one is not there are left alone.
    pub fn unify(&mut self, same: &FxHashMap<AssetId, AssetId>) {
        let known = |id: &AssetId| self.asset_index.contains_key(id);
        let same: FxHashMap<&AssetId, &AssetId> =
            same.iter().filter(|(from, into)| from != into && known(from) && known(into)).collect();
        if same.is_empty() {
            return;
        }
        let all = std::mem::take(self);
        self.environments = all.environments;
        self.diagnostics = all.diagnostics;
        self.notes = all.notes;
        let (gone, kept): (Vec<_>, Vec<_>) =
            all.assets.into_iter().partition(|asset| same.contains_key(&asset.id));
        for mut asset in kept.into_iter().chain(gone) {
            if let Some(&into) = same.get(&asset.id) {
                asset.id = into.clone();
            }
            self.asset(asset);
        }
        for mut relation in all.relations {
            for end in [&mut relation.source, &mut relation.target] {
                if let Some(&into) = same.get(end) {
                    *end = into.clone();
                }
            }
            if relation.source != relation.target {
                self.relation(relation);
            }
        }
    }

    /// The result.
    #[must_use]
    pub fn into_inventory(self) -> Inventory {
        Inventory {
            environments: self.environments,
            assets: self.assets,
            relations: self.relations,
            diagnostics: self.diagnostics,
        }
    }
}

fn merge_asset(into: &mut Asset, mut from: Asset) {
    let standing = strongest(into.properties.get("standing"), from.properties.get("standing"));
    if let Some(standing) = standing {
        into.set("standing", standing.as_str());
    }
    if let Some(Value::Array(more)) = from.properties.remove("occurrences") {
        add_occurrences(into, more);
    }
    fill(&mut into.properties, from.properties);
    fill(&mut into.tags, from.tags);
    into.region = into.region.take().or(from.region);
    if into.native_type.is_empty() {
        into.native_type = from.native_type;
    }
    for finding in from.findings {
        push_finding(&mut into.findings, finding);
    }
}

fn strongest(a: Option<&Value>, b: Option<&Value>) -> Option<Standing> {
    let standing = |value: Option<&Value>| value?.as_str()?.parse::<Standing>().ok();
    standing(a).max(standing(b))
}

fn add_occurrences(asset: &mut Asset, more: Vec<Value>) {
    let entry = asset.properties.entry("occurrences").or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(places) = entry else { return };
    let mut dropped = 0_u64;
    for place in more {
        if places.len() >= MAX_OCCURRENCES {
            dropped += 1;
        } else if !places.contains(&place) {
            places.push(place);
        }
    }
    if dropped > 0 {
        let before = asset.properties.get("occurrences_dropped").and_then(Value::as_u64);
        asset.set("occurrences_dropped", before.unwrap_or(0) + dropped);
    }
}

fn push_finding(findings: &mut Vec<Finding>, finding: Finding) {
    if !findings.iter().any(|known| known.id == finding.id) {
        findings.push(finding);
    }
}

fn fill(into: &mut picket_model::Properties, from: picket_model::Properties) {
    for (key, value) in from {
        into.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use picket_model::{FindingKind, Provider, Severity};

    use super::*;

    fn model() -> Asset {
        Asset::new(
            "model://openai/gpt-4.1",
            AssetKind::Model,
            "gpt-4.1",
            Provider::Saas,
            "repo://a",
        )
    }

    fn place(line: u32, standing: Standing) -> Occurrence {
        Occurrence { path: "a.py".into(), line, column: 1, symbol: "x".into(), standing }
    }

    #[test]
    fn occurrences_add_up_and_the_strongest_standing_wins() {
        let mut out = Collector::new();
        out.occurrence(model(), &place(1, Standing::Mentioned));
        out.occurrence(model(), &place(2, Standing::Used));
        out.occurrence(model(), &place(2, Standing::Used));
        out.occurrence(model(), &place(3, Standing::Configured));
        let asset = &out.assets()[0];
        assert_eq!(asset.properties["standing"], "used");
        assert_eq!(asset.properties["occurrences"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn the_same_edge_and_finding_stand_once() {
        let mut out = Collector::new();
        out.asset(model());
        let finding = |detail: &str| {
            Finding::new(FindingKind::Secret, "a", Severity::High, "t", detail, Value::Null)
        };
        out.finding(&"model://openai/gpt-4.1".into(), finding("1"));
        out.finding(&"model://openai/gpt-4.1".into(), finding("2"));
        out.finding(&"unknown".into(), finding("3"));
        out.relation(Relation::new("a", RelationKind::Uses, "b").with("line", 1));
        out.relation(Relation::new("a", RelationKind::Uses, "b").with("line", 2).with("path", "p"));
        assert_eq!(out.assets()[0].findings.len(), 1);
        assert_eq!(out.relations().len(), 1);
        assert_eq!(out.relations()[0].properties["line"], 1);
        assert_eq!(out.relations()[0].properties["path"], "p");
    }

    #[test]
    fn unify_moves_relations_and_occurrences() {
        let mut out = Collector::new();
        let deployment = |id: &str| {
            Asset::new(id, AssetKind::ModelDeployment, "chat", Provider::Azure, "repo://a")
        };
        out.occurrence(deployment("code"), &place(1, Standing::Used));
        out.occurrence(deployment("iac"), &place(2, Standing::Configured));
        out.relation(Relation::new("app", RelationKind::Uses, "code"));
        out.unify(&FxHashMap::from_iter([("code".into(), "iac".into())]));
        assert_eq!(out.assets().len(), 1);
        assert_eq!(out.assets()[0].properties["standing"], "used");
        assert_eq!(out.relations()[0].target, AssetId::new("iac"));
        assert_eq!(out.get(&"iac".into()).unwrap().id, AssetId::new("iac"));
    }
}
