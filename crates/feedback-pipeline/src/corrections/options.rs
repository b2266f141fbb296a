//! How a run asks people for corrections.

use std::path::PathBuf;

use feedback_dataset::read::{OnBadRow, ReadOptions};
use serde::{Deserialize, Serialize};

/// How a run asks people for corrections.
///
/// A run saves these settings, and reads the file in the same way as its data.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CorrectionsOptions {
    /// Texts without labels to ask about; labels in the file are ignored.
    pub unlabelled: Option<PathBuf>,
    /// How to read that file.
    #[serde(skip)]
    pub read: ReadOptions,
    /// What to do with unusable rows of that file.
    #[serde(skip)]
    pub on_bad_row: OnBadRow,
    /// Maximum number of questions in the queue; default 20. With 0 there are no questions, but answers are still
    /// read.
    pub limit: usize,
    /// The person who answers, if an answer does not name one.
    pub corrected_by: String,
}

impl CorrectionsOptions {
    /// The default options for answers by this person, without unlabelled texts.
    pub fn new(corrected_by: &str) -> Self {
        Self {
            unlabelled: None,
            read: ReadOptions::default(),
            on_bad_row: OnBadRow::Fail,
            limit: 20,
            corrected_by: corrected_by.to_owned(),
        }
    }
}
