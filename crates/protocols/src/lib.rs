//! Provider wire formats, read for inspection: what a request asks, what an answer says, and every piece of text in a
//! stream while it passes. Also the refusals that providers' own SDKs understand.
//!
//! **Reading goes by the shape of a body, not by its route.** A message list is read as messages on whatever path it
//! came, so a path that was written to look like something else blinds nobody. Routes only give an operation its name.
//!
//! Everything is bounded: nesting and number of JSON values ([`MAX_DEPTH`], [`MAX_VALUES`]), size of a stream's frame
//! ([`sse::Parser`]), text kept of a stream ([`stream::MAX_KEPT`]). The crate does no I/O.

mod content;
mod json;
mod plant;
mod protocol;
mod refusal;
mod request;
mod response;
pub mod sse;
pub mod stream;

pub use json::{JsonError, MAX_DEPTH, MAX_VALUES};
pub use plant::plant;
pub use protocol::{Operation, Protocol, Route};
pub use refusal::{Refusal, Reply};
pub use request::{Request, ToolDefinition, parse_request};
pub use response::{Response, parse_response};
