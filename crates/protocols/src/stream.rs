//! Streamed answers: every piece of text in every event, and how a stream is ended early.

mod ending;
mod events;

use std::collections::BTreeMap;

use picket_model::{Channel, Document, Message, ToolCall};
use rustc_hash::FxHashMap;

pub use ending::Ending;
pub use events::Mark;

use crate::json::{JsonError, parse};
use crate::response::Response;
use crate::sse::Frame;

/// Bytes of text kept of one stream for the record; what comes after is inspected and not kept.
pub const MAX_KEPT: usize = 4 << 20;

/// Texts told apart in one stream; what comes after is inspected as one.
pub const MAX_TEXTS: usize = 512;

/// Which text of an answer a piece belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct DeltaKey {
    /// Choice, output item or content block.
    pub index: u32,
    /// Part within it: content part, summary part, tool call.
    pub part: u32,
    /// What kind of text.
    pub kind: Part,
}

/// What kind of text a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The answer.
    Content,
    /// Why the model refuses.
    Refusal,
    /// Reasoning, thinking and their summaries.
    Reasoning,
    /// Arguments of a tool call.
    ToolArguments,
    /// Retrieved passages the provider shows with the answer.
    Context,
    /// Text of a kind nobody knows yet.
    Other,
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Delta {
    /// Which text it continues.
    pub key: DeltaKey,
    /// The piece, unescaped.
    pub text: String,
}

/// What one frame says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    /// New text, in order. Text that repeats what was streamed before is not new.
    pub deltas: Vec<Delta>,
    /// Whether clients stop reading after this frame.
    pub last: bool,
    /// What [`Ending`] must know once the frame is sent.
    pub mark: Mark,
}

/// Reads a stream's frames, of any dialect.
#[derive(Debug, Default)]
pub struct StreamReader {
    texts: FxHashMap<DeltaKey, Text>,
    order: Vec<DeltaKey>,
    calls: BTreeMap<(u32, u32), ToolCall>,
    kept: usize,
    answer: Response,
}

/// A text so far.
#[derive(Debug, Default)]
struct Text {
    kept: String,
    /// Whether something was not kept.
    cut: bool,
}

impl StreamReader {
    /// A reader at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next frame.
    ///
    /// # Errors
    /// When its data is neither `[DONE]` nor JSON that can be inspected.
    pub fn read(&mut self, frame: &Frame) -> Result<Event, JsonError> {
        let mut event = Event::default();
        match frame.data.as_deref() {
            None | Some(b"") => {}
            Some(b"[DONE]") => event.last = true,
            Some(data) => self.interpret(&parse(data)?, &mut event),
        }
        Ok(event)
    }

    /// The answer as far as it was read.
    #[must_use]
    pub fn into_response(mut self) -> Response {
        for key in self.order {
            let Some(text) = self.texts.remove(&key).map(|text| text.kept) else { continue };
            match key.kind {
                Part::ToolArguments => {
                    self.calls.entry((key.index, key.part)).or_insert_with(unnamed).arguments =
                        text;
                }
                Part::Context => {
                    self.answer.documents.push(Document { source: None, content: text });
                }
                _ if text.is_empty() => {}
                _ => self.answer.messages.push(Message {
                    role: "assistant".to_owned(),
                    channel: Channel::Response,
                    content: text,
                }),
            }
        }
        self.answer.tool_calls = self.calls.into_values().collect();
        self.answer
    }

    /// Adds a piece to a text.
    fn add(&mut self, event: &mut Event, key: DeltaKey, piece: &str) {
        if piece.is_empty() {
            return;
        }
        let key = self.known(key);
        let text = self.texts.entry(key).or_default();
        if !text.cut && self.kept + piece.len() <= MAX_KEPT {
            self.kept += piece.len();
            text.kept.push_str(piece);
        } else {
            text.cut = true;
        }
        event.deltas.push(Delta { key, text: piece.to_owned() });
    }

    /// Takes a text that is said whole, as some events do at a text's end. What was streamed before is not new; what
    /// was not, or is said differently now, is.
    fn whole(&mut self, event: &mut Event, key: DeltaKey, full: &str) {
        let new = match self.texts.get(&key) {
            Some(text) if !text.cut => full.strip_prefix(text.kept.as_str()).unwrap_or(full),
            _ => full,
        };
        self.add(event, key, new);
    }

    /// The key itself while there is room for another text.
    fn known(&mut self, key: DeltaKey) -> DeltaKey {
        const OVERFLOW: DeltaKey = DeltaKey { index: u32::MAX, part: 0, kind: Part::Other };
        if self.texts.contains_key(&key) {
            return key;
        }
        let key = if self.order.len() < MAX_TEXTS { key } else { OVERFLOW };
        if !self.texts.contains_key(&key) {
            self.order.push(key);
        }
        key
    }

    /// Notes a tool call's id and name.
    fn called(&mut self, at: (u32, u32), id: Option<&str>, name: Option<&str>) {
        if self.calls.len() >= MAX_TEXTS && !self.calls.contains_key(&at) {
            return;
        }
        let call = self.calls.entry(at).or_insert_with(unnamed);
        if let Some(id) = id {
            call.id = Some(id.to_owned());
        }
        if let Some(name) = name {
            name.clone_into(&mut call.name);
        }
    }
}

fn unnamed() -> ToolCall {
    ToolCall { id: None, name: String::new(), arguments: String::new() }
}
