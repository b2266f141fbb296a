//! Takes a row apart into fields, byte by byte.

/// How fields are separated and quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// Whether `"` quotes fields.
    pub(super) quoting: bool,
}

/// Where in a field the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote within a quoted field: it closes the field, or is the first of two.
    QuoteInQuoted,
}

/// The fields of a row, one after the other, without quotes.
#[derive(Default)]
pub(super) struct FieldBuffer {
    bytes: Vec<u8>,
    /// End of each field in `bytes`.
    ends: Vec<usize>,
}

impl FieldBuffer {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }

    /// Ends the last field.
    pub(super) fn end_row(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// Replaces the fields by those of a complete row.
    pub(super) fn parse(&mut self, raw: &[u8], dialect: Dialect) {
        self.clear();
        let mut state = State::FieldStart;
        for &byte in raw {
            state = self.push(byte, state, dialect);
        }
        self.end_row();
    }

    /// Takes one byte that does not end the row.
    #[inline]
    pub(super) fn push(&mut self, byte: u8, state: State, dialect: Dialect) -> State {
        match (state, byte) {
            (State::Quoted, b'"') => State::QuoteInQuoted,
            (State::Quoted, _) | (State::QuoteInQuoted, b'"') => {
                self.bytes.push(byte);
                State::Quoted
            }
            (_, _) if byte == dialect.delimiter => {
                self.ends.push(self.bytes.len());
                State::FieldStart
            }
            (State::FieldStart, b'"') if dialect.quoting => State::Quoted,
            (State::FieldStart | State::Unquoted | State::QuoteInQuoted, _) => {
                self.bytes.push(byte);
                State::Unquoted
            }
        }
    }
}
