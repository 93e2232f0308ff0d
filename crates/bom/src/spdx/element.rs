//! Elements of an SPDX document and the graph of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::address::encode;

/// The creation information that all elements share.
pub(super) const CREATION: &str = "_:creation";

/// The id of the element for an asset, or another name within the document; different names have different ids.
pub(super) fn id(name: &str) -> String {
    let name = name.strip_prefix("picket:").unwrap_or(name);
    format!("picket:{}", encode(&name.replace('%', "%25")))
}

/// One element under way.
pub(super) struct Element(Map<String, Value>);

impl Element {
    pub(super) fn new(kind: &str, id: &str) -> Self {
        let mut fields = Map::new();
        fields.insert("type".to_owned(), json!(kind));
        fields.insert("spdxId".to_owned(), json!(id));
        fields.insert("creationInfo".to_owned(), json!(CREATION));
        Self(fields)
    }

    /// Sets a property; null and an empty list are left out.
    pub(super) fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    pub(super) fn finish(self) -> Value {
        Value::Object(self.0)
    }
}

/// The elements of a document, each id once.
#[derive(Default)]
pub(super) struct Graph(BTreeMap<String, Value>);

impl Graph {
    /// Adds an element; the first one with an id stays.
    pub(super) fn add(&mut self, element: Element) {
        let id = element.0.get("spdxId").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.0.entry(id).or_insert_with(|| element.finish());
    }

    /// Adds a relationship from one element to others; its id is made from what it says.
    pub(super) fn relate(
        &mut self,
        from: &str,
        kind: &str,
        to: &[String],
        completeness: Option<&str>,
    ) {
        let key = json!([from, kind, to]).to_string();
        let id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, key.as_bytes()).urn().to_string();
        self.add(
            Element::new("Relationship", &id)
                .set("from", from)
                .set("relationshipType", kind)
                .set("to", json!(to))
                .set("completeness", completeness),
        );
    }

    /// The agent of this name: an organisation, or for a name that nobody has said an agent of no known kind.
    pub(super) fn agent(&mut self, name: Option<&str>) -> String {
        let (kind, name) =
            name.map_or(("Agent", super::NO_ASSERTION), |name| ("Organization", name));
        let id = id(&format!("agent/{name}"));
        self.add(Element::new(kind, &id).set("name", name));
        id
    }

    /// All elements, by id.
    pub(super) fn finish(self) -> Vec<Value> {
        self.0.into_values().collect()
    }
}
