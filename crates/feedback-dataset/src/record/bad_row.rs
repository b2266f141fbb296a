//! Rows that cannot be used: where they are and why.

use std::fmt;

use crate::quote::{quote_some, shown};

/// A row that was read but cannot be used. Reading continues after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Line on which the row begins, counted like [`Row::line`](crate::record::Row::line).
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
    /// True if these are only blank lines between the rows of JSON or of a table. They are counted, but nothing is lost if they are
    /// left out.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        matches!(self.reason, BadRowReason::Blank { .. })
    }

    /// True for blank lines, and for rows that people left out on purpose. They are counted, but no reading fails because of them.
    #[must_use]
    pub fn is_left_out(&self) -> bool {
        let by_people = matches!(
            self.reason,
            BadRowReason::Rejected { .. } | BadRowReason::Cancelled | BadRowReason::HeaderAgain
        );
        self.is_blank() || by_people
    }

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
    /// The row is not JSON but something that looks like it.
    #[error("{found}, expected JSON")]
    NotJson {
        /// What the row is.
        found: &'static str,
        /// What to do next.
        hint: &'static str,
    },
    /// A JSON array or document does not continue as expected. The rows before this place are read.
    #[error("{0}")]
    JsonStructure(JsonStructure),
    /// A person who labelled the row with Prodigy rejected or skipped it, so its label is not true.
    #[error("the answer is `{answer}`, so the label does not count")]
    Rejected {
        /// `reject` or `ignore`.
        answer: &'static str,
    },
    /// People cancelled or discarded all annotations of the row, in Label Studio or Argilla, so it has no label.
    #[error("all annotations were cancelled, so there is no label")]
    Cancelled,
    /// The row of a table repeats the names of the columns, as in files that were put one after the other.
    #[error("the row repeats the header")]
    HeaderAgain,
    /// A JSON object names a field twice.
    #[error("the field `{}` is repeated", shown(field))]
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
    /// The label field is a list of several labels, but one label is required.
    #[error("the field `{field}` lists {labels} labels, expected one")]
    SeveralLabels {
        /// The field.
        field: String,
        /// Number of labels in the list.
        labels: usize,
    },
    /// The label has so few rows that its rows were set aside.
    #[error("the label `{}` has only {rows} {}", shown(label), if *rows == 1 { "row" } else { "rows" })]
    RareLabel {
        /// The label.
        label: String,
        /// Number of rows with this label.
        rows: usize,
    },
    /// Lines without content between rows of JSON or of a table.
    #[error("{}", blank_lines(*lines))]
    Blank {
        /// Number of consecutive blank lines; the row stands for all of them.
        lines: u64,
    },
    /// A quote is opened in a CSV or TSV row and not closed, or closed only on a later line where text follows it. Reading continues on
    /// the line after this quote.
    #[error("the quote that opens in line {line}, column {column} is not closed")]
    UnclosedQuote {
        /// Line of the quote, from 1.
        line: u64,
        /// Column of the quote in bytes, from 1.
        column: u64,
    },
    /// Text follows a closing quote in a CSV or TSV row, and the row cannot be read in a way that fits the header.
    #[error("text follows the closing quote in line {line}, column {column}")]
    TextAfterQuote {
        /// Line of the closing quote, from 1.
        line: u64,
        /// Column of the closing quote in bytes, from 1.
        column: u64,
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
    #[error(
        "not valid {encoding} at byte {offset} of the file{}",
        other_encoding(encoding)
    )]
    Undecodable {
        /// The expected encoding, or that a text has no NUL.
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

/// How a JSON array or document differs from what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonStructure {
    /// There is no comma between two elements of an array.
    #[error("a comma is missing between two elements of the array")]
    MissingComma,
    /// A comma follows the last element of an array.
    #[error("a comma follows the last element of the array")]
    CommaAtEnd,
    /// Nothing is between two commas, or before the first.
    #[error("an element of the array is missing before a comma")]
    MissingElement,
    /// The file ends before the array does.
    #[error("the file ends before the array is closed")]
    OpenArray,
    /// The file ends within a value.
    #[error("the file ends within a JSON value that begins here")]
    OpenValue,
    /// The file does not end with the array.
    #[error("the file continues after the end of the array")]
    TextAfterArray,
}

impl JsonStructure {
    fn hint(self) -> &'static str {
        match self {
            Self::MissingComma => "add the comma; without it, the rest of the file is not read",
            Self::CommaAtEnd | Self::MissingElement => "remove the comma",
            Self::OpenArray | Self::OpenValue => {
                "check that the file was written completely and that all quotes are closed"
            }
            Self::TextAfterArray => "put all objects into one array, or write one object per line",
        }
    }
}

impl BadRowReason {
    /// A short, stable name of the kind of reason, for counting.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Json { .. } => "broken_json",
            Self::NotAnObject { .. } => "not_an_object",
            Self::NotJson { .. } => "not_json",
            Self::JsonStructure(_) => "json_structure",
            Self::SeveralLabels { .. } => "several_labels",
            Self::RareLabel { .. } => "rare_label",
            Self::Blank { .. } => "blank_line",
            Self::Rejected { .. } => "rejected",
            Self::Cancelled => "cancelled",
            Self::HeaderAgain => "header_again",
            Self::UnclosedQuote { .. } => "unclosed_quote",
            Self::TextAfterQuote { .. } => "text_after_quote",
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
            Self::Json { .. } => "each row must be one complete JSON object",
            Self::NotAnObject { .. } => {
                "each row must be one JSON object such as {\"text\": \"…\", \"label\": \"…\"}"
            }
            Self::RepeatedField { .. } => "keep only one of the fields with this name",
            Self::MissingField { .. } => {
                "add it, or name the field that contains it (`text_field`, `label_field`)"
            }
            Self::NotAString {
                found: "an array" | "an object",
                ..
            } => "name the value in it, as in `text_field data.text` or `label_field answers[0]`",
            Self::NotAString { .. } => "put the value in quotes; if it is null, fill it in or remove the row",
            Self::NotJson { hint, .. } => hint,
            Self::JsonStructure(structure) => structure.hint(),
            Self::SeveralLabels { .. } => {
                "keep one label, name the one to use, as in `label_field label[0]`, or use `task multi-label`"
            }
            Self::RareLabel { .. } => "add rows with this label, or give its rows another label",
            Self::Blank { .. } => "remove the line",
            Self::Rejected { .. } => "set the field `answer` to `accept` if the label is true",
            Self::Cancelled => "annotate the row again",
            Self::HeaderAgain => "remove the line",
            Self::UnclosedQuote { .. } => "close it, or double it (`\"\"`) if it is part of the text",
            Self::TextAfterQuote { .. } => "double the quotes within the field (`\"\"`)",
            Self::EmptyField { .. } => "fill it in, or remove the row",
            Self::FieldCount { expected, found } if found < expected => {
                "add the missing fields or delimiters; if all rows are short, check the delimiter and the header"
            }
            Self::FieldCount { .. } => {
                "put fields that contain the delimiter or a line break in double quotes, and double the quotes inside"
            }
            Self::Undecodable { .. } => {
                "save the file as UTF-8, or state its encoding (`encoding windows-1252`)"
            }
            Self::FieldTooLong { .. } => "shorten it",
            Self::TooLong { .. } => "split the row",
        }
    }
}

/// A few rows can be in another encoding than those from which it is guessed.
fn other_encoding(expected: &str) -> &'static str {
    match expected {
        "UTF-8" => ", which may be in another encoding (`encoding windows-1252`)",
        _ => "",
    }
}

fn blank_lines(lines: u64) -> String {
    match lines {
        1 => "the line is blank".to_string(),
        _ => format!("{lines} lines are blank"),
    }
}
