//! From resources to assets and relations, by the table.

use std::collections::BTreeMap;

use picket_model::{Asset, AssetId, AssetKind, Environment, Provider, Relation, RelationKind};
use serde_json::{Value, json};

use super::index::Index;
use super::table::{Entry, RelationRule, Table};
use super::{Resource, access, derive, exposure, identity, variables};
use crate::Collector;
use crate::files::Scope;
use crate::infra::launch;
use crate::infra::path::{all, single, snake_case};
use crate::{catalogue, secret};

/// Text longer than this is not copied into a property, in bytes.
const MAX_PROPERTY: usize = 4096;

/// Adds everything that the resources say.
pub(in crate::infra) fn assemble(scope: &Scope, resources: &[Resource], out: &mut Collector) {
    let table = Table::built_in();
    let index = add_assets(scope, table, resources, out);
    for (position, resource) in resources.iter().enumerate() {
        let Some(entry) = table.entry(&resource.kind, &resource.values) else { continue };
        for subject in &subjects(entry, resource, position, &index) {
            if entry.onto.is_some() {
                copy_properties(table, entry, resource, &index, subject, out);
            }
            for rule in &entry.relations {
                relate(rule, resource, subject, &index, out);
            }
            add_model(scope, entry, resource, subject, out);
            for given in entry.variables.iter().flat_map(|path| all_or_list(&resource.values, path))
            {
                if let Some(asset) = out.get_mut(subject) {
                    secret::variables(asset, given, place(resource));
                }
            }
            let place = place(resource);
            launch::of_texts(scope, resource_texts(resource), subject, place, out);
            for container in resource_containers(resource) {
                launch::container(scope, container, subject, place, out);
            }
        }
    }
    derive::add(&index, scope, out);
    for (position, resource) in resources.iter().enumerate() {
        let Some(entry) = table.entry(&resource.kind, &resource.values) else { continue };
        for subject in subjects(entry, resource, position, &index) {
            for given in entry.variables.iter().flat_map(|path| all_or_list(&resource.values, path))
            {
                variables::connect(scope, &index, resource, &subject, given, out);
            }
            for container in resource_containers(resource) {
                if let Some(given) = launch::environment(container) {
                    variables::connect(scope, &index, resource, &subject, given, out);
                }
            }
        }
    }
    access::connect(&index, out);
    exposure::find(&index, out);
}

/// The assets that a resource says something of: its own, or those it is a part of.
fn subjects(
    entry: &Entry,
    resource: &Resource,
    position: usize,
    index: &Index<'_>,
) -> Vec<AssetId> {
    match (&entry.onto, index.asset(position)) {
        (Some(onto), _) => all(&resource.values, onto)
            .into_iter()
            .flat_map(|value| index.resolve(&resource.root, value, &entry.to))
            .collect(),
        (None, Some(own)) => vec![own.clone()],
        (None, None) => Vec::new(),
    }
}

/// Like [`all`], but a list of named values at the path's end stays whole.
fn all_or_list<'v>(values: &'v Value, path: &str) -> Vec<&'v Value> {
    match single(values, path) {
        Some(list @ Value::Array(items)) if items.iter().all(|item| item.get("name").is_some()) => {
            vec![list]
        }
        _ => all(values, path),
    }
}

/// Values in which container images and start scripts stand.
fn resource_texts(resource: &Resource) -> Vec<&str> {
    [
        "user_data",
        "user_data_base64",
        "custom_data",
        "metadata_startup_script",
        "container_definitions",
        "image_uri",
        "primary_container.image",
        "image",
        "agent_runtime_artifact.container_configuration.container_uri",
        "body.properties.osProfile.customData",
        "body.properties.siteConfig.linuxFxVersion",
    ]
    .into_iter()
    .flat_map(|path| all(&resource.values, path))
    .filter_map(Value::as_str)
    .map(|text| text.strip_prefix("DOCKER|").unwrap_or(text))
    .collect()
}

/// The containers that a resource describes as objects.
fn resource_containers(resource: &Resource) -> Vec<&Value> {
    [
        "container_definitions",
        "template.container",
        "template.containers",
        "template.template.containers",
        "template.spec.containers",
        "container",
        "body.properties.template.containers",
        "body.properties.containers",
        "body.properties.containers.properties",
    ]
    .into_iter()
    .flat_map(|path| all(&resource.values, path))
    .filter(|container| container.get("image").is_some())
    .collect()
}

/// File and line of a resource.
pub(super) fn place(resource: &Resource) -> Option<(&str, Option<u32>)> {
    resource.path.as_ref().map(|(path, line)| (path.as_str(), *line))
}

fn add_assets<'r>(
    scope: &Scope,
    table: &Table,
    resources: &'r [Resource],
    out: &mut Collector,
) -> Index<'r> {
    let mut index = Index::new(resources);
    let homes = home_environments(table, resources);
    for (position, resource) in resources.iter().enumerate() {
        let Some(entry) = table.entry(&resource.kind, &resource.values) else { continue };
        let Some(kind) = entry.kind.filter(|_| !resource.data) else { continue };
        let canonical = identity::canonical(resource, entry);
        let id = canonical.clone().unwrap_or_else(|| pending_id(scope, resource));
        let provider = identity::provider(&resource.kind);
        let environment = canonical.as_ref().and_then(identity::environment).or_else(|| {
            canonical.as_ref()?;
            homes.get(&(resource.root.as_str(), provider.as_str())).cloned()
        });
        let environment_id =
            environment.as_ref().map_or(scope.environment.as_str(), |it| it.id.as_str());
        let name = single(&resource.values, &entry.name)
            .and_then(Value::as_str)
            .map(|name| index.text(&resource.root, name))
            .filter(|name| !name.is_empty() && !name.contains("${"))
            .unwrap_or_else(|| resource.label.clone());
        let mut asset = Asset::new(id.clone(), kind, name, provider, environment_id)
            .native_type(&*entry.native_type)
            .with("declared_as", resource.address.clone())
            .with("applied", canonical.is_some());
        asset.region = identity::region(resource, &id);
        for tags in all(&resource.values, "tags") {
            for (key, value) in tags.as_object().into_iter().flatten() {
                asset.tags.insert(key.clone(), value.clone());
            }
        }
        out.asset(asset);
        if let Some(environment) = environment {
            out.environment(environment);
        }
        define(scope, resource, &id, out);
        index.remember(entry, position, id);
    }
    for (position, resource) in resources.iter().enumerate() {
        let Some(id) = index.asset(position).cloned() else { continue };
        if let Some(entry) = table.entry(&resource.kind, &resource.values) {
            copy_properties(table, entry, resource, &index, &id, out);
        }
    }
    index
}

/// Before apply, a resource is known by the file that declares it.
fn pending_id(scope: &Scope, resource: &Resource) -> AssetId {
    let path = place(resource).map_or("", |(path, _)| path);
    match resource.key.as_str() {
        "" => scope.symbol_id(path, &resource.address),
        key => scope.symbol_id(path, &format!("{}[{key}]", resource.address)),
    }
}

/// The account, subscription or project of most resources under a root: home of those whose id does not say.
fn home_environments<'r>(
    table: &Table,
    resources: &'r [Resource],
) -> BTreeMap<(&'r str, &'static str), Environment> {
    let mut homes = BTreeMap::new();
    for resource in resources {
        let environment = table
            .entry(&resource.kind, &resource.values)
            .and_then(|entry| identity::canonical(resource, entry))
            .and_then(|id| identity::environment(&id));
        if let Some(environment) = environment {
            homes
                .entry((resource.root.as_str(), environment.provider.as_str()))
                .or_insert(environment);
        }
    }
    homes
}

fn define(scope: &Scope, resource: &Resource, id: &AssetId, out: &mut Collector) {
    let Some((path, line)) = place(resource) else { return };
    let mut relation =
        Relation::new(id.clone(), RelationKind::DefinedIn, scope.file_id(path)).with("path", path);
    if let Some(line) = line {
        relation = relation.with("line", line);
    }
    crate::infra::source_file(scope, path, out);
    out.relation(relation);
}

fn copy_properties(
    table: &Table,
    entry: &Entry,
    resource: &Resource,
    index: &Index<'_>,
    id: &AssetId,
    out: &mut Collector,
) {
    let values: Vec<(&String, Value)> = entry
        .properties
        .iter()
        .map(|(name, source)| (name, table.property(source, &resource.values)))
        .collect();
    let Some(asset) = out.get_mut(id) else { return };
    for (name, value) in values {
        match value {
            Value::String(text) => {
                let text = index.text(&resource.root, &text);
                if !text.contains("${") && text != super::REDACTED && text.len() <= MAX_PROPERTY {
                    asset.set(name, text);
                }
            }
            value => asset.set(name, value),
        }
    }
    if identity::is_arm(&resource.kind) {
        copy_arm(resource, asset);
    }
}

/// `azapi_resource`, ARM and Bicep write the provider's own properties, which need no table.
fn copy_arm(resource: &Resource, asset: &mut Asset) {
    let body = match single(&resource.values, "body") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(body) => body.clone(),
        None => return,
    };
    if let Some(sku) = single(&body, "sku.name").and_then(Value::as_str) {
        asset.set("sku", sku);
    }
    if let Some(kind) = single(&body, "kind").and_then(Value::as_str) {
        asset.set("account_kind", kind);
    }
    if resource.values.get("existing") == Some(&Value::Bool(true)) {
        asset.set("existing", true);
    }
    if let Some(kind) = single(&resource.values, "identity.type").and_then(Value::as_str) {
        asset.set("identity_type", kind);
    }
    for (key, value) in body.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let reference = value.as_str().is_some_and(|text| text.contains("${"));
        let name = snake_case(key);
        if !reference && !value.is_array() && !value.is_object() && !value.is_null() {
            asset.set(&name, value.clone());
        }
    }
}

fn relate(
    rule: &RelationRule,
    resource: &Resource,
    subject: &AssetId,
    index: &Index<'_>,
    out: &mut Collector,
) {
    for value in all(&resource.values, &rule.attribute) {
        for other in index.resolve(&resource.root, value, &rule.to) {
            if other == *subject {
                continue;
            }
            let (source, target) =
                if rule.reverse { (other, subject.clone()) } else { (subject.clone(), other) };
            let mut relation = Relation::new(source, rule.kind, target);
            for (name, path) in &rule.properties {
                if let Some(value) = single(&resource.values, path).filter(|it| !it.is_null()) {
                    relation = relation.with(name, value.clone());
                }
            }
            if let Some((path, line)) = place(resource) {
                relation = relation.with("path", path);
                if let Some(line) = line {
                    relation = relation.with("line", line);
                }
            }
            out.relation(relation);
        }
    }
}

fn add_model(
    scope: &Scope,
    entry: &Entry,
    resource: &Resource,
    subject: &AssetId,
    out: &mut Collector,
) {
    let Some(rule) = &entry.model else { return };
    let text = |path: &str| {
        single(&resource.values, path)
            .and_then(Value::as_str)
            .map(catalogue::plain)
            .filter(|text| !text.is_empty() && !text.contains("${"))
    };
    let Some(name) = text(&rule.name) else { return };
    let publisher = rule.publisher.as_deref().and_then(text);
    let model = catalogue::named(name, publisher).asset(&scope.environment).native_type("model");
    let id = model.id.clone();
    match place(resource) {
        Some((path, line)) => {
            let occurrence = picket_model::Occurrence {
                path: path.to_owned(),
                line: line.unwrap_or(1),
                column: 1,
                symbol: format!("{}.{}", resource.kind, rule.name),
                standing: picket_model::Standing::Configured,
            };
            out.occurrence(model, &occurrence);
        }
        None => out.asset(model),
    }
    let mut relation = Relation::new(subject.clone(), rule.relation, id);
    if let Some(version) = rule.version.as_deref().and_then(text) {
        relation = relation.with("version", version);
        if let Some(asset) = out.get_mut(subject) {
            asset.set("model_version", version);
        }
    }
    if let Some(asset) = out.get_mut(subject) {
        asset.set("model", catalogue::plain(name));
    }
    out.relation(relation);
    if rule.relation == RelationKind::Deploys {
        model_metadata(subject, out);
    }
}

/// The facts of a deployment in one place, as the explorer shows them.
fn model_metadata(deployment: &AssetId, out: &mut Collector) {
    let Some(asset) = out.get(deployment).filter(|it| it.kind == AssetKind::ModelDeployment) else {
        return;
    };
    let property = |key: &str| asset.properties.get(key).cloned().unwrap_or(Value::Null);
    let text = |key: &str| property(key).as_str().unwrap_or_default().to_owned();
    let finding = picket_model::Finding::new(
        picket_model::FindingKind::ModelMetadata,
        "deployment",
        picket_model::Severity::Informational,
        format!("Deploys {}", text("model")),
        format!("{} {} on {}", text("model"), text("model_version"), text("sku")),
        json!({
            "model": property("model"),
            "version": property("model_version"),
            "sku": property("sku"),
            "capacity": property("capacity"),
            "content_filter": property("rai_policy_name"),
        }),
    );
    out.finding(deployment, finding);
}

/// Assets of one provider; used by the steps that look across resources.
pub(super) fn of_provider(out: &Collector, provider: Provider) -> Vec<&Asset> {
    out.assets().iter().filter(|asset| asset.provider == provider).collect()
}
