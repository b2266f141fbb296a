//! Errors in the input of a metric.

/// Why a metric could not be computed.
///
/// Every message says what is wrong, where, what was expected and what was found; [`Error::hint`] says what the user can do
/// about it. An undefined metric (a precision without predictions, an AUC with one class) is not
/// an error but a value: 0, 1 or NaN, as documented.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are no rows.
    #[error("`{what}` is empty: expected at least one row, found none")]
    Empty {
        /// The empty argument.
        what: &'static str,
    },

    /// Two columns that describe the same rows differ in length.
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

    /// A class id is not below the number of classes.
    #[error("`{what}` at row {row}: class id {found}, expected one below {n_classes}")]
    ClassOutOfRange {
        /// The argument that contains the id.
        what: &'static str,
        /// The row, counted from 0.
        row: usize,
        /// The id found in this row.
        found: usize,
        /// The number of classes.
        n_classes: usize,
    },

    /// The number of classes is zero or too large for a table of counts.
    #[error("number of classes: expected {minimum} to {maximum}, found {found}")]
    ClassCount {
        /// The requested number of classes.
        found: usize,
        /// The minimum for this metric.
        minimum: usize,
        /// The supported maximum.
        maximum: usize,
    },

    /// A table of counts is not square, or its total is too large to be exact.
    #[error("confusion matrix counts: expected {expected}, found {found}")]
    Counts {
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },

    /// Two confusion matrices have different numbers of classes and cannot be added.
    #[error("cannot add a confusion matrix of {found} classes to one of {expected} classes")]
    ClassCountMismatch {
        /// Classes of the matrix to add.
        found: usize,
        /// Classes of the matrix to add it to.
        expected: usize,
    },

    /// A list that may have each class only once has a class twice.
    #[error("`labels` names class {class} twice (at positions {first} and {second})")]
    DuplicateClass {
        /// The class.
        class: usize,
        /// Its first position.
        first: usize,
        /// Its second position.
        second: usize,
    },

    /// The number of names is not the number of classes.
    #[error("`target_names` has {found} names, expected {expected}, one for each class")]
    NameCount {
        /// The number of names.
        found: usize,
        /// The number of classes.
        expected: usize,
    },

    /// The length of a flat table is not a multiple of its number of columns.
    #[error("`{what}` has {found} values, expected a multiple of {n_columns}")]
    TableShape {
        /// The table.
        what: &'static str,
        /// The number of values found.
        found: usize,
        /// The number of columns.
        n_columns: usize,
    },

    /// A value of a table or list is not allowed.
    #[error("`{what}` at row {row}, column {column}: expected {expected}, found {found}")]
    Value {
        /// The table.
        what: &'static str,
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
        /// What was expected.
        expected: &'static str,
        /// The value found.
        found: f64,
    },

    /// The sum of a row of probabilities is not 1.
    #[error("`probabilities` at row {row}: expected a sum of 1 within {tolerance}, found {sum}")]
    NotNormalised {
        /// The row, counted from 0.
        row: usize,
        /// The sum of the row.
        sum: f64,
        /// The tolerance.
        tolerance: f64,
    },

    /// A parameter is outside its range.
    #[error("`{what}`: expected {expected}, found {found}")]
    Parameter {
        /// The parameter.
        what: &'static str,
        /// A description of the allowed range.
        expected: &'static str,
        /// The value found.
        found: f64,
    },

    /// A resampling test needs at least two groups.
    #[error("`groups` has {found} group, expected at least 2")]
    TooFewGroups {
        /// The number of distinct groups.
        found: usize,
    },

    /// A class has no labelled row, so the model's mistakes on it are unknown.
    #[error("class {class} has no labelled row, expected at least one for each class")]
    ClassWithoutRows {
        /// The class.
        class: usize,
    },

    /// The model predicts the same mix for different classes, so that counts do not tell them apart.
    #[error(
        "labelled rows: expected predictions that differ between the classes, found classes that get the same ones"
    )]
    IndistinctClasses,

    /// A statistic that is to be resampled was NaN.
    #[error("statistic: expected a number, found NaN on {place}")]
    UndefinedStatistic {
        /// The rows on which it was NaN: the original rows or a resample.
        place: String,
    },
}

impl Error {
    /// Returns what to do next, in one sentence without a full stop; `None` if the message says enough.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Empty { .. } => "check that the evaluated file or slice has labelled rows",
            Self::LengthMismatch { .. } => "both must come from the same rows in the same order",
            Self::ClassOutOfRange { n_classes, .. } => {
                return Some(format!(
                    "labels and predictions must be ids of one label set of {n_classes} classes"
                ));
            }
            Self::NameCount { .. } => {
                "give the names of all classes in label order, even if the report shows only some of them"
            }
            Self::TableShape { n_columns, .. } => {
                return Some(format!(
                    "the table is row-major, one row of {n_columns} values for each example"
                ));
            }
            Self::NotNormalised { .. } => {
                "the values look like logits or scores; use `Logits::softmax` to turn logits into probabilities"
            }
            Self::TooFewGroups { .. } => {
                "variation between groups cannot be measured with one group; evaluate on more data"
            }
            Self::ClassWithoutRows { .. } => {
                "add labelled rows of this class, or use audits without labelled rows"
            }
            Self::IndistinctClasses => {
                "use audits instead, add labelled rows, or train the model on more rows of the weak classes"
            }
            Self::UndefinedStatistic { .. } => {
                "use `ZeroDivision::Zero` in the statistic, so that absent classes give a number"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
