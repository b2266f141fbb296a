//! Texts with any number of labels: reading, splitting, training, Transformers.

#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap fails the test, also in a helper"
)]

mod folder;
mod measuring;
mod rare_labels;
mod reading;
mod rows;
mod splitting;
mod training;
