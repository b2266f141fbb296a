//! The training loop: epochs, steps, and what is due at their boundaries.

use std::sync::atomic::Ordering;

use burn::optim::ModuleOptimizer;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::checkpoint::{CheckpointFolder, Snapshot, name_of};
use crate::layerwise::LayerRates;
use crate::optimizer::optimizer;
use crate::parameters::{number_parameters, to_training};
use crate::sampler::{batches_of, generator, shuffled};
use crate::{
    Callback, CallbackResult, Callbacks, CheckedArguments, Control, Error, Evaluate, IntervalStrategy,
    LogEntry, LogKind, Metrics, Result, Schedule, StopReason, TrainData, TrainOutput, TrainState, Trainable,
    Trainer,
};

/// The best model so far.
pub(crate) struct Best<M> {
    pub(crate) model: M,
    pub(crate) metrics: Metrics,
}

/// Where a run stands: everything that a checkpoint keeps beside weights and optimizer.
///
/// The order of the data and all randomness follow from the seed and these counts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) state: TrainState,
    pub(crate) schedule: Schedule,
    /// The epoch at hand, from 0.
    pub(crate) epoch: usize,
    /// Updates of this epoch done or left out.
    pub(crate) updates: usize,
    /// `on_epoch_end` and the evaluation after it are done.
    pub(crate) epoch_ended: bool,
    /// What callbacks have asked for and not got yet.
    pub(crate) control: Control,
    pub(crate) stopped_by: Option<String>,
    /// Losses and their number since the last log entry.
    pub(crate) logged: (f64, usize),
    pub(crate) evaluated_at: Option<usize>,
    /// What the latest evaluation measured.
    pub(crate) metrics: Option<Metrics>,
    /// Whether the checkpoint was due or asked for, rather than made for an interruption.
    pub(crate) save_was_due: bool,
}

/// The moving parts of one run.
pub(crate) struct Run<'a, M: Trainable, D, E> {
    pub(crate) arguments: CheckedArguments,
    pub(crate) device: Device,
    pub(crate) callbacks: Vec<Box<dyn Callback>>,
    pub(crate) checkpoints: Option<CheckpointFolder>,
    interrupt: std::sync::Arc<std::sync::atomic::AtomicBool>,
    pub(crate) data: &'a D,
    pub(crate) evaluator: &'a mut E,
    pub(crate) lengths: Vec<usize>,
    pub(crate) layer_rates: LayerRates,
    pub(crate) optimizer: ModuleOptimizer,
    /// `None` only while the optimizer holds it.
    pub(crate) model: Option<M>,
    pub(crate) best: Option<Best<M>>,
    pub(crate) progress: Progress,
    resumed: bool,
}

impl<'a, M: Trainable, D: TrainData<M>, E: Evaluate<M>> Run<'a, M, D, E> {
    pub(crate) fn new(trainer: Trainer, model: M, data: &'a D, evaluator: &'a mut E) -> Result<Self> {
        let arguments = trainer.arguments;
        let device = training_device(&arguments, &trainer.device);
        let steps_per_epoch = data
            .len()
            .div_ceil(arguments.per_device_train_batch_size)
            .div_ceil(arguments.gradient_accumulation_steps);
        let all_steps = steps_per_epoch.saturating_mul(arguments.num_train_epochs);
        let max_steps = arguments.max_steps.unwrap_or(all_steps);
        let model = number_parameters(model);
        let mut run = Self {
            layer_rates: LayerRates::new(&model, arguments.layerwise_lr_decay),
            optimizer: optimizer(&arguments, &model),
            model: None,
            best: None,
            progress: Progress {
                state: TrainState {
                    max_steps,
                    num_train_epochs: max_steps.div_ceil(steps_per_epoch),
                    ..TrainState::default()
                },
                schedule: Schedule::new(&arguments, max_steps),
                epoch: 0,
                updates: 0,
                epoch_ended: false,
                control: Control::CONTINUE,
                stopped_by: None,
                logged: (0.0, 0),
                evaluated_at: None,
                metrics: None,
                save_was_due: false,
            },
            lengths: (0..data.len()).map(|index| data.length(index)).collect(),
            callbacks: trainer.callbacks,
            checkpoints: trainer.checkpoints,
            interrupt: trainer.interrupt,
            resumed: trainer.resume_from.is_some(),
            arguments,
            device,
            data,
            evaluator,
        };
        let model = match trainer.resume_from {
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
        // Of the weights of the last step the metrics are wanted where those are what is returned.
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
        let last = last.filter(|(_, metrics)| last_is_wanted && !is_undefined(metrics));
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

    /// What is left of the epoch at hand; tells why to end there, if so.
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

    /// The batches of the epoch at hand.
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

    /// One update and what is due after it; false if the loss was not finite and training has to end.
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
        let due = self
            .progress
            .state
            .global_step
            .is_multiple_of(self.arguments.logging_steps);
        self.boundary(IntervalStrategy::Steps, due)
    }

    /// Logs, evaluates and saves what is due by `strategy`, or asked for; false if the evaluation found a loss that is no
    /// number.
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

    fn log_training(&mut self) -> Result<()> {
        let (sum, count) = std::mem::take(&mut self.progress.logged);
        let state = &self.progress.state;
        let values = [
            ("loss", sum / count.max(1) as f64),
            ("learning_rate", state.learning_rate),
            ("grad_norm", state.grad_norm),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), value));
        self.log(LogKind::Train, values.into())
    }

    fn log(&mut self, kind: LogKind, values: Metrics) -> Result<()> {
        let state = &mut self.progress.state;
        let entry = LogEntry {
            kind,
            global_step: state.global_step,
            epoch: state.epoch,
            values,
        };
        state.log_history.push(entry.clone());
        self.event("on_log", |callback, state| callback.on_log(state, &entry))?;
        Ok(())
    }

    /// Measures the model; false if its loss is no number, which means that the weights are none: such a model is never
    /// the best, and never saved.
    fn evaluate(&mut self) -> Result<bool> {
        let global_step = self.progress.state.global_step;
        self.progress.evaluated_at = Some(global_step);
        let Some(model) = self.model.as_ref().map(M::valid) else {
            return Ok(true);
        };
        let metrics = self
            .evaluator
            .evaluate(&model)
            .map_err(|source| Error::Evaluation { global_step, source })?;
        self.log(LogKind::Eval, metrics.clone())?;
        let name = &self.arguments.metric_for_best_model;
        let value = *metrics.get(name).ok_or_else(|| Error::MissingMetric {
            name: name.clone(),
            available: metrics.keys().cloned().collect(),
        })?;
        self.progress.schedule.observe(value);
        let astray = is_undefined(&metrics);
        let state = &mut self.progress.state;
        if !astray && is_better(value, state.best_metric, self.arguments.is_greater_better()) {
            state.best_metric = Some(value);
            state.best_step = Some(global_step);
            state.best_model_checkpoint = None;
            self.best = Some(Best {
                model,
                metrics: metrics.clone(),
            });
        }
        self.progress.metrics = Some(metrics.clone());
        self.event("on_evaluate", |callback, state| {
            callback.on_evaluate(state, &metrics)
        })?;
        Ok(!astray)
    }

    /// Saves a checkpoint, if there is a place for them.
    fn save(&mut self, due: bool) -> Result<()> {
        let (Some(folder), Some(model)) = (&self.checkpoints, &self.model) else {
            return Ok(());
        };
        self.progress.save_was_due = due;
        let state = &mut self.progress.state;
        if due && state.best_step == Some(state.global_step) {
            state.best_model_checkpoint = Some(name_of(state.global_step));
        }
        // One that stands there already is as good: from it the run comes back to here.
        if !folder.holds(self.progress.state.global_step) {
            folder.save(&Snapshot {
                arguments: &self.arguments,
                lengths: &self.lengths,
                progress: &self.progress,
                callbacks: &self.callbacks,
                optimizer: &self.optimizer,
                model,
                best: self.best.as_ref(),
            })?;
        } else if !due {
            return Ok(());
        }
        self.event("on_save", |callback, state| callback.on_save(state))?;
        Ok(())
    }

    /// Tells all callbacks and keeps what they ask for; returns it as well.
    pub(crate) fn event(
        &mut self,
        name: &'static str,
        hook: impl Fn(&mut dyn Callback, &TrainState) -> CallbackResult,
    ) -> Result<Control> {
        let state = &self.progress.state;
        let (control, stopped_by) =
            dispatch(&mut self.callbacks, name, state, |callback| hook(callback, state))?;
        let progress = &mut self.progress;
        progress.control = progress.control.and(control);
        progress.control.skip_update = false; // heeded by the caller of this one event or not at all
        progress.stopped_by = progress.stopped_by.take().or(stopped_by);
        Ok(control)
    }
}

/// The batches of an epoch, in the data's own order where they have one.
pub(crate) fn batches_of_epoch<M: Trainable>(
    data: &impl TrainData<M>,
    lengths: &[usize],
    arguments: &CheckedArguments,
    epoch: usize,
) -> Result<Vec<Vec<usize>>> {
    let samples = lengths.len();
    data.set_epoch(epoch);
    let mut rng = generator(arguments.seed, epoch);
    let order = match data.order(arguments.seed, epoch) {
        None => shuffled(samples, &mut rng),
        Some(order) if order.len() == samples && order.iter().all(|&index| index < samples) => order,
        Some(order) => {
            return Err(Error::Order {
                samples,
                found: order.len(),
                highest: order.into_iter().max(),
            });
        }
    };
    let (batch_size, group) = (arguments.per_device_train_batch_size, arguments.group_by_length);
    Ok(batches_of(order, lengths, batch_size, group, &mut rng))
}

/// The device that batches are made on.
fn training_device(arguments: &CheckedArguments, device: &Device) -> Device {
    let device = device.clone().autodiff();
    if arguments.gradient_checkpointing {
        device.gradient_checkpointing()
    } else {
        device
    }
}

/// Whether the loss of an evaluation is no number. Scores may be undefined for a sound model, a loss may not.
fn is_undefined(metrics: &Metrics) -> bool {
    metrics.get("loss").is_some_and(|loss| loss.is_nan())
}

/// An undefined value is better than none, and any other is better than an undefined one.
fn is_better(value: f64, best: Option<f64>, greater_is_better: bool) -> bool {
    match best {
        None => true,
        Some(best) if best.is_nan() => !value.is_nan(),
        Some(best) if greater_is_better => value > best,
        Some(best) => value < best,
    }
}

/// Calls a hook of every callback; also tells which callback, if any, asked to stop.
pub(crate) fn dispatch(
    callbacks: &mut [Box<dyn Callback>],
    event: &'static str,
    state: &TrainState,
    mut hook: impl FnMut(&mut dyn Callback) -> CallbackResult,
) -> Result<(Control, Option<String>)> {
    let mut all = Control::CONTINUE;
    let mut stopped_by = None;
    for callback in callbacks {
        let control = hook(callback.as_mut()).map_err(|source| Error::Callback {
            name: callback.name().to_owned(),
            event,
            global_step: state.global_step,
            source,
        })?;
        if control.stop_training && stopped_by.is_none() {
            stopped_by = Some(callback.name().to_owned());
        }
        all = all.and(control);
    }
    Ok((all, stopped_by))
}
