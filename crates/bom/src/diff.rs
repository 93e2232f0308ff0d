//! What changed between two bills of materials.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Deepest nesting of components that is looked into.
const MAX_DEPTH: usize = 8;

/// A document that is no CycloneDX bill of materials in JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no CycloneDX bill of materials in JSON: `bomFormat` is not `CycloneDX`")]
pub struct NotCycloneDx;

/// How a newer bill differs from an older one. Each list is sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BomDiff)]
pub struct Diff {
    /// Components, those within other components too.
    pub components: Changes,
    /// Services.
    pub services: Changes,
    /// Edges of the dependency graph.
    pub dependencies: EdgeChanges,
}

/// What was added to, removed from and changed in one list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BomChanges)]
pub struct Changes {
    /// Only in the newer bill.
    pub added: Vec<Item>,
    /// Only in the older bill.
    pub removed: Vec<Item>,
    /// In both, with other fields.
    pub changed: Vec<ItemChange>,
}

/// A component or service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = BomItem)]
pub struct Item {
    /// `type` of a component; `service`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What Picket calls it, such as `Agent`, where the document says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset_kind: Option<String>,
    /// Publisher or organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Name.
    pub name: String,
    /// Version, where it has one; the newer one of a changed item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `bom-ref`, that of the newer bill where it is in both; empty where the document gives none.
    #[serde(rename = "ref")]
    pub reference: String,
}

/// A component or service that is in both bills.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = BomItemChange)]
pub struct ItemChange {
    /// Which.
    #[serde(flatten)]
    pub item: Item,
    /// Its fields that differ.
    pub fields: Vec<FieldChange>,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = BomFieldChange)]
pub struct FieldChange {
    /// Path within the component or service: `version`, `licenses`, `hashes.SHA-256`, `modelCard.modelParameters.task`,
    /// `properties.picket:standing`.
    pub field: String,
    /// Before; absent where the field is new. Lists are joined with `, `.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// After; absent where the field is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

/// Edges added and removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BomEdgeChanges)]
pub struct EdgeChanges {
    /// Only in the newer bill.
    pub added: Vec<Edge>,
    /// Only in the older bill.
    pub removed: Vec<Edge>,
}

/// One edge of the dependency graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = BomEdge)]
pub struct Edge {
    /// `bom-ref` that it starts at.
    pub source: String,
    /// `dependsOn` or `provides`.
    pub relation: &'static str,
    /// `bom-ref` that it ends at.
    pub target: String,
}

impl Diff {
    /// Whether the bills say the same of what they list.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// Compares two CycloneDX documents. Serial number, time and tools do not count, nor the lines where something was found.
///
/// What has the same `bom-ref` is the same; of the rest, what has the same type, group and name, where only one on each
/// side has them.
///
/// # Errors
/// If either is no CycloneDX document.
pub fn diff(old: &Value, new: &Value) -> Result<Diff, NotCycloneDx> {
    if [old, new].iter().any(|bom| bom["bomFormat"] != "CycloneDX") {
        return Err(NotCycloneDx);
    }
    let mut renamed = BTreeMap::new();
    let components = compare(components(old), components(new), &mut renamed);
    let services = compare(services(old), services(new), &mut renamed);
    let (before, after) = (edges(old, &renamed), edges(new, &BTreeMap::new()));
    let dependencies = EdgeChanges {
        added: after.difference(&before).cloned().collect(),
        removed: before.difference(&after).cloned().collect(),
    };
    Ok(Diff { components, services, dependencies })
}

/// An item and its fields by path.
type Described = (Item, BTreeMap<String, String>);

fn components(bom: &Value) -> Vec<Described> {
    let mut found = Vec::new();
    collect(&bom["components"], "components", MAX_DEPTH, &mut found);
    collect(&bom["metadata"]["component"]["components"], "components", MAX_DEPTH, &mut found);
    found
}

fn services(bom: &Value) -> Vec<Described> {
    let mut found = Vec::new();
    collect(&bom["services"], "services", MAX_DEPTH, &mut found);
    found
}

fn collect(list: &Value, nested: &str, depth: usize, found: &mut Vec<Described>) {
    for value in list.as_array().into_iter().flatten() {
        found.push(described(value, nested));
        if depth > 0 {
            collect(&value[nested], nested, depth - 1, found);
        }
    }
}

fn described(value: &Value, nested: &str) -> Described {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    let mut fields = BTreeMap::new();
    for (name, field) in value.as_object().into_iter().flatten() {
        if name != "bom-ref" && name != nested {
            flatten(name.clone(), field, &mut fields);
        }
    }
    let item = Item {
        kind: text("type").unwrap_or_else(|| "service".to_owned()),
        asset_kind: fields.get("properties.picket:kind").cloned(),
        group: text("group"),
        name: text("name").unwrap_or_default(),
        version: text("version"),
        reference: text("bom-ref").unwrap_or_default(),
    };
    (item, fields)
}

/// Fields by path; lists whose entries have a key by that key.
fn flatten(path: String, value: &Value, fields: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(entries) => {
            for (name, value) in entries {
                flatten(format!("{path}.{name}"), value, fields);
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                let (key, text) = entry_of(&path, entry);
                let slot: &mut String = fields.entry(key).or_default();
                if !slot.split(", ").any(|known| known == text) {
                    if !slot.is_empty() {
                        slot.push_str(", ");
                    }
                    slot.push_str(&text);
                }
            }
        }
        Value::Null => {}
        scalar => {
            fields.insert(path, plain(scalar));
        }
    }
}

fn entry_of(path: &str, entry: &Value) -> (String, String) {
    let text = |pointer: &str| entry.pointer(pointer).map(plain);
    let keyed = |key: &str, value: &str| Some((format!("{path}.{}", text(key)?), text(value)?));
    let whole = |value: Option<String>| Some((path.to_owned(), value?));
    let known = match path.rsplit('.').next().unwrap_or(path) {
        "properties" => keyed("/name", "/value"),
        "hashes" => keyed("/alg", "/content"),
        "externalReferences" => keyed("/type", "/url"),
        "identity" => keyed("/field", "/confidence"),
        "occurrences" => whole(text("/location")),
        "licenses" => {
            whole(["/license/id", "/license/name", "/expression"].into_iter().find_map(text))
        }
        _ => None,
    };
    known.unwrap_or_else(|| (path.to_owned(), plain(entry)))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Pairs what is the same; `renamed` receives the older references of what has another one now.
fn compare(
    old: Vec<Described>,
    new: Vec<Described>,
    renamed: &mut BTreeMap<String, String>,
) -> Changes {
    let mut changes = Changes::default();
    let mut left: BTreeMap<String, Described> = BTreeMap::new();
    let mut unpaired = Vec::new();
    for described in old {
        if described.0.reference.is_empty() || left.contains_key(&described.0.reference) {
            unpaired.push(described);
        } else {
            left.insert(described.0.reference.clone(), described);
        }
    }
    let mut pair = |old: Described, new: Described, changes: &mut Changes| {
        if old.0.reference != new.0.reference {
            renamed.insert(old.0.reference, new.0.reference.clone());
        }
        let fields = field_changes(&old.1, &new.1);
        if !fields.is_empty() {
            changes.changed.push(ItemChange { item: new.0, fields });
        }
    };
    let mut fresh = Vec::new();
    for described in new {
        match left.remove(&described.0.reference) {
            Some(known) => pair(known, described, &mut changes),
            None => fresh.push(described),
        }
    }
    unpaired.extend(left.into_values());
    let identity = |item: &Item| (item.kind.clone(), item.group.clone(), item.name.clone());
    let mut by_identity: BTreeMap<_, (Vec<Described>, Vec<Described>)> = BTreeMap::new();
    for described in unpaired {
        by_identity.entry(identity(&described.0)).or_default().0.push(described);
    }
    for described in fresh {
        by_identity.entry(identity(&described.0)).or_default().1.push(described);
    }
    for (_, (mut gone, mut fresh)) in by_identity {
        if gone.len() == 1
            && fresh.len() == 1
            && let (Some(old), Some(new)) = (gone.pop(), fresh.pop())
        {
            pair(old, new, &mut changes);
        }
        changes.removed.extend(gone.into_iter().map(|(item, _)| item));
        changes.added.extend(fresh.into_iter().map(|(item, _)| item));
    }
    changes.added.sort();
    changes.removed.sort();
    changes.changed.sort();
    changes
}

fn field_changes(
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Vec<FieldChange> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| FieldChange {
            field: name.clone(),
            old: old.get(name).cloned(),
            new: new.get(name).cloned(),
        })
        .collect()
}

fn edges(bom: &Value, renamed: &BTreeMap<String, String>) -> BTreeSet<Edge> {
    let name =
        |reference: &str| renamed.get(reference).cloned().unwrap_or_else(|| reference.to_owned());
    let mut edges = BTreeSet::new();
    for entry in bom["dependencies"].as_array().into_iter().flatten() {
        let Some(source) = entry["ref"].as_str() else { continue };
        for relation in ["dependsOn", "provides"] {
            let targets = entry[relation].as_array().into_iter().flatten();
            edges.extend(targets.filter_map(Value::as_str).map(|target| Edge {
                source: name(source),
                relation,
                target: name(target),
            }));
        }
    }
    edges
}
