//! What training learns from: labelled rows, attacks set into others' documents, and made-up texts.

use std::collections::BTreeMap;
use std::ops::Range;

use picket_model::Channel;

use super::Head;
use super::concepts::Concepts;
use super::features::{Sink, Topics, Word, walk, windows_of};
use super::grammar::{self, Made};
use super::model::{concept, gram};
use super::train::{Label, Random, Row};
use crate::normalise::normalise;

/// Bytes of a row that are looked at, and of a document that an attack is set into.
const LONGEST: usize = 4_000;
const LONGEST_HOST: usize = 2_500;
/// Attacks longer than this are not set into documents.
const LONGEST_PLANTED: usize = 1_500;
/// What a made-up text weighs beside a row. Benign ones that look like attacks weigh little in documents: where they
/// counted in full, attacks without telling words were lost.
const MADE_ATTACK: f32 = 0.7;
const MADE_REQUEST: f32 = 1.2;
const MADE_DOCUMENT: f32 = 0.4;

/// A text in the form that training takes.
pub(super) struct Example {
    grams: Vec<u32>,
    concepts: Vec<u32>,
    /// By word: where its features end.
    ends: Vec<(u32, u32)>,
    pub(super) parts: Vec<Part>,
    pub(super) attack: bool,
    pub(super) weight: f32,
    pub(super) head: Head,
    /// The source of its text, and of the document it was set into; none of made-up texts.
    pub(super) sources: [Option<u16>; 2],
    /// Tells sources and families of made-up texts apart.
    pub(super) family: u16,
}

/// A part of an example.
pub(super) struct Part {
    words: Range<u32>,
    pub(super) setting: Vec<u32>,
    /// Whether the attack is there; `None` where it is there in part.
    pub(super) attack: Option<bool>,
}

impl Example {
    /// The n-grams and concepts of a part.
    pub(super) fn features(&self, part: &Part) -> (&[u32], &[u32]) {
        let end = |words: u32| match words {
            0 => (0, 0),
            words => self.ends[words as usize - 1],
        };
        let (from, to) = (end(part.words.start), end(part.words.end));
        (
            &self.grams[from.0 as usize..to.0 as usize],
            &self.concepts[from.1 as usize..to.1 as usize],
        )
    }

    /// The n-grams of the whole.
    pub(super) fn grams(&self) -> &[u32] {
        &self.grams
    }
}

impl Part {
    /// How many words it has.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }
}

/// Takes features as they come.
#[derive(Default)]
struct Taker {
    grams: Vec<u32>,
    concepts: Vec<u32>,
    ends: Vec<(u32, u32)>,
    words: Vec<Word>,
}

impl Taker {
    fn close(&mut self) {
        if !self.words.is_empty() {
            self.ends.push((self.grams.len() as u32, self.concepts.len() as u32));
        }
    }
}

impl Sink for Taker {
    fn word(&mut self, word: Word) {
        self.close();
        self.words.push(word);
    }

    fn gram(&mut self, hash: u32) {
        self.grams.push(gram(hash) as u32);
    }

    fn concept(&mut self, hash: u32) {
        self.concepts.push(concept(hash) as u32);
    }
}

/// Turns texts into examples.
pub(super) struct Maker<'a> {
    concepts: &'a Concepts,
    sources: Vec<&'a str>,
    sizes: BTreeMap<&'a str, usize>,
    /// Benign documents that attacks are set into.
    hosts: Vec<&'a Row>,
    random: Random,
}

impl<'a> Maker<'a> {
    pub(super) fn new(rows: &'a [Row], concepts: &'a Concepts) -> Self {
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for row in rows {
            *sizes.entry(&row.source).or_default() += 1;
        }
        let host = |row: &&Row| {
            row.label == Label::Benign && row.channel == Channel::Document && row.text.len() > 300
        };
        Self {
            concepts,
            sources: sizes.keys().copied().collect(),
            sizes,
            hosts: rows.iter().filter(host).collect(),
            random: Random::new(1),
        }
    }

    fn source(&self, name: &str) -> Option<u16> {
        self.sources.binary_search(&name).ok().map(|at| at as u16)
    }

    /// A row as it is; `None` where no head judges its channel.
    pub(super) fn row(&self, row: &Row) -> Option<Example> {
        let head = Head::of(row.channel)?;
        let plain = normalise(&row.text[..row.text.floor_char_boundary(LONGEST)]).text;
        let attack = row.label != Label::Benign;
        let span = row.span.as_ref().filter(|_| attack).map(|span| normalise(span).text);
        let span = span.and_then(|span| plain.find(&span).map(|at| at..at + span.len()));
        // A large source says less per row.
        let size = self.sizes.get(row.source.as_str()).copied().unwrap_or(1) as f32;
        let source = self.source(&row.source);
        let mut example = self.example(&plain, span.as_ref(), head);
        example.attack = attack;
        example.weight = (400.0 / size).sqrt().clamp(0.3, 1.5);
        example.sources = [source, None];
        example.family = source.unwrap_or_default();
        Some(example)
    }

    fn example(&self, plain: &str, span: Option<&Range<usize>>, head: Head) -> Example {
        let mut taker = Taker::default();
        walk(plain, self.concepts, head == Head::Tool, &mut taker);
        taker.close();
        let topics = head.has_setting().then(|| Topics::of(&taker.words));
        let parts = windows_of(&taker.words).map(|window| {
            let bytes =
                taker.words[window.start].start as usize..taker.words[window.end - 1].end as usize;
            Part {
                setting: topics.as_ref().map_or_else(Vec::new, |topics| {
                    let hashes = topics.setting(&taker.words, &window);
                    hashes.into_iter().map(|hash| concept(hash) as u32).collect()
                }),
                attack: attacked(&bytes, span),
                words: window.start as u32..window.end as u32,
            }
        });
        Example {
            parts: parts.collect(),
            grams: taker.grams,
            concepts: taker.concepts,
            ends: taker.ends,
            attack: false,
            weight: 1.0,
            head,
            sources: [None, None],
            family: 0,
        }
    }

    /// A text in the middle of a benign document of another source.
    fn planted(&mut self, text: &str, source: Option<u16>, attack: bool) -> Option<Example> {
        if self.hosts.is_empty() || text.len() > LONGEST_PLANTED {
            return None;
        }
        let host = *self.random.pick(&self.hosts);
        let host_source = self.source(&host.source);
        if source.is_some() && host_source == source {
            return None;
        }
        let text = normalise(text).text;
        let host = normalise(&host.text[..host.text.floor_char_boundary(LONGEST_HOST)]).text;
        let ends: Vec<usize> =
            host.match_indices(['.', '\n']).map(|(at, _)| at + 1).chain([0, host.len()]).collect();
        let at = *self.random.pick(&ends);
        let plain = format!("{} {text} {}", &host[..at], &host[at..]);
        let head = *self.random.pick(&[Head::Document, Head::Tool]);
        let span = attack.then(|| at + 1..at + 1 + text.len());
        let mut example = self.example(&plain, span.as_ref(), head);
        example.attack = attack;
        example.sources = [source, host_source];
        example.family = source.unwrap_or_default();
        Some(example)
    }

    /// Attacks of rows within documents of other sources.
    pub(super) fn planted_rows(&mut self, rows: &[Row]) -> Vec<Example> {
        let mut examples = Vec::new();
        for row in rows.iter().filter(|row| row.label != Label::Benign) {
            let attack = row.span.as_ref().unwrap_or(&row.text);
            let source = self.source(&row.source);
            examples.extend(self.planted(attack, source, true).map(|mut example| {
                example.weight = 0.6;
                example
            }));
        }
        examples
    }

    /// Made-up texts, alone and within documents.
    pub(super) fn made(&mut self) -> Vec<Example> {
        let mut examples = Vec::new();
        for Made { text, attack, head, family, number } in grammar::texts(&mut self.random) {
            let weight = match (attack, head) {
                (true, _) => MADE_ATTACK,
                (false, Head::User) => MADE_REQUEST,
                (false, _) => MADE_DOCUMENT,
            };
            let alone = head == Head::User || number.is_multiple_of(2);
            let within = match head {
                Head::User => attack && number.is_multiple_of(3),
                _ => number.is_multiple_of(4) || !number.is_multiple_of(2),
            };
            let mut add = |example: Option<Example>| {
                examples.extend(example.map(|mut example| {
                    example.attack = attack;
                    example.weight = weight;
                    // After the sources.
                    example.family = 1_000 + family;
                    example
                }));
            };
            if alone {
                add(Some(self.example(&normalise(&text).text, None, head)));
            }
            if within {
                add(self.planted(&text, None, attack));
            }
        }
        examples
    }
}

/// Whether a part is the attack, where the attack has a place of its own.
fn attacked(bytes: &Range<usize>, span: Option<&Range<usize>>) -> Option<bool> {
    let Some(span) = span else { return Some(true) };
    let common = bytes.end.min(span.end).saturating_sub(bytes.start.max(span.start));
    if common * 10 >= bytes.len() * 6 {
        Some(true)
    } else if common * 10 > bytes.len() || common * 5 > span.len() {
        None
    } else {
        Some(false)
    }
}
