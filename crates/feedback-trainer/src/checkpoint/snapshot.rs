//! A run as files, and back.

use burn::optim::{ModuleOptimizer, OptimizerRecord};
use burn::tensor::Bytes;
use feedback_files::sha256_hex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checkpoint::manifest::Files;
use crate::checkpoint::{Checkpoint, CheckpointFolder};
use crate::run::{Best, Progress, Run};
use crate::{
    Callback, CheckedArguments, Error, Evaluate, Metrics, Result, TrainData, Trainable, TrainingArguments,
    weights,
};

const MODEL: &str = "model.safetensors";
const BEST_MODEL: &str = "best_model.safetensors";
const OPTIMIZER: &str = "optimizer.bpk";
const PROGRESS: &str = "progress.cbor";
const TRAINER_STATE: &str = "trainer_state.json";

/// A result whose error says in words what is wrong with a file.
type Words<T> = std::result::Result<T, String>;

/// All that a checkpoint keeps.
pub(crate) struct Snapshot<'a, M> {
    pub(crate) arguments: &'a CheckedArguments,
    pub(crate) lengths: &'a [usize],
    pub(crate) progress: &'a Progress,
    pub(crate) callbacks: &'a [Box<dyn Callback>],
    pub(crate) optimizer: &'a ModuleOptimizer,
    pub(crate) model: &'a M,
    pub(crate) best: Option<&'a Best<M>>,
}

/// What `progress.cbor` holds. CBOR, because JSON knows no infinity and its readers round.
#[derive(Serialize, Deserialize)]
struct Saved {
    arguments: TrainingArguments,
    data: DataFingerprint,
    progress: Progress,
    best_metrics: Option<Metrics>,
    /// By the callbacks' names, in their order.
    callbacks: Vec<(String, Value)>,
}

/// Enough to notice other data: the trainer sees no more of them than their lengths.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct DataFingerprint {
    samples: usize,
    lengths: String,
}

impl DataFingerprint {
    fn of(lengths: &[usize]) -> Self {
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
    /// Saves a checkpoint, reads it back, and only then removes those beyond the limit.
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
    fn files(&self) -> Words<Files> {
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
            data: DataFingerprint::of(self.lengths),
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

impl<M: Trainable, D: TrainData<M>, E: Evaluate<M>> Run<'_, M, D, E> {
    /// Puts a checkpoint's state into this run and its weights into the model.
    pub(crate) fn restore(&mut self, model: M, mut checkpoint: Checkpoint) -> Result<M> {
        let path = checkpoint.path().to_owned();
        let unusable = |reason: String| Error::Checkpoint {
            path: path.clone(),
            reason,
        };
        let mut take = |name: &str| {
            let bytes = checkpoint.files.remove(name);
            bytes.ok_or_else(|| unusable(format!("`{name}` is missing")))
        };
        let in_file = |name: &'static str| {
            let unusable = &unusable;
            move |reason: String| unusable(format!("`{name}`: {reason}"))
        };
        let saved: Saved = ciborium::from_reader(take(PROGRESS)?.as_slice())
            .map_err(|error| in_file(PROGRESS)(error.to_string()))?;
        require_same_arguments(&saved.arguments, &self.arguments).map_err(unusable)?;
        self.refresh_for_restore(saved.progress.epoch)?;
        require_same_data(&saved.data, &DataFingerprint::of(&self.lengths)).map_err(unusable)?;
        let bytes = take(OPTIMIZER)?;
        load_optimizer(&mut self.optimizer, bytes).map_err(in_file(OPTIMIZER))?;
        let state = &saved.progress.state;
        let model = weights::from_bytes(model, take(MODEL)?).map_err(in_file(MODEL))?;
        if let Some(metrics) = saved.best_metrics {
            let best = if state.best_step == Some(state.global_step) {
                model.clone()
            } else {
                weights::from_bytes(model.clone(), take(BEST_MODEL)?).map_err(in_file(BEST_MODEL))?
            };
            self.best = Some(Best {
                model: best.valid(),
                metrics,
            });
        }
        self.restore_callbacks(saved.callbacks)?;
        self.progress = saved.progress;
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

fn load_optimizer(optimizer: &mut ModuleOptimizer, bytes: Vec<u8>) -> Words<()> {
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

fn require_same_data(then: &DataFingerprint, now: &DataFingerprint) -> Words<()> {
    if then == now {
        return Ok(());
    }
    Err(format!(
        "it was made with other data: {} samples then, {} now{}",
        then.samples,
        now.samples,
        if then.samples == now.samples {
            ", of other lengths"
        } else {
            ""
        }
    ))
}

/// Other arguments would make another run.
fn require_same_arguments(then: &TrainingArguments, now: &TrainingArguments) -> Words<()> {
    if then == now {
        return Ok(());
    }
    let fields = |arguments| match serde_json::to_value(arguments) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(), // a plain struct is always an object
    };
    let (then, now) = (fields(then), fields(now));
    let differing: Vec<String> = then
        .iter()
        .filter(|(name, value)| now.get(*name) != Some(value))
        .map(|(name, value)| format!("`{name}` {value} then, {} now", now[name]))
        .collect();
    Err(format!(
        "it was made with other arguments: {}",
        differing.join(", ")
    ))
}
