//! The error type of this crate.

use std::path::PathBuf;

/// Why a name could not be turned into a model folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the cache could not be read or written; the message of the I/O error names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),

    /// A downloaded file could not be hashed, written or moved to its final path.
    #[error(transparent)]
    File(#[from] feedback_files::Error),

    /// The name is neither a folder that exists nor a valid name on the hub.
    #[error("`{name}` is not a model folder: there is no such folder")]
    NoSuchFolder {
        /// The name as given.
        name: String,
    },

    /// There is no such folder, and the model could not be loaded from the hub or its cache.
    #[error(
        "`{id}` is not a model folder: there is no such folder, and the model could not be loaded from the Hugging Face Hub: \
         {problem}"
    )]
    Hub {
        /// The model's name on the hub.
        id: String,
        /// What went wrong.
        problem: Box<HubProblem>,
    },
}

impl Error {
    /// Returns what to do next, in one sentence without a full stop; `None` if the message says enough.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::File(error) => error.hint(),
            Self::NoSuchFolder { .. } => Some(
                "set `model` to a folder, or to a name on the Hugging Face Hub such as `bert-base-uncased`",
            ),
            Self::Hub { problem, .. } => problem.hint(),
            Self::Io(_) => None,
        }
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a model could not be found in the cache or downloaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubProblem {
    /// The model is not in the cache, and this build cannot download.
    #[error(
        "revision `{revision}` is not in the cache `{}`, and this build cannot download",
        cache.display()
    )]
    NotCached {
        /// Branch, tag or commit.
        revision: String,
        /// The folder of the cache.
        cache: PathBuf,
    },
    /// The model is not in the cache, and `HF_HUB_OFFLINE` forbids downloads.
    #[error(
        "revision `{revision}` is not in the cache `{}`, and HF_HUB_OFFLINE is set",
        cache.display()
    )]
    Offline {
        /// Branch, tag or commit.
        revision: String,
        /// The folder of the cache.
        cache: PathBuf,
    },
    /// The hub denied access, with or without a token.
    #[error("the hub answered {status} for {what}")]
    Unauthorized {
        /// 401 or 403.
        status: u16,
        /// What was requested.
        what: String,
    },
    /// The hub does not have the requested revision or file.
    #[error("the hub does not have {what}")]
    NotFound {
        /// What was requested.
        what: String,
    },
    /// The hub failed on every attempt.
    #[error("the hub answered {status} for {what} in {attempts} attempts")]
    Server {
        /// The HTTP status of the last attempt.
        status: u16,
        /// What was requested.
        what: String,
        /// Number of attempts.
        attempts: usize,
    },
    /// On every attempt, the hub could not be reached or the connection broke.
    #[error("{what}: {reason} ({attempts} attempts)")]
    Network {
        /// What was requested.
        what: String,
        /// What the connection reported.
        reason: String,
        /// Number of attempts.
        attempts: usize,
    },
    /// A file is larger than the hub announced.
    #[error("`{file}`: expected {expected} bytes, received {found}")]
    WrongSize {
        /// The file.
        file: String,
        /// Size that the hub announced, in bytes.
        expected: u64,
        /// Bytes received.
        found: u64,
    },
    /// A file does not have the hash that the hub announced.
    #[error("`{file}`: expected hash {expected}, found {found}; the file was deleted")]
    WrongHash {
        /// The file.
        file: String,
        /// The hash that the hub announced.
        expected: String,
        /// The hash of the received file.
        found: String,
    },
    /// The hub's response cannot be used.
    #[error("{what}: {reason}")]
    BadAnswer {
        /// What was requested.
        what: String,
        /// What is wrong with the response.
        reason: String,
    },
}

impl HubProblem {
    /// Returns what to do next, in one sentence without a full stop; `None` if the message says enough.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotCached { .. } => {
                "set `model` to a folder, download the model with `hf download`, or build with the feature `hub`"
            }
            Self::Offline { .. } => "unset it to download the model once",
            Self::Unauthorized { .. } => {
                "the model may not exist, or be private or gated: set HF_TOKEN to a token that may read it"
            }
            Self::NotFound { .. } => "check the name and the revision",
            Self::Server { .. } | Self::Network { .. } => {
                "try again later (received bytes are kept), or set `model` to a folder"
            }
            Self::WrongHash { .. } => "download it again",
            Self::WrongSize { .. } | Self::BadAnswer { .. } => return None,
        })
    }
}
