//! Provider wire formats to and from interactions; streaming frames.
