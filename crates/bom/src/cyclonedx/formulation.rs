//! How models came to be: training and fine-tuning jobs with what went in and what came out.

use std::collections::BTreeMap;

use picket_model::{Asset, AssetKind, RelationKind};

use super::document::{Formula, Input, Output, Parameter, Reference, Workflow};
use crate::estate::{Estate, Part};
use crate::facts::text;

/// A workflow for every job, and for every model whose base or data is known though no job is.
pub(super) fn of(estate: &Estate<'_>) -> Vec<Formula> {
    let workflows: Vec<Workflow> = estate
        .parts()
        .filter_map(|(asset, part)| match (asset.kind, part) {
            (AssetKind::TrainingJob, _) => Some(job(asset, estate)),
            (_, Part::Model) => made(asset, estate),
            _ => None,
        })
        .collect();
    if workflows.is_empty() { Vec::new() } else { vec![Formula { workflows }] }
}

fn job(job: &Asset, estate: &Estate<'_>) -> Workflow {
    let models = estate.targets(job, RelationKind::Uses);
    let models = models.iter().filter(|(_, part)| *part == Part::Model).map(|(it, _)| *it);
    let outputs = estate.sources(job, RelationKind::DerivedFrom);
    let outputs = outputs.iter().filter(|(_, part)| *part == Part::Model).map(|(it, _)| *it);
    let data: BTreeMap<&str, &Asset> = std::iter::once(job)
        .chain(outputs.clone())
        .flat_map(|it| estate.training_data(it))
        .map(|data| (data.id.as_str(), data))
        .collect();
    let mut workflow = workflow(job, &format!("training: {}", job.name));
    workflow.inputs = data.into_values().chain(models).map(input).collect();
    // A file that only its provider knows is no part of the bill.
    workflow.inputs.extend(["training_file", "training_data"].into_iter().filter_map(|name| {
        Some(Input::Parameters(vec![Parameter { name, value: text(job, name)? }]))
    }));
    workflow.outputs = outputs.map(output).collect();
    workflow
}

fn made(model: &Asset, estate: &Estate<'_>) -> Option<Workflow> {
    let origins = estate.targets(model, RelationKind::DerivedFrom);
    if origins.iter().any(|(origin, _)| origin.kind == AssetKind::TrainingJob) {
        return None;
    }
    let bases = origins.iter().filter(|(_, part)| *part == Part::Model).map(|(it, _)| *it);
    let mut workflow = workflow(model, &format!("training of {}", model.name));
    workflow.inputs = estate.training_data(model).into_iter().chain(bases).map(input).collect();
    workflow.outputs = vec![output(model)];
    (!workflow.inputs.is_empty()).then_some(workflow)
}

fn workflow(about: &Asset, name: &str) -> Workflow {
    Workflow {
        bom_ref: format!("{}#workflow", about.id),
        uid: about.id.to_string(),
        name: name.to_owned(),
        resource_references: vec![reference(about)],
        task_types: vec!["other"],
        inputs: Vec::new(),
        outputs: Vec::new(),
    }
}

fn input(asset: &Asset) -> Input {
    Input::Resource(reference(asset))
}

fn output(asset: &Asset) -> Output {
    Output { kind: "artifact", resource: reference(asset) }
}

fn reference(asset: &Asset) -> Reference {
    Reference { reference: asset.id.to_string() }
}
