//! The state that callbacks see, and the requests that they can return.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::arguments::TrainingArguments;
use crate::model::Metrics;

/// The state of a run. Callbacks read it; only the trainer changes it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainState {
    /// Updates done.
    pub global_step: usize,
    /// Updates that the run will do unless it ends early.
    pub max_steps: usize,
    /// Epochs done, including the fraction of the current one.
    pub epoch: f64,
    /// Epochs that the run will do.
    pub num_train_epochs: usize,
    /// Mean training loss of the latest update.
    pub loss: f64,
    /// Learning rate of the latest update.
    pub learning_rate: f64,
    /// Norm of the gradients of the latest update, before clipping; frozen parameters do not count.
    pub grad_norm: f64,
    /// The best value of `metric_for_best_model` so far.
    pub best_metric: Option<f64>,
    /// The number of updates after which `best_metric` was measured.
    pub best_step: Option<usize>,
    /// The name of the checkpoint with the best weights, `checkpoint-<global_step>`; `None` if no checkpoint
    /// was saved at `best_step`.
    pub best_model_checkpoint: Option<String>,
    /// Every log entry so far.
    pub log_history: Vec<LogEntry>,
    /// Why the run ended, as returned by [`StopReason::as_str`](crate::StopReason::as_str); `None` before
    /// `on_train_end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<String>,
}

impl TrainState {
    /// Returns the state as the content of `trainer_state.json`, with Hugging Face's field names.
    ///
    /// Values that are not finite are `null`, since JSON cannot represent them.
    pub fn to_hugging_face(
        &self,
        arguments: &TrainingArguments,
        stateful_callbacks: impl IntoIterator<Item = (String, Value)>,
    ) -> Value {
        let log_history: Vec<Value> = self.log_history.iter().map(LogEntry::to_hugging_face).collect();
        json!({
            "best_global_step": self.best_step,
            "best_metric": self.best_metric,
            "best_model_checkpoint": self.best_model_checkpoint,
            "epoch": self.epoch,
            "eval_steps": arguments.eval_steps,
            "global_step": self.global_step,
            "is_hyper_param_search": false,
            "is_local_process_zero": true,
            "is_world_process_zero": true,
            "log_history": log_history,
            "logging_steps": arguments.logging_steps,
            "max_steps": self.max_steps,
            "num_train_epochs": self.num_train_epochs,
            "save_steps": arguments.save_steps,
            "stateful_callbacks": stateful_callbacks.into_iter().collect::<Map<_, _>>(),
            "train_batch_size": arguments.per_device_train_batch_size,
        })
    }
}

/// One log entry: values of training or of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// `train` or `eval`.
    pub kind: LogKind,
    /// Updates done.
    pub global_step: usize,
    /// Epochs done.
    pub epoch: f64,
    /// The values, by name.
    #[serde(flatten)]
    pub values: Metrics,
}

impl LogEntry {
    /// Returns a flat object with `epoch`, `step` and all values; the names of an evaluation's values get the
    /// prefix `eval_`.
    fn to_hugging_face(&self) -> Value {
        let prefix = match self.kind {
            LogKind::Train => "",
            LogKind::Eval => "eval_",
        };
        let figures = self
            .values
            .iter()
            .map(|(name, value)| (format!("{prefix}{name}"), json!(value)));
        let place = [
            ("epoch".to_owned(), json!(self.epoch)),
            ("step".to_owned(), json!(self.global_step)),
        ];
        Value::Object(place.into_iter().chain(figures).collect())
    }
}

/// Where the values of a [`LogEntry`] come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LogKind {
    /// From training.
    Train,
    /// From an evaluation.
    Eval,
}

/// The requests of a callback to the trainer. By default it requests nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Control {
    /// End training at the next step boundary.
    pub stop_training: bool,
    /// Skip to the next epoch at the next step boundary.
    pub stop_epoch: bool,
    /// Evaluate at the next step boundary.
    pub evaluate: bool,
    /// Save a checkpoint at the next step boundary.
    pub save: bool,
    /// Write a log entry at the next step boundary.
    pub log: bool,
    /// Skip an update with a loss or gradient that is not finite; ignored unless returned by
    /// [`Callback::on_not_finite`](crate::Callback).
    pub skip_update: bool,
}

impl Control {
    /// Asks for nothing.
    pub const CONTINUE: Self = Self {
        stop_training: false,
        stop_epoch: false,
        evaluate: false,
        save: false,
        log: false,
        skip_update: false,
    };

    /// Asks to end training.
    pub const STOP: Self = Self {
        stop_training: true,
        ..Self::CONTINUE
    };

    /// Asks to skip to the next epoch.
    pub const STOP_EPOCH: Self = Self {
        stop_epoch: true,
        ..Self::CONTINUE
    };

    /// Asks for an evaluation.
    pub const EVALUATE: Self = Self {
        evaluate: true,
        ..Self::CONTINUE
    };

    /// Asks for a checkpoint.
    pub const SAVE: Self = Self {
        save: true,
        ..Self::CONTINUE
    };

    /// Asks for a log entry.
    pub const LOG: Self = Self {
        log: true,
        ..Self::CONTINUE
    };

    /// Asks to skip an update with a loss or gradient that is not finite.
    pub const SKIP_UPDATE: Self = Self {
        skip_update: true,
        ..Self::CONTINUE
    };

    /// Combines two requests.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            stop_training: self.stop_training | other.stop_training,
            stop_epoch: self.stop_epoch | other.stop_epoch,
            evaluate: self.evaluate | other.evaluate,
            save: self.save | other.save,
            log: self.log | other.log,
            skip_update: self.skip_update | other.skip_update,
        }
    }
}
