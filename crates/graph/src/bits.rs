//! Sets of small numbers: kinds of nodes, types of relations, nodes.

/// A set of numbers below the length it was made for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// Nothing, with room for numbers below `length`.
    pub(crate) fn new(length: usize) -> Self {
        Self(vec![0; length.div_ceil(64)])
    }

    /// Every number below `length`.
    pub(crate) fn full(length: usize) -> Self {
        let mut words = vec![u64::MAX; length.div_ceil(64)];
        if let Some(last) = words.last_mut().filter(|_| !length.is_multiple_of(64)) {
            *last = u64::MAX >> (64 - length % 64);
        }
        Self(words)
    }

    pub(crate) fn insert(&mut self, member: usize) {
        self.0[member / 64] |= 1 << (member % 64);
    }

    pub(crate) fn contains(&self, member: usize) -> bool {
        self.word(member / 64) >> (member % 64) & 1 == 1
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.0
    }

    /// Of the words that [`Bits::words`] gave, where there are as many as for `length`.
    pub(crate) fn from_words(words: Vec<u64>, length: usize) -> Option<Self> {
        (words.len() == length.div_ceil(64)).then_some(Self(words))
    }

    /// Members from `64 * index` on, one bit each.
    pub(crate) fn word(&self, index: usize) -> u64 {
        self.0.get(index).copied().unwrap_or(0)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(crate) fn intersects(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// Keeps what is in both.
    pub(crate) fn intersect(&mut self, other: &Self) {
        for (index, word) in self.0.iter_mut().enumerate() {
            *word &= other.word(index);
        }
    }

    /// Takes in what is in `other`, which was made for no greater length.
    pub(crate) fn unite(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    /// Lowest first.
    pub(crate) fn members(&self) -> impl Iterator<Item = usize> + '_ {
        let words = self.0.iter().enumerate();
        words.flat_map(|(index, word)| ones(*word).map(move |bit| 64 * index + bit))
    }
}

/// Positions of the ones of a word, lowest first.
pub(crate) fn ones(word: u64) -> impl Iterator<Item = usize> {
    let mut rest = word;
    std::iter::from_fn(move || {
        (rest != 0).then(|| {
            let bit = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            bit
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_members_across_words() {
        let mut bits = Bits::new(130);
        [0, 63, 64, 129].iter().for_each(|member| bits.insert(*member));
        assert_eq!(bits.members().collect::<Vec<_>>(), [0, 63, 64, 129]);
        assert!(bits.contains(129) && !bits.contains(1) && !bits.contains(1000));
        let full = Bits::full(130);
        assert_eq!((full.count(), bits.count()), (130, 4));
        let mut other = Bits::new(130);
        other.insert(64);
        assert!(bits.intersects(&other));
        bits.intersect(&other);
        assert_eq!(bits, other);
        bits.unite(&full);
        assert_eq!(bits, full);
        assert!(Bits::full(64).contains(63) && !Bits::full(0).contains(0));
    }
}
