//! The binaries as their users meet them: every good and bad input, exit code and file.
//!
//! Each test runs real binaries in a temporary folder of its own. Models are tiny: `fixtures/tiny-bert`, a random BERT,
//! stands for a pretrained encoder as well as for a trained model.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::panic,
    reason = "a failed unwrap is a failed test, also in a helper"
)]

mod bad_data;
mod bad_models;
mod corpus;
mod determinism;
mod evaluate;
mod labels_and_leaks;
mod place;
mod predict;
mod resume;
mod serve;
mod split;
mod train;
mod usage;
