//! The error type of this crate.

use std::path::PathBuf;

/// Everything that can go wrong while configuring, loading, running or saving a BERT.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read or written; the message of the source names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),

    /// A file or folder could not be hashed, written or put into its place.
    #[error(transparent)]
    File(#[from] feedback_files::Error),

    /// A JSON file is not what it should be.
    #[error("`{}`{}: {source}", path.display(), at_line(source))]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser found, with line and column.
        source: serde_json::Error,
    },

    /// A value of `config.json` cannot be used.
    #[error("`{field}` is {found}: expected {expected}")]
    Config {
        /// The key in `config.json`.
        field: &'static str,
        /// What would have been accepted.
        expected: String,
        /// What was there.
        found: String,
    },

    /// A folder is not a model folder.
    #[error("`{}` is not a model folder: {reason}\nhint: {hint}", path.display())]
    NotAModelFolder {
        /// The folder.
        path: PathBuf,
        /// What is missing or wrong.
        reason: String,
        /// What to do next.
        hint: String,
    },

    /// A weights file cannot be used with the configuration beside it.
    #[error("`{}`: {reason}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// The tensors concerned, with expected and found shapes.
        reason: String,
    },

    /// A file of the folder has changed since the folder was written.
    #[error(
        "`{}` does not match the hash that `feedback.json` holds for it: expected sha256 {expected}, found {found}\n\
         hint: the file is damaged or was edited; restore it, or remove its entry under `files` if the change was meant",
        path.display()
    )]
    HashMismatch {
        /// The file.
        path: PathBuf,
        /// The hash written when the folder was made.
        expected: String,
        /// The hash of the file as it is.
        found: String,
    },

    /// A model could not be had from the Hugging Face Hub or its cache.
    #[error(
        "`{id}` is not a model folder: there is no such folder; as a model of the Hugging Face Hub: {problem}"
    )]
    Hub {
        /// The model's name on the hub.
        id: String,
        /// What went wrong.
        problem: Box<crate::HubProblem>,
    },

    /// The tokenizer could not be read, trained or applied.
    #[error("tokenizer: {0}")]
    Tokenizer(String),

    /// The number of labels the head has is not the number of labels given.
    #[error(
        "the model in `{}` has {found} labels ({}), but {expected} are needed ({})\n\
         hint: fine-tune it on this data first, or give the labels it was trained with",
        path.display(), found_names.join(", "), expected_names.join(", ")
    )]
    LabelMismatch {
        /// The model folder.
        path: PathBuf,
        /// How many labels were asked for.
        expected: usize,
        /// Their names.
        expected_names: Vec<String>,
        /// How many the model has.
        found: usize,
        /// Their names.
        found_names: Vec<String>,
    },

    /// A device name is not known, not compiled in, or not there.
    #[error("device `{name}` {reason}\nhint: this build has: {}", available.join(", "))]
    Device {
        /// The name as given.
        name: String,
        /// Why it cannot be used.
        reason: String,
        /// What can be used.
        available: Vec<String>,
    },

    /// A batch does not fit the model.
    #[error("{what} is {found}: expected {expected}")]
    Input {
        /// The quantity.
        what: &'static str,
        /// What the model accepts.
        expected: String,
        /// What was given.
        found: String,
    },
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A value that is wrong as a whole has no line.
fn at_line(error: &serde_json::Error) -> String {
    match error.line() {
        0 => String::new(),
        line => format!(" line {line}"),
    }
}
