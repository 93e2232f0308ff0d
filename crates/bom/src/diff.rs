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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bom(components: &Value, services: &Value, dependencies: &Value) -> Value {
        json!({
            "bomFormat": "CycloneDX", "serialNumber": format!("urn:uuid:{}", components.to_string().len()),
            "components": components, "services": services, "dependencies": dependencies,
        })
    }

    fn field(field: &str, old: Option<&str>, new: Option<&str>) -> FieldChange {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        FieldChange { field: field.to_owned(), old: owned(old), new: owned(new) }
    }

    #[test]
    fn a_bill_does_not_differ_from_itself_made_again() {
        let components = json!([{"type": "library", "bom-ref": "a", "name": "a"}]);
        let mut again = bom(&components, &json!([]), &json!([]));
        again["serialNumber"] = json!("urn:uuid:other");
        let difference = diff(&bom(&components, &json!([]), &json!([])), &again).unwrap();
        assert!(difference.is_empty());
    }

    #[test]
    fn fields_are_named_with_what_they_were_and_are() {
        let old = json!([{
            "type": "machine-learning-model", "bom-ref": "m", "name": "m", "version": "1",
            "licenses": [{"license": {"id": "MIT"}}], "hashes": [{"alg": "SHA-256", "content": "aa"}],
            "properties": [{"name": "picket:kind", "value": "Model"}, {"name": "picket:standing", "value": "mentioned"}],
            "evidence": {"occurrences": [{"location": "a.py", "line": 3}, {"location": "a.py", "line": 9}]},
            "modelCard": {"modelParameters": {"task": "text-generation"}},
        }]);
        let mut new = old.clone();
        new[0]["version"] = json!("2");
        new[0]["licenses"] = json!([{"license": {"name": "llama3"}}]);
        new[0]["hashes"][0]["content"] = json!("bb");
        new[0]["properties"][1]["value"] = json!("used");
        new[0]["evidence"]["occurrences"] =
            json!([{"location": "a.py", "line": 4}, {"location": "b.py", "line": 1}]);
        new[0]["modelCard"] = json!({});
        let empty = json!([]);
        let found = diff(&bom(&old, &empty, &empty), &bom(&new, &empty, &empty)).unwrap();
        let [change] = found.components.changed.as_slice() else { panic!("{found:?}") };
        assert_eq!(change.item.asset_kind.as_deref(), Some("Model"));
        assert_eq!(
            change.fields,
            [
                field("evidence.occurrences", Some("a.py"), Some("a.py, b.py")),
                field("hashes.SHA-256", Some("aa"), Some("bb")),
                field("licenses", Some("MIT"), Some("llama3")),
                field("modelCard.modelParameters.task", Some("text-generation"), None),
                field("properties.picket:standing", Some("mentioned"), Some("used")),
                field("version", Some("1"), Some("2")),
            ]
        );
    }

    #[test]
    fn other_references_do_not_make_other_things() {
        let old = json!([
            {"type": "library", "bom-ref": "x@1", "name": "x", "version": "1"},
            {"type": "library", "bom-ref": "gone", "name": "gone"},
        ]);
        let new = json!([
            {"type": "library", "bom-ref": "x@2", "name": "x", "version": "2"},
            {"type": "file", "bom-ref": "new", "name": "new", "components": [{"type": "file", "name": "within"}]},
        ]);
        let service = json!([{"bom-ref": "s", "name": "s"}]);
        let before = json!([{"ref": "s", "dependsOn": ["x@1", "gone"]}]);
        let after = json!([{"ref": "s", "dependsOn": ["x@2"], "provides": ["new"]}]);
        let found = diff(&bom(&old, &service, &before), &bom(&new, &service, &after)).unwrap();
        let names = |items: &[Item]| -> Vec<String> {
            items.iter().map(|item| item.name.clone()).collect()
        };
        assert_eq!(names(&found.components.added), ["new", "within"]);
        assert_eq!(names(&found.components.removed), ["gone"]);
        assert_eq!(found.components.changed[0].item.reference, "x@2");
        assert_eq!(found.components.changed[0].fields, [field("version", Some("1"), Some("2"))]);
        assert_eq!(found.services, Changes::default());
        let edge = |relation, target: &str| Edge {
            source: "s".to_owned(),
            relation,
            target: target.to_owned(),
        };
        assert_eq!(found.dependencies.added, [edge("provides", "new")]);
        assert_eq!(found.dependencies.removed, [edge("dependsOn", "gone")]);
    }

    #[test]
    fn what_is_no_bill_is_refused() {
        let fine = bom(&json!([]), &json!([]), &json!([]));
        for other in [json!(null), json!([1]), json!({"bomFormat": "SPDX"})] {
            assert_eq!(diff(&fine, &other), Err(NotCycloneDx));
            assert_eq!(diff(&other, &fine), Err(NotCycloneDx));
        }
        let odd = json!({"bomFormat": "CycloneDX", "components": {"a": 1}, "dependencies": [1, {"ref": 2}]});
        assert!(diff(&odd, &fine).unwrap().is_empty());
    }
}
