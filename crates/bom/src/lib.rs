//! AI bills of materials: CycloneDX ML-BOM 1.6 and 1.7.
//!
//! [`generate`] turns the assets and relations of an inventory into one document. Models become `machine-learning-model`
//! components with a model card, prompts, data sets and indexes `data`, libraries `library`, agents and tools
//! `application`; endpoints, deployments and Model Context Protocol servers become services. Relations become the
//! dependency graph; every reference in it is declared. The crate does no I/O.

mod component;
mod diff;
mod document;
mod evidence;
mod service;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use picket_model::{Asset, AssetKind, Relation, RelationKind};
use serde_json::Value;

pub use diff::{
    Changes, Diff, Edge, EdgeChanges, FieldChange, Item, ItemChange, NotCycloneDx, diff,
};
use document::{Composition, Dependency, Document, Lifecycle, Metadata, Tools};

/// Version of the specification to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spec {
    /// CycloneDX 1.6.
    CycloneDx16,
    /// CycloneDX 1.7.
    CycloneDx17,
}

impl Spec {
    /// `specVersion`.
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Self::CycloneDx16 => "1.6",
            Self::CycloneDx17 => "1.7",
        }
    }
}

/// A name of no specification that is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not written; use `cyclonedx-1.6` or `cyclonedx-1.7`")]
pub struct UnknownSpec(String);

impl std::str::FromStr for Spec {
    type Err = UnknownSpec;

    fn from_str(name: &str) -> Result<Self, UnknownSpec> {
        match name {
            "cyclonedx-1.6" => Ok(Self::CycloneDx16),
            "cyclonedx-1.7" => Ok(Self::CycloneDx17),
            other => Err(UnknownSpec(other.to_owned())),
        }
    }
}

/// What the document says of itself.
#[derive(Debug, Clone)]
pub struct BomOptions {
    /// Specification.
    pub spec: Spec,
    /// What the bill is about: the environment's or asset's name.
    pub name: String,
    /// Its version, where it has one.
    pub version: Option<String>,
    /// Serial number; a new one for every document.
    pub serial: uuid::Uuid,
    /// When it was made.
    pub timestamp: DateTime<Utc>,
}

impl BomOptions {
    /// A document about `name`, made at `timestamp`, with a serial number of its own.
    #[must_use]
    pub fn new(spec: Spec, name: impl Into<String>, timestamp: DateTime<Utc>) -> Self {
        let serial = uuid::Uuid::new_v4();
        Self { spec, name: name.into(), version: None, serial, timestamp }
    }
}

/// Relations that say that one thing needs another.
const DEPENDING: &[RelationKind] = &[
    RelationKind::Uses,
    RelationKind::DependsOn,
    RelationKind::HasTool,
    RelationKind::Calls,
    RelationKind::GroundedOn,
    RelationKind::TrainedOn,
    RelationKind::DerivedFrom,
    RelationKind::Deploys,
    RelationKind::ProtectedBy,
    RelationKind::Stores,
    RelationKind::Runs,
];

/// Writes the bill of materials of these assets. Assets that are no part of AI or its supply chain are left out, and so
/// are relations to them; the same input gives the same document.
#[must_use]
pub fn generate(assets: &[Asset], relations: &[Relation], options: &BomOptions) -> Value {
    let mut assets: Vec<&Asset> = assets.iter().filter(|asset| asset.gone_at.is_none()).collect();
    assets.sort_by(|a, b| a.id.cmp(&b.id));
    assets.dedup_by(|a, b| a.id == b.id);
    let repositories: Vec<&Asset> =
        assets.iter().copied().filter(|asset| asset.kind == AssetKind::Repository).collect();
    let estate = Estate {
        relations,
        assets: assets.iter().map(|asset| (asset.id.as_str(), *asset)).collect(),
    };
    let subject = component::subject(options, &repositories);
    let components: Vec<_> =
        assets.iter().filter_map(|asset| component::of(asset, &estate, options.spec)).collect();
    let services: Vec<_> = assets.iter().filter_map(|asset| service::of(asset, &estate)).collect();
    let declared: BTreeSet<&str> = components
        .iter()
        .map(|component| component.bom_ref.as_str())
        .chain(services.iter().map(|service| service.bom_ref.as_str()))
        .collect();
    let dependencies = dependencies(&subject.bom_ref, &repositories, &declared, relations);
    let document = Document {
        schema: format!("http://cyclonedx.org/schema/bom-{}.schema.json", options.spec.version()),
        bom_format: "CycloneDX",
        spec_version: options.spec.version(),
        serial_number: options.serial.urn().to_string(),
        version: 1,
        metadata: Metadata {
            timestamp: options.timestamp.to_rfc3339_opts(SecondsFormat::Secs, true),
            lifecycles: vec![Lifecycle { phase: "discovery" }],
            tools: Tools { components: vec![component::picket()] },
            component: subject,
        },
        components,
        services,
        dependencies,
        // A scan sees what its sources show, never for certain everything.
        compositions: vec![Composition { aggregate: "incomplete" }],
    };
    serde_json::to_value(document).unwrap_or_default()
}

/// The inventory, to look up what an asset is related to.
pub(crate) struct Estate<'a> {
    relations: &'a [Relation],
    assets: BTreeMap<&'a str, &'a Asset>,
}

impl<'a> Estate<'a> {
    /// Assets that `asset` has a relation of this kind to, by id.
    pub(crate) fn targets(&self, asset: &Asset, kind: RelationKind) -> Vec<&'a Asset> {
        let mut targets: Vec<&Asset> = self
            .relations
            .iter()
            .filter(|relation| relation.kind == kind && relation.source == asset.id)
            .filter_map(|relation| self.assets.get(relation.target.as_str()).copied())
            .collect();
        targets.sort_by(|a, b| a.id.cmp(&b.id));
        targets.dedup_by(|a, b| a.id == b.id);
        targets
    }
}

/// One entry for every declared reference. What belongs to nothing else hangs on the subject.
fn dependencies(
    subject: &str,
    repositories: &[&Asset],
    declared: &BTreeSet<&str>,
    relations: &[Relation],
) -> Vec<Dependency> {
    let mut graph: BTreeMap<&str, BTreeSet<&str>> =
        declared.iter().map(|reference| (*reference, BTreeSet::new())).collect();
    graph.insert(subject, BTreeSet::new());
    let mut needed = BTreeSet::new();
    for relation in relations.iter().filter(|relation| DEPENDING.contains(&relation.kind)) {
        let source = relation.source.as_str();
        let from_repository =
            repositories.iter().any(|repository| repository.id == relation.source);
        let source = if from_repository { subject } else { source };
        let target = relation.target.as_str();
        if let Some(needs) = graph.get_mut(source)
            && declared.contains(target)
            && source != target
        {
            needs.insert(target);
            needed.insert(target);
        }
    }
    let loose: Vec<&str> =
        declared.iter().copied().filter(|reference| !needed.contains(reference)).collect();
    graph.entry(subject).or_default().extend(loose);
    graph
        .into_iter()
        .map(|(reference, needs)| Dependency {
            reference: reference.to_owned(),
            depends_on: needs.into_iter().map(str::to_owned).collect(),
        })
        .collect()
}
