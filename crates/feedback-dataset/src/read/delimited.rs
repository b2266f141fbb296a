//! Reads CSV and TSV rows: reports exact positions and unclosed quotes, and limits the size of a row.
//!
//! Quoting follows RFC 4180 and is as lenient as in spreadsheets and the `csv` crate: a quote within an unquoted field is an
//! ordinary character, and text after a closing quote is appended to the field. The `csv` crate is not used for reading because
//! it does not report where an unclosed quote was opened, cannot limit the size of a row, and does not return the row as it is
//! in the file.

use std::io::BufRead;
use std::path::Path;

use crate::error::ReadError;
use crate::open::read_error;
use crate::read::field_buffer::{Dialect, FieldBuffer, State};
use crate::read::lines::BOM;

/// The result of moving to the next row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DelimitedRow {
    /// A complete row; [`Delimited::field`] returns its fields.
    Complete,
    /// A row longer than the limit; it was skipped.
    TooLong,
    /// The file has ended.
    End,
}

/// Reads rows of fields.
pub(super) struct Delimited<'a> {
    input: Box<dyn BufRead + Send + 'a>,
    row: RowParser,
}

impl<'a> Delimited<'a> {
    pub(super) fn new(input: Box<dyn BufRead + Send + 'a>, limit: usize, dialect: Dialect) -> Self {
        Self {
            input,
            row: RowParser::new(limit, dialect),
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.row.dialect
    }

    pub(super) fn limit(&self) -> usize {
        self.row.limit
    }

    /// Line on which the row begins, from 1.
    pub(super) fn line(&self) -> u64 {
        self.row.line
    }

    /// Offset of the row in the file.
    pub(super) fn offset(&self) -> u64 {
        self.row.offset
    }

    /// The row as it is in the file, without the line end.
    pub(super) fn raw(&self) -> &[u8] {
        &self.row.raw
    }

    pub(super) fn n_fields(&self) -> usize {
        self.row.fields.len()
    }

    pub(super) fn field(&self, index: usize) -> &[u8] {
        self.row.fields.get(index)
    }

    /// Changes the delimiter for all following rows, and parses the current row again with the new delimiter.
    pub(super) fn set_delimiter(&mut self, delimiter: u8) {
        self.row.dialect.delimiter = delimiter;
        self.row.fields.parse(&self.row.raw, self.row.dialect);
    }

    /// Moves to the next row that is not a blank line.
    pub(super) fn next_row(&mut self, path: &Path) -> Result<DelimitedRow, ReadError> {
        loop {
            let row = self.next_physical_row(path)?;
            let blank = row == DelimitedRow::Complete
                && self.row.raw.trim_ascii().is_empty()
                && self.row.fields.len() == 1;
            if !blank {
                return Ok(row);
            }
        }
    }

    fn next_physical_row(&mut self, path: &Path) -> Result<DelimitedRow, ReadError> {
        self.row.clear();
        loop {
            let chunk = self.input.fill_buf().map_err(|source| read_error(path, source))?;
            if chunk.is_empty() {
                return self.row.end_of_file().map_err(|quote| quote.error(path));
            }
            let taken = self.row.take_chunk(chunk).map_err(|quote| quote.error(path))?;
            self.input.consume(taken.bytes);
            if taken.ended {
                return Ok(self.row.end());
            }
        }
    }
}

/// A quoted field that is not closed.
struct OpenQuote {
    line: u64,
    column: u64,
    limit: Option<usize>,
}

impl OpenQuote {
    fn error(self, path: &Path) -> ReadError {
        ReadError::UnclosedQuote {
            path: path.to_path_buf(),
            line: self.line,
            column: self.column,
            limit: self.limit,
        }
    }
}

/// The result of taking bytes of a chunk.
struct Taken {
    /// Number of bytes taken.
    bytes: usize,
    /// Whether the row ended with the last of these bytes.
    ended: bool,
}

/// The row that is being read, and the position in the file.
struct RowParser {
    limit: usize,
    dialect: Dialect,
    raw: Vec<u8>,
    fields: FieldBuffer,
    state: State,
    begun: bool,
    too_long: bool,
    line: u64,
    offset: u64,
    /// Line of the next byte, from 1.
    next_line: u64,
    /// Offset of the next byte.
    next_offset: u64,
    /// Offset of the first byte of the current physical line.
    line_start: u64,
    /// Line and column at which the last quoted field was opened.
    quote: (u64, u64),
    /// True if the last byte was a CR that ended a line: an LF directly after it belongs to the same line end.
    after_cr: bool,
}

impl RowParser {
    fn new(limit: usize, dialect: Dialect) -> Self {
        Self {
            limit,
            dialect,
            raw: Vec::new(),
            fields: FieldBuffer::default(),
            state: State::FieldStart,
            begun: false,
            too_long: false,
            line: 1,
            offset: 0,
            next_line: 1,
            next_offset: 0,
            line_start: 0,
            quote: (1, 1),
            after_cr: false,
        }
    }

    fn clear(&mut self) {
        self.raw.clear();
        self.fields.clear();
        self.state = State::FieldStart;
        self.begun = false;
        self.too_long = false;
    }

    fn end(&mut self) -> DelimitedRow {
        self.fields.end_row();
        if self.too_long {
            DelimitedRow::TooLong
        } else {
            DelimitedRow::Complete
        }
    }

    fn end_of_file(&mut self) -> Result<DelimitedRow, OpenQuote> {
        if self.state == State::Quoted {
            return Err(self.open_quote(None));
        }
        if !self.begun {
            return Ok(DelimitedRow::End);
        }
        Ok(self.end())
    }

    /// Takes the bytes of a chunk up to the end of the row.
    fn take_chunk(&mut self, chunk: &[u8]) -> Result<Taken, OpenQuote> {
        let mut bytes = 0;
        if self.next_offset == 0 && chunk.starts_with(BOM) {
            bytes = BOM.len();
            self.next_offset = bytes as u64;
            self.line_start = bytes as u64;
        }
        let mut ended = false;
        while bytes < chunk.len() && !ended {
            ended = self.take_byte(chunk[bytes])?;
            bytes += 1;
        }
        Ok(Taken { bytes, ended })
    }

    /// Returns whether the byte ends the row.
    #[inline]
    fn take_byte(&mut self, byte: u8) -> Result<bool, OpenQuote> {
        if std::mem::take(&mut self.after_cr) && byte == b'\n' {
            self.take_second_half_of_crlf();
            return Ok(false);
        }
        if !self.begun {
            self.begun = true;
            self.line = self.next_line;
            self.offset = self.next_offset;
        }
        let line_break = byte == b'\n' || byte == b'\r';
        let ended = line_break && self.state != State::Quoted;
        if !ended {
            self.keep(byte)?;
        }
        self.next_offset += 1;
        if line_break {
            self.next_line += 1;
            self.line_start = self.next_offset;
            self.after_cr = byte == b'\r';
        }
        Ok(ended)
    }

    /// Takes the LF of a CRLF. The line was already counted at the CR.
    fn take_second_half_of_crlf(&mut self) {
        if self.state == State::Quoted {
            self.raw.push(b'\n');
            self.state = self.fields.push(b'\n', self.state, self.dialect);
        }
        self.next_offset += 1;
        self.line_start = self.next_offset;
    }

    /// Adds a byte to the row. Once the row is too long, bytes are dropped, but quotes are still tracked to find the row's end.
    #[inline]
    fn keep(&mut self, byte: u8) -> Result<(), OpenQuote> {
        if self.raw.len() >= self.limit {
            if self.state == State::Quoted {
                return Err(self.open_quote(Some(self.limit)));
            }
            self.too_long = true;
            self.fields.clear();
        } else {
            self.raw.push(byte);
        }
        if self.dialect.quoting && byte == b'"' && self.state == State::FieldStart {
            self.quote = (self.next_line, self.next_offset - self.line_start + 1);
        }
        self.state = self.fields.push(byte, self.state, self.dialect);
        Ok(())
    }

    fn open_quote(&self, limit: Option<usize>) -> OpenQuote {
        let (line, column) = self.quote;
        OpenQuote { line, column, limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAS: Dialect = Dialect {
        delimiter: b',',
        quoting: true,
    };

    fn rows(data: &[u8]) -> Vec<(u64, u64, Vec<String>)> {
        let mut source = Delimited::new(Box::new(data), 1000, COMMAS);
        let mut found = Vec::new();
        while source.next_row(Path::new("x")).unwrap() != DelimitedRow::End {
            let fields =
                (0..source.n_fields()).map(|index| String::from_utf8_lossy(source.field(index)).into_owned());
            found.push((source.line(), source.offset(), fields.collect()));
        }
        found
    }

    fn fields(data: &[u8]) -> Vec<Vec<String>> {
        rows(data).into_iter().map(|(_, _, fields)| fields).collect()
    }

    #[test]
    fn fields_are_the_same_as_from_the_csv_crate() {
        let cases: [&[u8]; 14] = [
            b"a,b\n1,2\n",
            b"a,b\r\n1,2\r\n",
            b"a,b\r1,2\r",
            b"\"a\"\"b\",c",
            b"\"a\nb\",c\n\"d\r\ne\",f\n",
            b"ab\"c,d\n",
            b"\"ab\"c,d\n",
            b"\"ab\"\"\"c,\"\"\n",
            b",\n,,\n",
            b"\"\"\n",
            b"a\n\n\nb\n",
            b"a,\"b\"",
            b" \"a\",b\n",
            b"\"x\",\n",
        ];
        for data in cases {
            let mut oracle = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(data);
            let expected: Vec<Vec<String>> = oracle
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            assert_eq!(fields(data), expected, "{}", String::from_utf8_lossy(data));
        }
    }

    #[test]
    fn positions_agree_with_a_text_editor() {
        let place = |data: &[u8]| {
            rows(data)
                .iter()
                .map(|(line, offset, _)| (*line, *offset))
                .collect::<Vec<_>>()
        };
        assert_eq!(place(b"a,b\n\"1\n2\",3\nx,y\n"), [(1, 0), (2, 4), (4, 12)]);
        assert_eq!(
            place(b"\xEF\xBB\xBFa,b\r\n\"1\r\n2\",3\r\n\r\nx,y\r\n"),
            [(1, 3), (2, 8), (5, 20)]
        );
        assert_eq!(place(b"a\rb\r\rc"), [(1, 0), (2, 2), (4, 5)]);
    }

    #[test]
    fn an_unclosed_quote_is_reported_where_it_opens() {
        let mut source = Delimited::new(Box::new(&b"a,b\n1,2\n3,\"x\ny\n"[..]), 1000, COMMAS);
        source.next_row(Path::new("x")).unwrap();
        source.next_row(Path::new("x")).unwrap();
        let error = source.next_row(Path::new("x")).unwrap_err();
        assert!(
            matches!(
                error,
                ReadError::UnclosedQuote {
                    line: 3,
                    column: 3,
                    limit: None,
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn long_rows_are_skipped_and_long_quoted_fields_end_reading() {
        let mut source = Delimited::new(Box::new(&b"123456789,x\n1,2\n\"34567890"[..]), 5, COMMAS);
        assert_eq!(source.next_row(Path::new("x")).unwrap(), DelimitedRow::TooLong);
        assert_eq!(source.next_row(Path::new("x")).unwrap(), DelimitedRow::Complete);
        assert_eq!((source.line(), source.raw()), (2, &b"1,2"[..]));
        let error = source.next_row(Path::new("x")).unwrap_err();
        assert!(
            matches!(
                error,
                ReadError::UnclosedQuote {
                    line: 3,
                    column: 1,
                    limit: Some(5),
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn without_quoting_a_quote_is_a_character() {
        let tabs = Dialect {
            delimiter: b'\t',
            quoting: false,
        };
        let mut source = Delimited::new(Box::new(&b"\"a\t\"b\"\n"[..]), 1000, tabs);
        source.next_row(Path::new("x")).unwrap();
        assert_eq!((source.field(0), source.field(1)), (&b"\"a"[..], &b"\"b\""[..]));
    }
}
