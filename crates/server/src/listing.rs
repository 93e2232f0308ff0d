//! What a list of assets is searched and sorted by, prepared so that a request does not.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
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
    /// Place in `environments`, by position.
    places: Vec<usize>,
    environments: Vec<Place>,
    orders: Mutex<HashMap<Key, Arc<Order>>>,
}

/// An environment that assets are in.
#[derive(Debug)]
struct Place {
    id: String,
    /// In lower case; the id where nothing is known of it.
    name: String,
}

impl Listing {
    pub(crate) fn new(assets: &[Asset], environments: &[Environment]) -> Self {
        let text = |asset: &Asset| {
            format!("{}\n{}\n{}", asset.name, asset.id, asset.native_type).to_lowercase().into()
        };
        let name = |it: &Environment| Place { id: it.id.clone(), name: it.name.to_lowercase() };
        let mut known: Vec<Place> = environments.iter().map(name).collect();
        let ids = environments.iter().map(|it| it.id.as_str());
        let mut numbers: HashMap<&str, usize> = ids.zip(0..).collect();
        let mut places = Vec::with_capacity(assets.len());
        for asset in assets {
            places.push(*numbers.entry(&asset.environment).or_insert_with(|| {
                let id = asset.environment.clone();
                known.push(Place { name: id.clone(), id });
                known.len() - 1
            }));
        }
        Self {
            texts: assets.iter().map(text).collect(),
            places,
            environments: known,
            orders: Mutex::default(),
        }
    }

    /// Tells which positions are in one of these environments.
    pub(crate) fn inside<'a>(
        &'a self,
        environments: &HashSet<&str>,
    ) -> impl Fn(usize) -> bool + use<'a> {
        let known = self.environments.iter();
        let inside: Vec<bool> =
            known.map(|place| environments.contains(place.id.as_str())).collect();
        move |position| self.places.get(position).is_some_and(|place| inside[*place])
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
            Key::Property(name) => {
                sorted(assets.iter().map(|asset| Comparable::new(asset.properties.get(name)?)))
            }
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
        let assets = assets.iter();
        match field {
            Field::Name => sorted(assets.map(|asset| lower(&asset.name))),
            Field::Kind => sorted(assets.map(|asset| Some(asset.kind.as_str()))),
            Field::Provider => sorted(assets.map(|asset| Some(asset.provider.as_str()))),
            Field::Environment => {
                sorted(self.places.iter().map(|place| Some(&self.environments[*place].name)))
            }
            Field::Type => sorted(assets.map(|asset| lower(&asset.native_type))),
            Field::Region => sorted(assets.map(|asset| asset.region.as_deref().and_then(lower))),
            Field::Findings => sorted(assets.map(|asset| Some(asset.findings.len()))),
            Field::Severity => {
                sorted(assets.map(|asset| asset.findings.iter().map(|it| it.severity).max()))
            }
            Field::FirstSeen => sorted(assets.map(|asset| Some(asset.first_seen))),
            Field::LastSeen => sorted(assets.map(|asset| Some(asset.last_seen))),
        }
    }
}

/// The order of keys by position; equal ones stay as they are.
fn sorted<K: Ord>(keys: impl Iterator<Item = Option<K>>) -> Order {
    let (mut filled, mut empty) = (Vec::new(), Vec::new());
    for (position, key) in (0_u32..).zip(keys) {
        match key {
            Some(key) => filled.push((key, position)),
            None => empty.push(position),
        }
    }
    filled.sort_unstable();
    let count = filled.len();
    let positions = filled.into_iter().map(|(_, position)| position).chain(empty).collect();
    Order { positions, filled: count }
}

/// Numbers before texts before all else.
#[derive(Debug)]
enum Comparable<'a> {
    Number(f64),
    Text(&'a str),
    /// As JSON.
    Other(String),
}

impl<'a> Comparable<'a> {
    fn new(value: &'a Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Number(number) => Some(Self::Number(number.as_f64().unwrap_or_default())),
            Value::String(text) => Some(Self::Text(text)),
            other => Some(Self::Other(other.to_string())),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Text(_) => 1,
            Self::Other(_) => 2,
        }
    }
}

impl Ord for Comparable<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Other(a), Self::Other(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
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
    fn what_is_inside_is_told_by_the_environment() {
        let mut assets = assets();
        assets[1].environment = "subscription".to_owned();
        let listing = Listing::new(&assets, &[]);
        let inside = listing.inside(&HashSet::from(["subscription", "elsewhere"]));
        assert_eq!([0, 1, 2, 3].map(inside), [false, true, false, false]);
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
