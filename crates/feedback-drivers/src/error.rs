//! Errors in the input.

/// Why drivers could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are no rows, metrics or fields.
    #[error("`{what}` is empty: expected at least one entry, found none")]
    Empty {
        /// The empty argument.
        what: &'static str,
    },

    /// A list does not have one entry for each row.
    #[error("`{what}` has {found} entries, expected {expected}, one for each row")]
    LengthMismatch {
        /// The list of the wrong length.
        what: &'static str,
        /// The number of its entries.
        found: usize,
        /// The number of rows.
        expected: usize,
    },

    /// A value of a metric is infinite.
    #[error(
        "`{what}` at row {row}: expected a finite number, or NaN for a row without a value, found {found}"
    )]
    Value {
        /// The list that contains the value.
        what: &'static str,
        /// The row, counted from 0.
        row: usize,
        /// The value found.
        found: f64,
    },

    /// A segment is not below the number of segments.
    #[error("`{what}` at row {row}: segment {found}, expected one below {n_segments}")]
    SegmentOutOfRange {
        /// The list that contains the segment.
        what: &'static str,
        /// The row, counted from 0.
        row: usize,
        /// The segment found.
        found: usize,
        /// The number of segments.
        n_segments: usize,
    },

    /// A period has too few rows with a value to measure how much they vary.
    #[error("a period has {found} rows with a value, not counting duplicates; expected at least 2")]
    TooFewRows {
        /// The number of rows.
        found: usize,
    },

    /// The false discovery rate is out of range.
    #[error("`false_discovery_rate`: expected a number between 0 and 1, such as 0.05, found {found}")]
    FalseDiscoveryRate {
        /// The value found.
        found: f64,
    },

    /// A statistic cannot be computed, or an option of the bootstrap is out of range.
    #[error(transparent)]
    Statistics(#[from] feedback_metrics::Error),
}

impl Error {
    /// Returns what to do next, in one sentence without a full stop; `None` if the message says enough.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::LengthMismatch { .. } => {
                Some("all lists must come from the same rows in the same order".to_owned())
            }
            Self::TooFewRows { .. } => Some("compare longer periods or larger groups".to_owned()),
            Self::Statistics(error) => error.hint(),
            _ => None,
        }
    }
}

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

pub(crate) fn not_empty(what: &'static str, n: usize) -> Result<()> {
    if n == 0 {
        return Err(Error::Empty { what });
    }
    Ok(())
}

pub(crate) fn same_length(what: &'static str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Error::LengthMismatch {
        what,
        found,
        expected,
    })
}
