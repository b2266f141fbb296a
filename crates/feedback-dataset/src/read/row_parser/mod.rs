//! Takes the bytes of CSV and TSV rows, and keeps track of the position in the file.

use memchr::{memchr2, memchr3};

use crate::read::escaped_quotes::{self, Escaped};
use crate::read::field_buffer::{Dialect, FieldBuffer, State, has_unquoted_field};
use crate::read::lines::{BOM, line_breaks};
use crate::read::stray_quotes;

mod whole_row;

/// How many further lines a row with a backslash before a quote may have, beyond those that the usual reading gives it.
const MAX_FURTHER_LINES: u32 = 200;

/// How often such rows may turn out to be something else before they are no longer tried, which bounds the time for reading lines
/// again.
const MAX_FAILED_TRIES: u32 = 16;

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
    /// The row ends at this position, before a line break: what follows must be read again, and
    /// [`end_after_cut`](RowParser::end_after_cut) says how the row ends.
    Earlier {
        end: usize,
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
    /// Whether every field of the header is in quotes.
    header_quoted: bool,
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
    /// Whether the row has a quote after a backslash within a quoted field.
    has_escaped: bool,
    /// Number of lines by which the row was continued because of such a quote.
    further_lines: u32,
    /// The state and the length of the row when it was continued for the first time.
    continued: Option<(State, usize)>,
    /// Whether the row was read with quotes after backslashes.
    is_escaped: bool,
    failed_tries: u32,
    pub(super) has_byte_order_mark: bool,
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
            header_quoted: false,
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
            has_escaped: false,
            further_lines: 0,
            continued: None,
            is_escaped: false,
            failed_tries: 0,
            has_byte_order_mark: false,
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
        self.has_escaped = false;
        self.further_lines = 0;
        self.continued = None;
        self.is_escaped = false;
    }

    /// Takes the current row as the header, which has this many columns.
    pub(super) fn expect_fields(&mut self, n_columns: usize) {
        self.expected = Some(n_columns);
        self.header_quoted = !self.raw.is_empty() && !has_unquoted_field(&self.raw, self.dialect, |_| true);
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
            State::Quoted if self.tries_escaped() => match self.parse_escaped() {
                Escaped::Row(end) => self.end_escaped(end, None),
                Escaped::Open | Escaped::No => self.unclosed_quote(),
            },
            State::Quoted => self.unclosed_quote(),
            _ if self.begun => self.end_of_line(None).unwrap_or(RowEnd::EndOfFile),
            _ => RowEnd::EndOfFile,
        }
    }

    /// Ends the row before a line break or the end of the file; `None` if it continues on the next line, because of a quote after a
    /// backslash.
    fn end_of_line(&mut self, line_break: Option<u8>) -> Option<RowEnd> {
        if self.too_long || !self.tries_escaped() {
            let is_long = self.quote.line == self.line && self.next_line > self.line + 1 && !self.too_long;
            if is_long && stray_quotes::swallows_rows(&self.raw, self.dialect.delimiter, self.expected) {
                self.raw.extend(line_break);
                return Some(self.unclosed_quote());
            }
            return Some(self.end());
        }
        if self.state != State::TextAfterQuote {
            self.fields.end_field();
            // Empty fields after the last column can come from a quote that was taken for the end of a field.
            let fits = self.expected.is_none_or(|expected| self.fields.len() == expected);
            // So can a quote in a field without quotes around it, and such a field where the header has only quoted ones.
            let is_doubtful = has_unquoted_field(&self.raw, self.dialect, |field| {
                self.header_quoted || field.contains(&b'"')
            });
            if fits && !is_doubtful {
                return Some(RowEnd::Complete);
            }
        }
        match (self.parse_escaped(), line_break) {
            (Escaped::Row(end), _) => Some(self.end_escaped(end, line_break)),
            (Escaped::Open, Some(byte)) if self.further_lines < MAX_FURTHER_LINES => {
                self.continued.get_or_insert((self.state, self.raw.len()));
                self.state = State::TextAfterQuote;
                self.further_lines += 1;
                self.raw.push(byte);
                None
            }
            (Escaped::Open | Escaped::No, _) => Some(self.give_up(line_break)),
        }
    }

    /// Whether the row can be one with a backslash before quotes.
    fn tries_escaped(&self) -> bool {
        self.has_escaped && self.failed_tries < MAX_FAILED_TRIES
    }

    fn parse_escaped(&mut self) -> Escaped {
        escaped_quotes::parse(&self.raw, self.dialect, self.expected, &mut self.fields)
    }

    fn end_escaped(&mut self, end: usize, line_break: Option<u8>) -> RowEnd {
        if end == self.raw.len() {
            return RowEnd::Complete;
        }
        self.is_escaped = true;
        self.raw.extend(line_break);
        RowEnd::Earlier { end }
    }

    /// Ends a row in the usual way that could have had quotes after backslashes.
    fn give_up(&mut self, line_break: Option<u8>) -> RowEnd {
        self.failed_tries += 1;
        if let Some((_, end)) = self.continued {
            self.raw.extend(line_break);
            return RowEnd::Earlier { end };
        }
        if self.quote.line != self.next_line && self.state == State::TextAfterQuote {
            self.raw.extend(line_break);
            return self.unclosed_quote();
        }
        self.usual_end()
    }

    fn usual_end(&mut self) -> RowEnd {
        if self.state == State::TextAfterQuote {
            return self.end();
        }
        self.parse_again();
        RowEnd::Complete
    }

    /// Returns how the row ends after it was cut.
    pub(super) fn end_after_cut(&mut self) -> RowEnd {
        if self.is_escaped {
            return RowEnd::Complete;
        }
        if let Some((state, _)) = self.continued {
            self.state = state;
        }
        self.usual_end()
    }

    fn unclosed_quote(&self) -> RowEnd {
        RowEnd::UnclosedQuote {
            line: self.quote.line,
            column: self.quote.column,
        }
    }

    /// Cuts the row at the end of the line on which the last quote was opened. Returns the bytes after this line.
    pub(super) fn cut_after_quote(&mut self) -> Vec<u8> {
        match memchr2(b'\n', b'\r', &self.raw[self.quote.at..]) {
            Some(length) => self.cut(self.quote.at + length),
            None => Vec::new(),
        }
    }

    /// Cuts the row before the line break at this position. Returns the bytes after the line break.
    pub(super) fn cut(&mut self, end: usize) -> Vec<u8> {
        let line_end = if self.raw[end..].starts_with(b"\r\n") {
            2
        } else {
            1
        };
        let rest = self.raw.split_off(end + line_end);
        self.after_cr = rest.is_empty() && self.raw.ends_with(b"\r");
        self.raw.truncate(end);
        self.next_line = self.line + line_breaks(&self.raw) + 1;
        self.next_offset = self.offset + (end + line_end) as u64;
        self.line_start = self.next_offset;
        rest
    }

    /// Takes the bytes of a chunk up to the end of the row. Returns the number of bytes taken, and how the row ended, if it did.
    pub(super) fn take_chunk(&mut self, chunk: &[u8]) -> (usize, Option<RowEnd>) {
        let mut bytes = 0;
        if self.next_offset == 0 && chunk.starts_with(BOM) {
            bytes = BOM.len();
            self.has_byte_order_mark = true;
            self.next_offset = bytes as u64;
            self.line_start = bytes as u64;
        }
        if !self.begun {
            bytes += self.take_rest_of_line_end(&chunk[bytes..]);
            if let Some(length) = self.take_whole_row(&chunk[bytes..]) {
                return (bytes + length, Some(RowEnd::Complete));
            }
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
            true => self.end_of_line(Some(byte)),
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
        // Within a row.
        if self.begun {
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
        let before = self.state;
        self.has_escaped |= before == State::Quoted && byte == b'"' && self.raw.last() == Some(&b'\\');
        self.raw.push(byte);
        self.state = self.fields.push(byte, before, self.dialect);
        if self.state == State::TextAfterQuote && before == State::QuoteInQuoted {
            self.stray = (self.next_line, column - 1);
            let is_unclosed = self.quote.line != self.next_line && !self.tries_escaped();
            return is_unclosed.then(|| self.unclosed_quote());
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
        let is_tried = self.state == State::TextAfterQuote && self.quote.line != self.next_line;
        if !self.too_long && (is_tried || self.continued.is_some()) {
            return Some(self.give_up(Some(byte)));
        }
        self.too_long = true;
        self.state = State::Unquoted;
        (byte == b'\n' || byte == b'\r').then(|| self.end())
    }
}
