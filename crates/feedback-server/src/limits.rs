//! How much may be under way at a time. `docs/server.md` has the table.

pub use crate::http::quota::Bound;

/// Most bytes of a text that is classified. Feedback is shorter; longer texts would be stored and shown whole.
pub(crate) const MAX_TEXT_BYTES: usize = 64 << 10;
/// Bytes of texts after which a page of a list ends, so that no answer grows large.
const LIST_BYTES: usize = 1 << 20;
/// Uploaded files that are looked at at a time.
pub(crate) const INSPECTIONS_AT_ONCE: usize = 2;
/// Requests of one client that read at a time; further ones wait for their turn.
pub(crate) const READS_OF_ONE: usize = 3;
/// Lists that are read from the store at a time.
pub(crate) const LISTS_AT_ONCE: usize = 4;

/// Ends a page of a list where its texts become too many. Returns whether there are more items than it has.
pub(crate) fn end_page<T>(items: &mut Vec<T>, limit: usize, text: impl Fn(&T) -> &str) -> bool {
    let mut bytes = 0;
    let fits = |item: &&T| {
        let fits = bytes < LIST_BYTES;
        bytes += text(item).len();
        fits
    };
    let kept = items.iter().take_while(fits).count();
    let has_more = kept < items.len() || items.len() == limit;
    items.truncate(kept);
    has_more
}

/// How much may be under way at a time, in total and for one client. A client above its own share gets 429, and all get 503
/// above the total, both with `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of bodies in memory, of which uploads are no part; 64 MiB and 16 MiB by default.
    pub body_bytes: Bound,
    /// Open streams of events; 256 and 16 by default.
    pub streams: Bound,
    /// Files that are being received; 16 and 4 by default.
    pub uploads: Bound,
    /// Files that are being sent; 4 and 2 by default.
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
