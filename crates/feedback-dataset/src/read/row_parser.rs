//! Takes the bytes of CSV and TSV rows, and keeps track of the position in the file.

use memchr::{memchr2, memchr3};

use crate::read::field_buffer::{Dialect, FieldBuffer, State};
use crate::read::lines::BOM;
use crate::read::stray_quotes;

/// How a row ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowEnd {
    Complete,
    TooLong,
    /// The quote at this position is not closed, or only on a later line with text after the closing quote.
    UnclosedQuote {
        line: u64,
        column: u64,
    },
    TextAfterQuote {
        line: u64,
        column: u64,
    },
    EndOfFile,
}

/// The row that is being read, and the position in the file.
pub(super) struct RowParser {
    pub(super) limit: usize,
    pub(super) dialect: Dialect,
    pub(super) fields: FieldBuffer,
    /// The number of columns, once it is known.
    pub(super) expected: Option<usize>,
    raw: Vec<u8>,
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
    /// Where the last quoted field was opened.
    quote: Quote,
    /// Line and column of the closing quote that text follows.
    stray: (u64, u64),
    /// True if the last byte was a CR that ended a line: an LF directly after it belongs to the same line end.
    after_cr: bool,
}

#[derive(Clone, Copy)]
struct Quote {
    line: u64,
    column: u64,
    /// Position in `raw`.
    at: usize,
}

impl RowParser {
    pub(super) fn new(limit: usize, dialect: Dialect) -> Self {
        Self {
            limit,
            dialect,
            fields: FieldBuffer::default(),
            expected: None,
            raw: Vec::new(),
            state: State::FieldStart,
            begun: false,
            too_long: false,
            line: 1,
            offset: 0,
            next_line: 1,
            next_offset: 0,
            line_start: 0,
            quote: Quote {
                line: 1,
                column: 1,
                at: 0,
            },
            stray: (1, 1),
            after_cr: false,
        }
    }

    /// The line and the offset at which the row begins.
    pub(super) fn place(&self) -> (u64, u64) {
        (self.line, self.offset)
    }

    /// The row as it is in the file, without the line end.
    pub(super) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Number of delimiters, if the row is only white space and delimiters.
    pub(super) fn delimiters_of_blank(&self) -> Option<usize> {
        let n_fields = self.fields.len();
        let is_empty = |index: usize| self.fields.get(index).trim_ascii().is_empty();
        let is_blank = match n_fields {
            1 => self.raw.trim_ascii().is_empty(),
            _ => (0..n_fields).all(is_empty),
        };
        is_blank.then_some(n_fields - 1)
    }

    pub(super) fn clear(&mut self) {
        self.raw.clear();
        self.fields.clear();
        self.state = State::FieldStart;
        self.begun = false;
        self.too_long = false;
    }

    /// Parses the current row again, after the dialect has changed.
    pub(super) fn parse_again(&mut self) {
        self.fields.clear();
        let mut state = State::FieldStart;
        for &byte in &self.raw {
            state = self.fields.push(byte, state, self.dialect);
        }
        match state {
            State::TextAfterQuote => {
                stray_quotes::parse(&self.raw, self.dialect, self.expected, &mut self.fields);
            }
            _ => self.fields.end_field(),
        }
    }

    fn end(&mut self) -> RowEnd {
        if self.too_long {
            self.fields.clear();
            return RowEnd::TooLong;
        }
        if self.state != State::TextAfterQuote {
            self.fields.end_field();
            return RowEnd::Complete;
        }
        match stray_quotes::parse(&self.raw, self.dialect, self.expected, &mut self.fields) {
            true => RowEnd::Complete,
            false => RowEnd::TextAfterQuote {
                line: self.stray.0,
                column: self.stray.1,
            },
        }
    }

    pub(super) fn end_of_file(&mut self) -> RowEnd {
        match self.state {
            State::Quoted => self.unclosed_quote(),
            _ if self.begun => self.end(),
            _ => RowEnd::EndOfFile,
        }
    }

    fn unclosed_quote(&self) -> RowEnd {
        RowEnd::UnclosedQuote {
            line: self.quote.line,
            column: self.quote.column,
        }
    }

    /// Cuts the row at the end of the line on which the last quote was opened. Returns the bytes after this line.
    pub(super) fn cut_after_quote(&mut self) -> Vec<u8> {
        let line = &self.raw[self.quote.at..];
        let Some(length) = memchr2(b'\n', b'\r', line) else {
            return Vec::new();
        };
        let line_end = if line[length..].starts_with(b"\r\n") { 2 } else { 1 };
        let end = self.quote.at + length;
        let rest = self.raw.split_off(end + line_end);
        self.after_cr = rest.is_empty() && self.raw.ends_with(b"\r");
        self.raw.truncate(end);
        self.next_line = self.quote.line + 1;
        self.next_offset = self.offset + (end + line_end) as u64;
        self.line_start = self.next_offset;
        rest
    }

    /// Takes the bytes of a chunk up to the end of the row. Returns the number of bytes taken, and how the row ended, if it did.
    pub(super) fn take_chunk(&mut self, chunk: &[u8]) -> (usize, Option<RowEnd>) {
        let mut bytes = 0;
        if self.next_offset == 0 && chunk.starts_with(BOM) {
            bytes = BOM.len();
            self.next_offset = bytes as u64;
            self.line_start = bytes as u64;
        }
        while bytes < chunk.len() {
            bytes += self.take_run(&chunk[bytes..]);
            let Some(&byte) = chunk.get(bytes) else { break };
            bytes += 1;
            if let Some(end) = self.take_byte(byte) {
                return (bytes, Some(end));
            }
        }
        (bytes, None)
    }

    /// Takes the bytes before the next byte that can change the state. Returns their number.
    #[inline]
    fn take_run(&mut self, chunk: &[u8]) -> usize {
        if self.after_cr || self.too_long {
            return 0;
        }
        let run = match self.state {
            State::Unquoted => memchr3(self.dialect.delimiter, b'\n', b'\r', chunk),
            State::Quoted => memchr3(b'"', b'\n', b'\r', chunk),
            State::TextAfterQuote => memchr2(b'\n', b'\r', chunk),
            State::FieldStart | State::QuoteInQuoted => return 0,
        };
        let n = run
            .unwrap_or(chunk.len())
            .min(self.limit.saturating_sub(self.raw.len()));
        self.raw.extend_from_slice(&chunk[..n]);
        if self.state != State::TextAfterQuote {
            self.fields.extend(&chunk[..n]);
        }
        self.next_offset += n as u64;
        n
    }

    /// Returns how the row ends if this byte ends it.
    #[inline]
    fn take_byte(&mut self, byte: u8) -> Option<RowEnd> {
        if std::mem::take(&mut self.after_cr) && byte == b'\n' {
            self.take_second_half_of_crlf();
            return None;
        }
        if !self.begun {
            self.begun = true;
            (self.line, self.offset) = (self.next_line, self.next_offset);
        }
        let line_break = byte == b'\n' || byte == b'\r';
        let end = match line_break && self.state != State::Quoted {
            true => Some(self.end()),
            false => self.keep(byte),
        };
        self.next_offset += 1;
        if line_break {
            self.next_line += 1;
            self.line_start = self.next_offset;
            self.after_cr = byte == b'\r';
        }
        end
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

    /// Adds a byte to the row. Once the row is too long, the rest of its line is dropped.
    #[inline]
    fn keep(&mut self, byte: u8) -> Option<RowEnd> {
        if self.raw.len() >= self.limit {
            return self.pass_limit(byte);
        }
        let column = self.next_offset - self.line_start + 1;
        if self.state == State::FieldStart && byte == b'"' && self.dialect.quoting {
            self.quote = Quote {
                line: self.next_line,
                column,
                at: self.raw.len(),
            };
        }
        self.raw.push(byte);
        let before = self.state;
        self.state = self.fields.push(byte, before, self.dialect);
        if self.state == State::TextAfterQuote && before == State::QuoteInQuoted {
            self.stray = (self.next_line, column - 1);
            return (self.quote.line != self.next_line).then(|| self.unclosed_quote());
        }
        None
    }

    /// Handles a byte after the limit. A quoted field of several lines ends the row, because its quote may not be meant as one.
    fn pass_limit(&mut self, byte: u8) -> Option<RowEnd> {
        let in_quotes = !self.too_long && matches!(self.state, State::Quoted | State::QuoteInQuoted);
        if in_quotes && self.quote.line != self.next_line {
            self.raw.push(byte);
            return Some(self.unclosed_quote());
        }
        self.too_long = true;
        self.state = State::Unquoted;
        (byte == b'\n' || byte == b'\r').then(|| self.end())
    }
}
