//! Folders in which a test runs the recipes of the libraries in its own process, with the flags of the programs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test that uses these helpers"
)]

mod bad_files;
mod damages;
mod figures;
mod place;
mod refusal;
mod rows;
mod training;

pub use bad_files::{BadFile, unlabelled_rows, unreadable_files, unusable_rows};
pub use damages::{DAMAGES, Damage};
pub use figures::check_evaluation;
pub use place::Place;
pub use refusal::Refusal;
pub use rows::{as_read, by_label, feedback, labelled, lines, long_rows, long_text};
pub use training::{Measured, Notices, QUICK, Trained};
