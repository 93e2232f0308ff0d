//! What the cloud scans share: one HTTPS client with bounded concurrency, retries that honour `Retry-After`, paging, and a
//! [`Gather`] that collects assets, relations and, for each call that failed, one diagnostic.
//!
//! A scan of a cloud is many small reads. None of them may end it: a call's failure is a [`CallError`], which
//! [`Gather::failed`] writes down as a [`picket_model::Diagnostic`] about that call, and the scan goes on.
//!
//! ```text
//! let http = Http::new(limits)?;
//! let (items, failure) = follow(&limits, async |token| {
//!     let reply = http.send(|| signed_request(token.as_deref()), explain).await?;
//!     let page: Page = reply.json()?;
//!     Ok((page.value, page.next_link))
//! }).await;
//! if let Some(error) = failure { gather.failed("cognitive accounts in subscription S", &error); }
//! ```

mod error;
mod filter;
mod gather;
mod http;
mod page;
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use error::CallError;
pub(crate) use error::{ApiError, classify};
pub(crate) use filter::Filter;
pub(crate) use gather::Gather;
pub(crate) use http::{Http, Reply};
pub(crate) use page::follow;

/// Bounds of a cloud scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Calls under way at once.
    pub concurrency: usize,
    /// Times a call is tried before it counts as failed, at least 1.
    pub attempts: u32,
    /// Longest time one try may take.
    pub timeout: Duration,
    /// Wait before the second try; it doubles with each further one.
    pub backoff: Duration,
    /// Longest wait between two tries, whatever the server asks for.
    pub longest_wait: Duration,
    /// Pages read of one list.
    pub pages: usize,
    /// Bytes read of one answer.
    pub body: usize,
    /// Objects of one bucket or container that are read when looking for sensitive data.
    pub sampled_objects: usize,
    /// Bytes read of one such object.
    pub sampled_bytes: usize,
    /// Access relations (identity to resource) that are drawn.
    pub access_relations: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 16,
            attempts: 6,
            timeout: Duration::from_secs(60),
            backoff: Duration::from_millis(200),
            longest_wait: Duration::from_secs(20),
            pages: 1_000,
            body: 64 << 20,
            sampled_objects: 20,
            sampled_bytes: 256 << 10,
            access_relations: 500_000,
        }
    }
}
