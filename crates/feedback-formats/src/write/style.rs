//! How records are written.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use feedback_dataset::read::{Delimiter, Encoding, Format, ReadError, ReadOptions};

use crate::contents::FileFormat;
use crate::limits::Limits;
use crate::open::open;
use crate::opening::Source;

/// The formats in which records can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// JSON lines: one record per line, with all its fields.
    Jsonl,
    /// One JSON array of all records, each on a line of its own.
    Json,
    /// A table with a header, as CSV or TSV. The delimiter is part of the [`TableStyle`].
    Csv,
    /// A spreadsheet: Excel since 2007.
    Xlsx,
    /// Parquet.
    Parquet,
}

impl OutputFormat {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Jsonl, "jsonl"),
        (Self::Json, "json"),
        (Self::Csv, "csv"),
        (Self::Xlsx, "xlsx"),
        (Self::Parquet, "parquet"),
    ];

    /// The name, which is also the extension of files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }

    /// The format and the delimiter that the extension of a file name stands for; `None` for any other extension.
    ///
    /// ```
    /// use feedback_formats::write::OutputFormat;
    ///
    /// assert_eq!(OutputFormat::from_path("a.XLSX"), Some((OutputFormat::Xlsx, None)));
    /// assert_eq!(OutputFormat::from_path("a.tsv"), Some((OutputFormat::Csv, Some(b'\t'))));
    /// assert_eq!(OutputFormat::from_path("a.pdf"), None);
    /// ```
    #[must_use]
    pub fn from_path(path: impl AsRef<Path>) -> Option<(Self, Option<u8>)> {
        let extension = path.as_ref().extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "ndjson" => Some((Self::Jsonl, None)),
            "tsv" => Some((Self::Csv, Some(b'\t'))),
            name => name.parse().ok().map(|format| (format, None)),
        }
    }

    /// Whether this build can write the format.
    #[must_use]
    pub fn is_built(self) -> bool {
        match self {
            Self::Jsonl | Self::Json | Self::Csv => true,
            Self::Xlsx => cfg!(feature = "excel"),
            Self::Parquet => cfg!(feature = "parquet"),
        }
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is not the name of an [`OutputFormat`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no format for records, expected jsonl, json, csv, xlsx or parquet")]
pub struct UnknownOutputFormat(String);

impl FromStr for OutputFormat {
    type Err = UnknownOutputFormat;

    fn from_str(name: &str) -> Result<Self, UnknownOutputFormat> {
        let found = Self::ALL.into_iter().find(|(_, known)| *known == name);
        found
            .map(|(format, _)| format)
            .ok_or_else(|| UnknownOutputFormat(name.to_owned()))
    }
}

/// How a table is written as CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TableStyle {
    /// The byte between cells; by default a comma.
    pub delimiter: u8,
    /// Whether the file begins with a byte order mark, by which Excel recognises UTF-8; false by default.
    pub byte_order_mark: bool,
    /// Whether cells that a spreadsheet would run as formulas get an apostrophe ([`escape_formula`](super::escape_formula));
    /// false by default.
    pub escape_formulas: bool,
}

impl Default for TableStyle {
    fn default() -> Self {
        Self {
            delimiter: b',',
            byte_order_mark: false,
            escape_formulas: false,
        }
    }
}

impl TableStyle {
    /// The style of a file: its delimiter if it is a table, and a byte order mark if it has one or is not UTF-8. Text is always written
    /// in UTF-8.
    ///
    /// # Errors
    ///
    /// The errors of [`open`].
    pub fn of_file(path: impl AsRef<Path>, options: &ReadOptions) -> Result<(OutputFormat, Self), ReadError> {
        let path = path.as_ref();
        let mut source = open(path, options, &Limits::default())?;
        Self::of_source(&mut source, path, options)
    }

    /// The style of a file that is open; the next row of `source` is then still its first. `options` are those that it was opened with.
    ///
    /// # Errors
    ///
    /// The header of a table cannot be read.
    pub fn of_source(
        source: &mut Source<'_>,
        path: &Path,
        options: &ReadOptions,
    ) -> Result<(OutputFormat, Self), ReadError> {
        let mut style = Self::default();
        let format = match source.contents.format {
            FileFormat::Text(Format::Csv | Format::Tsv) => {
                source.reader.header()?; // before it is read, the delimiter is a guess
                let delimiter = source.reader.delimiter();
                style.delimiter = delimiter.unwrap_or(style.delimiter);
                let is_plain = source.contents.containers.is_empty();
                let is_named = matches!(options.encoding, Encoding::Named(_));
                // The file was just opened; if it cannot be read now, nor can its rows.
                style.byte_order_mark = is_named
                    || source.reader.has_byte_order_mark()
                    || is_plain && is_marked_or_foreign(path).unwrap_or(false);
                OutputFormat::Csv
            }
            FileFormat::Text(Format::Jsonl) if source.reader.is_json_array()? => OutputFormat::Json,
            FileFormat::Text(_) | FileFormat::ArrowFile | FileFormat::ArrowStream | FileFormat::Rasa => {
                OutputFormat::Jsonl
            }
            FileFormat::Xlsx | FileFormat::Xls | FileFormat::Ods => OutputFormat::Xlsx,
            FileFormat::Parquet => OutputFormat::Parquet,
        };
        Ok((format, style))
    }

    /// Returns the style with another delimiter.
    #[must_use]
    pub fn with_delimiter(mut self, delimiter: Delimiter) -> Self {
        self.delimiter = delimiter.byte();
        self
    }
}

/// Whether a file begins with a byte order mark of UTF-8 or UTF-16, or is not UTF-8.
fn is_marked_or_foreign(path: &Path) -> std::io::Result<bool> {
    const LOOKED_AT: u64 = 64 << 10;
    let mut start = Vec::new();
    fs_err::File::open(path)?
        .take(LOOKED_AT)
        .read_to_end(&mut start)?;
    let marks: [&[u8]; 3] = [&[0xEF, 0xBB, 0xBF], &[0xFE, 0xFF], &[0xFF, 0xFE]];
    // A character may be cut at the end; an error before that is of another encoding.
    let is_foreign = std::str::from_utf8(&start).is_err_and(|error| error.error_len().is_some());
    Ok(is_foreign || marks.iter().any(|mark| start.starts_with(mark)))
}
