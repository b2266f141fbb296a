//! Labelled feedback: read it, check it, split it.
//!
//! - A [`Dataset`] has the rows of a file, each a [`Record`] with its line number. [`read`](read::read) reads one from JSON,
//!   CSV, TSV or plain lines, in the dialects that exports really have; a [`Reader`](read::Reader) streams them.
//! - A [`LabelSet`] maps label names to class ids.
//! - [`split_dataset`](split::split_dataset) divides a data set into train, validation and test, stratified by class, and
//!   keeps duplicates together.
//!
//! Other modules cover duplicates, leaks, folds, time splits, conflicting labels, likely label errors, languages, personal data
//! and differences between versions. All of them work on texts and class ids; none needs a tensor or a model.
//!
//! # Examples
//!
//! ```
//! use feedback_dataset::LabelSet;
//! use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
//! use feedback_dataset::leaks::leaks;
//! use feedback_dataset::read::{Format, OnBadRow, ReadOptions, Reader, collect};
//! use feedback_dataset::split::{SplitOptions, SplitSize, split_dataset};
//!
//! let mut lines = String::new();
//! for index in 0..10 {
//!     lines += &format!("{{\"text\": \"It crashes on page {index}\", \"label\": \"bug\"}}\n");
//!     lines += &format!("{{\"text\": \"Page {index} is lovely\", \"label\": \"praise\"}}\n");
//! }
//! lines += "{\"text\": \"PAGE 3 is lovely!\", \"label\": \"praise\"}\n";
//!
//! // `read("feedback.jsonl", …)` does the same with a file.
//! let options = ReadOptions::default();
//! let reader = Reader::from_reader(lines.as_bytes(), "feedback.jsonl", Format::Jsonl, &options);
//! let dataset = collect(reader, OnBadRow::Fail)?;
//! let labels = LabelSet::from_dataset(&dataset)?;
//! assert_eq!(labels.names(), ["bug", "praise"]);
//!
//! let texts = dataset.texts();
//! let groups = duplicate_groups(texts.iter().copied(), DuplicateKind::Normalised);
//! let options = SplitOptions::new(SplitSize::Fraction(0.2), SplitSize::Count(4));
//! let parts = split_dataset(&dataset, &labels, &groups, &options)?;
//! assert_eq!(parts.train.len() + parts.validation.len() + parts.test.len(), 21);
//!
//! let select = |rows: &[usize]| rows.iter().map(|&row| texts[row]).collect::<Vec<_>>();
//! assert!(leaks(&select(&parts.train), &select(&parts.test)).is_empty());
//! # Ok::<(), feedback_dataset::Error>(())
//! ```
//!
//! Reading and writing files, languages and timestamps are features, all on by default. Without them
//! (`default-features = false`) the crate builds in half the time, and everything else works on texts and class ids that you
//! provide:
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
