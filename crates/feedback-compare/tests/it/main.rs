//! Comparisons through the public interface of the crate.

#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap fails the test, also in a helper"
)]

mod cleaning;
mod comparing;
mod gates;
mod place;
mod refusing;
