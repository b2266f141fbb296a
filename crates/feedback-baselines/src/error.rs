//! Errors in the input of a baseline.

/// Why a baseline could not be fitted or could not predict.
///
/// A solver that reaches its iteration limit is not an error: the fit is usable, and
/// [`LogisticRegression::stop`](crate::LogisticRegression::stop) says why the solver stopped.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are no training rows.
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
        /// The number of rows, which is the expected number of labels.
        expected: usize,
        /// The argument that has this number of rows.
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
        /// The number of training texts.
        n_texts: usize,
    },

    /// A setting is outside its range.
    #[error("`{field}` is {found}, expected {expected}")]
    Config {
        /// The setting.
        field: &'static str,
        /// The value of the setting.
        found: f64,
        /// A description of the allowed values.
        expected: &'static str,
    },

    /// A feature is NaN or infinite.
    #[error("row {row}, column {column}: the feature is {value}, expected a finite number")]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The value that was found.
        value: f64,
    },

    /// A sparse row names a column that the matrix does not have.
    #[error("row {row}: column {column} is out of range, expected less than {n_columns}")]
    ColumnOutOfRange {
        /// The row, from 0.
        row: usize,
        /// The column that the row names.
        column: usize,
        /// The number of columns.
        n_columns: usize,
    },

    /// The length of a flat list of numbers is not a multiple of the number of columns.
    #[error(
        "{found} values cannot be divided into rows of {n_columns}; a row has at least one value, and all rows are equally long"
    )]
    Ragged {
        /// The number of values.
        found: usize,
        /// The number of columns.
        n_columns: usize,
    },

    /// The number of features differs from the features on which the model was fitted.
    #[error("the features have {found} columns, expected {expected}, as many as in training")]
    FeatureCount {
        /// The number of columns given.
        found: usize,
        /// The number of columns in training.
        expected: usize,
    },

    /// The number of classes with rows differs from the model whose parameters are the starting point.
    #[error("{found} classes have rows, expected {expected}, as many as in the model to start from")]
    ClassCount {
        /// The number of classes that have rows.
        found: usize,
        /// The number of classes of the model.
        expected: usize,
    },
}

impl Error {
    /// Returns a suggestion of what to do next; `None` if there is nothing to suggest.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoRows { .. } => Some("check that the training file has labelled rows"),
            Self::LengthMismatch { .. } => Some("give one label for each row, in the same order"),
            Self::EmptyVocabulary { .. } => {
                Some("check the name of the field that contains the text (`text_field`)")
            }
            Self::FeatureCount { .. } => Some("training and prediction must use the same encoder"),
            _ => None,
        }
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
