//! A linear classifier over hashed n-grams of the plain form, scored on overlapping windows.
//!
//! Two heads share the features: *direct* judges what a user writes, *indirect* what a document or tool result says to
//! the model that reads it. A text's score is that of its worst window, so long texts do not dilute an attack.

mod card;
pub mod eval;
mod features;
mod grammar;
mod model;
pub mod train;

pub use card::{DataSet, card};
pub use model::Model;

use picket_model::Channel;

/// The model the product carries; `model-card.json` beside it says what it was made of and how well it does.
pub(crate) const EMBEDDED: &[u8] = include_bytes!("../../model/shield.bin");

/// Which of a model's heads judges a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head {
    /// Users' own words.
    Direct,
    /// What others wrote: documents, tool results.
    Indirect,
}

impl Head {
    pub(crate) const ALL: [Self; 2] = [Self::Direct, Self::Indirect];

    /// The head for `channel`; instructions and responses are not judged.
    pub(crate) fn of(channel: Channel) -> Option<Self> {
        match channel {
            Channel::User => Some(Self::Direct),
            Channel::Document | Channel::Tool => Some(Self::Indirect),
            Channel::System | Channel::Response => None,
        }
    }
}
