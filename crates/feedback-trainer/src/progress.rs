//! Where a run stands.

use serde::{Deserialize, Serialize};

use crate::arguments::CheckedArguments;
use crate::model::Metrics;
use crate::schedule::Schedule;
use crate::state::{Control, TrainState};

/// The best model so far.
pub(crate) struct Best<M> {
    pub(crate) model: M,
    pub(crate) metrics: Metrics,
}

/// Where a run stands: everything that a checkpoint keeps beside weights and optimizer.
///
/// The order of the data and all randomness follow from the seed and these counts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) state: TrainState,
    pub(crate) schedule: Schedule,
    /// The epoch at hand, from 0.
    pub(crate) epoch: usize,
    /// Updates of this epoch done or left out.
    pub(crate) updates: usize,
    /// `on_epoch_end` and the evaluation after it are done.
    pub(crate) epoch_ended: bool,
    /// What callbacks have asked for and not got yet.
    pub(crate) control: Control,
    pub(crate) stopped_by: Option<String>,
    /// Losses and their number since the last log entry.
    pub(crate) logged: (f64, usize),
    pub(crate) evaluated_at: Option<usize>,
    /// What the latest evaluation measured.
    pub(crate) metrics: Option<Metrics>,
    /// Whether the checkpoint was due or asked for, rather than made for an interruption.
    pub(crate) save_was_due: bool,
}

impl Progress {
    /// The beginning of a run.
    pub(crate) fn new(arguments: &CheckedArguments, samples: usize) -> Self {
        let steps_per_epoch = samples
            .div_ceil(arguments.per_device_train_batch_size)
            .div_ceil(arguments.gradient_accumulation_steps);
        let all_steps = steps_per_epoch.saturating_mul(arguments.num_train_epochs);
        let max_steps = arguments.max_steps.unwrap_or(all_steps);
        Self {
            state: TrainState {
                max_steps,
                num_train_epochs: max_steps.div_ceil(steps_per_epoch),
                ..TrainState::default()
            },
            schedule: Schedule::new(arguments, max_steps),
            epoch: 0,
            updates: 0,
            epoch_ended: false,
            control: Control::CONTINUE,
            stopped_by: None,
            logged: (0.0, 0),
            evaluated_at: None,
            metrics: None,
            save_was_due: false,
        }
    }
}
