//! The reader for rows in all formats.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::error::{ReadError, RowError};
use crate::open::{open_file, read_error};
use crate::read::delimited::Delimited;
use crate::read::field_buffer::Dialect;
use crate::read::format::Format;
use crate::read::header::{HeaderOptions, read_header};
use crate::read::json_row::{JsonRow, record_of_row};
use crate::read::json_source::JsonSource;
use crate::read::lines::Lines;
use crate::read::options::{LabelRule, ReadOptions};
use crate::read::rows::{row_of_line, row_of_table, row_of_value};
use crate::read::rules::Rules;
use crate::record::Row;
use crate::record::table_row::Columns;
use feedback_text::delimiter::Delimiter;
use feedback_text::encoding::{EncodingName, Utf8Reader};

/// The column of the names of rows, which the header lacks.
const ROW_NAMES: &str = "column 0";

/// Reads rows one at a time, in the order of the file, in memory limited by the longest row.
///
/// It yields a [`Row`]; [`RowError::Bad`] for a row that cannot be used, after which reading continues; or
/// [`RowError::Fatal`], after which reading ends.
///
/// - Each line of plain text and of fastText is a row; a line without a visible character is a bad row.
/// - JSON can be one object per line, one array of objects, objects of several lines, or an object without a text field that
///   contains exactly one array of objects. `NaN` and infinities are read as `null`.
/// - Repeated column names of a table are numbered (`Labels`, `Labels.2`), and columns without a name are named by their position
///   (`column 4`). White space around the names is removed. Fields after the last column are ignored if they are empty. Line breaks
///   within quoted fields are supported; text after a closing quote is read as written where that is unambiguous.
/// - Names of rows before the first column, as R writes them, are in `column 0`.
/// - Blank lines between rows of JSON and of a table are one [`BadRowReason::Blank`](crate::record::BadRowReason::Blank); those
///   at the end are ignored.
/// - Byte order marks and the line ends LF and CRLF are supported, and CR in tables.
///
/// # Examples
///
/// ```
/// use feedback_dataset::read::{Format, ReadOptions, Reader, RowError};
///
/// let data = "{\"text\": \"It crashes\", \"label\": \"bug\"}\n\n{\"label\": \"bug\"}\n";
/// let reader = Reader::from_reader(data.as_bytes(), "stdin", Format::Jsonl, &ReadOptions::default());
/// let (mut texts, mut bad_rows) = (Vec::new(), Vec::new());
/// for row in reader {
///     match row {
///         Ok(row) => texts.push((row.line, row.record.text().to_string())),
///         Err(RowError::Bad(bad)) => bad_rows.push((bad.line, bad.reason.name())),
///         Err(RowError::Fatal(error)) => return Err(error.into()),
///     }
/// }
/// assert_eq!(texts, [(1, "It crashes".to_string())]);
/// assert_eq!(bad_rows, [(2, "blank_line"), (3, "missing_field")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Reader<'a> {
    source: Source<'a>,
    format: Format,
    path: PathBuf,
    rules: Rules,
    max_line_bytes: usize,
    header_options: HeaderOptions,
    allow_empty: bool,
    header: Option<Arc<Columns>>,
    /// Number of rows below the header that are still to be skipped.
    skip_after_header: usize,
    guessed: Arc<OnceLock<EncodingName>>,
    /// Whether any row has been found, good or bad.
    seen: bool,
    ended: bool,
}

enum Source<'a> {
    /// JSON whose layout is not known yet; `None` while it is being found.
    Json(Option<Box<dyn BufRead + Send + 'a>>),
    JsonRows(JsonSource<'a>),
    Lines(Lines<'a>),
    Delimited(Delimited<'a>),
    Table {
        rows: Box<dyn Iterator<Item = Result<JsonRow, RowError>> + Send + 'a>,
        /// Empty after the header has been read.
        columns: Vec<String>,
        limit: usize,
    },
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("path", &self.path)
            .field("format", &self.format())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl Reader<'static> {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// [`ReadError::MissingFile`], [`ReadError::IsFolder`], [`ReadError::UnknownFormat`],
    /// [`ReadError::NoSuchPart`] if the options name a sheet or a member, or [`ReadError::Io`] if the file cannot be opened. Errors
    /// in the content are found while reading.
    pub fn open(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self, ReadError> {
        let path = path.as_ref();
        let file = open_file(path)?;
        refuse_parts(path, options)?;
        let format = options.format.or_else(|| Format::from_path(path));
        let format = format.ok_or_else(|| ReadError::UnknownFormat {
            path: path.to_path_buf(),
        })?;
        Ok(Self::from_reader(
            BufReader::with_capacity(1 << 16, file),
            path,
            format,
            options,
        ))
    }
}

/// A text file has neither sheets nor members.
fn refuse_parts(path: &Path, options: &ReadOptions) -> Result<(), ReadError> {
    let part = |kind, name: &Option<String>| name.clone().map(|name| (kind, name));
    match part("sheet", &options.sheet).or_else(|| part("member", &options.member)) {
        None => Ok(()),
        Some((kind, name)) => Err(ReadError::NoSuchPart {
            path: path.to_path_buf(),
            kind,
            name,
        }),
    }
}

impl<'a> Reader<'a> {
    /// Reads from any [`Read`]; messages use `name` as the path.
    pub fn from_reader(
        input: impl Read + Send + 'a,
        name: impl Into<PathBuf>,
        format: Format,
        options: &ReadOptions,
    ) -> Self {
        let input = Utf8Reader::new(input, options.encoding);
        let guessed = input.guessed();
        let input: Box<dyn BufRead + Send + 'a> = Box::new(BufReader::with_capacity(1 << 16, input));
        let max = options.max_line_bytes;
        let dialect = |usual: u8| Dialect {
            delimiter: options.delimiter.map_or(usual, Delimiter::byte),
            quoting: options.quoting,
            skip_spaces: false,
        };
        let source = match format {
            Format::Jsonl => Source::Json(Some(input)),
            Format::Lines | Format::FastText => Source::Lines(Lines::new(input, max)),
            Format::Csv => Source::Delimited(Delimited::new(input, max, dialect(b','))),
            Format::Tsv => Source::Delimited(Delimited::new(input, max, dialect(b'\t'))),
        };
        Self {
            source,
            format,
            path: name.into(),
            rules: Rules::new(options),
            max_line_bytes: max,
            header_options: HeaderOptions {
                column: options.text_required.then(|| options.text_field.clone()),
                delimiter_stated: options.delimiter.is_some(),
                skip_rows: options.skip_rows,
                header_rows: options.header_rows,
                skip_after_header: options.skip_after_header,
            },
            allow_empty: options.allow_empty,
            header: None,
            skip_after_header: options.skip_after_header,
            guessed,
            seen: false,
            ended: false,
        }
    }

    /// Reads the rows of a table that is not stored as text, such as a spreadsheet. Messages use `name` as the path.
    ///
    /// `columns` are the names of the columns, in order. [`format`](Self::format) is [`Format::Jsonl`], since the fields of a row
    /// have types. An `Err` of `rows` is passed on, and [`RowError::Fatal`] ends the reading. Rows and bad rows have the offset 0.
    pub fn from_json_rows(
        rows: impl Iterator<Item = Result<JsonRow, RowError>> + Send + 'a,
        name: impl Into<PathBuf>,
        columns: Vec<String>,
        options: &ReadOptions,
    ) -> Self {
        let mut reader = Self::from_reader(std::io::empty(), name, Format::Jsonl, options);
        reader.source = Source::Table {
            rows: Box::new(rows),
            columns,
            limit: options.max_line_bytes,
        };
        reader
    }

    /// The path of the file, or the name passed to [`from_reader`](Self::from_reader).
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How the rows are laid out.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The encoding of a text file that was guessed and is neither UTF-8 nor UTF-16; `None` before anything was read.
    #[must_use]
    pub fn guessed_encoding(&self) -> Option<EncodingName> {
        self.guessed.get().copied()
    }

    /// The delimiter of a CSV or TSV file; `None` for other formats. It may change when the header is read.
    #[must_use]
    pub fn delimiter(&self) -> Option<u8> {
        match &self.source {
            Source::Delimited(source) => Some(source.dialect().delimiter),
            _ => None,
        }
    }

    /// Whether a CSV or TSV file begins with the byte order mark of UTF-8; false before the header is read, and for other formats.
    #[must_use]
    pub fn has_byte_order_mark(&self) -> bool {
        matches!(&self.source, Source::Delimited(source) if source.has_byte_order_mark())
    }

    /// The columns of a CSV or TSV file (read on the first call), or of a table that is not stored as text; `None` for other
    /// formats and for a file without a header.
    ///
    /// # Errors
    ///
    /// The same errors as when reading the first row: the header is invalid or has no text column.
    pub fn header(&mut self) -> Result<Option<&[String]>, ReadError> {
        if self.header.is_none() && !self.ended {
            self.read_header().inspect_err(|_| self.ended = true)?;
        }
        Ok(self.header.as_ref().map(|columns| columns.names.as_slice()))
    }

    /// Whether the rows are the elements of a JSON array, which may be the value of a field.
    ///
    /// # Errors
    ///
    /// [`ReadError::Io`]: the beginning of the file cannot be read.
    pub fn is_json_array(&mut self) -> Result<bool, ReadError> {
        self.find_json_layout()?;
        Ok(matches!(&self.source, Source::JsonRows(source) if source.is_array()))
    }

    fn next_row(&mut self) -> Result<Option<Row>, RowError> {
        if self.header.is_none() {
            self.read_header()?;
        }
        self.find_json_layout()?;
        while self.skip_after_header > 0 && self.header.is_some() {
            self.skip_after_header -= 1;
            match &mut self.source {
                Source::Table { rows, .. } => match rows.next() {
                    Some(Err(RowError::Fatal(error))) => return Err(error.into()),
                    Some(Ok(_) | Err(RowError::Bad(_))) | None => {}
                },
                Source::Delimited(_) | Source::Json(_) | Source::JsonRows(_) | Source::Lines(_) => {}
            }
        }
        let rules = &self.rules;
        let fail = |source| read_error(&self.path, source);
        match &mut self.source {
            Source::Json(_) => Ok(None),
            Source::JsonRows(JsonSource::Lines(lines)) => {
                let next = lines.next_line().map_err(fail)?;
                row_of_line(lines, next, rules, |line| rules.json_record(line))
            }
            Source::JsonRows(JsonSource::Values(values)) => {
                let next = values.next_value().map_err(fail)?;
                row_of_value(values, next, rules)
            }
            Source::Lines(lines) => {
                let next = lines.next_physical_line().map_err(fail)?;
                row_of_line(lines, next, rules, |line| match self.format {
                    Format::FastText => rules.fasttext_record(line),
                    _ => rules.text_record(line),
                })
            }
            Source::Delimited(source) => match &self.header {
                None => Ok(None),
                Some(columns) => {
                    let next = source.next_row(&self.path)?;
                    row_of_table(source, next, columns, rules)
                }
            },
            Source::Table { rows, limit, .. } => match rows.next().transpose()? {
                None => Ok(None),
                Some(row) => Ok(Some(record_of_row(row, rules, *limit)?)),
            },
        }
    }

    /// Finds the layout of JSON before its first row is read.
    fn find_json_layout(&mut self) -> Result<(), ReadError> {
        if let Source::Json(input) = &mut self.source
            && let Some(input) = input.take()
        {
            let source = JsonSource::open(input, self.max_line_bytes, &self.rules.names.text)
                .map_err(|source| read_error(&self.path, source))?;
            self.source = Source::JsonRows(source);
        }
        Ok(())
    }

    /// Reads the header if the format has one.
    fn read_header(&mut self) -> Result<(), ReadError> {
        let names = &self.rules.names;
        let header = match &mut self.source {
            Source::Delimited(source) => read_header(source, &self.path, &self.header_options)?,
            Source::Table { columns, .. } => Some(std::mem::take(columns)),
            Source::Json(_) | Source::JsonRows(_) | Source::Lines(_) => None,
        };
        let Some(mut header) = header else {
            return Ok(());
        };
        if let Source::Delimited(source) = &mut self.source {
            source.expect_fields(header.len());
            if source.has_row_names(header.len(), &self.path)? {
                header.insert(0, ROW_NAMES.to_string());
                source.expect_one_more();
            }
        }
        let label_required = self.rules.label_rule == LabelRule::Required;
        let mut required = (self.rules.text_required.then_some(&names.text))
            .into_iter()
            .chain(label_required.then_some(&names.label));
        // In a typed table, the name can be a path into a nested column, which is found row by row.
        let typed = matches!(self.source, Source::Table { .. });
        let is_path = |column: &str| typed && column.contains(['.', '[']);
        if let Some(column) = required.find(|column| !header.contains(column) && !is_path(column)) {
            return Err(ReadError::MissingColumn {
                path: self.path.clone(),
                column: column.clone(),
                found: header,
            });
        }
        self.header = Some(Arc::new(Columns::new(header, names)));
        Ok(())
    }

    /// Returns what the iterator yields at the end of the file: an error if the file has no rows and `allow_empty` is false.
    fn end(&self) -> Option<Result<Row, RowError>> {
        if self.seen || self.allow_empty {
            return None;
        }
        Some(Err(RowError::Fatal(ReadError::NoRows {
            path: self.path.clone(),
            has_header: self.header.is_some(),
        })))
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.next_row() {
            Ok(Some(row)) => {
                self.seen = true;
                Some(Ok(row))
            }
            Err(RowError::Bad(row)) => {
                self.seen = true;
                Some(Err(RowError::Bad(row)))
            }
            Err(fatal) => {
                self.ended = true;
                Some(Err(fatal))
            }
            Ok(None) => {
                self.ended = true;
                self.end()
            }
        }
    }
}
