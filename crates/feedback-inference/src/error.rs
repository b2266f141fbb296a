//! The error type of this crate.

use std::path::PathBuf;

/// Everything that can go wrong while predicting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model could not be loaded or run.
    #[error(transparent)]
    Model(#[from] feedback_bert::Error),

    /// The configuration of a model folder cannot be used.
    #[error("`{}`: {source}\nhint: restore the folder's files, or train the model again", folder.display())]
    Config {
        /// The model folder.
        folder: PathBuf,
        /// The key, what was expected and what was found.
        source: feedback_bert::Error,
    },

    /// A record has a field that the table being written has no column for.
    #[error(
        "record {record}: it has a field `{field}` that the first record had not, and a table's columns are fixed\n\
         hint: write JSON lines instead, with an output name that ends in .jsonl or `--output-format jsonl`"
    )]
    NoColumn {
        /// Which record of the output, from 1.
        record: usize,
        /// The field.
        field: String,
    },

    /// The input could not be read or the output not written.
    #[error(transparent)]
    Data(#[from] feedback_dataset::Error),

    /// There is a text with nothing in it.
    #[error("text {position} of {count} is empty\nhint: give at least one character that is not white space")]
    EmptyText {
        /// Which one, counted from 1.
        position: usize,
        /// How many there are.
        count: usize,
    },

    /// There is no such way to explain a prediction.
    #[error("`{found}` is no way to explain a prediction: expected one of {known}")]
    UnknownMethod {
        /// The name given.
        found: String,
        /// The names there are.
        known: String,
    },

    /// The model does not know the label to be explained.
    #[error("the model does not know the label `{found}`; it knows: {}", known.join(", "))]
    UnknownLabel {
        /// The label given.
        found: String,
        /// The labels there are.
        known: Vec<String>,
    },

    /// A bad row was met and the caller asked to stop at those.
    #[error(
        "`{path}`: {row}\nhint: {hint}; with `--on-bad-row set-aside` such rows are kept apart and the rest goes on"
    )]
    BadRow {
        /// The file.
        path: String,
        /// Line, offset and reason.
        row: String,
        /// What to do about it.
        hint: &'static str,
    },

    /// A file could not be written; the message of the source names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),

    /// Scores could not be read back from the device.
    #[error("could not read the scores back from the device: {0}")]
    Device(String),
}

impl Error {
    /// What to do next, if it is not part of the message.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Data(error) => error.hint(),
            _ => None,
        }
    }
}

/// Lets `?` take the narrow errors of `feedback-dataset`.
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
