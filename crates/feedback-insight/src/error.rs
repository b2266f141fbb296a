//! Errors in the input of this crate.

/// Why vectors, themes or names could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are no rows.
    #[error("`{what}` is empty: expected at least one row")]
    NoRows {
        /// The empty argument.
        what: &'static str,
    },

    /// The length of a flat list of numbers is not a multiple of the number of columns.
    #[error(
        "{found} values cannot be divided into vectors of {n_columns}, expected a multiple of {n_columns}"
    )]
    Ragged {
        /// The number of values.
        found: usize,
        /// The number of columns.
        n_columns: usize,
    },

    /// A component of a vector is NaN or infinite.
    #[error("row {row}, column {column}: the vector has {value}, expected a finite number")]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The value that was found.
        value: f32,
    },

    /// A vector has no direction.
    #[error("row {row}: all components of the vector are 0, so it has no direction")]
    ZeroVector {
        /// The row, from 0.
        row: usize,
    },

    /// Two lists that describe the same rows differ in length.
    #[error("`{what}` has {found} rows, expected {expected}, as many as `{reference}`")]
    LengthMismatch {
        /// The argument of the wrong length.
        what: &'static str,
        /// The number of rows of `what`.
        found: usize,
        /// The argument it was compared with.
        reference: &'static str,
        /// The number of rows of `reference`.
        expected: usize,
    },

    /// Two sets of vectors have different numbers of columns.
    #[error("`{what}` has {found} columns, expected {expected}")]
    ColumnMismatch {
        /// The argument.
        what: &'static str,
        /// The number of columns found.
        found: usize,
        /// The number of columns expected.
        expected: usize,
    },

    /// An interval could not be computed.
    #[error(transparent)]
    Metric(#[from] feedback_metrics::Error),

    /// A row does not exist.
    #[error("`{what}`: there is no row {row}, expected one below {n_rows}")]
    RowOutOfRange {
        /// The argument that names the row.
        what: &'static str,
        /// The row.
        row: usize,
        /// The number of rows.
        n_rows: usize,
    },

    /// The themes of the rows leave out a number.
    #[error("`of_rows` has no row with theme {theme}, expected theme numbers from 0 without gaps")]
    UnusedTheme {
        /// The number without a row.
        theme: usize,
    },

    /// A setting is outside its range.
    #[error("`{field}` is {found}, expected {expected}")]
    Setting {
        /// The setting.
        field: &'static str,
        /// The value of the setting.
        found: f64,
        /// A description of the allowed values.
        expected: &'static str,
    },
}

impl Error {
    /// Returns what to do next, in one sentence without a full stop; `None` if the message says enough.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoRows { .. } => "check that the file has texts",
            Self::Ragged { n_columns, .. } => {
                return Some(format!(
                    "the list is row-major, one vector of {n_columns} values for each text"
                ));
            }
            Self::ZeroVector { .. } => {
                "leave out texts for which the encoder gives no vector, such as empty texts"
            }
            Self::LengthMismatch { .. } => "both must describe the same texts in the same order",
            Self::ColumnMismatch { .. } => "both must come from the same encoder",
            Self::Metric(error) => return error.hint(),
            Self::NotFinite { .. }
            | Self::RowOutOfRange { .. }
            | Self::UnusedTheme { .. }
            | Self::Setting { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
