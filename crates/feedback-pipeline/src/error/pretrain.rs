//! What can be wrong with the texts, models and checkpoints of a pretraining.

use std::path::PathBuf;

use crate::error::hint::Hint;

/// A pretraining that cannot begin or continue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PretrainError {
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
}

impl PretrainError {
    /// What to do next. Settings have their names in the library.
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
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
        })
    }
}
