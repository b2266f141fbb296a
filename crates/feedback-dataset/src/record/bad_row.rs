//! Rows that cannot be used: where they stand and why.

use std::fmt;

use crate::error::{Error, quoted};

/// A row that was read but cannot be used. Reading goes on after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Line on which the row begins, from 1, as a text editor shows it.
    pub line: u64,
    /// Offset in bytes from the start of the file at which the row begins; in a file of another encoding than UTF-8, from
    /// the start of its text as UTF-8, which is what is read.
    pub offset: u64,
    /// Why it cannot be used.
    pub reason: BadRowReason,
    /// The row as it stands in the file, where it can be decoded and is within the size limit.
    pub raw: Option<String>,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} (byte {}): {}", self.line, self.offset, self.reason)
    }
}

/// Why a row cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRowReason {
    /// The line is no valid JSON.
    #[error("broken JSON at column {column}: {message}")]
    Json {
        /// Column in characters, from 1.
        column: usize,
        /// What the parser said.
        message: String,
    },
    /// The line is valid JSON, but no object.
    #[error("expected a JSON object, found {found}")]
    NotAnObject {
        /// The kind of value that stands there.
        found: &'static str,
    },
    /// A JSON object names a field twice.
    #[error("the field `{field}` stands twice")]
    RepeatedField {
        /// The name that stands twice.
        field: String,
    },
    /// A field that is needed is missing.
    #[error("the field `{field}` is missing, the row has {}", quoted(present))]
    MissingField {
        /// The field that is needed.
        field: String,
        /// The fields that stand there.
        present: Vec<String>,
    },
    /// A field that must be a string is something else.
    #[error("the field `{field}` is {found}, expected a string")]
    NotAString {
        /// The field.
        field: String,
        /// The kind of value that stands there.
        found: &'static str,
    },
    /// A field that is needed is empty or white space only.
    #[error("the field `{field}` is empty")]
    EmptyField {
        /// The field.
        field: String,
    },
    /// A CSV or TSV row has more or fewer fields than the header.
    #[error("expected {expected} fields as in the header, found {found}")]
    FieldCount {
        /// Fields of the header.
        expected: usize,
        /// Fields of the row.
        found: usize,
    },
    /// The bytes are no valid text in the file's encoding.
    #[error("not valid {encoding} at byte {offset} of the file")]
    Undecodable {
        /// The encoding that was expected.
        encoding: &'static str,
        /// Offset of the first byte that cannot be decoded, counted as [`BadRow::offset`].
        offset: u64,
    },
    /// The text or the label is longer than the limit.
    #[error("the field `{field}` is longer than the limit of {limit} bytes")]
    FieldTooLong {
        /// The field.
        field: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The row is longer than the limit.
    #[error("longer than the limit of {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
}

impl BadRowReason {
    /// A short name of the kind of reason, for counting: it never changes.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Json { .. } => "broken_json",
            Self::NotAnObject { .. } => "not_an_object",
            Self::RepeatedField { .. } => "repeated_field",
            Self::MissingField { .. } => "missing_field",
            Self::NotAString { .. } => "not_a_string",
            Self::EmptyField { .. } => "empty_field",
            Self::FieldCount { .. } => "field_count",
            Self::Undecodable { .. } => "undecodable",
            Self::FieldTooLong { .. } => "field_too_long",
            Self::TooLong { .. } => "too_long",
        }
    }

    /// What to do about it, in one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Json { .. } => {
                "each line must be one whole JSON object; correct the line, or let bad rows be set aside (`on_bad_row set-aside`)"
            }
            Self::NotAnObject { .. } => {
                "each line must be one JSON object such as {\"text\": \"…\", \"label\": \"…\"}"
            }
            Self::RepeatedField { .. } => "keep one of the two",
            Self::MissingField { .. } => {
                "name the field that holds it (`text_field`, `label_field`), add it, or let bad rows be set aside (`on_bad_row set-aside`)"
            }
            Self::NotAString { .. } => "put the value in quotes; where it is null, fill it or remove the row",
            Self::EmptyField { .. } => {
                "fill it, remove the row, or let bad rows be set aside (`on_bad_row set-aside`)"
            }
            Self::FieldCount { .. } => {
                "put fields that hold the delimiter or a line break in double quotes, and double the quotes within"
            }
            Self::Undecodable { .. } => {
                "save the file as UTF-8, or state its encoding (`encoding windows-1252`)"
            }
            Self::FieldTooLong { .. } => "shorten it, or raise the limit",
            Self::TooLong { .. } => "split the row, or raise the limit",
        }
    }
}

/// What the reader yields where it does not yield a row.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// This row cannot be used; the next one may be.
    #[error("{0}")]
    Bad(BadRow),
    /// Reading has ended.
    #[error(transparent)]
    Fatal(#[from] Error),
}

impl From<BadRow> for RowError {
    fn from(row: BadRow) -> Self {
        Self::Bad(row)
    }
}
