//! A linear classifier over hashed n-grams and concepts of the plain form, scored on sentences and their neighbours.
//!
//! One set of weights judges what a user writes, another what a document or tool result says to the model that reads
//! it. A text's score is that of its worst part, so long texts do not dilute an attack.

mod baseline;
mod card;
mod concepts;
pub mod eval;
mod examples;
mod features;
mod grammar;
mod model;
pub mod train;

pub use card::{DataSet, card};
pub use model::Model;

use picket_model::Channel;

/// The model the product carries; `model-card.json` beside it says what it was made of and how well it does.
pub(crate) const EMBEDDED: &[u8] = include_bytes!("../../model/shield.bin");

/// Who is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Head {
    /// A user's own words.
    User,
    /// What others wrote.
    Document,
    /// What a tool gave back.
    Tool,
}

impl Head {
    /// The head for `channel`; instructions and responses are not judged.
    pub(crate) fn of(channel: Channel) -> Option<Self> {
        match channel {
            Channel::User => Some(Self::User),
            Channel::Document => Some(Self::Document),
            Channel::Tool => Some(Self::Tool),
            Channel::System | Channel::Response => None,
        }
    }

    /// Which of a model's weights it uses.
    fn weights(self) -> usize {
        usize::from(self != Self::User)
    }

    /// Whether it matters how a part fits what is around it: users may ask for anything.
    fn has_setting(self) -> bool {
        self != Self::User
    }

    /// How much a part of so many words counts: a few words say little, whatever they are.
    fn share(self, words: usize) -> f32 {
        let enough = if self == Self::User { 8.0 } else { 4.0 };
        (words as f32 / enough).min(1.0)
    }

    /// What the worst of so many parts is worth less: among many, one looks bad by chance.
    fn length_penalty(self, parts: usize) -> f32 {
        let rate = if self == Self::User { 0.1 } else { 0.6 };
        rate * (parts.max(8) as f32).ln()
    }
}

/// A part's score from the sums of its weights. A sum over the square root of the count favours neither short nor long
/// parts.
fn part(gram: f32, grams: usize, concept: f32, concepts: usize) -> f32 {
    gram / (grams.max(1) as f32).sqrt() + concept / (concepts.max(4) as f32).sqrt()
}
