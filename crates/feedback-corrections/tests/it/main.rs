//! Tests of what may enter training and what may not, through the public interface of the crate.

#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, also in a helper"
)]

mod corrections;
mod earlier_versions;
mod session;
