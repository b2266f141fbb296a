//! Errors of reading a key.

use std::path::PathBuf;

/// A key for pseudonyms that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read.
    #[error("cannot read the key for pseudonyms")]
    Io(#[from] std::io::Error),
    /// The key is too short, so that its pseudonyms could be turned back into values by trying keys.
    #[error("the key for pseudonyms in `{}` has {found} bytes, expected at least {min}", path.display())]
    Short {
        /// The file.
        path: PathBuf,
        /// Number of bytes of the key.
        found: usize,
        /// Minimum number of bytes.
        min: usize,
    },
}

impl KeyError {
    /// Returns what to do about the error.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io(_) => "name a file that contains the key",
            Self::Short { .. } => {
                "make a key with `openssl rand -hex 32`, and keep it: another key gives other pseudonyms"
            }
        }
    }
}
