//! Errors when reading files.

use std::io;
use std::path::PathBuf;

use crate::quote::quote_all;
use crate::record::bad_row::BadRow;

/// The reason why a file cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file does not exist.
    #[error("there is no file `{}`", path.display())]
    MissingFile {
        /// The path that was asked for.
        path: PathBuf,
    },

    /// The path is a folder.
    #[error("`{}` is a folder, expected a file", path.display())]
    IsFolder {
        /// The path that was asked for.
        path: PathBuf,
    },

    /// The operating system could not read the file.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The file that was being read.
        path: PathBuf,
        /// What the operating system reported.
        #[source]
        source: io::Error,
    },

    /// The content cannot be read: its format or its container is unknown, damaged or too large.
    #[error("cannot read `{}`", path.display())]
    Content {
        /// The file that was being read.
        path: PathBuf,
        /// What is wrong with the content.
        #[source]
        source: ContentError,
    },

    /// The options name a part of a file that has no such parts.
    #[error("`{}` has no {kind}s, and the {kind} `{name}` was asked for", path.display())]
    NoSuchPart {
        /// The file.
        path: PathBuf,
        /// `sheet` or `member`.
        kind: &'static str,
        /// The name in the options.
        name: String,
    },

    /// The file name has no known extension.
    #[error("cannot tell the format of `{}` from its name", path.display())]
    UnknownFormat {
        /// The path that was asked for.
        path: PathBuf,
    },

    /// The file has no rows.
    #[error("`{}` has no rows{}", path.display(), if *has_header { ", only a header" } else { "" })]
    NoRows {
        /// The file.
        path: PathBuf,
        /// True for a CSV or TSV file that has a header but nothing after it.
        has_header: bool,
    },

    /// The header of a CSV or TSV file is not valid text.
    #[error("the header of `{}` is not valid UTF-8", path.display())]
    UndecodableHeader {
        /// The file.
        path: PathBuf,
    },

    /// The header of a CSV or TSV file is longer than the maximum length of a row.
    #[error("the header of `{}` is longer than the limit of {limit} bytes", path.display())]
    LongHeader {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: usize,
    },

    /// The header of a CSV or TSV file lacks a required column.
    #[error("the header of `{}` has no column `{column}`, it has {}", path.display(), quote_all(found))]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The column that is required.
        column: String,
        /// The columns of the header.
        found: Vec<String>,
    },

    /// A quote in the header of a CSV or TSV file is opened and not closed.
    #[error("`{}`, line {line}, column {column}: a quote is opened here and not closed", path.display())]
    UnclosedQuote {
        /// The file.
        path: PathBuf,
        /// Line of the quote, from 1.
        line: u64,
        /// Column of the quote in bytes, from 1.
        column: u64,
    },

    /// At least one row cannot be used, and the caller asked to fail in that case.
    #[error("`{}`, {row}{}", path.display(), more_bad_rows(*more))]
    BadRows {
        /// The file.
        path: PathBuf,
        /// The first bad row.
        row: Box<BadRow>,
        /// How many more bad rows the file has.
        more: u64,
    },

    /// The manifest of a split cannot be understood.
    #[error("`{}` is not a split manifest of this format", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What the parser reported.
        #[source]
        source: serde_json::Error,
    },
}

impl ReadError {
    /// What to do next, in one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::MissingFile { .. } => {
                "check the spelling; a relative path starts at the folder the command runs in"
            }
            Self::IsFolder { path } => {
                let example = path.join("train.jsonl");
                return Some(format!("name a file in it, such as `{}`", example.display()));
            }
            Self::UnknownFormat { .. } => {
                "use one of the extensions .jsonl, .ndjson, .json, .csv, .tsv, .txt; save a spreadsheet as .csv"
            }
            Self::NoSuchPart { kind, .. } => {
                return Some(format!("leave out the {kind}, or name another file"));
            }
            Self::NoRows { .. } => "check that the file was written completely",
            Self::UndecodableHeader { .. } => "save the file as UTF-8, or state its encoding (`encoding`)",
            Self::LongHeader { .. } => "check that the file is a table, and that its quotes are closed",
            Self::MissingColumn { column, found, .. } => return Some(missing_column_hint(column, found)),
            Self::UnclosedQuote { .. } => "close it, or double it (`\"\"`) if it is part of the text",
            Self::BadRows { row, .. } => return Some(row.hint()),
            Self::Content { source, .. } => return source.hint().map(str::to_string),
            Self::Io { .. } | Self::Manifest { .. } => return None,
        };
        Some(hint.to_string())
    }
}

/// Why a reader of another crate, such as one for archives or spreadsheets, cannot read the content of a file.
///
/// An [`io::Error`] that contains it becomes a [`ReadError::Content`].
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct ContentError {
    cause: Box<dyn std::error::Error + Send + Sync>,
    hint: Option<String>,
}

impl ContentError {
    /// Creates an error from its cause and from what to do next, in one sentence without a full stop.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>, hint: Option<String>) -> Self {
        let cause = cause.into();
        Self { cause, hint }
    }

    /// The error of the other crate.
    #[must_use]
    pub fn cause(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &*self.cause
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// What a [`Reader`](crate::read::Reader) yields in place of a row.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// This row cannot be used; the next one may be usable.
    #[error("{0}")]
    Bad(BadRow),
    /// The file cannot be read further.
    #[error(transparent)]
    Fatal(#[from] ReadError),
}

impl From<BadRow> for RowError {
    fn from(row: BadRow) -> Self {
        Self::Bad(row)
    }
}

fn missing_column_hint(column: &str, found: &[String]) -> String {
    let folded = column.to_lowercase();
    if let Some(name) = found.iter().find(|name| name.to_lowercase() == folded) {
        return format!("did you mean {}?", quote_all(std::slice::from_ref(name)));
    }
    if found.iter().any(|name| name.contains('\0')) {
        return "this looks like UTF-16: state the encoding (`encoding utf-16le` or `encoding utf-16be`)"
            .to_string();
    }
    let delimiter = found
        .first()
        .filter(|_| found.len() == 1)
        .and_then(|only| [';', '\t', ',', '|'].into_iter().find(|&c| only.contains(c)));
    match delimiter {
        Some(delimiter) => format!(
            "if the fields are separated by `{}`, give the names of the text and label columns (`text_field`, \
             `label_field`)",
            delimiter.escape_default()
        ),
        None => "give the names of the text and label columns (`text_field`, `label_field`), and check that the first line \
                 is a header"
            .to_string(),
    }
}

fn more_bad_rows(more: u64) -> String {
    match more {
        0 => String::new(),
        1 => " (and 1 more bad row)".to_string(),
        _ => format!(" (and {more} more bad rows)"),
    }
}
