//! The reader for rows in all formats.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::{ReadError, RowError};
use crate::open::{open_file, read_error};
use crate::read::delimited::{Delimited, DelimitedRow};
use crate::read::encoding::Utf8Reader;
use crate::read::field_buffer::Dialect;
use crate::read::format::Format;
use crate::read::header::read_header;
use crate::read::json_row::{JsonRow, record_of_row};
use crate::read::lines::{Line, Lines};
use crate::read::options::{LabelRule, ReadOptions};
use crate::read::rules::Rules;
use crate::record::{BadRow, BadRowReason, Record, Row};

/// Reads rows one at a time, in the order of the file, in memory limited by the longest row.
///
/// It yields a [`Row`]; [`RowError::Bad`] for a row that cannot be used, after which reading continues; or
/// [`RowError::Fatal`], after which reading ends. Blank lines are skipped. Byte order marks, CRLF line ends
/// and line breaks within quoted CSV fields are supported.
///
/// # Examples
///
/// ```
/// use feedback_dataset::read::{Format, ReadOptions, Reader, RowError};
///
/// let data = "{\"text\": \"It crashes\", \"label\": \"bug\"}\n\n{\"label\": \"bug\"}\n";
/// let reader = Reader::from_reader(data.as_bytes(), "stdin", Format::Jsonl, &ReadOptions::default());
/// let mut texts = Vec::new();
/// for row in reader {
///     match row {
///         Ok(row) => texts.push((row.line, row.record.text().to_string())),
///         Err(RowError::Bad(bad)) => assert_eq!(bad.line, 3),
///         Err(RowError::Fatal(error)) => return Err(error.into()),
///     }
/// }
/// assert_eq!(texts, [(1, "It crashes".to_string())]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Reader<'a> {
    source: Source<'a>,
    format: Format,
    path: PathBuf,
    rules: Rules,
    /// Whether the caller chose the delimiter.
    delimiter_stated: bool,
    allow_empty: bool,
    header: Option<Vec<String>>,
    /// Whether any row has been found, good or bad.
    seen: bool,
    ended: bool,
}

enum Source<'a> {
    Jsonl(Lines<'a>),
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
    /// [`ReadError::MissingFile`], [`ReadError::IsFolder`], [`ReadError::UnknownFormat`], or
    /// [`ReadError::Io`] if the file cannot be opened. Errors in the content are found while reading.
    pub fn open(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self, ReadError> {
        let path = path.as_ref();
        let file = open_file(path)?;
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

impl<'a> Reader<'a> {
    /// Reads from any [`Read`]; messages use `name` as the path.
    pub fn from_reader(
        input: impl Read + Send + 'a,
        name: impl Into<PathBuf>,
        format: Format,
        options: &ReadOptions,
    ) -> Self {
        let input = Utf8Reader::new(input, options.encoding);
        let input: Box<dyn BufRead + Send + 'a> = Box::new(BufReader::with_capacity(1 << 16, input));
        let max = options.max_line_bytes;
        let dialect = |usual: u8| Dialect {
            delimiter: options.delimiter.unwrap_or(usual),
            quoting: options.quoting,
        };
        let source = match format {
            Format::Jsonl => Source::Jsonl(Lines::new(input, max)),
            Format::Lines => Source::Lines(Lines::new(input, max)),
            Format::Csv => Source::Delimited(Delimited::new(input, max, dialect(b','))),
            Format::Tsv => Source::Delimited(Delimited::new(input, max, dialect(b'\t'))),
        };
        Self {
            source,
            format,
            path: name.into(),
            rules: Rules::new(options),
            delimiter_stated: options.delimiter.is_some(),
            allow_empty: options.allow_empty,
            header: None,
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

    /// The delimiter of a CSV or TSV file; `None` for other formats. It may change when the header is read.
    #[must_use]
    pub fn delimiter(&self) -> Option<u8> {
        match &self.source {
            Source::Delimited(source) => Some(source.dialect().delimiter),
            _ => None,
        }
    }

    /// The columns of a CSV or TSV file, which are read on the first call, or of a table that is not stored as text; `None` for
    /// other formats and for a file without a header.
    ///
    /// # Errors
    ///
    /// The same errors as when reading the first row: the header is invalid or has no text column.
    pub fn header(&mut self) -> Result<Option<&[String]>, ReadError> {
        if self.header.is_none() && !self.ended {
            self.read_header().inspect_err(|_| self.ended = true)?;
        }
        Ok(self.header.as_deref())
    }

    fn next_row(&mut self) -> Result<Option<Row>, RowError> {
        if self.header.is_none() {
            self.read_header()?;
        }
        let rules = &self.rules;
        match &mut self.source {
            Source::Jsonl(lines) => {
                let next = lines
                    .next_line()
                    .map_err(|source| read_error(&self.path, source))?;
                if !self.seen && next == Line::Complete && starts_json_array(lines.text()) {
                    return Err(RowError::Fatal(ReadError::JsonArray {
                        path: self.path.clone(),
                    }));
                }
                next_from_lines(lines, next, |line| rules.json_record(line))
            }
            Source::Lines(lines) => {
                let next = lines
                    .next_line()
                    .map_err(|source| read_error(&self.path, source))?;
                next_from_lines(lines, next, |line| rules.text_record(line))
            }
            Source::Delimited(source) => match self.header.as_deref() {
                None => Ok(None),
                Some(header) => next_from_table(source, header, rules, &self.path),
            },
            Source::Table { rows, limit, .. } => match rows.next().transpose()? {
                None => Ok(None),
                Some(row) => Ok(Some(record_of_row(row, rules, *limit)?)),
            },
        }
    }

    /// Reads the header if the format has one.
    fn read_header(&mut self) -> Result<(), ReadError> {
        let names = &self.rules.names;
        let header = match &mut self.source {
            Source::Delimited(source) => read_header(source, &self.path, &names.text, self.delimiter_stated)?,
            Source::Table { columns, .. } => Some(std::mem::take(columns)),
            Source::Jsonl(_) | Source::Lines(_) => None,
        };
        let Some(header) = header else {
            return Ok(());
        };
        let label_required = self.rules.label_rule == LabelRule::Required;
        let mut required = [&names.text]
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
        self.header = Some(header);
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

/// True if the first line starts a JSON array of objects: then the complete file is one array, not only this line wrong.
fn starts_json_array(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line == b"["
        || line
            .strip_prefix(b"[")
            .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{"))
}

fn next_from_lines(
    lines: &Lines<'_>,
    next: Line,
    parse: impl FnOnce(&str) -> Result<Record, BadRowReason>,
) -> Result<Option<Row>, RowError> {
    let (line, offset) = (lines.line(), lines.offset());
    let bad = |reason, raw: Option<&str>| {
        RowError::Bad(BadRow {
            line,
            offset,
            reason,
            raw: raw.map(str::to_owned),
        })
    };
    match next {
        Line::End => return Ok(None),
        Line::TooLong => return Err(bad(BadRowReason::TooLong { limit: lines.limit() }, None)),
        Line::Complete => {}
    }
    let text = std::str::from_utf8(lines.text())
        .map_err(|error| bad(undecodable(offset, error.valid_up_to()), None))?;
    let record = parse(text).map_err(|reason| bad(reason, Some(text)))?;
    Ok(Some(Row { record, line, offset }))
}

fn next_from_table(
    source: &mut Delimited<'_>,
    header: &[String],
    rules: &Rules,
    path: &Path,
) -> Result<Option<Row>, RowError> {
    let next = source.next_row(path)?;
    let (line, offset) = (source.line(), source.offset());
    let bad = |reason, raw: Option<&str>| {
        RowError::Bad(BadRow {
            line,
            offset,
            reason,
            raw: raw.map(str::to_owned),
        })
    };
    match next {
        DelimitedRow::End => return Ok(None),
        DelimitedRow::TooLong => {
            return Err(bad(
                BadRowReason::TooLong {
                    limit: source.limit(),
                },
                None,
            ));
        }
        DelimitedRow::Complete => {}
    }
    let raw = std::str::from_utf8(source.raw())
        .map_err(|error| bad(undecodable(offset, error.valid_up_to()), None))?;
    if source.n_fields() != header.len() {
        let reason = BadRowReason::FieldCount {
            expected: header.len(),
            found: source.n_fields(),
        };
        return Err(bad(reason, Some(raw)));
    }
    let mut fields = Map::with_capacity(header.len());
    for (index, name) in header.iter().enumerate() {
        // The row is valid UTF-8 and fields end at ASCII characters, so this loses nothing.
        let value = String::from_utf8_lossy(source.field(index)).into_owned();
        fields.insert(name.clone(), Value::String(value));
    }
    let record = rules
        .table_record(fields)
        .map_err(|reason| bad(reason, Some(raw)))?;
    Ok(Some(Row { record, line, offset }))
}

fn undecodable(offset: u64, valid: usize) -> BadRowReason {
    BadRowReason::Undecodable {
        encoding: "UTF-8",
        offset: offset + valid as u64,
    }
}
