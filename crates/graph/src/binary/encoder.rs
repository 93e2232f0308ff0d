use std::io::{self, Write};

use super::decoder::Sum;

/// Writes numbers as 8 bytes and lists with their length before them, all little-endian; at the end comes a checksum.
pub(crate) struct Encoder<W> {
    out: W,
    block: Vec<u8>,
    sum: Sum,
}

/// Bytes that are written at once.
const BLOCK: usize = 1 << 16;

impl<W: Write> Encoder<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, block: Vec::with_capacity(2 * BLOCK), sum: Sum::default() }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        for part in bytes.chunks(BLOCK) {
            self.block.extend_from_slice(part);
            self.full()?;
        }
        Ok(())
    }

    pub(crate) fn number(&mut self, number: u64) -> io::Result<()> {
        self.bytes(&number.to_le_bytes())
    }

    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.number(text.len() as u64)?;
        self.bytes(text.as_bytes())
    }

    pub(crate) fn small_numbers(&mut self, numbers: &[u32]) -> io::Result<()> {
        self.number(numbers.len() as u64)?;
        for part in numbers.chunks(BLOCK / 4) {
            self.block.extend(part.iter().flat_map(|number| number.to_le_bytes()));
            self.full()?;
        }
        Ok(())
    }

    pub(crate) fn numbers(
        &mut self,
        numbers: impl ExactSizeIterator<Item = u64>,
    ) -> io::Result<()> {
        self.number(numbers.len() as u64)?;
        for number in numbers {
            self.number(number)?;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.block.resize(self.block.len().next_multiple_of(8), 0);
        self.flush()?;
        let sum = self.sum.value();
        self.out.write_all(&sum.to_le_bytes())?;
        self.out.flush()
    }

    fn full(&mut self) -> io::Result<()> {
        if self.block.len() < BLOCK { Ok(()) } else { self.flush() }
    }

    /// Writes the whole words.
    fn flush(&mut self) -> io::Result<()> {
        let whole = self.block.len() & !7;
        self.sum.add(&self.block[..whole]);
        self.out.write_all(&self.block[..whole])?;
        self.block.drain(..whole);
        Ok(())
    }
}
