//! Setting up a run.

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

/// Trains a model with AdamW and returns the best one it saw.
///
/// # Examples
///
/// The crate page trains a small model. A run that keeps checkpoints is taken up again like this:
///
/// ```no_run
/// # use feedback_trainer::*;
/// # fn again<M: Trainable>(
/// #     model: M, data: &impl TrainData<M>, evaluator: &mut impl Evaluate<M>, arguments: CheckedArguments,
/// # ) -> Result<TrainOutput<M>> {
/// # let device = burn::tensor::Device::flex();
/// let checkpoints = CheckpointFolder::new("runs/mine");
/// let newest = checkpoints.newest()?; // what is damaged is set aside and named in `newest.damaged`
/// Trainer::new(arguments, &device)
///     .with_checkpoints(checkpoints)
///     .resume_from(newest.checkpoint) // `None` begins anew
///     .train(model, data, evaluator)
/// # }
/// ```
pub struct Trainer {
    setup: Setup,
}

impl Trainer {
    /// A trainer on `device`, with or without autodiff on it.
    pub fn new(arguments: CheckedArguments, device: &Device) -> Self {
        Self {
            setup: Setup::new(arguments, device),
        }
    }

    /// Adds a callback; they run in the order in which they were added.
    #[must_use]
    pub fn with_callback(self, callback: impl Callback + 'static) -> Self {
        self.with_boxed_callback(Box::new(callback))
    }

    /// Adds a callback that is boxed already.
    #[must_use]
    pub fn with_boxed_callback(mut self, callback: Box<dyn Callback>) -> Self {
        self.setup.callbacks.push(callback);
        self
    }

    /// Saves checkpoints into this folder, as `save_strategy` says; without it none are saved.
    #[must_use]
    pub fn with_checkpoints(mut self, folder: CheckpointFolder) -> Self {
        self.setup.checkpoints = Some(folder);
        self
    }

    /// Goes on from a checkpoint, with the arguments, data and callbacks of the run that saved it.
    ///
    /// The result is the same, bit for bit, as that of a run that was never interrupted, on a device whose operations
    /// repeat (`flex`). `None` begins anew.
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

    /// Trains `model` on `data` and returns the best state of it by `evaluator`.
    ///
    /// # Errors
    ///
    /// [`Error`], naming the step; a loss that is not finite is one only where no evaluation came before it.
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

    /// Evaluates a model on a test set and tells the callbacks (`on_predict`). After a training, whose callbacks
    /// [`TrainOutput::callbacks`] holds, [`Callbacks::predicted`](crate::Callbacks::predicted) tells those.
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
