//! An immutable snapshot of the estate and a read-only openCypher over it.
