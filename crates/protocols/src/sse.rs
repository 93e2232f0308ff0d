//! Server-sent events, cut into frames without changing a byte.
//!
//! Line ends may be LF, CRLF or CR and the bytes may arrive cut anywhere (WHATWG HTML, "Server-sent events", 9.2.5).

use bytes::{Buf as _, Bytes, BytesMut};
use memchr::memchr2;

/// One event, comment or blank line: everything up to and with the blank line that ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The bytes as they came, to be passed on as they are.
    pub raw: Bytes,
    /// The `event:` field.
    pub event: Option<String>,
    /// The `data:` lines, joined by LF; `None` for a comment or blank line.
    pub data: Option<Bytes>,
}

/// An event that is longer than the limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is longer than {limit} bytes")]
pub struct FrameTooLong {
    limit: usize,
}

/// Cuts a stream into frames. Put together, the frames' `raw` are the stream.
#[derive(Debug)]
pub struct Parser {
    buffer: BytesMut,
    /// Start of the line that is being read.
    line: usize,
    /// Everything before this was searched for a line end.
    searched: usize,
    limit: usize,
}

impl Parser {
    /// A parser that holds at most `limit` bytes of one frame.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { buffer: BytesMut::new(), line: 0, searched: 0, limit }
    }

    /// Takes the next bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame, if there is one.
    ///
    /// # Errors
    /// When what was pushed holds more than the limit without a frame's end. The bytes are still there for [`Self::rest`].
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameTooLong> {
        while let Some(found) = memchr2(b'\n', b'\r', &self.buffer[self.searched..]) {
            let end = self.searched + found;
            let next = match self.buffer[end..] {
                [b'\r', b'\n', ..] => end + 2,
                // A CR at the end of what came may be half of a CRLF.
                [b'\r'] => break,
                _ => end + 1,
            };
            let blank = end == self.line;
            (self.line, self.searched) = (next, next);
            if blank {
                return Ok(Some(self.cut(next)));
            }
        }
        if self.buffer.len() > self.limit {
            return Err(FrameTooLong { limit: self.limit });
        }
        Ok(None)
    }

    /// What is left when the stream has ended: a frame that was cut off, or nothing.
    #[must_use]
    pub fn rest(&mut self) -> Option<Frame> {
        let length = self.buffer.remaining();
        (length > 0).then(|| self.cut(length))
    }

    fn cut(&mut self, end: usize) -> Frame {
        let raw = self.buffer.split_to(end).freeze();
        (self.line, self.searched) = (0, 0);
        let (event, data) = fields(&raw);
        Frame { raw, event, data }
    }
}

fn fields(raw: &Bytes) -> (Option<String>, Option<Bytes>) {
    let (mut event, mut data): (_, Option<Bytes>) = (None, None);
    let body = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    for line in body.split(|byte| matches!(byte, b'\n' | b'\r')) {
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match &line[..colon] {
            b"event" => event = Some(String::from_utf8_lossy(value).into_owned()),
            b"data" => {
                data = Some(match data {
                    None => raw.slice_ref(value),
                    Some(before) => [&before, &b"\n"[..], value].concat().into(),
                });
            }
            _ => {}
        }
    }
    (event, data)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames(pieces: &[&[u8]], limit: usize) -> Result<Vec<Frame>, FrameTooLong> {
        let mut parser = Parser::new(limit);
        let mut frames = Vec::new();
        for piece in pieces {
            parser.push(piece);
            while let Some(frame) = parser.next_frame()? {
                frames.push(frame);
            }
        }
        frames.extend(parser.rest());
        Ok(frames)
    }

    #[test]
    fn fields_of_frames() {
        let stream = b"\xef\xbb\xbfevent: ping\r\ndata: {}\r\n\r\n: comment\n\ndata:a\ndata: b\n\ndata\r\rdata: cut";
        let read = frames(&[stream], 1_000).unwrap();
        let shown: Vec<_> = read
            .iter()
            .map(|frame| {
                let data = frame.data.as_ref().map(|data| String::from_utf8_lossy(data));
                format!("{:?} {data:?}", frame.event)
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        Some("ping") Some("{}")
        None None
        None Some("a\nb")
        None Some("")
        None Some("cut")
        "#);
    }

    #[test]
    fn a_frame_without_end_is_refused() {
        let error = frames(&[b"data: ", &[b'x'; 100]], 64).unwrap_err();
        assert_eq!(error.to_string(), "an event of the stream is longer than 64 bytes");
    }

    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            "data: {\"a\":1}",
            "data:",
            "event: x",
            ": c",
            "é",
            "\n",
            "\r",
            "\r\n",
            "\n\n",
            "\r\n\r\n",
        ]);
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn cuts_change_nothing(stream in stream(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
            let whole = frames(&[&stream], 10_000).unwrap();
            let joined: Vec<u8> = whole.iter().flat_map(|frame| frame.raw.to_vec()).collect();
            prop_assert_eq!(&joined, &stream);

            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            places.extend([0, stream.len()]);
            places.sort_unstable();
            let pieces: Vec<&[u8]> = places.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
            prop_assert_eq!(frames(&pieces, 10_000).unwrap(), whole);
        }
    }
}
