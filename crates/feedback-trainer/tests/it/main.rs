//! The complete training loop, on a model that trains in milliseconds.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot continue fails, and a test that cannot start prints the reason"
)]

mod best_model;
mod callbacks;
mod checkpoints;
mod contract;
mod freezing;
mod golden;
mod imbalance;
mod loops;
mod losses;
mod refresh;
mod toy;
mod updates;
