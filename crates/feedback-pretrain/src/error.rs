//! The error type of this crate.

use std::borrow::Cow;
use std::path::PathBuf;

/// Everything that can go wrong in pretraining.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The output or the files of the base model cannot be used.
    #[error(transparent)]
    Pipeline(#[from] feedback_pipeline::Error),

    /// The texts could not be read.
    #[error(transparent)]
    Texts(#[from] feedback_dataset::error::ReadError),

    /// The labels of a task cannot be used.
    #[error(transparent)]
    TaskLabels(#[from] feedback_dataset::error::LabelError),

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

    /// There are too few different texts to hold out some of them and train on the others.
    #[error(
        "`{}` has {found} different texts, expected more than the number to hold out ({held_out}, at least 1)",
        path.display()
    )]
    TooFewTexts {
        /// The file.
        path: PathBuf,
        /// Number of different texts in the file.
        found: usize,
        /// Number of texts to hold out.
        held_out: usize,
    },

    /// A recipe cannot be used.
    #[error("the recipe `{}` cannot be used: {reason}", path.display())]
    Recipe {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// The results in a folder were made with a different recipe.
    #[error("the results in `{}` were made by another recipe: {}", folder.display(), differences.join("; "))]
    OtherRecipe {
        /// The folder.
        folder: PathBuf,
        /// Each difference.
        differences: Vec<String>,
    },

    /// A row has no answer to a task.
    #[error("`{}`, line {line}: the field `{field}` is not {expected}", path.display())]
    TaskField {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The field.
        field: String,
        /// What was expected.
        expected: &'static str,
    },

    /// The kept tasks could not be measured.
    #[error(transparent)]
    Inference(#[from] feedback_inference::Error),

    /// The head of a task could not be fitted again.
    #[error(transparent)]
    Heads(#[from] feedback_heads::Error),

    /// A temperature could not be fitted.
    #[error(transparent)]
    Metrics(#[from] feedback_metrics::Error),

    /// The student of a recipe cannot be cut out of its teacher.
    #[error("cannot cut a student out of `{}`: {reason}", path.display())]
    Cut {
        /// The file of the teacher.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// A training argument has no effect in pretraining.
    #[error(
        "`{setting}` has no effect in pretraining, where the lowest loss is best and texts have no labels"
    )]
    WithoutEffect {
        /// The argument.
        setting: &'static str,
    },

    /// Masked language modelling needs a pretrained encoder.
    #[error("masked language modelling needs a folder with an encoder to start from")]
    NoEncoder,

    /// For student and teacher, the same token ids mean different tokens.
    #[error("student and teacher have different vocabularies")]
    Vocabularies,

    /// The temperature of soft targets is out of range.
    #[error("the temperature is {found}, expected a number above 0")]
    Temperature {
        /// The temperature.
        found: f64,
    },

    /// Soft targets need the same labels in the same order, but student and teacher have different ones.
    #[error("the student has the labels {}, the teacher {}", student.join(", "), teacher.join(", "))]
    Labels {
        /// The student's labels.
        student: Vec<String>,
        /// The teacher's labels.
        teacher: Vec<String>,
    },

    /// Student and teacher have hidden states of different sizes, which cannot be compared.
    #[error("the student has the hidden size {student}, the teacher {teacher}")]
    HiddenSizes {
        /// The student's hidden size.
        student: usize,
        /// The teacher's hidden size.
        teacher: usize,
    },

    /// The checkpoints were made with different settings.
    #[error("the checkpoints in `{}` were made with different settings: {}", folder.display(), differences.join("; "))]
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
        /// Number of updates done.
        global_step: usize,
        /// Whether a checkpoint was saved.
        kept: bool,
    },
}

impl Error {
    /// Returns a suggestion for what to do next, unless the message already says it. It names settings as in
    /// the library, in backticks; a program replaces these names with its flags.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::Pipeline(error) => return error.hint(),
            Self::Texts(error) => return error.hint().map(Cow::from),
            Self::TooFewTexts { .. } => {
                "use a file with more texts, or hold out fewer (`validation_rows`)".into()
            }
            Self::WithoutEffect { .. } => "leave it out".into(),
            Self::NoEncoder => "name a folder with an encoder as `model`".into(),
            Self::Vocabularies => "choose a student with the teacher's tokenizer.json, or a new model".into(),
            Self::Temperature { .. } => "2 is a common value".into(),
            Self::Labels { .. } => "soft targets need the same labels in the same order".into(),
            Self::HiddenSizes { .. } => "use soft targets, or a student with the same hidden size".into(),
            Self::OtherRecipe { .. } => {
                "use the recipe of the folder, or name another folder as `output`".into()
            }
            Self::Checkpoints { .. } => {
                "use the original settings, or choose another folder (`checkpoints`)".into()
            }
            Self::Interrupted { kept: true, .. } => "the same command continues".into(),
            Self::Interrupted { kept: false, .. } => {
                "name a folder for `checkpoints` next time, so that the same command can continue".into()
            }
            Self::Recipe { .. } => "`recipes/encoder.toml` of the project is an example".into(),
            Self::Cut { .. } => {
                "the teacher must be a BERT encoder with tokenizer.json and model.safetensors".into()
            }
            Self::TaskField { .. } => {
                "correct the row, or name the field with the answer as `field` of the task".into()
            }
            Self::TaskLabels(error) => return error.hint().map(Cow::from),
            Self::Inference(error) => return error.hint().map(Cow::from),
            Self::Heads(error) => return error.hint().map(Cow::from),
            Self::Metrics(error) => return error.hint().map(Cow::from),
            Self::Model(error) => return error.hint().map(Cow::from),
            Self::Training(error) => return error.hint().map(Cow::from),
            Self::File(error) => return error.hint().map(Cow::from),
            Self::Io(_) => return None,
        })
    }

    /// Returns true if a setting is invalid (wrong usage), false for all other errors, such as unusable data.
    pub fn is_usage(&self) -> bool {
        use feedback_bert::Error as Model;
        use feedback_trainer::Error as Training;

        const SETTINGS: [&str; 2] = ["max_length", "mlm_probability"];
        match self {
            Self::Recipe { .. } | Self::WithoutEffect { .. } => true,
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
