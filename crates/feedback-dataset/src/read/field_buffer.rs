//! Splits a row into fields, byte by byte.

/// How fields are separated and quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// Whether `"` quotes fields.
    pub(super) quoting: bool,
    /// Whether spaces at the beginning of a field are skipped.
    pub(super) skip_spaces: bool,
}

/// The position of the next byte relative to the current field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    FieldStart,
    Unquoted,
    Quoted,
    /// After a quote within a quoted field: either it closes the field, or it is the first quote of a doubled quote.
    QuoteInQuoted,
    /// Text followed a closing quote. The rest of the line is not split; `stray_quotes` does this when the line is complete.
    TextAfterQuote,
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

    /// True if there are `expected` fields, not counting empty fields after them.
    pub(super) fn fits(&self, expected: usize) -> bool {
        self.len() >= expected && (expected..self.len()).all(|index| self.get(index).is_empty())
    }

    /// Adds bytes to the current field.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Ends the current field.
    pub(super) fn end_field(&mut self) {
        self.ends.push(self.bytes.len());
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
            (State::TextAfterQuote, _) => State::TextAfterQuote,
            (_, _) if byte == dialect.delimiter => {
                self.end_field();
                State::FieldStart
            }
            (State::FieldStart, b'"') if dialect.quoting => State::Quoted,
            (State::FieldStart, b' ') if dialect.skip_spaces => State::FieldStart,
            (State::FieldStart | State::Unquoted, _) => {
                self.bytes.push(byte);
                State::Unquoted
            }
            (State::QuoteInQuoted, _) => State::TextAfterQuote,
        }
    }
}
