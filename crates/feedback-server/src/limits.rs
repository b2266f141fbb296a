//! Limits on concurrent work and on the sizes of texts and lists. `docs/server.md` has a table of all limits.

pub use crate::quota::Bound;

/// Maximum size of a text to classify, in bytes. Feedback is shorter; a longer text would be stored and shown in full.
pub(crate) const MAX_TEXT_BYTES: usize = 64 << 10;
/// A page of a list ends once its texts and fields have this many bytes, so that responses stay small.
const LIST_BYTES: usize = 1 << 20;
/// Maximum number of uploaded files that are inspected at the same time.
pub(crate) const INSPECTIONS_AT_ONCE: usize = 2;
/// Maximum number of concurrent read requests of one client; further ones wait.
pub(crate) const READS_OF_ONE: usize = 3;
/// Maximum number of lists that are read from the store at the same time.
pub(crate) const LISTS_AT_ONCE: usize = 4;

/// Cuts off a page of a list where its items reach [`LIST_BYTES`]. Returns whether there may be more items after the page.
pub(crate) fn end_page<T>(items: &mut Vec<T>, limit: usize, size: impl Fn(&T) -> usize) -> bool {
    let mut bytes = 0;
    let fits = |item: &&T| {
        let fits = bytes < LIST_BYTES;
        bytes += size(item);
        fits
    };
    let kept = items.iter().take_while(fits).count();
    let has_more = kept < items.len() || items.len() == limit;
    items.truncate(kept);
    has_more
}

/// Limits on concurrent work, in total and per client. A request above the client's limit gets 429, and a request above the
/// total gets 503, both with `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of request bodies in memory, except uploads; by default 64 MiB in total and 16 MiB per client.
    pub body_bytes: Bound,
    /// Open event streams; by default 256 in total and 16 per client.
    pub streams: Bound,
    /// Uploads in progress; by default 16 in total and 4 per client.
    pub uploads: Bound,
    /// Downloads in progress; by default 4 in total and 2 per client.
    pub exports: Bound,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: Bound::new(64 << 20, 16 << 20),
            streams: Bound::new(256, 16),
            uploads: Bound::new(16, 4),
            exports: Bound::new(4, 2),
        }
    }
}
