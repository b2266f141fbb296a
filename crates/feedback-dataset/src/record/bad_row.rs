//! Rows that cannot be used: where they are and why.

use std::fmt;

use crate::quote::quote_some;

/// A row that was read but cannot be used. Reading continues after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Line on which the row begins, from 1, as a text editor shows it.
    pub line: u64,
    /// Offset of the row in bytes from the start of the file. If the file is not UTF-8, this is the offset in the file converted
    /// to UTF-8. It is 0 in a table that is not stored as text.
    pub offset: u64,
    /// Why it cannot be used.
    pub reason: BadRowReason,
    /// The row as it is in the file, if it can be decoded and is within the size limit.
    pub raw: Option<String>,
}

impl BadRow {
    /// What to do next if reading fails because of this row, in one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> String {
        let reason = self.reason.hint();
        format!("{reason}; `on_bad_row set-aside` leaves such rows out and continues")
    }
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.offset) {
            // Only the first row of a text starts at 0.
            (2.., 0) => write!(f, "row {}: {}", self.line, self.reason),
            (line, offset) => write!(f, "line {line} (byte {offset}): {}", self.reason),
        }
    }
}

/// Why a row cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRowReason {
    /// The line is not valid JSON.
    #[error("broken JSON at column {column}: {message}")]
    Json {
        /// Column in characters, from 1.
        column: usize,
        /// What the parser reported.
        message: String,
    },
    /// The line is valid JSON but not an object.
    #[error("expected a JSON object, found {found}")]
    NotAnObject {
        /// The kind of value that was found.
        found: &'static str,
    },
    /// A JSON object names a field twice.
    #[error("the field `{field}` is repeated")]
    RepeatedField {
        /// The repeated name.
        field: String,
    },
    /// A required field is missing.
    #[error("the field `{field}` is missing, the row has {}", quote_some(present))]
    MissingField {
        /// The required field.
        field: String,
        /// The fields of the row.
        present: Vec<String>,
    },
    /// A field that must be a string has another type.
    #[error("the field `{field}` is {found}, expected a string")]
    NotAString {
        /// The field.
        field: String,
        /// The kind of value that was found.
        found: &'static str,
    },
    /// A required field is empty or white space only.
    #[error("the field `{field}` is empty")]
    EmptyField {
        /// The field.
        field: String,
    },
    /// A CSV or TSV row has more or fewer fields than the header.
    #[error("expected {expected} fields as in the header, found {found}")]
    FieldCount {
        /// Number of fields in the header.
        expected: usize,
        /// Number of fields in the row.
        found: usize,
    },
    /// The bytes are not valid text in the encoding of the file.
    #[error("not valid {encoding} at byte {offset} of the file")]
    Undecodable {
        /// The expected encoding.
        encoding: &'static str,
        /// Offset of the first byte that cannot be decoded, counted like [`BadRow::offset`].
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
    /// A short, stable name of the kind of reason, for counting.
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

    /// What to do next, in one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Json { .. } => "each line must be one complete JSON object",
            Self::NotAnObject { .. } => {
                "each line must be one JSON object such as {\"text\": \"…\", \"label\": \"…\"}"
            }
            Self::RepeatedField { .. } => "keep only one of the fields with this name",
            Self::MissingField { .. } => {
                "add it, or name the field that contains it (`text_field`, `label_field`)"
            }
            Self::NotAString { .. } => "put the value in quotes; if it is null, fill it in or remove the row",
            Self::EmptyField { .. } => "fill it in, or remove the row",
            Self::FieldCount { .. } => {
                "put fields that contain the delimiter or a line break in double quotes, and double the quotes inside"
            }
            Self::Undecodable { .. } => {
                "save the file as UTF-8, or state its encoding (`encoding windows-1252`)"
            }
            Self::FieldTooLong { .. } => "shorten it, or raise the limit",
            Self::TooLong { .. } => "split the row, or raise the limit",
        }
    }
}
