use picket_model::Time;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The short SHA-256 by which a credential or document is told from another without revealing it: 16 hex digits.
///
/// Whoever fills [`picket_model::Interaction::credential_fingerprint`] must use
/// this, on the bare key (no `Bearer `), so that a leaked key is known when it is used.
#[must_use]
pub fn fingerprint(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..8])
}

/// A UUID version 7 of `time` whose other bits follow from `parts`: the same traffic gives the same ids, so that a
/// replay after a crash does not make second copies. Of ids of one moment, that with the lower `order` sorts first.
pub(crate) fn derived(time: Time, order: u8, parts: &[&str]) -> Uuid {
    let digest = hash(parts);
    let mut bits = [0; 10];
    bits.copy_from_slice(&digest[..10]);
    // The upper half of this byte becomes the version.
    bits[0] = order.min(0x0f);
    let millis = u64::try_from(time.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bits).into_uuid()
}

/// 16 hex digits over `parts`, for keys of state.
pub(crate) fn key(parts: &[&str]) -> String {
    hex::encode(&hash(parts)[..8])
}

fn hash(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}
