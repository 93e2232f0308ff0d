//! Training: deterministic, in minutes on two cores, from labelled rows and made-up texts.

use std::collections::BTreeMap;

use picket_model::Channel;
use serde::{Deserialize, Serialize};

use super::concepts::Concepts;
use super::eval::{self, Quality};
use super::examples::{Example, Maker, Part};
use super::model::{CONCEPT_BITS, GRAM_BITS, Model, SETTING, Weights};
use super::{Head, part};
use crate::config::ShieldError;
use crate::signature::concepts;

const EPOCHS: usize = 4;
const RATE: f32 = 0.08;
/// An n-gram that fewer sources or families have is an accident of theirs.
const FAMILIES: u8 = 2;

/// What a row was labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Nothing wrong.
    Benign,
    /// An attack by the user.
    Jailbreak,
    /// An attack in what somebody else wrote.
    Injection,
}

/// One labelled text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The text.
    pub text: String,
    /// What it is.
    pub label: Label,
    /// Where it stood.
    pub channel: Channel,
    /// The data set it is from; sources are kept apart when quality is measured.
    pub source: String,
    /// ISO 639-1, where it is known.
    #[serde(default)]
    pub lang: String,
    /// The attack within `text`, where it is known.
    #[serde(default)]
    pub span: Option<String>,
}

/// A small, fast generator with a fixed seed: training gives the same model on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % bound.max(1) as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// Trains a model on `rows`, with thresholds from sources left out in turn, and says how good it is.
///
/// # Errors
/// None with the embedded rules and words.
pub fn train(rows: &[Row]) -> Result<(Model, Vec<Quality>), ShieldError> {
    let concepts = Concepts::new(&concepts()?);
    let examples = Examples::new(rows, &concepts);
    let study = eval::Study::new(rows, &examples)?;
    let all: Vec<&Example> = examples.all().collect();
    let mut weights = [Head::User, Head::Document].map(|head| fit(&all, head).quantised());
    for (weights, thresholds) in weights.iter_mut().zip(study.thresholds()) {
        weights.thresholds = thresholds;
    }
    Ok((Model { concepts, weights }, study.quality()))
}

/// Everything that can be learnt from.
pub(super) struct Examples {
    /// Of each row.
    pub(super) rows: Vec<Option<Example>>,
    others: Vec<Example>,
}

impl Examples {
    pub(super) fn new(rows: &[Row], concepts: &Concepts) -> Self {
        let mut maker = Maker::new(rows, concepts);
        let mut others = maker.planted_rows(rows);
        others.extend(maker.made());
        Self { rows: rows.iter().map(|row| maker.row(row)).collect(), others }
    }

    /// What is no row as it is.
    pub(super) fn others(&self) -> impl Iterator<Item = &Example> {
        self.others.iter()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Example> {
        self.rows.iter().flatten().chain(&self.others)
    }
}

/// Weights while they are learnt.
pub(super) struct Learner {
    grams: Table,
    concepts: Table,
    bias: f32,
    bias_square: f32,
    head: Head,
}

/// Weights, and the sums of their squared gradients (AdaGrad).
struct Table {
    weights: Vec<f32>,
    squares: Vec<f32>,
}

impl Table {
    fn new(bits: u32) -> Self {
        Self { weights: vec![0.0; 1 << bits], squares: vec![0.0; 1 << bits] }
    }

    fn sum(&self, features: &[u32]) -> f32 {
        features.iter().map(|&feature| self.weights[feature as usize]).sum()
    }

    fn step(&mut self, features: &[u32], gradient: f32) {
        for &feature in features {
            let feature = feature as usize;
            self.squares[feature] += gradient * gradient;
            self.weights[feature] -= RATE * gradient / (self.squares[feature].sqrt() + 1e-3);
        }
    }

    /// Weights as bytes, and what one is worth. The few that are larger than one in ten thousand are cut.
    fn quantised(&self) -> (Vec<i8>, f32) {
        let sizes = self.weights.iter().map(|weight| weight.abs());
        let mut sizes: Vec<f32> = sizes.filter(|size| *size > 0.0).collect();
        let scale = eval::quantile(&mut sizes, 0.9999).max(1e-6) / 127.0;
        let weights =
            self.weights.iter().map(|weight| (weight / scale).round().clamp(-127.0, 127.0) as i8);
        (weights.collect(), scale)
    }
}

impl Learner {
    fn new(head: Head) -> Self {
        let (grams, concepts) = (Table::new(GRAM_BITS), Table::new(CONCEPT_BITS));
        Self { grams, concepts, bias: 0.0, bias_square: 0.0, head }
    }

    /// Forbids n-grams that too few families have.
    fn forbid_rare(&mut self, examples: &[&Example]) {
        let mut families: BTreeMap<u16, Vec<&Example>> = BTreeMap::new();
        for example in examples {
            families.entry(example.family).or_default().push(example);
        }
        let mut seen = vec![(u16::MAX, 0u8); 1 << GRAM_BITS];
        for (&family, examples) in &families {
            for &gram in examples.iter().flat_map(|example| example.grams()) {
                let (last, count) = &mut seen[gram as usize];
                if *last != family {
                    (*last, *count) = (family, count.saturating_add(1));
                }
            }
        }
        for (square, (_, count)) in self.grams.squares.iter_mut().zip(seen) {
            if count < FAMILIES {
                *square = f32::INFINITY;
            }
        }
    }

    /// As [`Model::worst_raw`] scores, before the penalty of length.
    fn score(&self, example: &Example, of: &Part) -> f32 {
        let (grams, concepts) = example.features(of);
        let sum =
            part(self.grams.sum(grams), grams.len(), self.concepts.sum(concepts), concepts.len());
        let setting = self.concepts.sum(&of.setting).clamp(-SETTING, SETTING);
        sum * self.head.share(of.len()) + setting + self.bias
    }

    /// One AdaGrad step on the logistic loss.
    fn learn(&mut self, example: &Example, of: &Part, attack: bool) {
        let probability = 1.0 / (1.0 + (-self.score(example, of)).exp());
        let error = (probability - f32::from(u8::from(attack))) * example.weight;
        if error.abs() < 0.01 {
            return;
        }
        let (grams, concepts) = example.features(of);
        let share = error * self.head.share(of.len());
        self.grams.step(grams, share / (grams.len().max(1) as f32).sqrt());
        self.concepts.step(concepts, share / (concepts.len().max(4) as f32).sqrt());
        self.concepts.step(&of.setting, error);
        self.bias_square += error * error;
        self.bias -= RATE * error / (self.bias_square.sqrt() + 1e-3);
    }

    /// The raw score of a whole text.
    pub(super) fn worst(&self, example: &Example) -> f32 {
        let scores = example.parts.iter().map(|part| self.score(example, part));
        scores.fold(f32::MIN, f32::max) - self.head.length_penalty(example.parts.len())
    }

    fn quantised(&self) -> Weights {
        let (grams, gram_scale) = self.grams.quantised();
        let (concepts, concept_scale) = self.concepts.quantised();
        Weights {
            grams,
            concepts,
            gram_scale,
            concept_scale,
            bias: self.bias,
            thresholds: [0.0, 1.0, 2.0],
        }
    }
}

/// Learns the weights for `head` and whoever shares them.
pub(super) fn fit(examples: &[&Example], head: Head) -> Learner {
    let examples: Vec<&Example> = examples
        .iter()
        .filter(|example| example.head.weights() == head.weights())
        .copied()
        .collect();
    let mut learner = Learner::new(head);
    learner.forbid_rare(&examples);
    let mut random = Random::new(7);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    for epoch in 0..EPOCHS {
        random.shuffle(&mut order);
        for &index in &order {
            let example = examples[index];
            let (mut attacks, mut others) = (Vec::new(), Vec::new());
            for part in &example.parts {
                let scored = (learner.score(example, part), part);
                match part.attack {
                    Some(attack) if attack && example.attack => attacks.push(scored),
                    None if example.attack => {}
                    _ => others.push(scored),
                }
            }
            // The worst part decides, so it is the one to learn from; at first nothing is known of which that is.
            let kept = if epoch == 0 { 4 } else { 2 };
            for (parts, attack) in [(&mut attacks, true), (&mut others, false)] {
                parts.sort_by(|a, b| b.0.total_cmp(&a.0));
                for (_, part) in parts.iter().take(kept) {
                    learner.learn(example, part, attack);
                }
            }
        }
    }
    learner
}
