//! Reading a file of a stated size within bounds.

use std::io::{Read, Seek, SeekFrom};

use picket_model::DiagnosticStatus;

/// Why a header could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ReadError {
    /// It ends before its own lengths say, or cannot be read.
    #[error("ends before its time; fetch the file again")]
    Truncated,
    /// It says something that cannot be.
    #[error("{0}; fetch the file again from a source you trust")]
    Malformed(String),
    /// It is over a limit of the reader.
    #[error("{0}")]
    TooLarge(String),
}

impl ReadError {
    pub(super) const fn status(&self) -> DiagnosticStatus {
        match self {
            Self::Truncated | Self::Malformed(_) => DiagnosticStatus::Malformed,
            Self::TooLarge(_) => DiagnosticStatus::TooLarge,
        }
    }
}

/// A file with a read position, buffered.
pub(super) struct Source<'a, S> {
    input: &'a mut S,
    pub(super) size: u64,
    position: u64,
    buffer: Vec<u8>,
    /// Where the buffer begins in the file.
    start: u64,
}

const BUFFER: usize = 64 * 1024;

impl<'a, S: Read + Seek> Source<'a, S> {
    pub(super) const fn new(input: &'a mut S, size: u64) -> Self {
        Self { input, size, position: 0, buffer: Vec::new(), start: 0 }
    }

    pub(super) const fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn seek(&mut self, position: u64) {
        self.position = position;
    }

    /// The first bytes.
    pub(super) fn head(&mut self, length: usize) -> Vec<u8> {
        let length = u64::try_from(length).unwrap_or(0).min(self.size);
        self.seek(0);
        let head = self.bytes(length, u64::MAX).unwrap_or_default();
        self.seek(0);
        head
    }

    fn fill(&mut self) -> Result<(), ReadError> {
        self.input.seek(SeekFrom::Start(self.position)).map_err(|_| ReadError::Truncated)?;
        self.buffer.clear();
        let limit = u64::try_from(BUFFER).unwrap_or(u64::MAX);
        Read::by_ref(self.input)
            .take(limit)
            .read_to_end(&mut self.buffer)
            .map_err(|_| ReadError::Truncated)?;
        self.start = self.position;
        if self.buffer.is_empty() { Err(ReadError::Truncated) } else { Ok(()) }
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Result<u8, ReadError> {
        let offset = self.position.checked_sub(self.start).and_then(|it| usize::try_from(it).ok());
        let byte = match offset.and_then(|offset| self.buffer.get(offset)) {
            Some(byte) => *byte,
            None => {
                self.fill()?;
                *self.buffer.first().ok_or(ReadError::Truncated)?
            }
        };
        self.position += 1;
        Ok(byte)
    }

    /// The next `length` bytes, at most `limit`.
    pub(super) fn bytes(&mut self, length: u64, limit: u64) -> Result<Vec<u8>, ReadError> {
        let left = self.size.saturating_sub(self.position);
        if length > left {
            return Err(ReadError::Truncated);
        }
        if length > limit {
            let message = format!("a field of {length} bytes is over the limit of {limit}");
            return Err(ReadError::TooLarge(message));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        while (bytes.len() as u64) < length {
            let offset =
                self.position.checked_sub(self.start).and_then(|it| usize::try_from(it).ok());
            let available = offset.and_then(|offset| self.buffer.get(offset..)).unwrap_or_default();
            if available.is_empty() {
                self.fill()?;
                continue;
            }
            let wanted = usize::try_from(length - bytes.len() as u64).unwrap_or(usize::MAX);
            let take = available.len().min(wanted);
            bytes.extend_from_slice(&available[..take]);
            self.position += take as u64;
        }
        Ok(bytes)
    }

    /// Passes over `length` bytes.
    pub(super) fn skip(&mut self, length: u64) -> Result<(), ReadError> {
        let end = self.position.checked_add(length).ok_or(ReadError::Truncated)?;
        if end > self.size {
            return Err(ReadError::Truncated);
        }
        self.position = end;
        Ok(())
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            *byte = self.byte()?;
        }
        Ok(bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, ReadError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, ReadError> {
        self.array().map(u64::from_le_bytes)
    }
}
