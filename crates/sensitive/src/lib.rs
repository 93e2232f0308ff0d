//! Sensitive information types and secrets: detection, checksums, redaction.
//!
//! What is looked for stands in tables (`rules/sensitive/*.yaml`, embedded), not in code: [`Scanner::embedded`] finds
//! credentials, financial and personal data in one pass over a text, [`redact`] masks them, [`fingerprint`] names a
//! secret without revealing it. The crate does no I/O.
//!
//! ```
//! let text = "card 4111 1111 1111 1111";
//! let matches = picket_sensitive::Scanner::embedded().scan(text);
//! assert_eq!(&*matches[0].info_type, "credit_card");
//! assert_eq!(picket_sensitive::redact(text, &matches).text, "card [credit_card:****1111]");
//! ```

mod checksum;
mod national;
mod pattern;
mod places;
mod redact;
mod scan;
mod secret;
mod table;

pub use redact::{Edit, Redacted, redact};
pub use scan::{Match, Scanner};
pub use table::{InfoCategory, InfoType, TableError};

use sha2::{Digest, Sha256};

/// The first 16 hex digits of the SHA-256 of `secret`: tells one secret from another and reveals none.
#[must_use]
pub fn fingerprint(secret: &str) -> String {
    let digest = Sha256::digest(secret.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
