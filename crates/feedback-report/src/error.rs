//! Errors in the input of this crate.

/// Why a report could not be made or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A list does not have one entry for each text.
    #[error("`{what}` has {found} entries, expected {expected}, one for each text")]
    LengthMismatch {
        /// The list of the wrong length.
        what: String,
        /// The number of its entries.
        found: usize,
        /// The number of texts.
        expected: usize,
    },

    /// The line numbers do not ascend.
    #[error("`lines` at row {row}: found line {found} after line {previous}, expected a larger number")]
    LineOrder {
        /// The row, counted from 0.
        row: usize,
        /// Its line.
        found: u64,
        /// The line of the row before it.
        previous: u64,
    },

    /// A value is infinite, or a confidence is not between 0 and 1.
    #[error("`{what}` at row {row}: found {found}, expected {expected}")]
    Value {
        /// The list that contains the value.
        what: String,
        /// The row, counted from 0.
        row: usize,
        /// The value.
        found: f64,
        /// A description of the allowed values.
        expected: &'static str,
    },

    /// Two fields have the same name.
    #[error("the field `{field}` is given twice, expected different names")]
    DuplicateField {
        /// The name of the field.
        field: String,
    },

    /// An option names a field that does not exist.
    #[error("`{option}` is `{found}`, which is no field; expected one of: {expected}")]
    UnknownField {
        /// The option.
        option: &'static str,
        /// The name that was given.
        found: String,
        /// The names of the fields.
        expected: String,
    },

    /// The field of the rating has texts instead of numbers.
    #[error("`rating` is `{field}`, whose values are texts, expected a field of numbers")]
    RatingIsText {
        /// The field.
        field: String,
    },

    /// The field of a measure has texts instead of numbers.
    #[error("`measures` has `{field}`, whose values are texts, expected a field of numbers")]
    MeasureIsText {
        /// The field.
        field: String,
    },

    /// A field of numbers is to be broken down.
    #[error("`by` has `{field}`, whose values are numbers, expected a field of texts")]
    ByNumbers {
        /// The field.
        field: String,
    },

    /// An option is outside its range.
    #[error("`{option}` is {found}, expected {expected}")]
    Option {
        /// The option.
        option: &'static str,
        /// The value found.
        found: String,
        /// A description of the allowed values.
        expected: &'static str,
    },

    /// The themes are those of other texts.
    #[error("the themes were found from {found} texts, expected {expected}, those of the report")]
    OtherThemes {
        /// The number of texts of the themes.
        found: usize,
        /// The number of texts of the report.
        expected: usize,
    },

    /// Themes or quotes could not be computed.
    #[error(transparent)]
    Insight(#[from] feedback_insight::Error),

    /// Changes could not be computed.
    #[error(transparent)]
    Drivers(#[from] feedback_drivers::Error),

    /// The report could not be written as JSON.
    #[error("the report could not be written as JSON")]
    Json(#[from] serde_json::Error),

    /// The report could not be written as a spreadsheet.
    #[error("the report could not be written as a spreadsheet")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),

    /// A file could not be written.
    #[error(transparent)]
    File(#[from] feedback_files::Error),
}

impl Error {
    /// Returns whether an option is wrong, and not the texts or a file.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Option { .. }
                | Self::UnknownField { .. }
                | Self::RatingIsText { .. }
                | Self::MeasureIsText { .. }
                | Self::ByNumbers { .. }
        )
    }

    /// Returns what to do next, in one sentence without a full stop; `None` if the message says enough.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::LengthMismatch { .. } => "all lists must come from the same rows in the same order",
            Self::LineOrder { .. } => "for rows of several files, number the rows from 1 on",
            Self::RatingIsText { .. } | Self::MeasureIsText { .. } => {
                "read its values as numbers before they are added, with NaN for rows without one"
            }
            Self::ByNumbers { .. } => "to break down by numbers, add them as texts such as `1`, `2`, `3`",
            Self::Option {
                option: "measures", ..
            } => "name a field of numbers; the confidence is known only of categories that a model chose",
            Self::Option { option: "audits", .. } => {
                "count the texts that people checked, and those that the model had right"
            }
            Self::Option { option: "until", .. } => {
                "write the year first, then month and day, whatever the form of the dates in the file"
            }
            Self::Insight(error) => return error.hint(),
            Self::Drivers(error) => return error.hint(),
            Self::File(error) => return error.hint().map(str::to_owned),
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
