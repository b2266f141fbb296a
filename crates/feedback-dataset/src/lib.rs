#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! - A [`Dataset`] has the rows of a file, each a [`Record`] with its line number. [`read`](read::read) reads one from JSON,
//!   CSV, TSV or plain lines, in the dialects that exports really have; a [`Reader`](read::Reader) streams them.
//! - A [`LabelSet`] maps label names to class ids.
//! - [`split_dataset`](split::split_dataset) divides a data set into train, validation and test, stratified by class, and
//!   keeps duplicates together.
//!
//! # Without files
//!
//! With texts and class ids of your own, a split needs none of the features:
//!
//! ```
//! use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
//! use feedback_dataset::split::{SplitOptions, SplitSize, split};
//!
//! let texts = ["it crashes", "It crashes!", "so slow", "no sound", "lovely", "thank you", "great", "nice"];
//! let labels = [0, 0, 0, 0, 1, 1, 1, 1];
//! let groups = duplicate_groups(texts, DuplicateKind::Normalised);
//! let parts = split(&labels, &groups, &SplitOptions::new(SplitSize::Count(4), SplitSize::NONE))?;
//! assert_eq!((parts.train.len(), parts.test.len()), (4, 4));
//! assert_eq!(parts.test.contains(&0), parts.test.contains(&1), "duplicates stay together");
//! # Ok::<(), feedback_dataset::Error>(())
//! ```

#![cfg_attr(
    not(feature = "files"),
    allow(dead_code, reason = "some items are used only by the readers")
)]

mod dataset;
pub mod duplicates;
pub mod error;
pub mod folds;
pub mod groups;
mod ids;
pub mod labels;
pub mod leaks;
#[cfg(feature = "files")]
mod open;
mod quote;
pub mod random_state;
#[cfg(feature = "files")]
pub mod read;
pub mod record;
pub mod sampling;
mod shuffle;
pub mod split;
pub mod text;
#[cfg(feature = "files")]
pub mod write;

#[cfg(feature = "languages")]
pub use feedback_text::language;
pub use feedback_text::personal_data;
#[cfg(feature = "timestamps")]
pub use feedback_text::{dates, timestamp};

pub use dataset::Dataset;
pub use error::Error;
pub use labels::LabelSet;
pub use record::Record;
