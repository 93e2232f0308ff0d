//! Relations that only show once everything is read: instance profiles, artifacts of training jobs, what Bedrock holds.

use picket_model::{Asset, AssetKind, Inventory, Relation, RelationKind};
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::cloud::Gather;

/// Draws them. `profiles` are the roles of instance profiles.
pub(super) fn relate(gather: &Gather<'_>, profiles: &FxHashMap<String, String>) {
    let mut found = gather.lock();
    let mut relations = Vec::new();
    for asset in found.assets() {
        if let Some(role) =
            property(asset, "instance_profile").and_then(|profile| profiles.get(profile))
        {
            relations.push(Relation::new(asset.id.clone(), RelationKind::RunsAs, role.as_str()));
        }
    }
    relations.extend(made_by_jobs(found.assets()));
    relations.extend(domain_members(found.assets()));
    let (contained, in_use) = bedrock(found.assets());
    relations.extend(contained);
    for service in in_use {
        if let Some(asset) = found.get_mut(&service.into()) {
            asset.set("in_use", true);
        }
    }
    for relation in relations {
        found.relation(relation);
    }
}

fn property<'a>(asset: &'a Asset, key: &str) -> Option<&'a str> {
    asset.properties.get(key)?.as_str()
}

/// A model whose weights lie where a training job put its own was made by that job.
fn made_by_jobs(assets: &[Asset]) -> Vec<Relation> {
    let jobs: Vec<&Asset> =
        assets.iter().filter(|asset| asset.kind == AssetKind::TrainingJob).collect();
    let models = assets.iter().filter(|asset| asset.native_type == "AWS::SageMaker::Model");
    let data = models.flat_map(|model| {
        let uris =
            model.properties.get("model_data").and_then(Value::as_array).into_iter().flatten();
        uris.filter_map(Value::as_str).map(move |uri| (model, uri))
    });
    data.filter_map(|(model, uri)| {
        let exact = jobs.iter().find(|job| property(job, "artifact") == Some(uri));
        let within = |job: &&&Asset| {
            property(job, "output").is_some_and(|output| {
                uri.starts_with(&format!("{}/", output.trim_end_matches('/')))
            })
        };
        // Several jobs may write to one place; then nobody can tell.
        let mut candidates = jobs.iter().filter(within);
        let only = candidates.next().filter(|_| candidates.next().is_none());
        let job = exact.or(only)?;
        let relation = Relation::new(model.id.clone(), RelationKind::DerivedFrom, job.id.clone());
        Some(relation.with("via", uri))
    })
    .collect()
}

/// A SageMaker domain contains its user profiles.
fn domain_members(assets: &[Asset]) -> Vec<Relation> {
    let of = |native_type: &'static str| {
        assets.iter().filter(move |asset| asset.native_type == native_type)
    };
    of("AWS::SageMaker::UserProfile")
        .filter_map(|profile| {
            let domain = of("AWS::SageMaker::Domain").find(|domain| {
                domain.environment == profile.environment
                    && domain.region == profile.region
                    && property(domain, "domain_id") == property(profile, "domain_id")
            })?;
            Some(Relation::new(domain.id.clone(), RelationKind::Contains, profile.id.clone()))
        })
        .collect()
}

/// Bedrock in a region contains its resources there, and is in use where it has any or something refers to its models.
fn bedrock(assets: &[Asset]) -> (Vec<Relation>, Vec<String>) {
    let mut relations = Vec::new();
    let mut in_use = Vec::new();
    for service in assets.iter().filter(|asset| asset.native_type == "AWS::Bedrock::Service") {
        let resources = assets.iter().filter(|asset| {
            asset.native_type.starts_with("AWS::Bedrock::")
                && asset.environment == service.environment
                && asset.region == service.region
                && asset.kind != AssetKind::AiService
                && asset.kind != AssetKind::Tool
        });
        let before = relations.len();
        let mut used = false;
        for resource in resources {
            used = true;
            if resource.native_type != "AWS::Bedrock::FoundationModel" {
                relations.push(Relation::new(
                    service.id.clone(),
                    RelationKind::Contains,
                    resource.id.clone(),
                ));
            }
        }
        if used || relations.len() > before {
            in_use.push(service.id.to_string());
        }
    }
    (relations, in_use)
}

/// Lets relations that name a key by its alias lead to the key.
pub(super) fn resolve_aliases(inventory: &mut Inventory) {
    let mut keys: FxHashMap<String, picket_model::AssetId> = FxHashMap::default();
    for key in inventory.assets.iter().filter(|asset| asset.native_type == "AWS::KMS::Key") {
        let Some((prefix, _)) = key.id.as_str().split_once(":key/") else { continue };
        for alias in key.properties.get("aliases").and_then(Value::as_array).into_iter().flatten() {
            keys.insert(format!("{prefix}:{}", alias.as_str().unwrap_or_default()), key.id.clone());
        }
    }
    for relation in &mut inventory.relations {
        if let Some(key) = keys.get(relation.target.as_str()) {
            relation.target = key.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use picket_model::Provider;

    use super::*;

    fn asset(id: &str, kind: AssetKind, native_type: &str) -> Asset {
        Asset::new(id, kind, id, Provider::Aws, "1").native_type(native_type).region("r")
    }

    #[test]
    fn a_model_comes_from_the_only_job_that_wrote_there() {
        let job = |id: &str, output: &str| {
            asset(id, AssetKind::TrainingJob, "AWS::SageMaker::TrainingJob").with("output", output)
        };
        let model = asset("m", AssetKind::Model, "AWS::SageMaker::Model")
            .with("model_data", vec!["s3://b/out/run/model.tar.gz"]);
        let one = [job("j", "s3://b/out/"), job("k", "s3://b/output/"), model.clone()];
        let relations = made_by_jobs(&one);
        assert_eq!(relations.len(), 1);
        assert_eq!(relations[0].target.as_str(), "j");
        let two = [job("j", "s3://b/out/"), job("k", "s3://b/out"), model];
        assert_eq!(made_by_jobs(&two), []);
    }

    #[test]
    fn aliases_lead_to_their_key() {
        let key = asset("arn:aws:kms:r:1:key/k", AssetKind::Key, "AWS::KMS::Key")
            .with("aliases", vec!["alias/data"]);
        let mut inventory = Inventory {
            assets: vec![key],
            relations: vec![Relation::new(
                "b",
                RelationKind::EncryptedWith,
                "arn:aws:kms:r:1:alias/data",
            )],
            ..Inventory::default()
        };
        resolve_aliases(&mut inventory);
        assert_eq!(inventory.relations[0].target.as_str(), "arn:aws:kms:r:1:key/k");
    }

    #[test]
    fn bedrock_is_in_use_where_it_has_resources() {
        let service = asset("s", AssetKind::AiService, "AWS::Bedrock::Service");
        let (relations, used) =
            bedrock(&[service.clone(), asset("a", AssetKind::Agent, "AWS::Bedrock::Agent")]);
        assert_eq!((relations.len(), used), (1, vec!["s".to_owned()]));
        assert_eq!(bedrock(&[service]).1, [""; 0]);
    }
}
