//! From texts to windows of tokens.

use std::fs::File;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;

use tokenizers::{Encoding, PostProcessor as _, Tokenizer, TruncationDirection};

use crate::LoadError;

/// Largest tokenizer.json; those of multilingual models have about 17 MB.
const LARGEST: u64 = 64 << 20;

/// Most bytes of a token, on average over a window; of texts beyond it beginning and end are read.
const BYTES_A_TOKEN: usize = 16;

/// A tokenizer, set up to cut windows.
#[derive(Debug)]
pub(crate) struct Tokens {
    tokenizer: Tokenizer,
    /// Tokens in a window.
    most: usize,
    /// Those of them that stand for text.
    plain: usize,
    /// What fills up shorter rows of a batch.
    pub(crate) padding: i64,
}

/// A part of a text as a model reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// Ids of its tokens, the special ones among them.
    pub(crate) ids: Vec<u32>,
    /// Segment of each.
    pub(crate) segments: Vec<u32>,
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
}

/// The windows of a text.
#[derive(Debug)]
pub(crate) struct Windows {
    pub(crate) windows: Vec<Window>,
    /// Whether all of the text is in them.
    pub(crate) complete: bool,
}

impl Tokens {
    pub(crate) fn read(path: &Path, most: usize) -> Result<Self, LoadError> {
        let what = "tokenizer";
        let unreadable = |source| LoadError::File { what, path: path.to_owned(), source };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST {
            let (path, limit) = (path.to_owned(), LARGEST);
            return Err(LoadError::TooLarge { what, path, limit, advice: "" });
        }
        let unusable = |problem: String| LoadError::Tokenizer { path: path.to_owned(), problem };
        let mut tokenizer =
            Tokenizer::from_bytes(&bytes).map_err(|error| unusable(error.to_string()))?;
        tokenizer.with_truncation(None).map_err(|error| unusable(error.to_string()))?;
        let special =
            tokenizer.get_post_processor().map_or(0, |processor| processor.added_tokens(false));
        let plain = most.checked_sub(special).filter(|plain| *plain > 1).ok_or_else(|| {
            unusable(format!("it adds {special} tokens, and shield.onnx.max_tokens is {most}"))
        })?;
        let known = ["[PAD]", "<pad>"].iter().find_map(|token| tokenizer.token_to_id(token));
        let padding = tokenizer.get_padding().map(|padding| padding.pad_id).or(known).unwrap_or(0);
        tokenizer.with_padding(None);
        Ok(Self { tokenizer, most, plain, padding: i64::from(padding) })
    }

    /// Tokens in a window.
    pub(crate) fn most(&self) -> usize {
        self.most
    }

    /// Cuts a text into at most `limit` windows: all of it, or its beginning and its end.
    pub(crate) fn windows(&self, text: &str, limit: usize) -> tokenizers::Result<Windows> {
        let (head, tail) = ends(text, limit.saturating_mul(self.most * BYTES_A_TOKEN));
        let mut windows = self.cut(head, 0)?;
        if let Some(tail) = tail {
            windows.extend(self.cut(&text[tail..], tail)?);
        }
        let complete = tail.is_none() && windows.len() <= limit;
        if windows.len() > limit {
            let head = limit.div_ceil(2);
            windows.drain(head..windows.len() - (limit - head));
        }
        Ok(Windows { windows, complete })
    }

    fn cut(&self, text: &str, start: usize) -> tokenizers::Result<Vec<Window>> {
        // The tokenizer's own truncation reads no further than the first windows.
        let mut first = self.tokenizer.encode(text, false)?;
        // An eighth of a window stands in the next one too, so that what is cut in two is seen whole once.
        first.truncate(self.plain, self.plain / 8, TruncationDirection::Right);
        let rest = first.take_overflowing();
        let mut windows = Vec::with_capacity(rest.len() + 1);
        for encoding in std::iter::once(first).chain(rest) {
            let Some(span) = span(&encoding) else { continue };
            let whole = self.tokenizer.post_process(encoding, None, true)?;
            windows.push(Window {
                ids: whole.get_ids().to_vec(),
                segments: whole.get_type_ids().to_vec(),
                span: start + span.start..start + span.end,
            });
        }
        Ok(windows)
    }
}

/// The bytes that an encoding stands for; none where it is empty.
fn span(encoding: &Encoding) -> Option<Range<usize>> {
    let places = encoding.get_offsets().iter().filter(|(from, to)| from < to);
    places.map(|(from, to)| *from..*to).reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
}

/// A text that is short enough, or its beginning and where its end begins.
fn ends(text: &str, most: usize) -> (&str, Option<usize>) {
    if text.len() <= most {
        return (text, None);
    }
    let head = text.floor_char_boundary(most / 2);
    let tail = text.ceil_char_boundary(text.len() - most / 2);
    (&text[..head], Some(tail))
}
