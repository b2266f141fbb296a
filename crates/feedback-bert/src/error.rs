//! The error type of this crate.

use std::path::{Path, PathBuf};

/// Everything that can go wrong while configuring, loading, running or saving a BERT.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read or written; the message of the source names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),

    /// A file or folder could not be hashed, written or renamed to its final path.
    #[error(transparent)]
    File(#[from] feedback_files::Error),

    /// A JSON file cannot be parsed, or has the wrong fields.
    #[error("`{}`{}: {source}", path.display(), at_line(source))]
    Json {
        /// The file.
        path: PathBuf,
        /// The parser's error, with line and column.
        source: serde_json::Error,
    },

    /// A setting, or a value of `config.json` or `feedback.json`, cannot be used.
    #[error("`{field}` is {found}: expected {expected}")]
    Config {
        /// The key or setting.
        field: &'static str,
        /// Accepted values.
        expected: String,
        /// The value found.
        found: String,
    },

    /// A folder is not a model folder.
    #[error("`{}` is not a model folder: {reason}", path.display())]
    NotAModelFolder {
        /// The folder.
        path: PathBuf,
        /// What is missing or wrong.
        reason: String,
        /// What to do next.
        hint: String,
    },

    /// The model gives each text any number of labels, but one that gives each text one label is needed.
    #[error(
        "the model in `{}` gives each text any number of labels (`problem_type` is `multi_label_classification`): expected a \
         model that gives each text one label",
        path.display()
    )]
    MultiLabel {
        /// The folder of the model, or the name of its base model if it is only in memory.
        path: PathBuf,
    },

    /// A weights file is damaged or does not match the configuration beside it.
    #[error("`{}`: {reason}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong: the tensors by name, with expected and found shapes.
        reason: String,
        /// What to do next, if there is a suggestion.
        hint: Option<String>,
    },

    /// A file has changed since its folder was written.
    #[error(
        "`{}` does not match its hash in `feedback.json`: expected sha256 {expected}, found {found}",
        path.display()
    )]
    HashMismatch {
        /// The file.
        path: PathBuf,
        /// The hash in `feedback.json`.
        expected: String,
        /// The hash of the file.
        found: String,
    },

    /// The tokenizer could not be read, trained or applied.
    #[error("tokenizer: {0}")]
    Tokenizer(String),

    /// The files of a tokenizer do not suffice to build it as Transformers does.
    #[error("tokenizer: {reason}")]
    TokenizerFiles {
        /// What is wrong.
        reason: String,
        /// What to do next.
        hint: String,
    },

    /// A device is unknown, not compiled in, or not available.
    #[error("device `{name}` {reason}")]
    Device {
        /// The name as given.
        name: String,
        /// Why it cannot be used.
        reason: String,
        /// The devices of this build.
        available: Vec<String>,
    },

    /// The number type to compute with is unknown, or the device does not support it.
    #[error("dtype `{name}` {reason}")]
    Dtype {
        /// The name as given.
        name: String,
        /// Why it cannot be used.
        reason: String,
    },

    /// A batch does not fit the model.
    #[error("{what} is {found}: expected {expected}")]
    Input {
        /// The quantity that is wrong.
        what: &'static str,
        /// Accepted values.
        expected: String,
        /// The value given.
        found: String,
    },
}

impl Error {
    /// Creates an [`Error::Config`].
    pub(crate) fn config(
        field: &'static str,
        expected: impl Into<String>,
        found: impl std::fmt::Display,
    ) -> Self {
        Self::Config {
            field,
            expected: expected.into(),
            found: format!("`{found}`"),
        }
    }

    /// Creates an [`Error::Weights`].
    pub(crate) fn weights(path: &Path, problem: impl Into<Problem>) -> Self {
        let Problem { reason, hint } = problem.into();
        Self::Weights {
            path: path.to_owned(),
            reason,
            hint,
        }
    }

    /// Returns what to do next, in one sentence without a full stop; `None` if the message says enough.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint: &str = match self {
            Self::File(error) => error.hint()?,
            Self::NotAModelFolder { hint, .. } | Self::TokenizerFiles { hint, .. } => hint,
            Self::Weights { hint, .. } => return hint.clone(),
            Self::MultiLabel { .. } => {
                "use it with `predict` or `evaluate`, or train a model with `train --task single-label`"
            }
            Self::HashMismatch { .. } => {
                "the file is damaged or was edited; restore it, or remove its entry under `files` if the change was intended"
            }
            Self::Device { available, .. } => {
                return Some(format!("this build has: {}", available.join(", ")));
            }
            Self::Io(_)
            | Self::Json { .. }
            | Self::Config { .. }
            | Self::Tokenizer(_)
            | Self::Dtype { .. }
            | Self::Input { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// What is wrong with a file of weights, before the path is known.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) reason: String,
    pub(crate) hint: Option<String>,
}

impl Problem {
    /// Creates a problem and says what to do next.
    pub(crate) fn with_hint(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            hint: Some(hint.into()),
        }
    }
}

impl From<String> for Problem {
    fn from(reason: String) -> Self {
        Self { reason, hint: None }
    }
}

impl From<&str> for Problem {
    fn from(reason: &str) -> Self {
        reason.to_owned().into()
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Returns the line of the error, as ` line N`; empty for an error about the whole value, which has no line.
fn at_line(error: &serde_json::Error) -> String {
    match error.line() {
        0 => String::new(),
        line => format!(" line {line}"),
    }
}
