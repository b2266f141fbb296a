//! The error type of this crate.

use std::sync::Arc;

/// Everything that can go wrong in a store.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// SQLite reported an error.
    #[error("the database failed: {0}")]
    Sqlite(#[source] Arc<rusqlite::Error>),

    /// Postgres reported an error.
    #[error("the database failed: {reason} ({code})")]
    Postgres {
        /// The five-character error code (SQLSTATE), or `client` if the client library reported the error.
        code: String,
        /// The error message, without values from the database.
        reason: String,
    },

    /// The database cannot be reached, or the connection was lost.
    #[error("cannot reach the database `{database}`: {reason}")]
    Unreachable {
        /// Host, port and name, without user and password.
        database: String,
        /// What happened.
        reason: String,
    },

    /// The disk that holds the database is full. Nothing was written.
    #[error("no space left on the disk that holds the database")]
    StorageFull,

    /// The database was written by a newer version of this program.
    #[error("`{database}` has schema version {found}, but this program supports at most {known}")]
    NewerDatabase {
        /// The database file, or host, port and name.
        database: String,
        /// The schema version of the database.
        found: i64,
        /// The newest schema version that this program supports.
        known: i64,
    },

    /// The stored data is damaged.
    #[error("{database} is damaged: {problem}")]
    Damaged {
        /// The database file, or host, port and name.
        database: String,
        /// The first problem found.
        problem: String,
    },

    /// The store is damaged and therefore read-only.
    #[error("the database is damaged, so nothing is written to it: {problem}")]
    ReadOnly {
        /// What is wrong.
        problem: String,
    },

    /// A column contains a value of the wrong type.
    #[error("column `{column}` of the database does not contain {expected}")]
    UnexpectedValue {
        /// The column.
        column: String,
        /// What was expected.
        expected: &'static str,
    },

    /// There is no object with this name or id.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// The kind of object.
        what: &'static str,
        /// The requested name or id.
        id: String,
    },

    /// The request conflicts with what is stored.
    #[error(transparent)]
    Conflict(#[from] Conflict),

    /// The address of a Postgres database cannot be parsed.
    #[error("cannot parse the address of the database")]
    InvalidAddress,

    /// The address of a Postgres database asks for TLS.
    #[error("`sslmode=require` is not supported: this program connects to Postgres without TLS")]
    TlsNotSupported,

    /// The encoding of a Postgres database is not UTF-8.
    #[error("the database `{database}` has the encoding {encoding}, expected UTF8")]
    NotUtf8 {
        /// Host, port and name.
        database: String,
        /// The encoding of the database.
        encoding: String,
    },

    /// Rows are to be imported into a database that has rows.
    #[error("`{database}` is not empty: its table `{table}` has rows")]
    NotEmpty {
        /// Host, port and name.
        database: String,
        /// The first table with rows.
        table: String,
    },

    /// A file or a thread could not be created. For a file, the message names the path.
    #[error("{0}")]
    Io(#[source] Arc<std::io::Error>),

    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
}

/// What a request conflicts with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// The idempotency key was used for another correction.
    #[error("the idempotency key was used for another correction")]
    IdempotencyKeyReused,

    /// The batch is not staged.
    #[error("batch {0} is not waiting for its text column to be chosen")]
    BatchNotStaged(i64),

    /// The batch is not running, or its position is not the one at which the chunk begins.
    #[error("batch {0} is not running, or its position is at another row")]
    BatchAtAnotherRow(i64),

    /// The batch does not exist, is queued or is running.
    #[error("batch {0} does not exist, or has not ended yet")]
    BatchNotEnded(i64),

    /// The correction was undone, or superseded by a later one.
    #[error("correction {0} was undone or superseded")]
    CorrectionNotCurrent(i64),

    /// The model does not exist, or is the serving model.
    #[error("model `{0}` does not exist, or is the serving model")]
    ModelServing(String),
}

impl Error {
    /// Returns what to do next, in one sentence without a full stop; `None` if the message says enough.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unreachable { .. } => "check that it is running; the connection is restored automatically",
            Self::StorageFull => "free some space; writing then resumes",
            Self::NewerDatabase { .. } => {
                "start the version of the program that wrote it, or restore a backup"
            }
            Self::Damaged { .. } | Self::ReadOnly { .. } | Self::UnexpectedValue { .. } => "restore a backup",
            Self::InvalidAddress => {
                "write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE, and in the password %40 for @, %3A for :, \
                 %2F for /, %3F for ?"
            }
            Self::NotEmpty { .. } => "name an empty database or schema",
            Self::TlsNotSupported => "use a trusted network or a tunnel, and remove `sslmode`",
            Self::NotUtf8 { .. } => "create one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
            Self::Sqlite(_)
            | Self::Postgres { .. }
            | Self::NotFound { .. }
            | Self::Conflict(_)
            | Self::Io(_)
            | Self::Closed => return None,
        })
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::StorageFull,
            Some(rusqlite::ErrorCode::DatabaseCorrupt) => Self::Damaged {
                database: "the database".into(),
                problem: error.to_string(),
            },
            _ => Self::Sqlite(Arc::new(error)),
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
