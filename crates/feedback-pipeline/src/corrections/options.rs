//! The settings for corrections by people during a run.

use std::path::PathBuf;

use feedback_dataset::read::{OnBadRow, ReadOptions};
use serde::{Deserialize, Serialize};

/// How a run asks people for corrections.
///
/// A run saves these settings, except `read` and `on_bad_row`: a resumed run takes both from its data settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CorrectionsOptions {
    /// Texts without labels to ask about; labels in the file are ignored.
    pub unlabelled: Option<PathBuf>,
    /// How to read the file of unlabelled texts.
    #[serde(skip)]
    pub read: ReadOptions,
    /// What to do with unusable rows of the file of unlabelled texts.
    #[serde(skip)]
    pub on_bad_row: OnBadRow,
    /// Maximum number of questions in the queue; default 20. With 0 there are no questions, but answers are still
    /// read.
    pub limit: usize,
    /// The name to record for answers that do not name a person.
    pub corrected_by: String,
}

impl CorrectionsOptions {
    /// Returns the default options for answers by this person, without unlabelled texts.
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
