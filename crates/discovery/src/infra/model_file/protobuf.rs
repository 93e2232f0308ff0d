//! Protobuf messages, field by field. <https://protobuf.dev/programming-guides/encoding/>

use std::io::{Read, Seek};

use super::source::{ReadError, Source};

/// Fields read of one file.
const MAX_FIELDS: u32 = 2_000_000;
/// Longest text that is kept.
const MAX_TEXT: u64 = 4096;

/// One field: its number, and its value or the end of its bytes.
pub(super) enum Field {
    Number(u64, u64),
    Bytes(u64, u64),
    Other,
}

/// Counts the fields of a file, which are bounded.
#[derive(Debug, Default)]
pub(super) struct Fields(u32);

impl Fields {
    /// The next field of a message that ends at `end`.
    pub(super) fn next<S: Read + Seek>(
        &mut self,
        source: &mut Source<'_, S>,
        end: u64,
    ) -> Result<Field, ReadError> {
        self.0 += 1;
        if self.0 > MAX_FIELDS {
            return Err(ReadError::TooLarge(format!("more than {MAX_FIELDS} fields")));
        }
        let tag = varint(source)?;
        let number = tag >> 3;
        Ok(match tag & 7 {
            0 => Field::Number(number, varint(source)?),
            1 => {
                source.skip(8)?;
                Field::Other
            }
            2 => {
                let length = varint(source)?;
                let stop = source.position().checked_add(length).filter(|stop| *stop <= end);
                Field::Bytes(number, stop.ok_or(ReadError::Truncated)?)
            }
            5 => {
                source.skip(4)?;
                Field::Other
            }
            wire => {
                let position = source.position();
                return Err(ReadError::Malformed(format!("wire type {wire} at byte {position}")));
            }
        })
    }
}

fn varint<S: Read + Seek>(source: &mut Source<'_, S>) -> Result<u64, ReadError> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = source.byte()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(ReadError::Malformed("a number of more than ten bytes".to_owned()))
}

/// The text up to `end`, or its beginning; the position is at `end` after it.
pub(super) fn text<S: Read + Seek>(
    source: &mut Source<'_, S>,
    end: u64,
) -> Result<String, ReadError> {
    let length = end.saturating_sub(source.position()).min(MAX_TEXT);
    let bytes = source.bytes(length, MAX_TEXT)?;
    source.seek(end);
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
