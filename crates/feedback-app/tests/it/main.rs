//! The programs as users see them: good and bad input, exit codes and files.
//!
//! Each test runs real programs in its own temporary folder: `feedback` with its commands, and `serve`. Models are tiny:
//! `fixtures/tiny-bert`, a BERT with random weights, serves both as a pretrained encoder and as a trained model.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test, also in a helper"
)]

mod bad_data;
mod bad_models;
mod builtin;
mod cleaning;
mod cli_page;
mod determinism;
mod documented;
mod drift;
mod earlier_version;
mod evaluate;
mod examples_page;
mod explain;
mod exports;
mod head;
mod insight;
mod inspect;
mod labels_and_leaks;
mod long_texts;
mod one_program;
mod output;
mod people;
mod place;
mod predict;
mod pretrain;
mod questions;
mod rare_labels;
mod reports;
mod resume;
mod serve;
mod several_labels;
mod shards;
mod split;
mod start;
mod studies;
pub(crate) mod tour;
mod train;
mod tuning;
mod unfamiliar;
mod usage;
