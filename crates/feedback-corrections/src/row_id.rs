//! How a row of a run is named.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The set that a row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowSet {
    /// A labelled text that is trained on.
    Train,
    /// A labelled text that chooses the best model.
    Validation,
    /// A text without a label.
    Unlabelled,
}

/// A row of a run, written `train:12`: its set, and its line in the file that training reads, counted from 1.
///
/// If the data were split, that file is `data/train.jsonl` or `data/validation.jsonl` of the run; if the set was given as
/// a file, it is that file. For unlabelled texts it is always `data/unlabelled.jsonl` of the run.
///
/// A test row has no such name: nobody is asked about test rows.
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
    /// The set.
    pub set: RowSet,
    /// The line, counted from 1.
    pub line: u64,
}

/// A text that does not name a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a row: expected `train:LINE`, `validation:LINE` or `unlabelled:LINE`")]
pub struct ParseRowIdError {
    /// What was given.
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
