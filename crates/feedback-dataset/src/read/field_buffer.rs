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

    /// The first `n` fields as text, one after the other, and where each ends; `None` if one is not UTF-8 or has a NUL.
    pub(super) fn texts(&self, n: usize) -> Option<(Box<str>, Box<[usize]>)> {
        let ends = &self.ends[..n];
        let text = std::str::from_utf8(&self.bytes[..ends.last().copied().unwrap_or(0)]).ok()?;
        // Two halves of a character could be in different fields.
        let is_whole = ends.iter().all(|end| text.is_char_boundary(*end));
        (is_whole && memchr::memchr(0, text.as_bytes()).is_none()).then(|| (text.into(), ends.into()))
    }

    /// The same, with bytes that are not UTF-8 and NUL replaced.
    pub(super) fn texts_lossy(&self, n: usize) -> (Box<str>, Box<[usize]>) {
        let mut text = String::new();
        let ends = (0..n).map(|index| {
            text += &String::from_utf8_lossy(self.get(index)).replace('\0', "\u{FFFD}");
            text.len()
        });
        let ends = ends.collect();
        (text.into_boxed_str(), ends)
    }

    /// Adds bytes to the current field.
    #[inline]
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Ends the current field.
    #[inline]
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

/// Whether a field of the row that has no quotes around it has this property.
pub(super) fn has_unquoted_field(raw: &[u8], dialect: Dialect, property: impl Fn(&[u8]) -> bool) -> bool {
    let mut fields = FieldBuffer::default();
    let (mut state, mut is_quoted) = (State::FieldStart, false);
    for &byte in raw.iter().chain([&dialect.delimiter]) {
        state = fields.push(byte, state, dialect);
        is_quoted |= state == State::Quoted;
        let ends = byte == dialect.delimiter && state == State::FieldStart;
        if ends && !std::mem::take(&mut is_quoted) && property(fields.get(fields.len() - 1)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_a_character_in_two_fields_stay_apart() {
        let mut fields = FieldBuffer::default();
        for field in [&b"a"[..], b"\xE2", b"\x82\xAC", b""] {
            fields.extend(field);
            fields.end_field();
        }
        assert_eq!(fields.texts(3), None);
        let (text, ends) = fields.texts_lossy(3);
        assert_eq!((&*text, &*ends), ("a\u{fffd}\u{fffd}\u{fffd}", &[1, 4, 10][..]));
    }
}
