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

fn texts() -> Texts {
    serde_saphyr::from_str(include_str!("quality/texts.yaml")).unwrap()
}

/// The texts in which no attack is seen, and those in which one is.
fn judged<'a>(
    texts: impl IntoIterator<Item = (Channel, &'a String)>,
) -> (Vec<&'a str>, Vec<&'a str>) {
    texts.into_iter().map(|(channel, text)| (channel, text.as_str())).fold(
        (Vec::new(), Vec::new()),
        |(mut clean, mut attacks), (channel, text)| {
            let verdict = Shield::default_embedded().analyze(&ShieldInput::text("", channel, text));
            if attack_detected(&verdict) {
                attacks.push(text)
            } else {
                clean.push(text)
            }
            (clean, attacks)
        },
    )
}

fn holds(found: usize, all: usize, least: f32, wrong: &[&str]) {
    println!("{found} of {all}; not: {wrong:#?}");
    assert!(found as f32 >= all as f32 * least, "{found} of {all}: {wrong:#?}");
}

#[test]
fn known_attacks_are_seen() {
    let texts = texts();
    let (missed, seen) = judged(
        texts.known.iter().flat_map(|(channel, texts)| texts.iter().map(|text| (*channel, text))),
    );
    holds(seen.len(), seen.len() + missed.len(), 0.95, &missed);
}

#[test]
fn attacks_in_twenty_languages_are_seen() {
    let texts = texts();
    let (missed, seen) = judged(texts.foreign.iter().flat_map(|(channel, languages)| {
        languages.values().flatten().map(|text| (*channel, text))
    }));
    holds(seen.len(), seen.len() + missed.len(), 0.75, &missed);
}

#[test]
fn what_is_only_alike_is_left_alone() {
    let texts = texts();
    let (clean, flagged) = judged(
        texts
            .tricky
            .iter()
            .flat_map(|(channel, kinds)| kinds.values().flatten().map(|text| (*channel, text))),
    );
    holds(clean.len(), clean.len() + flagged.len(), 0.95, &flagged);
}
