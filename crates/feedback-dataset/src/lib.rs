//! Labelled feedback as data: reading it, trusting it, dividing it.
//!
//! - [`Reader`] streams records from JSONL, CSV, TSV and plain lines, with line-numbered errors;
//!   [`read`] takes a whole file into a [`Dataset`].
//! - [`LabelSet`] gives label names their class ids.
//! - [`duplicate_groups`] and [`leaks`] find texts that stand more than once, in one file or across
//!   files; [`group_near_duplicates`] and [`near_leaks`] those that are almost the same.
//! - [`split`](split()) divides rows into train, validation and test, stratified by class, without
//!   tearing a group of duplicates apart; [`write_split`] writes the parts with a manifest.
//!   [`time_split`], [`stratified_k_fold`] and its siblings, [`iterative_stratification`] and
//!   [`random_state`] divide in other ways.
//! - [`conflicting_labels`], [`label_variants`](label_variants()), [`label_issues`], [`ClassBalance`],
//!   [`TextLengths`], [`language::guess`], [`find_personal_data`] and [`diff`](diff()) say how healthy
//!   the data is.
//!
//! It knows no tensor and no model, and works alone.
//!
//! # Examples
//!
//! ```
//! use feedback_dataset::{
//!     DuplicateKind, Format, LabelSet, OnBadRow, ReadOptions, Reader, SplitOptions, SplitSize,
//!     collect, duplicate_groups, leaks, split_dataset,
//! };
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
//! let options = SplitOptions { validation_size: SplitSize::Count(4), ..SplitOptions::default() };
//! let parts = split_dataset(&dataset, &labels, &groups, &options)?;
//! assert_eq!(parts.train.len() + parts.validation.len() + parts.test.len(), 21);
//!
//! let of = |rows: &[usize]| rows.iter().map(|&row| texts[row]).collect::<Vec<_>>();
//! assert!(leaks(&of(&parts.train), &of(&parts.test)).is_empty());
//! # Ok::<(), feedback_dataset::Error>(())
//! ```

mod aliases;
mod bad_row;
mod balance;
mod confident;
mod conflicts;
mod dataset;
mod diff;
mod duplicates;
mod encoding;
mod error;
mod folds;
mod format;
mod groups;
mod json;
mod label_variants;
mod labels;
pub mod language;
mod leaks;
mod lengths;
mod manifest;
mod multi_label;
mod near;
mod normalise;
mod options;
mod parallel;
mod personal;
pub mod random_state;
mod reader;
mod record;
mod sampling;
mod shuffle;
mod split;
mod time;
mod write_split;
mod writer;

pub use aliases::LabelAliases;
pub use bad_row::{BadRow, BadRowReason, RowError};
pub use balance::{ClassBalance, ClassWeighting, class_weights};
pub use confident::{LabelIssue, LabelReport, LabelScore, label_issues};
pub use conflicts::{Conflict, conflicting_labels};
pub use dataset::{Dataset, collect, read};
pub use diff::{Change, Diff, DiffKey, diff};
pub use duplicates::{DuplicateKind, DuplicateSummary, duplicate_groups};
pub use encoding::{Encoding, EncodingName, UnknownEncoding};
pub use error::Error;
pub use folds::{Folds, group_k_fold, stratified_group_k_fold, stratified_k_fold};
pub use format::{Format, UnknownFormatName};
pub use groups::{groups_by_field, join_groups};
pub use label_variants::{LabelVariants, label_variants, merge_variants};
pub use labels::{DEFAULT_LABELS, LabelSet};
pub use leaks::{LeakReport, leaks};
pub use lengths::{LengthSummary, TextLengths};
pub use manifest::{
    MANIFEST_FILE, MANIFEST_FORMAT_VERSION, ManifestInput, ManifestOptions, ManifestPart, ManifestSplits,
    SplitManifest, SplitManifestInfo,
};
pub use multi_label::iterative_stratification;
pub use near::{NearLeak, NearOptions, group_near_duplicates, near_leaks};
pub use normalise::{comparison_key, fingerprint, normalise};
pub use options::{LabelRule, OnBadRow, ReadOptions};
pub use personal::{PersonalData, PersonalKind, PersonalSummary, find_personal_data, mask_personal_data};
pub use reader::Reader;
pub use record::{Record, Row};
pub use sampling::{balanced_sample, weighted_sample};
pub use shuffle::GENERATOR;
pub use split::{ParseSplitSizeError, SplitIndices, SplitOptions, SplitSize, split, split_dataset};
pub use time::{parse_timestamp, time_split};
pub use write_split::{WriteOutcome, write_split};
pub use writer::{CsvWriter, JsonlWriter, WriteError};
