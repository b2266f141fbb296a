//! The error type of this crate.

mod data;
mod hint;
mod run;

use std::path::PathBuf;

pub use data::DataError;
pub use hint::Hint;
pub use run::RunError;

/// Everything that can go wrong in a recipe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data could not be read, encoded, split or written.
    #[error(transparent)]
    Data(#[from] feedback_dataset::Error),

    /// The model could not be built, loaded or saved.
    #[error(transparent)]
    Model(#[from] feedback_bert::Error),

    /// A model could not be found in the cache of the Hugging Face Hub, or downloaded.
    #[error(transparent)]
    Hub(#[from] feedback_hub::Error),

    /// Corrections, or the files of a job, could not be used.
    #[error(transparent)]
    Corrections(#[from] feedback_corrections::Error),

    /// Training failed.
    #[error(transparent)]
    Training(#[from] feedback_trainer::Error),

    /// Prediction failed.
    #[error(transparent)]
    Inference(#[from] feedback_inference::Error),

    /// A classifier could not be fitted on the vectors of an encoder.
    #[error(transparent)]
    Heads(#[from] feedback_heads::Error),

    /// A metric could not be computed.
    #[error(transparent)]
    Metrics(#[from] feedback_metrics::Error),

    /// A baseline could not be fitted.
    #[error(transparent)]
    Baseline(#[from] feedback_baselines::Error),

    /// A file could not be read or written; the message of the source names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),

    /// A file could not be hashed, read as JSON, or written.
    #[error(transparent)]
    File(#[from] feedback_files::Error),

    /// The data files cannot be used together, or cannot be used for this purpose.
    #[error(transparent)]
    DataSets(#[from] DataError),

    /// The run folder or the output cannot be used.
    #[error(transparent)]
    Run(#[from] RunError),

    /// A setting has an unknown value.
    #[error("`{found}` is not a value of `{setting}`, expected one of {}", expected.join(", "))]
    Choice {
        /// The setting.
        setting: &'static str,
        /// The unknown value.
        found: String,
        /// The permitted values.
        expected: &'static [&'static str],
    },

    /// The run was interrupted.
    #[error("interrupted after step {global_step}; a checkpoint is saved")]
    Interrupted {
        /// The run's folder.
        run: PathBuf,
        /// Number of updates done.
        global_step: usize,
    },

    /// Settings that choose which parameters to train contradict each other.
    #[error("{reason}")]
    Tuning {
        /// What is wrong.
        reason: String,
        /// What to do next.
        hint: &'static str,
    },

    /// The number of labels a text does not fit another setting.
    #[error("{reason}")]
    Task {
        /// What is wrong.
        reason: String,
        /// What to do next.
        hint: &'static str,
    },

    /// The built-in encoder could not be written to disk.
    #[cfg(feature = "builtin")]
    #[error(transparent)]
    Builtin(#[from] feedback_builtin::Error),

    /// The built-in encoder is not part of this build.
    #[error("this program was built without the built-in encoder")]
    NoBuiltin,

    /// The given list of labels is invalid; for example, a label occurs twice.
    #[error("`labels`: {0}")]
    Labels(#[source] feedback_dataset::error::LabelError),

    /// The configuration of the base model cannot be used.
    #[error("`{}`: {source}", path.display())]
    BaseConfig {
        /// The folder's `config.json`.
        path: PathBuf,
        /// The key, what was expected and what was found.
        source: feedback_bert::Error,
    },

    /// The data have a label that a model does not know.
    #[error(
        "`{}`, line {line}: the model in `{}` does not know the label `{label}`, expected one of {}",
        data.display(), model.display(), known.join(", ")
    )]
    LabelUnknownToModel {
        /// The data file.
        data: PathBuf,
        /// The line.
        line: u64,
        /// The label.
        label: String,
        /// The model folder.
        model: PathBuf,
        /// The labels of the model.
        known: Vec<String>,
    },
}

impl Error {
    /// Returns a suggestion what to do next, if there is one beyond the message.
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::Baseline(error) => error.hint().map(Hint::from),
            Self::Heads(error) => error.hint().map(Hint::from),
            Self::Corrections(error) => error.hint().map(Hint::from),
            Self::DataSets(error) => error.hint(),
            Self::Run(error) => error.hint(),
            Self::Interrupted { run, .. } => {
                let run = run.display().to_string();
                Some(format!("`resume = {run:?}` continues the run").into())
            }
            Self::Tuning { hint, .. } | Self::Task { hint, .. } => Some((*hint).into()),
            Self::Labels(_) => Some("name each label once in `labels`, separated by commas".into()),
            Self::BaseConfig { .. } => {
                Some("name a folder with a BERT encoder, or copy this folder again".into())
            }
            #[cfg(feature = "builtin")]
            Self::Builtin(error) => Some(error.hint().into()),
            Self::NoBuiltin => Some(
                "name a folder with a pretrained encoder as `model`, or build with the feature `builtin`"
                    .into(),
            ),
            Self::LabelUnknownToModel { .. } => {
                Some(
                    "correct the label or remove the row; `drop_unknown_labels` leaves such rows out; a model trained with this label knows it"
                        .into(),
                )
            }
            Self::Data(error) => error.hint().map(Hint::from),
            Self::Inference(error) => error.hint().map(Hint::from),
            Self::Training(error) => error.hint().map(Hint::from),
            Self::Model(error) => error.hint().map(Hint::from),
            Self::Metrics(error) => error.hint().map(Hint::from),
            Self::Hub(error) => error.hint().map(Hint::from),
            Self::File(error) => error.hint().map(Hint::from),
            Self::Io(_) | Self::Choice { .. } => None,
        }
    }

    /// Returns true if a setting is invalid (wrong usage), false for all other errors, such as unusable data.
    pub fn is_usage(&self) -> bool {
        use feedback_bert::Error as Model;
        use feedback_trainer::Error as Training;

        const SETTINGS: [&str; 5] = [
            "max_length",
            "scratch preset",
            "lora_rank",
            "lora_alpha",
            "lora_targets",
        ];
        match self {
            Self::Training(error) => matches!(
                error,
                Training::Argument { .. } | Training::UnknownPart { .. } | Training::AllFrozen { .. }
            ),
            Self::Tuning { .. } | Self::Task { .. } | Self::Labels(_) | Self::Model(Model::Device { .. }) => {
                true
            }
            Self::Model(Model::Config { field, .. }) => SETTINGS.contains(field),
            _ => false,
        }
    }
}

/// Lets `?` convert the more specific errors of `feedback-dataset`.
macro_rules! from_data_errors {
    ($($error:ident),*) => {$(
        impl From<feedback_dataset::error::$error> for Error {
            fn from(error: feedback_dataset::error::$error) -> Self {
                feedback_dataset::Error::from(error).into()
            }
        }
    )*};
}

from_data_errors!(ReadError, LabelError, SplitError, WriteError);

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
