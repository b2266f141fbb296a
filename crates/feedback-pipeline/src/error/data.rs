//! What can be wrong with data files that could be read.

use std::path::PathBuf;

use crate::error::hint::Hint;

/// Data files that cannot be used together, or not for this purpose.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A model with one label always predicts that label.
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
        /// Which size cannot be met.
        source: feedback_dataset::error::SplitError,
    },

    /// A label has too few rows to be in training and in a held-out part.
    #[error(
        "`{}`, line {line}: the label `{label}` has {}, a split needs at least two",
        path.display(),
        match rows {
            1 => "a single example".to_owned(),
            _ => format!("{rows} examples that are one text or one group"),
        }
    )]
    RareLabel {
        /// The file.
        path: PathBuf,
        /// The line of its first example.
        line: u64,
        /// The label.
        label: String,
        /// Its rows.
        rows: usize,
    },

    /// Rows were to be grouped by a field that none of them has.
    #[error("no row of `{}` has the field `{field}`", path.display())]
    NoGroupField {
        /// The file.
        path: PathBuf,
        /// The field.
        field: String,
    },

    /// Training texts also occur in validation or test.
    #[error(
        "{leaked} of {held_out_rows} texts in `{}` also occur in the training data `{}`:\n{}",
        held_out.display(), train.display(), examples.join("\n")
    )]
    Leakage {
        /// The training file.
        train: PathBuf,
        /// The file that shares texts with it.
        held_out: PathBuf,
        /// How many of its texts leak.
        leaked: usize,
        /// How many texts it has.
        held_out_rows: usize,
        /// The first of them, with line numbers.
        examples: Vec<String>,
    },

    /// Validation texts, which choose the model, also occur in test.
    #[error(
        "{leaked} of {test_rows} texts in `{}` also occur in the validation data `{}`, which chooses the model:\n{}",
        test.display(), validation.display(), examples.join("\n")
    )]
    TestInValidation {
        /// The validation file.
        validation: PathBuf,
        /// The test file.
        test: PathBuf,
        /// How many of its texts occur in both.
        leaked: usize,
        /// How many texts it has.
        test_rows: usize,
        /// The first of them, with line numbers.
        examples: Vec<String>,
    },

    /// Dropping leaks leaves no training row.
    #[error(
        "no training rows are left: all {rows} texts of `{}` also occur in validation or test",
        path.display()
    )]
    NothingToTrain {
        /// The training file.
        path: PathBuf,
        /// Its rows.
        rows: usize,
    },

    /// Dropping leaks leaves no training row of a label, which the model would then never predict.
    #[error(
        "no training rows of the label `{label}` are left: all {rows} in `{}` also occur in validation or test",
        path.display()
    )]
    LabelLost {
        /// The training file.
        path: PathBuf,
        /// The label.
        label: String,
        /// Its rows.
        rows: usize,
    },

    /// Dropping leaks leaves no validation row.
    #[error(
        "no validation rows are left to choose the model: all {rows} texts of `{}` also occur in `{}`",
        validation.display(), test.display()
    )]
    NothingToValidate {
        /// The validation file.
        validation: PathBuf,
        /// The test file.
        test: PathBuf,
        /// Rows of the validation file.
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

    /// The labels of a row are not a list of strings.
    #[error("`{}`, line {line}: {problem}", path.display())]
    LabelList {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// What was found instead.
        problem: &'static str,
        /// The field that holds the labels where there is no field `labels`.
        label_field: String,
    },

    /// A row has a label that is not in the given label set.
    #[error("`{}`, line {line}: the label `{label}` is unknown, expected one of {}", path.display(), known.join(", "))]
    UnknownLabel {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The label.
        label: String,
        /// The label set.
        known: Vec<String>,
    },
}

impl DataError {
    /// What to do next.
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::OneLabel { .. } => {
                "add rows with other labels, or name the field that holds the label (`label_field`)".into()
            }
            Self::Split { source, .. } => return source.hint().map(Hint::from),
            Self::RareLabel { .. } => "add examples, give it another label, or leave it out".into(),
            Self::NoGroupField { .. } => "check the name of the field to group by (`group_by`)".into(),
            Self::Leakage { .. } => {
                "`drop_leaked` removes them from training; `allow_leakage` keeps them, and every score will be too \
                 high"
                    .into()
            }
            Self::TestInValidation { .. } => {
                "`drop_leaked` removes them from validation; `allow_leakage` keeps them, and every score will be too \
                 high"
                    .into()
            }
            Self::NothingToTrain { .. } | Self::LabelLost { .. } => {
                "use files that share fewer texts with the training file".into()
            }
            Self::NothingToValidate { .. } => {
                "name another validation file, or none: a tenth of the training file is used then".into()
            }
            Self::LabelNotInTraining { .. } => {
                "correct the label, leave the row out, or add rows with this label to the training file".into()
            }
            Self::LabelList { label_field, .. } => format!(
                "give a list of strings in `labels` or `{label_field}`, such as [\"bug\", \"complaint\"], or [] for none"
            )
            .into(),
            Self::UnknownLabel { .. } => "correct the label, or leave the row out".into(),
        })
    }
}
