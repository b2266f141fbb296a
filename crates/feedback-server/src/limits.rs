//! How much may be under way at a time. `docs/server.md` has the table.

pub use crate::http::quota::Bound;

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
    /// Files that are being sent; 8 and 2 by default.
    pub exports: Bound,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: Bound::new(64 << 20, 16 << 20),
            streams: Bound::new(256, 16),
            uploads: Bound::new(16, 4),
            exports: Bound::new(8, 2),
        }
    }
}
