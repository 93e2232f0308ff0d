//! Sets of hashes that are asked often and small enough to stay in a processor's cache.

/// Tells of most hashes that they are none of a set's.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sieve {
    /// A power of two of them; none: the empty set.
    blocks: Box<[u64]>,
}

impl Sieve {
    /// Bits for each hash: one in so many others passes too.
    const BITS: usize = 12;

    /// Empty, for about so many.
    pub(crate) fn with_room(hashes: usize) -> Self {
        if hashes == 0 {
            return Self::default();
        }
        let blocks = (hashes * Self::BITS / 64).next_power_of_two();
        Self { blocks: vec![0; blocks].into_boxed_slice() }
    }

    pub(crate) fn new(hashes: &[u64]) -> Self {
        let mut sieve = Self::with_room(hashes.len());
        hashes.iter().for_each(|hash| sieve.add(*hash));
        sieve
    }

    pub(crate) fn add(&mut self, hash: u64) {
        let block = hash as usize >> 6 & self.blocks.len().wrapping_sub(1);
        if let Some(block) = self.blocks.get_mut(block) {
            *block |= 1 << (hash & 63);
        }
    }

    /// Whether `hash`, whose lower bits are good, may be in the set; a no is certain.
    pub(crate) fn may_have(&self, hash: u64) -> bool {
        let block = hash as usize >> 6 & self.blocks.len().wrapping_sub(1);
        self.blocks.get(block).is_some_and(|block| block >> (hash & 63) & 1 == 1)
    }
}

/// Hashes with a number each.
#[derive(Debug)]
pub(crate) struct Table {
    /// The upper half of a hash, at the place that its lower bits name or after it; 0: free. A power of two of them.
    tags: Box<[u32]>,
    values: Box<[u16]>,
}

impl Table {
    pub(crate) fn new(entries: impl ExactSizeIterator<Item = (u64, u16)>) -> Self {
        let places = (entries.len() * 2 + 1).next_power_of_two();
        let mut table = Self {
            tags: vec![0; places].into_boxed_slice(),
            values: vec![0; places].into_boxed_slice(),
        };
        for (hash, value) in entries {
            let mut place = hash as usize & (places - 1);
            while table.tags[place] != 0 {
                place = (place + 1) & (places - 1);
            }
            (table.tags[place], table.values[place]) = (Self::tag(hash), value);
        }
        table
    }

    fn tag(hash: u64) -> u32 {
        (hash >> 32) as u32 | 1
    }

    fn place(&self, hash: u64) -> Option<usize> {
        let (tag, last) = (Self::tag(hash), self.tags.len() - 1);
        let mut place = hash as usize & last;
        // At least half of the places are free.
        loop {
            match self.tags[place] {
                0 => return None,
                found if found == tag => return Some(place),
                _ => place = (place + 1) & last,
            }
        }
    }

    pub(crate) fn has(&self, hash: u64) -> bool {
        self.place(hash).is_some()
    }

    pub(crate) fn get(&self, hash: u64) -> Option<u16> {
        self.place(hash).map(|place| self.values[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes() -> Vec<u64> {
        (1..1000u64)
            .map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23))
            .collect()
    }

    #[test]
    fn what_was_put_in_is_there_and_little_else() {
        let all = hashes();
        let (inside, outside) = all.split_at(500);
        let sieve = Sieve::new(inside);
        let table = Table::new(inside.iter().copied().zip(7..1000));
        assert!(inside.iter().all(|hash| sieve.may_have(*hash)));
        assert!(outside.iter().filter(|hash| sieve.may_have(**hash)).count() < 80);
        assert_eq!(table.get(inside[3]), Some(10));
        assert!(inside.iter().all(|hash| table.has(*hash)));
        assert!(!outside.iter().any(|hash| table.has(*hash)));
        assert!(!Sieve::default().may_have(1) && !Table::new([].into_iter()).has(1));
    }
}
