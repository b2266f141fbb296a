//! Log entries, evaluations, and the choice of the best model.

use super::Run;
use crate::error::{Error, Result};
use crate::model::{Evaluate, Metrics, TrainData, Trainable, has_nan_loss};
use crate::progress::Best;
use crate::state::{LogEntry, LogKind};

impl<M: Trainable, D: TrainData<M>, E: Evaluate<M>> Run<'_, M, D, E> {
    pub(super) fn log_training(&mut self) -> Result<()> {
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

    /// Evaluates the model; returns false if its loss is NaN. Such a model has NaN weights, so it never becomes the best model and
    /// is never saved.
    pub(super) fn evaluate(&mut self) -> Result<bool> {
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
        let astray = has_nan_loss(&metrics);
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
}

/// Returns whether `value` is better than `best`. NaN is better than no value, and any number is better than NaN.
fn is_better(value: f64, best: Option<f64>, greater_is_better: bool) -> bool {
    match best {
        None => true,
        Some(best) if best.is_nan() => !value.is_nan(),
        Some(best) if greater_is_better => value > best,
        Some(best) => value < best,
    }
}
