//! The result of a run.

use crate::callback::{Callback, dispatch};
use crate::error::Result;
use crate::model::Metrics;
use crate::state::TrainState;

/// Why a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// All steps are done.
    Completed,
    /// The callback with this name asked to stop.
    Callback(String),
    /// The loss or a gradient was infinite or NaN.
    LossNotFinite,
    /// The flag of [`Trainer::with_interrupt`](crate::Trainer::with_interrupt) was set.
    Interrupted,
}

impl StopReason {
    /// Returns `completed`, `loss_not_finite`, `interrupted`, or the name of the callback.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Completed => "completed",
            Self::Callback(name) => name,
            Self::LossNotFinite => "loss_not_finite",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The result of a run.
#[derive(Debug)]
#[non_exhaustive]
pub struct TrainOutput<M> {
    /// The best model by `metric_for_best_model`, without autodiff; with `load_best_model_at_end` off, the last one.
    pub model: M,
    /// The metrics of `model`.
    pub metrics: Metrics,
    /// The number of updates after which `model` was evaluated.
    pub model_step: usize,
    /// The final state of the run, with the whole log.
    pub state: TrainState,
    /// Why the run ended.
    pub stop_reason: StopReason,
    /// The callbacks of the run, to pass on the metrics of a test set.
    pub callbacks: Callbacks,
}

/// The callbacks of a finished run.
pub struct Callbacks(pub(crate) Vec<Box<dyn Callback>>);

impl std::fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|callback| callback.name()))
            .finish()
    }
}

impl Callbacks {
    /// Calls `on_predict` of each callback with the metrics of a test set; `state` is the final state of the run.
    ///
    /// # Errors
    ///
    /// [`Error::Callback`](crate::Error::Callback).
    pub fn on_predict(&mut self, state: &TrainState, metrics: &Metrics) -> Result<()> {
        dispatch(&mut self.0, "on_predict", state, |callback| {
            callback.on_predict(state, metrics)
        })?;
        Ok(())
    }
}
