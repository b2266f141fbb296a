//! The training loop.

use burn::optim::{GradientsAccumulator, GradientsParams, ModuleOptimizer};
use burn::tensor::Device;

use crate::gradients::clip_by_global_norm;
use crate::layerwise::LayerRates;
use crate::optimizer::adamw;
use crate::sampler::epoch_batches;
use crate::{
    Callback, CallbackResult, CheckedArguments, Control, Error, Evaluate, IntervalStrategy, LogEntry,
    LogKind, Metrics, Result, Schedule, TrainData, TrainState, Trainable,
};

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
}

/// The result of a run.
#[derive(Debug)]
#[non_exhaustive]
pub struct TrainOutput<M> {
    /// The best model by `metric_for_best_model`, without autodiff.
    pub model: M,
    /// The metrics it had.
    pub metrics: Metrics,
    /// Where the run stood at its end, with the whole log.
    pub state: TrainState,
    /// Why it ended.
    pub stop_reason: StopReason,
}

/// Trains a model with AdamW and returns the best one it saw.
///
/// # Examples
///
/// The crate page trains a small model.
pub struct Trainer {
    arguments: CheckedArguments,
    device: Device,
    callbacks: Vec<Box<dyn Callback>>,
}

impl Trainer {
    /// A trainer on `device`, with or without autodiff on it.
    pub fn new(arguments: CheckedArguments, device: &Device) -> Self {
        Self {
            arguments,
            device: device.clone(),
            callbacks: Vec::new(),
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
        Run::new(self, model, data).train(data, evaluator)
    }

    /// Evaluates a model on a test set and tells the callbacks (`on_predict`).
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

/// The best model so far.
struct Best<M> {
    model: M,
    metrics: Metrics,
}

/// The moving parts of one run.
struct Run<M> {
    arguments: CheckedArguments,
    device: Device,
    callbacks: Vec<Box<dyn Callback>>,
    lengths: Vec<usize>,
    schedule: Schedule,
    layer_rates: LayerRates,
    optimizer: ModuleOptimizer,
    /// `None` only while the optimizer holds it.
    model: Option<M>,
    best: Option<Best<M>>,
    state: TrainState,
    control: Control,
    stopped_by: Option<String>,
    /// Losses and their number since the last log entry.
    logged: (f64, usize),
    evaluated_at: Option<usize>,
}

impl<M: Trainable> Run<M> {
    fn new(trainer: Trainer, model: M, data: &impl TrainData<M>) -> Self {
        let arguments = trainer.arguments;
        let batches = data.len().div_ceil(arguments.per_device_train_batch_size);
        let steps_per_epoch = batches.div_ceil(arguments.gradient_accumulation_steps);
        let all_steps = steps_per_epoch.saturating_mul(arguments.num_train_epochs);
        let max_steps = arguments.max_steps.unwrap_or(all_steps);
        let model = model.train();
        Self {
            schedule: Schedule::new(&arguments, max_steps),
            layer_rates: LayerRates::new(&model, arguments.layerwise_lr_decay),
            optimizer: adamw(&arguments, &model),
            device: trainer.device.autodiff(),
            callbacks: trainer.callbacks,
            lengths: (0..data.len()).map(|index| data.length(index)).collect(),
            model: Some(model),
            best: None,
            state: TrainState {
                max_steps,
                num_train_epochs: max_steps.div_ceil(steps_per_epoch),
                ..TrainState::default()
            },
            control: Control::CONTINUE,
            stopped_by: None,
            logged: (0.0, 0),
            evaluated_at: None,
            arguments,
        }
    }

    fn train(mut self, data: &impl TrainData<M>, evaluator: &mut impl Evaluate<M>) -> Result<TrainOutput<M>> {
        self.event("on_init_end", |callback, state| callback.on_init_end(state))?;
        self.event("on_train_begin", |callback, state| callback.on_train_begin(state))?;
        let mut stop_reason = StopReason::Completed;
        for epoch in 0..self.state.num_train_epochs {
            if !self.train_epoch(epoch, data, evaluator)? {
                stop_reason = StopReason::LossNotFinite;
                break;
            }
            if let Some(name) = self.stopped_by.take() {
                stop_reason = StopReason::Callback(name);
                break;
            }
        }
        if stop_reason != StopReason::LossNotFinite && self.evaluated_at != Some(self.state.global_step) {
            self.evaluate(evaluator)?;
        }
        self.event("on_train_end", |callback, state| callback.on_train_end(state))?;
        let best = self.best.ok_or(Error::LossNotFinite {
            global_step: self.state.global_step + 1,
            loss: self.state.loss,
        })?;
        Ok(TrainOutput {
            model: best.model,
            metrics: best.metrics,
            state: self.state,
            stop_reason,
        })
    }

    /// One pass over the data; false if the loss was not finite.
    fn train_epoch(
        &mut self,
        epoch: usize,
        data: &impl TrainData<M>,
        evaluator: &mut impl Evaluate<M>,
    ) -> Result<bool> {
        let arguments = &self.arguments;
        let batches = epoch_batches(
            &self.lengths,
            arguments.per_device_train_batch_size,
            arguments.group_by_length,
            arguments.seed,
            epoch,
        );
        let updates: Vec<&[Vec<usize>]> = batches.chunks(arguments.gradient_accumulation_steps).collect();
        self.event("on_epoch_begin", |callback, state| callback.on_epoch_begin(state))?;
        for (index, update) in updates.iter().enumerate() {
            if self.state.global_step == self.state.max_steps {
                break;
            }
            if !self.step(update, data)? {
                return Ok(false);
            }
            self.state.epoch = epoch as f64 + (index + 1) as f64 / updates.len() as f64;
            self.event("on_step_end", |callback, state| callback.on_step_end(state))?;
            self.after_step(evaluator)?;
            let control = std::mem::take(&mut self.control);
            if control.stop_training || control.stop_epoch {
                self.control.stop_training = control.stop_training;
                break;
            }
        }
        self.event("on_epoch_end", |callback, state| callback.on_epoch_end(state))?;
        let due = self.arguments.eval_strategy == IntervalStrategy::Epoch;
        if due && self.evaluated_at != Some(self.state.global_step) {
            self.evaluate(evaluator)?;
        }
        Ok(true)
    }

    /// One update from one or more passes; false if the loss was not finite, in which case nothing was updated.
    fn step(&mut self, passes: &[Vec<usize>], data: &impl TrainData<M>) -> Result<bool> {
        self.event("on_step_begin", |callback, state| callback.on_step_begin(state))?;
        let samples: usize = passes.iter().map(Vec::len).sum();
        let mut accumulated = GradientsAccumulator::new();
        let mut loss_sum = 0.0;
        for (micro_batch, indices) in passes.iter().enumerate() {
            let (loss, grads) = self.forward_backward(micro_batch, indices, samples, data)?;
            loss_sum += loss;
            if let Some(model) = &self.model {
                accumulated.accumulate(model, grads);
            }
            if micro_batch + 1 < passes.len() {
                self.event("on_substep_end", |callback, state| callback.on_substep_end(state))?;
            }
        }
        self.state.loss = loss_sum;
        if !loss_sum.is_finite() {
            return Ok(false);
        }
        if !self.update(accumulated.grads())? {
            return Ok(false);
        }
        self.logged.0 += loss_sum;
        self.logged.1 += 1;
        Ok(true)
    }

    /// The pass's share of the update's mean loss, and its gradients.
    fn forward_backward(
        &self,
        micro_batch: usize,
        indices: &[usize],
        samples: usize,
        data: &impl TrainData<M>,
    ) -> Result<(f64, GradientsParams)> {
        let global_step = self.state.global_step + 1;
        let batch = data
            .batch(indices, &self.device)
            .map_err(|source| Error::Data { global_step, source })?;
        // Seeded anew for each pass, so that a run can be taken up again at any step.
        self.device
            .seed(pass_seed(self.arguments.seed, global_step, micro_batch));
        let Some(model) = &self.model else {
            return Err(Error::NoData); // the model is only ever away inside `update`
        };
        let loss = model.loss(batch).div_scalar(samples as f64);
        let value: f32 = loss
            .clone()
            .try_into_scalar()
            .map_err(|error| Error::Device(error.to_string()))?;
        Ok((
            f64::from(value),
            GradientsParams::from_grads(loss.backward(), model),
        ))
    }

    /// Changes the weights; false, and no change, if a gradient was not finite.
    fn update(&mut self, mut grads: GradientsParams) -> Result<bool> {
        let Some(model) = self.model.take() else {
            return Ok(false);
        };
        self.state.grad_norm = clip_by_global_norm(&model, &mut grads, self.arguments.max_grad_norm)?;
        if !self.state.grad_norm.is_finite() {
            self.model = Some(model);
            return Ok(false);
        }
        self.event("on_pre_optimizer_step", |callback, state| {
            callback.on_pre_optimizer_step(state)
        })?;
        self.state.learning_rate = self.schedule.learning_rate(self.state.global_step);
        let rates = self.layer_rates.at(self.state.learning_rate);
        self.model = Some(self.optimizer.step(rates, model, grads));
        self.event("on_optimizer_step", |callback, state| {
            callback.on_optimizer_step(state)
        })?;
        self.state.global_step += 1;
        Ok(true)
    }

    fn after_step(&mut self, evaluator: &mut impl Evaluate<M>) -> Result<()> {
        let step = self.state.global_step;
        if self.control.log || step.is_multiple_of(self.arguments.logging_steps) {
            self.log_training()?;
        }
        let due = self.arguments.eval_strategy == IntervalStrategy::Steps
            && step.is_multiple_of(self.arguments.eval_steps);
        if due || self.control.evaluate {
            self.evaluate(evaluator)?;
        }
        Ok(())
    }

    fn log_training(&mut self) -> Result<()> {
        let (sum, count) = std::mem::take(&mut self.logged);
        let values = [
            ("loss", sum / count.max(1) as f64),
            ("learning_rate", self.state.learning_rate),
            ("grad_norm", self.state.grad_norm),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), value));
        self.log(LogKind::Train, values.into())
    }

    fn log(&mut self, kind: LogKind, values: Metrics) -> Result<()> {
        let entry = LogEntry {
            kind,
            global_step: self.state.global_step,
            epoch: self.state.epoch,
            values,
        };
        self.state.log_history.push(entry.clone());
        self.event("on_log", |callback, state| callback.on_log(state, &entry))
    }

    fn evaluate(&mut self, evaluator: &mut impl Evaluate<M>) -> Result<()> {
        let global_step = self.state.global_step;
        self.evaluated_at = Some(global_step);
        let Some(model) = self.model.as_ref().map(M::valid) else {
            return Ok(());
        };
        let metrics = evaluator
            .evaluate(&model)
            .map_err(|source| Error::Evaluation { global_step, source })?;
        self.log(LogKind::Eval, metrics.clone())?;
        let name = &self.arguments.metric_for_best_model;
        let value = *metrics.get(name).ok_or_else(|| Error::MissingMetric {
            name: name.clone(),
            available: metrics.keys().cloned().collect(),
        })?;
        let better = match self.state.best_metric {
            None => true,
            Some(best) if best.is_nan() => !value.is_nan(), // anything is better than an undefined value
            Some(best) if self.arguments.greater_is_better => value > best,
            Some(best) => value < best,
        };
        if better {
            self.state.best_metric = Some(value);
            self.state.best_step = Some(global_step);
            self.best = Some(Best {
                model,
                metrics: metrics.clone(),
            });
        }
        self.event("on_evaluate", |callback, state| {
            callback.on_evaluate(state, &metrics)
        })?;
        if better {
            self.event("on_save", |callback, state| callback.on_save(state))?;
        }
        Ok(())
    }

    fn event(
        &mut self,
        name: &'static str,
        hook: impl Fn(&mut dyn Callback, &TrainState) -> CallbackResult,
    ) -> Result<()> {
        let state = &self.state;
        let (control, stopped_by) =
            dispatch(&mut self.callbacks, name, state, |callback| hook(callback, state))?;
        self.control.merge(control);
        self.stopped_by = self.stopped_by.take().or(stopped_by);
        Ok(())
    }
}

/// Calls a hook of every callback; also tells which callback, if any, asked to stop.
fn dispatch(
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
        all.merge(control);
    }
    Ok((all, stopped_by))
}

/// A seed of its own for each forward pass: SplitMix64 (Steele et al. 2014) over the three numbers.
fn pass_seed(seed: u64, global_step: usize, micro_batch: usize) -> u64 {
    let mix = |value: u64| {
        let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    };
    mix(mix(mix(seed) ^ global_step as u64) ^ micro_batch as u64)
}
