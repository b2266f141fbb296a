//! The error type of this crate.

use std::fmt::Display;
use std::path::PathBuf;

/// An error of the caller's code: a model, a data source, an evaluator or a callback.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Everything that can go wrong while training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A training argument is invalid.
    #[error("`{argument}` is {found}: expected {expected}")]
    Argument {
        /// The argument, with its Hugging Face name.
        argument: &'static str,
        /// The accepted values.
        expected: String,
        /// The given value.
        found: String,
    },

    /// A text is not a valid name of a model part.
    #[error("`{found}` is not a part of a model: expected names joined by dots, such as `encoder.layer.0-3`")]
    Part {
        /// The given value.
        found: String,
    },

    /// The model does not have this part.
    #[error(
        "the model does not have a part `{part}`; it has: {}",
        available.join(", ")
    )]
    UnknownPart {
        /// The requested part.
        part: String,
        /// The existing names, shortened to their first steps.
        available: Vec<String>,
    },

    /// Every parameter of the model is frozen.
    #[error("freezing `{parts}` leaves nothing to train")]
    AllFrozen {
        /// The parts to freeze.
        parts: String,
    },

    /// There are no training samples.
    #[error("the training data are empty")]
    NoData,

    /// The evaluation did not return the metric that selects the best model.
    #[error("`metric_for_best_model` is `{name}`, which the evaluation did not return; it returned: {}", available.join(", "))]
    MissingMetric {
        /// The requested metric.
        name: String,
        /// The metrics that the evaluation returned.
        available: Vec<String>,
    },

    /// The loss was infinite or NaN before the first evaluation, so there is no good model to return.
    #[error("the loss is {loss} at step {global_step}, before the first evaluation")]
    LossNotFinite {
        /// The update with this loss, counted from 1.
        global_step: usize,
        /// The loss.
        loss: f64,
    },

    /// The data source could not build a batch.
    #[error("cannot build a batch for step {global_step}")]
    Data {
        /// The update that needed the batch, counted from 1.
        global_step: usize,
        /// The error of the data source.
        source: BoxError,
    },

    /// The evaluation failed.
    #[error("the evaluation after step {global_step} failed")]
    Evaluation {
        /// Updates done so far.
        global_step: usize,
        /// The error of the evaluator.
        source: BoxError,
    },

    /// A callback failed.
    #[error("callback `{name}` failed at `{event}`, step {global_step}")]
    Callback {
        /// The callback's name.
        name: String,
        /// The event that the callback was handling.
        event: &'static str,
        /// Updates done so far.
        global_step: usize,
        /// The error of the callback.
        source: BoxError,
    },

    /// The order of samples returned by `TrainData::order` is invalid.
    #[error(
        "the order given by the data has {found} indices up to {}: expected {samples}, each below {samples}",
        highest.map_or("nothing".to_owned(), |index| index.to_string())
    )]
    Order {
        /// Number of samples.
        samples: usize,
        /// Number of indices given.
        found: usize,
        /// The highest index.
        highest: Option<usize>,
    },

    /// A checkpoint cannot be used or created.
    #[error("`{}`: {reason}", path.display())]
    Checkpoint {
        /// The checkpoint.
        path: PathBuf,
        /// Which file, what was expected, and what was found.
        reason: String,
    },

    /// A checkpoint could not be written; earlier ones are untouched.
    #[error(
        "cannot save the checkpoint `{}`; earlier checkpoints are untouched",
        path.display()
    )]
    Save {
        /// The path of the checkpoint.
        path: PathBuf,
        /// The I/O error.
        source: std::io::Error,
    },

    /// The checkpoint folder of a new run contains checkpoints of another run.
    #[error("`{}` is a checkpoint of another run", path.display())]
    OtherCheckpoints {
        /// The newest checkpoint in the folder.
        path: PathBuf,
    },

    /// A file or folder could not be read, renamed or removed; the message names it.
    #[error("{0}")]
    Io(std::io::Error),

    /// A value could not be read back from the device.
    #[error("cannot read a value from the device: {0}")]
    Device(String),
}

impl Error {
    /// Creates the error for a number or name that an argument does not accept.
    pub(crate) fn argument(argument: &'static str, expected: impl Into<String>, found: impl Display) -> Self {
        Self::Argument {
            argument,
            expected: expected.into(),
            found: format!("`{found}`"),
        }
    }

    /// Returns a hint on what to do next, if there is one.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Part { .. } => "separate parts by commas, as in `embeddings,encoder.layer.0-3`",
            Self::UnknownPart { .. } => "name parts as in `embeddings,encoder.layer.0-3`",
            Self::AllFrozen { .. } => "leave out the head, as in `embeddings,encoder`",
            Self::NoData => "check the data files (`data`, `train`)",
            Self::LossNotFinite { .. } => "lower `learning_rate`, and keep `max_grad_norm` above 0",
            Self::Save { .. } => "free some disk space or check the disk, then resume the run",
            Self::OtherCheckpoints { .. } => "resume that run, or choose another folder",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// An error of a callback of this crate.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct CallbackError {
    reason: String,
    hint: &'static str,
}

impl CallbackError {
    pub(crate) fn new(reason: impl Into<String>, hint: &'static str) -> Self {
        let reason = reason.into();
        Self { reason, hint }
    }

    /// Returns what to do next, in one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        self.hint
    }
}

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;
