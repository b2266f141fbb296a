//! The error type of this crate.

use std::path::PathBuf;
use std::sync::Arc;

use feedback_dataset::error::{ReadError, WriteError};

/// Everything that can go wrong while the server starts, stores and serves.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(feedback_store::Error),

    /// The disk that holds the state is full.
    #[error("no space left on the disk that holds the server's state")]
    StorageFull,

    /// A model could not be loaded, or failed on a text.
    #[error("{0}")]
    Model(#[source] Arc<feedback_inference::Error>),

    /// Nothing with this name or id exists.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// The requested name or id.
        id: String,
    },

    /// The request conflicts with the current state.
    #[error("{0}")]
    Conflict(String),

    /// A value in the request cannot be used.
    #[error("{0}")]
    Invalid(String),

    /// A file of the state folder could not be read or written; the message names the path.
    #[error("{0}")]
    Io(#[source] Arc<std::io::Error>),

    /// A data file could not be read.
    #[error("{0}")]
    Data(#[source] Arc<feedback_dataset::Error>),

    /// The files of a training could not be read or written.
    #[error("{0}")]
    Corrections(#[source] Arc<feedback_corrections::Error>),

    /// Another server uses the state folder.
    #[error(
        "the state folder `{}` is in use by the server process {process}",
        path.display()
    )]
    StateInUse {
        /// The folder.
        path: PathBuf,
        /// The process ID of the other server.
        process: String,
    },

    /// The file of API keys cannot be used.
    #[error("`{path}`: {reason}")]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// The file of webhook secrets cannot be used.
    #[error("`{path}`: {reason}")]
    SecretFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// What is to be served, backed up or restored cannot be used.
    #[error("{reason}")]
    Unusable {
        /// What is wrong.
        reason: String,
        /// What to do next.
        hint: &'static str,
    },

    /// The system provided no random bytes.
    #[error("the system provided no random bytes: {0}")]
    Random(String),

    /// The server is shutting down.
    #[error("the server is shutting down")]
    ShuttingDown,
}

impl Error {
    /// Creates an [`Error::Unusable`].
    pub(crate) fn unusable(reason: impl Into<String>, hint: &'static str) -> Self {
        let reason = reason.into();
        Self::Unusable { reason, hint }
    }

    /// Returns what to do next, in one sentence without a full stop; `None` if the message says enough.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint: &str = match self {
            Self::Store(error) => error.hint()?,
            Self::StorageFull => "free some space; the server then resumes",
            Self::Model(error) => return error.hint(),
            Self::Data(error) => return error.hint(),
            Self::Corrections(error) => return error.hint(),
            Self::StateInUse { .. } => "stop that server, or name another folder as `state_dir`",
            Self::KeyFile { .. } => {
                "write one key per line, at least 16 characters each; lines that begin with # are skipped"
            }
            Self::SecretFile { .. } => {
                "write one secret per line, such as `echo whsec_$(openssl rand -base64 32)` prints; lines that begin with # are \
                 skipped"
            }
            Self::Unusable { hint, .. } => hint,
            Self::NotFound { .. }
            | Self::Conflict(_)
            | Self::Invalid(_)
            | Self::Io(_)
            | Self::Random(_)
            | Self::ShuttingDown => return None,
        };
        Some(hint.to_owned())
    }
}

/// Returns the message of an error with what to do next, for a place that keeps only a text.
pub(crate) fn with_hint(error: &dyn std::error::Error, hint: Option<String>) -> String {
    match hint {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<feedback_store::Error> for Error {
    fn from(error: feedback_store::Error) -> Self {
        match error {
            feedback_store::Error::StorageFull => Self::StorageFull,
            other => Self::Store(other),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::StorageFull,
            _ => Self::Io(Arc::new(error)),
        }
    }
}

impl From<feedback_files::Error> for Error {
    fn from(error: feedback_files::Error) -> Self {
        std::io::Error::from(error).into()
    }
}

impl From<feedback_vectors::Error> for Error {
    fn from(error: feedback_vectors::Error) -> Self {
        match error {
            feedback_vectors::Error::Io(error) => error.into(),
            feedback_vectors::Error::File(error) => error.into(),
            other => Self::Invalid(with_hint(&other, other.hint().map(str::to_owned))),
        }
    }
}

impl From<feedback_inference::Error> for Error {
    fn from(error: feedback_inference::Error) -> Self {
        Self::Model(Arc::new(error))
    }
}

impl From<feedback_corrections::Error> for Error {
    fn from(error: feedback_corrections::Error) -> Self {
        match error {
            feedback_corrections::Error::Io(error) => error.into(),
            feedback_corrections::Error::Data(error) => error.into(),
            setting @ feedback_corrections::Error::Setting { .. } => Self::Invalid(setting.to_string()),
            other => Self::Corrections(Arc::new(other)),
        }
    }
}

impl From<feedback_dataset::Error> for Error {
    fn from(error: feedback_dataset::Error) -> Self {
        match error {
            feedback_dataset::Error::Read(ReadError::Io { source, .. })
                if source.kind() == std::io::ErrorKind::StorageFull =>
            {
                Self::StorageFull
            }
            feedback_dataset::Error::Write(WriteError::File(error)) => error.into(),
            feedback_dataset::Error::Write(WriteError::Output(error)) => error.into(),
            other => Self::Data(Arc::new(other)),
        }
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

from_data_errors!(ReadError, WriteError);
