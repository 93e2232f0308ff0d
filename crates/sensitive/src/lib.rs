//! Sensitive information types and secrets: detection, checksums, redaction.
