//! Text in, verdict with explained spans out.
