//! Errors in labels.

use std::io;
use std::path::PathBuf;

use crate::quote::{quote_all, shown};
use feedback_text::folded;

/// The reason why labels cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// A row has no label although one is needed.
    #[error("`{}`, line {line}: the row has no label in `{field}`", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// Line of the row, from 1.
        line: u64,
        /// The field in which the label was expected.
        field: String,
    },

    /// A row has a label that the label set does not contain.
    #[error("`{}`, line {line}: the label `{}` is unknown, expected one of {}", path.display(), shown(label), quote_all(known))]
    Unknown {
        /// The file.
        path: PathBuf,
        /// Line of the row, from 1.
        line: u64,
        /// The label of the row.
        label: String,
        /// The labels of the set, in its order.
        known: Vec<String>,
    },

    /// A label set needs at least one label.
    #[error("a label set needs at least one label")]
    NoLabels,

    /// A name in a label set is empty.
    #[error("label {position} of the label set is empty")]
    Empty {
        /// Position in the list, from 0.
        position: usize,
    },

    /// A label set names a label twice.
    #[error("the label set names `{label}` twice")]
    Repeated {
        /// The repeated name.
        label: String,
    },

    /// Two lists that describe the same rows differ in length.
    #[error("{what}: {found} entries, expected {expected}, one for each row")]
    LengthMismatch {
        /// The list that differs.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The expected length.
        expected: usize,
    },

    /// The probabilities of a row cannot be used.
    #[error("the probabilities of row {row} cannot be used: {reason}")]
    Probabilities {
        /// Index of the row.
        row: usize,
        /// What is wrong with the probabilities.
        reason: String,
    },

    /// The operating system could not read a file of label aliases.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system reported.
        #[source]
        source: io::Error,
    },

    /// A file of label aliases cannot be understood.
    #[error("`{}` does not contain label aliases", path.display())]
    Aliases {
        /// The file.
        path: PathBuf,
        /// What the parser reported.
        #[source]
        source: serde_json::Error,
    },
}

impl LabelError {
    /// What to do next, in one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => {
                Some("label the row, or name the field that contains the label (`label_field`)".to_string())
            }
            Self::Unknown { label, known, .. } => Some(unknown_label_hint(label, known)),
            Self::Aliases { .. } => Some(
                "write one JSON object with a label for each alias, such as {\"defect\": \"bug\"}"
                    .to_string(),
            ),
            _ => None,
        }
    }
}

fn unknown_label_hint(label: &str, known: &[String]) -> String {
    let key = folded(label);
    match known.iter().find(|name| folded(name) == key) {
        Some(name) => format!("did you mean `{}`?", shown(name)),
        None => "correct the row, or name all labels (`labels`)".to_string(),
    }
}
