//! Saves a run as a checkpoint, and restores it from one.

use serde_json::Value;

use super::Run;
use crate::checkpoint::folder::{Checkpoint, name_of};
use crate::checkpoint::restore::SavedRun;
use crate::checkpoint::snapshot::Snapshot;
use crate::error::{Error, Result};
use crate::model::{Evaluate, TrainData, Trainable};

impl<M: Trainable, D: TrainData<M>, E: Evaluate<M>> Run<'_, M, D, E> {
    /// Saves a checkpoint if the run has a checkpoint folder. `due` is false if the reason is an
    /// interruption.
    pub(super) fn save(&mut self, due: bool) -> Result<()> {
        let (Some(folder), Some(model)) = (&self.checkpoints, &self.model) else {
            return Ok(());
        };
        self.progress.save_was_due = due;
        let state = &mut self.progress.state;
        if due && state.best_step == Some(state.global_step) {
            state.best_model_checkpoint = Some(name_of(state.global_step));
        }
        // An existing checkpoint of this step is not replaced: a run resumed from it reaches the same state.
        if !folder.contains(self.progress.state.global_step) {
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

    /// Restores the state of this run and the weights of the model.
    pub(super) fn restore(&mut self, model: M, checkpoint: Checkpoint) -> Result<M> {
        let mut saved = SavedRun::read(checkpoint)?;
        saved.require_same_arguments(&self.arguments)?;
        self.refresh_for_restore(saved.epoch())?;
        saved.require_same_data(&self.lengths)?;
        saved.load_optimizer(&mut self.optimizer)?;
        let (model, best) = saved.load_models(model)?;
        self.best = best;
        let (progress, callbacks) = saved.into_progress();
        self.restore_callbacks(callbacks)?;
        self.progress = progress;
        Ok(model)
    }

    fn restore_callbacks(&mut self, mut states: Vec<(String, Value)>) -> Result<()> {
        for callback in &mut self.callbacks {
            let found = states.iter().position(|(name, _)| name == callback.name());
            let Some(index) = found else { continue };
            let (name, state) = states.remove(index);
            callback.load_state(state).map_err(|source| Error::Callback {
                name,
                event: "load_state",
                global_step: self.progress.state.global_step,
                source,
            })?;
        }
        Ok(())
    }
}
