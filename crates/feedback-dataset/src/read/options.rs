//! How a file is to be read.

use crate::aliases::LabelAliases;
use crate::encoding::Encoding;
use crate::format::Format;

/// How a file is to be read. Start from [`ReadOptions::default`] and change what differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// The format; `None` (the default) takes it from the ending of the file name.
    pub format: Option<Format>,
    /// The field that holds the text; `text` by default. Lines of a plain text file are put into it.
    pub text_field: String,
    /// The field that holds the label; `label` by default.
    pub label_field: String,
    /// Whether a row without a label is a bad row; [`LabelRule::Optional`] by default.
    pub label_rule: LabelRule,
    /// Other names for labels, each replaced by its label as the row is read; none by default.
    pub aliases: LabelAliases,
    /// The longest row that is read, in bytes; 16 MiB by default. This bounds the memory of the reader.
    pub max_line_bytes: usize,
    /// The longest text or label, in bytes of UTF-8; 16 MiB by default. A row with a longer one is a bad row.
    pub max_field_bytes: usize,
    /// The encoding; [`Encoding::Utf8`] by default. In other encodings the offsets of rows count the
    /// bytes of the text as UTF-8.
    pub encoding: Encoding,
    /// The delimiter of CSV and TSV; `None` (the default) takes the one of the format, or where the
    /// header has no text column by it, the first of `,` `;` tab `|` by which it has. A first line
    /// such as `sep=;`, as Excel writes it, is followed.
    pub delimiter: Option<u8>,
    /// Whether `"` quotes fields of CSV and TSV; true by default.
    pub quoting: bool,
    /// Whether a file without rows is read as an empty data set; false by default, which makes it an error.
    pub allow_empty: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            format: None,
            text_field: "text".to_string(),
            label_field: "label".to_string(),
            label_rule: LabelRule::Optional,
            aliases: LabelAliases::default(),
            max_line_bytes: 16 * 1024 * 1024,
            max_field_bytes: 16 * 1024 * 1024,
            encoding: Encoding::Utf8,
            delimiter: None,
            quoting: true,
            allow_empty: false,
        }
    }
}

/// Whether rows need a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelRule {
    /// A row may lack a label, or hold something in its place that is no string.
    #[default]
    Optional,
    /// A row without a label, or with one that is empty or no string, is a bad row.
    Required,
}

/// What [`read`](crate::read) does about rows that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnBadRow {
    /// Fail, naming the first bad row and how many more there are.
    #[default]
    Fail,
    /// Keep the bad rows apart in [`Dataset::set_aside`](crate::Dataset::set_aside).
    SetAside,
}
