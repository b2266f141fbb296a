//! How to read a file.

use crate::labels::aliases::LabelAliases;
use crate::read::encoding::Encoding;
use crate::read::format::Format;

/// How to read a file. Start from [`ReadOptions::default`] and change what differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// The format; `None` (the default) takes it from the extension of the file name.
    pub format: Option<Format>,
    /// The field with the text; `text` by default. Each line of a plain text file becomes this field.
    pub text_field: String,
    /// The field with the label; `label` by default.
    pub label_field: String,
    /// Whether a row without a label is a bad row; [`LabelRule::Optional`] by default.
    pub label_rule: LabelRule,
    /// Other names for labels, which are replaced by their label while reading; none by default.
    pub aliases: LabelAliases,
    /// The maximum length of a row, in bytes; 16 MiB by default. This limits the memory of the reader.
    pub max_line_bytes: usize,
    /// The maximum length of text and label, in bytes of UTF-8; 16 MiB by default. A row with a longer one is a bad row.
    pub max_field_bytes: usize,
    /// The encoding; [`Encoding::Utf8`] by default. In other encodings the offsets of rows count bytes of
    /// the text converted to UTF-8.
    pub encoding: Encoding,
    /// The delimiter of CSV and TSV. `None` (the default) uses that of the format or, if the header then has
    /// no text column, the first of `,` `;` tab `|` with which it has one. A first line such as `sep=;`, as
    /// written by Excel, sets the delimiter.
    pub delimiter: Option<u8>,
    /// Whether `"` quotes fields of CSV and TSV; true by default.
    pub quoting: bool,
    /// Whether a file without rows is an empty data set; false by default, which makes it an error.
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

impl ReadOptions {
    /// The default options with these names for the fields with text and label.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelRule {
    /// A row may have no label, or a value that is not a string.
    #[default]
    Optional,
    /// A row whose label is missing, empty or not a string is a bad row.
    Required,
}

/// What [`read`](crate::read::read) does with rows that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnBadRow {
    /// Fail, naming the first bad row and how many more there are.
    #[default]
    Fail,
    /// Collect the bad rows in [`Dataset::set_aside`](crate::Dataset::set_aside).
    SetAside,
}
