use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{AssetId, named};

named! {
    /// What a scan saw happen to an asset.
    ChangeKind as "kind of change" {
        /// A scan of the source saw it for the first time.
        Appeared = "appeared",
        /// Something about it is no longer what it was.
        Changed = "changed",
        /// A scan of the source no longer found it.
        Disappeared = "disappeared",
        /// It had disappeared and is back.
        Returned = "returned",
    }
}

/// One thing about an asset that is no longer what it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// `name`, `kind`, `region`, `environment`, `native_type`, `properties.KEY`, `tags.KEY`, `findings` (with the
    /// finding's id, kind, severity and title as value) or `relations` (kind and target).
    pub field: String,
    /// The value before; null where there was none.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub before: Value,
    /// The value since; null where there is none.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub after: Value,
    /// Whether a value was too long to keep and is null for that.
    #[serde(default)]
    pub omitted: bool,
}

/// What one scan of one source saw happen to an asset. Credentials in values are masked, evidence is not kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AssetChange {
    /// Sorts by time; not that of another change.
    pub id: String,
    /// The asset.
    pub asset: AssetId,
    /// When the scan was kept.
    pub time: DateTime<Utc>,
    /// The source that was scanned.
    pub source: String,
    /// What happened.
    pub kind: ChangeKind,
    /// What is no longer what it was.
    pub fields: Vec<FieldChange>,
    /// How many more fields changed than are kept.
    #[serde(default)]
    pub more: u32,
}
