//! What a column of a table contains.

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Column {
    /// The name of the field.
    pub name: String,
    /// What Parquet stores, and which texts a spreadsheet stores as dates.
    pub kind: ColumnKind,
}

/// What a column contains. Parquet stores it with this type, and spreadsheets store dates and times as such; CSV stores each value as
/// it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Text: strings as they are, everything else as JSON.
    Text,
    /// 64-bit floats; what is no number is missing.
    Number,
    /// Booleans; what is none is missing.
    Boolean,
    /// 32-bit floats.
    Float32,
    /// Integers.
    Integer {
        /// Their size: 8, 16, 32 or 64.
        bits: u8,
        /// Whether they can be negative.
        signed: bool,
    },
    /// Dates, such as `2025-03-05`.
    Date,
    /// Dates with a time, such as `2025-03-05T10:15:00Z`.
    Timestamp {
        /// How precise they are.
        unit: TimestampUnit,
        /// Whether they are instants; otherwise, they are local times of an unknown zone.
        utc: bool,
    },
    /// Dates, times and durations as a spreadsheet has them, beside other values. Parquet stores text.
    Moment,
}

/// The precision of a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimestampUnit {
    /// Milliseconds.
    Milli,
    /// Microseconds.
    Micro,
    /// Nanoseconds.
    Nano,
}

impl Column {
    /// Creates a column of texts.
    #[must_use]
    pub fn text(name: impl Into<String>) -> Self {
        Self::new(name, ColumnKind::Text)
    }

    /// Creates a column.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Self {
        Self {
            name: name.into(),
            kind,
        }
    }
}
