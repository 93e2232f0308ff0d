//! Quality on sources that training never saw.

use std::collections::BTreeMap;

use picket_model::Channel;
use serde::Serialize;

use super::Head;
use super::train::{FALSE_POSITIVES, Label, Row, fit};
use crate::config::{ShieldConfig, ShieldError};
use crate::inspect::is_attack;
use crate::normalise::normalise;
use crate::shield::Shield;

/// Groups of sources that are left out in turn.
const FOLDS: usize = 6;

/// How well one source's rows are told, by a shield that never saw the source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quality {
    /// The data set.
    pub source: String,
    /// What its rows are.
    pub label: Label,
    /// Where they stood.
    pub channel: Channel,
    /// How many there are.
    pub rows: usize,
    /// Share flagged by signatures and the other rules alone.
    pub rules: f32,
    /// Share flagged by the classifier alone where it flags 1 % of ordinary benign rows.
    pub classifier: f32,
    /// Share flagged by either at the default sensitivity: recall for attacks, false positives for benign rows.
    pub flagged: f32,
    /// Area under the classifier's curve against the benign rows of its head; for attacks only.
    pub auc: Option<f32>,
}

/// The value that `share` of `values` do not exceed; 0 of none.
pub(super) fn quantile(values: &mut [f32], share: f32) -> f32 {
    values.sort_by(f32::total_cmp);
    let last = values.len().saturating_sub(1);
    let at = (last as f32 * share).ceil() as usize;
    values.get(at.min(last)).copied().unwrap_or(0.0)
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

/// The raw score of every row under a model that saw neither it nor its source; rows no head judges get the lowest.
pub(super) fn left_out_scores(rows: &[Row]) -> Vec<f32> {
    let folds = folds(rows);
    let mut scores = vec![f32::MIN; rows.len()];
    for fold in 0..FOLDS {
        let seen: Vec<Row> =
            rows.iter().filter(|row| folds[row.source.as_str()] != fold).cloned().collect();
        if seen.len() == rows.len() {
            continue;
        }
        let model = fit(&seen);
        for (row, score) in
            rows.iter().zip(&mut scores).filter(|(row, _)| folds[row.source.as_str()] == fold)
        {
            let worst = Head::of(row.channel).and_then(|head| {
                model.heads[head as usize].worst(model.bits, &normalise(&row.text).text)
            });
            *score = worst.map_or(f32::MIN, |(_, score)| score);
        }
    }
    scores
}

/// Scores of the benign rows of a head, less those of the source that scores highest: a collection of personas or of other
/// applications' instructions resembles attacks more than ordinary traffic does, and would set the threshold alone.
pub(super) fn ordinary(rows: &[Row], scores: &[f32], head: Head) -> Vec<f32> {
    let mut sources: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
    for (row, score) in rows.iter().zip(scores) {
        if row.label == Label::Benign && Head::of(row.channel) == Some(head) {
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

/// Quality by source, label and channel, each measured by a model that never saw the source. Thresholds are those of
/// unseen benign rows.
///
/// # Errors
/// None with the embedded rules.
pub fn evaluate(rows: &[Row]) -> Result<Vec<Quality>, ShieldError> {
    let shield = Shield::new(ShieldConfig { classifier: false, ..ShieldConfig::default() })?;
    let scores = left_out_scores(rows);
    let mut benign = Head::ALL.map(|head| ordinary(rows, &scores, head));
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let kind = (row.label == Label::Benign, &row.source, row.label, row.channel);
        groups.entry(kind).or_default().push(index);
    }
    let quality = groups.into_iter().map(|((_, source, label, channel), group)| {
        let share = |flagged: &dyn Fn(usize) -> bool| {
            group.iter().filter(|index| flagged(**index)).count() as f32 / group.len() as f32
        };
        let rules: BTreeMap<usize, bool> =
            group.iter().map(|&index| (index, flags(&shield, &rows[index]))).collect();
        let benign = Head::of(channel).map_or(&mut [][..], |head| &mut benign[head as usize]);
        let [at_1_percent, at_default] =
            [0.01, FALSE_POSITIVES[1]].map(|share| quantile(benign, 1.0 - share));
        let judged = !benign.is_empty();
        // `quantile` has sorted them.
        let below = |index: usize| {
            benign.partition_point(|benign| *benign < scores[index]) as f32 / benign.len() as f32
        };
        Quality {
            source: source.clone(),
            label,
            channel,
            rows: group.len(),
            rules: share(&|index| rules[&index]),
            classifier: share(&|index| judged && scores[index] >= at_1_percent),
            flagged: share(&|index| rules[&index] || judged && scores[index] >= at_default),
            auc: (judged && label != Label::Benign)
                .then(|| group.iter().map(|&index| below(index)).sum::<f32>() / group.len() as f32),
        }
    });
    Ok(quality.collect())
}

/// Whether rules see an attack in a row.
fn flags(shield: &Shield, row: &Row) -> bool {
    shield.analyze_text(row.channel, &row.text).iter().any(|found| is_attack(found.category))
}
