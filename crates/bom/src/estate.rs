//! What of an inventory is part of a bill of materials, and how its parts hang together.

use std::collections::{BTreeMap, BTreeSet};

use picket_model::{Asset, AssetKind, Relation, RelationKind};
use serde_json::Value;

use crate::BomOptions;
use crate::facts::text;

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

/// As what an asset is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A model: by its name, or a file with its weights.
    Model,
    /// A data set, or a store that models are trained or answers grounded on.
    Dataset,
    /// Other data: prompts, knowledge bases, vector indexes.
    Data,
    /// A library.
    Library,
    /// A container image.
    Image,
    /// A notebook file.
    Notebook,
    /// Agents, tools, guardrails, jobs, repositories, and what uses AI.
    Application,
    /// A workspace or project.
    Platform,
    /// Something that is called.
    Service,
}

/// The parts of one bill of materials, by id.
pub(crate) struct Estate<'a> {
    parts: BTreeMap<&'a str, (&'a Asset, Part)>,
    from: BTreeMap<&'a str, Vec<&'a Relation>>,
    to: BTreeMap<&'a str, Vec<&'a Relation>>,
    assets: BTreeMap<&'a str, &'a Asset>,
    only_repository: Option<&'a str>,
    /// What the bill is about.
    pub(crate) subject: String,
    /// The repository it is about, if it is about one and nothing else.
    pub(crate) repository: Option<&'a Asset>,
}

impl<'a> Estate<'a> {
    pub(crate) fn new(
        assets: &'a [Asset],
        relations: &'a [Relation],
        options: &BomOptions,
    ) -> Self {
        let assets: BTreeMap<&str, &Asset> = assets
            .iter()
            .filter(|asset| asset.gone_at.is_none())
            .map(|asset| (asset.id.as_str(), asset))
            .collect();
        let (mut from, mut to) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for relation in relations {
            from.entry(relation.source.as_str()).or_default().push(relation);
            to.entry(relation.target.as_str()).or_default().push(relation);
        }
        let mut repositories =
            assets.values().copied().filter(|asset| asset.kind == AssetKind::Repository);
        let alone = |repository: &&Asset| {
            let elsewhere = |it: &&Asset| {
                !it.environment.is_empty() && it.environment != repository.environment
            };
            !assets.values().any(elsewhere)
        };
        let only = repositories.next().filter(|_| repositories.next().is_none());
        let only_repository = only.map(|repository| repository.id.as_str());
        let repository = only.filter(alone);
        let subject = repository
            .map_or_else(|| format!("picket:subject/{}", options.name), |it| it.id.to_string());
        let mut estate =
            Self { parts: BTreeMap::new(), from, to, assets, only_repository, subject, repository };
        let parts = estate.assets.values().filter_map(|asset| Some((*asset, estate.part(asset)?)));
        estate.parts = parts.map(|(asset, part)| (asset.id.as_str(), (asset, part))).collect();
        estate
    }

    /// Every part, by id.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (&'a Asset, Part)> + '_ {
        self.parts.values().copied()
    }

    /// Assets that are part of the bill and that `asset` has a relation of this kind to, by id.
    pub(crate) fn targets(&self, asset: &Asset, kind: RelationKind) -> Vec<(&'a Asset, Part)> {
        let ends = self.from.get(asset.id.as_str()).into_iter().flatten();
        self.listed(ends.filter(|it| it.kind == kind).map(|it| it.target.as_str()))
    }

    /// Assets that are part of the bill and have a relation of this kind to `asset`, by id.
    pub(crate) fn sources(&self, asset: &Asset, kind: RelationKind) -> Vec<(&'a Asset, Part)> {
        let ends = self.to.get(asset.id.as_str()).into_iter().flatten();
        self.listed(ends.filter(|it| it.kind == kind).map(|it| it.source.as_str()))
    }

    fn listed<'b>(&self, ids: impl Iterator<Item = &'b str>) -> Vec<(&'a Asset, Part)> {
        let ids: BTreeSet<&str> = ids.collect();
        ids.into_iter().filter_map(|id| self.parts.get(id).copied()).collect()
    }

    /// Data that a model or job was made from: its own and that of the job that made it, by id.
    pub(crate) fn training_data(&self, asset: &Asset) -> Vec<&'a Asset> {
        let jobs = self.targets(asset, RelationKind::DerivedFrom);
        let makers =
            jobs.iter().map(|(job, _)| *job).filter(|it| it.kind == AssetKind::TrainingJob);
        let data: BTreeMap<&str, &Asset> = std::iter::once(asset)
            .chain(makers)
            .flat_map(|it| self.targets(it, RelationKind::TrainedOn))
            .filter(|(_, part)| matches!(part, Part::Dataset | Part::Data))
            .map(|(data, _)| (data.id.as_str(), data))
            .collect();
        data.into_values().collect()
    }

    /// The files, with lines where known, that relations say an asset is declared at or needed by.
    pub(crate) fn declared_at(&self, asset: &Asset) -> BTreeSet<(&'a str, Option<u32>)> {
        let relations = |ends: &BTreeMap<&str, Vec<&'a Relation>>, kind| {
            let of_asset = ends.get(asset.id.as_str()).into_iter().flatten().copied();
            of_asset.filter(move |relation| relation.kind == kind).collect::<Vec<_>>()
        };
        let places = |relations: Vec<&'a Relation>| -> BTreeSet<(&'a str, Option<u32>)> {
            relations
                .into_iter()
                .filter_map(|relation| {
                    let line = relation.properties.get("line").and_then(Value::as_u64);
                    let path = relation.properties.get("path")?.as_str()?;
                    Some((path, line.and_then(|line| u32::try_from(line).ok())))
                })
                .collect()
        };
        let declared = places(relations(&self.from, RelationKind::DefinedIn));
        if declared.is_empty() {
            let needed = [RelationKind::DependsOn, RelationKind::Runs];
            return places(needed.into_iter().flat_map(|it| relations(&self.to, it)).collect());
        }
        declared
    }

    /// The id of the file at `path` that speaks for an asset: where a relation names it, else in the only repository.
    pub(crate) fn file(&self, asset: &Asset, path: &str) -> String {
        let ending = format!("#{path}");
        let named = self
            .from
            .get(asset.id.as_str())
            .into_iter()
            .flatten()
            .filter(|relation| relation.kind == RelationKind::DefinedIn)
            .map(|relation| relation.target.as_str())
            .filter(|target| target.ends_with(&ending))
            .min();
        let place = self.only_repository.unwrap_or(&asset.environment);
        named.map_or_else(|| format!("{place}{ending}"), str::to_owned)
    }

    /// As what the asset of an id is listed, if it is.
    pub(crate) fn listed_as(&self, id: &str) -> Option<Part> {
        self.parts.get(id).map(|(_, part)| *part)
    }

    /// Edges between parts, and from the subject. What nothing else needs hangs on the subject.
    pub(crate) fn edges(&self) -> BTreeSet<(String, RelationKind, String)> {
        let mut edges = BTreeSet::new();
        let mut needed = BTreeSet::new();
        for relation in self.from.values().flatten() {
            let (source, target) = (relation.source.as_str(), relation.target.as_str());
            let provided = relation.kind == RelationKind::Contains
                && self.assets.get(source).is_some_and(|it| it.kind == AssetKind::AiService);
            if !(provided || DEPENDING.contains(&relation.kind))
                || !self.parts.contains_key(target)
                || source == target
            {
                continue;
            }
            if source != self.subject && !self.parts.contains_key(source) {
                continue;
            }
            needed.insert(target);
            edges.insert((source.to_owned(), relation.kind, target.to_owned()));
        }
        let loose = self.parts.keys().filter(|id| !needed.contains(**id));
        edges.extend(
            loose.map(|id| (self.subject.clone(), RelationKind::DependsOn, (*id).to_owned())),
        );
        edges
    }

    fn part(&self, asset: &Asset) -> Option<Part> {
        use AssetKind as K;
        Some(match asset.kind {
            K::Model | K::ModelFile => Part::Model,
            K::Dataset => Part::Dataset,
            K::Prompt | K::KnowledgeBase | K::VectorIndex => Part::Data,
            K::Library => Part::Library,
            K::ContainerImage => Part::Image,
            K::Notebook if asset.native_type == "file" => Part::Notebook,
            K::Repository if self.repository.is_none() => Part::Application,
            K::Notebook | K::Agent | K::Tool | K::Guardrail | K::Pipeline | K::TrainingJob => {
                Part::Application
            }
            K::AiProject => Part::Platform,
            K::AiService | K::ModelDeployment | K::McpServer | K::SearchIndex => Part::Service,
            K::ObjectStore | K::Database | K::Table | K::FileShare if self.feeds_ai(asset) => {
                Part::Dataset
            }
            K::Workload | K::Function | K::WebApp | K::VirtualMachine if self.uses_ai(asset) => {
                Part::Application
            }
            _ => return None,
        })
    }

    /// Whether something is trained or grounded on a store.
    fn feeds_ai(&self, store: &Asset) -> bool {
        self.to.get(store.id.as_str()).into_iter().flatten().any(|relation| {
            matches!(relation.kind, RelationKind::TrainedOn | RelationKind::GroundedOn)
        })
    }

    /// Whether what runs is an inference server, or leads straight to a model, agent or AI service.
    fn uses_ai(&self, compute: &Asset) -> bool {
        let serves = text(compute, "inference_server").is_some();
        serves
            || self.from.get(compute.id.as_str()).into_iter().flatten().any(|relation| {
                use AssetKind as K;
                let target = self.assets.get(relation.target.as_str());
                matches!(relation.kind, RelationKind::Uses | RelationKind::Calls)
                    && target.is_some_and(|it| {
                        matches!(
                            it.kind,
                            K::AiService
                                | K::ModelDeployment
                                | K::Model
                                | K::Agent
                                | K::McpServer
                                | K::KnowledgeBase
                                | K::VectorIndex
                        )
                    })
            })
    }
}
