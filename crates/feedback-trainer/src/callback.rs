//! Hooks into the training loop.

use crate::{BoxError, Control, LogEntry, Metrics, TrainState};

/// What a hook returns: a wish, or an error that ends training.
pub type CallbackResult = Result<Control, BoxError>;

/// Code that runs at certain points of a run. Each hook does nothing unless overridden.
///
/// ```text
/// on_init_end                         (the trainer is built)
/// on_train_begin
/// for each epoch
///     on_epoch_begin
///     for each update
///         on_step_begin
///         for each pass but the last
///             forward, backward
///             on_substep_end
///         forward, backward
///         on_pre_optimizer_step       (gradients are whole and clipped)
///         update
///         on_optimizer_step
///         on_step_end
///         on_log, if due
///         on_evaluate, if due or asked for; then on_save, if the model is the best so far
///     on_epoch_end
///     on_evaluate, on_save            (as above, for `eval_strategy` = epoch)
/// on_train_end                        (the best model is in place)
/// on_predict                          (from `Trainer::predict`)
/// ```
///
/// The names are those of Hugging Face's `TrainerCallback`. What a hook returns is honoured at the next step boundary.
#[expect(unused_variables, reason = "the defaults ignore what they are given")]
pub trait Callback {
    /// The name that errors carry.
    fn name(&self) -> &str;

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
    /// The model was evaluated as the best so far and has been kept.
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
