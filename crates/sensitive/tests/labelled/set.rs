//! The labelled set: texts with and without sensitive information, made anew at every run from a seed, so that no
//! file of the repository holds what looks like a live secret.
//!
//! Half of the surroundings and another seed are held out: what the tables were tuned on never saw them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a set that cannot be made is a test that fails"
)]

#[path = "negatives.rs"]
mod negatives;
#[path = "numbers.rs"]
mod numbers;
#[path = "secrets.rs"]
mod secrets;

/// Numbers that repeat for a seed (SplitMix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    pub(crate) fn of(&mut self, alphabet: &str, count: usize) -> String {
        (0..count).map(|_| char::from(alphabet.as_bytes()[self.below(alphabet.len())])).collect()
    }

    pub(crate) fn digits(&mut self, count: usize) -> String {
        self.of("0123456789", count)
    }

    /// `{A:9}` becomes nine letters or digits, and so on by the letter's alphabet.
    pub(crate) fn fill(&mut self, template: &str) -> String {
        const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
        const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let both = format!("{UPPER}{LOWER}");
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (slot, after) = after.split_once('}').unwrap();
            let (kind, count) = slot.split_once(':').unwrap();
            let alphabet = match kind {
                "A" => format!("{both}0123456789"),
                "a" => format!("{LOWER}0123456789"),
                "U" => format!("{UPPER}0123456789"),
                "L" => both.clone(),
                "l" => LOWER.to_owned(),
                "u" => UPPER.to_owned(),
                "d" => "0123456789".to_owned(),
                "n" => "123456789".to_owned(),
                "h" => "0123456789abcdef".to_owned(),
                "H" => "0123456789ABCDEF".to_owned(),
                "b" => format!("{both}0123456789+/"),
                "w" => format!("{both}0123456789_-"),
                "z" => format!("{UPPER}234567"),
                "y" => format!("{LOWER}234567"),
                _ => unreachable!("{kind}"),
            };
            text.push_str(before);
            text.push_str(&self.of(&alphabet, count.parse().unwrap()));
            rest = after;
        }
        text + rest
    }

    pub(crate) fn uuid(&mut self) -> String {
        self.fill("{h:8}-{h:4}-4{h:3}-a{h:3}-{h:12}")
    }
}

/// A text, and what is sensitive in it.
pub(crate) struct Sample {
    pub(crate) text: String,
    pub(crate) family: &'static str,
    /// Id of the information type, and the value; none in texts that hold nothing.
    pub(crate) expected: Option<(&'static str, String)>,
    pub(crate) held_out: bool,
}

/// The whole set.
pub(crate) fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for held_out in [false, true] {
        let mut random = Random(if held_out { 0x5EED_0002 } else { 0x5EED_0001 });
        secrets::add(&mut random, held_out, &mut samples);
        numbers::add(&mut random, held_out, &mut samples);
        negatives::add(&mut random, held_out, &mut samples);
    }
    samples
}

/// Puts a value into surroundings: `{v}` value, `{N}` NAME, `{n}` name, `{c}` camelCase name, `{h}` as people call it.
pub(crate) fn place(context: &str, value: &str, name: &str, human: &str) -> String {
    let camel: String = name
        .split('_')
        .enumerate()
        .map(|(i, part)| match i {
            0 => part.to_owned(),
            _ => part[..1].to_uppercase() + &part[1..],
        })
        .collect();
    context
        .replace("{N}", &name.to_uppercase())
        .replace("{n}", name)
        .replace("{c}", &camel)
        .replace("{h}", human)
        .replace("{v}", value)
}
