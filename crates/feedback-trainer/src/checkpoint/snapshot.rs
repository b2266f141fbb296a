//! Saves a run as the files of a checkpoint.

use burn::optim::ModuleOptimizer;
use feedback_files::sha256_hex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arguments::{CheckedArguments, TrainingArguments};
use crate::callback::Callback;
use crate::checkpoint::folder::CheckpointFolder;
use crate::checkpoint::manifest::Files;
use crate::error::{Error, Result};
use crate::model::{Metrics, Trainable};
use crate::progress::{Best, Progress};
use crate::weights;

pub(super) const MODEL: &str = "model.safetensors";
pub(super) const BEST_MODEL: &str = "best_model.safetensors";
pub(super) const OPTIMIZER: &str = "optimizer.bpk";
pub(super) const PROGRESS: &str = "progress.cbor";
const TRAINER_STATE: &str = "trainer_state.json";

/// Everything that a checkpoint contains.
pub(crate) struct Snapshot<'a, M> {
    pub(crate) arguments: &'a CheckedArguments,
    pub(crate) lengths: &'a [usize],
    pub(crate) progress: &'a Progress,
    pub(crate) callbacks: &'a [Box<dyn Callback>],
    pub(crate) optimizer: &'a ModuleOptimizer,
    pub(crate) model: &'a M,
    pub(crate) best: Option<&'a Best<M>>,
}

/// The content of `progress.cbor`. The format is CBOR because JSON cannot represent infinity and JSON parsers
/// may round numbers.
#[derive(Serialize, Deserialize)]
pub(super) struct Saved {
    pub(super) arguments: TrainingArguments,
    pub(super) data: DataFingerprint,
    pub(super) progress: Progress,
    pub(super) best_metrics: Option<Metrics>,
    /// The name and state of each callback that has a state, in order.
    pub(super) callbacks: Vec<(String, Value)>,
}

/// Detects that a run is resumed with different data. It covers only the number and lengths of the samples,
/// since the trainer does not see their content.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DataFingerprint {
    pub(super) samples: usize,
    lengths: String,
}

impl DataFingerprint {
    pub(super) fn new(lengths: &[usize]) -> Self {
        let bytes: Vec<u8> = lengths
            .iter()
            .flat_map(|&length| (length as u64).to_le_bytes())
            .collect();
        Self {
            samples: lengths.len(),
            lengths: sha256_hex(&bytes),
        }
    }
}

impl CheckpointFolder {
    /// Saves a checkpoint, reads it back, and only then removes old checkpoints beyond `save_total_limit`.
    pub(crate) fn save<M: Trainable>(&self, snapshot: &Snapshot<'_, M>) -> Result<()> {
        let state = &snapshot.progress.state;
        let path = self.path_of(state.global_step);
        let files = snapshot
            .files()
            .map_err(|reason| Error::Checkpoint { path, reason })?;
        self.write(state.global_step, &files)?;
        match snapshot.arguments.save_total_limit {
            Some(limit) => self.keep(limit, state.best_model_checkpoint.as_deref()),
            None => Ok(()),
        }
    }
}

impl<M: Trainable> Snapshot<'_, M> {
    fn files(&self) -> std::result::Result<Files, String> {
        let state = &self.progress.state;
        let callbacks: Vec<(String, Value)> = self
            .callbacks
            .iter()
            .filter_map(|callback| Some((callback.name().to_owned(), callback.state()?)))
            .collect();
        let best_here = state.best_step == Some(state.global_step);
        let for_people = state.to_hugging_face(self.arguments, callbacks.iter().cloned());
        let saved = Saved {
            arguments: (**self.arguments).clone(),
            data: DataFingerprint::new(self.lengths),
            progress: self.progress.clone(),
            best_metrics: self.best.map(|best| best.metrics.clone()),
            callbacks,
        };
        let mut progress = Vec::new();
        ciborium::into_writer(&saved, &mut progress).map_err(|error| error.to_string())?;
        let optimizer = self.optimizer.into_bytes().map_err(|error| error.to_string())?;
        let json = serde_json::to_vec_pretty(&for_people).map_err(|error| error.to_string())?;
        let mut files = Files::from([
            (MODEL.to_owned(), weights::to_bytes(self.model)?),
            (OPTIMIZER.to_owned(), optimizer.to_vec()),
            (PROGRESS.to_owned(), progress),
            (TRAINER_STATE.to_owned(), json),
        ]);
        if let Some(best) = self.best.filter(|_| !best_here) {
            files.insert(BEST_MODEL.to_owned(), weights::to_bytes(&best.model)?);
        }
        Ok(files)
    }
}
