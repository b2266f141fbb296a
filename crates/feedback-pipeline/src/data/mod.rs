//! Turns the user's files into labelled texts for training.

mod answers;
pub(crate) mod as_text;
mod examples;
mod long_texts;
mod options;
mod prepare;
mod rare;
mod split;
mod task;
mod time;
mod unused;

pub use examples::{Examples, clean_texts, read_labelled};
pub use long_texts::{LongTextKind, LongTextOptions};
pub use options::{DataFiles, DataOptions, LeakPolicy};
pub use prepare::{PreparedData, leak_error, prepare_data, require_two_labels};
pub use rare::RareLabelOptions;
pub use split::{SplitFileOptions, SplitSummary, groups, label_set, split_file};
pub use task::{LabelLayout, Task, TaskOptions};
pub use time::{TimedParts, split_by_time};
pub use unused::UnusedRow;

pub(crate) use answers::{FieldAnswers, field_answers};
pub(crate) use examples::fingerprint_hex;
pub(crate) use split::split_into;
