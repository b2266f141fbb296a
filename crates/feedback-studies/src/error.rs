//! The error type of this crate.

use std::path::PathBuf;

use feedback_pipeline::Hint;

/// A study cannot be started, continued or finished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data could not be used, or a training or evaluation failed.
    #[error(transparent)]
    Pipeline(#[from] feedback_pipeline::Error),

    /// The study was interrupted.
    #[error("interrupted while training in `{}`; finished trainings are kept", folder.display())]
    Interrupted {
        /// The folder of the interrupted training.
        folder: PathBuf,
    },

    /// The folder belongs to a study with a different plan.
    #[error("`{}` was started with a different plan: {difference}", folder.display())]
    OtherPlan {
        /// The folder.
        folder: PathBuf,
        /// The first difference between the plans.
        difference: String,
    },

    /// The folder is not empty and does not contain a study.
    #[error("`{}` is not empty and does not contain a study", folder.display())]
    FolderInUse {
        /// The folder.
        folder: PathBuf,
    },

    /// A file of the study cannot be read.
    #[error("`{}` is damaged: {source}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },

    /// No seed was given.
    #[error("expected at least one seed, found none")]
    NoSeeds,

    /// A seed was given twice.
    #[error("the seed {seed} is given twice")]
    RepeatedSeed {
        /// The seed.
        seed: u64,
    },

    /// Cross-validation was given more than one file.
    #[error("cross-validation takes a single file, and each row of it is held out once")]
    FoldFiles,

    /// The result of a fold has fewer probabilities than the fold has rows.
    #[error("`{}` has fewer probabilities than rows", folder.display())]
    FoldIncomplete {
        /// The folder of the fold.
        folder: PathBuf,
    },

    /// A file does not describe a sweep.
    #[error("`{}`: {reason}", path.display())]
    SearchFile {
        /// The file.
        path: PathBuf,
        /// The key, and what was expected.
        reason: String,
    },

    /// A parameter of a sweep cannot be varied, or its value is invalid.
    #[error("unusable sweep: {reason}")]
    Parameter {
        /// The parameter, and what was expected.
        reason: String,
    },

    /// No trial of a sweep produced a score.
    #[error("no trial of the sweep produced a score")]
    NoScore,
}

impl Error {
    /// Returns a suggestion what to do next. It names settings as in the library.
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Pipeline(error) => return error.hint(),
            Self::Interrupted { .. } => "the same command continues the study".into(),
            Self::OtherPlan { .. } => {
                "use the original settings to continue, or choose another folder (`run_dir`)".into()
            }
            Self::FolderInUse { .. } => "choose a new or empty folder (`run_dir`)".into(),
            Self::Damaged { path, .. } => format!(
                "remove `{}` to repeat this training",
                path.parent().unwrap_or(path).display()
            )
            .into(),
            Self::NoSeeds | Self::RepeatedSeed { .. } => "give each seed once (`seeds`), such as 1,2,3".into(),
            Self::FoldFiles => "name the file as `data`, without `validation` and `test`".into(),
            Self::FoldIncomplete { .. } => "remove this folder to train the fold again".into(),
            Self::SearchFile { .. } => {
                "a sweep has `method`, `trials`, `seed` and a table `parameters` with lists or ranges; docs/search.md \
                 has an example"
                    .into()
            }
            Self::Parameter { .. } => {
                "parameters have the names of Hugging Face's training arguments, such as `learning_rate`".into()
            }
            Self::NoScore => "try lower learning rates".into(),
        })
    }

    /// Returns true if a setting is invalid (wrong usage), false for all other errors, such as unusable data.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Pipeline(error) if error.is_usage())
    }
}

/// Lets `?` convert the errors of the crates that a training consists of.
macro_rules! from_parts {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                feedback_pipeline::Error::from(error).into()
            }
        }
    )*};
}

from_parts!(
    std::io::Error,
    feedback_bert::Error,
    feedback_dataset::Error,
    feedback_dataset::error::LabelError,
    feedback_dataset::error::ReadError,
    feedback_dataset::error::SplitError,
    feedback_dataset::error::WriteError,
    feedback_files::Error,
    feedback_inference::Error,
    feedback_metrics::Error,
    feedback_trainer::Error,
);

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
