//! What can go wrong, by what was attempted: [`ReadError`], [`LabelError`], [`SplitError`] and [`WriteError`].
//!
//! A message says what is wrong, where, what was expected and what was found. What to do next is a method, `hint`: it
//! names settings as a settings file does (`on_bad_row`), and a program turns these into its own flags.

mod label;
mod read;
mod split;
mod write;

pub use label::LabelError;
pub use read::{ReadError, RowError};
pub use split::SplitError;
pub use write::WriteError;

/// Any error of this crate, for callers that handle them all alike.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Labels could not be used.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// Rows could not be divided or drawn.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Error {
    /// What to do next, in one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read(error) => error.hint(),
            Self::Label(error) => error.hint(),
            Self::Split(error) => error.hint(),
            Self::Write(error) => error.hint(),
        }
    }
}
