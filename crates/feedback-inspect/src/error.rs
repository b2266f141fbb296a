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

    /// A file could not be read or written; the message of the I/O error names the path.
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

    /// The extension of the output does not belong to a format with named fields (JSON lines, CSV, TSV).
    #[error("`{}` cannot be written: expected a name ending in .jsonl, .csv or .tsv", path.display())]
    OutputFormat {
        /// The output.
        path: PathBuf,
    },

    /// An output would overwrite an input.
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
        /// What is wrong with this line.
        reason: String,
    },

    /// No row has the field with the dates that the options name.
    #[error("`{}` has no field `{field}` with dates; its fields are `{}`", path.display(), fields.join("`, `"))]
    NoDateField {
        /// The inspected file.
        path: PathBuf,
        /// The field.
        field: String,
        /// The fields of the first rows.
        fields: Vec<String>,
    },

    /// There are fewer than two labels, so no label can be wrong.
    #[error(
        "cannot look for label errors in `{}`: expected at least two labels, found {labels}",
        path.display()
    )]
    TooFewLabels {
        /// The inspected file.
        path: PathBuf,
        /// The number of different labels in the file.
        labels: usize,
    },
}

impl Error {
    /// Returns what to do next, if there is a suggestion. Settings are named as in this library.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Data(error) => return error.hint(),
            Self::Baseline(error) => return error.hint().map(str::to_owned),
            Self::File(error) => return error.hint().map(str::to_owned),
            Self::Io(_) => return None,
            Self::SameOutput { .. } => "name two different files",
            Self::OutputFormat { .. } => "give the output one of these extensions",
            Self::OutputIsInput { .. } => "name another output file",
            Self::OutputExists { .. } => "name another file, or allow overwriting (`force`)",
            Self::NothingLeft { .. } => "request fewer fixes",
            Self::Probabilities { .. } => {
                "the file must have one line for each usable row of the data, in the same order, such as \
                 {\"scores\": [{\"label\": \"bug\", \"score\": 0.9}, …]}"
            }
            Self::NoDateField { .. } => "name one of these fields, or none: then it is found (`date_field`)",
            Self::TooFewLabels { .. } => "name the field that contains the label (`label_field`)",
        };
        Some(hint.to_owned())
    }
}

/// Lets `?` convert the specific error types of `feedback-dataset`.
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
