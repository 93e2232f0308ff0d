//! Quality on sources that training never saw, beside what a random split would claim and what a plain model reaches.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use picket_model::Channel;
use serde::Serialize;

use super::Head;
use super::baseline::Baseline;
use super::concepts::Concepts;
use super::examples::Example;
use super::model::{Model, calibrated};
use super::train::{Examples, Label, Row, fit};
use crate::config::{ShieldConfig, ShieldError};
use crate::inspect::is_attack;
use crate::shield::{Shield, together};
use crate::signature::concepts;

/// Groups of sources, or of rows, that are left out in turn.
const FOLDS: usize = 6;
/// Shares of unseen benign rows above the three thresholds. The middle one leaves room for signatures below 1 %.
const FALSE_POSITIVES: [f32; 3] = [0.03, 0.007, 0.002];
/// The score from which the default sensitivity reports.
const DEFAULT: f32 = 0.5;

/// What rows of a line have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Aspect {
    /// The data set.
    Source,
    /// Where they stood.
    Channel,
    /// Their language.
    Language,
}

impl Aspect {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Channel => "channel",
            Self::Language => "language",
        }
    }
}

/// How well rows are told by a shield that never saw their source. Shares are of rows flagged: recall for attacks, false
/// positives for benign rows. "At 1 %": where one in a hundred ordinary benign rows, of sources left out too, is flagged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quality {
    /// What the rows have in common.
    pub aspect: Aspect,
    /// Data set, channel or language.
    pub name: String,
    /// What the rows are.
    pub label: Label,
    /// Where they stood.
    pub channel: Channel,
    /// How many there are.
    pub rows: usize,
    /// By a linear model over the n-grams of whole texts, at 1 %.
    pub baseline: f32,
    /// By signatures and the other rules alone.
    pub rules: f32,
    /// By the classifier alone, at 1 %.
    pub classifier: f32,
    /// By the score of both, at 1 %.
    pub together: f32,
    /// The same where rows, not sources, are left out: what is claimed by those who split at random.
    pub random_split: f32,
    /// By either at the default sensitivity.
    pub flagged: f32,
    /// Area under the curve of both, against the ordinary benign rows; for attacks only.
    pub auc: Option<f32>,
    /// The same of the baseline.
    pub baseline_auc: Option<f32>,
}

/// The value that `share` of `values` do not exceed; 0 of none.
pub(super) fn quantile(values: &mut [f32], share: f32) -> f32 {
    values.sort_by(f32::total_cmp);
    let last = values.len().saturating_sub(1);
    let at = (last as f32 * share).ceil() as usize;
    values.get(at.min(last)).copied().unwrap_or(0.0)
}

/// Measures a shield that is trained on `rows`.
///
/// # Errors
/// None with the embedded rules and words.
pub fn evaluate(rows: &[Row]) -> Result<Vec<Quality>, ShieldError> {
    let concepts = Concepts::new(&concepts()?);
    Ok(Study::new(rows, &Examples::new(rows, &concepts))?.quality())
}

/// Scores of rows by models that never saw them.
pub(super) struct Study<'a> {
    rows: &'a [Row],
    rules: Vec<f32>,
    by_source: Vec<f32>,
    by_row: Vec<f32>,
    baseline: Vec<f32>,
}

impl<'a> Study<'a> {
    pub(super) fn new(rows: &'a [Row], examples: &Examples) -> Result<Self, ShieldError> {
        let shield = Shield::with_model(
            ShieldConfig { classifier: false, ..ShieldConfig::default() },
            Model::blank(),
        )?;
        let sources = folds(rows);
        let by_source = |row: usize| sources[rows[row].source.as_str()];
        // Neighbours in a file are often alike; a random split parts them all the same.
        let by_row = |row: usize| (row.wrapping_mul(0x9e37_79b1) >> 7) % FOLDS;
        Ok(Self {
            rows,
            rules: rows.iter().map(|row| rule_score(&shield, row)).collect(),
            by_source: left_out(examples, &by_source, |examples, head| {
                let learner = fit(examples, head);
                move |example: &Example| learner.worst(example)
            }),
            by_row: left_out(examples, &by_row, |examples, head| {
                let learner = fit(examples, head);
                move |example: &Example| learner.worst(example)
            }),
            baseline: left_out(examples, &by_source, |examples, head| {
                let baseline = Baseline::fit(examples, head);
                move |example: &Example| baseline.score(example)
            }),
        })
    }

    /// By weights: raw scores that the wished shares of unseen ordinary rows reach.
    pub(super) fn thresholds(&self) -> [[f32; 3]; 2] {
        self.thresholds_of(&self.by_source)
    }

    fn thresholds_of(&self, scores: &[f32]) -> [[f32; 3]; 2] {
        [Head::User, Head::Document].map(|head| {
            let mut benign = self.ordinary(scores, head);
            FALSE_POSITIVES.map(|share| quantile(&mut benign, 1.0 - share))
        })
    }

    /// Scores of the benign rows of a head, less those of the source that scores highest: a collection of personas or of
    /// other applications' instructions resembles attacks more than ordinary traffic does, and would set the threshold
    /// alone.
    fn ordinary(&self, scores: &[f32], head: Head) -> Vec<f32> {
        let mut sources: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
        for (row, score) in self.rows.iter().zip(scores) {
            let same = |other: Head| other.weights() == head.weights();
            if row.label == Label::Benign && Head::of(row.channel).is_some_and(same) {
                sources.entry(&row.source).or_default().push(*score);
            }
        }
        let mut sources: Vec<Vec<f32>> = sources.into_values().collect();
        sources.sort_by_cached_key(|scores| {
            let middle = quantile(&mut scores.clone(), 0.98);
            // Orders as the number does.
            (middle * 1000.0) as i64
        });
        if sources.len() > 3 {
            sources.pop();
        }
        sources.concat()
    }

    /// Scores of rules and classifier together.
    fn both(&self, scores: &[f32]) -> Vec<f32> {
        let thresholds = self.thresholds_of(scores);
        let one = |((row, score), rules): ((&Row, &f32), &f32)| {
            let Some(head) = Head::of(row.channel) else { return *rules };
            together(*rules, calibrated(&thresholds[head.weights()], *score))
        };
        self.rows.iter().zip(scores).zip(&self.rules).map(one).collect()
    }

    /// By source, channel and language.
    pub(super) fn quality(&self) -> Vec<Quality> {
        let both = self.both(&self.by_source);
        let random = self.both(&self.by_row);
        let thresholds = self.thresholds();
        let heads = [Head::User, Head::Document];
        let sorted = |scores: &[f32]| {
            heads.map(|head| {
                let mut benign = self.ordinary(scores, head);
                benign.sort_by(f32::total_cmp);
                benign
            })
        };
        let sets = [&both, &random, &self.by_source, &self.baseline]
            .map(|scores| (scores, sorted(scores)));
        let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (index, row) in self.rows.iter().enumerate() {
            let lang = if row.lang.is_empty() { "unknown" } else { &row.lang };
            let aspects = [
                (Aspect::Source, row.source.as_str()),
                (Aspect::Channel, row.channel.as_str()),
                (Aspect::Language, lang),
            ];
            for (aspect, name) in aspects {
                let benign = row.label == Label::Benign;
                groups
                    .entry((aspect, benign, name, row.label, row.channel))
                    .or_default()
                    .push(index);
            }
        }
        let line = |((aspect, _, name, label, channel), group): (
            (Aspect, bool, &str, Label, Channel),
            Vec<usize>,
        )| {
            let head = Head::of(channel)?.weights();
            let share = |flagged: &dyn Fn(usize) -> bool| {
                group.iter().filter(|row| flagged(**row)).count() as f32 / group.len() as f32
            };
            let [together, random_split, classifier, baseline] =
                sets.each_ref().map(|(scores, benign)| {
                    let benign = &benign[head];
                    let last = benign.len().saturating_sub(1);
                    let limit = benign.get((last as f32 * 0.99).ceil() as usize);
                    share(&|row| limit.is_some_and(|limit| scores[row] > *limit))
                });
            let auc = |(scores, benign): &(&Vec<f32>, [Vec<f32>; 2])| {
                let benign = &benign[head];
                let below = |row: &usize| {
                    let score = scores[*row];
                    let lower = benign.partition_point(|benign| *benign < score);
                    let equal = benign[lower..].partition_point(|benign| *benign <= score);
                    (lower as f32 + equal as f32 / 2.0) / benign.len() as f32
                };
                (label != Label::Benign && !benign.is_empty())
                    .then(|| group.iter().map(below).sum::<f32>() / group.len() as f32)
            };
            let calibrated = |row: usize| calibrated(&thresholds[head], self.by_source[row]);
            Some(Quality {
                aspect,
                name: name.to_owned(),
                label,
                channel,
                rows: group.len(),
                baseline,
                rules: share(&|row| self.rules[row] >= DEFAULT),
                classifier,
                together,
                random_split,
                flagged: share(&|row| self.rules[row] >= DEFAULT || calibrated(row) >= DEFAULT),
                auc: auc(&sets[0]),
                baseline_auc: auc(&sets[3]),
            })
        };
        groups.into_iter().filter_map(line).collect()
    }
}

/// The fold each source falls into: alternately, largest first.
fn folds(rows: &[Row]) -> BTreeMap<&str, usize> {
    let mut sizes: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    for row in rows {
        *sizes.entry((row.label == Label::Benign, &row.source)).or_default() += 1;
    }
    let mut order: Vec<_> = sizes.into_iter().collect();
    order.sort_by_key(|((benign, source), size)| (*benign, std::cmp::Reverse(*size), *source));
    let mut folds = BTreeMap::new();
    let mut next = 0;
    for ((_, source), _) in order {
        folds.entry(source).or_insert_with(|| {
            next += 1;
            (next - 1) % FOLDS
        });
    }
    folds
}

/// The score of every row under a model that saw neither it nor what is in its fold; rows no head judges get the lowest.
fn left_out<S: Fn(&Example) -> f32>(
    examples: &Examples,
    fold: &(impl Fn(usize) -> usize + Sync),
    fit: impl Fn(&[&Example], Head) -> S + Sync,
) -> Vec<f32> {
    // Sources of a fold, for what was made of rows: none of it may be seen either.
    let mut of_source: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (row, example) in examples.rows.iter().enumerate() {
        if let Some(source) = example.as_ref().and_then(|example| example.sources[0]) {
            let folds = of_source.entry(source).or_default();
            if !folds.contains(&fold(row)) {
                folds.push(fold(row));
            }
        }
    }
    let is_out = |example: &Example, out: usize| {
        example
            .sources
            .iter()
            .flatten()
            .any(|source| of_source.get(source).is_some_and(|folds| folds.as_slice() == [out]))
    };
    let jobs: Vec<(usize, Head)> =
        (0..FOLDS).flat_map(|out| [(out, Head::Document), (out, Head::User)]).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut scores = Vec::new();
        while let Some(&(out, head)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let of_rows = examples.rows.iter().enumerate().filter(|(row, _)| fold(*row) != out);
            let others = examples.others().filter(|example| !is_out(example, out));
            let seen: Vec<&Example> =
                of_rows.filter_map(|(_, example)| example.as_ref()).chain(others).collect();
            let score = fit(&seen, head);
            for (row, example) in examples.rows.iter().enumerate() {
                if let Some(example) = example
                    && fold(row) == out
                    && example.head.weights() == head.weights()
                {
                    scores.push((row, score(example)));
                }
            }
        }
        scores
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let mut scores = vec![f32::MIN; examples.rows.len()];
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            for (row, score) in
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            {
                scores[row] = score;
            }
        }
    });
    scores
}

/// How surely rules see an attack in a row.
fn rule_score(shield: &Shield, row: &Row) -> f32 {
    let found = shield.analyze_text(row.channel, &row.text);
    let attacks = found.iter().filter(|found| is_attack(found.category));
    attacks.map(|found| found.score).fold(0.0, f32::max)
}
