//! The error type of this crate.

use std::path::PathBuf;

use feedback_dataset::record::BadRow;

/// Everything that can go wrong while predicting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model could not be loaded or run.
    #[error(transparent)]
    Model(#[from] feedback_bert::Error),

    /// The configuration of a model folder is invalid.
    #[error("`{}`: {source}", folder.display())]
    Config {
        /// The model folder.
        folder: PathBuf,
        /// The key, what was expected and what was found.
        source: feedback_bert::Error,
    },

    /// A record has a field without a column in the CSV output.
    #[error(
        "record {record} has a field `{field}` that the first record does not have; the first record determines the columns of \
         a CSV file"
    )]
    NoColumn {
        /// The number of the output record, from 1.
        record: usize,
        /// The field.
        field: String,
    },

    /// The input could not be read, or the output could not be written.
    #[error(transparent)]
    Data(#[from] feedback_dataset::Error),

    /// A text is empty or white space only.
    #[error("text {position} of {count} is empty")]
    EmptyText {
        /// The position of the text, from 1.
        position: usize,
        /// The number of texts.
        count: usize,
    },

    /// The model's scores for a text are NaN or infinite: its weights are damaged.
    #[error("the model's scores for text {position} of {count} are not finite")]
    NotFinite {
        /// The position of the text, from 1.
        position: usize,
        /// The number of texts.
        count: usize,
    },

    /// A profile of texts could not be made.
    #[error(transparent)]
    Drift(#[from] feedback_drift::Error),

    /// The file of a model folder that says where the vectors of training texts are cannot be used or written.
    #[error("`{}`: {reason}", path.display())]
    KnownTexts {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// A file could not be hashed, read as JSON, or written.
    #[error(transparent)]
    File(#[from] feedback_files::Error),

    /// The name of the explanation method is unknown.
    #[error("`{found}` is not an explanation method: expected one of {known}")]
    UnknownMethod {
        /// The given name.
        found: String,
        /// The valid names.
        known: String,
    },

    /// The method explains only networks, and this model also uses token n-grams.
    #[error("`{method}` cannot explain this model, whose scores also depend on token n-grams")]
    NotByNetwork {
        /// The method.
        method: &'static str,
    },

    /// The model does not have the label to explain.
    #[error("the model does not have the label `{found}`; it has: {}", known.join(", "))]
    UnknownLabel {
        /// The given label.
        found: String,
        /// The labels of the model.
        known: Vec<String>,
    },

    /// A row cannot be used, and the caller asked to stop at such rows.
    #[error("`{}`, {row}", path.display())]
    BadRow {
        /// The file.
        path: PathBuf,
        /// The row: line, offset and reason.
        row: Box<BadRow>,
    },

    /// A file could not be written; the message of the source names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),

    /// The model gives each text any number of labels, which the operation does not support.
    #[error(
        "{what} needs a model that gives each text one label; this model gives each text any number of labels"
    )]
    MultiLabel {
        /// What was asked for.
        what: &'static str,
    },

    /// Scores could not be read back from the device.
    #[error("cannot read the scores from the device: {0}")]
    Device(String),
}

impl Error {
    /// Returns a suggestion for what to do next, if there is one.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Model(error) => return error.hint(),
            Self::Data(error) => return error.hint(),
            Self::Drift(error) => return error.hint(),
            Self::File(error) => return error.hint().map(str::to_owned),
            Self::Config { .. } | Self::KnownTexts { .. } => {
                "restore the files of the folder, or train the model again"
            }
            Self::NoColumn { .. } => {
                "write JSON lines, with `output_format jsonl` or an output name that ends in .jsonl"
            }
            Self::NotFinite { .. } => {
                "the weights are damaged: copy the model folder again, or train the model again"
            }
            Self::NotByNetwork { .. } => "use `occlusion`",
            Self::UnknownLabel { .. } => "name one of these labels",
            Self::MultiLabel { .. } => {
                "leave it out, or use a model that was trained with `train --task single-label`"
            }
            Self::EmptyText { .. } => "give at least one character that is not white space",
            Self::BadRow { row, .. } => return Some(row.hint()),
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// Lets `?` convert the more specific errors of `feedback-dataset`.
macro_rules! from_data_errors {
    ($($error:ident),*) => {$(
        impl From<feedback_dataset::error::$error> for Error {
            fn from(error: feedback_dataset::error::$error) -> Self {
                feedback_dataset::Error::from(error).into()
            }
        }
    )*};
}

from_data_errors!(ReadError, LabelError, SplitError, WriteError);

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
