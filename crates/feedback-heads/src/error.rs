//! The error type of this crate.

use std::path::PathBuf;

/// Everything that can go wrong when a classifier is made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text could not be tokenised, or a model could not be read.
    #[error(transparent)]
    Model(#[from] feedback_bert::Error),

    /// A text has no vector.
    #[error(transparent)]
    Inference(#[from] feedback_inference::Error),

    /// A linear classifier could not be fitted.
    #[error(transparent)]
    Fit(#[from] feedback_baselines::Error),

    /// A score could not be computed.
    #[error(transparent)]
    Metrics(#[from] feedback_metrics::Error),

    /// The encoder could not be trained.
    #[error(transparent)]
    Training(#[from] feedback_trainer::Error),

    /// Training was interrupted.
    #[error("interrupted after step {global_step} of the contrastive training")]
    Interrupted {
        /// Number of updates done.
        global_step: usize,
    },

    /// The texts and the labels differ in number, or there are none.
    #[error("{texts} texts have {labels} labels; expected one label for each text, and at least one text")]
    Lengths {
        /// The number of texts.
        texts: usize,
        /// The number of labels.
        labels: usize,
    },

    /// A file with labels could not be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),

    /// A file with labels is not valid TOML, or has other fields than expected.
    #[error("`{}`: {reason}", path.display())]
    LabelFile {
        /// The file.
        path: PathBuf,
        /// The line and what is wrong there.
        reason: String,
    },

    /// A list of labels cannot be used.
    #[error("{reason}")]
    Labels {
        /// What is wrong.
        reason: String,
    },
}

impl Error {
    /// Returns what to do next, if that does not follow from the message.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Fit(error) => error.hint(),
            Self::LabelFile { .. } => Some(
                "a file with labels has a block `[[labels]]` for each label, with `name = \"…\"`, and optionally \
                 `description = \"…\"` and `examples = [\"…\"]`",
            ),
            Self::Labels { .. } => Some("give at least two labels, each with a name of its own"),
            _ => None,
        }
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
