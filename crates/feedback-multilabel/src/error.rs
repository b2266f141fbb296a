//! The error type of this crate.

use std::path::PathBuf;

use crate::problem::LabelProblem;

/// Everything that can go wrong with texts that have any number of labels.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data, the settings, the run folder or the training cannot be used.
    #[error(transparent)]
    Pipeline(#[from] feedback_pipeline::Error),

    /// The labels of a row cannot be read.
    #[error("`{}`, {problem}{}", path.display(), and_others(*others))]
    Labels {
        /// The file.
        path: PathBuf,
        /// The first row whose labels cannot be read.
        problem: LabelProblem,
        /// Number of further such rows.
        others: usize,
    },

    /// A row has a label that is not permitted: the model does not know it, or no training row has it.
    #[error("`{}`, line {line}: the label `{label}` is unknown, expected {}", path.display(), known.join(", "))]
    UnknownLabel {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The label.
        label: String,
        /// The permitted labels.
        known: Vec<String>,
    },

    /// After the split, no training row has a label of the file.
    #[error("no training row has the label `{label}`; `{}` has {rows} with it", path.display())]
    NotTrained {
        /// The file.
        path: PathBuf,
        /// The label.
        label: String,
        /// Number of rows of the file with the label.
        rows: usize,
    },

    /// No text of a file has a label.
    #[error("no text of `{}` has a label", path.display())]
    NoLabels {
        /// The file.
        path: PathBuf,
    },

    /// A part of the data has no rows.
    #[error("`{}` leaves no {part} rows", path.display())]
    NoRows {
        /// The file.
        path: PathBuf,
        /// `training` or `validation`.
        part: &'static str,
    },

    /// Models that are compared have different labels.
    #[error(
        "the models have different labels: `{first}` has {}, `{other}` has {}",
        labels.join(", "),
        other_labels.join(", ")
    )]
    OtherLabels {
        /// The first model.
        first: String,
        /// Its labels, in alphabetical order.
        labels: Vec<String>,
        /// The other model.
        other: String,
        /// Its labels, in alphabetical order.
        other_labels: Vec<String>,
    },

    /// A setting has no effect on texts with any number of labels.
    #[error("{setting} {reason}; `task` is `multi-label`")]
    Setting {
        /// The setting, or several.
        setting: &'static str,
        /// Why it cannot be used.
        reason: &'static str,
        /// What to do next.
        hint: &'static str,
    },
}

impl Error {
    /// Returns a suggestion what to do next, if there is one beyond the message.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Pipeline(error) => error.hint().map(Into::into),
            Self::Labels { problem, .. } => Some(format!(
                "{}; `on_bad_row set-aside` leaves such rows out and continues",
                problem.reason.hint()
            )),
            Self::UnknownLabel { .. } => {
                Some(
                    "correct the label or remove the row; `drop_unknown_labels` leaves such rows out; a model trained with this label knows it"
                        .into(),
                )
            }
            Self::NotTrained { .. } => Some("add rows with this label, or remove it from all rows".into()),
            Self::NoLabels { .. } => Some(
                "name the field (`label_field`) or the columns (`label_columns`) with the labels, or all labels (`labels`)".into(),
            ),
            Self::OtherLabels { .. } => Some("compare models that were trained with the same labels".into()),
            Self::NoRows { .. } => Some("give a file with more texts".into()),
            Self::Setting { hint, .. } => Some((*hint).into()),
        }
    }

    /// Returns true if a setting is invalid (wrong usage), false for all other errors, such as unusable data.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Pipeline(error) => error.is_usage(),
            Self::Setting { .. } => true,
            _ => false,
        }
    }
}

fn and_others(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => "; 1 other row has unusable labels".to_owned(),
        n => format!("; {n} other rows have unusable labels"),
    }
}

/// Lets `?` convert the errors of other crates, which the pipeline's error already contains.
macro_rules! from_pipeline_errors {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                feedback_pipeline::Error::from(error).into()
            }
        }
    )*};
}

from_pipeline_errors!(
    feedback_bert::Error,
    feedback_corrections::Error,
    feedback_dataset::Error,
    feedback_dataset::error::LabelError,
    feedback_dataset::error::ReadError,
    feedback_dataset::error::SplitError,
    feedback_files::Error,
    feedback_heads::Error,
    feedback_inference::Error,
    feedback_metrics::Error,
    feedback_pipeline::RunError,
    feedback_trainer::Error,
    std::io::Error,
);

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
