use std::ops::Range;

use sha2::{Digest, Sha256};

use super::concepts::Concepts;
use super::features::{Segmenter, Sink, Topics, Word, grams, walk, windows};
use super::{Head, part};
use crate::ShieldError;

/// Begins every model file.
const MAGIC: &[u8; 8] = b"PKSHIELD";
const VERSION: u32 = 2;
const DIGEST: usize = 32;
/// Weights of n-grams and of concepts, as powers of two.
pub(super) const GRAM_BITS: u32 = 20;
pub(super) const CONCEPT_BITS: u32 = 17;
/// How much the setting of a part can say.
pub(super) const SETTING: f32 = 3.0;
/// Parts of a text whose setting is looked at: those that say most by themselves.
const SETTINGS: usize = 256;
/// Most words of a text that are remembered; a power of two.
const KNOWN: usize = 4096;

/// A trained classifier.
///
/// File: `PKSHIELD` and version (u32); the words of the concepts, as hashes; for users' words and for others' words two
/// scales, a bias and three thresholds (f32), 2^20 weights of n-grams and 2^17 of concepts (i8); all little endian; last
/// the SHA-256 of what stands before.
#[derive(Clone, PartialEq)]
pub struct Model {
    pub(super) concepts: Concepts,
    /// Of users' own words, and of what others wrote.
    pub(super) weights: [Weights; 2],
}

/// Weights of features.
#[derive(Clone, PartialEq)]
pub(super) struct Weights {
    pub(super) grams: Vec<i8>,
    pub(super) concepts: Vec<i8>,
    pub(super) gram_scale: f32,
    pub(super) concept_scale: f32,
    pub(super) bias: f32,
    /// Raw scores that about 3 %, 1 % and 0.3 % of unseen benign texts reach.
    pub(super) thresholds: [f32; 3],
}

/// The calibrated scores that stand for [`Weights::thresholds`], as log odds: 0.3, 0.5, 0.75.
const ANCHORS: [f32; 3] = [-0.8473, 0.0, 1.0986];

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").finish_non_exhaustive()
    }
}

impl Model {
    /// A model that knows nothing: what rules say without one is asked before there is any.
    pub(super) fn blank() -> Self {
        let blank = || Weights {
            grams: vec![0; 1 << GRAM_BITS],
            concepts: vec![0; 1 << CONCEPT_BITS],
            gram_scale: 0.0,
            concept_scale: 0.0,
            bias: 0.0,
            thresholds: [1.0, 2.0, 3.0],
        };
        Self { concepts: Concepts::default(), weights: [blank(), blank()] }
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// A file that is cut off, damaged, of another version or holds numbers that are none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ShieldError> {
        let problem = |text: &str| ShieldError::Model(text.to_owned());
        let body = bytes.len().checked_sub(DIGEST).and_then(|end| bytes.split_at_checked(end));
        let (body, digest) = body.ok_or_else(|| problem("the file is too short"))?;
        let mut rest =
            body.strip_prefix(MAGIC).ok_or_else(|| problem("it does not begin as a model does"))?;
        if Sha256::digest(body)[..] != *digest {
            return Err(problem("its checksum does not match"));
        }
        let version = u32::from_le_bytes(take(&mut rest)?);
        if version != VERSION {
            return Err(ShieldError::Model(format!("it is of version {version}, not {VERSION}")));
        }
        let concepts = Concepts::read(
            &mut rest,
            |rest| take(rest).map(u32::from_le_bytes),
            |rest| take(rest).map(u64::from_le_bytes),
        )?;
        let weights = [read_weights(&mut rest)?, read_weights(&mut rest)?];
        if !rest.is_empty() {
            return Err(problem("something follows its end"));
        }
        Ok(Self { concepts, weights })
    }

    /// The model as a file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        self.concepts.write(&mut bytes);
        for weights in &self.weights {
            let numbers = [weights.gram_scale, weights.concept_scale, weights.bias];
            for number in numbers.iter().chain(&weights.thresholds) {
                bytes.extend(number.to_le_bytes());
            }
            for table in [&weights.grams, &weights.concepts] {
                bytes.extend(table.iter().map(|weight| weight.to_le_bytes()[0]));
            }
        }
        let digest = Sha256::digest(&bytes);
        bytes.extend(digest);
        bytes
    }

    /// The worst part of a plain text and its calibrated score.
    pub(crate) fn worst(&self, head: Head, plain: &str) -> Option<(Range<usize>, f32)> {
        let (span, raw) = self.worst_raw(head, plain)?;
        Some((span, calibrated(&self.weights[head.weights()].thresholds, raw)))
    }

    /// The worst part and its raw score.
    pub(super) fn worst_raw(&self, head: Head, plain: &str) -> Option<(Range<usize>, f32)> {
        let weights = &self.weights[head.weights()];
        // Most texts have a word or sign in four bytes; short ones need not remember much.
        let room = if head.has_setting() { plain.len() / 4 } else { 0 };
        let mut adder = Adder {
            weights,
            has_setting: head.has_setting(),
            words: Vec::with_capacity(room),
            segmenter: Segmenter::default(),
            segments: Vec::with_capacity(plain.len() / 32 + 1),
            count: 0,
            end: 0,
            now: Total::default(),
            known: vec![(0, 0, 0); (plain.len() / 8).next_power_of_two().clamp(16, KNOWN)],
        };
        walk(plain, &self.concepts, head == Head::Tool, &mut adder);
        let parts = adder.segments.len();
        adder.segment(0);
        let Adder { words, segments, .. } = adder;
        let ends = |window: &Range<u32>| {
            (&segments[window.start as usize], &segments[window.end as usize])
        };
        let mut scored: Vec<(f32, Range<u32>)> = Vec::with_capacity(parts * 5 / 2 + 1);
        scored.extend(windows(parts).map(|window| {
            let window = window.start as u32..window.end as u32;
            let (from, to) = ends(&window);
            (weights.score(head, from, to), window)
        }));
        let parts = scored.len();
        let more_first = |a: &(f32, _), b: &(f32, _)| b.0.total_cmp(&a.0);
        if scored.len() > SETTINGS {
            scored.select_nth_unstable_by(SETTINGS, more_first);
            scored.truncate(SETTINGS);
        }
        scored.sort_unstable_by(more_first);
        let topics = head.has_setting().then(|| Topics::of(&words));
        let (mut worst, mut highest) = (scored.first()?.1.clone(), f32::MIN);
        for (score, window) in scored {
            // What a part says by itself is counted before its setting, which can add so much and no more.
            if topics.is_some() && score + SETTING < highest || topics.is_none() && score < highest
            {
                break;
            }
            let setting = topics.as_ref().map_or(0.0, |topics| {
                let (from, to) = ends(&window);
                let window = from.words as usize..to.words as usize;
                weights.setting(&topics.setting(&words, &window))
            });
            if score + setting > highest {
                (worst, highest) = (window, score + setting);
            }
        }
        let (from, to) = ends(&worst);
        let span = from.start as usize..to.end_before as usize;
        Some((span, highest + weights.bias - head.length_penalty(parts)))
    }
}

impl Weights {
    /// What the words of a part say, which goes from the beginning of one segment to that of another.
    fn score(&self, head: Head, from: &Segment, to: &Segment) -> f32 {
        let part = part(
            (to.before.gram - from.before.gram) as f32 * self.gram_scale,
            (to.before.grams - from.before.grams) as usize,
            (to.before.concept - from.before.concept) as f32 * self.concept_scale,
            (to.before.concepts - from.before.concepts) as usize,
        );
        part * head.share((to.words - from.words) as usize)
    }

    fn setting(&self, hashes: &[u32]) -> f32 {
        let sum: i32 = hashes.iter().map(|&hash| i32::from(self.concepts[concept(hash)])).sum();
        (sum as f32 * self.concept_scale).clamp(-SETTING, SETTING)
    }
}

/// Where the weight of an n-gram stands.
pub(super) fn gram(hash: u32) -> usize {
    (hash >> (32 - GRAM_BITS)) as usize
}

/// Where the weight of a combination of concepts stands.
pub(super) fn concept(hash: u32) -> usize {
    (hash >> (32 - CONCEPT_BITS)) as usize
}

/// Sums of the weights of all words so far, and how many features they had.
#[derive(Debug, Clone, Copy, Default)]
struct Total {
    gram: i64,
    grams: u32,
    concept: i64,
    concepts: u32,
}

/// The beginning of a segment, or the end of the text.
struct Segment {
    /// Its first byte.
    start: u32,
    /// The end of the word before it.
    end_before: u32,
    /// How many words stand before it, and what they say.
    words: u32,
    before: Total,
}

/// Adds up the weights of a text's features.
struct Adder<'a> {
    weights: &'a Weights,
    has_setting: bool,
    /// The words, where the setting counts.
    words: Vec<Word>,
    segmenter: Segmenter,
    segments: Vec<Segment>,
    /// How many words there were, and where the last ended.
    count: u32,
    end: u32,
    now: Total,
    /// Words of this text: hash, sum of their letters' weights, how many those are.
    known: Vec<(u64, i64, u32)>,
}

impl Adder<'_> {
    fn segment(&mut self, start: u32) {
        let (end_before, words, before) = (self.end, self.count, self.now);
        self.segments.push(Segment { start, end_before, words, before });
    }
}

impl Sink for Adder<'_> {
    fn word(&mut self, word: Word) {
        if self.segmenter.begins(&word) {
            self.segment(word.start);
        }
        self.count += 1;
        self.end = word.end;
        if self.has_setting {
            self.words.push(word);
        }
    }

    fn gram(&mut self, hash: u32) {
        self.now.gram += i64::from(self.weights.grams[gram(hash)]);
        self.now.grams += 1;
    }

    fn letters(&mut self, hash: u64, letters: &[u8]) {
        let place = hash as usize >> 32 & (self.known.len() - 1);
        let known = &mut self.known[place];
        if known.0 != hash {
            let (mut sum, mut count) = (0, 0);
            grams(letters, |hash| {
                sum += i64::from(self.weights.grams[gram(hash)]);
                count += 1;
            });
            *known = (hash, sum, count);
        }
        self.now.gram += known.1;
        self.now.grams += known.2;
    }

    fn concept(&mut self, hash: u32) {
        self.now.concept += i64::from(self.weights.concepts[concept(hash)]);
        self.now.concepts += 1;
    }
}

/// A raw score as 0 to 1, where 0.5 is what one in a hundred unseen benign texts reaches.
pub(super) fn calibrated(thresholds: &[f32; 3], raw: f32) -> f32 {
    let [low, middle, high] = *thresholds;
    let (from, to, odds_from, odds_to) = if raw < middle {
        (low, middle, ANCHORS[0], ANCHORS[1])
    } else {
        (middle, high, ANCHORS[1], ANCHORS[2])
    };
    let odds = odds_from + (raw - from) / (to - from).max(0.05) * (odds_to - odds_from);
    1.0 / (1.0 + (-odds).exp())
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], ShieldError> {
    let (head, tail) = rest
        .split_first_chunk()
        .ok_or_else(|| ShieldError::Model("the file is cut off".to_owned()))?;
    *rest = tail;
    Ok(*head)
}

fn number(rest: &mut &[u8]) -> Result<f32, ShieldError> {
    let number = f32::from_le_bytes(take(rest)?);
    if number.is_finite() {
        Ok(number)
    } else {
        Err(ShieldError::Model("one of its numbers is none".to_owned()))
    }
}

fn read_weights(rest: &mut &[u8]) -> Result<Weights, ShieldError> {
    let [gram_scale, concept_scale, bias] = [number(rest)?, number(rest)?, number(rest)?];
    let thresholds = [number(rest)?, number(rest)?, number(rest)?];
    if !thresholds.is_sorted() {
        return Err(ShieldError::Model("its thresholds are out of order".to_owned()));
    }
    let mut table = |bits: u32| {
        let (weights, tail) = rest
            .split_at_checked(1 << bits)
            .ok_or_else(|| ShieldError::Model("its weights are cut off".to_owned()))?;
        *rest = tail;
        Ok::<_, ShieldError>(weights.iter().map(|byte| i8::from_le_bytes([*byte])).collect())
    };
    let (grams, concepts) = (table(GRAM_BITS)?, table(CONCEPT_BITS)?);
    Ok(Weights { grams, concepts, gram_scale, concept_scale, bias, thresholds })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        let weights = Weights {
            grams: vec![1; 1 << GRAM_BITS],
            concepts: vec![1; 1 << CONCEPT_BITS],
            gram_scale: 0.5,
            concept_scale: 0.1,
            bias: -1.0,
            thresholds: [0.0, 1.0, 2.0],
        };
        Model { concepts: Concepts::default(), weights: [weights.clone(), weights] }
    }

    #[test]
    fn reads_back_what_it_writes() {
        assert!(Model::from_bytes(&model().to_bytes()).unwrap() == model());
    }

    #[test]
    fn damage_is_seen() {
        let good = model().to_bytes();
        for length in [0, 7, 8, 12, 40, 100, good.len() / 2, good.len() - 33, good.len() - 1] {
            assert!(Model::from_bytes(&good[..length]).is_err());
        }
        for at in [0, 8, 12, 20, 300, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(Model::from_bytes(&bad).is_err(), "{at}");
        }
        let mut nonsense = model();
        nonsense.weights[0].gram_scale = f32::NAN;
        assert!(Model::from_bytes(&nonsense.to_bytes()).is_err());
        let mut nonsense = model();
        nonsense.weights[1].thresholds = [1.0, 0.0, 2.0];
        assert!(Model::from_bytes(&nonsense.to_bytes()).is_err());
    }

    #[test]
    fn scores_are_anchored_at_the_thresholds() {
        for (raw, score) in [(0.0, 0.3), (1.0, 0.5), (2.0, 0.75)] {
            assert!((calibrated(&[0.0, 1.0, 2.0], raw) - score).abs() < 0.001);
        }
    }

    #[test]
    fn the_worst_part_is_named() {
        let mut model = model();
        model.weights[0].grams.fill(0);
        // Whatever is said of pirates is bad.
        let mut adder = Marks(Vec::new());
        walk("pirates", &model.concepts, false, &mut adder);
        for hash in adder.0 {
            model.weights[0].grams[gram(hash)] = 100;
        }
        let text = "the weather was fine all day. pirates pirates pirates pirates pirates. then came the rain again.";
        let (span, _) = model.worst_raw(Head::User, text).unwrap();
        assert!(text[span].starts_with("pirates pirates"));
        assert_eq!(model.worst_raw(Head::User, ""), None);
    }

    struct Marks(Vec<u32>);

    impl Sink for Marks {
        fn word(&mut self, _: Word) {}
        fn gram(&mut self, hash: u32) {
            self.0.push(hash);
        }
        fn concept(&mut self, _: u32) {}
    }

    #[test]
    fn the_embedded_model_is_whole() {
        Model::from_bytes(super::super::EMBEDDED).unwrap();
    }
}
