//! The error type of this crate.

use std::path::PathBuf;

/// Everything that can go wrong while a first model is made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The texts could not be read.
    #[error(transparent)]
    Data(#[from] feedback_dataset::Error),

    /// The encoder could not be read, or the model could not be written.
    #[error(transparent)]
    Model(#[from] feedback_bert::Error),

    /// The labels cannot be used, or a classifier could not be fitted.
    #[error(transparent)]
    Heads(#[from] feedback_heads::Error),

    /// The encoder failed.
    #[error(transparent)]
    Inference(#[from] feedback_inference::Error),

    /// Themes could not be found.
    #[error(transparent)]
    Themes(#[from] feedback_insight::Error),

    /// The texts suggest no labels.
    #[error("the {texts} texts have fewer than two themes, so no labels can be proposed")]
    NoThemes {
        /// The number of texts.
        texts: usize,
    },

    /// An interval could not be computed.
    #[error(transparent)]
    Metrics(#[from] feedback_metrics::Error),

    /// The answers could not be written, or the terminal was closed.
    #[error("{0}")]
    Io(#[from] std::io::Error),

    /// A file could not be written.
    #[error(transparent)]
    File(#[from] feedback_files::Error),

    /// The file for the answers has another format.
    #[error("`{}`: answers are written as JSON Lines, but the name does not end in `.jsonl`", path.display())]
    LabelledFormat {
        /// The file.
        path: PathBuf,
    },

    /// The model would replace something that is not a model, or one of the files of this command.
    #[error("`{}` {reason}", path.display())]
    Output {
        /// The folder for the model.
        path: PathBuf,
        /// What is in the way.
        reason: &'static str,
    },

    /// There are no texts to ask about.
    #[error("`{}` has {found} different texts, expected at least {expected}", path.display())]
    TooFewTexts {
        /// The file.
        path: PathBuf,
        /// The number of different texts.
        found: usize,
        /// The smallest number that makes sense.
        expected: usize,
    },
}

impl Error {
    /// Returns what to do next, if that does not follow from the message.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Data(error) => error.hint(),
            Self::Model(error) => error.hint(),
            Self::Heads(error) => error.hint(),
            Self::Inference(error) => error.hint(),
            Self::Themes(error) => error.hint(),
            Self::Metrics(error) => error.hint(),
            Self::File(error) => error.hint().map(str::to_owned),
            Self::LabelledFormat { .. } => {
                Some("name a file that ends in `.jsonl` (`labelled`)".into())
            }
            Self::NoThemes { .. } => Some("name the labels (`label_names` or `label_file`)".into()),
            Self::Output { .. } => Some("choose another `output`".into()),
            Self::TooFewTexts { .. } => Some(
                "give a file with more texts, and check the name of the field that contains the text (`text_field`)".into(),
            ),
            Self::Io(_) => None,
        }
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
