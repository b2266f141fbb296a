//! Errors when writing files.

use std::io;
use std::path::PathBuf;

use crate::quote::quote_all;

/// The reason why records or a split cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A file could not be hashed, written or moved to its final path.
    #[error(transparent)]
    File(#[from] feedback_files::Error),

    /// The inner writer of a record writer failed.
    #[error(transparent)]
    Output(#[from] io::Error),

    /// A record has a field for which the table has no column.
    #[error(
        "the record has a field `{field}`, but the table has no such column; its columns are {}",
        quote_all(columns)
    )]
    NoColumn {
        /// The field.
        field: String,
        /// The columns of the table.
        columns: Vec<String>,
    },

    /// Output files already exist with different content.
    #[error("{} with other content", already_exist(paths))]
    Exists {
        /// The files with different content.
        paths: Vec<PathBuf>,
    },

    /// The output would overwrite the input file.
    #[error("`{}` is the input of this split and is never overwritten", path.display())]
    WouldOverwriteInput {
        /// The input file.
        path: PathBuf,
    },

    /// A split refers to a row that the data set does not have.
    #[error("the split contains row index {index}, but the data set has {rows} rows")]
    IndexOutOfRange {
        /// The index.
        index: usize,
        /// How many rows there are.
        rows: usize,
    },
}

impl WriteError {
    /// What to do next, in one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoColumn { .. } => "list all columns when you create the writer",
            Self::Exists { .. } => "choose another output, or allow overwriting (`force`)",
            Self::WouldOverwriteInput { .. } => "choose another output folder",
            Self::File(error) => return error.hint().map(str::to_string),
            Self::Output(_) | Self::IndexOutOfRange { .. } => return None,
        };
        Some(hint.to_string())
    }
}

fn already_exist(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    let verb = if names.len() == 1 {
        "already exists"
    } else {
        "already exist"
    };
    format!("{} {verb}", names.join(", "))
}
