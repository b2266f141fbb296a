//! The error type of this crate.

use std::path::PathBuf;

/// An error of a job, of corrections or of their files.
///
/// The message does not say what to do next: see [`Error::hint`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] feedback_files::Error),

    /// A data file could not be read or has invalid data.
    #[error(transparent)]
    Data(#[from] feedback_dataset::Error),

    /// A file could not be read or written; the message of the source names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),

    /// A file of a training does not have the expected JSON.
    #[error("`{}` cannot be read: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        source: serde_json::Error,
    },

    /// A line of a file does not have the expected JSON.
    #[error("`{}`, line {line}: expected {expected}: {source}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What each line of the file must be.
        expected: LineKind,
        /// What was found.
        source: serde_json::Error,
    },

    /// The file of answers is shorter than the part that was read before.
    #[error("`{}` has {length} bytes, but {read} bytes of it were read before", path.display())]
    AnswersShortened {
        /// The file.
        path: PathBuf,
        /// The current length of the file in bytes.
        length: u64,
        /// The number of bytes that were read before.
        read: u64,
    },

    /// An entry of the audit log does not match the data of the run.
    #[error("the audit log does not match the data of the run: epoch {epoch}, row `{row}`: {mismatch}")]
    AuditMismatch {
        /// The epoch of the entry.
        epoch: usize,
        /// The row that the entry names.
        row: String,
        /// What does not match.
        mismatch: AuditMismatch,
    },

    /// A setting of a job is out of range.
    #[error("`{name}` must be {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// The values that are allowed.
        expected: &'static str,
    },
}

/// What a line of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LineKind {
    /// A line of `queue.jsonl`.
    Question,
    /// A line of `audit.jsonl`.
    Audit,
    /// A line of `corrections.jsonl`.
    Correction,
}

impl std::fmt::Display for LineKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Question => "a question",
            Self::Audit => "an entry of an audit log",
            Self::Correction => "a correction",
        })
    }
}

/// Why an entry of the audit log cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditMismatch {
    /// The row id of the entry is invalid.
    NotARowId,
    /// There is no such row.
    NoSuchRow,
    /// The row has another text.
    AnotherText,
    /// The text belongs to validation or test.
    HeldOut(&'static str),
    /// This decision is not possible for a row of this set.
    WrongDecision,
}

impl std::fmt::Display for AuditMismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotARowId => "this is not a row id",
            Self::NoSuchRow => "there is no such row",
            Self::AnotherText => "the row has another text",
            Self::HeldOut(why) => why,
            Self::WrongDecision => "this decision is not possible for a row of this set",
        })
    }
}

impl Error {
    /// Returns a suggestion of what to do next; `None` if there is none.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::AnswersShortened { .. } => {
                "restore the removed lines; answers may only be appended to this file"
            }
            Self::Line { expected, .. } => match expected {
                LineKind::Question => {
                    "the next evaluation replaces this file; answers belong in answers.jsonl"
                }
                LineKind::Audit => {
                    "restore the file that the run wrote; the run cannot be repeated without it"
                }
                LineKind::Correction => "each line needs `text` and `label`",
            },
            Self::AuditMismatch { .. } => "restore the data and the audit log that the run was started with",
            Self::Data(error) => return error.hint(),
            Self::File(error) => return error.hint().map(str::to_owned),
            Self::Io(_) | Self::Json { .. } | Self::Setting { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
