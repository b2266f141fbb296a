//! The JSON of a row, and what writes values to it.

use arrow_array::Array;
use arrow_buffer::NullBuffer;

/// The row became longer than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// The JSON of a row, up to a limit.
pub(super) struct Output {
    pub(super) json: String,
    limit: usize,
    /// Whether bytes were written that are not UTF-8.
    pub(super) has_raw_bytes: bool,
}

impl Output {
    /// `expected` is the length that the row probably has.
    pub(super) fn new(limit: usize, expected: usize) -> Self {
        let json = String::with_capacity(expected.min(limit));
        Self {
            json,
            limit,
            has_raw_bytes: false,
        }
    }

    /// Checks the length of the row. Called for each element, since a short file can have a list of
    /// any length.
    pub(super) fn check(&self) -> Result<(), TooLong> {
        if self.json.len() > self.limit {
            Err(TooLong)
        } else {
            Ok(())
        }
    }
}

/// Writes the values of an array that are not null.
pub(super) trait WriteValue: Send {
    fn write(&self, index: usize, out: &mut Output) -> Result<(), TooLong>;
}

impl<F: Fn(usize, &mut String) + Send> WriteValue for F {
    fn write(&self, index: usize, out: &mut Output) -> Result<(), TooLong> {
        self(index, &mut out.json);
        out.check()
    }
}

/// Writes the values of an array.
pub(super) struct Values {
    nulls: Option<NullBuffer>,
    write: Write,
}

pub(super) type Write = Box<dyn WriteValue>;

impl Values {
    /// `write` writes the values of `array` that are not null.
    pub(super) fn new(array: &dyn Array, write: Write) -> Self {
        // The nulls of dictionaries and of null arrays follow from their values.
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        Self { nulls, write }
    }

    pub(super) fn write(&self, index: usize, out: &mut Output) -> Result<(), TooLong> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(index)) {
            out.json.push_str("null");
            return out.check();
        }
        self.write.write(index, out)
    }
}
