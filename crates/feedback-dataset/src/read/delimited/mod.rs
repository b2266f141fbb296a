//! Reads CSV and TSV rows: reports exact positions, and limits the size of a row.
//!
//! Quoting follows RFC 4180, and a quote within an unquoted field is an ordinary character. Text may follow a closing quote on
//! the line on which the field was opened. If only one reading of the row is possible, the row is read in this way
//! (`stray_quotes`). In a row with `\"`, this is read as a quote if the row fits the header only then, or if only then all its
//! fields are in quotes like those of the header (`escaped_quotes`). If the field was opened on an earlier line, or is never
//! closed, its opening quote was probably part of a text: the row is bad, and the next line is read, so that none is lost. The
//! `csv` crate does none of this, cannot limit the size of a row, and does not return the row as it is in the file.

use std::io::BufRead;
use std::path::Path;

use crate::error::ReadError;
use crate::open::read_error;
use crate::read::field_buffer::Dialect;
use crate::read::row_parser::{RowEnd, RowParser};

/// The result of moving to the next row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DelimitedRow {
    /// A complete row; [`Delimited::field`] returns its fields.
    Complete,
    /// A row longer than the limit; it was skipped.
    TooLong,
    /// A row with a quote that is opened at this line and column and not closed. Its last line is the line of the quote.
    UnclosedQuote { line: u64, column: u64 },
    /// A row in which text follows the closing quote at this line and column.
    TextAfterQuote { line: u64, column: u64 },
    /// This many blank lines or rows of empty fields.
    Blank { lines: u64 },
    /// The file has ended.
    End,
}

/// Reads rows of fields.
pub(super) struct Delimited<'a> {
    input: Box<dyn BufRead + Send + 'a>,
    row: RowParser,
    /// Bytes that are read again, from `again_from`, before the input.
    again: Vec<u8>,
    again_from: usize,
    /// Line and offset of the current row or of the first of several blank lines.
    place: (u64, u64),
    /// The row after blank lines, which were returned first.
    held: Option<DelimitedRow>,
    /// The current row, if it is still to be returned.
    peeked: Option<DelimitedRow>,
}

impl<'a> Delimited<'a> {
    pub(super) fn new(input: Box<dyn BufRead + Send + 'a>, limit: usize, dialect: Dialect) -> Self {
        Self {
            input,
            row: RowParser::new(limit, dialect),
            again: Vec::new(),
            again_from: 0,
            place: (1, 0),
            held: None,
            peeked: None,
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.row.dialect
    }

    pub(super) fn has_byte_order_mark(&self) -> bool {
        self.row.has_byte_order_mark
    }

    pub(super) fn limit(&self) -> usize {
        self.row.limit
    }

    /// Line on which the row begins, from 1.
    pub(super) fn line(&self) -> u64 {
        self.place.0
    }

    /// Offset of the row in the file.
    pub(super) fn offset(&self) -> u64 {
        self.place.1
    }

    /// The row as it is in the file, without the line end.
    pub(super) fn raw(&self) -> &[u8] {
        self.row.raw()
    }

    pub(super) fn n_fields(&self) -> usize {
        self.row.fields.len()
    }

    pub(super) fn field(&self, index: usize) -> &[u8] {
        self.row.fields.get(index)
    }

    /// The first `n` fields, one after the other, and where each ends; `None` if one is not UTF-8.
    pub(super) fn cells(&self, n: usize) -> Option<(Box<str>, Box<[usize]>)> {
        self.row.fields.texts(n)
    }

    /// The same, with bytes that are not UTF-8 replaced.
    pub(super) fn cells_lossy(&self, n: usize) -> (Box<str>, Box<[usize]>) {
        self.row.fields.texts_lossy(n)
    }

    /// True if the row has as many fields as the header, not counting empty fields after them.
    pub(super) fn fits(&self, n_columns: usize) -> bool {
        self.row.fields.fits(n_columns)
    }

    /// Takes the current row as the header, which has this many columns. It decides how quotes are read if there are several ways.
    pub(super) fn expect_fields(&mut self, n_columns: usize) {
        self.row.expect_fields(n_columns);
    }

    /// Expects one field more than the header has.
    pub(super) fn expect_one_more(&mut self) {
        self.row.expected = self.row.expected.map(|n_columns| n_columns + 1);
    }

    /// Changes the dialect for all following rows, and parses the current row again with the new dialect.
    pub(super) fn set_dialect(&mut self, dialect: Dialect) {
        self.row.dialect = dialect;
        self.row.parse_again();
    }

    /// Whether the rows have names before their first column, as R writes them: the first one begins with `"1"`, and has one field more than
    /// the header.
    pub(super) fn has_row_names(&mut self, n_columns: usize, path: &Path) -> Result<bool, ReadError> {
        let row = self.next_row(path)?;
        self.peeked = Some(row);
        let is_longer = row == DelimitedRow::Complete && self.n_fields() == n_columns + 1;
        Ok(is_longer && self.raw().starts_with(b"\"1\""))
    }

    /// Moves to the next row. Blank lines before it are returned first; those at the end of the file are ignored. A row of empty
    /// fields counts as one blank line that is not ignored.
    pub(super) fn next_row(&mut self, path: &Path) -> Result<DelimitedRow, ReadError> {
        if let Some(row) = self.peeked.take() {
            return Ok(row);
        }
        if let Some(row) = self.held.take() {
            self.place = self.row.place();
            return Ok(row);
        }
        let mut lines = 0;
        loop {
            let mut row = self.next_line(path)?;
            if lines == 0 {
                self.place = self.row.place();
            }
            if row == DelimitedRow::Complete {
                match self.row.delimiters_of_blank() {
                    Some(0) => {
                        lines += 1;
                        continue;
                    }
                    Some(_) => row = DelimitedRow::Blank { lines: 1 },
                    None => {}
                }
            }
            if lines == 0 || row == DelimitedRow::End {
                return Ok(row);
            }
            self.held = Some(row);
            return Ok(DelimitedRow::Blank { lines });
        }
    }

    /// Moves to the next row, which can be a blank line.
    pub(super) fn next_line(&mut self, path: &Path) -> Result<DelimitedRow, ReadError> {
        self.row.clear();
        loop {
            let is_again = self.again_from < self.again.len();
            let chunk = match is_again {
                true => &self.again[self.again_from..],
                false => self.input.fill_buf().map_err(|source| read_error(path, source))?,
            };
            let (bytes, end) = match chunk {
                [] => (0, Some(self.row.end_of_file())),
                _ => self.row.take_chunk(chunk),
            };
            match is_again {
                true => self.again_from += bytes,
                false => self.input.consume(bytes),
            }
            if let Some(end) = end {
                return Ok(self.end_row(end));
            }
        }
    }

    fn end_row(&mut self, end: RowEnd) -> DelimitedRow {
        match end {
            RowEnd::Complete => DelimitedRow::Complete,
            RowEnd::TooLong => DelimitedRow::TooLong,
            RowEnd::EndOfFile => DelimitedRow::End,
            RowEnd::TextAfterQuote { line, column } => DelimitedRow::TextAfterQuote { line, column },
            RowEnd::UnclosedQuote { line, column } => {
                let rest = self.row.cut_after_quote();
                self.read_again(rest);
                DelimitedRow::UnclosedQuote { line, column }
            }
            RowEnd::Earlier { end } => {
                let rest = self.row.cut(end);
                self.read_again(rest);
                let end = self.row.end_after_cut();
                self.end_row(end)
            }
        }
    }

    fn read_again(&mut self, rest: Vec<u8>) {
        // Bytes that are already read again are not copied, so the time for reading them remains linear.
        if self.again[..self.again_from].ends_with(&rest) {
            self.again_from -= rest.len();
        } else {
            self.again.drain(..self.again_from);
            self.again.splice(..0, rest);
            self.again_from = 0;
        }
    }
}

#[cfg(test)]
mod tests;
