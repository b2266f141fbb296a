//! Hooks into the training loop.

use serde_json::Value;

use crate::error::{BoxError, Error, Result};
use crate::model::Metrics;
use crate::state::{Control, LogEntry, TrainState};

/// What a hook returns: a wish, or an error that ends training.
pub type CallbackResult = std::result::Result<Control, BoxError>;

/// Code that runs at certain points of a run. Each hook does nothing unless overridden.
///
/// ```text
/// load_state                          (only where the run is taken up again)
/// on_init_end                         (the trainer is built)
/// on_train_begin
/// for each epoch
///     refresh                         (`TrainData` and `Evaluate` take in what has changed since)
///     on_best_measured_again, if the samples of the evaluation are others now
///     on_epoch_begin
///     for each update
///         on_step_begin
///         for each pass but the last
///             forward, backward
///             on_substep_end
///         forward, backward
///         on_not_finite, if the loss or a gradient is infinite or not a number: the run ends, unless a callback
///             says that the update is only left out
///         is_frozen                   (for each parameter: its gradient is dropped where true)
///         on_pre_optimizer_step       (gradients are whole and clipped)
///         learning_rate
///         update
///         on_optimizer_step
///         on_step_end
///         on_log, if due or asked for
///         on_log and on_evaluate, if due or asked for
///         state, then on_save, if a checkpoint is due or asked for
///     on_epoch_end
///     on_log and on_evaluate, state and on_save (as above, for `epoch` strategies)
/// on_log and on_evaluate, unless the last update has been evaluated
/// on_train_end                        (the best model is in place)
/// on_predict                          (from `Callbacks::predicted`, where a test set is measured)
/// ```
///
/// The names are those of Hugging Face's `TrainerCallback`. What a hook returns is honoured at the next step boundary.
/// A run that is taken up again goes on right after the `state` of its checkpoint: `on_save` comes next, and no event
/// of before is told twice, apart from `on_init_end` and `on_train_begin`, which find `state.global_step` above 0.
#[expect(unused_variables, reason = "the defaults ignore what they are given")]
pub trait Callback {
    /// The name that errors and checkpoints carry.
    fn name(&self) -> &str;

    /// What this callback must find again when the run is taken up from a checkpoint; nothing by default.
    ///
    /// Numbers keep every bit. Two callbacks of one name are told apart by their order.
    fn state(&self) -> Option<Value> {
        None
    }

    /// Takes back what [`Callback::state`] gave when the checkpoint was saved.
    ///
    /// # Errors
    ///
    /// Where the state is not one of this callback.
    fn load_state(&mut self, state: Value) -> std::result::Result<(), BoxError> {
        Ok(())
    }

    /// The learning rate of the update to come, where this callback overrides what the schedule, or a callback before
    /// it, says.
    fn learning_rate(&mut self, state: &TrainState, scheduled: f64) -> f64 {
        scheduled
    }

    /// Whether the update to come leaves a parameter as it is.
    ///
    /// `parameter` is its [name](crate::Trainable::parameter_name), such as `encoder.layer.0.output.dense.weight`. A
    /// frozen parameter counts neither for clipping nor for weight decay.
    fn is_frozen(&self, state: &TrainState, parameter: &str) -> bool {
        false
    }

    /// The loss, or the norm of the gradients, of the update at hand is infinite or not a number.
    ///
    /// Training ends, unless a callback returns [`Control::SKIP_UPDATE`]: then only this update is left out.
    fn on_not_finite(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }

    /// The trainer has been built.
    fn on_init_end(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Training begins.
    fn on_train_begin(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Training has ended and the best model is in place.
    fn on_train_end(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// An epoch begins.
    fn on_epoch_begin(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// An epoch has ended; its evaluation comes next.
    fn on_epoch_end(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// An update begins.
    fn on_step_begin(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// A pass has been accumulated and more belong to the same update.
    fn on_substep_end(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// The gradients are whole; the update comes next.
    fn on_pre_optimizer_step(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// The weights have been updated.
    fn on_optimizer_step(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// An update is complete and counted.
    fn on_step_end(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// The model has been evaluated.
    fn on_evaluate(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// The samples of the evaluation have changed: these are the metrics of the best model so far on what they are now.
    /// What was measured before can be compared with nothing that is to come.
    fn on_best_measured_again(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// A checkpoint has been saved and verified.
    fn on_save(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// A log entry has been made.
    fn on_log(&mut self, state: &TrainState, entry: &LogEntry) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Predictions on a test set have been measured.
    fn on_predict(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
}

/// Calls a hook of every callback; also tells which callback, if any, asked to stop.
pub(crate) fn dispatch(
    callbacks: &mut [Box<dyn Callback>],
    event: &'static str,
    state: &TrainState,
    mut hook: impl FnMut(&mut dyn Callback) -> CallbackResult,
) -> Result<(Control, Option<String>)> {
    let mut all = Control::CONTINUE;
    let mut stopped_by = None;
    for callback in callbacks {
        let control = hook(callback.as_mut()).map_err(|source| Error::Callback {
            name: callback.name().to_owned(),
            event,
            global_step: state.global_step,
            source,
        })?;
        if control.stop_training && stopped_by.is_none() {
            stopped_by = Some(callback.name().to_owned());
        }
        all = all.and(control);
    }
    Ok((all, stopped_by))
}
