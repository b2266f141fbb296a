//! The error type of this crate.

use std::path::PathBuf;

/// Everything that can go wrong when a classifier is made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text could not be tokenised, or a model could not be read.
    #[error(transparent)]
    Model(#[from] feedback_bert::Error),

    /// A classifier could not encode texts or compute their vectors.
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

    /// The number of texts differs from the number of labels, or both are 0.
    #[error(
        "found {texts} texts and {labels} labels, expected one label for each text, and at least one text"
    )]
    Lengths {
        /// The number of texts.
        texts: usize,
        /// The number of labels.
        labels: usize,
    },

    /// The number of texts differs from the number of their encodings.
    #[error("found {encodings} encodings of {texts} texts, expected one for each text")]
    Encodings {
        /// The number of texts.
        texts: usize,
        /// The number of encodings.
        encodings: usize,
    },

    /// A label file could not be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),

    /// A label file is not valid TOML, has unknown fields, or has labels that cannot be used.
    #[error("`{}`: {reason}", path.display())]
    LabelFile {
        /// The file.
        path: PathBuf,
        /// What is wrong; for invalid TOML and unknown fields, with the line.
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
    /// Returns what to do next, unless the message already says so.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Model(error) => return error.hint(),
            Self::Inference(error) => return error.hint(),
            Self::Fit(error) => return error.hint().map(str::to_owned),
            Self::Metrics(error) => return error.hint(),
            Self::Training(error) => return error.hint(),
            Self::LabelFile { .. } => {
                "a label file has a block `[[labels]]` for each label, with `name = \"…\"`, and optionally \
                 `description = \"…\"` and `examples = [\"…\"]`"
            }
            Self::Labels { .. } => {
                "give at least two labels; their names must differ in more than case, accents, punctuation or \
                 white space"
            }
            Self::Interrupted { .. } | Self::Lengths { .. } | Self::Encodings { .. } | Self::Io(_) => {
                return None;
            }
        };
        Some(hint.to_owned())
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
