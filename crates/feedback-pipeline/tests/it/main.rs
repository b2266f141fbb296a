//! The recipes through the public interface of the crate.

#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, also in a helper"
)]

mod bad_data;
mod bad_models;
mod cleaning;
mod corrections;
mod determinism;
mod evaluate;
mod head;
mod labels_and_leaks;
mod long_texts;
mod questions;
mod rare_labels;
mod reports;
mod resume;
mod splitting;
mod train;
mod tuning;
mod unfamiliar;
