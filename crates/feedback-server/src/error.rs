//! The error type of this crate.

use std::path::PathBuf;
use std::sync::Arc;

use feedback_dataset::error::{ReadError, WriteError};

/// Everything that can go wrong while the server starts, stores and serves.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database could not do what was asked.
    #[error("the database failed: {0}")]
    Database(#[source] Arc<rusqlite::Error>),

    /// Postgres refused what was asked.
    #[error("the database failed: {reason} ({code})")]
    Postgres {
        /// Its code of five characters (SQLSTATE), or what else is known.
        code: String,
        /// What it said, without the values concerned.
        reason: String,
    },

    /// There is no connection to the database, or it broke.
    #[error(
        "the database `{database}` cannot be reached: {reason}\nhint: look whether it runs; the server connects again by itself"
    )]
    Unreachable {
        /// Host, port and name, without user and password.
        database: String,
        /// What happened.
        reason: String,
    },

    /// The disk that holds the state is full.
    #[error(
        "no room is left for the server's state\nhint: make room on that disk; the server goes on by itself"
    )]
    StorageFull,

    /// The database was written by a newer version of this program.
    #[error(
        "`{database}` has layout {found}, this program knows up to {known}\nhint: start the version that wrote it, or restore a backup"
    )]
    NewerDatabase {
        /// The database file, or host, port and name.
        database: String,
        /// Its version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },

    /// What is stored is damaged.
    #[error("`{database}` is damaged: {problem}\nhint: restore a backup")]
    Damaged {
        /// The database file, or host, port and name.
        database: String,
        /// The first problem found.
        problem: String,
    },

    /// A model could not be loaded, or failed on a text.
    #[error("{0}")]
    Model(#[source] Arc<feedback_inference::Error>),

    /// There is nothing by this name or number.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// The name or number asked for.
        id: String,
    },

    /// What was asked does not fit what is there.
    #[error("{0}")]
    Conflict(String),

    /// A value given by the caller cannot be used.
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

    /// The file of API keys cannot be used.
    #[error(
        "`{path}`: {reason}\nhint: one key a line, at least 16 characters each; lines that begin with # are skipped"
    )]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// The file of webhook secrets cannot be used.
    #[error(
        "`{path}`: {reason}\nhint: one secret a line, such as `echo whsec_$(openssl rand -base64 32)` prints; lines that begin with # are skipped"
    )]
    SecretFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// The system gave no random bytes.
    #[error("the system gave no random bytes: {0}")]
    Random(String),

    /// A part of the server has ended already.
    #[error("the server is shutting down")]
    ShuttingDown,
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::StorageFull,
            _ => Self::Database(Arc::new(error)),
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

from_data_errors!(ReadError, WriteError);
