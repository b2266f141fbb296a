//! The trainer: sets up a run and starts it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use burn::tensor::Device;

use crate::arguments::CheckedArguments;
use crate::callback::{Callback, dispatch};
use crate::checkpoint::folder::{Checkpoint, CheckpointFolder};
use crate::error::{Error, Result};
use crate::model::{Evaluate, Metrics, TrainData, Trainable};
use crate::output::TrainOutput;
use crate::run::{Run, Setup};
use crate::state::TrainState;

/// Trains a model and returns the best one by the chosen metric.
///
/// # Examples
///
/// The crate documentation shows how to train a small model. This example resumes a run from its newest
/// checkpoint:
///
/// ```no_run
/// # use feedback_trainer::*;
/// # fn resume<M: Trainable>(
/// #     model: M, data: &impl TrainData<M>, evaluator: &mut impl Evaluate<M>, arguments: CheckedArguments,
/// # ) -> Result<TrainOutput<M>> {
/// # let device = burn::tensor::Device::flex();
/// let checkpoints = CheckpointFolder::new("runs/mine");
/// let newest = checkpoints.newest()?; // damaged checkpoints are renamed and listed in `newest.damaged`
/// Trainer::new(arguments, &device)
///     .with_checkpoints(checkpoints)
///     .resume_from(newest.checkpoint) // `None` starts a new run
///     .train(model, data, evaluator)
/// # }
/// ```
pub struct Trainer {
    setup: Setup,
}

impl Trainer {
    /// Creates a trainer on `device`; autodiff is added if it is missing.
    pub fn new(arguments: CheckedArguments, device: &Device) -> Self {
        Self {
            setup: Setup::new(arguments, device),
        }
    }

    /// Adds a callback; callbacks run in the order in which they were added.
    #[must_use]
    pub fn with_callback(self, callback: impl Callback + 'static) -> Self {
        self.with_boxed_callback(Box::new(callback))
    }

    /// Adds a boxed callback.
    #[must_use]
    pub fn with_boxed_callback(mut self, callback: Box<dyn Callback>) -> Self {
        self.setup.callbacks.push(callback);
        self
    }

    /// Saves checkpoints in this folder according to `save_strategy`; without a folder none are saved.
    #[must_use]
    pub fn with_checkpoints(mut self, folder: CheckpointFolder) -> Self {
        self.setup.checkpoints = Some(folder);
        self
    }

    /// Continues from a checkpoint, with the arguments, data and callbacks of the run that saved it.
    ///
    /// On a device with deterministic operations (`flex`), the result has the same bits as the result of an
    /// uninterrupted run. `None` starts a new run.
    #[must_use]
    pub fn resume_from(mut self, checkpoint: Option<Checkpoint>) -> Self {
        self.setup.resume_from = checkpoint;
        self
    }

    /// Ends training at the next step boundary once this flag is set, after saving a checkpoint.
    #[must_use]
    pub fn with_interrupt(mut self, flag: Arc<AtomicBool>) -> Self {
        self.setup.interrupt = flag;
        self
    }

    /// Trains `model` on `data` and returns its best state as measured by `evaluator`.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; most contain the step. A loss that is not finite is an error only before the first
    /// evaluation.
    pub fn train<M: Trainable>(
        self,
        model: M,
        data: &impl TrainData<M>,
        evaluator: &mut impl Evaluate<M>,
    ) -> Result<TrainOutput<M>> {
        if data.is_empty() {
            return Err(Error::NoData);
        }
        Run::new(self.setup, model, data, evaluator)?.train()
    }

    /// Evaluates a model on a test set and calls `on_predict` of the callbacks. After training, use
    /// [`Callbacks::on_predict`](crate::Callbacks::on_predict) of [`TrainOutput::callbacks`] instead.
    ///
    /// # Errors
    ///
    /// [`Error::Evaluation`] or [`Error::Callback`].
    pub fn predict<M: Trainable>(&mut self, model: &M, evaluator: &mut impl Evaluate<M>) -> Result<Metrics> {
        let state = TrainState::default();
        let metrics = evaluator
            .evaluate(&model.valid())
            .map_err(|source| Error::Evaluation {
                global_step: 0,
                source,
            })?;
        dispatch(&mut self.setup.callbacks, "on_predict", &state, |callback| {
            callback.on_predict(&state, &metrics)
        })?;
        Ok(metrics)
    }
}
