//! A progress bar on the terminal.

use indicatif::{ProgressBar, ProgressStyle};

use crate::callback::{Callback, CallbackResult};
use crate::error::BoxError;
use crate::state::{Control, TrainState};

/// Shows steps, rate, time left and the loss; hidden if standard error is not a terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Creates a bar that appears with the first step.
    pub fn new() -> Self {
        Self {
            bar: ProgressBar::new(0),
        }
    }

    /// Returns a handle to the bar, for printing lines above it with `suspend`.
    pub fn handle(&self) -> ProgressBar {
        self.bar.clone()
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

impl Callback for Progress {
    fn name(&self) -> &str {
        "progress"
    }

    fn on_train_begin(&mut self, state: &TrainState) -> CallbackResult {
        let style = "{bar:30} step {pos}/{len}  {per_sec}  {eta} left  {msg}";
        let style = ProgressStyle::with_template(style).map_err(|error| Box::new(error) as BoxError)?;
        self.bar.set_style(style);
        self.bar.set_length(state.max_steps as u64);
        self.bar.set_position(state.global_step as u64);
        self.bar.reset_eta();
        Ok(Control::CONTINUE)
    }

    fn on_step_end(&mut self, state: &TrainState) -> CallbackResult {
        self.bar.set_position(state.global_step as u64);
        self.bar.set_message(format!("loss {:.4}", state.loss));
        Ok(Control::CONTINUE)
    }

    fn on_train_end(&mut self, _state: &TrainState) -> CallbackResult {
        self.bar.finish_and_clear();
        Ok(Control::CONTINUE)
    }
}
