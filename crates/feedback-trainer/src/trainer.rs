//! Setting up a run, and what comes out of it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use burn::tensor::Device;

use crate::checkpoint::{Checkpoint, CheckpointFolder};
use crate::run::{Run, dispatch};
use crate::{Callback, CheckedArguments, Error, Evaluate, Metrics, Result, TrainData, TrainState, Trainable};

/// Why a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// All steps were done.
    Completed,
    /// A callback asked for it.
    Callback(String),
    /// The loss or a gradient was infinite or not a number.
    LossNotFinite,
    /// The flag of [`Trainer::with_interrupt`] was set.
    Interrupted,
}

impl StopReason {
    /// `completed`, `loss_not_finite`, `interrupted`, or the name of the callback.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Completed => "completed",
            Self::Callback(name) => name,
            Self::LossNotFinite => "loss_not_finite",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The result of a run.
#[derive(Debug)]
#[non_exhaustive]
pub struct TrainOutput<M> {
    /// The best model by `metric_for_best_model`, without autodiff; with `load_best_model_at_end` off, the last one.
    pub model: M,
    /// The metrics it had.
    pub metrics: Metrics,
    /// The update after which it stood.
    pub model_step: usize,
    /// Where the run stood at its end, with the whole log.
    pub state: TrainState,
    /// Why it ended.
    pub stop_reason: StopReason,
    /// The callbacks of the run, to be told what the model does on a test set.
    pub callbacks: Callbacks,
}

/// The callbacks of a run that has ended.
pub struct Callbacks(pub(crate) Vec<Box<dyn Callback>>);

impl std::fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|callback| callback.name()))
            .finish()
    }
}

impl Callbacks {
    /// Tells them the metrics of a test set (`on_predict`); `state` is that of the end of the run.
    ///
    /// # Errors
    ///
    /// [`Error::Callback`].
    pub fn predicted(&mut self, state: &TrainState, metrics: &Metrics) -> Result<()> {
        dispatch(&mut self.0, "on_predict", state, |callback| {
            callback.on_predict(state, metrics)
        })?;
        Ok(())
    }
}

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
    pub(crate) arguments: CheckedArguments,
    pub(crate) device: Device,
    pub(crate) callbacks: Vec<Box<dyn Callback>>,
    pub(crate) checkpoints: Option<CheckpointFolder>,
    pub(crate) resume_from: Option<Checkpoint>,
    pub(crate) interrupt: Arc<AtomicBool>,
}

impl Trainer {
    /// A trainer on `device`, with or without autodiff on it.
    pub fn new(arguments: CheckedArguments, device: &Device) -> Self {
        Self {
            arguments,
            device: device.clone(),
            callbacks: Vec::new(),
            checkpoints: None,
            resume_from: None,
            interrupt: Arc::default(),
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
        self.callbacks.push(callback);
        self
    }

    /// Saves checkpoints into this folder, as `save_strategy` says; without it none are saved.
    #[must_use]
    pub fn with_checkpoints(mut self, folder: CheckpointFolder) -> Self {
        self.checkpoints = Some(folder);
        self
    }

    /// Goes on from a checkpoint, with the arguments, data and callbacks of the run that saved it.
    ///
    /// The result is the same, bit for bit, as that of a run that was never interrupted, on a device whose operations
    /// repeat (`flex`). `None` begins anew.
    #[must_use]
    pub fn resume_from(mut self, checkpoint: Option<Checkpoint>) -> Self {
        self.resume_from = checkpoint;
        self
    }

    /// Ends training at the next step boundary once this flag is set, after saving a checkpoint.
    #[must_use]
    pub fn with_interrupt(mut self, flag: Arc<AtomicBool>) -> Self {
        self.interrupt = flag;
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
        Run::new(self, model, data, evaluator)?.train()
    }

    /// Evaluates a model on a test set and tells the callbacks (`on_predict`). After a training, whose callbacks
    /// [`TrainOutput::callbacks`] holds, [`Callbacks::predicted`] tells those.
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
        dispatch(&mut self.callbacks, "on_predict", &state, |callback| {
            callback.on_predict(&state, &metrics)
        })?;
        Ok(metrics)
    }
}
