//! The progress of a run.

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

/// The progress of a run: what a checkpoint stores besides weights, optimizer, arguments and callbacks.
///
/// The order of the data and all random numbers follow from the seed and these counts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) state: TrainState,
    pub(crate) schedule: Schedule,
    /// The current epoch, counted from 0.
    pub(crate) epoch: usize,
    /// Updates of this epoch that are done or skipped.
    pub(crate) updates: usize,
    /// True once `on_epoch_end` and the evaluation after it are done.
    pub(crate) epoch_ended: bool,
    /// Pending requests of callbacks.
    pub(crate) control: Control,
    pub(crate) stopped_by: Option<String>,
    /// Sum and number of losses since the last log entry.
    pub(crate) logged: (f64, usize),
    pub(crate) evaluated_at: Option<usize>,
    /// The metrics of the latest evaluation.
    pub(crate) metrics: Option<Metrics>,
    /// True if the checkpoint was due or requested, false if it was saved because of an interruption.
    pub(crate) save_was_due: bool,
}

impl Progress {
    /// Returns the progress at the start of a run.
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
