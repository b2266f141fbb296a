//! The error type of this crate.

use std::path::PathBuf;

/// An error of a caller's own code: a model, a data source, an evaluator or a callback.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Everything that can go wrong while training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A training argument cannot be used.
    #[error("`{argument}` is {found}: expected {expected}")]
    Argument {
        /// The argument, by its Hugging Face name.
        argument: &'static str,
        /// What would have been accepted.
        expected: String,
        /// What was given.
        found: String,
    },

    /// There is nothing to train on.
    #[error("the training data is empty\nhint: check the file given to --train or --data")]
    NoData,

    /// The metric that picks the best model was not among those the evaluation returned.
    #[error("`metric_for_best_model` is `{name}`, which the evaluation did not return; it returned: {}", available.join(", "))]
    MissingMetric {
        /// The metric asked for.
        name: String,
        /// The metrics there are.
        available: Vec<String>,
    },

    /// The loss became infinite or not a number before any evaluation, so there is no good model to return.
    #[error(
        "the loss is {loss} at step {global_step}, before the first evaluation\n\
         hint: lower the learning rate, or keep max_grad_norm above 0"
    )]
    LossNotFinite {
        /// The update at which it happened, counted from 1.
        global_step: usize,
        /// The loss.
        loss: f64,
    },

    /// The data source could not make a batch.
    #[error("could not make a batch for step {global_step}")]
    Data {
        /// The update that needed it, counted from 1.
        global_step: usize,
        /// What the data source said.
        source: BoxError,
    },

    /// The evaluation failed.
    #[error("the evaluation after step {global_step} failed")]
    Evaluation {
        /// Updates done so far.
        global_step: usize,
        /// What the evaluator said.
        source: BoxError,
    },

    /// A callback failed.
    #[error("callback `{name}` failed at `{event}`, step {global_step}")]
    Callback {
        /// The callback's name.
        name: String,
        /// The event it was handling.
        event: &'static str,
        /// Updates done so far.
        global_step: usize,
        /// What the callback said.
        source: BoxError,
    },

    /// The data's own order of samples is none.
    #[error(
        "the order given by the data has {found} indices up to {}: expected {samples}, each below {samples}",
        highest.map_or("nothing".to_owned(), |index| index.to_string())
    )]
    Order {
        /// Number of samples.
        samples: usize,
        /// Number of indices given.
        found: usize,
        /// The highest of them.
        highest: Option<usize>,
    },

    /// A checkpoint cannot be used here, or could not be made.
    #[error("`{}`: {reason}", path.display())]
    Checkpoint {
        /// The checkpoint.
        path: PathBuf,
        /// Which file, what was expected and what was found.
        reason: String,
    },

    /// A checkpoint could not be written; the one before it is untouched.
    #[error(
        "the checkpoint `{}` could not be saved; those before it are untouched\n\
         hint: make room, or look at the disk, and resume the run",
        path.display()
    )]
    Save {
        /// Where it was to go.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },

    /// A new run was to keep its checkpoints where another's are.
    #[error("`{}` is a checkpoint of another run\nhint: resume that run, or name another folder", path.display())]
    OtherCheckpoints {
        /// The newest one.
        path: PathBuf,
    },

    /// A file or folder could not be read, renamed or removed; the message names it.
    #[error("{0}")]
    Io(std::io::Error),

    /// A value could not be read back from the device.
    #[error("could not read a value from the device: {0}")]
    Device(String),
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
