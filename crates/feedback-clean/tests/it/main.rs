//! Cleaning texts: what holds for every text, and real ones.

#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap fails the test, also in a helper"
)]

mod properties;
mod real_texts;
