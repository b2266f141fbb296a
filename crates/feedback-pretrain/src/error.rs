//! The error type of this crate.

use std::borrow::Cow;
use std::path::PathBuf;

/// Everything that can go wrong in a pretraining.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The output or the files of the base model cannot be used.
    #[error(transparent)]
    Pipeline(#[from] feedback_pipeline::Error),

    /// The texts could not be read.
    #[error(transparent)]
    Texts(#[from] feedback_dataset::error::ReadError),

    /// A model could not be built, loaded or saved.
    #[error(transparent)]
    Model(#[from] feedback_bert::Error),

    /// Training failed.
    #[error(transparent)]
    Training(#[from] feedback_trainer::Error),

    /// A file could not be read or written; the message of the source names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),

    /// A file could not be hashed, read as JSON, or written.
    #[error(transparent)]
    File(#[from] feedback_files::Error),

    /// Too few different texts to hold some out and learn from others.
    #[error(
        "`{}` has {found} different texts, expected more than the {held_out} to hold out, which must be at least 1",
        path.display()
    )]
    TooFewTexts {
        /// The file.
        path: PathBuf,
        /// Its different texts.
        found: usize,
        /// How many to hold out.
        held_out: usize,
    },

    /// Masked language modelling needs a pretrained encoder.
    #[error("masked language modelling starts from a folder with an encoder")]
    NoEncoder,

    /// Student and teacher would read the same ids as different tokens.
    #[error("student and teacher have different vocabularies")]
    Vocabularies,

    /// The temperature of soft targets is out of range.
    #[error("the temperature is {found}, expected a number above 0")]
    Temperature {
        /// The temperature.
        found: f64,
    },

    /// Soft targets are about the same labels in the same order.
    #[error("the student has the labels {}, the teacher {}", student.join(", "), teacher.join(", "))]
    Labels {
        /// The student's labels.
        student: Vec<String>,
        /// The teacher's labels.
        teacher: Vec<String>,
    },

    /// Hidden states of different size cannot be compared.
    #[error("the student has the hidden size {student}, the teacher {teacher}")]
    HiddenSizes {
        /// The student's hidden size.
        student: usize,
        /// The teacher's hidden size.
        teacher: usize,
    },

    /// The checkpoints were made with other settings.
    #[error("the checkpoints in `{}` were made with other settings: {}", folder.display(), differences.join("; "))]
    Checkpoints {
        /// The folder.
        folder: PathBuf,
        /// Each difference.
        differences: Vec<String>,
    },

    /// The pretraining was interrupted.
    #[error(
        "interrupted after step {global_step}; {}",
        if *kept { "a checkpoint is saved" } else { "nothing is saved" }
    )]
    Interrupted {
        /// Updates done.
        global_step: usize,
        /// Whether there are checkpoints.
        kept: bool,
    },
}

impl Error {
    /// What to do next, where there is something to suggest beyond the message. Settings have their names in the library,
    /// in backticks; a program turns them into its flags.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::Pipeline(error) => return error.hint(),
            Self::Texts(error) => return error.hint().map(Cow::from),
            Self::TooFewTexts { .. } => {
                "use a file with more texts, or hold out fewer (`validation_rows`)".into()
            }
            Self::NoEncoder => "name a folder with an encoder as `model`".into(),
            Self::Vocabularies => "choose a student with the teacher's tokenizer.json, or a new model".into(),
            Self::Temperature { .. } => "2 is a common value".into(),
            Self::Labels { .. } => "soft targets need the same labels in the same order".into(),
            Self::HiddenSizes { .. } => "use soft targets, or a student with the same hidden size".into(),
            Self::Checkpoints { .. } => {
                "use the settings they were made with, or choose another folder (`checkpoints`)".into()
            }
            Self::Interrupted { kept: true, .. } => "the same command continues".into(),
            Self::Interrupted { kept: false, .. } => {
                "with a folder for `checkpoints` the same command continues".into()
            }
            Self::Model(_) | Self::Training(_) | Self::Io(_) | Self::File(_) => return None,
        })
    }

    /// True if the caller asked for something impossible, false if the data cannot be used.
    pub fn is_usage(&self) -> bool {
        use feedback_bert::Error as Model;
        use feedback_trainer::Error as Training;

        const SETTINGS: [&str; 2] = ["max_length", "mlm_probability"];
        match self {
            Self::Pipeline(error) => error.is_usage(),
            Self::Training(error) => matches!(
                error,
                Training::Argument { .. } | Training::UnknownPart { .. } | Training::AllFrozen { .. }
            ),
            Self::Model(Model::Device { .. }) => true,
            Self::Model(Model::Config { field, .. }) => SETTINGS.contains(field),
            _ => false,
        }
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
