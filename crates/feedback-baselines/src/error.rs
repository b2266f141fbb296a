//! What can be wrong with the input of a baseline.

/// Why a baseline could not be fitted or asked.
///
/// A solver that stops at its iteration limit is no error: the fit is usable, and
/// [`LogisticRegression::stop`](super::LogisticRegression::stop) says how it ended.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// There is nothing to learn from.
    #[error(
        "`{what}` is empty: expected at least one training row, found none\n\
         hint: check that the training file has labelled rows"
    )]
    NoRows {
        /// The argument that was empty.
        what: &'static str,
    },

    /// The number of classes is 0.
    #[error("`n_classes` is 0, expected at least 1")]
    NoClasses,

    /// Features and labels do not describe the same rows.
    #[error(
        "`labels` has {found} rows, expected {expected}, as many as `{reference}`\n\
         hint: both must come from the same rows in the same order"
    )]
    LengthMismatch {
        /// The number of labels.
        found: usize,
        /// The number of rows they should describe.
        expected: usize,
        /// The argument that has that many rows.
        reference: &'static str,
    },

    /// A label is no class id.
    #[error("row {row}: label {label} is out of range, expected less than `n_classes` = {n_classes}")]
    LabelOutOfRange {
        /// The row, from 0.
        row: usize,
        /// The label that stands there.
        label: usize,
        /// The number of classes.
        n_classes: usize,
    },

    /// No training text holds a token.
    #[error(
        "none of the {n_texts} training texts holds a token, expected at least one word of two or more \
         letters or digits\n\
         hint: check that the text column is the one meant"
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
        /// The value that stands there.
        value: f64,
    },

    /// A sparse row names a column that the matrix has not.
    #[error("row {row}: column {column} is out of range, expected less than {n_columns}")]
    ColumnOutOfRange {
        /// The row, from 0.
        row: usize,
        /// The column that it names.
        column: usize,
        /// The number of columns.
        n_columns: usize,
    },

    /// A flat list of numbers is no matrix with the stated number of columns.
    #[error("{found} values cannot be cut into rows of {n_columns}, expected a multiple of it")]
    Ragged {
        /// The number of values.
        found: usize,
        /// The number of columns.
        n_columns: usize,
    },

    /// The features are not those that the model was fitted on.
    #[error(
        "the features have {found} columns, expected {expected}, as many as in training\n\
         hint: training and prediction must use the same encoder"
    )]
    FeatureCount {
        /// The number of columns given.
        found: usize,
        /// The number of columns in training.
        expected: usize,
    },
}
