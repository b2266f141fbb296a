//! The error type of this crate.

use std::path::PathBuf;

/// Why a file could not be inspected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read, or a copy could not be written.
    #[error(transparent)]
    Data(#[from] feedback_dataset::Error),

    /// The model that looks for wrong labels could not be fitted.
    #[error(transparent)]
    Baseline(#[from] feedback_baselines::Error),

    /// A file could not be read or written; the message of the source names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),

    /// A file could not be hashed or written.
    #[error(transparent)]
    File(#[from] feedback_files::Error),

    /// Two outputs have the same path.
    #[error("the repaired rows and the probabilities cannot both be written to `{}`", path.display())]
    SameOutput {
        /// The path.
        path: PathBuf,
    },

    /// The file name does not end like a format that can hold fields.
    #[error("`{}` cannot be written: expected a name ending in .jsonl, .csv or .tsv", path.display())]
    OutputFormat {
        /// The output.
        path: PathBuf,
    },

    /// An output would overwrite a file that is read.
    #[error("`{}` is an input and is never overwritten", path.display())]
    OutputIsInput {
        /// The file.
        path: PathBuf,
    },

    /// An output exists already.
    #[error("`{}` already exists", path.display())]
    OutputExists {
        /// The output.
        path: PathBuf,
    },

    /// The fixes leave no row to write.
    #[error("no rows are left of `{}` after the fixes", path.display())]
    NothingLeft {
        /// The inspected file.
        path: PathBuf,
    },

    /// A file of probabilities does not match the inspected file.
    #[error("`{}`, line {line}: {reason}", path.display())]
    Probabilities {
        /// The file of probabilities.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },

    /// There are fewer than two labels, so no label can be wrong.
    #[error(
        "cannot look for label errors in `{}`: expected at least two labels, found {labels}",
        path.display()
    )]
    TooFewLabels {
        /// The inspected file.
        path: PathBuf,
        /// The number of different labels.
        labels: usize,
    },
}

impl Error {
    /// What to do next, where there is something to suggest. Settings have their names in the library.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Data(error) => return error.hint(),
            Self::Baseline(error) => return error.hint().map(str::to_owned),
            Self::Io(_) | Self::File(_) => return None,
            Self::SameOutput { .. } => "name two files",
            Self::OutputFormat { .. } => "give the output one of these endings",
            Self::OutputIsInput { .. } => "name another output file",
            Self::OutputExists { .. } => "name another file, or allow overwriting (`force`)",
            Self::NothingLeft { .. } => "ask for fewer fixes",
            Self::Probabilities { .. } => {
                "the file must have one line for each usable row of the data, in the same order, such as \
                 {\"scores\": [{\"label\": \"bug\", \"score\": 0.9}, …]}"
            }
            Self::TooFewLabels { .. } => "name the field that holds the label (`label_field`)",
        };
        Some(hint.to_owned())
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
