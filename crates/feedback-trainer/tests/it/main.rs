//! The loop as a whole, on a model small enough to train in milliseconds.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and one that cannot begin says why"
)]

mod best_model;
mod checkpoints;
mod golden;
mod imbalance;
mod loops;
mod losses;
mod toy;
mod updates;
