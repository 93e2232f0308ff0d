//! What a list of assets is searched and sorted by, prepared so that a request does not.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use parking_lot::Mutex;
use picket_model::{Asset, Environment};
use serde_json::Value;

/// Orders kept at a time: those of every field, and of the properties that were asked for last.
const ORDERS: usize = 40;

/// What assets are sorted by, and which way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sort {
    key: Key,
    descending: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// Something that every asset has.
    Field(Field),
    /// A property that some have.
    Property(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Field {
    Name,
    Kind,
    Provider,
    Environment,
    Type,
    Region,
    Findings,
    Severity,
    FirstSeen,
    LastSeen,
}

const FIELDS: [(&str, Field); 10] = [
    ("name", Field::Name),
    ("kind", Field::Kind),
    ("provider", Field::Provider),
    ("environment", Field::Environment),
    ("type", Field::Type),
    ("region", Field::Region),
    ("findings", Field::Findings),
    ("severity", Field::Severity),
    ("first_seen", Field::FirstSeen),
    ("last_seen", Field::LastSeen),
];

impl FromStr for Sort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        if let Some(property) = name.strip_prefix("properties.") {
            return Ok(Self { key: Key::Property(property.to_owned()), descending });
        }
        let field = FIELDS.iter().find(|(known, _)| *known == name).map(|(_, field)| *field);
        let known = || FIELDS.map(|(known, _)| known).join(", ");
        let field = field.ok_or_else(|| {
            format!("`{name}` is nothing to sort by; use {} or properties.NAME", known())
        })?;
        Ok(Self { key: Key::Field(field), descending })
    }
}

/// Positions in the order of a key; those without a value come last either way.
#[derive(Debug)]
struct Order {
    positions: Vec<u32>,
    filled: usize,
}

/// The texts and orders of a list of assets that does not change.
#[derive(Debug)]
pub(crate) struct Listing {
    /// Name, id and type in lower case, by position.
    texts: Vec<Box<str>>,
    orders: Mutex<HashMap<Key, Arc<Order>>>,
    environments: HashMap<String, String>,
}

impl Listing {
    pub(crate) fn new(assets: &[Asset], environments: &[Environment]) -> Self {
        let text = |asset: &Asset| {
            format!("{}\n{}\n{}", asset.name, asset.id, asset.native_type).to_lowercase().into()
        };
        let name = |it: &Environment| (it.id.clone(), it.name.to_lowercase());
        Self {
            texts: assets.iter().map(text).collect(),
            orders: Mutex::default(),
            environments: environments.iter().map(name).collect(),
        }
    }

    /// Whether the asset at this position has every word, all in lower case.
    pub(crate) fn has(&self, position: usize, words: &[String]) -> bool {
        words.is_empty()
            || self
                .texts
                .get(position)
                .is_some_and(|text| words.iter().all(|word| text.contains(word.as_str())))
    }

    /// Every position in the wanted order; in that of the ids where none is wanted.
    pub(crate) fn positions(
        &self,
        assets: &[Asset],
        sort: Option<&Sort>,
    ) -> Box<dyn Iterator<Item = usize> + Send> {
        let Some(Sort { key, descending }) = sort else { return Box::new(0..assets.len()) };
        let (order, descending) = (self.order_by(assets, key), *descending);
        Box::new((0..order.positions.len()).map(move |at| {
            let at = if descending && at < order.filled { order.filled - 1 - at } else { at };
            order.positions[at] as usize
        }))
    }

    fn order_by(&self, assets: &[Asset], key: &Key) -> Arc<Order> {
        if let Some(order) = self.orders.lock().get(key) {
            return Arc::clone(order);
        }
        let order = Arc::new(match key {
            Key::Field(field) => self.order(assets, *field),
            Key::Property(name) => sorted(assets, |asset| {
                asset.properties.get(name).filter(|value| !value.is_null()).map(Comparable)
            }),
        });
        let mut orders = self.orders.lock();
        if orders.len() >= ORDERS {
            orders.retain(|key, _| matches!(key, Key::Field(_)));
        }
        orders.insert(key.clone(), Arc::clone(&order));
        order
    }

    fn order(&self, assets: &[Asset], field: Field) -> Order {
        let lower = |text: &str| Some(text.to_lowercase()).filter(|text| !text.is_empty());
        match field {
            Field::Name => sorted(assets, |asset| lower(&asset.name)),
            Field::Kind => sorted(assets, |asset| Some(asset.kind.as_str())),
            Field::Provider => sorted(assets, |asset| Some(asset.provider.as_str())),
            Field::Environment => sorted(assets, |asset| {
                Some(self.environments.get(&asset.environment).unwrap_or(&asset.environment))
            }),
            Field::Type => sorted(assets, |asset| lower(&asset.native_type)),
            Field::Region => sorted(assets, |asset| asset.region.as_deref().and_then(lower)),
            Field::Findings => sorted(assets, |asset| Some(asset.findings.len())),
            Field::Severity => {
                sorted(assets, |asset| asset.findings.iter().map(|it| it.severity).max())
            }
            Field::FirstSeen => sorted(assets, |asset| Some(asset.first_seen)),
            Field::LastSeen => sorted(assets, |asset| Some(asset.last_seen)),
        }
    }
}

fn sorted<'a, K: Ord>(assets: &'a [Asset], key: impl Fn(&'a Asset) -> Option<K>) -> Order {
    let numbered = (0_u32..).zip(assets);
    let (mut filled, mut empty) = (Vec::with_capacity(assets.len()), Vec::new());
    for (position, asset) in numbered {
        match key(asset) {
            Some(key) => filled.push((key, position)),
            None => empty.push(position),
        }
    }
    filled.sort();
    let count = filled.len();
    let positions = filled.into_iter().map(|(_, position)| position).chain(empty).collect();
    Order { positions, filled: count }
}

/// Numbers before texts before all else.
#[derive(Debug)]
struct Comparable<'a>(&'a Value);

impl Ord for Comparable<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = |value: &Value| match value {
            Value::Number(_) => 0,
            Value::String(_) => 1,
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => 2,
        };
        match (self.0, other.0) {
            (Value::Number(a), Value::Number(b)) => {
                a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default())
            }
            (Value::String(a), Value::String(b)) => a.cmp(b),
            (a, b) if rank(a) != rank(b) => rank(a).cmp(&rank(b)),
            (a, b) => a.to_string().cmp(&b.to_string()),
        }
    }
}

impl PartialOrd for Comparable<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Comparable<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Comparable<'_> {}

#[cfg(test)]
mod tests {
    use picket_model::{AssetKind, Finding, FindingKind, Provider, Severity};
    use serde_json::json;

    use super::*;

    fn assets() -> Vec<Asset> {
        let asset = |id: &str, name: &str| {
            Asset::new(id, AssetKind::Model, name, Provider::Code, "repo://x")
        };
        let mut assets =
            vec![asset("1", "beta"), asset("2", "Alpha").with("size", 7), asset("3", "gamma")];
        assets[2].properties.insert("size".to_owned(), json!("large"));
        let finding =
            |severity| Finding::new(FindingKind::Secret, "x", severity, "t", "d", json!({}));
        assets[0].findings.push(finding(Severity::Low));
        assets[1].findings.push(finding(Severity::High));
        assets
    }

    fn ids(sort: &str) -> Vec<usize> {
        let assets = assets();
        let listing = Listing::new(&assets, &[]);
        listing.positions(&assets, Some(&sort.parse().unwrap())).collect()
    }

    #[test]
    fn assets_are_sorted_either_way_and_what_has_no_value_comes_last() {
        assert_eq!(ids("name"), [1, 0, 2]);
        assert_eq!(ids("-name"), [2, 0, 1]);
        assert_eq!(ids("severity"), [0, 1, 2]);
        assert_eq!(ids("-severity"), [1, 0, 2]);
        assert_eq!(ids("properties.size"), [1, 2, 0]);
        assert_eq!(ids("-properties.size"), [2, 1, 0]);
    }

    #[test]
    fn orders_of_properties_do_not_pile_up() {
        let assets = assets();
        let listing = Listing::new(&assets, &[]);
        for number in 0..3 * ORDERS {
            let sort = format!("properties.p{number}").parse().unwrap();
            assert_eq!(listing.positions(&assets, Some(&sort)).count(), assets.len());
        }
        assert!(listing.orders.lock().len() <= ORDERS);
    }

    #[test]
    fn an_unknown_sort_is_refused_with_what_is_known() {
        let error = "colour".parse::<Sort>().unwrap_err();
        assert!(error.contains("`colour`") && error.contains("severity"), "{error}");
    }

    #[test]
    fn every_word_must_be_there_in_any_case() {
        let assets = assets();
        let listing = Listing::new(&assets, &[]);
        assert!(listing.has(1, &["alpha".to_owned(), "2".to_owned()]));
        assert!(!listing.has(1, &["alpha".to_owned(), "3".to_owned()]));
        assert!(listing.has(1, &[]));
    }
}
