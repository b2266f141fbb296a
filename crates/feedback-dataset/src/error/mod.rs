//! What can go wrong, with the place it went wrong at and what to do next.

use std::io;
use std::path::PathBuf;

use crate::bad_row::BadRow;
use crate::labels::LabelSet;

/// Everything this crate can fail with.
///
/// Messages say what, where, what was expected and what was found; a last line that starts with
/// `hint:` gives the next step where there is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input file does not exist.
    #[error("there is no file `{}`\nhint: check the spelling; a relative path starts at the folder the command runs in", path.display())]
    MissingFile {
        /// The path that was asked for.
        path: PathBuf,
    },

    /// The input is a folder.
    #[error("`{}` is a folder, expected a file\nhint: name a file in it, such as `{}`", path.display(), path.join("train.jsonl").display())]
    IsFolder {
        /// The path that was asked for.
        path: PathBuf,
    },

    /// Reading failed in the operating system.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file that was being read.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },

    /// Writing failed in the operating system.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file that was being written.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },

    /// The file name's ending says nothing about its format.
    #[error("cannot tell the format of `{}` from its name\nhint: use one of the endings .jsonl, .ndjson, .json, .csv, .tsv, .txt; save a spreadsheet as .csv", path.display())]
    UnknownFormat {
        /// The path that was asked for.
        path: PathBuf,
    },

    /// The file holds no row at all.
    #[error("`{}` holds no rows{}\nhint: check that the file was written to its end", path.display(), if *has_header { ", only a header" } else { "" })]
    NoRows {
        /// The file.
        path: PathBuf,
        /// True for a CSV or TSV file with a header and nothing below it.
        has_header: bool,
    },

    /// A JSON document where JSON lines were expected.
    #[error("`{}` is one JSON array, expected one JSON object per line\nhint: `jq -c '.[]' {}` turns the array into lines", path.display(), path.display())]
    JsonArray {
        /// The file.
        path: PathBuf,
    },

    /// The header of a CSV or TSV file is no text.
    #[error("the header of `{}` is not valid UTF-8\nhint: save the file as UTF-8, or state its encoding", path.display())]
    UndecodableHeader {
        /// The file.
        path: PathBuf,
    },

    /// The header of a CSV or TSV file is longer than a row may be.
    #[error("the header of `{}` is longer than the limit of {limit} bytes\nhint: check that the file is a table, or raise the limit", path.display())]
    LongHeader {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: usize,
    },

    /// The header of a CSV or TSV file lacks the text column.
    #[error("the header of `{}` has no column `{column}`, it has {}\nhint: {}", path.display(), quoted(found), header_hint(found))]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The column that was looked for.
        column: String,
        /// The columns that stand there.
        found: Vec<String>,
    },

    /// The header of a CSV or TSV file names a column twice.
    #[error("the header of `{}` names the column `{column}` twice\nhint: rename one of them", path.display())]
    RepeatedColumn {
        /// The file.
        path: PathBuf,
        /// The name that stands twice.
        column: String,
    },

    /// A quote is opened and never closed.
    #[error("`{}`, line {line}, column {column}: a quote is opened here and not closed {}\nhint: close it, double it (`\"\"`) where it is part of the text", path.display(), match limit { Some(limit) => format!("within {limit} bytes"), None => "before the end of the file".to_string() })]
    UnclosedQuote {
        /// The file.
        path: PathBuf,
        /// Line of the quote, from 1.
        line: u64,
        /// Column of the quote in bytes, from 1.
        column: u64,
        /// The limit that stopped the search, if it was not the end of the file.
        limit: Option<usize>,
    },

    /// At least one row cannot be used and the caller asked for a failure.
    #[error("`{}`, {row}{}\nhint: {}", path.display(), more_bad_rows(*more), row.reason.hint())]
    BadRows {
        /// The file.
        path: PathBuf,
        /// The first bad row.
        row: Box<BadRow>,
        /// How many more bad rows the file holds.
        more: u64,
    },

    /// A row has no label where one is needed.
    #[error("`{}`, line {line}: the row has no label in `{field}`\nhint: label the row, or name the field that holds the label", path.display())]
    MissingLabel {
        /// The file.
        path: PathBuf,
        /// Line of the row, from 1.
        line: u64,
        /// The field that was looked at.
        field: String,
    },

    /// A row has a label that the label set does not know.
    #[error("`{}`, line {line}: the label `{label}` is unknown, expected one of {}\nhint: {}", path.display(), quoted(known), label_hint(label, known))]
    UnknownLabel {
        /// The file.
        path: PathBuf,
        /// Line of the row, from 1.
        line: u64,
        /// The label that stands there.
        label: String,
        /// The labels of the set, in its order.
        known: Vec<String>,
    },

    /// A label set without a label.
    #[error("a label set needs at least one label")]
    NoLabels,

    /// A label set with an empty name.
    #[error("label {position} of the label set is empty")]
    EmptyLabel {
        /// Position in the list, from 0.
        position: usize,
    },

    /// A label set that names a label twice.
    #[error("the label set names `{label}` twice")]
    RepeatedLabel {
        /// The name that stands twice.
        label: String,
    },

    /// Two lists that describe the same rows differ in length.
    #[error("{what} has {found} entries, expected {expected}, one for each row")]
    LengthMismatch {
        /// The list that differs.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length that was expected.
        expected: usize,
    },

    /// A size of a split that cannot be had.
    #[error("{part}_size = {size} is impossible: {reason}\nhint: {hint}")]
    SplitSize {
        /// `test` or `validation`.
        part: &'static str,
        /// The size as it was asked for.
        size: String,
        /// Why it is impossible.
        reason: String,
        /// What to do.
        hint: String,
    },

    /// A class has one example, or all its examples are duplicates of each other.
    #[error("{} has {}, a split needs at least two\nhint: add examples, give it another label, or leave it out", class_name(*class, label.as_deref()), single_group(*rows))]
    SingleExample {
        /// The class id.
        class: usize,
        /// The name of the class, where it is known.
        label: Option<String>,
        /// How many rows the class has; they stand in one group.
        rows: usize,
    },

    /// More rows than a split can number.
    #[error(
        "{rows} rows are too many for a split, which takes at most {}\nhint: split a sample of them",
        u32::MAX
    )]
    TooManyRows {
        /// How many rows there are.
        rows: usize,
    },

    /// A number of folds that cannot be had.
    #[error("{n_folds} folds are impossible: {reason}\nhint: ask for another number of folds")]
    Folds {
        /// The number that was asked for.
        n_folds: usize,
        /// Why it is impossible.
        reason: String,
    },

    /// Weights that nothing can be drawn by.
    #[error("the weights are impossible: {reason}\nhint: weights are finite, not negative, and not all 0")]
    Weights {
        /// Why they are impossible.
        reason: String,
    },

    /// Probabilities that are none.
    #[error("the probabilities of row {row} cannot be used: {reason}")]
    Probabilities {
        /// Index of the row.
        row: usize,
        /// What is wrong with them.
        reason: String,
    },

    /// A file that would be written stands there already with other content.
    #[error(
        "{} there already with other content\nhint: name another place, or allow what stands there to be replaced (`force`)",
        exists(paths)
    )]
    Exists {
        /// The files with other content.
        paths: Vec<PathBuf>,
    },

    /// Writing would replace the input file.
    #[error("`{}` is the input of this split and is never written over\nhint: name another output folder", path.display())]
    WouldOverwriteInput {
        /// The input file.
        path: PathBuf,
    },

    /// An index of a split points past the data.
    #[error("the split names row {index}, the data set has {rows} rows")]
    IndexOutOfRange {
        /// The index.
        index: usize,
        /// How many rows there are.
        rows: usize,
    },

    /// A record has a field that the table has no column for.
    #[error(
        "the record has a field `{field}` that the table has no column for; its columns are {}\nhint: name every column when the writer is made",
        quoted(columns)
    )]
    NoColumn {
        /// The field.
        field: String,
        /// The columns of the table.
        columns: Vec<String>,
    },

    /// A file of label aliases that cannot be understood.
    #[error("`{}` holds no label aliases\nhint: write one JSON object with a label for each alias, such as {{\"defect\": \"bug\"}}", path.display())]
    Aliases {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },

    /// A manifest that cannot be understood.
    #[error("`{}` is no split manifest of this format", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
}

impl Error {
    /// Fills the label name into an error that only knows a class id.
    ///
    /// [`split`](crate::split()) works on class ids; this turns its error into one that a person
    /// can act on.
    #[must_use]
    pub fn name_class(self, labels: &LabelSet) -> Self {
        match self {
            Self::SingleExample {
                class,
                label: None,
                rows,
            } => Self::SingleExample {
                class,
                label: labels.name(class).map(str::to_owned),
                rows,
            },
            other => other,
        }
    }
}

/// The names in backticks, separated by commas.
pub(crate) fn quoted(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_string();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn header_hint(found: &[String]) -> String {
    let other = found
        .first()
        .filter(|_| found.len() == 1)
        .and_then(|only| [';', '\t', ',', '|'].into_iter().find(|&c| only.contains(c)));
    match other {
        Some(delimiter) => format!(
            "the fields may be separated by `{}`: name the columns that hold text and label (`text_field`, `label_field`)",
            delimiter.escape_default()
        ),
        None => {
            "name the columns that hold text and label (`text_field`, `label_field`), and check that the first line is a header"
                .to_string()
        }
    }
}

fn more_bad_rows(more: u64) -> String {
    match more {
        0 => String::new(),
        1 => " (and 1 more bad row)".to_string(),
        _ => format!(" (and {more} more bad rows)"),
    }
}

fn label_hint(label: &str, known: &[String]) -> String {
    let folded = label.trim().to_lowercase();
    match known.iter().find(|name| name.trim().to_lowercase() == folded) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "correct the row, or name all labels (`labels`)".to_string(),
    }
}

fn class_name(class: usize, label: Option<&str>) -> String {
    match label {
        Some(label) => format!("the label `{label}`"),
        None => format!("class {class}"),
    }
}

fn single_group(rows: usize) -> String {
    match rows {
        1 => "a single example".to_string(),
        _ => format!("{rows} examples that belong together (one group)"),
    }
}

fn exists(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    let verb = if names.len() == 1 { "stands" } else { "stand" };
    format!("{} {verb}", names.join(", "))
}
