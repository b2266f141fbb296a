//! The ids of the rows of a run.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The set that a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowSet {
    /// Labelled texts that are trained on.
    Train,
    /// Labelled texts that are used to choose the best model.
    Validation,
    /// Texts without labels.
    Unlabelled,
}

/// The id of a row of a run, such as `train:12`: the set of the row, and its line in the file of the set, counted from 1.
///
/// If the run split the data, the file is `data/train.jsonl` or `data/validation.jsonl` in the run folder; if the set was
/// given as a separate file, it is that file. For unlabelled texts, it is always `data/unlabelled.jsonl` in the run folder.
///
/// Test rows have no ids, because people are never asked about test rows.
///
/// # Examples
///
/// ```
/// use feedback_corrections::{ParseRowIdError, RowId, RowSet};
///
/// let id: RowId = "train:12".parse()?;
/// assert_eq!(id, RowId { set: RowSet::Train, line: 12 });
/// assert_eq!(id.to_string(), "train:12");
/// assert!("test:12".parse::<RowId>().is_err());
/// # Ok::<(), ParseRowIdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RowId {
    /// The set of the row.
    pub set: RowSet,
    /// The line of the row, counted from 1.
    pub line: u64,
}

/// A text that is not a row id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a row id: expected `train:LINE`, `validation:LINE` or `unlabelled:LINE`")]
pub struct ParseRowIdError {
    /// The given text.
    pub text: String,
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = match self.set {
            RowSet::Train => "train",
            RowSet::Validation => "validation",
            RowSet::Unlabelled => "unlabelled",
        };
        write!(f, "{set}:{}", self.line)
    }
}

impl FromStr for RowId {
    type Err = ParseRowIdError;

    fn from_str(text: &str) -> Result<Self, ParseRowIdError> {
        let wrong = || ParseRowIdError {
            text: text.to_owned(),
        };
        let (set, line) = text.split_once(':').ok_or_else(wrong)?;
        let set = match set {
            "train" => RowSet::Train,
            "validation" => RowSet::Validation,
            "unlabelled" => RowSet::Unlabelled,
            _ => return Err(wrong()),
        };
        let line = line.parse().ok().filter(|&line| line > 0).ok_or_else(wrong)?;
        Ok(Self { set, line })
    }
}

impl From<RowId> for String {
    fn from(id: RowId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for RowId {
    type Error = ParseRowIdError;

    fn try_from(text: String) -> Result<Self, ParseRowIdError> {
        text.parse()
    }
}
