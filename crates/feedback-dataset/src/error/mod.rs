//! The errors of this crate, one type for each kind of operation: [`ReadError`], [`LabelError`], [`SplitError`] and
//! [`WriteError`].
//!
//! A message says what is wrong, where, what was expected and what was found. The method `hint` says what to do next. Hints
//! name settings as in a settings file (`on_bad_row`); a command-line program can replace these names by its flags.

mod label;
#[cfg(feature = "files")]
mod read;
mod split;
#[cfg(feature = "files")]
mod write;

pub use label::LabelError;
#[cfg(feature = "files")]
pub use read::{ContentError, ReadError, RowError};
pub use split::{RareClass, SplitError};
#[cfg(feature = "files")]
pub use write::WriteError;

/// Any error of this crate, for callers that handle all errors in the same way.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    #[cfg(feature = "files")]
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Labels could not be used.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// Rows could not be split or sampled.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A file could not be written.
    #[cfg(feature = "files")]
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Error {
    /// What to do next, in one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            #[cfg(feature = "files")]
            Self::Read(error) => error.hint(),
            Self::Label(error) => error.hint(),
            Self::Split(error) => error.hint(),
            #[cfg(feature = "files")]
            Self::Write(error) => error.hint(),
        }
    }
}
