//! Data that change between epochs.

use super::Run;
use crate::error::{Error, Result};
use crate::model::{Evaluate, TrainData, Trainable};

impl<M: Trainable, D: TrainData<M>, E: Evaluate<M>> Run<'_, M, D, E> {
    /// Takes in what data and evaluator say has changed before the current epoch.
    pub(super) fn refresh(&mut self) -> Result<()> {
        let epoch = self.progress.epoch;
        if self.refresh_data(epoch)? {
            self.spread_updates();
        }
        if self.refresh_evaluator(epoch)? {
            self.measure_best_again()?;
        }
        Ok(())
    }

    /// Brings data and evaluator to the epoch that a checkpoint was saved in. Updates were spread and the best model was
    /// measured when that epoch began, and the checkpoint has the results.
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

    /// Whole epochs are still to come, or so many updates as were asked for; the schedule ends with the last one.
    fn spread_updates(&mut self) {
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

    /// A value measured on other samples can be compared with nothing that is to come.
    fn measure_best_again(&mut self) -> Result<()> {
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
        self.event("on_best_measured_again", |callback, state| {
            callback.on_best_measured_again(state, &metrics)
        })?;
        Ok(())
    }
}
