//! The error type of this crate.

use std::path::PathBuf;

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

    /// Training failed.
    #[error(transparent)]
    Training(#[from] feedback_trainer::Error),

    /// Prediction failed.
    #[error(transparent)]
    Inference(#[from] feedback_inference::Error),

    /// A metric could not be computed.
    #[error(transparent)]
    Metrics(#[from] feedback_metrics::Error),

    /// A baseline could not be fitted.
    #[error(transparent)]
    Baseline(#[from] crate::baselines::BaselineError),

    /// Corrections, or the files of a job, could not be used.
    #[error(transparent)]
    Corrections(#[from] feedback_corrections::Error),

    /// A file could not be read or written; the message of the source names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),

    /// Training texts stand in validation or test as well.
    #[error(
        "{} of {held_out_rows} texts in `{}` also stand in the training data `{}`:\n{}\n\
         hint: `drop_leaked` takes them out of training; `allow_leakage` keeps them, and every score will be too good",
        leaked, held_out.display(), train.display(), examples.join("\n")
    )]
    Leakage {
        /// The training file.
        train: PathBuf,
        /// The file that shares texts with it.
        held_out: PathBuf,
        /// How many of its texts leak.
        leaked: usize,
        /// How many texts it has.
        held_out_rows: usize,
        /// The first of them, with line numbers.
        examples: Vec<String>,
    },

    /// Validation texts, by which the model is chosen, stand in test as well.
    #[error(
        "{} of {test_rows} texts in `{}` also stand in the validation data `{}`, by which the model is chosen:\n{}\n\
         hint: `drop_leaked` takes them out of validation; `allow_leakage` keeps them, and every score will be too good",
        leaked, test.display(), validation.display(), examples.join("\n")
    )]
    TestInValidation {
        /// The validation file.
        validation: PathBuf,
        /// The test file.
        test: PathBuf,
        /// How many of its texts stand in both.
        leaked: usize,
        /// How many texts it has.
        test_rows: usize,
        /// The first of them, with line numbers.
        examples: Vec<String>,
    },

    /// The files given do not make up a data set.
    #[error("{reason}\nhint: {hint}")]
    Files {
        /// What is wrong.
        reason: String,
        /// What to do next.
        hint: String,
    },

    /// The run was asked to end before it was done.
    #[error(
        "interrupted after step {global_step}; a checkpoint is saved\nhint: `train --resume {}` goes on",
        run.display()
    )]
    Interrupted {
        /// The run's folder.
        run: PathBuf,
        /// Updates done.
        global_step: usize,
    },

    /// A study was asked to end before it was done.
    #[error(
        "interrupted while training in `{}`; what is done is kept\nhint: the same command again goes on with the study",
        folder.display()
    )]
    StudyInterrupted {
        /// The folder of the training that was cut off.
        folder: PathBuf,
    },

    /// A pretraining was asked to end before it was done.
    #[error(
        "interrupted after step {global_step}; {}",
        if *kept {
            "a checkpoint is saved\nhint: the same command again goes on"
        } else {
            "nothing is kept\nhint: with `--checkpoints FOLDER` the same command again goes on"
        }
    )]
    PretrainInterrupted {
        /// Updates done.
        global_step: usize,
        /// Whether there are checkpoints.
        kept: bool,
    },

    /// What is to be trained does not go together.
    #[error("{reason}\nhint: {hint}")]
    Tuning {
        /// What is wrong.
        reason: String,
        /// What to do next.
        hint: &'static str,
    },

    /// The labels given are no label set.
    #[error("--labels: {0}\nhint: name each label once, with commas between them")]
    Labels(#[source] feedback_dataset::Error),

    /// The configuration in a folder that training was to start from cannot be used.
    #[error("`{}`: {source}\nhint: name a folder with a BERT encoder, or copy this one again", path.display())]
    BaseConfig {
        /// The folder's `config.json`.
        path: PathBuf,
        /// The key, what was expected and what was found.
        source: feedback_bert::Error,
    },

    /// A model does not know a label that the data have.
    #[error(
        "`{}` line {line}: the model in `{}` does not know the label `{label}`; it knows: {}\n\
         hint: correct the label, leave the row out, or train a model with this label",
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
        /// The labels it has.
        known: Vec<String>,
    },
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
