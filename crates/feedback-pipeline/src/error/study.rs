//! What can be wrong with a study: folds, seeds, a sweep.

use std::path::PathBuf;

use crate::error::hint::Hint;

/// A study that cannot begin, continue or end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudyError {
    /// The folder belongs to a study with another plan.
    #[error("`{}` was begun with another plan: {difference}", folder.display())]
    OtherPlan {
        /// The folder.
        folder: PathBuf,
        /// The first difference.
        difference: String,
    },

    /// The folder contains other files.
    #[error("`{}` is not empty and not a study", folder.display())]
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

    /// A training has no seed.
    #[error("expected at least one seed, found none")]
    NoSeeds,

    /// A seed was given twice.
    #[error("the seed {seed} is given twice")]
    RepeatedSeed {
        /// The seed.
        seed: u64,
    },

    /// Cross-validation was given more than one file.
    #[error("cross-validation takes a single file, and holds each of its rows out once")]
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

    /// A parameter of a sweep is not one that can be varied.
    #[error("unusable sweep: {reason}")]
    Parameter {
        /// The parameter, and what was expected.
        reason: String,
    },

    /// No trial of a sweep gave a score.
    #[error("no trial of the sweep gave a score")]
    NoScore,
}

impl StudyError {
    /// What to do next. Settings have their names in the library.
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::OtherPlan { .. } => {
                "use the settings it was begun with to continue, or choose another folder (`run_dir`)".into()
            }
            Self::FolderInUse { .. } => "choose a new or empty folder (`run_dir`)".into(),
            Self::Damaged { path, .. } => format!(
                "remove `{}`, and this training is repeated",
                path.parent().unwrap_or(path).display()
            )
            .into(),
            Self::NoSeeds | Self::RepeatedSeed { .. } => "give each seed once (`seeds`), such as 1,2,3".into(),
            Self::FoldFiles => "name the file as `data`, without `validation` and `test`".into(),
            Self::FoldIncomplete { .. } => "remove this folder, and the fold is trained again".into(),
            Self::SearchFile { .. } => {
                "a sweep has `method`, `trials`, `seed` and a table `parameters` with lists or ranges; docs/search.md \
                 has an example"
                    .into()
            }
            Self::Parameter { .. } => {
                "parameters have the names of Hugging Face's training arguments, such as `learning_rate`".into()
            }
            Self::NoScore => "lower the learning rates".into(),
        })
    }
}
