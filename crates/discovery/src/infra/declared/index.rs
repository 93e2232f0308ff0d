//! Which asset a reference means: by address, by name, by id.

use picket_model::AssetId;
use rustc_hash::FxHashMap;
use serde_json::Value;

use super::Resource;
use super::identity::is_arm;
use super::table::Entry;
use crate::infra::path::{all, single};

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

impl<'r> Index<'r> {
    /// Knows the addresses of resources, and no assets yet.
    pub(super) fn new(resources: &'r [Resource]) -> Self {
        let mut addresses: FxHashMap<_, Vec<usize>> = FxHashMap::default();
        for (position, resource) in resources.iter().enumerate() {
            for address in [&resource.address].into_iter().chain(&resource.aliases) {
                let key = (resource.root.clone(), address.clone());
                addresses.entry(key).or_default().push(position);
            }
        }
        Self {
            addresses,
            names: FxHashMap::default(),
            ids: FxHashMap::default(),
            assets: vec![None; resources.len()],
            resources,
        }
    }

    /// Notes the asset that a resource is, under all that it goes by.
    pub(super) fn remember(&mut self, entry: &Entry, position: usize, id: AssetId) {
        let Some(resource) = self.resources.get(position) else { return };
        let kind = match resource.values.get("type").and_then(Value::as_str) {
            Some(native) if is_arm(&resource.kind) => {
                native.split('@').next().unwrap_or(native).to_lowercase()
            }
            _ => resource.kind.clone(),
        };
        let attributes = ["id", "arn", entry.name.as_str()];
        for path in attributes.into_iter().chain(entry.identifiers.iter().map(String::as_str)) {
            for value in all(&resource.values, path) {
                let Some(text) = value.as_str() else { continue };
                let text = self.text(&resource.root, text).to_lowercase();
                if text.is_empty() || text.contains("${") {
                    continue;
                }
                // Ids that look like no other resource's name may be met anywhere.
                if text.contains('/') || text.contains(':') || text.len() >= 20 {
                    self.ids.entry(text.clone()).or_insert_with(|| id.clone());
                }
                self.names.entry((kind.clone(), text)).or_insert_with(|| id.clone());
            }
        }
        if let Some(slot) = self.assets.get_mut(position) {
            *slot = Some(id);
        }
    }

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
