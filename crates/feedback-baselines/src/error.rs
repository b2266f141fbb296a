//! What can be wrong with the input of a baseline.

/// Why a baseline could not be fitted or asked.
///
/// A solver that reaches its iteration limit is not an error: the fit is usable, and
/// [`LogisticRegression::stop`](crate::LogisticRegression::stop) says how it ended.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is nothing to learn from.
    #[error("`{what}` is empty: expected at least one training row")]
    NoRows {
        /// The argument that was empty.
        what: &'static str,
    },

    /// The number of classes is 0.
    #[error("`n_classes` is 0, expected at least 1")]
    NoClasses,

    /// Features and labels do not describe the same rows.
    #[error("`labels` has {found} rows, expected {expected}, as many as `{reference}`")]
    LengthMismatch {
        /// The number of labels.
        found: usize,
        /// The number of rows they should describe.
        expected: usize,
        /// The argument that has that many rows.
        reference: &'static str,
    },

    /// A label is not a class id.
    #[error("row {row}: label {label} is out of range, expected less than `n_classes` = {n_classes}")]
    LabelOutOfRange {
        /// The row, from 0.
        row: usize,
        /// The label of that row.
        label: usize,
        /// The number of classes.
        n_classes: usize,
    },

    /// No training text contains a token.
    #[error(
        "none of the {n_texts} training texts contains a token, expected at least one word of two or more \
         letters or digits"
    )]
    EmptyVocabulary {
        /// How many texts were read.
        n_texts: usize,
    },

    /// A setting is outside its range.
    #[error("`{field}` is {found}, expected {expected}")]
    Config {
        /// The setting.
        field: &'static str,
        /// Its value.
        found: f64,
        /// The values it may have.
        expected: &'static str,
    },

    /// A feature is NaN or infinite.
    #[error("row {row}, column {column}: the feature is {value}, expected a finite number")]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The value found there.
        value: f64,
    },

    /// A sparse row names a column that the matrix does not have.
    #[error("row {row}: column {column} is out of range, expected less than {n_columns}")]
    ColumnOutOfRange {
        /// The row, from 0.
        row: usize,
        /// The column that it names.
        column: usize,
        /// The number of columns.
        n_columns: usize,
    },

    /// A flat list of numbers does not divide into rows of the stated length.
    #[error("{found} values do not divide into rows of {n_columns}, expected a multiple of it")]
    Ragged {
        /// The number of values.
        found: usize,
        /// The number of columns.
        n_columns: usize,
    },

    /// The features are not those that the model was fitted on.
    #[error("the features have {found} columns, expected {expected}, as many as in training")]
    FeatureCount {
        /// The number of columns given.
        found: usize,
        /// The number of columns in training.
        expected: usize,
    },
}

impl Error {
    /// What to do next, where there is something to suggest.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoRows { .. } => Some("check that the training file has labelled rows"),
            Self::LengthMismatch { .. } => Some("both must come from the same rows in the same order"),
            Self::EmptyVocabulary { .. } => {
                Some("check the name of the field that holds the text (`text_field`)")
            }
            Self::FeatureCount { .. } => Some("training and prediction must use the same encoder"),
            _ => None,
        }
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
