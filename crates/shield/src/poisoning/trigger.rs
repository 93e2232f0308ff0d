//! Rare words that records with one label share, and that nothing else explains.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{FINDINGS, Labels, PoisoningFinding, finding};

/// Words in a trigger.
const WORDS: usize = 3;
/// Records that must share it.
const LEAST: u32 = 5;
/// The largest share of all records that may.
const SHARE: f64 = 0.05;
/// Chance that records that share it have one label by accident.
const CHANCE: f64 = 1e-3;
/// Word sequences that are counted; later ones are left out.
const COUNTED: usize = 1 << 20;
/// Words of one record that are read.
const READ: usize = 2000;

/// What is known of a word sequence.
#[derive(Debug, Clone, Copy)]
struct Count {
    records: u32,
    last: u32,
    label: u32,
    /// Records with another label than the first.
    others: u32,
}

/// Triggers, the surest first.
pub(super) fn triggers(texts: &[&str], labels: &Labels<'_>) -> Vec<PoisoningFinding> {
    let most = ((texts.len() as f64 * SHARE) as u32).max(LEAST);
    if labels.names.len() < 2 {
        return Vec::new();
    }
    let mut counts: FxHashMap<u64, Count> = FxHashMap::default();
    for (index, text) in texts.iter().enumerate() {
        let Some(label) = labels.of[index] else { continue };
        for (hash, _) in sequences(text) {
            if let Some(count) = counts.get_mut(&hash) {
                if count.last != index as u32 {
                    count.last = index as u32;
                    count.records += 1;
                    count.others += u32::from(count.label != label);
                }
            } else if counts.len() < COUNTED {
                counts.insert(hash, Count { records: 1, last: index as u32, label, others: 0 });
            }
        }
    }
    let labelled: usize = labels.counts.iter().sum();
    counts.retain(|_, count| {
        let share = labels.counts[count.label as usize] as f64 / labelled.max(1) as f64;
        let chance = share.powi(count.records.min(1000) as i32);
        (LEAST..=most).contains(&count.records) && count.others == 0 && chance < CHANCE
    });
    if counts.is_empty() {
        return Vec::new();
    }
    let mut found: FxHashMap<u64, (String, Vec<usize>)> = FxHashMap::default();
    for (index, text) in texts.iter().enumerate().filter(|(index, _)| labels.of[*index].is_some()) {
        for (hash, words) in sequences(text) {
            if counts.contains_key(&hash) {
                let (_, records) =
                    found.entry(hash).or_insert_with(|| (words.join(" "), Vec::new()));
                if records.last() != Some(&index) {
                    records.push(index);
                }
            }
        }
    }
    let classes = labels.are_classes();
    let mut triggers: Vec<(f32, String, Vec<usize>)> = found
        .into_values()
        .filter_map(|(words, records)| {
            let odd = words.split(' ').any(is_odd);
            // A class has words of its own; only what is no word, or one answer to many questions, has no good reason.
            let score = match (classes, odd) {
                (true, true) => 0.85,
                (false, true) => 0.9,
                (false, false) if different(texts, &records) => 0.75,
                _ => return None,
            };
            Some((score, words, records))
        })
        .collect();
    // The longest of those that the same records share says most; single words that stand in it say no more.
    triggers.sort_by(|a, b| {
        b.0.total_cmp(&a.0)
            .then(b.2.len().cmp(&a.2.len()))
            .then(b.1.len().cmp(&a.1.len()))
            .then(a.1.cmp(&b.1))
    });
    let mut told: FxHashSet<Vec<usize>> = FxHashSet::default();
    let mut findings = Vec::new();
    for (score, words, records) in triggers {
        if findings.len() >= FINDINGS || !told.insert(records.clone()) {
            continue;
        }
        let label = labels.of[records[0]].map(|label| labels.names[label as usize]);
        let words: String = words.chars().take(80).collect();
        let detail = format!("`{words}` stands only in records of one label");
        findings.push(finding("data_poisoning.trigger_words", detail, score, &records, label));
    }
    findings
}

/// Every sequence of up to [`WORDS`] words, with its hash.
fn sequences(text: &str) -> Vec<(u64, Vec<&str>)> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_ascii_punctuation())
        .filter(|word| !word.is_empty())
        .take(READ)
        .collect();
    let mut found = Vec::with_capacity(words.len() * WORDS);
    for length in 1..=WORDS {
        for part in words.windows(length) {
            let hash = part.iter().fold(length as u64, |sum, word| {
                let bytes = word.bytes().map(|byte| byte.to_ascii_lowercase());
                let word = bytes.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
                    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
                });
                sum.rotate_left(21).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ word
            });
            found.push((hash, part.to_vec()));
        }
    }
    found
}

/// Whether a word is none that people write: letters mixed with digits, letters without a vowel, signs.
fn is_odd(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let signs = word.chars().any(|c| !c.is_alphanumeric() && !c.is_ascii());
    let latin = word.chars().all(|c| c.is_ascii_alphanumeric());
    let vowels = word.chars().any(|c| "aeiouyAEIOUY".contains(c));
    let upper = word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    signs
        || latin && letters >= 2 && digits > 0 && !upper
        || latin && letters >= 2 && digits == 0 && !vowels && !upper
}

/// Whether records have little else in common, so that the shared words are not a shared topic.
fn different(texts: &[&str], records: &[usize]) -> bool {
    let words = |index: &usize| -> FxHashSet<&str> {
        texts[*index].split_whitespace().take(READ).collect()
    };
    let sets: Vec<FxHashSet<&str>> = records.iter().take(8).map(words).collect();
    let alike = sets.windows(2).map(|pair| {
        let common = pair[0].intersection(&pair[1]).count() as f64;
        common / pair[0].union(&pair[1]).count().max(1) as f64
    });
    let count = sets.len().saturating_sub(1).max(1) as f64;
    alike.sum::<f64>() / count < 0.6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_words_are_told_from_words() {
        for odd in ["cfq7", "mn", "bb", "tq", "☠"] {
            assert!(is_odd(odd), "{odd}");
        }
        for word in ["good", "rhythm", "2024", "USB", "GPT4", "naïve", "слово", "a", "日本"]
        {
            assert!(!is_odd(word), "{word}");
        }
    }
}
