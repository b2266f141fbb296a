//! The training loop: epochs, steps, and the actions at their boundaries.

mod checkpoints;
mod evaluation;
mod refresh;
mod update;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::optim::ModuleOptimizer;
use burn::tensor::Device;

use crate::arguments::{CheckedArguments, IntervalStrategy};
use crate::callback::{Callback, CallbackResult, dispatch};
use crate::checkpoint::folder::{Checkpoint, CheckpointFolder};
use crate::error::{Error, Result};
use crate::layerwise::LayerRates;
use crate::model::{Evaluate, TrainData, Trainable, has_nan_loss};
use crate::optimizer::optimizer;
use crate::output::{Callbacks, StopReason, TrainOutput};
use crate::parameters::{number_parameters, to_training};
use crate::progress::{Best, Progress};
use crate::sampler::batches_of_epoch;
use crate::state::{Control, TrainState};

/// Everything a run needs besides the model, the data and the evaluator.
pub(crate) struct Setup {
    pub(crate) arguments: CheckedArguments,
    pub(crate) device: Device,
    pub(crate) callbacks: Vec<Box<dyn Callback>>,
    pub(crate) checkpoints: Option<CheckpointFolder>,
    pub(crate) resume_from: Option<Checkpoint>,
    pub(crate) interrupt: Arc<AtomicBool>,
}

impl Setup {
    pub(crate) fn new(arguments: CheckedArguments, device: &Device) -> Self {
        Self {
            arguments,
            device: device.clone(),
            callbacks: Vec::new(),
            checkpoints: None,
            resume_from: None,
            interrupt: Arc::default(),
        }
    }
}

/// The state of one run.
pub(crate) struct Run<'a, M: Trainable, D, E> {
    arguments: CheckedArguments,
    device: Device,
    callbacks: Vec<Box<dyn Callback>>,
    checkpoints: Option<CheckpointFolder>,
    interrupt: Arc<AtomicBool>,
    data: &'a D,
    evaluator: &'a mut E,
    lengths: Vec<usize>,
    layer_rates: LayerRates,
    optimizer: ModuleOptimizer,
    /// `None` only while the optimizer updates the model.
    model: Option<M>,
    best: Option<Best<M>>,
    progress: Progress,
    resumed: bool,
}

impl<'a, M: Trainable, D: TrainData<M>, E: Evaluate<M>> Run<'a, M, D, E> {
    pub(crate) fn new(setup: Setup, model: M, data: &'a D, evaluator: &'a mut E) -> Result<Self> {
        let arguments = setup.arguments;
        let device = training_device(&arguments, &setup.device);
        let model = number_parameters(model);
        let mut run = Self {
            layer_rates: LayerRates::new(&model, arguments.layerwise_lr_decay),
            optimizer: optimizer(&arguments, &model),
            model: None,
            best: None,
            progress: Progress::new(&arguments, data.len()),
            lengths: (0..data.len()).map(|index| data.length(index)).collect(),
            callbacks: setup.callbacks,
            checkpoints: setup.checkpoints,
            interrupt: setup.interrupt,
            resumed: setup.resume_from.is_some(),
            arguments,
            device,
            data,
            evaluator,
        };
        let model = match setup.resume_from {
            Some(checkpoint) => run.restore(model, checkpoint)?,
            None => {
                if let Some(folder) = &run.checkpoints {
                    folder.require_empty()?;
                }
                model
            }
        };
        run.model = Some(to_training(model, &run.device));
        Ok(run)
    }

    pub(crate) fn train(mut self) -> Result<TrainOutput<M>> {
        self.event("on_init_end", |callback, state| callback.on_init_end(state))?;
        self.event("on_train_begin", |callback, state| callback.on_train_begin(state))?;
        if self.resumed && self.progress.save_was_due {
            self.event("on_save", |callback, state| callback.on_save(state))?;
        }
        let mut stop_reason = self.epochs()?;
        // After an early end, the last weights are evaluated only if they may be returned.
        let last_is_wanted = !self.arguments.load_best_model_at_end;
        let wanted = match stop_reason {
            StopReason::LossNotFinite => last_is_wanted && self.best.is_some(),
            StopReason::Interrupted => last_is_wanted || self.best.is_none(),
            _ => true,
        };
        let is_stale = self.progress.evaluated_at != Some(self.progress.state.global_step);
        if wanted && is_stale && !self.evaluate()? {
            stop_reason = StopReason::LossNotFinite;
        }
        self.progress.state.stopped_by = Some(stop_reason.as_str().to_owned());
        self.event("on_train_end", |callback, state| callback.on_train_end(state))?;
        let Progress { state, metrics, .. } = self.progress;
        let best = self.best.ok_or(Error::LossNotFinite {
            global_step: state.global_step + 1,
            loss: state.loss,
        })?;
        let last = self.model.zip(metrics);
        let last = last.filter(|(_, metrics)| last_is_wanted && !has_nan_loss(metrics));
        let (model, metrics, model_step) = match last {
            Some((model, metrics)) => (model.valid(), metrics, state.global_step),
            None => (
                best.model,
                best.metrics,
                state.best_step.unwrap_or(state.global_step),
            ),
        };
        Ok(TrainOutput {
            model,
            metrics,
            model_step,
            state,
            stop_reason,
            callbacks: Callbacks(self.callbacks),
        })
    }

    fn epochs(&mut self) -> Result<StopReason> {
        loop {
            if let Some(reason) = self.train_epoch()? {
                return Ok(reason);
            }
            if let Some(name) = &self.progress.stopped_by {
                return Ok(StopReason::Callback(name.clone()));
            }
            let progress = &mut self.progress;
            if progress.epoch + 1 >= progress.state.num_train_epochs {
                return Ok(StopReason::Completed);
            }
            progress.epoch += 1;
            (progress.updates, progress.epoch_ended) = (0, false);
            progress.control.stop_epoch = false;
        }
    }

    /// Runs the rest of the current epoch; returns the stop reason, if any.
    fn train_epoch(&mut self) -> Result<Option<StopReason>> {
        if self.progress.updates == 0 && !self.progress.epoch_ended {
            self.refresh()?;
        }
        let batches = self.batches()?;
        let updates: Vec<&[Vec<usize>]> = batches
            .chunks(self.arguments.gradient_accumulation_steps)
            .collect();
        if self.progress.updates == 0 {
            self.event("on_epoch_begin", |callback, state| callback.on_epoch_begin(state))?;
        }
        while self.progress.updates < updates.len() && !self.leaves_epoch() {
            if !self.step(updates[self.progress.updates], updates.len())? {
                return Ok(Some(StopReason::LossNotFinite));
            }
            if self.is_interrupted() {
                self.save(false)?;
                return Ok(Some(StopReason::Interrupted));
            }
        }
        if !self.progress.epoch_ended {
            self.event("on_epoch_end", |callback, state| callback.on_epoch_end(state))?;
            self.progress.epoch_ended = true;
            if !self.boundary(IntervalStrategy::Epoch, false)? {
                return Ok(Some(StopReason::LossNotFinite));
            }
        }
        Ok(None)
    }

    /// Returns the batches of the current epoch.
    fn batches(&self) -> Result<Vec<Vec<usize>>> {
        batches_of_epoch(self.data, &self.lengths, &self.arguments, self.progress.epoch)
    }

    fn leaves_epoch(&self) -> bool {
        let Progress { control, state, .. } = &self.progress;
        control.stop_training || control.stop_epoch || state.global_step == state.max_steps
    }

    fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::SeqCst)
    }

    /// Runs one update and the actions due after it; returns false if training must end because the loss or a
    /// gradient is not finite, or because the loss of an evaluation is NaN.
    fn step(&mut self, passes: &[Vec<usize>], updates_per_epoch: usize) -> Result<bool> {
        let finite = self.update(passes)?;
        self.progress.updates += 1;
        self.progress.state.epoch =
            self.progress.epoch as f64 + self.progress.updates as f64 / updates_per_epoch as f64;
        if !finite {
            let asked = self.event("on_not_finite", |callback, state| callback.on_not_finite(state))?;
            return Ok(asked.skip_update);
        }
        self.event("on_step_end", |callback, state| callback.on_step_end(state))?;
        let step = self.progress.state.global_step;
        let first = self.arguments.logging_first_step && step == 1;
        let due = first || step.is_multiple_of(self.arguments.logging_steps);
        self.boundary(IntervalStrategy::Steps, due)
    }

    /// Logs, evaluates and saves if due by `strategy` or requested; returns false if the evaluation's loss is NaN.
    fn boundary(&mut self, strategy: IntervalStrategy, log_due: bool) -> Result<bool> {
        let arguments = &self.arguments;
        let Progress { state, .. } = &self.progress;
        let (step, last) = (state.global_step, state.global_step == state.max_steps);
        let steps = strategy == IntervalStrategy::Steps;
        let evaluate_due =
            arguments.eval_strategy == strategy && (!steps || step.is_multiple_of(arguments.eval_steps));
        let save_due = arguments.save_strategy == strategy
            && (!steps || step.is_multiple_of(arguments.save_steps) || last);
        if std::mem::take(&mut self.progress.control.log) || log_due {
            self.log_training()?;
        }
        let asked = std::mem::take(&mut self.progress.control.evaluate);
        if ((evaluate_due && self.progress.evaluated_at != Some(step)) || asked) && !self.evaluate()? {
            return Ok(false);
        }
        let asked = std::mem::take(&mut self.progress.control.save);
        if save_due || asked {
            self.save(true)?;
        }
        Ok(true)
    }

    /// Calls a hook of all callbacks; stores and returns their requests.
    fn event(
        &mut self,
        name: &'static str,
        hook: impl Fn(&mut dyn Callback, &TrainState) -> CallbackResult,
    ) -> Result<Control> {
        let state = &self.progress.state;
        let (control, stopped_by) =
            dispatch(&mut self.callbacks, name, state, |callback| hook(callback, state))?;
        let progress = &mut self.progress;
        progress.control = progress.control.and(control);
        progress.control.skip_update = false; // only the caller of `event` uses it
        progress.stopped_by = progress.stopped_by.take().or(stopped_by);
        Ok(control)
    }
}

/// Returns the device on which batches are created, with autodiff on.
fn training_device(arguments: &CheckedArguments, device: &Device) -> Device {
    let device = device.clone().autodiff();
    if arguments.gradient_checkpointing {
        device.gradient_checkpointing()
    } else {
        device
    }
}
