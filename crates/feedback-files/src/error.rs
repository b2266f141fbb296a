//! The error type of this crate.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// An error with a file or a folder. Each error names the path; [`Error::hint`] says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file to be read does not exist.
    #[error("there is no file `{}`", path.display())]
    NotFound {
        /// The path that was asked for.
        path: PathBuf,
    },

    /// The path of a file to be read is a folder.
    #[error("`{}` is a folder, expected a file", path.display())]
    IsFolder {
        /// The path that was asked for.
        path: PathBuf,
    },

    /// The operating system refused an action.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// The action that failed.
        action: Action,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system reported.
        #[source]
        source: io::Error,
    },

    /// A file does not contain the JSON that was expected.
    #[error("`{}` does not contain the expected JSON: {source}", path.display())]
    ReadJson {
        /// The file.
        path: PathBuf,
        /// What the parser reported, with line and column.
        #[source]
        source: serde_json::Error,
    },

    /// JSON cannot represent a value.
    #[error("the content of `{}` cannot be written as JSON: {source}", path.display())]
    WriteJson {
        /// The file that was to be written.
        path: PathBuf,
        /// Why JSON cannot represent the value.
        #[source]
        source: serde_json::Error,
    },

    /// The path of a folder ends in `..` or is a root, so its last part is no name.
    #[error("`{}` does not end in the name of a folder", path.display())]
    NoFolderName {
        /// The path.
        path: PathBuf,
    },
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// An action on a file or a folder; errors name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Reading.
    Read,
    /// Writing, including the creation of a file.
    Write,
    /// Creating a folder.
    CreateFolder,
    /// Waiting until the content is on disk.
    Sync,
    /// Renaming or moving.
    Rename,
    /// Removing.
    Remove,
    /// Changing the permissions.
    SetPermissions,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::CreateFolder => "create the folder",
            Self::Sync => "sync",
            Self::Rename => "rename",
            Self::Remove => "remove",
            Self::SetPermissions => "change the permissions of",
        })
    }
}

impl Error {
    /// Creates an error from an error of the operating system and adds the action and the path.
    ///
    /// If the [`io::Error`] was made from an error of this crate, that error is returned.
    #[must_use]
    pub fn from_io(action: Action, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.downcast::<Self>() {
            Ok(error) => error,
            Err(source) => match (action, source.kind()) {
                (Action::Read, io::ErrorKind::NotFound) => Self::NotFound { path },
                (Action::Read, io::ErrorKind::IsADirectory) => Self::IsFolder { path },
                _ => Self::Io { action, path, source },
            },
        }
    }

    /// Returns what to do next, in one sentence without a full stop; `None` if the message says enough.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotFound { .. } => {
                Some("check the spelling; a relative path starts at the folder the command runs in")
            }
            Self::IsFolder { .. } => Some("name a file in it"),
            Self::NoFolderName { .. } => Some("give a folder's name, as in models/feedback_classifier"),
            Self::Io { .. } | Self::ReadJson { .. } | Self::WriteJson { .. } => None,
        }
    }

    /// Returns the kind of I/O error, for example [`io::ErrorKind::StorageFull`].
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::NotFound { .. } => io::ErrorKind::NotFound,
            Self::IsFolder { .. } => io::ErrorKind::IsADirectory,
            Self::Io { source, .. } => source.kind(),
            Self::ReadJson { .. } | Self::WriteJson { .. } => io::ErrorKind::InvalidData,
            Self::NoFolderName { .. } => io::ErrorKind::InvalidInput,
        }
    }
}

/// Keeps the kind, so that callers that check for a full disk still detect it.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_conversion_to_an_io_error() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = Error::from_io(Action::Write, Path::new("a"), full);
        let through = io::Error::from(error);
        assert_eq!(through.kind(), io::ErrorKind::StorageFull);
        assert!(through.to_string().starts_with("cannot write `a`: "), "{through}");
        let back = Error::from_io(Action::Sync, Path::new("b"), through);
        assert!(back.to_string().starts_with("cannot write `a`: "), "{back}");
    }

    #[test]
    fn a_message_names_the_path_once_and_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let message = crate::move_into_place(folder.path(), folder.path().join("missing/a"))
            .unwrap_err()
            .to_string();
        assert_eq!(message.matches("missing").count(), 1, "{message}");
        assert!(message.starts_with("cannot rename"), "{message}");
        assert!(message.contains("os error"), "{message}");
    }
}
