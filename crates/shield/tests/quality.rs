//! Whether the shipped shield, at its default sensitivity, knows what everybody knows and leaves alone what is only alike.
//! None of the texts was trained or tuned on.

use std::collections::BTreeMap;

use picket_model::Channel;
use picket_shield::{Shield, ShieldInput, attack_detected};
use serde::Deserialize;

#[derive(Deserialize)]
struct Texts {
    known: BTreeMap<Channel, Vec<String>>,
    foreign: BTreeMap<Channel, BTreeMap<String, Vec<String>>>,
    tricky: BTreeMap<Channel, BTreeMap<String, Vec<String>>>,
}

fn texts() -> Result<Texts, serde_saphyr::Error> {
    serde_saphyr::from_str(include_str!("quality/texts.yaml"))
}

/// The texts in which no attack is seen, and those in which one is.
fn judged<'a>(
    texts: impl IntoIterator<Item = (Channel, &'a String)>,
) -> (Vec<&'a str>, Vec<&'a str>) {
    let clean = |(channel, text): &(Channel, &str)| {
        let input = ShieldInput::text("", *channel, *text);
        !attack_detected(&Shield::default_embedded().analyze(&input))
    };
    let texts = texts.into_iter().map(|(channel, text)| (channel, text.as_str()));
    let (clean, attacks): (Vec<_>, Vec<_>) = texts.partition(clean);
    let only = |texts: Vec<(Channel, &'a str)>| texts.into_iter().map(|(_, text)| text).collect();
    (only(clean), only(attacks))
}

fn holds(found: usize, all: usize, least: f32, wrong: &[&str]) {
    assert!(found as f32 >= all as f32 * least, "{found} of {all}: {wrong:#?}");
}

#[test]
fn known_attacks_are_seen() {
    let texts = texts().unwrap();
    let (missed, seen) = judged(
        texts.known.iter().flat_map(|(channel, texts)| texts.iter().map(|text| (*channel, text))),
    );
    holds(seen.len(), seen.len() + missed.len(), 0.95, &missed);
}

#[test]
fn attacks_in_twenty_languages_are_seen() {
    let texts = texts().unwrap();
    let (missed, seen) = judged(texts.foreign.iter().flat_map(|(channel, languages)| {
        languages.values().flatten().map(|text| (*channel, text))
    }));
    holds(seen.len(), seen.len() + missed.len(), 0.75, &missed);
}

#[test]
fn what_is_only_alike_is_left_alone() {
    let texts = texts().unwrap();
    let (clean, flagged) = judged(
        texts
            .tricky
            .iter()
            .flat_map(|(channel, kinds)| kinds.values().flatten().map(|text| (*channel, text))),
    );
    holds(clean.len(), clean.len() + flagged.len(), 0.95, &flagged);
}
