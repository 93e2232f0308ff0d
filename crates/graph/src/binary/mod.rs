//! A snapshot as bytes, so that a process that starts again need not build it: what is derived (indices, rows) is not
//! written but made anew, and nothing that is read is trusted.

mod decoder;
mod encoder;

use std::io::{self, Write};

use picket_model::{AssetKind, RelationKind};

use crate::{Snapshot, columns::Columns, csr::Relations, estate, layout::Layout, strings::Strings};

pub(crate) use decoder::Decoder;
pub(crate) use encoder::Encoder;

const MAGIC: &[u8; 8] = b"PICKETGR";
/// Raised with every change of what is written.
const VERSION: u32 = 1;

/// Why bytes are no snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// They do not begin as one.
    #[error("the bytes are no snapshot of a graph")]
    NotOne,
    /// Another version of Picket wrote them, with another format or other kinds of assets.
    #[error("the snapshot was written by another version; build it from the store")]
    OtherVersion,
    /// They are cut off or changed.
    #[error("the snapshot is damaged ({0}); build it from the store")]
    Damaged(&'static str),
}

pub(crate) type Read<T> = Result<T, SnapshotError>;

impl Snapshot {
    /// Writes it for [`Snapshot::read`]: the same snapshot gives the same bytes.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write(&self, out: impl Write) -> io::Result<()> {
        let mut out = Encoder::new(out);
        out.bytes(MAGIC)?;
        out.number(u64::from(VERSION))?;
        out.number(u64::from(self.ids.is_some()))?;
        out.number(self.dropped as u64)?;
        self.layout.write(&mut out)?;
        self.strings.write(&mut out)?;
        if let Some(ids) = &self.ids {
            ids.write(&mut out)?;
        }
        let json = |value: &crate::value::Value| self.to_json(value);
        self.columns.write(&mut out, &json)?;
        self.relations.write(&mut out, &json)?;
        out.finish()
    }

    /// Reads what [`Snapshot::write`] wrote. Bytes that are cut off or changed are an error; what is made of them is
    /// bounded by how many they are.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`] where they are no snapshot that this version can use.
    pub fn read(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(SnapshotError::NotOne)?;
        let mut version = Decoder::unchecked(rest);
        if version.number()? != u64::from(VERSION) {
            return Err(SnapshotError::OtherVersion);
        }
        let mut bytes = Decoder::new(bytes)?;
        bytes.take(MAGIC.len() + size_of::<u64>())?;
        let is_estate = bytes.number()? != 0;
        let dropped = bytes.size()?;
        let layout = Layout::read(&mut bytes)?;
        let strings = Strings::read(&mut bytes)?;
        let ids = if is_estate { Some(Strings::read(&mut bytes)?) } else { None };
        if ids.as_ref().is_some_and(|ids| ids.len() != layout.len() + 1) {
            return Err(SnapshotError::Damaged("not every node has an id"));
        }
        let counts: Vec<usize> =
            (0..layout.kind_count()).map(|kind| layout.of_kind(kind).len()).collect();
        let columns = Columns::read(&mut bytes, &counts, &strings)?;
        let relations = Relations::read(&mut bytes, &layout, &strings)?;
        bytes.end()?;
        let snapshot = Self { ids, layout, strings, columns, relations, dropped };
        if is_estate && !snapshot.has_the_models_names() {
            return Err(SnapshotError::OtherVersion);
        }
        Ok(snapshot)
    }

    fn has_the_models_names(&self) -> bool {
        let kinds = (0..self.layout.kind_count()).map(|kind| self.layout.labels(kind));
        let types = (0..self.relations.type_count()).map(|one| self.relations.type_name(one));
        kinds.len() == AssetKind::ALL.len()
            && kinds
                .zip(AssetKind::ALL)
                .all(|(labels, kind)| labels.iter().map(AsRef::as_ref).eq(estate::labels(*kind)))
            && types.map(AsRef::as_ref).eq(RelationKind::ALL.iter().map(|kind| kind.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use picket_model::{Asset, Provider, Relation};
    use serde_json::json;

    use super::{decoder::Sum, *};
    use crate::{Limits, Params, SnapshotBuilder};

    fn estate() -> Snapshot {
        let asset = |id: &str, kind| Asset::new(id, kind, id, Provider::Aws, "prod");
        let assets = [
            asset("vm", AssetKind::VirtualMachine).with("port", 8000).with("public", true),
            asset("role", AssetKind::ServiceIdentity).with("rank", 1.5),
            asset("bucket", AssetKind::ObjectStore).with("tags of it", json!(["a", {"b": null}])),
        ];
        let relations = [
            Relation::new("vm", RelationKind::RunsAs, "role"),
            Relation::new("role", RelationKind::CanAccess, "bucket").with("actions", json!(["*"])),
            Relation::new("role", RelationKind::CanAccess, "nothing"),
        ];
        Snapshot::build(&assets, &relations)
    }

    fn other() -> Snapshot {
        let mut builder = SnapshotBuilder::new();
        let nodes: Vec<u32> = (0..600)
            .map(|n| {
                let rare = if n % 50 == 0 { json!(format!("rare {n}")) } else { json!(null) };
                let mixed = if n % 2 == 0 { json!(n) } else { json!("odd") };
                let labels: &[&str] = if n % 3 == 0 { &["A"] } else { &["A", "B"] };
                builder.node(labels, [("n", json!(600 - n)), ("rare", rare), ("mixed", mixed)])
            })
            .collect();
        for pair in nodes.windows(2) {
            builder.relation(pair[1], "NEXT", pair[0], [("weight", json!(pair[0] % 7))]);
        }
        builder.finish()
    }

    fn bytes(snapshot: &Snapshot) -> Vec<u8> {
        let mut bytes = Vec::new();
        snapshot.write(&mut bytes).unwrap();
        bytes
    }

    /// With the checksum that belongs to them.
    fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
        let end = bytes.len() - 8;
        let mut sum = Sum::default();
        sum.add(&bytes[..end]);
        bytes[end..].copy_from_slice(&sum.value().to_le_bytes());
        bytes
    }

    const QUESTIONS: [&str; 5] = [
        "MATCH (a) RETURN a ORDER BY id(a)",
        "MATCH (a)-[r]->(b) RETURN r, a.n, b.rare ORDER BY id(r)",
        "MATCH (a {n: 77}) RETURN a.mixed, a.n",
        "MATCH (a {id: 'vm'})-[*1..3]->(b) RETURN b",
        "MATCH (a) WHERE a.rare = 'rare 100' OR a.public RETURN a",
    ];

    #[test]
    fn what_was_written_answers_alike() {
        for snapshot in [estate(), other(), SnapshotBuilder::new().finish()] {
            let written = bytes(&snapshot);
            let read = Snapshot::read(&written).unwrap();
            assert_eq!(bytes(&read), written);
            assert_eq!(read.schema(), snapshot.schema());
            assert_eq!(read.dropped_relations(), snapshot.dropped_relations());
            for question in QUESTIONS {
                let ask = |of: &Snapshot| {
                    of.query(question, &Params::new(), &Limits::default()).unwrap().rows
                };
                assert_eq!(ask(&read), ask(&snapshot), "{question}");
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_changed_is_refused() {
        let written = bytes(&estate());
        for length in 0..written.len() {
            assert!(Snapshot::read(&written[..length]).is_err(), "{length}");
        }
        for at in 0..written.len() {
            let mut changed = written.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(Snapshot::read(&changed).is_err(), "{at}");
        }
        let mut version = written.clone();
        version[8] = 2;
        assert_eq!(Snapshot::read(&version).err(), Some(SnapshotError::OtherVersion));
        assert_eq!(Snapshot::read(b"something else").err(), Some(SnapshotError::NotOne));
        let mut long = written;
        long.extend([0; 8]);
        assert!(Snapshot::read(&long).is_err());
    }

    #[test]
    fn changed_on_purpose_it_is_an_error_or_a_graph() {
        let mut small = SnapshotBuilder::new();
        let a = small.node(&["A"], [("n", json!(1)), ("text", json!("x")), ("ok", json!(true))]);
        let b = small.node(&["B", "A"], [("n", json!(1.5)), ("list", json!([1]))]);
        small.relation(a, "TO", b, [("weight", json!(3))]);
        small.relation(b, "BACK", a, [("weight", json!("y"))]);
        for written in [bytes(&small.finish()), bytes(&estate())] {
            for at in 16..written.len() - 8 {
                for value in [0, 1, 0x7f, 0xff] {
                    let mut changed = written.clone();
                    changed[at] = value;
                    let Ok(read) = Snapshot::read(&summed(changed)) else { continue };
                    for question in QUESTIONS {
                        let _ = read.query(question, &Params::new(), &Limits::default());
                    }
                }
            }
        }
    }
}
