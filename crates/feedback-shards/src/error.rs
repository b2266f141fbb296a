//! The error type of this crate.

use std::path::PathBuf;

/// Why a job cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder cannot be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),

    /// A file of the job cannot be read or written.
    #[error(transparent)]
    File(#[from] feedback_files::Error),

    /// The folder belongs to another job.
    #[error("`{}` belongs to another run: its {what} is `{found}`, but that of this run is `{expected}`", folder.display())]
    OtherRun {
        /// The folder.
        folder: PathBuf,
        /// What differs.
        what: String,
        /// The value in the folder.
        found: String,
        /// The value of this run.
        expected: String,
    },

    /// The folder has other files, and no job.
    #[error("`{}` is not empty, and has no `manifest.json` of a run", folder.display())]
    NotAJob {
        /// The folder.
        folder: PathBuf,
    },

    /// Workers counted a different number of rows, so their inputs differ.
    #[error("another worker counted {found} rows, this one {expected}: the inputs differ")]
    OtherRows {
        /// The number in the folder.
        found: u64,
        /// The number of this worker.
        expected: u64,
    },

    /// Not all parts are there.
    #[error("{n} of {of} parts of `{}` are missing, the first is {first}", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// Number of missing parts.
        n: u64,
        /// Number of parts.
        of: u64,
        /// The number of the first missing part.
        first: u64,
    },

    /// No worker has read the input to its end, so the number of parts is not known.
    #[error("no worker of `{}` has come to the end of its input yet", folder.display())]
    NotFinished {
        /// The folder.
        folder: PathBuf,
    },

    /// A part is not what its worker wrote.
    #[error("`{}` was changed after it was written: {problem}", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
    },
}

impl Error {
    /// Returns what to do next, in one sentence without a full stop; `None` if the message says enough.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::OtherRun { .. } => {
                Some("name another folder, or use the same input, model and settings as the other workers")
            }
            Self::NotAJob { .. } => Some("name a folder that is empty or does not exist"),
            Self::OtherRows { .. } => Some("give all workers the same input"),
            Self::Missing { .. } | Self::NotFinished { .. } => {
                Some("start the workers again: they do only what is missing")
            }
            Self::Changed { .. } => Some("remove this part with its `.json` file, and start a worker again"),
            Self::Io(_) | Self::File(_) => None,
        }
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
