//! Restores a run from a checkpoint.

use std::path::PathBuf;

use burn::optim::{ModuleOptimizer, OptimizerRecord};
use burn::tensor::Bytes;
use serde_json::Value;

use crate::arguments::TrainingArguments;
use crate::checkpoint::folder::Checkpoint;
use crate::checkpoint::manifest::Files;
use crate::checkpoint::snapshot::{BEST_MODEL, DataFingerprint, MODEL, OPTIMIZER, PROGRESS, Saved};
use crate::error::{Error, Result};
use crate::model::Trainable;
use crate::progress::{Best, Progress};
use crate::weights;

/// A checkpoint from which a run is restored, part by part.
pub(crate) struct SavedRun {
    path: PathBuf,
    files: Files,
    saved: Saved,
}

impl SavedRun {
    /// Reads everything except the tensors.
    pub(crate) fn read(mut checkpoint: Checkpoint) -> Result<Self> {
        let path = checkpoint.path().to_owned();
        let unusable = |reason| Error::Checkpoint {
            path: path.clone(),
            reason,
        };
        let progress = checkpoint.files.remove(PROGRESS);
        let progress = progress.ok_or_else(|| unusable(missing(PROGRESS)))?;
        let saved = ciborium::from_reader(progress.as_slice())
            .map_err(|error| unusable(format!("`{PROGRESS}`: {error}")))?;
        Ok(Self {
            path,
            files: checkpoint.files,
            saved,
        })
    }

    /// Returns the epoch in which the checkpoint was saved, counted from 0.
    pub(crate) fn epoch(&self) -> usize {
        self.saved.progress.epoch
    }

    /// Returns an error if the arguments differ from the arguments of the saved run.
    pub(crate) fn require_same_arguments(&self, now: &TrainingArguments) -> Result<()> {
        compare_arguments(&self.saved.arguments, now).map_err(|reason| self.unusable(reason))
    }

    /// Returns an error if the number of samples or their lengths differ from the saved run.
    pub(crate) fn require_same_data(&self, lengths: &[usize]) -> Result<()> {
        let now = DataFingerprint::new(lengths);
        compare_data(&self.saved.data, &now).map_err(|reason| self.unusable(reason))
    }

    /// Restores the moments and counts of the optimizer.
    pub(crate) fn load_optimizer(&mut self, optimizer: &mut ModuleOptimizer) -> Result<()> {
        let bytes = self.take(OPTIMIZER)?;
        load_record(optimizer, bytes).map_err(|reason| self.unusable_file(OPTIMIZER, &reason))
    }

    /// Returns the model with the weights of the checkpoint, and the best model so far, if any.
    pub(crate) fn load_models<M: Trainable>(&mut self, model: M) -> Result<(M, Option<Best<M>>)> {
        let model = self.load_weights(model, MODEL)?;
        let Some(metrics) = self.saved.best_metrics.take() else {
            return Ok((model, None));
        };
        let state = &self.saved.progress.state;
        let best = if state.best_step == Some(state.global_step) {
            model.clone()
        } else {
            self.load_weights(model.clone(), BEST_MODEL)?
        };
        let best = Best {
            model: best.valid(),
            metrics,
        };
        Ok((model, Some(best)))
    }

    /// Returns the progress of the run, and the name and state of each callback.
    pub(crate) fn into_progress(self) -> (Progress, Vec<(String, Value)>) {
        (self.saved.progress, self.saved.callbacks)
    }

    fn load_weights<M: Trainable>(&mut self, model: M, name: &str) -> Result<M> {
        let bytes = self.take(name)?;
        weights::from_bytes(model, bytes).map_err(|reason| self.unusable_file(name, &reason))
    }

    fn take(&mut self, name: &str) -> Result<Vec<u8>> {
        let bytes = self.files.remove(name);
        bytes.ok_or_else(|| self.unusable(missing(name)))
    }

    fn unusable_file(&self, name: &str, reason: &str) -> Error {
        self.unusable(format!("`{name}`: {reason}"))
    }

    fn unusable(&self, reason: String) -> Error {
        Error::Checkpoint {
            path: self.path.clone(),
            reason,
        }
    }
}

fn missing(name: &str) -> String {
    format!("`{name}` is missing")
}

fn load_record(optimizer: &mut ModuleOptimizer, bytes: Vec<u8>) -> std::result::Result<(), String> {
    let record =
        OptimizerRecord::from_bytes(Bytes::from_bytes_vec(bytes)).map_err(|error| error.to_string())?;
    let tensors = record.len();
    *optimizer = optimizer.clone().load_record(record);
    let taken = optimizer.to_record().len();
    if taken == tensors {
        Ok(())
    } else {
        Err(format!("only {taken} of {tensors} tensors fit the optimizer"))
    }
}

fn compare_data(then: &DataFingerprint, now: &DataFingerprint) -> std::result::Result<(), String> {
    if then == now {
        return Ok(());
    }
    Err(format!(
        "it was saved with other data: {} samples then, {} now{}",
        then.samples,
        now.samples,
        if then.samples == now.samples {
            ", with other lengths"
        } else {
            ""
        }
    ))
}

fn compare_arguments(then: &TrainingArguments, now: &TrainingArguments) -> std::result::Result<(), String> {
    if then == now {
        return Ok(());
    }
    let fields = |arguments| match serde_json::to_value(arguments) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(), // a plain struct is always an object
    };
    let (then, now) = (fields(then), fields(now));
    // An argument with its default value may be missing.
    let added = now.keys().filter(|name| !then.contains_key(*name));
    let names = then.keys().chain(added);
    let shown = |value: Option<&Value>| value.map_or("the default".to_owned(), Value::to_string);
    let differing: Vec<String> = names
        .map(|name| (name, then.get(name), now.get(name)))
        .filter(|(_, then, now)| then != now)
        .map(|(name, then, now)| format!("`{name}` {} then, {} now", shown(then), shown(now)))
        .collect();
    Err(format!(
        "it was saved with other arguments: {}",
        differing.join(", ")
    ))
}
