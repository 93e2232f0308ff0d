//! Texts of our own making: attacks paraphrased in many languages, and benign texts that resemble them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::Head;
use super::train::Random;

static FOLDER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/grammar");

/// A made-up text.
pub(super) struct Made {
    pub(super) text: String,
    pub(super) attack: bool,
    pub(super) head: Head,
    /// Tells the file it is from.
    pub(super) family: u16,
    /// How many were made of its template before it.
    pub(super) number: usize,
}

/// One file: what its slots can be filled with, and templates by channel.
#[derive(Debug, Deserialize)]
struct Grammar {
    #[serde(default)]
    slots: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    user: Templates,
    #[serde(default)]
    document: Templates,
    #[serde(default)]
    tool: Templates,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Templates {
    attack: Vec<String>,
    benign: Vec<String>,
}

impl Grammar {
    fn templates(&self) -> impl Iterator<Item = (Head, bool, &String)> {
        let heads =
            [(Head::User, &self.user), (Head::Document, &self.document), (Head::Tool, &self.tool)];
        heads.into_iter().flat_map(|(head, templates)| {
            let attacks = templates.attack.iter().map(move |text| (head, true, text));
            attacks.chain(templates.benign.iter().map(move |text| (head, false, text)))
        })
    }
}

/// How often each template is filled.
const FILLED: usize = 8;
/// Braces that are no slots are written `<{` and `}>`.
const BRACE: char = '\u{1}';

static GRAMMARS: LazyLock<Vec<Grammar>> = LazyLock::new(|| {
    let mut files: Vec<_> = FOLDER
        .files()
        .filter(|file| file.path().extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    files.sort_by_key(|file| file.path());
    #[expect(clippy::expect_used, reason = "the grammars are compiled in; a test reads them")]
    let read = |file: &include_dir::File<'_>| {
        serde_saphyr::from_str(file.contents_utf8().expect("grammars are text"))
            .expect("grammars are well formed")
    };
    files.into_iter().map(read).collect()
});

/// Made-up texts, different for each state of `random`.
pub(super) fn texts(random: &mut Random) -> Vec<Made> {
    let mut made = Vec::new();
    for (family, grammar) in GRAMMARS.iter().enumerate() {
        for (head, attack, template) in grammar.templates() {
            for number in 0..FILLED {
                let text = fill(template, &grammar.slots, random);
                made.push(Made { text, attack, head, family: family as u16, number });
            }
        }
    }
    made
}

/// Replaces `{slot}` by one of its fillings, which may hold slots themselves.
fn fill(template: &str, slots: &BTreeMap<String, Vec<String>>, random: &mut Random) -> String {
    let mut text = template.replace("<{", &BRACE.to_string());
    // More than the deepest grammar needs.
    for _ in 0..80 {
        let Some(start) = text.find('{') else { break };
        let Some(length) = text[start..].find('}') else { break };
        let name = &text[start + 1..start + length];
        let filling = slots
            .get(name)
            .filter(|fillings| !fillings.is_empty())
            .map_or(String::new(), |fillings| {
                random.pick(fillings).replace("<{", &BRACE.to_string())
            });
        text.replace_range(start..=start + length, &filling);
    }
    text.replace(BRACE, "{").replace("}>", "}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_filled() {
        assert!(GRAMMARS.len() > 30);
        for grammar in GRAMMARS.iter() {
            let templates = grammar.templates().map(|(_, _, text)| text);
            for text in templates.chain(grammar.slots.values().flatten()) {
                for part in text.replace("<{", "").split('{').skip(1) {
                    let slot = part.split('}').next().unwrap();
                    assert!(grammar.slots.contains_key(slot), "{slot}: {text}");
                }
            }
        }
    }

    #[test]
    fn there_are_attacks_and_twins_for_everybody() {
        let texts = texts(&mut Random::new(1));
        for head in [Head::User, Head::Document, Head::Tool] {
            for attack in [true, false] {
                let count =
                    texts.iter().filter(|made| made.head == head && made.attack == attack).count();
                assert!(count > 2_000, "{head:?} {attack} {count}");
            }
        }
    }
}
