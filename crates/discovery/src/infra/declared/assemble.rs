//! From resources to assets and relations, by the table.

use std::collections::BTreeMap;

use picket_model::{Asset, AssetId, AssetKind, Environment, Provider, Relation, RelationKind};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::table::{Entry, RelationRule, Table};
use super::{Resource, access, derive, exposure, identity, variables};
use crate::Collector;
use crate::files::Scope;
use crate::infra::launch;
use crate::infra::path::{all, single, snake_case};
use crate::{catalogue, secret};

/// Text longer than this is not copied into a property, in bytes.
const MAX_PROPERTY: usize = 4096;

/// Which asset a reference means.
pub(super) struct Index<'r> {
    /// Resource by root folder and address.
    addresses: FxHashMap<(String, String), Vec<usize>>,
    /// Asset by resource type and a name it goes by.
    names: FxHashMap<(String, String), AssetId>,
    /// Asset by canonical id or other unmistakable id.
    ids: FxHashMap<String, AssetId>,
    assets: Vec<Option<AssetId>>,
    pub(super) resources: &'r [Resource],
}

impl Index<'_> {
    /// The asset of a resource, by its position.
    pub(super) fn asset(&self, position: usize) -> Option<&AssetId> {
        self.assets.get(position)?.as_ref()
    }

    /// The assets that an attribute value of a resource under `root` names; `to` are the types a plain name may stand for.
    pub(super) fn resolve(&self, root: &str, value: &Value, to: &[String]) -> Vec<AssetId> {
        let text = value.as_str().filter(|text| !text.is_empty());
        text.map(|text| self.resolve_text(root, text, to)).unwrap_or_default()
    }

    /// Like [`Self::resolve`], of a text.
    pub(super) fn resolve_text(&self, root: &str, text: &str, to: &[String]) -> Vec<AssetId> {
        if text.contains("${") {
            return references(text)
                .filter_map(|reference| self.address(root, reference))
                .flatten()
                .filter_map(|&position| self.asset(position).cloned())
                .collect();
        }
        // `s3://bucket/prefix` is the bucket.
        let text =
            text.strip_prefix("s3://").map_or(text, |rest| rest.split('/').next().unwrap_or(rest));
        for kind in to {
            if let Some(id) = self.names.get(&(kind.clone(), text.to_lowercase())) {
                return vec![id.clone()];
            }
        }
        if let Some(id) = self.ids.get(&text.to_lowercase()) {
            return vec![id.clone()];
        }
        // A canonical id of something that another source knows.
        let azure = text.starts_with("/subscriptions/") && text.contains("/providers/");
        let arn = text.starts_with("arn:") && !text.contains('*');
        if azure || arn { vec![AssetId::new(text)] } else { Vec::new() }
    }

    /// Positions of the resource that a reference such as `module.a.aws_s3_bucket.docs.arn` starts with.
    pub(super) fn address(&self, root: &str, reference: &str) -> Option<&Vec<usize>> {
        let reference = super::plain(reference);
        let mut end = reference.len();
        loop {
            let key = (root.to_owned(), reference[..end].to_owned());
            if let Some(found) = self.addresses.get(&key) {
                return Some(found);
            }
            end = reference[..end].rfind('.')?;
        }
    }

    /// Whether a text refers to a resource.
    pub(super) fn names(&self, root: &str, text: &str, resource: &Resource) -> bool {
        references(text).filter_map(|reference| self.address(root, reference)).flatten().any(
            |&position| {
                self.resources.get(position).is_some_and(|it| {
                    (&it.root, &it.address) == (&resource.root, &resource.address)
                })
            },
        )
    }

    /// Text with references replaced by the values they have, where those are known texts.
    pub(super) fn text(&self, root: &str, text: &str) -> String {
        let mut known = text.to_owned();
        for reference in references(text) {
            let plain = super::plain(reference);
            let value = self.address(root, reference).and_then(|positions| {
                let resource = self.resources.get(*positions.first()?)?;
                let attribute = plain.strip_prefix(&resource.address)?.strip_prefix('.')?;
                single(&resource.values, attribute)?.as_str()
            });
            if let Some(value) = value.filter(|value| !value.contains("${")) {
                known = known.replace(&format!("${{{reference}}}"), value);
            }
        }
        known
    }
}

/// What stands between `${` and `}`.
pub(super) fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| rest.split('}').next())
}

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
    let mut index = Index {
        addresses: FxHashMap::default(),
        names: FxHashMap::default(),
        ids: FxHashMap::default(),
        assets: vec![None; resources.len()],
        resources,
    };
    let homes = home_environments(table, resources);
    for (position, resource) in resources.iter().enumerate() {
        for address in [&resource.address].into_iter().chain(&resource.aliases) {
            let key = (resource.root.clone(), address.clone());
            index.addresses.entry(key).or_default().push(position);
        }
    }
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
        remember(&mut index, entry, resource, &id);
        index.assets[position] = Some(id);
    }
    for (position, resource) in resources.iter().enumerate() {
        let Some(id) = index.assets[position].clone() else { continue };
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

fn remember(index: &mut Index<'_>, entry: &Entry, resource: &Resource, id: &AssetId) {
    let attributes = ["id", "arn", entry.name.as_str()];
    for path in attributes.into_iter().chain(entry.identifiers.iter().map(String::as_str)) {
        for value in all(&resource.values, path) {
            let Some(text) = value.as_str() else { continue };
            let text = index.text(&resource.root, text).to_lowercase();
            if text.is_empty() || text.contains("${") {
                continue;
            }
            // Ids that look like no other resource's name may be met anywhere.
            if text.contains('/') || text.contains(':') || text.len() >= 20 {
                index.ids.entry(text.clone()).or_insert_with(|| id.clone());
            }
            index.names.entry((resource.kind.clone(), text)).or_insert_with(|| id.clone());
        }
    }
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
