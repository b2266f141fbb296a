//! Errors about data files that can be read but not used.

use std::path::PathBuf;

use feedback_dataset::error::SplitError;

use crate::error::hint::Hint;

/// Data files that cannot be used together, or cannot be used for this purpose.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file has only one label. A model trained on it would always predict that label.
    #[error("`{}` has only one label, `{label}`: expected at least two", path.display())]
    OneLabel {
        /// The file.
        path: PathBuf,
        /// Its label.
        label: String,
    },

    /// The file cannot be split as requested.
    #[error("`{}`: {source}", path.display())]
    Split {
        /// The file.
        path: PathBuf,
        /// The size that cannot be met, or the part that would be empty.
        source: SplitError,
    },

    /// A file cannot be divided for training, whose parts have fixed sizes.
    #[error("`{}` cannot be divided into training, validation and test: {reason}", path.display())]
    NotDivided {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },

    /// Labels have too few rows for both the training part and a held-out part.
    #[error(
        "`{}`, line {line}: {}, but a split needs at least two",
        path.display(),
        rare_labels(labels)
    )]
    RareLabels {
        /// The file.
        path: PathBuf,
        /// The line of the first label's first example.
        line: u64,
        /// All these labels with their number of rows.
        labels: Vec<(String, usize)>,
    },

    /// Rows were to be divided by dates of which nobody can tell whether the day or the month comes first.
    #[error(
        "`{}`, line {line}: the dates in `{field}`, such as `{value}`, do not tell whether the day or the month comes first",
        path.display()
    )]
    DayOrMonth {
        /// The file.
        path: PathBuf,
        /// The line of the first such date.
        line: u64,
        /// The field.
        field: String,
        /// The date.
        value: String,
    },

    /// Rows were to be grouped by a field that no row has.
    #[error("no row of `{}` has the field `{field}`", path.display())]
    NoGroupField {
        /// The file.
        path: PathBuf,
        /// The field.
        field: String,
    },

    /// Rows were to be divided by the dates in a field that no row has.
    #[error("no row of `{}` has the field `{field}`", path.display())]
    NoTimeField {
        /// The file.
        path: PathBuf,
        /// The field.
        field: String,
    },

    /// Every label has too few rows.
    #[error("every label of `{}` has fewer than {min} rows; the most frequent one, `{label}`, has {rows}", path.display())]
    AllRare {
        /// The file.
        path: PathBuf,
        /// The minimum.
        min: usize,
        /// The most frequent label.
        label: String,
        /// Its number of rows.
        rows: usize,
    },

    /// Training texts also occur in validation or test.
    #[error(
        "{leaked} of {held_out_rows} texts in `{}` also occur in the training data `{}`:\n{}",
        held_out.display(), train.display(), examples.join("\n")
    )]
    Leakage {
        /// The training file.
        train: PathBuf,
        /// The validation or test file that shares texts with the training file.
        held_out: PathBuf,
        /// Number of texts in `held_out` that also occur in `train`.
        leaked: usize,
        /// Number of texts in `held_out`.
        held_out_rows: usize,
        /// The first leaked texts, as pairs of line numbers.
        examples: Vec<String>,
    },

    /// Texts of the validation file, which selects the model, also occur in the test file.
    #[error(
        "{leaked} of {test_rows} texts in `{}` also occur in the validation data `{}`, which selects the model:\n{}",
        test.display(), validation.display(), examples.join("\n")
    )]
    TestInValidation {
        /// The validation file.
        validation: PathBuf,
        /// The test file.
        test: PathBuf,
        /// Number of test texts that also occur in validation.
        leaked: usize,
        /// Number of texts in `test`.
        test_rows: usize,
        /// The first leaked texts, as pairs of line numbers.
        examples: Vec<String>,
    },

    /// After leaked rows are dropped, no training rows are left.
    #[error(
        "no training rows are left: all {rows} texts of `{}` also occur in validation or test",
        path.display()
    )]
    NothingToTrain {
        /// The training file.
        path: PathBuf,
        /// Number of rows in the training file.
        rows: usize,
    },

    /// After leaked rows are dropped, a label has no training rows left. The model would never predict that label.
    #[error(
        "no training rows of the label `{label}` are left: all {rows} in `{}` also occur in validation or test",
        path.display()
    )]
    LabelLost {
        /// The training file.
        path: PathBuf,
        /// The label.
        label: String,
        /// Number of training rows with the label before dropping.
        rows: usize,
    },

    /// After leaked rows are dropped, no validation rows are left.
    #[error(
        "no validation rows are left to select the model: all {rows} texts of `{}` also occur in `{}`",
        validation.display(), test.display()
    )]
    NothingToValidate {
        /// The validation file.
        validation: PathBuf,
        /// The test file.
        test: PathBuf,
        /// Number of rows in the validation file.
        rows: usize,
    },

    /// The test file has a label that the training file does not have.
    #[error(
        "`{}`, line {line}: no row of the training file `{}` has the label `{label}`",
        test.display(), train.display()
    )]
    LabelNotInTraining {
        /// The test file.
        test: PathBuf,
        /// The line.
        line: u64,
        /// The label.
        label: String,
        /// The training file.
        train: PathBuf,
    },

    /// A further field has a value that is not a label.
    #[error("`{}`, line {line}: the field `{field}` is {found}, expected a label or a list of labels", path.display())]
    AnswerValue {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The field.
        field: String,
        /// What the value is.
        found: &'static str,
    },

    /// A further field has nothing to learn.
    #[error("`{}`: {}", path.display(), nothing_to_learn(field, only.as_deref()))]
    NoAnswers {
        /// The training file.
        path: PathBuf,
        /// The field.
        field: String,
        /// The only label that occurs, if there is one.
        only: Option<String>,
    },
}

impl DataError {
    /// What to do next.
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::OneLabel { .. } => {
                "add rows with other labels, or name the field that holds the label (`label_field`)".into()
            }
            Self::Split { source, .. } => return size_hint(source),
            Self::NotDivided { .. } => {
                "add rows, leave out labels with few rows (`min_label_count`), or divide the file with the command `split` and name \
                 the parts (`train`, `validation`, `test`)"
                    .into()
            }
            Self::RareLabels { .. } => {
                "add examples with these labels, or leave them out with `min_label_count`".into()
            }
            Self::DayOrMonth { .. } => "state it (`date_order day-first` or `date_order month-first`), or write the dates as 2025-03-05".into(),
            Self::NoTimeField { .. } => "check the name of the field with the dates (`split_by_time`)".into(),
            Self::AllRare { .. } => "lower `min_label_count`".into(),
            Self::NoGroupField { .. } => "check the name of the field to group by (`group_by`)".into(),
            Self::Leakage { .. } => {
                "`drop_leaked` removes these texts from training; `allow_leakage` keeps them, but then all scores will be \
                 too high"
                    .into()
            }
            Self::TestInValidation { .. } => {
                "`drop_leaked` removes these texts from validation; `allow_leakage` keeps them, but then all scores will be \
                 too high"
                    .into()
            }
            Self::NothingToTrain { .. } | Self::LabelLost { .. } => {
                "use validation and test files that share fewer texts with the training file".into()
            }
            Self::NothingToValidate { .. } => {
                "name another validation file, or omit it to use a tenth of the training file".into()
            }
            Self::LabelNotInTraining { .. } => {
                "correct the label, remove the row, or add rows with this label to the training file".into()
            }
            Self::AnswerValue { .. } => "give texts, numbers or a list of them, or leave the field empty".into(),
            Self::NoAnswers { .. } => "check the name of the field, or leave it out".into(),
        })
    }
}

/// Adds the name of the setting to the hint about a size.
fn size_hint(error: &SplitError) -> Option<Hint> {
    let hint = error.hint()?;
    Some(match error {
        SplitError::Size { part, .. } => format!("{hint} (`{part}_size`)").into(),
        _ => hint.into(),
    })
}

fn nothing_to_learn(field: &str, only: Option<&str>) -> String {
    match only {
        Some(label) => format!("every row with the field `{field}` has the same value `{label}`"),
        None => format!("no row has a value in the field `{field}`"),
    }
}

fn rare_labels(labels: &[(String, usize)]) -> String {
    match labels {
        [(label, 1)] => format!("the label `{label}` has a single example"),
        [(label, rows)] => {
            format!("the label `{label}` has {rows} examples that are duplicates or in one group")
        }
        _ => {
            let names: Vec<String> = labels
                .iter()
                .map(|(label, rows)| format!("`{label}` ({rows})"))
                .collect();
            format!(
                "{} labels have a single example, or only duplicates or one group: {}",
                labels.len(),
                names.join(", ")
            )
        }
    }
}
