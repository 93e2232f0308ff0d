//! Near-duplicates: labels that contradict each other, and floods.

use rustc_hash::FxHashMap;

use super::{FINDINGS, Labels, PoisoningFinding, finding};

/// Hashes of a signature, and how many make a band: records that share one band are compared.
const HASHES: usize = 24;
const ROWS: usize = 4;
/// Hashes that must be the same for near-duplicates.
const SAME: usize = 17;
/// Words of a shingle.
const SHINGLE: usize = 3;
/// Shorter texts are alike by accident.
const WORDS: usize = 6;
/// Members of a group whose records are compared one by one.
const COMPARED: usize = 8;
/// A flood: at least so many, and at least this share of all records.
const FLOOD: usize = 20;
const FLOOD_SHARE: f64 = 0.01;

/// Groups of near-duplicates that are wrong.
pub(super) fn alike(texts: &[&str], labels: &Labels<'_>) -> Vec<PoisoningFinding> {
    let mut findings = Vec::new();
    for group in groups(texts) {
        if findings.len() >= FINDINGS {
            break;
        }
        if labels.are_classes() {
            findings.extend(flip(&group, labels));
        }
        let many = FLOOD.max((texts.len() as f64 * FLOOD_SHARE) as usize);
        if group.len() >= many {
            let first = labels.of[group[0]];
            let shared = group.iter().all(|index| labels.of[*index] == first);
            let label = first.filter(|_| shared).map(|label| labels.names[label as usize]);
            let share = group.len() as f32 / texts.len().max(1) as f32;
            let detail = format!("{} records say nearly the same", group.len());
            let score = (0.6 + share).min(0.84);
            findings.push(finding("data_poisoning.flood", detail, score, &group, label));
        }
    }
    findings
}

/// Members whose label is not that of nearly all others.
fn flip(group: &[usize], labels: &Labels<'_>) -> Option<PoisoningFinding> {
    let mut counts: FxHashMap<u32, usize> = FxHashMap::default();
    for label in group.iter().filter_map(|index| labels.of[*index]) {
        *counts.entry(label).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    let (&most, &count) = counts.iter().max_by_key(|(label, count)| (**count, **label))?;
    // Half and half may be a matter of opinion.
    if counts.len() < 2 || total < 3 || count * 3 < total * 2 {
        return None;
    }
    let others: Vec<usize> = group
        .iter()
        .copied()
        .filter(|index| labels.of[*index].is_some_and(|label| label != most))
        .collect();
    let name = labels.names[most as usize];
    let name: String = name.chars().take(60).collect();
    let detail = format!("{count} near-duplicates are labelled `{name}`, these are not");
    let score = if count >= 4 { 0.75 } else { 0.65 };
    Some(finding("data_poisoning.label_flip", detail, score, &others, None))
}

/// Records that are nearly the same, in groups of two and more, the largest first.
fn groups(texts: &[&str]) -> Vec<Vec<usize>> {
    let signatures: Vec<Option<[u32; HASHES]>> = texts.iter().map(|text| signature(text)).collect();
    let mut parents: Vec<u32> = (0..texts.len() as u32).collect();
    for band in 0..HASHES / ROWS {
        let mut buckets: FxHashMap<[u32; ROWS], Vec<u32>> = FxHashMap::default();
        for (index, signature) in signatures.iter().enumerate() {
            let Some(signature) = signature else { continue };
            let mut key = [0; ROWS];
            key.copy_from_slice(&signature[band * ROWS..(band + 1) * ROWS]);
            let bucket = buckets.entry(key).or_default();
            let other = bucket.iter().copied().find(|other| {
                signatures[*other as usize].is_some_and(|it| same(&it, signature) >= SAME)
            });
            match other {
                Some(other) => join(&mut parents, other, index as u32),
                None if bucket.len() < COMPARED => bucket.push(index as u32),
                None => {}
            }
        }
    }
    let mut groups: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    for index in 0..texts.len() {
        groups.entry(root(&mut parents, index as u32)).or_default().push(index);
    }
    let mut groups: Vec<Vec<usize>> =
        groups.into_values().filter(|group| group.len() >= 2).collect();
    groups.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    groups
}

fn same(a: &[u32; HASHES], b: &[u32; HASHES]) -> usize {
    a.iter().zip(b).filter(|(a, b)| a == b).count()
}

fn root(parents: &mut [u32], mut at: u32) -> u32 {
    while parents[at as usize] != at {
        parents[at as usize] = parents[parents[at as usize] as usize];
        at = parents[at as usize];
    }
    at
}

fn join(parents: &mut [u32], a: u32, b: u32) {
    let (a, b) = (root(parents, a), root(parents, b));
    // The earlier one leads, so that the order of records is kept.
    parents[a.max(b) as usize] = a.min(b);
}

/// The least of several hashes over all shingles (MinHash); none for texts of a few words.
fn signature(text: &str) -> Option<[u32; HASHES]> {
    let words: Vec<u64> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(4000)
        .map(|word| {
            word.chars().flat_map(char::to_lowercase).fold(0xcbf2_9ce4_8422_2325, |hash, c| {
                (hash ^ u64::from(c as u32)).wrapping_mul(0x0100_0000_01b3)
            })
        })
        .collect();
    if words.len() < WORDS {
        return None;
    }
    let mut least = [u32::MAX; HASHES];
    for shingle in words.windows(SHINGLE) {
        let hash = shingle.iter().fold(0u64, |sum, word| sum.rotate_left(17) ^ word);
        for (number, least) in least.iter_mut().enumerate() {
            let mixed = (hash ^ (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
                .wrapping_mul(0xff51_afd7_ed55_8ccd);
            let mixed = (mixed ^ mixed >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
            *least = (*least).min((mixed >> 32) as u32);
        }
    }
    Some(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_duplicates_come_together() {
        let text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
            seventeen eighteen nineteen twenty";
        let more = format!("{text} and one");
        let other = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma";
        assert_eq!(groups(&[text, other, &more, "short text", "short text"]), [vec![0, 2]]);
    }
}
