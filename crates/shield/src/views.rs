//! What an inspection reads besides the text itself, kept for those who ask.

use std::borrow::Cow;
use std::iter::once;
use std::ops::Range;

use crate::disguise::Undisguised;
use crate::inspect::Finding;
use crate::normalise::{Normalised, is_ignorable};

/// Readings kept of one text.
const ROOM: usize = 256;
/// Bytes kept of one reading.
const LENGTH: usize = 4 << 10;
/// The least score that a reading is held to say something from.
const SAYS: f32 = 0.5;

/// A text that was read in place of a part of another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    /// How it was come by.
    pub(crate) technique: &'static str,
    /// What it was read from, in the original.
    pub(crate) span: Range<usize>,
    /// 0: in the text itself, 1: in the reading of depth 0 before it, and so on.
    pub(crate) depth: u8,
    /// The text, cut off at 4 KiB.
    pub(crate) text: String,
    /// Rules that saw something in it.
    pub(crate) rules: Vec<Cow<'static, str>>,
}

/// Keeps readings; by default none, which costs nothing.
#[derive(Debug, Default)]
pub(crate) struct Views {
    room: usize,
    depth: u8,
    readings: Vec<Reading>,
}

impl Views {
    /// Keeps the first 256.
    pub(crate) fn kept() -> Self {
        Self { room: ROOM, ..Self::default() }
    }

    pub(crate) fn into_readings(self) -> Vec<Reading> {
        self.readings
    }

    /// Begins a reading that may hold further ones; what is returned goes to [`Views::close`].
    pub(crate) fn open(&mut self, technique: &'static str, text: &str) -> usize {
        let at = self.readings.len();
        self.keep(technique, 0..0, text, Vec::new());
        self.depth += 1;
        at
    }

    /// Ends a reading that stands at `span`, and in which `seen` was found.
    pub(crate) fn close(&mut self, at: usize, span: &Range<usize>, seen: &[Finding]) {
        self.depth -= 1;
        // Readings within it have places in it; outside they all stand where it does.
        let within = self.readings.get_mut(at..).unwrap_or_default();
        for reading in within.iter_mut() {
            reading.span = span.clone();
        }
        if let Some(reading) = within.first_mut() {
            reading.rules = rules(seen.iter());
        }
    }

    /// Where look-alikes, forms and invisible characters were folded away from what was `seen` in `text`.
    pub(crate) fn plain(&mut self, text: &str, plain: &Normalised, seen: &[Finding]) {
        if self.is_full() {
            return;
        }
        let mut places: Vec<Range<usize>> =
            seen.iter().filter(|seen| seen.score >= SAYS).map(|seen| seen.span.clone()).collect();
        places.sort_by_key(|place| place.start);
        places.dedup_by(|later, earlier| {
            let meets = later.start < earlier.end;
            if meets {
                earlier.end = earlier.end.max(later.end);
            }
            meets
        });
        for place in places {
            let original = text.get(place.clone()).unwrap_or_default();
            let read = plain.around(once(&place), 0).text;
            if !is_same(original, &read) {
                self.keep("plain_form", place.clone(), &read, rules(over(seen, &place)));
            }
        }
    }

    /// Every disguise that came off, with what was `seen` without it.
    pub(crate) fn undisguised(&mut self, undisguised: &Undisguised, seen: &[Finding]) {
        for (technique, place) in undisguised.parts() {
            if self.is_full() {
                return;
            }
            let read = undisguised.form.around(once(place), 0).text;
            // Where one part wore two disguises, both came off.
            let known = self.readings.last().is_some_and(|last| last.text == read);
            if !known {
                self.keep(technique, place.clone(), &read, rules(over(seen, place)));
            }
        }
    }

    /// A part of `text` that is hidden as it stands.
    pub(crate) fn hidden(
        &mut self,
        technique: &'static str,
        text: &str,
        place: &Range<usize>,
        seen: &[Finding],
    ) {
        let part = text.get(place.clone()).unwrap_or_default();
        if !self.is_full() && !part.contains(is_ignorable) {
            self.keep(technique, place.clone(), part, rules(over(seen, place)));
        }
    }

    fn is_full(&self) -> bool {
        self.readings.len() >= self.room
    }

    fn keep(
        &mut self,
        technique: &'static str,
        span: Range<usize>,
        text: &str,
        rules: Vec<Cow<'static, str>>,
    ) {
        if self.is_full() {
            return;
        }
        let text = text[..text.floor_char_boundary(LENGTH)].to_owned();
        self.readings.push(Reading { technique, span, depth: self.depth, text, rules });
    }
}

/// Whether only case and white space were folded.
fn is_same(original: &str, read: &str) -> bool {
    let letters = |text: &str| -> String { text.split_whitespace().collect() };
    letters(original).to_lowercase() == letters(read).to_lowercase()
}

fn over<'a>(seen: &'a [Finding], place: &Range<usize>) -> impl Iterator<Item = &'a Finding> {
    let place = place.clone();
    seen.iter().filter(move |seen| seen.span.start < place.end && place.start < seen.span.end)
}

fn rules<'a>(seen: impl Iterator<Item = &'a Finding>) -> Vec<Cow<'static, str>> {
    let mut rules: Vec<_> =
        seen.filter(|seen| seen.score >= SAYS).map(|seen| seen.rule.clone()).collect();
    rules.sort();
    rules.dedup();
    rules
}
