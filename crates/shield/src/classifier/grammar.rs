//! Texts of our own making: attacks paraphrased in many languages, and benign texts that resemble them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Head;
use super::train::Random;

const GRAMMAR: &str = include_str!("grammar.yaml");

/// A made-up text.
pub(super) struct Made {
    pub(super) text: String,
    pub(super) attack: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grammar {
    /// By language: what a slot can be filled with.
    languages: BTreeMap<String, Language>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    slots: BTreeMap<String, Vec<String>>,
    /// Attacks that a user writes; they are attacks in documents as well.
    direct: Vec<String>,
    /// Attacks only where others write to the model.
    indirect: Vec<String>,
    /// Fine wherever they stand, however alike.
    benign: Vec<String>,
}

/// How often each template is filled.
const FILLED: usize = 24;

/// The made-up texts for a head.
pub(super) fn texts(head: Head, random: &mut Random) -> Vec<Made> {
    #[expect(clippy::expect_used, reason = "the grammar is compiled in; a test reads it")]
    static PARSED: LazyLock<Grammar> = LazyLock::new(|| {
        serde_saphyr::from_str(GRAMMAR).expect("the embedded grammar is well formed")
    });
    let mut made = Vec::new();
    for language in PARSED.languages.values() {
        let indirect: &[String] = if head == Head::Indirect { &language.indirect } else { &[] };
        let attacks = language.direct.iter().chain(indirect).map(|template| (template, true));
        for (template, attack) in
            attacks.chain(language.benign.iter().map(|template| (template, false)))
        {
            for _ in 0..FILLED {
                made.push(Made { text: fill(template, &language.slots, random), attack });
            }
        }
    }
    made
}

/// Replaces `{slot}` by one of its fillings, which may hold slots themselves.
fn fill(template: &str, slots: &BTreeMap<String, Vec<String>>, random: &mut Random) -> String {
    let mut text = template.to_owned();
    // Fillings are at most this deep.
    for _ in 0..64 {
        let Some(start) = text.find('{') else { break };
        let Some(length) = text[start..].find('}') else { break };
        let name = &text[start + 1..start + length];
        let filling = slots
            .get(name)
            .filter(|fillings| !fillings.is_empty())
            .map_or(String::new(), |fillings| random.pick(fillings).clone());
        text.replace_range(start..=start + length, &filling);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_filled() {
        let grammar: Grammar = serde_saphyr::from_str(GRAMMAR).unwrap();
        for (name, language) in &grammar.languages {
            let templates =
                language.direct.iter().chain(&language.indirect).chain(&language.benign);
            for text in templates.chain(language.slots.values().flatten()) {
                for part in text.split('{').skip(1) {
                    let slot = part.split('}').next().unwrap();
                    assert!(language.slots.contains_key(slot), "{name}: {slot}");
                }
            }
        }
        assert!(texts(Head::Indirect, &mut Random::new(1)).len() > 500);
    }
}
