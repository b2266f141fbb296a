//! What callbacks see of a run, and what they may ask for.

use serde::{Deserialize, Serialize};

use crate::Metrics;

/// Where a run stands. Callbacks read it; only the trainer changes it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainState {
    /// Updates done.
    pub global_step: usize,
    /// Updates that the run will have if nothing ends it early.
    pub max_steps: usize,
    /// Epochs done, with the part of the present one.
    pub epoch: f64,
    /// Epochs that the run will have.
    pub num_train_epochs: usize,
    /// Mean training loss of the latest update.
    pub loss: f64,
    /// Learning rate of the latest update.
    pub learning_rate: f64,
    /// Norm of all gradients of the latest update, before clipping.
    pub grad_norm: f64,
    /// The best value of `metric_for_best_model` so far.
    pub best_metric: Option<f64>,
    /// The update after which it was measured.
    pub best_step: Option<usize>,
    /// Every log entry so far.
    pub log_history: Vec<LogEntry>,
}

/// One entry of the log: training figures or an evaluation's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// `train` or `eval`.
    pub kind: LogKind,
    /// Updates done.
    pub global_step: usize,
    /// Epochs done.
    pub epoch: f64,
    /// The figures, by name.
    #[serde(flatten)]
    pub values: Metrics,
}

/// Where the figures of a [`LogEntry`] come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LogKind {
    /// From updates.
    Train,
    /// From an evaluation.
    Eval,
}

/// What a callback asks the trainer to do next. The default asks for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Control {
    /// End training at the next step boundary.
    pub stop_training: bool,
    /// Go on with the next epoch at the next step boundary.
    pub stop_epoch: bool,
    /// Evaluate at the next step boundary.
    pub evaluate: bool,
    /// Write a log entry at the next step boundary.
    pub log: bool,
}

impl Control {
    /// Asks for nothing.
    pub const CONTINUE: Self = Self {
        stop_training: false,
        stop_epoch: false,
        evaluate: false,
        log: false,
    };

    /// Asks for training to end.
    pub const STOP: Self = Self {
        stop_training: true,
        ..Self::CONTINUE
    };

    pub(crate) fn merge(&mut self, other: Self) {
        self.stop_training |= other.stop_training;
        self.stop_epoch |= other.stop_epoch;
        self.evaluate |= other.evaluate;
        self.log |= other.log;
    }
}
