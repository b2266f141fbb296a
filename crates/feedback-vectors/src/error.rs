//! Errors of this crate.

use std::path::PathBuf;

/// Why vectors could not be kept or searched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),

    /// A new file cannot be put into place.
    #[error(transparent)]
    File(#[from] feedback_files::Error),

    /// The file is not a file of vectors, or its beginning is damaged.
    #[error(
        "`{}` does not begin like a file of vectors",
        path.display()
    )]
    NotVectors {
        /// The file.
        path: PathBuf,
    },

    /// The width of a vector is not the width of the file.
    #[error("the vector of {what} has {found} numbers, expected {expected}")]
    Width {
        /// Whose vector it is.
        what: String,
        /// Number of values found.
        found: usize,
        /// Number of values expected.
        expected: usize,
    },

    /// A vector has no direction.
    #[error(
        "the vector of {what} is all zero, or has a value that is NaN or infinite; expected finite numbers, not all zero"
    )]
    NoDirection {
        /// Whose vector it is.
        what: String,
    },

    /// A setting is outside its range.
    #[error("`{field}` is {found}, expected {expected}")]
    Setting {
        /// The setting.
        field: &'static str,
        /// The value of the setting.
        found: String,
        /// A description of the allowed values.
        expected: &'static str,
    },
}

impl Error {
    /// Returns what to do next, in one sentence without a full stop; `None` if the message says enough.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::File(error) => error.hint(),
            Self::NotVectors { .. } => Some("remove it; the vectors can be computed again from the texts"),
            Self::Width { .. } => Some("all vectors of a file come from one encoder"),
            Self::Io(_) | Self::NoDirection { .. } | Self::Setting { .. } => None,
        }
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
