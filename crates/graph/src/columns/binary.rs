use std::{
    io::{self, Write},
    sync::Arc,
};

use serde_json::Value as Json;

use super::{Columns, NO_SEGMENT, Order, Segment, Store};
use crate::{
    binary::{Decoder, Encoder, Read, SnapshotError},
    bits::Bits,
    json,
    layout::MAX_TABLE,
    strings::{NONE, Strings},
    value::Value,
};

impl Columns {
    pub(crate) fn write(
        &self,
        out: &mut Encoder<impl Write>,
        json: &dyn Fn(&Value) -> Json,
    ) -> io::Result<()> {
        out.number(self.documents.len() as u64)?;
        self.documents.iter().try_for_each(|document| out.text(&json(document).to_string()))?;
        out.number(self.names.len() as u64)?;
        for (column, name) in (0_u32..).zip(&self.names) {
            out.text(name)?;
            let kinds: Vec<usize> =
                (0..self.kinds).filter(|kind| self.segment(column, *kind).is_some()).collect();
            out.number(kinds.len() as u64)?;
            for kind in kinds {
                if let Some(segment) = self.segment(column, kind) {
                    out.number(kind as u64)?;
                    segment.write(out)?;
                }
            }
        }
        Ok(())
    }

    /// `counts` are the members of each kind.
    pub(crate) fn read(bytes: &mut Decoder<'_>, counts: &[usize], strings: &Strings) -> Read<Self> {
        let mut columns = Self { kinds: counts.len(), ..Self::default() };
        for _ in 0..bytes.count(size_of::<u64>())? {
            let document: Json = serde_json::from_str(bytes.text()?)
                .map_err(|_| SnapshotError::Damaged("a value is not JSON"))?;
            columns.documents.push(json::value(&document));
        }
        let names = bytes.count(2 * size_of::<u64>())?;
        if names.saturating_mul(counts.len()) > MAX_TABLE {
            return Err(SnapshotError::Damaged("it has too many properties"));
        }
        columns.places = vec![NO_SEGMENT; names * counts.len()];
        for column in 0..names {
            let name: Arc<str> = Arc::from(bytes.text()?);
            columns.by_name.insert(Arc::clone(&name), u32::try_from(column).unwrap_or(u32::MAX));
            columns.names.push(name);
            for _ in 0..bytes.count(size_of::<u64>())? {
                let kind = bytes.size()?;
                let unknown = SnapshotError::Damaged("a property is of no kind");
                let count = *counts.get(kind).ok_or(unknown)?;
                let segment = Segment::read(bytes, count, strings, columns.documents.len())?;
                columns.places[column * counts.len() + kind] =
                    u32::try_from(columns.segments.len()).unwrap_or(NO_SEGMENT);
                columns.segments.push(segment);
            }
        }
        Ok(columns)
    }
}

impl Segment {
    fn write(&self, out: &mut Encoder<impl Write>) -> io::Result<()> {
        out.number(u64::from(self.present))?;
        out.number(u64::from(self.distinct))?;
        out.number(u64::from(self.rows.is_some()))?;
        if let Some(rows) = &self.rows {
            out.small_numbers(rows)?;
        }
        match &self.store {
            Store::Texts(codes) => {
                out.number(0)?;
                out.small_numbers(codes)
            }
            Store::Documents(codes) => {
                out.number(1)?;
                out.small_numbers(codes)
            }
            Store::Bools { present, values } => {
                out.number(2)?;
                out.numbers(present.words().iter().copied())?;
                out.numbers(values.words().iter().copied())
            }
            Store::Integers { present, values } => {
                out.number(3)?;
                out.numbers(present.words().iter().copied())?;
                out.numbers(values.iter().map(|value| value.cast_unsigned()))
            }
            Store::Floats { present, values } => {
                out.number(4)?;
                out.numbers(present.words().iter().copied())?;
                out.numbers(values.iter().map(|value| value.to_bits()))
            }
        }
    }

    fn read(
        bytes: &mut Decoder<'_>,
        count: usize,
        strings: &Strings,
        documents: usize,
    ) -> Read<Self> {
        let wrong = SnapshotError::Damaged("a property is of another length");
        let number = |number: u64| u32::try_from(number).map_err(|_| wrong);
        let (present, distinct) = (number(bytes.number()?)?, number(bytes.number()?)?);
        let rows = if bytes.number()? == 0 { None } else { Some(bytes.small_numbers()?) };
        if let Some(rows) = &rows {
            let ascend = rows.windows(2).all(|pair| pair[0] < pair[1]);
            if !ascend || rows.last().is_some_and(|last| *last as usize >= count) {
                return Err(wrong);
            }
        }
        let length = rows.as_ref().map_or(count, Vec::len);
        let codes = |codes: Vec<u32>, known: usize| {
            let all = codes.len() == length && codes.iter().all(|code| (*code as usize) < known);
            if all { Ok(codes) } else { Err(wrong) }
        };
        let bits = |words| Bits::from_words(words, length).ok_or(wrong);
        let all = |values: Vec<u64>| if values.len() == length { Ok(values) } else { Err(wrong) };
        let different = distinct as usize;
        let (store, order) = match bytes.number()? {
            0 => {
                let codes = codes(bytes.small_numbers()?, strings.len())?;
                let order = Order::new(&codes, |at| codes[at] != NONE, different);
                (Store::Texts(codes), order)
            }
            1 => (Store::Documents(codes(bytes.small_numbers()?, documents)?), Order::None),
            2 => {
                let (present, values) = (bits(bytes.numbers()?)?, bits(bytes.numbers()?)?);
                (Store::Bools { present, values }, Order::None)
            }
            3 => {
                let present = bits(bytes.numbers()?)?;
                let values = all(bytes.numbers()?)?.into_iter().map(u64::cast_signed).collect();
                let values: Vec<i64> = values;
                let order = Order::new(&values, |at| present.contains(at), different);
                (Store::Integers { present, values }, order)
            }
            4 => {
                let present = bits(bytes.numbers()?)?;
                let values = all(bytes.numbers()?)?.into_iter().map(f64::from_bits).collect();
                (Store::Floats { present, values }, Order::None)
            }
            _ => return Err(SnapshotError::Damaged("a property is of an unknown type")),
        };
        Ok(Self { rows, store, present, distinct, order })
    }
}
