//! Splits a row into fields, byte by byte.

/// How fields are separated and quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// Whether `"` quotes fields.
    pub(super) quoting: bool,
}

/// The position of the next byte relative to the current field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote within a quoted field: either it closes the field, or it is the first quote of a doubled quote.
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

    /// Parses a complete row; its fields replace the current ones.
    pub(super) fn parse(&mut self, raw: &[u8], dialect: Dialect) {
        self.clear();
        let mut state = State::FieldStart;
        for &byte in raw {
            state = self.push(byte, state, dialect);
        }
        self.end_row();
    }

    /// Takes one byte that does not end the row. Returns the new state.
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
