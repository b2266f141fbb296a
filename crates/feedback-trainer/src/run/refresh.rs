//! Handles data that change between epochs.

use super::Run;
use crate::error::{Error, Result};
use crate::model::{Evaluate, TrainData, Trainable};

impl<M: Trainable, D: TrainData<M>, E: Evaluate<M>> Run<'_, M, D, E> {
    /// Applies changes of data and evaluator before the current epoch.
    pub(super) fn refresh(&mut self) -> Result<()> {
        let epoch = self.progress.epoch;
        if self.refresh_data(epoch)? {
            self.recompute_max_steps();
        }
        if self.refresh_evaluator(epoch)? {
            self.reevaluate_best()?;
        }
        Ok(())
    }

    /// Refreshes data and evaluator for the epoch in which a checkpoint was saved. The number of updates and the
    /// metrics of the best model are not recomputed, because the checkpoint already contains them.
    pub(super) fn refresh_for_restore(&mut self, epoch: usize) -> Result<()> {
        self.refresh_data(epoch)?;
        self.refresh_evaluator(epoch)?;
        Ok(())
    }

    fn refresh_data(&mut self, epoch: usize) -> Result<bool> {
        let global_step = self.progress.state.global_step;
        let changed = self
            .data
            .refresh(epoch)
            .map_err(|source| Error::Data { global_step, source })?;
        if changed {
            self.lengths = (0..self.data.len())
                .map(|index| self.data.length(index))
                .collect();
        }
        if self.lengths.is_empty() {
            return Err(Error::NoData);
        }
        Ok(changed)
    }

    fn refresh_evaluator(&mut self, epoch: usize) -> Result<bool> {
        let global_step = self.progress.state.global_step;
        self.evaluator
            .refresh(epoch)
            .map_err(|source| Error::Evaluation { global_step, source })
    }

    /// Recomputes the number of updates from the remaining epochs, unless `max_steps` is set, and adjusts the
    /// schedule.
    fn recompute_max_steps(&mut self) {
        let arguments = &self.arguments;
        let per_epoch = self
            .lengths
            .len()
            .div_ceil(arguments.per_device_train_batch_size)
            .div_ceil(arguments.gradient_accumulation_steps);
        let progress = &mut self.progress;
        let state = &mut progress.state;
        match arguments.max_steps {
            Some(max_steps) => {
                let left = max_steps.saturating_sub(state.global_step);
                state.num_train_epochs = progress.epoch + left.div_ceil(per_epoch);
            }
            None => {
                let epochs = state.num_train_epochs.saturating_sub(progress.epoch);
                state.max_steps = state.global_step + per_epoch.saturating_mul(epochs);
                progress.schedule.set_max_steps(state.max_steps);
            }
        }
    }

    /// Evaluates the best model again, because metrics on old and new samples are not comparable.
    fn reevaluate_best(&mut self) -> Result<()> {
        let Some(best) = &mut self.best else {
            return Ok(());
        };
        let global_step = self.progress.state.global_step;
        best.metrics = self
            .evaluator
            .evaluate(&best.model)
            .map_err(|source| Error::Evaluation { global_step, source })?;
        let metrics = best.metrics.clone();
        let value = metrics.get(&self.arguments.metric_for_best_model).copied();
        self.progress.state.best_metric = value;
        self.progress.schedule.set_best(value);
        self.event("on_best_reevaluated", |callback, state| {
            callback.on_best_reevaluated(state, &metrics)
        })?;
        Ok(())
    }
}
