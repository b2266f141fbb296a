//! Hooks into the training loop.

use serde_json::Value;

use crate::error::{BoxError, Error, Result};
use crate::model::Metrics;
use crate::state::{Control, LogEntry, TrainState};

/// The result of a hook: a request, or an error that ends training.
pub type CallbackResult = std::result::Result<Control, BoxError>;

/// Hooks that run at certain points of training. By default a hook does nothing.
///
/// ```text
/// load_state                          (only if the run is resumed)
/// on_init_end                         (the trainer is built)
/// on_train_begin
/// for each epoch
///     refresh                         (`TrainData` and `Evaluate` apply changes)
///     on_best_reevaluated, if the evaluation samples changed
///     on_epoch_begin
///     for each update
///         on_step_begin
///         for each pass but the last
///             forward, backward
///             on_substep_end
///         forward, backward
///         is_frozen                   (for each parameter, if the loss is finite: true drops its gradient)
///         on_not_finite, if the loss or a remaining gradient is not finite: the run ends, unless a
///             callback asks to skip the update
///         on_pre_optimizer_step       (gradients are accumulated and clipped)
///         learning_rate
///         update
///         on_optimizer_step
///         on_step_end
///         on_log, if due or requested
///         on_log and on_evaluate, if due or requested
///         state, then on_save, if a checkpoint is due or requested
///     on_epoch_end
///     on_log and on_evaluate, state and on_save (as above, for `epoch` strategies)
/// on_log and on_evaluate, unless the last update has been evaluated (see below)
/// on_train_end                        (the best model is selected)
/// on_predict                          (by `Callbacks::on_predict`, if there is a test set)
/// ```
///
/// By default, the evaluation before `on_train_end` is also skipped after a loss or gradient norm that is not
/// finite, and after an interruption if there is already a best model.
///
/// A hook that Hugging Face's `TrainerCallback` also has is named as there. A request that a hook returns
/// takes effect at the next step boundary. A resumed run continues right after the `state` of its checkpoint:
/// `on_save` comes next. Earlier events are not repeated, except `on_init_end` and `on_train_begin`, which
/// then see a `state.global_step` above 0.
#[expect(unused_variables, reason = "the defaults ignore their arguments")]
pub trait Callback {
    /// The name used in errors and checkpoints.
    fn name(&self) -> &str;

    /// Returns the state of this callback to save in a checkpoint; `None` by default. A resumed run restores
    /// it.
    ///
    /// Numbers are saved exactly. Callbacks with the same name are distinguished by their order.
    fn state(&self) -> Option<Value> {
        None
    }

    /// Restores what [`Callback::state`] returned when the checkpoint was saved.
    ///
    /// # Errors
    ///
    /// If the state was not saved by a callback of this kind.
    fn load_state(&mut self, state: Value) -> std::result::Result<(), BoxError> {
        Ok(())
    }

    /// Returns the learning rate of the next update. `scheduled` is the rate from the schedule or from an
    /// earlier callback.
    fn learning_rate(&mut self, state: &TrainState, scheduled: f64) -> f64 {
        scheduled
    }

    /// Returns whether the next update leaves a parameter unchanged.
    ///
    /// `parameter` is its [name](crate::Trainable::parameter_name), such as `encoder.layer.0.output.dense.weight`.
    /// A frozen parameter is excluded from clipping and weight decay.
    fn is_frozen(&self, state: &TrainState, parameter: &str) -> bool {
        false
    }

    /// Called if the loss or the gradient norm of the current update is not finite.
    ///
    /// Training ends, unless a callback returns [`Control::SKIP_UPDATE`] to skip this update.
    fn on_not_finite(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }

    /// Called after the trainer has been built.
    fn on_init_end(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called when training begins.
    fn on_train_begin(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called after training has ended and the best model is selected.
    fn on_train_end(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called when an epoch begins.
    fn on_epoch_begin(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called after an epoch has ended, before its evaluation.
    fn on_epoch_end(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called when an update begins.
    fn on_step_begin(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called after a pass has been accumulated if more passes of the same update follow.
    fn on_substep_end(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called when the gradients are complete, before the update.
    fn on_pre_optimizer_step(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called after the weights have been updated.
    fn on_optimizer_step(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called after an update is complete and counted.
    fn on_step_end(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called after the model has been evaluated.
    fn on_evaluate(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called if the evaluation samples changed. `metrics` are the metrics of the best model so far on the new
    /// samples. Metrics from before the change are not comparable with later ones.
    fn on_best_reevaluated(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called after a checkpoint has been saved and verified.
    fn on_save(&mut self, state: &TrainState) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called after a log entry has been written.
    fn on_log(&mut self, state: &TrainState, entry: &LogEntry) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
    /// Called after the model has been evaluated on a test set.
    fn on_predict(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        Ok(Control::CONTINUE)
    }
}

/// Calls a hook of every callback and returns their combined requests, with the name of the first callback that
/// asked to stop, if any.
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
