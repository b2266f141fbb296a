//! What can go wrong, by what was attempted: [`ReadError`], [`LabelError`], [`SplitError`] and [`WriteError`].
//!
//! A message says what is wrong, where, what was expected and what was found. What to do next is a method, `hint`: it
//! names settings as a settings file does (`on_bad_row`), and a program turns these into its own flags.

mod label;
#[cfg(feature = "files")]
mod read;
mod split;
#[cfg(feature = "files")]
mod write;

pub use label::LabelError;
#[cfg(feature = "files")]
pub use read::{ReadError, RowError};
pub use split::SplitError;
#[cfg(feature = "files")]
pub use write::WriteError;

/// Any error of this crate, for callers that handle them all alike.
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
    /// Rows could not be divided or drawn.
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
