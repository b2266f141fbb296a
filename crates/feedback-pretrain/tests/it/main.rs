//! Pretraining on unlabelled texts, and trainings that start from it.

#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap fails the test, also in a helper"
)]

mod checkpoints;
mod refusing;
mod starting;
mod texts;
