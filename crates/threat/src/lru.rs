use std::fmt;

use hashlink::LinkedHashMap;
use rustc_hash::FxBuildHasher;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A map that forgets what was not touched for longest once it holds `capacity` entries.
///
/// Serialises as a list of pairs, least recently touched first, so that a restored map forgets in the same order.
#[derive(Clone)]
pub(crate) struct Lru<V> {
    capacity: usize,
    map: LinkedHashMap<String, V, FxBuildHasher>,
}

impl<V> Lru<V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), map: LinkedHashMap::with_hasher(FxBuildHasher) }
    }

    /// Sets the capacity, forgetting what is over it.
    pub(crate) fn limit(&mut self, capacity: usize) {
        self.capacity = capacity.max(1);
        self.shrink();
    }

    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        self.map.get(key)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        self.map.remove(key)
    }

    /// Inserts, or replaces, and marks as just touched.
    pub(crate) fn insert(&mut self, key: String, value: V) {
        self.map.insert(key, value);
        self.shrink();
    }

    /// The entry, touched; made by `default` where there is none.
    pub(crate) fn touch(&mut self, key: &str, default: impl FnOnce() -> V) -> &mut V {
        let value = self.map.remove(key).unwrap_or_else(default);
        if self.map.len() >= self.capacity {
            self.map.pop_front();
        }
        self.map.entry(key.to_owned()).or_insert(value)
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&String, &mut V) -> bool) {
        self.map.retain(keep);
    }

    fn shrink(&mut self) {
        while self.map.len() > self.capacity {
            self.map.pop_front();
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }
}

impl<V> fmt::Debug for Lru<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lru")
            .field("capacity", &self.capacity)
            .field("len", &self.map.len())
            .finish()
    }
}

impl<V: Serialize> Serialize for Lru<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.map.iter())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Lru<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<V>(std::marker::PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Pairs<V> {
            type Value = Lru<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of key and value pairs")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<Lru<V>, A::Error> {
                let mut lru = Lru::new(usize::MAX);
                while let Some((key, value)) = pairs.next_element()? {
                    lru.map.insert(key, value);
                }
                Ok(lru)
            }
        }

        deserializer.deserialize_seq(Pairs(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::Lru;

    #[test]
    fn forgets_what_was_not_touched_for_longest() {
        let mut lru = Lru::new(2);
        lru.insert("a".to_owned(), 1);
        lru.insert("b".to_owned(), 2);
        *lru.touch("a", || 0) += 10;
        lru.insert("c".to_owned(), 3);
        assert_eq!((lru.get("a"), lru.get("b"), lru.get("c")), (Some(&11), None, Some(&3)));
        lru.touch("d", || 4);
        assert_eq!(lru.len(), 2);
    }

    #[test]
    fn reads_back_in_the_same_order() {
        let mut lru = Lru::new(3);
        for (at, key) in ["a", "b", "c"].into_iter().enumerate() {
            lru.insert(key.to_owned(), at);
        }
        lru.touch("a", || 0);
        let mut restored: Lru<usize> =
            serde_json::from_str(&serde_json::to_string(&lru).unwrap()).unwrap();
        restored.limit(2);
        assert!(restored.get("b").is_none());
        assert!(restored.get("a").is_some());
    }
}
