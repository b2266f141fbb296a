//! CSV and TSV rows with exact positions, unclosed quotes and a limit on the size of a row.
//!
//! The rules of quoting are RFC 4180's, read as leniently as spreadsheets and the `csv` crate do:
//! a quote within an unquoted field is a character, and text after a closing quote is appended.
//! They are read here rather than by that crate because a message needs the line of the row and of
//! the quote that was not closed, also where fields span lines and lines end with CR or CRLF.

use std::io::BufRead;
use std::path::Path;

use crate::error::Error;

use super::lines::BOM;

/// What stands at the current row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DelimitedRow {
    /// A row, in [`Delimited::field`].
    Whole,
    /// A row longer than the limit; it was skipped.
    TooLong,
    /// The file has ended.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote within a quoted field: the end of it, or the first of two.
    QuoteInQuoted,
}

/// Reads rows of fields.
pub(super) struct Delimited<'a> {
    input: Box<dyn BufRead + Send + 'a>,
    limit: usize,
    delimiter: u8,
    /// The delimiter is not to be looked for.
    stated: bool,
    quoting: bool,
    started: bool,
    /// The bytes of the row as they stand in the file, without the line end.
    raw: Vec<u8>,
    /// The fields one after the other, without quotes.
    fields: Vec<u8>,
    /// End of each field in `fields`.
    ends: Vec<usize>,
    /// Line of the next byte, from 1.
    next_line: u64,
    /// Offset of the next byte.
    next_offset: u64,
    /// Offset of the first byte of the current physical line.
    line_start: u64,
    line: u64,
    offset: u64,
    /// Line and column at which the last quoted field opened.
    quote: (u64, u64),
    /// The last byte was a CR that ended a line: a LF belongs to it.
    after_cr: bool,
}

impl<'a> Delimited<'a> {
    pub(super) fn new(
        input: Box<dyn BufRead + Send + 'a>,
        limit: usize,
        delimiter: u8,
        quoting: bool,
    ) -> Self {
        Self {
            input,
            limit,
            delimiter,
            stated: false,
            quoting,
            started: false,
            raw: Vec::new(),
            fields: Vec::new(),
            ends: Vec::new(),
            next_line: 1,
            next_offset: 0,
            line_start: 0,
            line: 1,
            offset: 0,
            quote: (1, 1),
            after_cr: false,
        }
    }

    /// Keeps the delimiter whatever the header looks like.
    pub(super) fn with_stated_delimiter(mut self) -> Self {
        self.stated = true;
        self
    }

    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    pub(super) fn line(&self) -> u64 {
        self.line
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    pub(super) fn n_fields(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn field(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.fields[start..self.ends[index]]
    }

    /// Reads the first row as column names; `None` for an empty file, and when it was read before.
    ///
    /// Unless the delimiter was stated, it is looked for: one by which the header has this column.
    pub(super) fn read_header(&mut self, path: &Path, column: &str) -> Result<Option<Vec<String>>, Error> {
        if self.started {
            return Ok(None);
        }
        self.started = true;
        let mut row = self.next_row(path)?;
        if let [b's', b'e', b'p', b'=', delimiter] = self.raw[..]
            && !self.stated
        {
            self.delimiter = delimiter;
            self.stated = true;
            row = self.next_row(path)?;
        }
        match row {
            DelimitedRow::End => return Ok(None),
            DelimitedRow::TooLong => {
                return Err(Error::LongHeader {
                    path: path.to_path_buf(),
                    limit: self.limit,
                });
            }
            DelimitedRow::Whole => {}
        }
        self.detect_delimiter(column);
        let mut names: Vec<String> = Vec::with_capacity(self.n_fields());
        for index in 0..self.n_fields() {
            let name = std::str::from_utf8(self.field(index)).map_err(|_| Error::UndecodableHeader {
                path: path.to_path_buf(),
            })?;
            // Spreadsheets write empty columns, in the middle and at the end; they have no name that could be asked for.
            let name = match name.trim() {
                "" => format!("column {}", index + 1),
                _ => name.to_string(),
            };
            if names.contains(&name) {
                return Err(Error::RepeatedColumn {
                    path: path.to_path_buf(),
                    column: name,
                });
            }
            names.push(name);
        }
        Ok(Some(names))
    }

    /// Takes the current row apart by other delimiters until it has the column.
    fn detect_delimiter(&mut self, column: &str) {
        let has_column =
            |this: &Self| (0..this.n_fields()).any(|index| this.field(index) == column.as_bytes());
        if self.stated || has_column(self) {
            return;
        }
        let usual = self.delimiter;
        for delimiter in [b',', b';', b'\t', b'|'] {
            self.delimiter = delimiter;
            self.parse_raw_again();
            if has_column(self) {
                return;
            }
        }
        self.delimiter = usual;
        self.parse_raw_again();
    }

    fn parse_raw_again(&mut self) {
        self.fields.clear();
        self.ends.clear();
        let mut state = State::FieldStart;
        for &byte in &self.raw {
            state = step(
                byte,
                state,
                self.delimiter,
                self.quoting,
                false,
                &mut self.fields,
                &mut self.ends,
            );
        }
        self.ends.push(self.fields.len());
    }

    /// Moves on to the next row that is not a blank line.
    pub(super) fn next_row(&mut self, path: &Path) -> Result<DelimitedRow, Error> {
        loop {
            let row = self.next_physical_row(path)?;
            let blank =
                row == DelimitedRow::Whole && self.raw.trim_ascii().is_empty() && self.n_fields() == 1;
            if !blank {
                return Ok(row);
            }
        }
    }

    fn next_physical_row(&mut self, path: &Path) -> Result<DelimitedRow, Error> {
        self.raw.clear();
        self.fields.clear();
        self.ends.clear();
        let mut state = State::FieldStart;
        let mut begun = false;
        let mut too_long = false;
        loop {
            let chunk = self.input.fill_buf().map_err(|source| Error::Read {
                path: path.to_path_buf(),
                source,
            })?;
            if chunk.is_empty() {
                return self.end_of_file(path, state, begun, too_long);
            }
            let mut used = 0;
            let mut ended = false;
            if self.next_offset == 0 && chunk.starts_with(BOM) {
                used = BOM.len();
                self.next_offset = used as u64;
                self.line_start = used as u64;
            }
            while used < chunk.len() && !ended {
                let byte = chunk[used];
                if self.after_cr {
                    self.after_cr = false;
                    if byte == b'\n' {
                        // The second half of a CRLF: its line was counted at the CR.
                        if state == State::Quoted {
                            self.raw.push(byte);
                            self.fields.push(byte);
                        }
                        used += 1;
                        self.next_offset += 1;
                        self.line_start = self.next_offset;
                        continue;
                    }
                }
                if !begun {
                    begun = true;
                    self.line = self.next_line;
                    self.offset = self.next_offset;
                }
                let line_break = byte == b'\n' || byte == b'\r';
                ended = line_break && state != State::Quoted;
                if !ended {
                    if self.raw.len() < self.limit {
                        self.raw.push(byte);
                    } else if state == State::Quoted {
                        let (line, column) = self.quote;
                        return Err(Error::UnclosedQuote {
                            path: path.to_path_buf(),
                            line,
                            column,
                            limit: Some(self.limit),
                        });
                    } else {
                        too_long = true;
                    }
                    if self.quoting && byte == b'"' && state == State::FieldStart {
                        self.quote = (self.next_line, self.next_offset - self.line_start + 1);
                    }
                    state = step(
                        byte,
                        state,
                        self.delimiter,
                        self.quoting,
                        too_long,
                        &mut self.fields,
                        &mut self.ends,
                    );
                }
                used += 1;
                self.next_offset += 1;
                if line_break {
                    self.next_line += 1;
                    self.line_start = self.next_offset;
                    self.after_cr = byte == b'\r';
                }
            }
            self.input.consume(used);
            if ended {
                self.ends.push(self.fields.len());
                return Ok(if too_long {
                    DelimitedRow::TooLong
                } else {
                    DelimitedRow::Whole
                });
            }
        }
    }

    fn end_of_file(
        &mut self,
        path: &Path,
        state: State,
        begun: bool,
        too_long: bool,
    ) -> Result<DelimitedRow, Error> {
        if state == State::Quoted {
            let (line, column) = self.quote;
            return Err(Error::UnclosedQuote {
                path: path.to_path_buf(),
                line,
                column,
                limit: None,
            });
        }
        if !begun {
            return Ok(DelimitedRow::End);
        }
        self.ends.push(self.fields.len());
        Ok(if too_long {
            DelimitedRow::TooLong
        } else {
            DelimitedRow::Whole
        })
    }
}

/// Takes one byte that does not end the row. Nothing is kept of a row that is too long.
fn step(
    byte: u8,
    state: State,
    delimiter: u8,
    quoting: bool,
    discard: bool,
    fields: &mut Vec<u8>,
    ends: &mut Vec<usize>,
) -> State {
    let mut keep = |byte| {
        if !discard {
            fields.push(byte);
        }
    };
    match (state, byte) {
        (State::Quoted, b'"') => State::QuoteInQuoted,
        (State::Quoted, _) => {
            keep(byte);
            State::Quoted
        }
        (State::QuoteInQuoted, b'"') => {
            keep(byte);
            State::Quoted
        }
        (_, _) if byte == delimiter => {
            if !discard {
                ends.push(fields.len());
            }
            State::FieldStart
        }
        (State::FieldStart, b'"') if quoting => State::Quoted,
        (State::FieldStart | State::Unquoted | State::QuoteInQuoted, _) => {
            keep(byte);
            State::Unquoted
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(data: &[u8]) -> Vec<(u64, u64, Vec<String>)> {
        let mut source = Delimited::new(Box::new(data), 1000, b',', true);
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
    fn fields_are_read_as_the_csv_crate_reads_them() {
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
    fn positions_are_those_of_a_text_editor() {
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
    fn an_unclosed_quote_is_named_where_it_opens() {
        let mut source = Delimited::new(Box::new(&b"a,b\n1,2\n3,\"x\ny\n"[..]), 1000, b',', true);
        source.next_row(Path::new("x")).unwrap();
        source.next_row(Path::new("x")).unwrap();
        let error = source.next_row(Path::new("x")).unwrap_err();
        assert!(
            matches!(
                error,
                Error::UnclosedQuote {
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
        let mut source = Delimited::new(Box::new(&b"123456789,x\n1,2\n\"34567890"[..]), 5, b',', true);
        assert_eq!(source.next_row(Path::new("x")).unwrap(), DelimitedRow::TooLong);
        assert_eq!(source.next_row(Path::new("x")).unwrap(), DelimitedRow::Whole);
        assert_eq!((source.line(), source.raw()), (2, &b"1,2"[..]));
        let error = source.next_row(Path::new("x")).unwrap_err();
        assert!(
            matches!(
                error,
                Error::UnclosedQuote {
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
        let mut source = Delimited::new(Box::new(&b"\"a\t\"b\"\n"[..]), 1000, b'\t', false);
        source.next_row(Path::new("x")).unwrap();
        assert_eq!((source.field(0), source.field(1)), (&b"\"a"[..], &b"\"b\""[..]));
    }
}
