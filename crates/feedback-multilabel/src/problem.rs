//! Rows whose labels cannot be read.

use std::fmt;

/// Why the labels of a row cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelReason {
    /// The label field is missing.
    #[error("the row has no field `{field}`")]
    Missing {
        /// The field.
        field: String,
    },
    /// The value is not a label or a list of labels.
    #[error("`{field}` is {found}: expected a label or a list of labels")]
    Value {
        /// The field.
        field: String,
        /// The value, in JSON.
        found: String,
    },
    /// An entry of a list is not a label.
    #[error("`{field}` has the entry {found}: expected a string or a number")]
    Entry {
        /// The field.
        field: String,
        /// The entry, in JSON.
        found: String,
    },
    /// The cell of a label's column says neither yes nor no.
    #[error("the column `{column}` is `{found}`: expected 1, true or yes, or 0, false, no or nothing")]
    Flag {
        /// The column.
        column: String,
        /// The cell.
        found: String,
    },
    /// The row has columns of labels and a label field, so its labels are not clear.
    #[error("the row has both columns of labels and `{found}` in `{field}`")]
    Both {
        /// The label field.
        field: String,
        /// Its value.
        found: String,
    },
    /// The field that identifies the text is missing or empty.
    #[error("the row has no value in `{field}`, which identifies its text")]
    NoId {
        /// The field.
        field: String,
    },
    /// Two rows that should be the same text have different texts.
    #[error("`{field}` is `{id}` as in line {first_line}, but the text is another one")]
    OtherText {
        /// The field that identifies a text.
        field: String,
        /// Its value.
        id: String,
        /// The line of the first row with this value.
        first_line: u64,
    },
}

impl LabelReason {
    /// What to do next, in one sentence without a full stop.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing { .. } => {
                "name the field with the labels (`label_field`) or the columns (`label_columns`), or give [] for a text without labels"
            }
            Self::Value { .. } | Self::Entry { .. } => {
                "give a list such as [\"bug\", \"praise\"], or one label"
            }
            Self::Flag { .. } => "correct the cell, or check the names in `label_columns`",
            Self::Both { .. } => "name an unused field as `label_field`; the list of labels is written there",
            Self::NoId { .. } => "fill it in, or name another field as `id_field`",
            Self::OtherText { .. } => "correct one of the two rows, or name another field as `id_field`",
        }
    }
}

/// A row whose labels cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelProblem {
    /// The line of the row.
    pub line: u64,
    /// Why its labels cannot be read.
    pub reason: LabelReason,
}

impl fmt::Display for LabelProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}
