//! Times of a store: milliseconds since 1970-01-01 00:00 UTC.

use std::time::{SystemTime, UNIX_EPOCH};

/// A day in milliseconds.
pub const DAY_MS: i64 = 86_400_000;

/// Returns the current time in milliseconds since 1970.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
