//! Prints a line for each evaluation.

use feedback_trainer::{BoxError, Callback, CallbackResult, Control, Metrics, TrainState};
use indicatif::ProgressBar;
use serde_json::{Value, json};

use crate::{output, show};

/// Prints a line for each evaluation, above the progress bar.
pub(super) struct EpochLines {
    bar: ProgressBar,
    /// The metrics to show, with their names in the line.
    shown: [(&'static str, &'static str); 2],
    /// Sum and number of the training losses since the last line.
    losses: (f64, usize),
}

impl EpochLines {
    pub(super) fn new(bar: ProgressBar) -> Self {
        Self {
            bar,
            shown: [("accuracy", "accuracy"), ("weighted_f1", "weighted F1")],
            losses: (0.0, 0),
        }
    }

    /// Shows the metrics of a training with several labels a text.
    pub(super) fn for_several_labels(self) -> Self {
        let shown = [("micro_f1", "micro F1"), ("macro_f1", "macro F1")];
        Self { shown, ..self }
    }
}

impl Callback for EpochLines {
    fn name(&self) -> &str {
        "epoch_lines"
    }

    fn state(&self) -> Option<Value> {
        Some(json!([self.losses.0, self.losses.1]))
    }

    fn load_state(&mut self, state: Value) -> Result<(), BoxError> {
        self.losses = serde_json::from_value(state)?;
        Ok(())
    }

    fn on_step_end(&mut self, state: &TrainState) -> CallbackResult {
        self.losses.0 += state.loss;
        self.losses.1 += 1;
        Ok(Control::CONTINUE)
    }

    fn on_evaluate(&mut self, state: &TrainState, metrics: &Metrics) -> CallbackResult {
        let (sum, count) = std::mem::take(&mut self.losses);
        let figure = |name: &str| metrics.get(name).copied().unwrap_or(f64::NAN);
        let best = if state.best_step == Some(state.global_step) {
            "  best so far"
        } else {
            ""
        };
        let [first, second] = self.shown;
        self.bar.suspend(|| {
            output::message(format_args!(
                "epoch {:>5.2}  train loss {:.4}  validation loss {:.4}  {} {}  {} {}{best}",
                state.epoch,
                sum / count as f64,
                figure("loss"),
                first.1,
                show::percent(figure(first.0)),
                second.1,
                show::percent(figure(second.0)),
            ));
        });
        Ok(Control::CONTINUE)
    }
}
