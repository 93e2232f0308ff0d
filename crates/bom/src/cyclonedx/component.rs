//! Assets that are part of what is built: models, data, libraries, agents, tools.

use picket_model::{Asset, AssetKind, Standing};

use super::document::{
    Approach, Component, ComponentData, Considerations, Contents, Evidence, ExternalReference,
    Format, Governance, Hash, Identity, LicenseChoice, LicenseName, Method, ModelCard,
    ModelParameters, Occurrence, Organisation, Party, Pedigree, Property, Reference, Risk,
};
use super::{TOOL, properties};
use crate::address::{data_location, purl, weights};
use crate::estate::{Estate, Part};
use crate::facts::{
    classification, identification, owner, places, properties as listed, provider, sensitive_types,
    standing, text, version,
};
use crate::license::License;
use crate::models::{Model, bases, hyperparameters};
use crate::{BomOptions, Spec};

/// The component for an asset; `None` where it is a service.
pub(super) fn of(
    (asset, part): (&Asset, Part),
    estate: &Estate<'_>,
    spec: Spec,
) -> Option<Component> {
    let kind = component_type(asset, part)?;
    let mut component = Component {
        kind,
        bom_ref: Some(asset.id.to_string()),
        supplier: provider(asset).map(|name| Organisation { name }),
        name: asset.name.clone(),
        version: version(asset),
        description: text(asset, "description"),
        scope: scope(asset),
        purl: purl(asset),
        properties: properties(listed(asset)),
        ..Component::default()
    };
    match part {
        Part::Model => model(asset, estate, spec, &mut component),
        Part::Image => {
            component.name = text(asset, "repository").unwrap_or_else(|| asset.name.clone());
        }
        Part::Dataset | Part::Data => data(asset, &mut component),
        _ => {}
    }
    component.evidence = Some(evidence(asset, estate, &component));
    Some(component)
}

fn component_type(asset: &Asset, part: Part) -> Option<&'static str> {
    let framework =
        || text(asset, "role").is_some_and(|it| it == "agent-framework" || it == "orchestration");
    Some(match part {
        Part::Model => "machine-learning-model",
        Part::Dataset | Part::Data => "data",
        Part::Library if framework() => "framework",
        Part::Library => "library",
        Part::Image => "container",
        Part::Notebook => "file",
        Part::Application => "application",
        Part::Platform => "platform",
        Part::Service => return None,
    })
}

/// What is only mentioned is no part of the running system.
fn scope(asset: &Asset) -> Option<&'static str> {
    standing(asset).map(|standing| match standing {
        Standing::Used => "required",
        Standing::Configured => "optional",
        Standing::Mentioned => "excluded",
    })
}

fn model(asset: &Asset, estate: &Estate<'_>, spec: Spec, component: &mut Component) {
    let model = Model::read(asset, estate);
    component.purl = model.purl();
    let page = model.page().map(|url| ExternalReference { kind: "model-card", url });
    let weights = model.page().into_iter().chain(weights(asset));
    let weights = weights.map(|url| ExternalReference { kind: "distribution", url });
    component.external_references = page.into_iter().chain(weights).collect();
    component.licenses = model.license.clone().map(license).into_iter().collect();
    component.pedigree = pedigree(asset, estate);
    component.model_card = Some(card(asset, &model, estate));
    component.properties.extend(model.task_source.map(|source| Property {
        name: "picket:model_card_source".to_owned(),
        value: source.to_owned(),
    }));
    component.properties.extend(
        hyperparameters(asset)
            .into_iter()
            .map(|(name, value)| Property { name: format!("picket:hyperparameter:{name}"), value }),
    );
    if asset.kind == AssetKind::ModelFile {
        component.version = None;
        component.properties.extend(
            text(asset, "version")
                .map(|value| Property { name: "picket:format_version".to_owned(), value }),
        );
        component.hashes = digest(asset);
        component.components = vec![Component {
            kind: "file",
            mime_type: Some("application/octet-stream"),
            bom_ref: Some(format!("{}#file", asset.id)),
            name: text(asset, "path").unwrap_or_else(|| asset.name.clone()),
            hashes: digest(asset),
            ..Component::default()
        }];
        return;
    }
    if let Some(publisher) = &model.publisher {
        component.supplier = Some(Organisation { name: publisher.clone() });
    }
    component.publisher = model.publisher;
    component.group = model.group;
    component.name = model.name;
    component.version = model.version;
    // The model itself is not shipped: it is called at, or fetched from, its provider.
    component.is_external = (spec == Spec::CycloneDx17).then_some(true);
}

fn card(asset: &Asset, model: &Model, estate: &Estate<'_>) -> ModelCard {
    let data = estate.training_data(asset);
    let formats = model.formats();
    let risks: Vec<Risk> = data
        .iter()
        .map(|data| (data, sensitive_types(data)))
        .filter(|(_, types)| !types.is_empty())
        .map(|(data, types)| Risk {
            name: format!("trained on {}, which holds {}", data.name, types.join(", ")),
        })
        .collect();
    let generates = model.task.as_deref() == Some("text-generation");
    ModelCard {
        model_parameters: ModelParameters {
            approach: generates.then_some(Approach { kind: "self-supervised" }),
            task: model.task.clone(),
            architecture_family: model.family,
            model_architecture: model.architecture.clone(),
            datasets: data
                .iter()
                .map(|data| Reference { reference: data.id.to_string() })
                .collect(),
            inputs: formats.iter().map(|(format, _)| Format { format }).collect(),
            outputs: formats.iter().map(|(_, format)| Format { format }).collect(),
        },
        considerations: (!risks.is_empty())
            .then_some(Considerations { ethical_considerations: risks }),
    }
}

fn pedigree(asset: &Asset, estate: &Estate<'_>) -> Option<Pedigree> {
    let ancestors: Vec<Component> = bases(asset, estate)
        .into_iter()
        .map(|base| Component {
            kind: "machine-learning-model",
            name: base.name,
            group: base.group,
            purl: base.purl,
            ..Component::default()
        })
        .collect();
    (!ancestors.is_empty()).then_some(Pedigree { ancestors })
}

fn license(license: License) -> LicenseChoice {
    match license {
        License::Id(id) => LicenseChoice::License(LicenseName::Id(id)),
        License::Name(name) => LicenseChoice::License(LicenseName::Name(name)),
        License::Expression(expression) => LicenseChoice::Expression(expression),
    }
}

fn digest(asset: &Asset) -> Vec<Hash> {
    let hex = |it: &String| it.len() == 64 && it.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digest = text(asset, "sha256").filter(hex);
    digest.map(|content| Hash { alg: "SHA-256", content }).into_iter().collect()
}

fn data(asset: &Asset, component: &mut Component) {
    let sensitive_data = sensitive_types(asset);
    let location = data_location(asset);
    component.hashes = digest(asset);
    component.external_references = location
        .clone()
        .filter(|_| asset.kind == AssetKind::Dataset)
        .map(|url| ExternalReference { kind: "distribution", url })
        .into_iter()
        .collect();
    component.licenses =
        text(asset, "license").and_then(|it| License::read(&it)).map(license).into_iter().collect();
    component.data = vec![ComponentData {
        kind: match asset.kind {
            AssetKind::Prompt => "definition",
            AssetKind::KnowledgeBase | AssetKind::VectorIndex => "other",
            _ => "dataset",
        },
        name: asset.name.clone(),
        contents: location.map(|url| Contents { url }),
        classification: classification(asset, &sensitive_data),
        sensitive_data,
        description: text(asset, "preview").or_else(|| text(asset, "description")),
        governance: governance(asset),
    }];
}

/// The owner, as the asset's tags name it.
pub(super) fn governance(asset: &Asset) -> Option<Governance> {
    let organization = Organisation { name: owner(asset)? };
    Some(Governance { owners: vec![Party { organization }] })
}

fn evidence(asset: &Asset, estate: &Estate<'_>, component: &Component) -> Evidence {
    let found = identification(asset, estate);
    let identity = |field: &'static str, concluded_value: &str| Identity {
        field,
        confidence: found.confidence,
        concluded_value: concluded_value.to_owned(),
        methods: vec![Method {
            technique: found.technique,
            confidence: found.confidence,
            value: found.value.clone(),
        }],
    };
    let fields = [
        ("name", Some(&component.name)),
        ("version", component.version.as_ref()),
        ("purl", component.purl.as_ref()),
        ("hash", component.hashes.first().map(|hash| &hash.content)),
    ];
    Evidence {
        identity: fields
            .into_iter()
            .filter_map(|(field, value)| Some(identity(field, value?)))
            .collect(),
        occurrences: places(asset, estate)
            .into_iter()
            .map(|place| Occurrence {
                location: place.path,
                line: place.line,
                symbol: place.symbol,
                additional_context: place.context,
            })
            .collect(),
    }
}

/// What the bill is about: the one repository, or the environment by name.
pub(super) fn subject(estate: &Estate<'_>, options: &BomOptions) -> Component {
    let repository = estate.repository;
    let address = repository.and_then(|it| text(it, "remote").or_else(|| text(it, "url")));
    Component {
        kind: "application",
        bom_ref: Some(estate.subject.clone()),
        name: repository.map_or_else(|| options.name.clone(), |it| it.name.clone()),
        version: options.version.clone(),
        external_references: address
            .filter(|it| it.starts_with("https://") && !it.contains(['@', ' ', '{', '<']))
            .map(|url| ExternalReference { kind: "vcs", url })
            .into_iter()
            .collect(),
        ..Component::default()
    }
}

/// The tool that wrote the document.
pub(super) fn picket() -> Component {
    Component {
        kind: "application",
        bom_ref: Some(TOOL.to_owned()),
        name: "picket".to_owned(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        ..Component::default()
    }
}
