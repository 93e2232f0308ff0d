//! AI bills of materials: CycloneDX 1.6 and 1.7, SPDX 3.0.1 with its AI and dataset profiles.
//!
//! [`generate`] turns the assets and relations of an inventory into one document; [`diff()`] says what changed between two.
//! What counts as a component and what as a service is decided once (`estate`), what an asset says of itself is read once
//! (`facts`, `models`, `license`); `cyclonedx` and `spdx` only write it down. Every reference in a document is declared in it.
//! The crate does no I/O and has no clock: the same input gives the same bytes.

mod address;
mod cyclonedx;
mod diff;
mod estate;
mod facts;
mod license;
mod models;
mod spdx;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use picket_model::{Asset, Relation};
use serde_json::Value;

pub use diff::{
    Changes, Diff, Edge, EdgeChanges, FieldChange, Item, ItemChange, NotCycloneDx, diff,
};
use estate::Estate;

/// Version of the specification to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spec {
    /// CycloneDX 1.6.
    CycloneDx16,
    /// CycloneDX 1.7.
    CycloneDx17,
    /// SPDX 3.0.1 as JSON-LD.
    Spdx30,
}

impl Spec {
    /// Every specification that is written.
    pub const ALL: [Self; 3] = [Self::CycloneDx16, Self::CycloneDx17, Self::Spdx30];

    /// The name it is asked for by: `cyclonedx-1.6`, `cyclonedx-1.7`, `spdx-3.0`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CycloneDx16 => "cyclonedx-1.6",
            Self::CycloneDx17 => "cyclonedx-1.7",
            Self::Spdx30 => "spdx-3.0",
        }
    }

    /// What the document calls its version.
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Self::CycloneDx16 => "1.6",
            Self::CycloneDx17 => "1.7",
            Self::Spdx30 => "3.0.1",
        }
    }

    /// Media type of a document; that of SPDX 3 is the one IANA has for SPDX in JSON-LD.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::CycloneDx16 | Self::CycloneDx17 => "application/vnd.cyclonedx+json",
            Self::Spdx30 => "application/spdx+json",
        }
    }

    /// The usual ending of a file with such a document.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::CycloneDx16 | Self::CycloneDx17 => "cdx.json",
            Self::Spdx30 => "spdx.json",
        }
    }
}

/// A name of no specification that is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not written; use `cyclonedx-1.6`, `cyclonedx-1.7` or `spdx-3.0`")]
pub struct UnknownSpec(String);

impl std::str::FromStr for Spec {
    type Err = UnknownSpec;

    fn from_str(name: &str) -> Result<Self, UnknownSpec> {
        Self::ALL
            .into_iter()
            .find(|spec| spec.name() == name)
            .ok_or_else(|| UnknownSpec(name.to_owned()))
    }
}

/// What the document says of itself.
#[derive(Debug, Clone)]
pub struct BomOptions {
    /// Specification.
    pub spec: Spec,
    /// What the bill is about: the environment's or asset's name.
    pub name: String,
    /// Its version, where it has one.
    pub version: Option<String>,
    /// When it is made.
    pub timestamp: DateTime<Utc>,
    /// Whether a scan behind the inventory could not read everything: the document then says that it is incomplete, and
    /// otherwise that nobody knows.
    pub partial: bool,
}

impl BomOptions {
    /// A document about `name`, made at `timestamp`.
    #[must_use]
    pub fn new(spec: Spec, name: impl Into<String>, timestamp: DateTime<Utc>) -> Self {
        Self { spec, name: name.into(), version: None, timestamp, partial: false }
    }
}

/// Writes the bill of materials of these assets. Assets that are no part of AI or its supply chain are left out, and so
/// are relations to them.
///
/// The order of assets and relations does not matter. The serial number is a UUID of version 5 made from the content, so
/// that two documents with one serial number are the same document.
#[must_use]
pub fn generate(assets: &[Asset], relations: &[Relation], options: &BomOptions) -> Value {
    let estate = Estate::new(assets, relations, options);
    match options.spec {
        Spec::CycloneDx16 | Spec::CycloneDx17 => cyclonedx::document(&estate, options),
        Spec::Spdx30 => spdx::document(&estate, options),
    }
}

/// The serial number of a document by what stands in it.
fn serial(content: &impl serde::Serialize) -> uuid::Uuid {
    let bytes = serde_json::to_vec(content).unwrap_or_default();
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &bytes)
}
