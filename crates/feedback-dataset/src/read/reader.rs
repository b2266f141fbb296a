//! Streaming readers: one row at a time, in constant memory.

mod delimited;
mod lines;

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs_err::File;
use serde_json::{Map, Value};

use crate::aliases::LabelAliases;
use crate::bad_row::{BadRow, BadRowReason, RowError};
use crate::encoding::Utf8Reader;
use crate::error::Error;
use crate::format::Format;
use crate::json::{kind, parse_record};
use crate::options::{LabelRule, ReadOptions};
use crate::record::{FieldNames, Fields, Record, Row};

use delimited::{Delimited, DelimitedRow};
use lines::{Line, Lines};

/// Reads rows one at a time, in the order of the file, in memory bounded by the longest row.
///
/// It yields a [`Row`], or [`RowError::Bad`] for a row that cannot be used, after which reading
/// goes on, or [`RowError::Fatal`], after which it has ended. Blank lines are skipped. A byte
/// order mark, CRLF line ends and line breaks within quoted CSV fields are read as they come.
///
/// # Examples
///
/// ```
/// use feedback_dataset::{Format, ReadOptions, Reader, RowError};
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
    max_line_bytes: usize,
    allow_empty: bool,
    header: Option<Vec<String>>,
    seen: bool,
    ended: bool,
}

enum Source<'a> {
    Jsonl(Lines<'a>),
    Lines(Lines<'a>),
    Delimited(Delimited<'a>),
}

/// What a record must hold, and where.
struct Rules {
    names: Arc<FieldNames>,
    label_rule: LabelRule,
    max_field_bytes: usize,
    aliases: LabelAliases,
}

impl Rules {
    fn check(&self, mut record: Record) -> Result<Record, BadRowReason> {
        // Good rows are told without a look at their other fields.
        if record.text().trim().is_empty() {
            check_string(&record, &self.names.text)?;
        }
        if self.label_rule == LabelRule::Required && record.label().is_none() {
            check_string(&record, &self.names.label)?;
        }
        self.check_length(record.text(), &self.names.text)?;
        self.check_length(record.label().unwrap_or_default(), &self.names.label)?;
        if !self.aliases.is_empty() {
            self.aliases.apply_to(&mut record);
        }
        Ok(record)
    }
}

impl Rules {
    fn check_length(&self, value: &str, field: &str) -> Result<(), BadRowReason> {
        if value.len() <= self.max_field_bytes {
            return Ok(());
        }
        Err(BadRowReason::FieldTooLong {
            field: field.to_string(),
            limit: self.max_field_bytes,
        })
    }
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
    /// [`Error::MissingFile`], [`Error::IsFolder`], [`Error::UnknownFormat`], or
    /// [`Error::Read`] where the file cannot be opened. What is wrong with the content shows
    /// while reading.
    pub fn open(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = open_file(path)?;
        let format = options.format.or_else(|| Format::from_path(path));
        let format = format.ok_or_else(|| Error::UnknownFormat {
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
    /// Reads from anything that reads; `name` stands for the path in messages.
    pub fn from_reader(
        input: impl Read + Send + 'a,
        name: impl Into<PathBuf>,
        format: Format,
        options: &ReadOptions,
    ) -> Self {
        let input = Utf8Reader::new(input, options.encoding);
        let input: Box<dyn BufRead + Send + 'a> = Box::new(BufReader::with_capacity(1 << 16, input));
        let max = options.max_line_bytes;
        let source = match format {
            Format::Jsonl => Source::Jsonl(Lines::new(input, max)),
            Format::Lines => Source::Lines(Lines::new(input, max)),
            Format::Csv | Format::Tsv => {
                let usual = if format == Format::Csv { b',' } else { b'\t' };
                let delimiter = options.delimiter.unwrap_or(usual);
                let source = Delimited::new(input, max, delimiter, options.quoting);
                let stated = options.delimiter.is_some();
                Source::Delimited(if stated {
                    source.with_stated_delimiter()
                } else {
                    source
                })
            }
        };
        let names = FieldNames {
            text: options.text_field.clone(),
            label: options.label_field.clone(),
        };
        Self {
            source,
            format,
            path: name.into(),
            rules: Rules {
                names: Arc::new(names),
                label_rule: options.label_rule,
                max_field_bytes: options.max_field_bytes,
                aliases: options.aliases.clone(),
            },
            max_line_bytes: max,
            allow_empty: options.allow_empty,
            header: None,
            seen: false,
            ended: false,
        }
    }

    /// The file, or the name that stands for it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How the rows are laid out.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The delimiter of a CSV or TSV file: the one found, once the header was read.
    #[must_use]
    pub fn delimiter(&self) -> Option<u8> {
        match &self.source {
            Source::Delimited(source) => Some(source.delimiter()),
            _ => None,
        }
    }

    /// The columns of a CSV or TSV file, read now if they were not yet; `None` for other formats
    /// and for a file without a header.
    ///
    /// # Errors
    ///
    /// As reading the first row does: the header is broken or lacks the text column.
    pub fn header(&mut self) -> Result<Option<&[String]>, Error> {
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
                if !self.seen && next == Line::Whole && starts_json_array(lines.text()) {
                    return Err(RowError::Fatal(Error::JsonArray {
                        path: self.path.clone(),
                    }));
                }
                next_from_lines(lines, next, |text| rules.check(parse_record(text, &rules.names)?))
            }
            Source::Lines(lines) => {
                let next = lines
                    .next_line()
                    .map_err(|source| read_error(&self.path, source))?;
                next_from_lines(lines, next, |text| rules.check(plain_record(text, &rules.names)))
            }
            Source::Delimited(source) => match self.header.as_deref() {
                None => Ok(None),
                Some(header) => next_from_table(source, header, rules, &self.path, self.max_line_bytes),
            },
        }
    }

    /// Reads the header where the format has one and it was not read yet.
    fn read_header(&mut self) -> Result<(), Error> {
        let Source::Delimited(source) = &mut self.source else {
            return Ok(());
        };
        let Some(header) = source.read_header(&self.path, &self.rules.names.text)? else {
            return Ok(());
        };
        if !header.contains(&self.rules.names.text) {
            return Err(Error::MissingColumn {
                path: self.path.clone(),
                column: self.rules.names.text.clone(),
                found: header,
            });
        }
        if self.rules.label_rule == LabelRule::Required && !header.contains(&self.rules.names.label) {
            return Err(Error::MissingColumn {
                path: self.path.clone(),
                column: self.rules.names.label.clone(),
                found: header,
            });
        }
        self.header = Some(header);
        Ok(())
    }

    /// What the end of the file means.
    fn end(&self) -> Option<Result<Row, RowError>> {
        if self.seen || self.allow_empty {
            return None;
        }
        Some(Err(RowError::Fatal(Error::NoRows {
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

/// Opens a file, telling apart what people get wrong most.
pub(crate) fn open_file(path: &Path) -> Result<File, Error> {
    match fs_err::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            return Err(Error::IsFolder {
                path: path.to_path_buf(),
            });
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Error::MissingFile {
                path: path.to_path_buf(),
            });
        }
        Err(error) => return Err(read_error(path, error)),
    }
    File::open(path).map_err(|error| read_error(path, error))
}

fn read_error(path: &Path, source: io::Error) -> Error {
    Error::Read {
        path: path.to_path_buf(),
        source,
    }
}

/// One JSON array over the whole file, rather than one bad line.
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
        Line::Whole => {}
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
    limit: usize,
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
        DelimitedRow::TooLong => return Err(bad(BadRowReason::TooLong { limit }, None)),
        DelimitedRow::Whole => {}
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
        .check(table_record(fields, &rules.names))
        .map_err(|reason| bad(reason, Some(raw)))?;
    Ok(Some(Row { record, line, offset }))
}

fn plain_record(text: &str, names: &Arc<FieldNames>) -> Record {
    let mut fields = Map::new();
    fields.insert(names.text.clone(), Value::String(text.to_string()));
    table_record(fields, names)
}

fn table_record(map: Map<String, Value>, names: &Arc<FieldNames>) -> Record {
    let verbatim = Vec::new();
    Record::from_fields(Fields { map, verbatim }, names)
}

fn undecodable(offset: u64, valid: usize) -> BadRowReason {
    BadRowReason::Undecodable {
        encoding: "UTF-8",
        offset: offset + valid as u64,
    }
}

fn check_string(record: &Record, field: &str) -> Result<(), BadRowReason> {
    let name = || field.to_string();
    match record.get(field) {
        Some(Value::String(text)) if text.trim().is_empty() => {
            Err(BadRowReason::EmptyField { field: name() })
        }
        Some(Value::String(_)) => Ok(()),
        Some(other) => Err(BadRowReason::NotAString {
            field: name(),
            found: kind(other),
        }),
        None => Err(BadRowReason::MissingField {
            field: name(),
            present: record.fields().keys().cloned().collect(),
        }),
    }
}
