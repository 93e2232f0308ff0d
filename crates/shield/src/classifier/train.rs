//! Training: deterministic, in minutes on one core, from labelled rows and texts made by a grammar.

use std::collections::BTreeMap;
use std::ops::Range;

use picket_model::Channel;
use serde::{Deserialize, Serialize};

use super::Head;
use super::eval::quantile;
use super::features::{STRIDE, Sink, WINDOW, walk};
use super::model::{Linear, Model};
use super::{eval, grammar};
use crate::normalise::normalise;

/// Weights of a head, as a power of two.
const BITS: u32 = 20;
const EPOCHS: usize = 5;
const RATE: f32 = 0.12;
/// Bytes of a row that are looked at.
const LONGEST: usize = 12_000;
/// Shares of unseen benign rows above the three thresholds. The middle one leaves room for signatures below 1 %.
pub(super) const FALSE_POSITIVES: [f32; 3] = [0.03, 0.007, 0.002];

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
    /// The attack within `text`, where it is known.
    #[serde(default)]
    pub span: Option<String>,
}

/// A row in the form that training takes.
pub(super) struct Example {
    pub(super) plain: String,
    pub(super) attack: bool,
    /// Bytes of `plain` that attack; all of it where that is not known.
    span: Option<Range<usize>>,
    weight: f32,
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

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// Trains a model on `rows`, with thresholds from sources left out in turn.
#[must_use]
pub fn train(rows: &[Row]) -> Model {
    let scores = eval::left_out_scores(rows);
    let mut model = fit(rows);
    for (head, linear) in Head::ALL.into_iter().zip(&mut model.heads) {
        let mut benign = eval::ordinary(rows, &scores, head);
        linear.thresholds = FALSE_POSITIVES.map(|share| quantile(&mut benign, 1.0 - share));
    }
    model
}

/// Trains both heads; thresholds are not set.
pub(super) fn fit(rows: &[Row]) -> Model {
    let rows: Vec<&Row> = rows.iter().collect();
    let heads = std::thread::scope(|scope| {
        let rows = &rows;
        let workers = Head::ALL.map(|head| scope.spawn(move || fit_head(&examples(rows, head))));
        workers.map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    Model { bits: BITS, heads }
}

fn cut(text: &str, mut length: usize) -> &str {
    if text.len() <= length {
        return text;
    }
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    &text[..length]
}

/// The examples of a head: its rows, attacks set into others' documents, and made-up texts.
fn examples(rows: &[&Row], head: Head) -> Vec<Example> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *sizes.entry(&row.source).or_default() += 1;
    }
    // A large source says less per row.
    let weight = |source: &str| {
        (400.0 / sizes.get(source).copied().unwrap_or(400) as f32).sqrt().clamp(0.3, 1.5)
    };
    let mut random = Random::new(head as u64 + 1);
    let mut examples = Vec::new();
    for row in rows.iter().filter(|row| Head::of(row.channel) == Some(head)) {
        let plain = normalise(cut(&row.text, LONGEST)).text;
        let attack = row.label != Label::Benign;
        let span = row.span.as_ref().filter(|_| attack).map(|span| normalise(span).text);
        let span = span.and_then(|span| plain.find(&span).map(|at| at..at + span.len()));
        examples.push(Example { plain, attack, span, weight: weight(&row.source) });
    }
    if head == Head::Indirect {
        wrapped(rows, &mut random, &mut examples);
    }
    for made in grammar::texts(head, &mut random) {
        examples.push(Example {
            plain: normalise(&made.text).text,
            attack: made.attack,
            span: None,
            weight: 1.0,
        });
    }
    examples
}

/// Attacks of every channel in the middle of benign documents of other sources.
fn wrapped(rows: &[&Row], random: &mut Random, examples: &mut Vec<Example>) {
    let hosts: Vec<&&Row> = rows
        .iter()
        .filter(|row| {
            row.label == Label::Benign && row.channel == Channel::Document && row.text.len() > 300
        })
        .collect();
    if hosts.is_empty() {
        return;
    }
    // What a user may ask for is an attack where a document asks for it.
    let asked =
        rows.iter().filter(|row| row.channel == Channel::User || row.label != Label::Benign);
    for row in asked {
        let benign = row.label == Label::Benign;
        let attack = row.span.as_ref().unwrap_or(&row.text);
        let host = random.pick(&hosts);
        if attack.len() > if benign { 300 } else { 1500 }
            || host.source == row.source
            || benign && random.below(3) > 0
        {
            continue;
        }
        let attack = normalise(attack).text;
        let host = normalise(cut(&host.text, 2500)).text;
        let ends: Vec<usize> =
            host.match_indices(['.', '\n']).map(|(at, _)| at + 1).chain([0, host.len()]).collect();
        let at = *random.pick(&ends);
        let plain = format!("{} {attack} {}", &host[..at], &host[at..]);
        examples.push(Example {
            plain,
            attack: true,
            span: Some(at + 1..at + 1 + attack.len()),
            weight: 0.6,
        });
    }
}

/// The n-grams of a text, word by word.
#[derive(Default)]
struct Grams {
    hashes: Vec<u32>,
    /// By word: where its n-grams begin, and its bytes.
    words: Vec<(usize, Range<usize>)>,
}

impl Sink for Grams {
    fn word(&mut self, span: Range<usize>) {
        self.words.push((self.hashes.len(), span));
    }

    fn gram(&mut self, hash: u32) {
        self.hashes.push(hash >> (32 - BITS));
    }
}

impl Grams {
    fn of(plain: &str) -> Self {
        let mut grams = Self::default();
        walk(plain, &mut grams);
        grams
    }

    /// The n-grams and bytes of each window.
    fn windows(&self) -> impl Iterator<Item = (&[u32], Range<usize>)> {
        let words = self.words.len();
        let starts = (0..words)
            .step_by(STRIDE)
            .take_while(move |&start| start == 0 || start + WINDOW < words + STRIDE);
        starts.map(move |start| {
            let end = (start + WINDOW).min(words);
            let last = self.words.get(end).map_or(self.hashes.len(), |(at, _)| *at);
            (
                &self.hashes[self.words[start].0..last],
                self.words[start].1.start..self.words[end - 1].1.end,
            )
        })
    }
}

struct Learner {
    weights: Vec<f32>,
    squares: Vec<f32>,
    bias: f32,
    bias_square: f32,
}

impl Learner {
    fn score(&self, grams: &[u32]) -> f32 {
        let sum: f32 = grams.iter().map(|&gram| self.weights[gram as usize]).sum();
        sum / (grams.len().max(1) as f32).sqrt() + self.bias
    }

    /// One AdaGrad step on the logistic loss.
    fn learn(&mut self, grams: &[u32], attack: bool, weight: f32) {
        let probability = 1.0 / (1.0 + (-self.score(grams)).exp());
        let error = (probability - f32::from(u8::from(attack))) * weight;
        if error.abs() < 0.01 {
            return;
        }
        let gradient = error / (grams.len().max(1) as f32).sqrt();
        for &gram in grams {
            let gram = gram as usize;
            self.squares[gram] += gradient * gradient;
            self.weights[gram] -= RATE * gradient / (self.squares[gram].sqrt() + 1e-3);
        }
        self.bias_square += error * error;
        self.bias -= RATE * error / (self.bias_square.sqrt() + 1e-3);
    }
}

fn fit_head(examples: &[Example]) -> Linear {
    let size = 1 << BITS;
    let mut learner =
        Learner { weights: vec![0.0; size], squares: vec![0.0; size], bias: 0.0, bias_square: 0.0 };
    let mut random = Random::new(7);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    for epoch in 0..EPOCHS {
        random.shuffle(&mut order);
        for &index in &order {
            let example = &examples[index];
            let grams = Grams::of(&example.plain);
            let mut attacks = Vec::new();
            let mut others = Vec::new();
            for (window, bytes) in grams.windows() {
                let inside = match &example.span {
                    Some(span) => {
                        let common =
                            bytes.end.min(span.end).saturating_sub(bytes.start.max(span.start));
                        common * 2 >= span.len().min(bytes.len())
                    }
                    None => true,
                };
                let scored = (learner.score(window), window);
                if example.attack && inside { attacks.push(scored) } else { others.push(scored) }
            }
            // The worst window decides, so it is the one to learn from; at first nothing is known of which that is.
            let kept = if epoch == 0 { 4 } else { 2 };
            for (windows, attack) in [(&mut attacks, true), (&mut others, false)] {
                windows.sort_by(|a, b| b.0.total_cmp(&a.0));
                for (_, window) in windows.iter().take(kept) {
                    learner.learn(window, attack, example.weight);
                }
            }
        }
    }
    quantised(&learner)
}

/// Weights as bytes. The few that are larger than one in ten thousand are cut.
fn quantised(learner: &Learner) -> Linear {
    let mut sizes: Vec<f32> =
        learner.weights.iter().map(|weight| weight.abs()).filter(|size| *size > 0.0).collect();
    let scale = quantile(&mut sizes, 0.9999).max(1e-6) / 127.0;
    let weights = learner
        .weights
        .iter()
        .map(|weight| (weight / scale).round().clamp(-127.0, 127.0) as i8)
        .collect();
    Linear { weights, scale, bias: learner.bias, thresholds: [0.0, 1.0, 2.0] }
}
