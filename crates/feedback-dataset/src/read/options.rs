//! How to read a file.

use serde::{Deserialize, Serialize};

use crate::labels::aliases::LabelAliases;
use crate::read::format::Format;
use feedback_text::dates::DateOrder;
use feedback_text::delimiter::Delimiter;
use feedback_text::encoding::Encoding;

const DEFAULT_MAX_BYTES: usize = 16 * 1024 * 1024;

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn is_one(n: &usize) -> bool {
    *n == 1
}

fn is_default_size(bytes: &usize) -> bool {
    *bytes == DEFAULT_MAX_BYTES
}

/// Reads the label aliases from the file that a command-line argument names. clap shows only the message of an error, so the
/// message also contains the cause and the hint.
#[cfg(feature = "clap")]
fn aliases_argument(path: &str) -> Result<LabelAliases, String> {
    use std::error::Error;

    LabelAliases::read(path).map_err(|error| {
        let cause = error.source().map(|cause| format!(": {cause}"));
        let hint = error.hint().map(|hint| format!("; {hint}"));
        format!("{error}{}{}", cause.unwrap_or_default(), hint.unwrap_or_default())
    })
}

/// How to read a file. Start from [`ReadOptions::default`] and change what differs.
///
/// With the feature `clap`, the options are also command-line arguments. The serialised form always contains the field names
/// and the encoding; other options are included only if they differ from their defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "clap",
    derive(clap::Args),
    command(next_help_heading = "Reading files")
)]
#[serde(default)]
#[non_exhaustive]
pub struct ReadOptions {
    /// The format; `None` (the default) means that the extension of the file name determines it.
    #[cfg_attr(feature = "clap", arg(skip))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// The field that holds the text
    ///
    /// In JSON, it can be a path such as data.text. Each line of a plain text file becomes the value of this field. Default `text`.
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME"))]
    pub text_field: String,
    /// The field that holds the label
    ///
    /// In JSON, it can be a path. Default `label`.
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME"))]
    pub label_field: String,
    /// Whether a row without a text is a bad row, and a table must have the column of the text; true by default. If it is false, a file
    /// can be looked at before the field of the text is known.
    #[cfg_attr(feature = "clap", arg(skip = true))]
    #[serde(skip_serializing_if = "Clone::clone")]
    pub text_required: bool,
    /// Whether a row without a label is a bad row; [`LabelRule::Optional`] by default.
    #[cfg_attr(feature = "clap", arg(skip))]
    #[serde(skip_serializing_if = "is_default")]
    pub label_rule: LabelRule,
    /// A JSON file with other names for labels, such as {"defect": "bug"}
    ///
    /// Other names are replaced by their labels while rows are read. Default: no other names.
    #[cfg_attr(
        feature = "clap",
        arg(
            id = "label_aliases",
            long = "label-aliases",
            value_name = "FILE",
            value_parser = aliases_argument
        )
    )]
    #[serde(rename = "label_aliases", skip_serializing_if = "LabelAliases::is_empty")]
    pub aliases: LabelAliases,
    /// The longest row that is read, in bytes; 16 MiB by default. This bounds the memory of the reader.
    #[cfg_attr(feature = "clap", arg(skip = DEFAULT_MAX_BYTES))]
    #[serde(skip_serializing_if = "is_default_size")]
    pub max_line_bytes: usize,
    /// The longest text or label, in bytes of UTF-8; 16 MiB by default. A row with a longer one is a bad row.
    #[cfg_attr(feature = "clap", arg(skip = DEFAULT_MAX_BYTES))]
    #[serde(skip_serializing_if = "is_default_size")]
    pub max_field_bytes: usize,
    /// The encoding of the file: utf-8, guess, or a name such as windows-1252 or utf-16le
    ///
    /// A byte order mark overrides it. Default `utf-8`. For other encodings, the reported offset of a row is its position in the
    /// file converted to UTF-8.
    #[cfg_attr(feature = "clap", arg(long, value_name = "NAME"))]
    pub encoding: Encoding,
    /// Replace bytes that are not valid in the encoding by U+FFFD
    ///
    /// Without it, a row with such bytes is a bad row.
    #[cfg_attr(feature = "clap", arg(long))]
    #[serde(skip_serializing_if = "is_default")]
    pub replace_undecodable: bool,
    /// Number of lines above the header of a table, such as a title
    ///
    /// For CSV, TSV and sheets. Default 0; in a sheet, 0 means that the program looks for the header.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N"))]
    #[serde(skip_serializing_if = "is_default")]
    pub skip_rows: usize,
    /// Number of rows that name the columns of a table
    ///
    /// For CSV, TSV and sheets. The names of several rows are joined by spaces. Default 1; 0 counts as 1.
    #[cfg_attr(feature = "clap", arg(long, value_name = "N"))]
    #[serde(skip_serializing_if = "is_one")]
    pub header_rows: usize,
    /// Number of rows below the header of a table that are not data, such as the questions in the exports of some survey tools; 0 by
    /// default. If it is the row of SurveyMonkey with the answers that can be chosen, they become part of the names of the columns.
    #[cfg_attr(feature = "clap", arg(skip))]
    #[serde(skip_serializing_if = "is_default")]
    pub skip_after_header: usize,
    /// The delimiter of CSV and TSV, such as ; or tab
    ///
    /// By default, the usual delimiter of the format is tried first, then , ; tab and |, until the header has the text column. A delimiter
    /// in the first line, such as sep=; of Excel, is tried before all of them.
    #[cfg_attr(feature = "clap", arg(long, value_name = "CHARACTER"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<Delimiter>,
    /// The sheet to read from a spreadsheet
    ///
    /// Default: the only visible sheet with data, or the one with the most cells. The readers of this crate read no spreadsheets, and
    /// refuse a file if this is set; the crate `feedback-formats` reads them.
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "NAME",
            long_help = "The sheet to read from a spreadsheet [default: the only visible sheet with data, or the one with the most cells]"
        )
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The file to read from a zip archive that has several
    ///
    /// Its path within the archive, or only its name if no other file has the same name. Default: the only file in the archive. As
    /// with the sheet, the readers of this crate refuse a file if this is set.
    #[cfg_attr(
        feature = "clap",
        arg(
            long,
            value_name = "NAME",
            long_help = "The file to read from a zip archive that has several [default: the only file in the archive]\n\nIts path within \
                         the archive, or only its name if no other file has the same name."
        )
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Whether the day or the month comes first in dates such as 03/05/2025: day-first or month-first
    ///
    /// By default, it is found from all dates. A date that is impossible in this order counts as missing. Dates are read only for splits
    /// by time, checks and reports.
    #[cfg_attr(feature = "clap", arg(long, value_name = "ORDER"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// Whether `"` quotes fields of CSV and TSV; true by default.
    #[cfg_attr(feature = "clap", arg(skip = true))]
    #[serde(skip_serializing_if = "Clone::clone")]
    pub quoting: bool,
    /// Whether a file without rows is read as an empty data set. If false (the default), such a file is an error.
    #[cfg_attr(feature = "clap", arg(skip))]
    #[serde(skip_serializing_if = "is_default")]
    pub allow_empty: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            format: None,
            text_field: "text".to_string(),
            label_field: "label".to_string(),
            text_required: true,
            label_rule: LabelRule::Optional,
            aliases: LabelAliases::default(),
            max_line_bytes: DEFAULT_MAX_BYTES,
            max_field_bytes: DEFAULT_MAX_BYTES,
            encoding: Encoding::Utf8,
            replace_undecodable: false,
            skip_rows: 0,
            header_rows: 1,
            skip_after_header: 0,
            delimiter: None,
            sheet: None,
            member: None,
            date_order: None,
            quoting: true,
            allow_empty: false,
        }
    }
}

impl ReadOptions {
    /// Returns the default options with these names for the text field and the label field.
    #[must_use]
    pub fn with_fields(text_field: impl Into<String>, label_field: impl Into<String>) -> Self {
        Self {
            text_field: text_field.into(),
            label_field: label_field.into(),
            ..Self::default()
        }
    }
}

/// Whether rows need a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelRule {
    /// A row may have no label.
    #[default]
    Optional,
    /// A row is a bad row if [`Record::label`](crate::Record::label) is `None`.
    Required,
}

/// What [`read`](crate::read::read) does with rows that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum OnBadRow {
    /// Fail; the error names the first bad row and counts the others. Blank lines between rows, and rows that people rejected in Prodigy, are set aside.
    #[default]
    Fail,
    /// Set the bad rows aside and continue.
    SetAside,
}
